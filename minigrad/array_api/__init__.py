"""The array API standard (2023.12) over tensors: what `t.__array_namespace__()` gives, for programs that take any library.

Names, argument names and results are the standard's; numbers and gradients are the operations' under `mg.`. Where the two say
the same there is one function under both names; `makers`, `dtypes`, `searching` and `linalg` hold what the standard says
otherwise: integers in lists stay integers, `std` takes `correction`, `sort` is stable. docs/array-api.md lists what is here.
"""

from __future__ import annotations

from math import e, inf, nan, pi

from minigrad.array_api import linalg as linalg
from minigrad.array_api.dtypes import (
    __array_namespace_info__,
    astype,
    bool,
    can_cast,
    complex64,
    complex128,
    finfo,
    float32,
    float64,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    isdtype,
    result_type,
    uint8,
    uint16,
    uint32,
    uint64,
)
from minigrad.array_api.linalg import matmul, matrix_transpose, tensordot, vecdot
from minigrad.array_api.makers import (
    arange,
    asarray,
    empty,
    empty_like,
    eye,
    full,
    full_like,
    linspace,
    meshgrid,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from minigrad.array_api.searching import (
    argsort,
    cumulative_sum,
    prod,
    searchsorted,
    sort,
    std,
    sum,
    unique_all,
    unique_counts,
    unique_inverse,
    unique_values,
    var,
)
from minigrad.exchange import from_dlpack
from minigrad.ops import (
    abs,
    add,
    all,
    any,
    argmax,
    argmin,
    bitwise_and,
    bitwise_or,
    bitwise_xor,
    broadcast_arrays,
    broadcast_to,
    ceil,
    conj,
    copysign,
    cos,
    cosh,
    equal,
    exp,
    expand_dims,
    expm1,
    fft,
    flip,
    floor,
    floor_divide,
    greater,
    greater_equal,
    hypot,
    imag,
    isfinite,
    isinf,
    isnan,
    less,
    less_equal,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    max,
    maximum,
    mean,
    min,
    minimum,
    moveaxis,
    nonzero,
    not_equal,
    real,
    repeat,
    reshape,
    roll,
    round,
    sign,
    signbit,
    sin,
    sinh,
    sqrt,
    square,
    squeeze,
    stack,
    take,
    tan,
    tanh,
    tile,
    tril,
    triu,
    trunc,
    unstack,
    where,
)
from minigrad.ops import arccos as acos
from minigrad.ops import arccosh as acosh
from minigrad.ops import arcsin as asin
from minigrad.ops import arcsinh as asinh
from minigrad.ops import arctan as atan
from minigrad.ops import arctan2 as atan2
from minigrad.ops import arctanh as atanh
from minigrad.ops import concatenate as concat
from minigrad.ops import div as divide
from minigrad.ops import invert as bitwise_invert
from minigrad.ops import left_shift as bitwise_left_shift
from minigrad.ops import mod as remainder
from minigrad.ops import mul as multiply
from minigrad.ops import neg as negative
from minigrad.ops import power as pow
from minigrad.ops import right_shift as bitwise_right_shift
from minigrad.ops import sub as subtract
from minigrad.ops import transpose as permute_dims
from minigrad.tensor import Tensor
from minigrad.types import Operand

__array_api_version__ = "2023.12"
newaxis = None


def clip(x: Operand, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """x, but nothing below min or above max."""
    from minigrad import ops

    return ops.clip(x, min, max)


def positive(x: Tensor) -> Tensor:
    """x itself."""
    return x


__all__ = [name for name in globals() if not name.startswith("_") and name not in ("Operand", "Tensor", "annotations", "dtypes",
                                                                                "makers", "searching")]
