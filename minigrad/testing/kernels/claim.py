"""How near to the reference a native kernel's results must come, and why they may differ at all. `claims/` says it of each.

Most kernels give the reference's numbers exactly. Where they add in another order, fuse multiplications or approximate a
function themselves, errors are measured element by element in units of eps * size, where `size` is what the result would be
if nothing cancelled: for a sum the sum of |a|, for a product of matrices |a| @ |b|; in float64, special numbers left out.
Where that is near the largest number of the dtype, partial results overflow in one order of adding and not in another:
nothing is asked there. Everywhere else NaN and infinities stand exactly where the reference has them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minigrad.kernels.reference import Kernels

REFERENCE = Kernels(np)
TINY, HUGE = np.finfo(np.float32).tiny, float(np.finfo(np.float32).max)
ORDER = "sums are added in another order, products fused: eps of the sum of magnitudes"
ULPS = "the native approximation and numpy's are each some units in the last place off"
EITHER_ZERO = "max(0, -0) may be either zero: numpy's own answer depends on the machine"


class Claim(NamedTuple):
    """A kernel's arguments, and what its results are held to."""

    arguments: Any                              # a strategy of tuples
    units: float = 0                            # the error allowed, in eps * size; 0: the same numbers
    why: str = ""                               # why they may differ
    size: Callable[..., Any] | None = None      # (*arguments) -> float64, one for each result; None: |result|
    zero_signs: bool = True                     # where units is 0: whether the sign of a zero is defined
    results: int | None = None                  # how many results are compared: what follows is a cache (aux)
    writes: tuple[int, ...] = ()                # the arguments that it writes, its results then
    forward: Callable[..., Any] | None = None   # (table, arguments) -> the aux that this table's forward keeps
    tiny: float = 0                             # an absolute error allowed, in smallest normal numbers
    nan_or_inf: bool = False                    # whether NaN and inf may stand for one another


def finite(a):
    """|a| in float64; 0 for what is not finite."""
    a = np.abs(np.asarray(a, np.float64))
    return np.where(np.isfinite(a), a, 0)


def by_magnitude(name, *factors, partial=None):
    """The size of a kernel that is linear in each of the arguments `factors`: itself, of their magnitudes.

    partial: (*arguments) -> how many times larger a partial result is, in a mean.
    """
    def size(*args):
        magnitudes = [finite(a) if i in factors and a is not None else a for i, a in enumerate(args)]
        whole = first_result(getattr(REFERENCE, name)(*magnitudes))
        return whole if partial is None else unless_over(whole, whole * partial(*args))

    return size


def unless_over(size, partial):
    """size, but inf (nothing is asked) where a partial result is near overflow."""
    return np.where(partial > HUGE / 4, np.inf, size)


def first_result(found):
    """The first of several results."""
    return found[0] if isinstance(found, tuple) else found


def product_size(name):
    """The size of a product of the first two arguments; inf where 0 meets inf or NaN.

    There the reference is either: for thin matrices numpy's BLAS takes a factor of 0 as "add nothing", which is no NaN.
    """
    biased = name in ("linear", "conv2d")
    whole = by_magnitude(name, 0, 1, 2) if biased else by_magnitude(name, 0, 1)

    def size(a, b, *rest):
        def f(*factors):
            return first_result(getattr(REFERENCE, name)(*factors))

        beside = [None, *rest[1:]] if biased else rest
        zero, endless = ([np.asarray(test, np.float64) for test in tests]
                         for tests in ((a == 0, b == 0), (~np.isfinite(a), ~np.isfinite(b))))
        meets = f(zero[0], endless[1], *beside) + f(endless[0], zero[1], *beside)
        return np.where(meets > 0.5, np.inf, whole(a, b, *rest))

    return size
