"""What one thread computes, kept at the door of the native kernels, to be computed again from C++.

    with Recording() as recording:
        step()
    recording.replay()              # the same calls, with the same arrays: new inputs are written into those
"""

import threading
from contextlib import ExitStack
from typing import Any

from minigrad.kernels.threads import native
from minigrad.kernels.watching import Watcher, watching


class Recording:
    """The native calls of this thread within `with`, and `beside`: the kernels that computed without one.

    Those would be missing from a replay, which therefore refuses. What does not go through a table (a numpy function called by
    hand) nobody sees. RuntimeError without native kernels, and while another thread records or is profiled.
    """

    def __init__(self) -> None:
        module = native()
        if module is None:
            raise RuntimeError("[Recording] found no native kernels but expected those that it keeps: `minigrad info` says why")
        self._calls = module.Recording()
        self._ending = ExitStack()
        self.beside: dict[str, str] = {}        # kernel -> where it ran

    def __enter__(self) -> "Recording":
        with ExitStack() as stack:
            stack.enter_context(watching(_teller(self.beside)))
            self._calls.start()
            stack.callback(self._calls.stop)
            self._ending = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._ending.close()

    @property
    def names(self) -> list[str]:
        """The kernels of the calls, in order."""
        return self._calls.names()

    def replay(self) -> None:
        """Make the calls again. RuntimeError if something was computed beside them; IndexError for an index out of range."""
        if self.beside:
            found = ", ".join(f"{name} (on {where})" for name, where in self.beside.items())
            raise RuntimeError(f"[replay] found {found} beside the native calls, but expected nothing else: without it the "
                               "replay would not give what was recorded, so compute in float32 on the native table, or keep "
                               "it out of what is recorded")
        self._calls.replay()


def _teller(beside: dict[str, str]) -> Watcher:
    """What notes this thread's kernels. It holds no recording: one that is dropped before its end must be able to go."""
    thread = threading.get_ident()

    def tell(name: str, table: Any, _: float) -> None:
        if threading.get_ident() == thread:
            beside.setdefault(name, "numpy" if table.name == "native" else table.name)

    return tell
