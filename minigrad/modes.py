"""Modes: whether operations are recorded, and watched. Each is a context and a decorator, for this thread (or task)."""

from typing import overload

from minigrad import graph
from minigrad.graph import ANOMALY, FINITE, GRAD, entered, mode
from minigrad.system.decorating import Decorating, F


class Mode(Decorating, graph.Mode):
    """`with` it, or decorate: functions run in the mode, and so does every piece of generators and coroutines."""

    __slots__ = ()
    op, what = "mode", "a mode"
    variables = mode, entered


@overload
def no_grad(function: None = None) -> Mode: ...
@overload
def no_grad(function: F) -> F: ...
def no_grad(function=None):
    """`with no_grad():`, `@no_grad()` or `@no_grad`: operations are not recorded."""
    return Mode(0, GRAD) if function is None else Mode(0, GRAD)(function)


@overload
def enable_grad(function: None = None) -> Mode: ...
@overload
def enable_grad(function: F) -> F: ...
def enable_grad(function=None):
    """`with enable_grad():`, `@enable_grad()` or `@enable_grad`: operations are recorded, inside no_grad too."""
    return Mode(GRAD, 0) if function is None else Mode(GRAD, 0)(function)


class set_grad_enabled(Mode):
    """no_grad or enable_grad, by a condition: `with set_grad_enabled(training):`, a decorator, or, as in PyTorch, a statement
    by itself, which holds from there on.
    """

    __slots__ = ("_before",)

    def __init__(self, enabled: bool) -> None:
        super().__init__(GRAD if enabled else 0, 0 if enabled else GRAD)
        self._before = mode.get()
        mode.set(self._before & ~self.off | self.on)

    def __enter__(self):
        self._take_back()
        return super().__enter__()

    def __call__(self, function: F) -> F:
        self._take_back()
        return super().__call__(function)

    def _take_back(self):
        """It was made for a context, or to decorate: what it changed when it was made was not meant."""
        before, self._before = self._before, None
        if before is not None:
            mode.set(before)


def is_grad_enabled() -> bool:
    """Whether operations are recorded here."""
    return bool(mode.get() & GRAD)


def anomaly_mode(check_finite: bool = False) -> Mode:
    """`with anomaly_mode():` a NaN, forward or backward, is an error that names the module, the operation and the line where it
    stood, and so is an array that was written to between the two by whatever means. Slow.

    check_finite: an infinite result of finite inputs is an error, too, forward or backward, and what is said holds also for
    what is not recorded, under no_grad or of constants: the first operation that leaves the finite numbers is named.
    """
    return Mode(ANOMALY | FINITE if check_finite else ANOMALY, 0)
