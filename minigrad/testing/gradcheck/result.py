"""What gradcheck and gradgradcheck found, as data and as an error."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GradcheckResult:
    """What a check found. It is true if every gradient is right.

    order: 1 for gradcheck, 2 for gradgradcheck. checked: the numbers of the inputs that are of floating point.
    evaluations: how often f ran. largest_error: the largest distance of a gradient from its slopes, as a part of what is
    tolerated (above 1: refused). Of what is wrong: message; and, where it is about one number, input (None for an
    incoming gradient: see name), name (of f's parameter), index, output (which one, and the index there, with full=True),
    gradient, slopes (left and right of the point: the gradient must lie between) and mistake, if a standard one fits.
    complete is false if the evaluations ran out before all entries at kinks were looked at; nothing passes then.
    """

    passed: bool
    order: int
    checked: tuple = ()
    evaluations: int = 0
    largest_error: float = 0.0
    message: str | None = None
    input: int | None = None
    name: str | None = None
    index: tuple | None = None
    output: tuple | None = None
    gradient: float | None = None
    slopes: tuple | None = None
    mistake: str | None = None
    complete: bool = True

    def __bool__(self):
        return self.passed


class GradientError(AssertionError):
    """A gradient disagrees with the slope, or there is no slope to compare it with. result: the GradcheckResult."""

    def __init__(self, message, result=None):
        super().__init__(message)
        self.result = result
