"""How often each kernel runs, and what it takes: counted where tables are called, and at the door of the native ones.

A table's kernels are shadowed, while it lasts, by attributes of the table that count; nothing is paid for at any other time.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import isroutine
from typing import Any

from minigrad.kernels import default_table
from minigrad.kernels.registry import all_made
from minigrad.kernels.threads import native

MOSTLY_VIEWS = {"reshape", "transpose", "broadcast_to", "getitem", "asarray", "to_numpy", "read_only", "memory",
                "start_of_backward"}
NOT_KERNELS = {"checksum", "check_step", "check_classes"}


_running: dict[str, Any] = {}           # the counts, while there are any


@dataclass
class Row:
    """One kernel. seconds: of its own, without the kernels that it calls; bytes in and out and flops: 0 where nobody counts."""

    name: str
    where: str                  # the table's name; or "numpy" for what the native table leaves to the reference
    calls: int = 0
    seconds: float = 0.0
    bytes: int = 0
    flops: float = 0.0
    fallback: bool = False      # whether the native table left it to the reference


@dataclass
class Counts:
    """What `counting` found: rows, the slowest first, and the seconds from beginning to end."""

    rows: list[Row] = field(default_factory=list)
    seconds: float = 0.0


@contextmanager
def counting() -> Iterator[Counts]:
    """Count the kernels that run within, on every table that has been made, in every thread; RuntimeError within another."""
    counts, module = Counts(), native()
    default_table()                                         # there is at least one
    others = {}                                             # (name, where) -> Row: calls that did not pass the door
    watches = [_Watch(table, others, module) for table in all_made()]
    try:
        if _running.setdefault("counts", counts) is not counts:
            raise RuntimeError("[profile] kernels are being counted already, further out or in another thread: let that end "
                               "first")
        if module:
            module.start_counting()
        start = time.perf_counter()
        try:
            for watch in watches:
                watch.begin()
            yield counts
        finally:
            counts.seconds = time.perf_counter() - start
            for watch in watches:
                watch.end()
            found = module.stop_counting() if module else {}
            counts.rows = [*(Row(name, "native", *numbers) for name, numbers in found.items()), *others.values()]
            counts.rows.sort(key=lambda row: -row.seconds)
    finally:
        if _running.get("counts") is counts:
            del _running["counts"]


class _Watch:
    """The kernels of one table, counted."""

    def __init__(self, table: Any, rows: dict[tuple[str, str], Row], module: Any):
        self.table, self.rows, self.module = table, rows, module
        self.inner = threading.local()                      # the seconds of the kernels that the running ones called
        self.names = [name for name in dir(type(table)) if name[0] != "_" and isroutine(getattr(type(table), name))
                      and name not in NOT_KERNELS]

    def begin(self) -> None:
        for name in self.names:
            setattr(self.table, name, self._counted(name, getattr(self.table, name)))

    def end(self) -> None:
        for name in self.names:
            vars(self.table).pop(name, None)

    def _counted(self, name: str, kernel: Any) -> Any:
        native_table = self.table.name == "native"

        def call(*args: Any, **keywords: Any) -> Any:
            passed = self.module.launches() if native_table else 0
            above = getattr(self.inner, "seconds", 0.0)
            self.inner.seconds = 0.0
            start = time.perf_counter()
            try:
                found = kernel(*args, **keywords)
            finally:
                seconds = time.perf_counter() - start
                inner, self.inner.seconds = self.inner.seconds, above + seconds
            if native_table and self.module.launches() != passed:       # counted at the door
                return found
            if (native_table or name in MOSTLY_VIEWS) and not _computed(found, args):
                return found
            where = "numpy" if native_table else self.table.name
            row = self.rows.setdefault((name, where), Row(name, where, fallback=native_table))
            row.calls += 1
            row.seconds += seconds - inner
            return found

        return call


def _computed(found: Any, args: tuple[Any, ...]) -> bool:
    """Whether a result has memory of its own: a view computes nothing."""
    results = found if isinstance(found, tuple) else (found,)
    return any(hasattr(a, "dtype") and a.size and getattr(a, "base", None) is None and not any(a is b for b in args)
               for a in results)
