"""Losses of vectors in pairs and triples: how near those that belong together are."""

from __future__ import annotations

import math

from minigrad.ops.compare import equal
from minigrad.ops.elementwise import abs, div, maximum, minimum, mul, power, relu, sqrt, sub, where
from minigrad.ops.loss.common import a_number, check_reduction, of_one_dtype, reduced, signs
from minigrad.ops.operands import as_keepdims, one_axis, rounded_once
from minigrad.ops.reduce import max, sum
from minigrad.ops.shape import broadcast_to
from minigrad.tensor import Tensor
from minigrad.types import Operand, Reduction

__all__ = ["cosine_embedding_loss", "cosine_similarity", "margin_ranking_loss", "pairwise_distance", "triplet_margin_loss"]


def cosine_similarity(x1: Operand, x2: Operand, axis: int = 1, eps: float = 1e-8) -> Tensor:
    """x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along an axis of their common shape: the cosine of the angle between them.

    Of a vector of zeros it is 0, and its slope there is the other vector's direction over eps.
    """
    op = "cosine_similarity"
    x1, x2 = of_one_dtype(op, x1, x2)
    eps = a_number(op, "eps", eps, 0)
    shape = _common_shape(x1, x2)
    axis = one_axis(op, axis, len(shape))
    return rounded_once(lambda a, b: _cosine(_as(a, shape), _as(b, shape), axis, eps), x1, x2)


def _cosine(a, b, axis, eps):
    """Each is divided by its own length first: products of large or small numbers do not leave the range of floats."""
    return sum(mul(div(a, maximum(_length(a, axis), eps)), div(b, maximum(_length(b, axis), eps))), axis)


def cosine_embedding_loss(x1: Operand, x2: Operand, target: Operand, margin: float = 0.0,
                          reduction: Reduction = "mean") -> Tensor:
    """1 - cos(x1, x2) where the target is 1 (alike), max(0, cos(x1, x2) - margin) where it is -1 (different).

    x1, x2 (N, D) or (D,), target (N,) or 0-d.
    """
    op = "cosine_embedding_loss"
    check_reduction(op, reduction)
    margin = a_number(op, "margin", margin)
    x1, x2 = of_one_dtype(op, x1, x2)
    shape = _common_shape(x1, x2)
    if len(shape) not in (1, 2):
        raise ValueError(f"[{op}] expected vectors (N, D) or (D,), found {x1.data.shape} and {x2.data.shape}")
    target = signs(op, x1, target, shape[:-1])
    alike, different = equal(target, 1), equal(target, -1)

    def loss(a, b):
        cosine = _cosine(_as(a, shape), _as(b, shape), len(shape) - 1, 1e-8)
        return reduced(where(alike, sub(1, cosine), where(different, relu(cosine - margin), 0)), reduction)

    return rounded_once(loss, x1, x2)


def pairwise_distance(x1: Operand, x2: Operand, p: float = 2.0, eps: float = 1e-6, keepdims: bool = False) -> Tensor:
    """|x1 - x2 + eps|_p along the last axis, shapes broadcast; p > 0 or infinite. Its slope at a distance of 0 is 0."""
    op = "pairwise_distance"
    x1, x2 = of_one_dtype(op, x1, x2)
    p, eps = a_number(op, "p", p, 0, above=True), a_number(op, "eps", eps)
    keepdims = as_keepdims(op, keepdims)
    if not _common_shape(x1, x2):
        raise ValueError(f"[{op}] expected vectors along the last axis, found two 0-d tensors")
    return rounded_once(lambda a, b: _distance(a, b, p, eps, keepdims), x1, x2)


def margin_ranking_loss(x1: Operand, x2: Operand, target: Operand, margin: float = 0.0,
                        reduction: Reduction = "mean") -> Tensor:
    """max(0, margin - t (x1 - x2)): x1 shall rank above x2 where the target t is 1, below where it is -1. Shapes broadcast.

    Where the hinge is exactly 0 its slope is 0.
    """
    op = "margin_ranking_loss"
    check_reduction(op, reduction)
    margin = a_number(op, "margin", margin)
    x1, x2, target = of_one_dtype(op, x1, x2, target)
    return rounded_once(lambda a, b, t: reduced(relu(sub(margin, mul(t, sub(a, b)))), reduction), x1, x2, target)


def triplet_margin_loss(anchor: Operand, positive: Operand, negative: Operand, margin: float = 1.0, p: float = 2.0,
                        eps: float = 1e-6, swap: bool = False, reduction: Reduction = "mean") -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), d = pairwise_distance (Schroff et al. 2015). (N, D) or (D,).

    swap: the negative's distance is the smaller of those to the anchor and to the positive (Balntas et al. 2016).
    """
    op = "triplet_margin_loss"
    check_reduction(op, reduction)
    margin, p = a_number(op, "margin", margin), a_number(op, "p", p, 0, above=True)
    eps = a_number(op, "eps", eps)
    xs = of_one_dtype(op, anchor, positive, negative)
    if not all(x.data.shape for x in xs):
        raise ValueError(f"[{op}] expected vectors along the last axis, found shapes {[x.data.shape for x in xs]}")
    if not isinstance(swap, (bool, int)):
        raise TypeError(f"[{op}] swap must be True or False, found {swap!r}")

    def loss(a, b, c):
        far = _distance(a, c, p, eps)
        if swap:
            far = minimum(far, _distance(b, c, p, eps))
        return reduced(relu(sub(_distance(a, b, p, eps), far) + margin), reduction)

    return rounded_once(loss, *xs)


# ---- lengths

def _distance(a, b, p, eps, keepdims=False):
    d = sub(a, b) + eps
    if p == 2:
        return _length(d, d.ndim - 1, keepdims)
    d = abs(d)
    if p == math.inf:
        return max(d, -1, keepdims)
    return sum(d, -1, keepdims) if p == 1 else _root(sum(power(d, p), -1, keepdims), lambda s: power(s, 1 / p))


def _length(a, axis, keepdims=True):
    """The Euclidean norm. Its slope at 0 is 0."""
    return _root(sum(mul(a, a), axis, keepdims), sqrt)


def _root(s, root):
    return where(equal(s, 0), 0, root(s))


def _common_shape(a, b):
    m, n = a.data.shape, b.data.shape
    lead = len(m) - len(n)
    m, n = (1,) * -lead + m, (1,) * lead + n
    return tuple(j if i == 1 else i for i, j in zip(m, n))


def _as(a, shape):
    return a if a.data.shape == shape else broadcast_to(a, shape)
