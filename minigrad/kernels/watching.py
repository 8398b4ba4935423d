"""Who computes beside the door of the native kernels: numpy, or another device.

While anybody watches, every kernel of every table is shadowed by an attribute of the table that runs it and tells the watchers
if it computed and no native call was made meanwhile; nothing is paid for at any other time.

A kernel of the reference either computes or calls other kernels; those few that do both are judged by the native calls that
they make themselves.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import isroutine
from typing import Any

from minigrad.kernels import default_table
from minigrad.kernels.kinds import MOSTLY_VIEWS, NO_KERNELS
from minigrad.kernels.registry import all_made, when_made
from minigrad.kernels.threads import native

# name of the kernel, its table, seconds of its own, without those of the kernels that it called; in the thread that ran it
Watcher = Callable[[str, Any, float], None]

COMPUTE_AND_CALL = {"avg_pool2d", "avg_pool2d_backward", "cofactor", "count_correct", "cummax_index", "dropout",
                    "eigen_spread", "lasts_along", "max_pool2d_gather", "max_pool2d_scatter", "muon_step",
                    "pick_both", "pick_div", "pick_mul", "put", "put_along", "resample", "singular_spread", "topk"}

_watchers: list[Watcher] = []
_shadowed: list[tuple[Any, str, Any]] = []  # (table, kernel, what the table itself had of that name, or None)
_owner: dict[str, int] = {}                 # the thread whose watchers they are, while there are any: no lock need be held


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Tell this watcher too, of every thread and of every table, while it lasts. RuntimeError while another thread watches."""
    default_table()                         # there is at least one
    thread = threading.get_ident()
    try:
        if _owner.setdefault("thread", thread) != thread:
            raise RuntimeError("[profile] kernels are being watched already, by a profile or a recording of another thread: "
                               "let that end first")
        _watchers.append(watcher)
        for table in all_made():
            _shadow(table)
        yield
    finally:
        if watcher in _watchers:
            _watchers.remove(watcher)
        if not _watchers and _owner.get("thread") == thread:
            _unshadow()
            del _owner["thread"]


def _shadow(table: Any) -> None:
    module = native()
    passed = module.launches if module else int         # int() is 0: there is no door
    for name in dir(type(table)):
        own = vars(table).get(name)
        if name[0] == "_" or name in NO_KERNELS or isinstance(own, _Shadow) or not isroutine(getattr(type(table), name)):
            continue
        _shadowed.append((table, name, own))
        setattr(table, name, _Shadow(table, name, passed))


def _unshadow() -> None:
    while _shadowed:
        table, name, own = _shadowed.pop()
        if own is None:
            vars(table).pop(name, None)
        else:
            setattr(table, name, own)


def _made(table: Any) -> None:
    if _watchers:
        _shadow(table)


when_made.append(_made)


class _Below(threading.local):
    """Of the kernels that the running one of this thread has called: their seconds and their native calls."""

    seconds = 0.0
    native = 0


_below = _Below()


class _Shadow:
    """One kernel of one table, watched."""

    def __init__(self, table: Any, name: str, passed: Callable[[], int]):
        self.table, self.name, self.passed = table, name, passed
        self.kernel = getattr(table, name)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        seconds_beside, native_beside, passed = _below.seconds, _below.native, self.passed()
        _below.seconds, _below.native = 0.0, 0
        start = time.perf_counter()
        try:
            found = self.kernel(*args, **keywords)
        finally:
            seconds, calls = time.perf_counter() - start, self.passed() - passed
            own_seconds, own_calls = seconds - _below.seconds, calls - _below.native
            _below.seconds, _below.native = seconds_beside + seconds, native_beside + calls
        at_the_door = own_calls if self.name in COMPUTE_AND_CALL else calls
        if not at_the_door and self._computes(args, found):
            for watcher in tuple(_watchers):
                watcher(self.name, self.table, own_seconds)
        return found

    def _computes(self, args: tuple[Any, ...], found: Any) -> bool:
        """Not where the result is a view of the array that it was made from, or holds nothing; what gives no array writes."""
        results = [a for a in (found if isinstance(found, tuple) else (found,)) if hasattr(a, "dtype")]
        if results and not any(a.size for a in results):
            return False
        return self.name not in MOSTLY_VIEWS or not args or not self._share(found, args[0])

    def _share(self, a: Any, b: Any) -> bool:
        """Whether two arrays lie in the same memory; False for what is no array of the table."""
        first, second = self.table.memory(a), self.table.memory(b)
        return first is not None and second is not None and first[0] < second[1] and second[0] < first[1]
