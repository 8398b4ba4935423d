"""What type checkers see of the operations: each from its family, or as it may be called with PyTorch's keywords too.

Written by `python -m tests.typed` from ops/ and ops/aliases.py: change those.
"""

# ruff: noqa: I001
from collections.abc import Sequence
from typing import Any, overload

from minigrad.ops.by_dim import ValuesAndIndices
from minigrad.tensor import Tensor
from minigrad.types import Axes, DType, Operand, Shape
from minigrad.ops.adaptive import (
    adaptive_avg_pool1d as adaptive_avg_pool1d, adaptive_avg_pool2d as adaptive_avg_pool2d,
    adaptive_avg_pool3d as adaptive_avg_pool3d, adaptive_max_pool1d as adaptive_max_pool1d,
    adaptive_max_pool2d as adaptive_max_pool2d, adaptive_max_pool3d as adaptive_max_pool3d,
)
from minigrad.ops.attention import (
    scaled_dot_product_attention as scaled_dot_product_attention,
)
from minigrad.ops.compare import (
    equal as equal, greater as greater, greater_equal as greater_equal, less as less, less_equal as less_equal,
    not_equal as not_equal,
)
from minigrad.ops.complex import (
    angle as angle, complex as complex, conj as conj, imag as imag, polar as polar, real as real,
    view_as_complex as view_as_complex, view_as_real as view_as_real,
)
from minigrad.ops.conv import (
    conv2d as conv2d,
)
from minigrad.ops.conv_axes import (
    conv1d as conv1d, conv3d as conv3d, conv_transpose1d as conv_transpose1d, conv_transpose2d as conv_transpose2d,
    conv_transpose3d as conv_transpose3d,
)
from minigrad.ops.create import (
    arange as arange, empty_like as empty_like, eye as eye, full as full, full_like as full_like, identity as identity,
    ones as ones, ones_like as ones_like, rand as rand, randn as randn, zeros as zeros, zeros_like as zeros_like,
)
from minigrad.ops.dropout import (
    dropout as dropout,
)
from minigrad.ops.einsum import (
    einsum as einsum,
)
from minigrad.ops.elementwise.activation import (
    celu as celu, elu as elu, gelu as gelu, gelu_tanh as gelu_tanh, hardshrink as hardshrink,
    hardsigmoid as hardsigmoid, hardswish as hardswish, hardtanh as hardtanh, leaky_relu as leaky_relu,
    logsigmoid as logsigmoid, mish as mish, prelu as prelu, relu as relu, relu6 as relu6, selu as selu,
    sigmoid as sigmoid, silu as silu, softplus as softplus, softshrink as softshrink, softsign as softsign,
    tanhshrink as tanhshrink, threshold as threshold,
)
from minigrad.ops.elementwise.arithmetic import (
    div as div, mul as mul, neg as neg, power as power, reciprocal as reciprocal, square as square,
)
from minigrad.ops.elementwise.choosing import (
    fmax as fmax, fmin as fmin, lerp as lerp, maximum as maximum, minimum as minimum, nan_to_num as nan_to_num,
    where as where,
)
from minigrad.ops.elementwise.functions import (
    abs as abs, cbrt as cbrt, erf as erf, erfc as erfc, exp as exp, exp2 as exp2, expm1 as expm1, hypot as hypot,
    log as log, log10 as log10, log1p as log1p, log2 as log2, logaddexp as logaddexp, logaddexp2 as logaddexp2,
    rsqrt as rsqrt, sign as sign, sqrt as sqrt,
)
from minigrad.ops.elementwise.steps import (
    ceil as ceil, copysign as copysign, floor as floor, floor_divide as floor_divide, fmod as fmod, mod as mod,
    round as round, trunc as trunc,
)
from minigrad.ops.elementwise.trigonometry import (
    arccos as arccos, arccosh as arccosh, arcsin as arcsin, arcsinh as arcsinh, arctan as arctan, arctan2 as arctan2,
    arctanh as arctanh, cos as cos, cosh as cosh, deg2rad as deg2rad, rad2deg as rad2deg, sin as sin, sinc as sinc,
    sinh as sinh, tan as tan, tanh as tanh,
)
from minigrad.ops.embedding import (
    embedding as embedding,
)
from minigrad.ops.group_norm import (
    group_norm as group_norm, instance_norm as instance_norm, layer_norm as layer_norm,
    local_response_norm as local_response_norm, rms_norm as rms_norm,
)
from minigrad.ops.index.editing import (
    trim_zeros as trim_zeros,
)
from minigrad.ops.index.masks import (
    masked_fill as masked_fill, masked_select as masked_select, one_hot as one_hot,
)
from minigrad.ops.index.picking import (
    getitem as getitem,
)
from minigrad.ops.linalg.powers import (
    matrix_power as matrix_power,
)
from minigrad.ops.logic import (
    allclose as allclose, bitwise_and as bitwise_and, bitwise_or as bitwise_or, bitwise_xor as bitwise_xor,
    invert as invert, isclose as isclose, isfinite as isfinite, isinf as isinf, isnan as isnan,
    left_shift as left_shift, logical_and as logical_and, logical_not as logical_not, logical_or as logical_or,
    logical_xor as logical_xor, right_shift as right_shift, signbit as signbit,
)
from minigrad.ops.loss.classes import (
    cross_entropy as cross_entropy, nll_loss as nll_loss,
)
from minigrad.ops.loss.errors import (
    huber_loss as huber_loss, l1_loss as l1_loss, mse as mse, smooth_l1_loss as smooth_l1_loss,
)
from minigrad.ops.loss.likelihoods import (
    binary_cross_entropy as binary_cross_entropy, binary_cross_entropy_with_logits as binary_cross_entropy_with_logits,
    gaussian_nll_loss as gaussian_nll_loss, kl_div as kl_div,
    multilabel_soft_margin_loss as multilabel_soft_margin_loss, poisson_nll_loss as poisson_nll_loss,
)
from minigrad.ops.loss.margins import (
    crammer_singer_loss as crammer_singer_loss, hinge_embedding_loss as hinge_embedding_loss, hinge_loss as hinge_loss,
    multi_margin_loss as multi_margin_loss, multilabel_margin_loss as multilabel_margin_loss,
    soft_margin_loss as soft_margin_loss, squared_hinge_loss as squared_hinge_loss,
    weston_watkins_loss as weston_watkins_loss,
)
from minigrad.ops.loss.pairs import (
    cosine_embedding_loss as cosine_embedding_loss, margin_ranking_loss as margin_ranking_loss,
    pairwise_distance as pairwise_distance, triplet_margin_loss as triplet_margin_loss,
)
from minigrad.ops.loss.sequences import (
    ctc_loss as ctc_loss,
)
from minigrad.ops.matmul import (
    linear as linear, matmul as matmul,
)
from minigrad.ops.norm import (
    batch_norm as batch_norm,
)
from minigrad.ops.operands.pairs import (
    astype as astype,
)
from minigrad.ops.pool import (
    avg_pool2d as avg_pool2d, max_pool2d as max_pool2d,
)
from minigrad.ops.pool_axes import (
    avg_pool1d as avg_pool1d, avg_pool3d as avg_pool3d, global_avg_pool as global_avg_pool,
    global_max_pool as global_max_pool, lp_pool1d as lp_pool1d, lp_pool2d as lp_pool2d, max_pool1d as max_pool1d,
    max_pool3d as max_pool3d, max_unpool1d as max_unpool1d, max_unpool2d as max_unpool2d, max_unpool3d as max_unpool3d,
)
from minigrad.ops.products import (
    dot as dot, inner as inner, kron as kron, outer as outer, vdot as vdot,
)
from minigrad.ops.resample import (
    interpolate as interpolate, pixel_shuffle as pixel_shuffle, pixel_unshuffle as pixel_unshuffle,
)
from minigrad.ops.sampling import (
    bernoulli as bernoulli, multinomial as multinomial, normal as normal, rand_like as rand_like, randint as randint,
    randn_like as randn_like, randperm as randperm, uniform as uniform,
)
from minigrad.ops.shape.arranging import (
    atleast_1d as atleast_1d, atleast_2d as atleast_2d, atleast_3d as atleast_3d, moveaxis as moveaxis, ravel as ravel,
    reshape as reshape,
)
from minigrad.ops.shape.cutting import (
    dsplit as dsplit, hsplit as hsplit, vsplit as vsplit,
)
from minigrad.ops.shape.diagonals import (
    diagflat as diagflat,
)
from minigrad.ops.shape.joining import (
    column_stack as column_stack, dstack as dstack, hstack as hstack, vstack as vstack,
)
from minigrad.ops.shape.padding import (
    pad as pad,
)
from minigrad.ops.shape.repeating import (
    broadcast_arrays as broadcast_arrays, broadcast_to as broadcast_to, meshgrid as meshgrid,
)
from minigrad.ops.shape.turning import (
    fliplr as fliplr, flipud as flipud,
)
from minigrad.ops.shape.windows import (
    fold as fold, unfold as unfold,
)
from minigrad.ops.sort import (
    bincount as bincount, unique as unique,
)
from minigrad.ops.statistics import (
    corrcoef as corrcoef,
)
from minigrad.ops.table import (
    differentiable_kernels as differentiable_kernels,
)

