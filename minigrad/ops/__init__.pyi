"""What type checkers see of the package: what each family lists in its __all__."""

from typing import Any

from minigrad.ops.compare import *
from minigrad.ops.conv import *
from minigrad.ops.create import *
from minigrad.ops.dropout import *
from minigrad.ops.elementwise.arithmetic import *
from minigrad.ops.elementwise.choosing import *
from minigrad.ops.elementwise.functions import *
from minigrad.ops.index.along import *
from minigrad.ops.index.editing import *
from minigrad.ops.index.masks import *
from minigrad.ops.index.picking import *
from minigrad.ops.index.writing import *
from minigrad.ops.loss import *
from minigrad.ops.matmul import *
from minigrad.ops.norm import *
from minigrad.ops.operands import *
from minigrad.ops.pool import *
from minigrad.ops.reduce import *
from minigrad.ops.shape.arranging import *
from minigrad.ops.shape.cutting import *
from minigrad.ops.shape.diagonals import *
from minigrad.ops.shape.joining import *
from minigrad.ops.shape.padding import *
from minigrad.ops.shape.repeating import *
from minigrad.ops.shape.turning import *
from minigrad.ops.shape.windows import *
from minigrad.ops.softmax import *
from minigrad.ops.spaced import *
from minigrad.ops.table import differentiable_kernels as differentiable_kernels

OPERATORS: dict[str, Any]
COMPARISONS: dict[str, Any]
