"""What type checkers see of the package: what each family lists in its __all__."""

from typing import Any

from minigrad.ops.compare import *
from minigrad.ops.conv import *
from minigrad.ops.create import *
from minigrad.ops.dropout import *
from minigrad.ops.elementwise.activation import *
from minigrad.ops.elementwise.arithmetic import *
from minigrad.ops.elementwise.choosing import *
from minigrad.ops.elementwise.functions import *
from minigrad.ops.elementwise.steps import *
from minigrad.ops.elementwise.trigonometry import *
from minigrad.ops.index import *
from minigrad.ops.logic import *
from minigrad.ops.loss.classes import *
from minigrad.ops.loss.errors import *
from minigrad.ops.loss.likelihoods import *
from minigrad.ops.loss.margins import *
from minigrad.ops.loss.pairs import *
from minigrad.ops.loss.sequences import *
from minigrad.ops.matmul import *
from minigrad.ops.norm import *
from minigrad.ops.operands import *
from minigrad.ops.pool import *
from minigrad.ops.recurrent import *
from minigrad.ops.reduce import *
from minigrad.ops.sampling import *
from minigrad.ops.shape import *
from minigrad.ops.softmax import *
from minigrad.ops.table import differentiable_kernels as differentiable_kernels

OPERATORS: dict[str, Any]
COMPARISONS: dict[str, Any]
