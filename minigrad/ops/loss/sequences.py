"""The loss of a sequence whose labels are not aligned with it: connectionist temporal classification."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from minigrad.graph import Variable
from minigrad.ops.elementwise import neg, where
from minigrad.ops.index import getitem, take_along
from minigrad.ops.loss.common import check_reduction, reduced
from minigrad.ops.operands import rounded_once
from minigrad.ops.shape import concatenate, reshape, stack
from minigrad.ops.softmax import logsumexp
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import Array, Operand, Reduction

__all__ = ["ctc_loss"]

Lengths = int | Sequence[int] | Array


def ctc_loss(logp: Operand, target: Operand, input_lengths: Lengths, target_lengths: Lengths, blank: int = 0,
             reduction: Reduction = "mean", zero_infinity: bool = False) -> Tensor:
    """-log of the probability that a sequence spells its target, summed over all alignments (Graves et al. 2006).

    logp (T, N, C): log-probabilities (log_softmax of scores) of the C classes, `blank` among them, at each of T steps; (T, C)
    for one sequence. target: classes (N, S), each row as long as target_lengths (N,) says, or one after the other in one axis.
    input_lengths (N,): how many of the T steps count. Lengths and targets are read on the host.

    reduction: "mean" divides each sequence's loss by its target's length (1 for an empty one) and takes the mean of those, as
    PyTorch does; "sum", "none". Where no alignment fits, for more labels than steps, the loss is infinite and its gradient 0;
    zero_infinity makes it 0. ValueError for lengths that do not fit and for classes that do not exist.
    """
    op = "ctc_loss"
    check_reduction(op, reduction)
    logp = lift(logp)
    shape = logp.data.shape
    if len(shape) not in (2, 3) or 0 in shape[-1:]:
        raise ValueError(f"[{op}] expected log-probabilities (T, N, C) or (T, C), found {shape}")
    if len(shape) == 2:
        logp = reshape(logp, (shape[0], 1, shape[1]))
    steps, number, classes = logp.data.shape
    if isinstance(blank, bool) or not hasattr(blank, "__index__") or not 0 <= blank < classes:
        raise ValueError(f"[{op}] blank must be one of the classes 0..{classes - 1}, found {blank!r}")
    given, wanted = (_lengths(op, name, lengths, number) for name, lengths in (("input_lengths", input_lengths),
                                                                              ("target_lengths", target_lengths)))
    if (given > steps).any() or (given < 1).any():
        raise ValueError(f"[{op}] input_lengths must be 1 to {steps}, the steps of logp {shape}; found {given.tolist()}")
    labels = _labels(op, target, wanted, blank, classes)
    losses = rounded_once(lambda logp: _losses(logp, labels, given, wanted, int(blank)), logp)
    if zero_infinity:
        losses = where(losses == math.inf, 0, losses)
    if reduction == "mean":
        losses = losses / np.maximum(wanted, 1)
    return reduced(reshape(losses, ()) if len(shape) == 2 else losses, reduction)


def _losses(logp, labels, given, wanted, blank):
    """(N,): the forward variables alpha (N, L) step by step, over the labels with blanks between, before and after them."""
    k = logp.k
    number, length = labels.shape
    skips = np.zeros(labels.shape, bool)            # from which places one may come from two before: not onto blank or the same
    skips[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    steps = logp.data.shape[0]
    index = np.broadcast_to(labels, (steps, *labels.shape))
    emitted = take_along(logp, constant(k, k.asarray(np.ascontiguousarray(index))), 2)
    first = (np.arange(length) < 2) & (np.arange(length) <= 2 * wanted[:, None])
    alpha = where(constant(k, k.asarray(first)), getitem(emitted, 0), -math.inf)
    nothing = constant(k, k.full((number, 2), -math.inf, logp.data.dtype))
    may_skip = constant(k, k.asarray(skips))
    for t in range(1, steps):
        before = concatenate([nothing, alpha], 1)
        ways = stack([alpha, getitem(before, (slice(None), slice(1, length + 1))),
                      where(may_skip, getitem(before, (slice(None), slice(0, length))), -math.inf)])
        following = logsumexp(ways, 0) + getitem(emitted, t)
        alpha = following if (given > t).all() else where(constant(k, k.asarray((given > t)[:, None])), following, alpha)
    ends = np.stack([2 * wanted, np.maximum(2 * wanted - 1, 0)], 1)
    ending = take_along(alpha, constant(k, k.asarray(ends)), 1)
    at_label = constant(k, k.asarray(np.stack([np.ones(number, bool), wanted > 0], 1)))
    return neg(logsumexp(where(at_label, ending, -math.inf), 1))


def _lengths(op, name, lengths, number):
    array = lengths.k.to_numpy(lengths.data) if isinstance(lengths, Variable) else np.asarray(lengths)
    if array.dtype.kind not in "iu":
        raise TypeError(f"[{op}] {name} must be integers, found {array.dtype}")
    if array.shape not in ((number,), ()) or array.shape == () and number != 1:
        raise ValueError(f"[{op}] {name} must have one number for each of the {number} sequences, found shape {array.shape}")
    return np.atleast_1d(array).astype(np.int64)


def _labels(op, target, wanted, blank, classes):
    """(N, L): the classes of each target with blanks between, before and after; L for the longest."""
    array = target.k.to_numpy(target.data) if isinstance(target, Variable) else np.asarray(target)
    if array.dtype.kind not in "iu":
        raise TypeError(f"[{op}] the target must be integer classes, found {array.dtype}")
    number, longest = len(wanted), int(wanted.max(initial=0))
    if array.ndim == 2:
        holds = array.shape[0] == number and array.shape[1] >= longest
    else:
        holds = array.ndim == 1 and (array.size == wanted.sum() or number == 1 and array.size >= longest)
    if not holds or (wanted < 0).any():
        raise ValueError(f"[{op}] a target {array.shape} does not hold {number} sequences of {wanted.tolist()} classes")
    rows = list(array) if array.ndim == 2 else np.split(array, np.cumsum(wanted)[:-1])
    labels = np.full((number, 2 * longest + 1), blank, np.int64)
    for row, of, n in zip(labels, rows, wanted, strict=True):
        row[1:2 * n:2] = of[:n]
    if ((labels < 0) | (labels >= classes)).any():
        raise ValueError(f"[{op}] the target has classes from {labels.min()} to {labels.max()}, expected 0..{classes - 1}")
    return labels
