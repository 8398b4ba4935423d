"""Cross-entropy and its parts: scores or log-probabilities (N, C) or (N, C, D1, ...), targets classes (N, D1, ...) or dense."""

from __future__ import annotations

import math

import numpy as np

from minigrad.graph import Variable, alike, record
from minigrad.ops.elementwise import mul, neg, pick_mul, where
from minigrad.ops.index import getitem, take_along
from minigrad.ops.loss.common import a_number, check_reduction, reduced, weights
from minigrad.ops.operands import in_floats, operands, rounded_once
from minigrad.ops.reduce import sum
from minigrad.ops.shape import reshape, transpose
from minigrad.ops.softmax import log_softmax
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import Operand, Reduction

__all__ = ["cross_entropy", "nll_loss"]

CLASSES = np.dtype(np.int64)
IGNORED = -100          # PyTorch's


def cross_entropy(logits: Operand, target: Operand, reduction: Reduction = "mean", weight: Operand | None = None,
                  ignore_index: int = IGNORED, label_smoothing: float = 0.0) -> Tensor:
    """-log softmax(logits) at the target: logits (N, C) or (N, C, D1, ...), target integer classes (N,) or
    (N, D1, ...), or dense one-hot or probability rows shaped as the logits. A single row (C,) with a 0-d class works.

    reduction: "mean" over the rows, "sum", or "none". weight (C,): how much each class counts; for integer classes the mean is
    then sum(w l) / sum(w), the weights those of the targets. Rows whose class is ignore_index are left out, of the mean's
    denominator too; of nothing but such rows the mean is NaN. label_smoothing e: the target becomes (1 - e) target + e / C
    (Szegedy et al. 2016); with integer classes and weights its second part is divided by sum(w) as well. All as in PyTorch.

    Fused and stable at any logits. Raises ValueError for a class that does not exist, TypeError for a target of floats that is
    not dense.
    """
    if weight is not None or ignore_index != IGNORED or label_smoothing != 0:
        return _cross_entropy_of(logits, target, reduction, weight, ignore_index, label_smoothing)
    if not alike(logits):
        return in_floats(cross_entropy, logits, target, reduction)
    z = logits
    if type(reduction) is not str or reduction != "mean":
        check_reduction("cross_entropy", reduction)
    k = z.k
    shape = z.data.shape
    try:
        if (type(target) is k.array and target.dtype is CLASSES and len(shape) == 2 and target.shape == shape[:1]
                and shape[1]):
            loss, aux = k.cross_entropy(z.data, target, reduction)                          # the usual case
            return record(k, loss, (z, target), cross_entropy_rule, (0, 1), (reduction, aux), (aux,))
        target = _target("cross_entropy", z, target)
        if len(shape) != 2:
            rows, flat = _flat(z, target)
            return _unflat(cross_entropy(rows, flat, reduction), shape, reduction)
        loss, aux = k.cross_entropy(z.data, target.data, reduction)
    except ValueError:
        if not _some_ignored(k, target):
            raise
        return _cross_entropy_of(z, target, reduction, None, IGNORED, 0.0)
    return record(k, loss, (z, target), cross_entropy_rule, (0, 1), (reduction, aux), (aux,))


def cross_entropy_rule(k, g, need, z, target, reduction, aux):
    return (k.cross_entropy_backward(g, z, target, aux, reduction) if need[0] else None,
            k.cross_entropy_target_grad(g, z, reduction) if need[1] else None)


def nll_loss(logp: Operand, target: Operand, weight: Operand | None = None, ignore_index: int = IGNORED,
             reduction: Reduction = "mean") -> Tensor:
    """-logp at the target: log-probabilities logp (N, C), (N, C, D1, ...) or a single row (C,), integer classes (N, D1, ...).

    nll_loss(log_softmax(z, 1), target) is cross_entropy(z, target). weight (C,), ignore_index and reduction: as there.
    Raises ValueError for a class that does not exist.
    """
    op = "nll_loss"
    check_reduction(op, reduction)
    logp = lift(logp)
    shape = logp.data.shape
    rows, target = _flat(logp, _target(op, logp, target, dense=False))
    w = weights(op, rows, weight, rows.data.shape[1:])
    kept, places = _places(op, rows, target, ignore_index)
    return _unflat(rounded_once(lambda rows, *w: _averaged(*_picked(rows, kept, places, w), reduction), rows, *w), shape,
                   reduction)


