"""Hinges and other margins: of scores and signs (binary), of scores and classes (multiclass).

A hinge is max(0, z); where z is exactly 0 its slope is 0, as relu's.
"""

from __future__ import annotations

import math

import numpy as np

from minigrad.graph import Variable
from minigrad.ops.compare import equal, greater_equal, not_equal
from minigrad.ops.elementwise import mul, neg, pick_mul, relu, softplus, sub, where
from minigrad.ops.index import getitem, take_along
from minigrad.ops.logic import logical_and, logical_not
from minigrad.ops.loss.classes import _flat, _target, _unflat
from minigrad.ops.loss.common import a_number, check_reduction, of_one_shape, reduced, signs, weights
from minigrad.ops.operands import operands, rounded_once
from minigrad.ops.reduce import any, max, sum
from minigrad.ops.scan import cummin
from minigrad.ops.shape import reshape
from minigrad.tensor import Tensor, array_on, constant, lift
from minigrad.types import Operand, Reduction

__all__ = ["crammer_singer_loss", "hinge_embedding_loss", "hinge_loss", "multi_margin_loss", "multilabel_margin_loss",
           "soft_margin_loss", "squared_hinge_loss", "weston_watkins_loss"]


# ---- of scores and signs

def hinge_loss(x: Operand, target: Operand, reduction: Reduction = "mean") -> Tensor:
    """max(0, 1 - t x) of scores x and targets t of 1 and -1, of one shape: the loss of a linear SVM (Cortes & Vapnik 1995)."""
    return _of_signs("hinge_loss", lambda x, t: relu(sub(1, mul(t, x))), x, target, reduction)


def squared_hinge_loss(x: Operand, target: Operand, reduction: Reduction = "mean") -> Tensor:
    """max(0, 1 - t x)^2 of scores x and targets t of 1 and -1, of one shape: the loss of an L2-SVM, smooth at the margin."""
    def loss(x, t):
        xi = relu(sub(1, mul(t, x)))
        return mul(xi, xi)

    return _of_signs("squared_hinge_loss", loss, x, target, reduction)


def soft_margin_loss(x: Operand, target: Operand, reduction: Reduction = "mean") -> Tensor:
    """log(1 + exp(-t x)) of scores x and targets t of 1 and -1, of one shape: logistic regression. Stable at any scores."""
    return _of_signs("soft_margin_loss", lambda x, t: softplus(neg(mul(t, x))), x, target, reduction)


def _of_signs(op, loss, x, target, reduction):
    x, target = of_one_shape(op, x, target)
    check_reduction(op, reduction)
    return rounded_once(lambda x, t: reduced(loss(x, t), reduction), x, target)


def hinge_embedding_loss(x: Operand, target: Operand, margin: float = 1.0, reduction: Reduction = "mean") -> Tensor:
    """Of distances x and a target of 1 (alike) or -1 (different), of one shape: x where 1, max(0, margin - x) where -1."""
    op = "hinge_embedding_loss"
    check_reduction(op, reduction)
    margin = a_number(op, "margin", margin)
    x = lift(x)
    target = signs(op, x, target, x.data.shape)
    alike, different = not_equal(target, -1), not_equal(target, 1)

    def loss(x):
        return reduced(where(alike, x, 0) + where(different, relu(sub(margin, x)), 0), reduction)

    return rounded_once(loss, x)


# ---- of scores and classes

def crammer_singer_loss(scores: Operand, target: Operand, margin: float = 1.0, reduction: Reduction = "mean") -> Tensor:
    """max_j (s_j - s_y + margin [j != y]): the multiclass hinge of Crammer & Singer (2001), the *largest* violation.

    scores (N, C) or (C,), target y integer classes (N,) or 0-d. With scores W x and the mean over the rows this is their loss,
    "On the algorithmic implementation of multiclass kernel-based vector machines", JMLR 2, 265-292: the largest term is never
    below that of j = y, which is 0, so it is max(0, margin + max_{j != y} s_j - s_y). Each error costs `margin` at least. Where
    several j are the largest the first gets the slope; where the hinge is exactly 0 the slope is 0.
    The sum over j instead of the largest is weston_watkins_loss. ValueError for a class that does not exist.
    """
    def loss(rows, own, others):
        rivals = max(where(others, rows, -math.inf), 1)
        return relu(sub(rivals, own) + margin)

    margin = a_number("crammer_singer_loss", "margin", margin)
    return _of_classes("crammer_singer_loss", loss, scores, target, None, reduction)


