"""How a run is ended from outside: Ctrl-C, SIGTERM (kill, a batch system) and SIGHUP (the terminal has gone)."""

import signal
from types import FrameType, TracebackType
from typing import Any

_AS_CTRL_C = "SIGTERM", "SIGHUP"


class Ending:
    """While it is entered, SIGTERM and SIGHUP do what Ctrl-C does; where they are ignored (nohup), they stay so.

    number   the first of them that came, or None
    hold()   from now on all three are ignored: what there is gets saved
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Ending":
        for name in _AS_CTRL_C:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                self._set(number, self._come)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def hold(self) -> None:
        for number in (signal.SIGINT, *self._before):
            self._set(number, signal.SIG_IGN)

    @property
    def code(self) -> int:
        """The exit code of a run that was ended: 128 + the signal's number."""
        return 128 + (self.number or signal.SIGINT)

    def __str__(self) -> str:
        return f"ended by {signal.Signals(self.number).name}" if self.number else "interrupted"

    def _come(self, number: int, frame: FrameType | None) -> None:
        self.number = self.number or number
        handler = signal.getsignal(signal.SIGINT)       # fit's own, while it trains: it ends after the current step
        if not callable(handler):                       # a background job, which Ctrl-C does not reach
            raise KeyboardInterrupt
        handler(signal.SIGINT, frame)

    def _set(self, number: int, handler: Any) -> None:
        try:
            before = signal.signal(number, handler)
        except ValueError:                              # not in the main thread: no signal comes here
            return
        self._before.setdefault(number, before)
