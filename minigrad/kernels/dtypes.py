"""Kinds of dtype, by numpy's letters, and which complex dtype goes with which real one."""

import numpy as np

REAL = "biuf"           # booleans, integers, floats
NUMERIC = REAL + "c"    # ... and complex numbers: whatever a tensor may hold
INEXACT = "fc"          # what has a gradient
# in what products and running sums are computed, and rounded to these once
TWICE = {np.dtype(np.float32): np.dtype(np.float64), np.dtype(np.complex64): np.dtype(np.complex128)}


def is_complex(dtype):
    """Whether these are complex numbers."""
    return dtype.kind == "c"


def is_differentiable(dtype):
    """Whether numbers of this dtype have gradients: floats and complex numbers."""
    return dtype.kind in INEXACT


def complex_of(dtype):
    """The complex dtype whose parts have the digits of this one: complex128 for float64, complex64 for the narrower floats."""
    return np.dtype(np.complex128 if dtype in (np.float64, np.complex128) else np.complex64)


def real_of(dtype):
    """The dtype of a complex number's parts; any other dtype is its own."""
    return np.dtype(f"f{dtype.itemsize // 2}") if dtype.kind == "c" else dtype