def weston_watkins_loss(scores: Operand, target: Operand, margin: float = 1.0, reduction: Reduction = "mean") -> Tensor:
    """sum_{j != y} max(0, s_j - s_y + margin): the multiclass hinge of Weston & Watkins (1999), *all* violations.

    scores (N, C) or (C,), target y integer classes (N,) or 0-d. "Support vector machines for multi-class pattern recognition",
    ESANN 1999, 219-224, where the margin is 2; 1 is usual today. It is C times multi_margin_loss, which divides by the number
    of classes. The largest violation alone is crammer_singer_loss. ValueError for a class that does not exist.
    """
    def loss(rows, own, others):
        return sum(_violations(rows, own, others, margin), 1)

    margin = a_number("weston_watkins_loss", "margin", margin)
    return _of_classes("weston_watkins_loss", loss, scores, target, None, reduction)


def multi_margin_loss(scores: Operand, target: Operand, p: int = 1, margin: float = 1.0, weight: Operand | None = None,
                      reduction: Reduction = "mean") -> Tensor:
    """w_y / C sum_{j != y} max(0, s_j - s_y + margin)^p, PyTorch's: weston_watkins_loss over C, and its squares for p = 2.

    scores (N, C) or (C,), target y integer classes (N,) or 0-d; weight w (C,): how much each class counts. The mean is over the
    rows, whatever they weigh. ValueError for a class that does not exist, or another p.
    """
    op = "multi_margin_loss"
    margin, p = a_number(op, "margin", margin), a_number(op, "p", p)
    if p not in (1, 2):
        raise ValueError(f"[{op}] p must be 1 or 2, found {p}")

    def loss(rows, own, others):
        z = _violations(rows, own, others, margin)
        return sum(z if p == 1 else mul(z, z), 1) / rows.data.shape[1]

    return _of_classes(op, loss, scores, target, weight, reduction)


def multilabel_margin_loss(scores: Operand, target: Operand, reduction: Reduction = "mean") -> Tensor:
    """1 / C sum_y sum_j max(0, 1 - s_y + s_j) of rows that have several classes: y runs over a row's own, j over the others.

    scores (N, C) or (C,), or the score of a single class, target integers of that shape: a row's classes, and behind them -1,
    after which nothing counts.
    ValueError for a class that does not exist.
    """
    op = "multilabel_margin_loss"
    check_reduction(op, reduction)
    scores = lift(scores)
    shape = scores.data.shape
    if len(shape) > 2 or shape[-1:] == (0,):
        raise ValueError(f"[{op}] expected scores (N, C) or (C,), found {shape}")
    if isinstance(target, Variable):
        operands(op, scores, target)                    # which complains if it is on another device
    classes = array_on(scores.k, target)
    if classes.dtype.kind not in "iu" or classes.shape != shape:
        raise ValueError(f"[{op}] the target must be integers of the scores' shape {shape}, each row's classes and -1 behind "
                         f"them, found {classes.dtype} {classes.shape}")
    k, number = scores.k, shape[-1] if shape else 1
    rows, classes = reshape(scores, (-1, number)), constant(k, k.reshape(k.astype(classes, "int64"), (-1, number)))
    named = where(equal(classes, -1), 0, classes).data
    for extreme in (k.min(named, 1), k.max(named, 1)):
        k.check_classes(extreme, number, op)
    there = greater_equal(cummin(classes, 1), 0)
    places, counted = where(there, classes, 0), reshape(there, (-1, number, 1))
    own = any(logical_and(counted, equal(reshape(places, (-1, number, 1)), np.arange(number))), 1, True)
    pairs = logical_and(counted, logical_not(own))      # (N, C, C): of a class of the row, and one that is none

    def loss(rows):
        z = relu(reshape(rows, (-1, 1, number)) - reshape(take_along(rows, places, 1), (-1, number, 1)) + 1)
        return reduced(reshape(sum(where(pairs, z, 0), (1, 2)) / number, shape[:-1]), reduction)

    return rounded_once(loss, rows)


def _violations(rows, own, others, margin):
    return where(others, relu(sub(rows, reshape(own, (-1, 1))) + margin), 0)


def _of_classes(op, loss, scores, target, weight, reduction):
    """loss(rows (N, C), the scores of their own classes (N,), which scores are others'), times the classes' weights."""
    check_reduction(op, reduction)
    scores = lift(scores)
    shape = scores.data.shape
    if len(shape) > 2:
        raise ValueError(f"[{op}] expected scores (N, C) or (C,), found {shape}: put the classes last and reshape to rows")
    rows, target = _flat(scores, _target(op, scores, target, dense=False))
    k, places = rows.k, target.data
    k.check_classes(places, rows.data.shape[1], op)
    others = constant(k, k.equal(k.one_hot(places, rows.data.shape[1], "int64"), 0))

    def of_rows(rows, *w):
        own = reshape(take_along(rows, constant(k, k.reshape(places, (-1, 1))), 1), (-1,))
        losses = loss(rows, own, others)
        return reduced(pick_mul(getitem(w[0], target), losses) if w else losses, reduction)

    w = weights(op, rows, weight, rows.data.shape[1:])
    return _unflat(rounded_once(of_rows, rows, *w), shape, reduction)
