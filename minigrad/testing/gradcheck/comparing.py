"""How the checks compare what they find with what they expect."""

import numpy as np

__tracebackhide__ = True


class CheckFailed(AssertionError):
    """An operation broke one of the promises that `minigrad.testing.checks` lists."""


def compare_runs(check, case, found, expected, tolerance, says, where=""):
    compare_all(check, case, "output", found[0], expected[0], tolerance, says, where)
    for i in expected[1]:
        a, b = zeros_for_none(found[1][i], expected[1][i], case.args[i])
        compare(check, case, f"the gradient of input {i}{where}", a, b, tolerance, says)


def compare_all(check, case, what, found, expected, tolerance, says, where=""):
    if len(found) != len(expected):
        raise CheckFailed(f"[{check}] {case}: {len(found)} {what}s{where}, {says} {len(expected)}")
    for i, (a, b) in enumerate(zip(found, expected)):
        compare(check, case, f"{what} {i}{where}", a, b, tolerance, says)


def zeros_for_none(a, b, like):
    """No gradient is a gradient of zeros."""
    return np.zeros(like.shape) if a is None else a, np.zeros(like.shape) if b is None else b


def compare(check, case, what, found, expected, tolerance, says, *, itself=False):
    """Raise unless |found - expected| <= tolerance * (|expected| + max(1, the largest finite |expected|)) everywhere, or
    (itself) tolerance * |expected|; NaN equals NaN, an infinity its own. Integers and booleans must be equal."""
    if found.shape != expected.shape:
        raise CheckFailed(f"[{check}] {case}: {what} has shape {found.shape}, {says} {expected.shape}")
    if found.dtype.kind in "biu":
        if (found.dtype.kind == "b") != (expected.dtype.kind == "b"):
            raise CheckFailed(f"[{check}] {case}: {what} is {found.dtype}, {says} {expected.dtype}")
        wrong = found != expected
    else:
        wide = np.complex128 if "c" in (found.dtype.kind, expected.dtype.kind) else np.float64
        a, b = found.astype(wide), expected.astype(wide)
        with np.errstate(all="ignore"):
            size = np.abs(b)
            largest = 0 if itself else size.max(initial=1, where=np.isfinite(b))
            wrong = ~((a == b) | np.isnan(a) & np.isnan(b) | (np.abs(a - b) <= tolerance * (size + largest)) & np.isfinite(b))
    if wrong.any():
        index = tuple(int(n) for n in np.argwhere(wrong)[0])
        at = f", index {index}," if index else ""
        count = f" ({np.count_nonzero(wrong)} of {wrong.size} differ)" if wrong.size > 1 else ""
        raise CheckFailed(f"[{check}] {case}: {what}{at} is {found[index]}, {says} {expected[index]}{count}")