OPERATORS: dict[str, Any]
COMPARISONS: dict[str, Any]

@overload
def add(a: Operand, b: Operand) -> Tensor: ...
@overload
def add(a: Operand, b: Operand, *, alpha: float) -> Tensor: ...
def all(a: Operand, axis: Axes = None, keepdims: bool = False, *, dim: Axes = ..., keepdim: bool = ...) -> Tensor: ...
def amax(a: Operand, axis: Axes = None, keepdims: bool = False, *, dim: Axes = ..., keepdim: bool = ...) -> Tensor: ...
def amin(a: Operand, axis: Axes = None, keepdims: bool = False, *, dim: Axes = ..., keepdim: bool = ...) -> Tensor: ...
def any(a: Operand, axis: Axes = None, keepdims: bool = False, *, dim: Axes = ..., keepdim: bool = ...) -> Tensor: ...
def append(a: Operand, values: Operand, axis: int | None = None, *, dim: int | None = ...) -> Tensor: ...
def argmax(a: Operand, axis: int | None = None, keepdims: bool = False, *, dim: int | None = ...,
           keepdim: bool = ...) -> Tensor: ...
def argmin(a: Operand, axis: int | None = None, keepdims: bool = False, *, dim: int | None = ...,
           keepdim: bool = ...) -> Tensor: ...
