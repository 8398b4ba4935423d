"""Losses. The names are PyTorch's, without its `_loss` for those that stand here since the beginning: cross_entropy, mse.

classes: of scores for classes, targets integer classes or dense      margins: hinges, of scores and signs or classes
errors: of numbers and their targets      likelihoods: of probabilities and of what is measured      pairs: of vectors
sequences: of labels that are not aligned

Each of them is 0-d by its `reduction`, "mean" (the default) or "sum" over what "none" leaves apart. Halves are computed in
float32, integers in float64, and rounded once. What a target or weight of exactly 0 picks does not count, be it NaN.
"""

from minigrad.ops.loss import classes, errors, likelihoods, margins, pairs, sequences
from minigrad.ops.loss.classes import *
from minigrad.ops.loss.classes import cross_entropy_rule
from minigrad.ops.loss.common import REDUCTIONS, check_reduction
from minigrad.ops.loss.errors import *
from minigrad.ops.loss.errors import mse_rule
from minigrad.ops.loss.likelihoods import *
from minigrad.ops.loss.margins import *
from minigrad.ops.loss.pairs import *
from minigrad.ops.loss.sequences import *

__all__ = []
__all__ += classes.__all__
__all__ += errors.__all__
__all__ += likelihoods.__all__
__all__ += margins.__all__
__all__ += pairs.__all__
__all__ += sequences.__all__
