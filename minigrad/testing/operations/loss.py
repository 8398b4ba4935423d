"""Losses."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, sides, together
from minigrad.testing.operations.softmax import logsumexp
from minigrad.testing.strategies import arrays, shapes

REDUCTIONS = st.sampled_from(("mean", "sum", "none"))


def reduced(losses, reduction):
    return losses if reduction == "none" else losses.sum() / (losses.size if reduction == "mean" else 1)


# ---- mse

@st.composite
def pairs(draw):
    shape = draw(shapes(max_dims=3, min_side=1))
    return arguments(*together(draw, shape, shape), reduction=draw(REDUCTIONS))


describe("mse", pairs(), lambda a, b, reduction: reduced((a - b * 1.0) ** 2, reduction), "nn.functional.mse_loss")


# ---- cross-entropy

def logits(draw):
    """(N, C), (N, C, D1, ...) or a single row (C,); at least one row and one class."""
    return draw(sides(1, 3, (1, 4)))


@st.composite
def classes(draw):
    """Logits and integer classes."""
    shape = logits(draw)
    number = shape[1 if len(shape) > 1 else 0]
    rows = (*shape[:1], *shape[2:]) if len(shape) > 1 else ()
    kind = draw(st.sampled_from((np.int64, np.int32, np.uint8)))
    target = np.asarray(draw(hnp.arrays(kind, rows, elements=st.integers(0, number - 1))))
    return arguments(draw(arrays(shape)), target, reduction=draw(REDUCTIONS))


@st.composite
def dense(draw):
    """Logits and rows of any weights: they need not add up to 1, which a derivative with respect to them needs."""
    shape = logits(draw)
    return arguments(*together(draw, shape, shape), reduction=draw(REDUCTIONS))


@st.composite
def one_hot(draw):
    """Logits and one-hot rows of integers."""
    shape = draw(sides(2, 4, (2, 2)))
    target = np.eye(shape[1], dtype=np.int64)[draw(hnp.arrays(np.int64, shape[0], elements=st.integers(0, shape[1] - 1)))]
    return arguments(draw(arrays(shape)), target, reduction=draw(REDUCTIONS))


def cross_entropy(z, target, reduction):
    """-sum of target log softmax(z) over the classes, by its definition; classes as one-hot rows."""
    axis = 1 if z.ndim > 1 else 0
    if target.shape != z.shape:
        target = np.moveaxis(np.eye(z.shape[axis])[target.astype(np.int64)], -1, axis)
    return reduced(-(target * (z - logsumexp(z, axis, True))).sum(axis), reduction)


def torch_cross_entropy(torch, z, target, reduction):
    target = target.to(torch.int64 if target.shape != z.shape else z.dtype)
    return torch.nn.functional.cross_entropy(z, target, reduction=reduction)


describe("cross_entropy", classes(), cross_entropy, torch_cross_entropy, about="classes")
describe("cross_entropy", dense(), cross_entropy, torch_cross_entropy, about="dense targets")
describe("cross_entropy", one_hot(), cross_entropy, torch_cross_entropy, about="one-hot integers")