def argpartition(a: Operand, kth: int, axis: int | None = -1, *, dim: int | None = ...) -> Tensor: ...
def argsort(a: Operand, axis: int | None = -1, descending: bool = False, *, dim: int | None = ...) -> Tensor: ...
def array_split(a: Operand, indices_or_sections: Shape, axis: int = 0, *, dim: int = ...) -> tuple[Tensor, ...]: ...
def average(a: Operand, axis: Axes = None, weights: Operand | None = None, returned: bool = False,
            keepdims: bool = False, *, dim: Axes = ..., keepdim: bool = ...) -> Tensor | tuple[Tensor, Tensor]: ...
def chunk(a: Operand, chunks: int, axis: int = 0, *, dim: int = ...) -> tuple[Tensor, ...]: ...
def clip(a: Operand, low: Operand | None = None, high: Operand | None = None, *, min: Operand | None = ...,
         max: Operand | None = ...) -> Tensor: ...
def concatenate(tensors: Sequence[Operand], axis: int | None = 0, dtype: DType = None, *,
                dim: int | None = ...) -> Tensor: ...
def cosine_similarity(x1: Operand, x2: Operand, axis: int = 1, eps: float = 1e-08, *, dim: int = ...) -> Tensor: ...
def count_nonzero(a: Operand, axis: Axes = None, keepdims: bool = False, *, dim: Axes = ...,
                  keepdim: bool = ...) -> Tensor: ...
def cov(m: Operand, y: Operand | None = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None, *,
        correction: int | None = ...) -> Tensor: ...
def cross(a: Operand, b: Operand, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None, *,
          dim: int | None = ...) -> Tensor: ...
@overload
def cummax(a: Operand, axis: int | None = None) -> Tensor: ...
@overload
def cummax(a: Operand, *, dim: int) -> ValuesAndIndices: ...
@overload
def cummin(a: Operand, axis: int | None = None) -> Tensor: ...
@overload
def cummin(a: Operand, *, dim: int) -> ValuesAndIndices: ...
def cumprod(a: Operand, axis: int | None = None, reverse: bool = False, *, dtype: DType = None,
            dim: int | None = ...) -> Tensor: ...
