"""What type checkers see of the package: what each family lists in its __all__."""

from typing import Any

from minigrad.ops.adaptive import *
from minigrad.ops.attention import *
from minigrad.ops.compare import *
from minigrad.ops.complex import *
from minigrad.ops.conv import *
from minigrad.ops.conv_axes import *
from minigrad.ops.create import *
from minigrad.ops.differences import *
from minigrad.ops.dropout import *
from minigrad.ops.einsum import *
from minigrad.ops.elementwise.activation import *
from minigrad.ops.elementwise.arithmetic import *
from minigrad.ops.elementwise.choosing import *
from minigrad.ops.elementwise.functions import *
from minigrad.ops.elementwise.steps import *
from minigrad.ops.elementwise.trigonometry import *
from minigrad.ops.embedding import *
from minigrad.ops.gates import *
from minigrad.ops.group_norm import *
from minigrad.ops.index.along import *
from minigrad.ops.index.editing import *
from minigrad.ops.index.masks import *
from minigrad.ops.index.picking import *
from minigrad.ops.index.writing import *
from minigrad.ops.linalg.norms import norm as norm
from minigrad.ops.linalg.powers import *
from minigrad.ops.logic import *
from minigrad.ops.loss.classes import *
from minigrad.ops.loss.errors import *
from minigrad.ops.loss.likelihoods import *
from minigrad.ops.loss.margins import *
from minigrad.ops.loss.pairs import *
from minigrad.ops.loss.sequences import *
from minigrad.ops.matmul import *
from minigrad.ops.norm import *
from minigrad.ops.operands.pairs import *
from minigrad.ops.pool import *
from minigrad.ops.pool_axes import *
from minigrad.ops.products import *
from minigrad.ops.recurrent import *
from minigrad.ops.reduce import *
from minigrad.ops.resample import *
from minigrad.ops.sampling import *
from minigrad.ops.scan import *
from minigrad.ops.shape.arranging import *
from minigrad.ops.shape.cutting import *
from minigrad.ops.shape.diagonals import *
from minigrad.ops.shape.joining import *
from minigrad.ops.shape.padding import *
from minigrad.ops.shape.repeating import *
from minigrad.ops.shape.turning import *
from minigrad.ops.shape.windows import *
from minigrad.ops.softmax import *
from minigrad.ops.sort import *
from minigrad.ops.spaced import *
from minigrad.ops.statistics import *
from minigrad.ops.table import differentiable_kernels as differentiable_kernels

OPERATORS: dict[str, Any]
COMPARISONS: dict[str, Any]

# Second names, written by `python -m tests.typed` from ops/aliases.py.

absolute = abs
acos = arccos
acosh = arccosh
amax = max
amin = min
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
