"""Softmax and its logarithm, stable at any logits."""

from __future__ import annotations

import math

from minigrad.graph import OUT, alike, record
from minigrad.ops.operands import as_keepdims, check_not_empty, in_floats, kept_shape, reduction, the_axis
from minigrad.ops.reduce import to_one_axis
from minigrad.ops.shape import reshape
from minigrad.tensor import Tensor
from minigrad.types import Axes, Operand

__all__ = ["log_softmax", "logsumexp", "softmax"]


def softmax(z: Operand, axis: int = -1) -> Tensor:
    """exp(z) / sum(exp(z)) along an axis."""
    if not alike(z):
        return in_floats(softmax, z, axis)
    axis = the_axis("softmax", axis, z.data.shape)
    return record(z.k, z.k.softmax(z.data, axis), (z,), softmax_rule, (OUT,), (axis,))


def softmax_rule(k, g, need, y, axis):
    return (k.softmax_backward(g, y, axis),)


def log_softmax(z: Operand, axis: int = -1) -> Tensor:
    """z - log(sum(exp(z))) along an axis."""
    if not alike(z):
        return in_floats(log_softmax, z, axis)
    axis = the_axis("log_softmax", axis, z.data.shape)
    return record(z.k, z.k.log_softmax(z.data, axis), (z,), log_softmax_rule, (OUT,), (axis,))


def log_softmax_rule(k, g, need, y, axis):
    return (k.log_softmax_backward(g, y, axis),)


def logsumexp(z: Operand, axis: Axes = -1, keepdims: bool = False) -> Tensor:
    """log(sum(exp(z))) along an axis, or several (None: all)."""
    if not alike(z):
        return in_floats(logsumexp, z, axis, keepdims)
    if axis is None or isinstance(axis, (tuple, list)) and len(axis) != 1:
        axes, keepdims, kept = reduction("logsumexp", z, axis, keepdims)
        check_not_empty("logsumexp", z.data.shape, axes)
        z, last, shape = to_one_axis(z, axes)
        return reshape(logsumexp(z, last), kept if keepdims else shape)
    axis = the_axis("logsumexp", axis, z.data.shape)
    y = z.k.logsumexp(z.data, axis, as_keepdims("logsumexp", keepdims))
    return record(z.k, y, (z,), logsumexp_rule, (0,), (axis, kept_shape(z.data.shape, (axis,))))


def logsumexp_rule(k, g, need, z, axis, kept):
    """A term of exp(-inf) = 0 has no share, even where all of them are 0 and softmax has no value."""
    share = k.where(k.equal(z, -math.inf), 0, k.softmax(z, axis))
    return (k.pick_mul(k.reshape(g, kept), share),)
