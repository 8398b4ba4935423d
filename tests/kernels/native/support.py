"""What the tests of the native kernels share: the two tables, numbers, and who computed a result.

That values, NaN, infinities and layouts are the reference's, with the same bits on 1, 2 and 3 threads, is shown by
tests/testing/kernels/test_parity.py, for every kernel on drawn arguments. Here stands what that cannot see: that C++ serves
the usual cases by itself and leaves the others to the reference, how exact results are, and what holds of single kernels.
"""

import numpy as np
import pytest

from minigrad import kernels
from minigrad.testing.memory import arrange

_native = pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")

NATIVE, REFERENCE = kernels.table("native"), kernels.table("numpy")
SPECIAL = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-40, -1e-40, 1e-38, 3e38, -3e38, 88.8, -100, 1.5, -2], np.float32)
SIZES = 0, 1, 7, 17, 400
DENSE = "C", "F", "transposed", "channels-last", "offset"       # layouts without gaps and without axes that run backwards


def normal(*shape, seed=0, scale=1.0):
    return (np.random.default_rng([seed, *shape]).standard_normal(shape) * scale).astype(np.float32)


def orders(a):
    """The array in C order and with axis 1 innermost, the two that images lie in."""
    return a, arrange(a, "channels-last" if a.ndim > 2 else "F")


def served(name, *args):
    """What C++ makes of the arguments by itself."""
    found = getattr(_native, name)(*args, None)
    assert found is not None, f"{name} fell back to the reference"
    return found


def falls_back(name, *args):
    """C++ leaves the arguments to the reference, which the table then asks."""
    assert getattr(_native, name)(*args, None) is None
    with np.errstate(all="ignore"):
        found, expected = getattr(NATIVE, name)(*args), getattr(REFERENCE, name)(*args)
    np.testing.assert_allclose(found, expected, rtol=1e-6)       # it may call native kernels in turn
    assert found.dtype == expected.dtype


def run(name, *args):
    """The native result, the same bits for 1, 2 and 4 threads."""
    results = []
    for threads in (1, 2, 4):
        _native.set_num_threads(threads)
        results.append(served(name, *args))
    assert len({y.tobytes() for y in results}) == 1, f"{name} depends on the number of threads"
    return results[0]