def cumsum(a: Operand, axis: int | None = None, reverse: bool = False, *, dtype: DType = None,
           dim: int | None = ...) -> Tensor: ...
def delete(a: Operand, obj: Any, axis: int | None = None, *, dim: int | None = ...) -> Tensor: ...
def diag(a: Operand, k: int = 0, *, diagonal: int = ...) -> Tensor: ...
def diagonal(a: Operand, offset: int = 0, axis1: int = 0, axis2: int = 1, *, dim1: int = ...,
             dim2: int = ...) -> Tensor: ...
def diff(a: Operand, n: int = 1, axis: int = -1, prepend: Operand | None = None, append: Operand | None = None, *,
         dim: int = ...) -> Tensor: ...
@overload
def expand_dims(a: Operand, axis: Shape) -> Tensor: ...
@overload
def expand_dims(a: Operand, *, dim: Shape) -> Tensor: ...
def flatten(a: Operand, start: int = 0, end: int = -1, *, start_dim: int = ..., end_dim: int = ...) -> Tensor: ...
def flip(a: Operand, axis: Axes = None, *, dim: Axes = ..., dims: Axes = ...) -> Tensor: ...
@overload
def gather(a: Operand, axis: int, index: Operand) -> Tensor: ...
@overload
def gather(a: Operand, *, dim: int, index: Operand) -> Tensor: ...
def geomspace(start: Operand, stop: Operand, num: int = 50, endpoint: bool = True, dtype: DType = None, axis: int = 0,
              device: str | None = None, *, dim: int = ...) -> Tensor: ...
def glu(a: Operand, axis: int = -1, *, dim: int = ...) -> Tensor: ...
def gradient(f: Operand, *varargs: Operand, axis: Axes = None, edge_order: int = 1,
             dim: Axes = ...) -> Tensor | tuple[Tensor, ...]: ...
@overload
def index_add(a: Operand, axis: int, index: Operand, source: Operand, alpha: complex = 1) -> Tensor: ...
@overload
def index_add(a: Operand, *, dim: int, index: Operand, source: Operand, alpha: complex = 1) -> Tensor: ...
@overload
def index_select(a: Operand, axis: int, index: Operand) -> Tensor: ...
@overload
def index_select(a: Operand, *, dim: int, index: Operand) -> Tensor: ...
def insert(a: Operand, obj: Any, values: Operand, axis: int | None = None, *, dim: int | None = ...) -> Tensor: ...
def linspace(start: Operand, stop: Operand, num: int = 50, endpoint: bool = True, dtype: DType = None, axis: int = 0,
             device: str | None = None, *, dim: int = ..., steps: int = ...) -> Tensor: ...
def log_softmax(z: Operand, axis: int = -1, *, dim: int = ...) -> Tensor: ...
def logcumsumexp(a: Operand, axis: int | None = None, *, dim: int | None = ...) -> Tensor: ...
def logspace(start: Operand, stop: Operand, num: int = 50, endpoint: bool = True, base: float = 10.0,
             dtype: DType = None, axis: int = 0, device: str | None = None, *, dim: int = ...,
             steps: int = ...) -> Tensor: ...
def logsumexp(z: Operand, axis: Axes = -1, keepdims: bool = False, *, dim: Axes = ...,
              keepdim: bool = ...) -> Tensor: ...
@overload
def max(a: Operand, axis: Axes = None, keepdims: bool = False, *, keepdim: bool = ...) -> Tensor: ...
@overload
def max(a: Operand, *, dim: int, keepdim: bool = False) -> ValuesAndIndices: ...
def mean(a: Operand, axis: Axes = None, keepdims: bool = False, *, dtype: DType = None, dim: Axes = ...,
         keepdim: bool = ...) -> Tensor: ...
