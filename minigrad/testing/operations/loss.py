"""Losses of classes, and of numbers and their targets."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.inputs import arguments, sides, together
from minigrad.testing.operations.softmax import logsumexp
from minigrad.testing.strategies import arrays, shapes

REDUCTIONS = st.sampled_from(("mean", "sum", "none"))


def reduced(losses, reduction):
    return losses if reduction == "none" else losses.sum() / (losses.size if reduction == "mean" else 1)


def reduced_by_torch(torch, losses, reduction):
    return {"mean": torch.mean, "sum": torch.sum, "none": torch.clone}[reduction](losses)


# ---- mse

@st.composite
def pairs(draw):
    shape = draw(shapes(max_dims=3, min_side=1))
    return arguments(*together(draw, shape, shape), reduction=draw(REDUCTIONS))


describe("mse", pairs(), lambda a, b, reduction: reduced((a - b * 1.0) ** 2, reduction), "nn.functional.mse_loss")


# ---- the others of numbers and their targets

def of_pairs(**options):
    """Two arrays of one shape, a reduction and other options, strategies of them."""
    @st.composite
    def inputs(draw):
        args, given = draw(pairs())
        return arguments(*args, **given, **{name: draw(values) for name, values in options.items()})

    return inputs()


def l1(x, t, reduction):
    return reduced(np.abs(x - t * 1.0), reduction)


def huber(x, t, reduction, delta):
    d = np.abs(x - t * 1.0)
    return reduced(np.where(d < delta, d * d / 2, delta * (d - delta / 2)), reduction)


def smooth_l1(x, t, reduction, beta):
    return huber(x, t, reduction, beta) / beta if beta else l1(x, t, reduction)


X, T = np.array([1.0, 2.0, -1.0]), np.array([1.0, 1.0, 0.0])        # d = 0, 1, 1
describe("l1_loss", of_pairs(), l1, "nn.functional.l1_loss",
         kinks=[Kink((X, T), ([0, 1, -1], [0, -1, 1]), {"reduction": "sum"})])
describe("smooth_l1_loss", of_pairs(beta=st.sampled_from((1.01371, 0.31193, 0))), smooth_l1, "nn.functional.smooth_l1_loss",
         kinks=[Kink((X, T), ([0, 1, -1], [0, -1, 1]), {"reduction": "sum"})])
describe("huber_loss", of_pairs(delta=st.sampled_from((1.01371, 0.31193, 2))), huber, "nn.functional.huber_loss",
         kinks=[Kink((X, T), ([0, 1, -1], [0, -1, 1]), {"reduction": "sum"})])


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


# ---- cross-entropy with weights, classes left out, smoothed labels; and nll_loss

def class_weights(draw, number):
    return draw(st.none() | hnp.arrays(np.float64, number, elements=st.sampled_from((0.0, 0.5, 1.0, 2.0))))


@st.composite
def weighted_classes(draw, smoothing=True):
    """Logits, classes some of which may be ignored, and the options; at least one row counts."""
    shape = logits(draw)
    number = shape[1 if len(shape) > 1 else 0]
    rows = (*shape[:1], *shape[2:]) if len(shape) > 1 else ()
    ignored = draw(st.sampled_from((-100, -1, 0)))
    target = np.asarray(draw(hnp.arrays(np.int64, rows, elements=st.integers(0, number - 1))))
    drawn = draw(hnp.arrays(bool, rows))
    weight = class_weights(draw, number)
    target = np.where(drawn, ignored, target) if target.size > 1 else target
    options = {"reduction": draw(REDUCTIONS), "weight": weight, "ignore_index": ignored}
    if smoothing:
        options["label_smoothing"] = draw(st.sampled_from((0.0, 0.1, 1)))
    counted = np.where(target == ignored, 0, 1 if weight is None else weight[np.where(target == ignored, 0, target)])
    if not counted.sum():
        options["reduction"] = "sum"                    # the mean of nothing is NaN
    return arguments(draw(arrays(shape)), target, **options)


def rows_of(z):
    return np.moveaxis(z, 1 if z.ndim > 1 else 0, -1)


def picked(logp, target, weight, ignored):
    """(-w logp at the target, w), 0 where it is ignored; logp (..., C)."""
    counts = target != ignored
    places = np.where(counts, target, 0)
    w = counts * (1.0 if weight is None else weight[places])
    return w * -np.take_along_axis(logp, places[..., None], -1)[..., 0], w


def averaged(losses, w, reduction):
    return losses.sum() / w.sum() if reduction == "mean" else reduced(losses, reduction)


def cross_entropy_of_classes(z, target, reduction, weight, ignore_index, label_smoothing):
    logp = rows_of(z - logsumexp(z, 1 if z.ndim > 1 else 0, True))
    losses, w = picked(logp, target, weight, ignore_index)
    spread = -(logp * (1.0 if weight is None else weight)).mean(-1) * (target != ignore_index)
    return averaged((1 - label_smoothing) * losses + label_smoothing * spread, w, reduction)


def nll(logp, target, reduction, weight, ignore_index):
    return averaged(*picked(rows_of(logp * 1.0), target, weight, ignore_index), reduction)


def by_torch(name):
    def function(torch, z, target, weight=None, **options):
        if weight is not None:
            weight = torch.tensor(weight, dtype=z.dtype)
        return getattr(torch.nn.functional, name)(z, target, weight=weight, **options)

    return function


@st.composite
def weighted_rows(draw):
    args, options = draw(dense())
    number = args[0].shape[1 if args[0].ndim > 1 else 0]
    return arguments(*args, **options, weight=class_weights(draw, number), label_smoothing=draw(st.sampled_from((0.0, 0.2))))


def cross_entropy_of_rows(z, target, reduction, weight, label_smoothing):
    logp, t = rows_of(z - logsumexp(z, 1 if z.ndim > 1 else 0, True)), rows_of(target)
    t = t * (1 - label_smoothing) + label_smoothing / logp.shape[-1]
    return reduced(-(t * (1.0 if weight is None else weight) * logp).sum(-1), reduction)


describe("cross_entropy", weighted_classes(), cross_entropy_of_classes, by_torch("cross_entropy"),
         about="weights, classes left out, smoothed labels")
describe("cross_entropy", weighted_rows(), cross_entropy_of_rows, by_torch("cross_entropy"), about="weights of dense targets")
describe("nll_loss", weighted_classes(smoothing=False), nll, by_torch("nll_loss"))
