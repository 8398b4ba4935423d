"""What operations do with their arguments first: tensors of them, on one device, of one dtype; and axes and shapes checked.

Integers stay integers with integers where numpy keeps them; beside floats they take the floats' dtype. An operation whose
results are no integers computes those of integers in float64, and rounds them once to the default dtype.
"""

from minigrad.ops.operands.axes import (
    as_keepdims, as_shape, check_not_empty, is_end, kept_shape, normalize_axis, one_axis, pair_of, reduction, the_axis,
)
from minigrad.ops.operands.pairs import (
    LARGEST, as_part_of, astype, astype_rule, beside, check_broadcast, check_fits, in_dtype, in_floats, operands, pair,
    promote, reals_in, rounded_once, same_kind, together, with_bias,
)

__all__ = ["astype"]