def _cross_entropy_of(z, target, reduction, weight, ignore_index, smoothing):
    """cross_entropy with whatever its fused kernel does not know."""
    op = "cross_entropy"
    check_reduction(op, reduction)
    smoothing = a_number(op, "label_smoothing", smoothing, 0, 1)
    z = lift(z)
    shape = z.data.shape
    rows, target = _flat(z, _target(op, z, target))
    w = weights(op, rows, weight, rows.data.shape[1:])
    if target.data.shape == rows.data.shape:
        if ignore_index != IGNORED:
            raise ValueError("[cross_entropy] ignore_index is for integer classes, and the target is dense: give the rows to "
                             f"leave out zeros, found ignore_index={ignore_index!r}")
        loss = rounded_once(lambda z, t, *w: reduced(_dense(z, t, w, smoothing), reduction), rows, target, *w)
        return _unflat(loss, shape, reduction)
    kept, places = _places(op, rows, target, ignore_index)

    def of_classes(z, *w):
        logp = log_softmax(z, 1)
        losses, counts = _picked(logp, kept, places, w)
        if smoothing:
            spread = neg(sum(pick_mul(w[0], logp) if w else logp, 1))
            spread = where(kept, spread, 0)
            losses = mul(losses, 1 - smoothing) + mul(spread, smoothing / logp.data.shape[1])
        return _averaged(losses, counts, reduction)

    return _unflat(rounded_once(of_classes, rows, *w), shape, reduction)


def _dense(z, t, w, smoothing):
    """The loss of each row, for dense targets."""
    if smoothing:
        t = mul(t, 1 - smoothing) + smoothing / z.data.shape[1]
    return neg(sum(pick_mul(mul(t, w[0]) if w else t, log_softmax(z, 1)), 1))


def _places(op, rows, target, ignore_index):
    """(which rows count, the classes of the others with 0 in the place of ignore_index), constants."""
    if isinstance(ignore_index, bool) or not hasattr(ignore_index, "__index__"):
        raise TypeError(f"[{op}] ignore_index must be an int, found {ignore_index!r}")
    k = rows.k
    kept = k.not_equal(target.data, int(ignore_index))
    places = k.where(kept, target.data, 0)
    k.check_classes(places, rows.data.shape[1], op)
    return constant(k, kept), constant(k, places)


def _picked(logp, kept, places, w):
    """(w (-logp) of each row at its place, those weights): 0 for rows that do not count, whatever is in them."""
    losses = neg(reshape(take_along(logp, reshape(places, (-1, 1)), 1), (-1,)))
    counts = where(kept, getitem(w[0], places), 0) if w else constant(logp.k, logp.k.astype(kept.data, logp.data.dtype))
    return pick_mul(counts, where(kept, losses, 0)), counts


def _averaged(losses, counts, reduction):
    return sum(losses) / sum(counts) if reduction == "mean" else reduced(losses, reduction)


def _some_ignored(k, target):
    array = target.data if isinstance(target, Variable) else k.asarray(target)
    return array.dtype.kind in "iu" and bool(k.to_numpy(array == IGNORED).any())


# ---- what users of scores and classes give

def _target(op, z, target, dense=True):
    """The target as a tensor with its shape checked: int64 classes, or dense in z's dtype."""
    tensor = target if isinstance(target, Variable) else None
    array = tensor.data if tensor is not None else z.k.asarray(target)
    shape = z.data.shape
    if tensor is not None and tensor.k is not z.k:
        raise ValueError(f"[{op}] the logits are on {z.k.name} and the target is on {tensor.k.name}: move one "
                         "with .to()")
    if not shape:
        raise ValueError(f"[{op}] expected logits (N, C), found a 0-d tensor")
    if shape[1 if len(shape) > 1 else 0] == 0:
        raise ValueError(f"[{op}] there are no classes: logits {shape}")
    classes = shape[:1] + shape[2:] if len(shape) > 1 else ()
    if dense and array.shape == shape and (array.dtype.kind == "f" or array.shape != classes):
        return operands(op, z, target if tensor is not None else array)[1]
    rows = f", or dense rows shaped as the logits {shape}" if dense else f", for logits {shape}"
    if array.dtype.kind not in "iu":
        raise TypeError(f"[{op}] the target must be integer classes {classes}{rows}; found {array.dtype} {array.shape}"
                        + (": convert it with .astype(int)" if array.shape == classes else ""))
    if array.shape != classes:
        raise ValueError(f"[{op}] logits {shape} need integer classes {classes}"
                         + (f" or dense rows {shape}" if dense else "") + f", found a target {array.shape}")
    if array.dtype != CLASSES:
        return constant(z.k, z.k.astype(array, CLASSES))
    return constant(z.k, array) if tensor is None else tensor


def _flat(z, target):
    """Scores of any number of axes as rows (M, C), their targets (M,) or (M, C)."""
    shape = z.data.shape
    if len(shape) == 1:
        return reshape(z, (1, *shape)), reshape(target, (1, *target.data.shape))
    if len(shape) == 2:
        return z, target
    return _channels_last(z), _channels_last(target) if target.data.shape == shape else reshape(target, (-1,))


def _unflat(loss, shape, reduction):
    """The losses of the rows of scores of that shape in the rows' places; a reduced one as it is."""
    if reduction != "none" or len(shape) == 2:
        return loss
    return reshape(loss, (shape[0], *shape[2:]) if len(shape) > 1 else ())


def _channels_last(t):
    """(N, C, D1, ...) -> rows (N D1 ..., C)"""
    t = transpose(t, (0, *range(2, t.ndim), 1))
    return reshape(t, (math.prod(t.data.shape[:-1]), t.data.shape[-1]))
