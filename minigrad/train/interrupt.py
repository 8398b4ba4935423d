"""Ctrl-C while a run trains: it ends after the step, so that no step is cut in two."""

import signal
import threading
from typing import Any


class CtrlC:
    """While it is entered, the first Ctrl-C only sets `pressed`; the second raises KeyboardInterrupt.

    Does nothing outside the main thread, or where Ctrl-C has a meaning of its own already.
    """

    def __init__(self) -> None:
        self.pressed = self._ours = False

    def __enter__(self) -> None:
        self._ours = (threading.current_thread() is threading.main_thread()
                      and signal.getsignal(signal.SIGINT) is signal.default_int_handler)
        if self._ours:
            signal.signal(signal.SIGINT, self._press)

    def _press(self, signum: int, frame: Any) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True

    def __exit__(self, *error: object) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