@overload
def median(a: Operand, axis: Axes = None, keepdims: bool = False, *, keepdim: bool = ...) -> Tensor: ...
@overload
def median(a: Operand, *, dim: int, keepdim: bool = False) -> ValuesAndIndices: ...
@overload
def min(a: Operand, axis: Axes = None, keepdims: bool = False, *, keepdim: bool = ...) -> Tensor: ...
@overload
def min(a: Operand, *, dim: int, keepdim: bool = False) -> ValuesAndIndices: ...
def nanmean(a: Operand, axis: Axes = None, keepdims: bool = False, *, dim: Axes = ...,
            keepdim: bool = ...) -> Tensor: ...
def nansum(a: Operand, axis: Axes = None, keepdims: bool = False, *, dim: Axes = ...,
           keepdim: bool = ...) -> Tensor: ...
@overload
def nonzero(a: Operand) -> tuple[Tensor, ...]: ...
@overload
def nonzero(a: Operand, *, as_tuple: bool) -> Any: ...
@overload
def norm(x: Operand, ord: float | str | None = None, axis: Axes = None, keepdims: bool = False, *, dim: Axes = ...,
         keepdim: bool = ...) -> Tensor: ...
@overload
def norm(x: Operand, p: float | str = 'fro', dim: Axes = None, keepdim: bool = False) -> Tensor: ...
def partition(a: Operand, kth: int, axis: int | None = -1, *, dim: int | None = ...) -> Tensor: ...
def percentile(a: Operand, q: Operand, axis: Axes = None, method: str = 'linear', keepdims: bool = False, *,
               dim: Axes = ..., keepdim: bool = ...) -> Tensor: ...
def prod(a: Operand, axis: Axes = None, keepdims: bool = False, *, dtype: DType = None, dim: Axes = ...,
         keepdim: bool = ...) -> Tensor: ...
def ptp(a: Operand, axis: Axes = None, keepdims: bool = False, *, dim: Axes = ..., keepdim: bool = ...) -> Tensor: ...
def quantile(a: Operand, q: Operand, axis: Axes = None, method: str = 'linear', keepdims: bool = False, *,
             dim: Axes = ..., keepdim: bool = ..., interpolation: str = ...) -> Tensor: ...
def repeat(a: Operand, repeats: int | Operand, axis: int | None = None, *, dim: int | None = ...) -> Tensor: ...
@overload
def roll(a: Operand, shift: Shape, axis: Shape | None = None, *, dim: Shape | None = ...,
         dims: Shape | None = ...) -> Tensor: ...
@overload
def roll(a: Operand, *, shifts: Shape, dims: Shape | None = None) -> Tensor: ...
def rot90(a: Operand, k: int = 1, axes: Shape = (0, 1), *, dims: Shape = ...) -> Tensor: ...
@overload
def scatter(a: Operand, axis: int, index: Operand, src: Operand) -> Tensor: ...
@overload
def scatter(a: Operand, *, dim: int, index: Operand, src: Operand | None = None, value: float | None = None,
            reduce: str | None = None) -> Tensor: ...
@overload
def scatter_add(a: Operand, axis: int, index: Operand, src: Operand) -> Tensor: ...
@overload
def scatter_add(a: Operand, *, dim: int, index: Operand, src: Operand) -> Tensor: ...
@overload
def searchsorted(a: Operand, v: Operand, side: str = 'left') -> Tensor: ...
@overload
def searchsorted(a: Operand, v: Operand, *, right: bool) -> Tensor: ...
def sliding_window_view(x: Operand, window_shape: Shape, axis: Shape | None = None, *,
                        dim: Shape | None = ...) -> Tensor: ...
def softmax(z: Operand, axis: int = -1, *, dim: int = ...) -> Tensor: ...
@overload
def sort(a: Operand, axis: int | None = -1, descending: bool = False) -> Tensor: ...
@overload
def sort(a: Operand, *, dim: int, descending: bool = False, stable: bool = False) -> ValuesAndIndices: ...
@overload
def split(a: Operand, indices_or_sections: Shape, axis: int = 0) -> tuple[Tensor, ...]: ...
@overload
def split(a: Operand, split_size_or_sections: Shape, *, dim: int) -> tuple[Tensor, ...]: ...
@overload
def squeeze(a: Operand, axis: Axes = None) -> Tensor: ...
@overload
def squeeze(a: Operand, *, dim: Axes) -> Tensor: ...
def stack(tensors: Sequence[Operand], axis: int = 0, dtype: DType = None, *, dim: int = ...) -> Tensor: ...
@overload
def std(a: Operand, axis: Axes = None, ddof: float = 0, keepdims: bool = False, *, keepdim: bool = ...) -> Tensor: ...
@overload
def std(a: Operand, *, dim: Axes, unbiased: bool = True, keepdim: bool = False, correction: float | None = None,
        ddof: float | None = None) -> Tensor: ...
@overload
def sub(a: Operand, b: Operand) -> Tensor: ...
@overload
def sub(a: Operand, b: Operand, *, alpha: float) -> Tensor: ...
def sum(a: Operand, axis: Axes = None, keepdims: bool = False, *, dtype: DType = None, dim: Axes = ...,
        keepdim: bool = ...) -> Tensor: ...
@overload
def swapaxes(a: Operand, axis1: int, axis2: int) -> Tensor: ...
@overload
def swapaxes(a: Operand, *, dim0: int, dim1: int) -> Tensor: ...
def take(a: Operand, indices: Operand, axis: int | None = None, mode: str = 'raise', *,
         dim: int | None = ...) -> Tensor: ...
def take_along_axis(a: Operand, indices: Operand, axis: int | None = -1, *, dim: int | None = ...) -> Tensor: ...
def tensordot(a: Operand, b: Operand, axes: int | Sequence[int | Sequence[int]] = 2, *,
              dims: int | Sequence[int | Sequence[int]] = ...) -> Tensor: ...
@overload
def tile(a: Operand, reps: Shape) -> Tensor: ...
@overload
def tile(a: Operand, *, dims: Shape) -> Tensor: ...
def topk(a: Operand, k: int, axis: int | None = -1, largest: bool = True, sorted: bool = True, *,
         dim: int | None = ...) -> ValuesAndIndices: ...
def trace(a: Operand, offset: int = 0, axis1: int = 0, axis2: int = 1, *, dim1: int = ...,
          dim2: int = ...) -> Tensor: ...
@overload
def transpose(a: Operand, axes: Sequence[int] | None = None, axis2: None = None, *,
              dims: Sequence[int] | None = ...) -> Tensor: ...
@overload
def transpose(a: Operand, dim0: int, dim1: int) -> Tensor: ...
def trapezoid(y: Operand, x: Operand | None = None, dx: float = 1.0, axis: int = -1, *, dim: int = ...) -> Tensor: ...
def tril(a: Operand, k: int = 0, *, diagonal: int = ...) -> Tensor: ...
def triu(a: Operand, k: int = 0, *, diagonal: int = ...) -> Tensor: ...
def unstack(a: Operand, axis: int = 0, *, dim: int = ...) -> tuple[Tensor, ...]: ...
@overload
def var(a: Operand, axis: Axes = None, ddof: float = 0, keepdims: bool = False, *, keepdim: bool = ...) -> Tensor: ...
@overload
def var(a: Operand, *, dim: Axes, unbiased: bool = True, keepdim: bool = False, correction: float | None = None,
        ddof: float | None = None) -> Tensor: ...
def vecdot(x1: Operand, x2: Operand, axis: int = -1, *, dim: int = ...) -> Tensor: ...

absolute = abs
acos = arccos
acosh = arccosh
asin = arcsin
asinh = arcsinh
atan = arctan
atan2 = arctan2
atanh = arctanh
bitwise_left_shift = left_shift
bitwise_not = invert
bitwise_right_shift = right_shift
bmm = matmul
broadcast_tensors = broadcast_arrays
cat = concatenate
clamp = clip
concat = concatenate
degrees = rad2deg
divide = div
empty = zeros
eq = equal
expit = sigmoid
fix = trunc
ge = greater_equal
ger = outer
gt = greater
le = less_equal
log_sigmoid = logsigmoid
lt = less
mm = matmul
movedim = moveaxis
multiply = mul
mv = matmul
ne = not_equal
negative = neg
permute = transpose
pow = power
radians = deg2rad
remainder = mod
repeat_interleave = repeat
rint = round
row_stack = vstack
subtract = sub
swapdims = swapaxes
swish = silu
take_along_dim = take_along_axis
trapz = trapezoid
true_divide = div
unbind = unstack
unsqueeze = expand_dims
