"""Hinges and other margins, and losses of vectors in pairs and triples."""

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.inputs import arguments, axes, together
from minigrad.testing.operations.loss import REDUCTIONS, class_weights, of_pairs, reduced, reduced_by_torch
from minigrad.testing.strategies import arrays, broadcastable, generic, shapes

MARGINS = st.sampled_from((1.01371, 0.48719, 0))        # no difference of rounded numbers is one of these: no kink
SUM = {"reduction": "sum"}

# ---- scores and signs


def hinge(x, t, reduction):
    return reduced(np.maximum(1 - t * 1.0 * x, 0), reduction)


def squared_hinge(x, t, reduction):
    return reduced(np.maximum(1 - t * 1.0 * x, 0) ** 2, reduction)


AT, SIGNS = np.array([1.0, -1.0, 0.5]), np.array([1.0, -1.0, 1.0])          # on the margin, on it, within
describe("hinge_loss", of_pairs(), hinge, lambda torch, x, t, reduction:
         reduced_by_torch(torch, torch.relu(1 - t * x), reduction), kinks=[Kink((AT, SIGNS), ([0, 0, -1], [0, 0, -0.5]), SUM)])
describe("squared_hinge_loss", of_pairs(), squared_hinge,
         lambda torch, x, t, reduction: reduced_by_torch(torch, torch.relu(1 - t * x) ** 2, reduction),
         kinks=[Kink((AT, SIGNS), ([0, 0, -1], [0, 0, -0.5]), SUM)])
describe("soft_margin_loss", of_pairs(), lambda x, t, reduction: reduced(np.logaddexp(0, -(t * 1.0 * x)), reduction),
         lambda torch, x, t, reduction: reduced_by_torch(torch, torch.nn.functional.softplus(-t * x), reduction))


@st.composite
def distances(draw):
    x = draw(arrays(shapes(0, 3, 1), values=generic(away_from=(0, 0.48719, 1.01371))))
    return arguments(x, np.asarray(draw(hnp.arrays(np.int64, x.shape, elements=st.sampled_from((1, -1))))),
                     margin=draw(MARGINS), reduction=draw(REDUCTIONS))


def hinge_embedding(x, t, margin, reduction):
    return reduced(np.where(t == 1, x * 1.0, np.maximum(margin - x * 1.0, 0)), reduction)


describe("hinge_embedding_loss", distances(), hinge_embedding, "nn.functional.hinge_embedding_loss",
         kinks=[Kink((np.array([1.0, 0.0]), np.array([-1, -1])), ([0, -1],), SUM)])


# ---- scores and classes

@st.composite
def scores(draw, weighted=False):
    shape = draw(shapes(1, 2, 1))
    rows, number = shape[:-1], shape[-1]
    target = np.asarray(draw(hnp.arrays(np.int64, rows, elements=st.integers(0, number - 1))))
    options = {"weight": class_weights(draw, number), "p": draw(st.sampled_from((1, 2)))} if weighted else {}
    return arguments(draw(arrays(shape)), target, margin=draw(MARGINS), reduction=draw(REDUCTIONS), **options)


def violations(s, target, margin):
    """s_j - s_y + margin of every row and class, -inf for the row's own."""
    own = np.take_along_axis(s * 1.0, target[..., None], -1)
    return np.where(np.arange(s.shape[-1]) == target[..., None], -np.inf, s - own + margin)


def crammer_singer(s, target, margin, reduction):
    return reduced(np.maximum(violations(s, target, margin).max(-1), 0), reduction)


def weston_watkins(s, target, margin, reduction):
    return reduced(np.maximum(violations(s, target, margin), 0).sum(-1), reduction)


def multi_margin(s, target, margin, reduction, weight, p):
    losses = (np.maximum(violations(s, target, margin), 0) ** p).mean(-1)
    return reduced(losses if weight is None else losses * weight[target], reduction)


def multi_margin_by_torch(torch, s, target, margin, reduction, weight=None, p=1):
    """By its definition: PyTorch's own has no second derivative; tests/ops/test_losses.py compares with it."""
    z = torch.relu(s - s.take_along_dim(target[..., None], -1) + margin) ** p
    z = z.masked_fill(torch.arange(s.shape[-1]) == target[..., None], 0).mean(-1)
    return reduced_by_torch(torch, z if weight is None else z * torch.tensor(weight, dtype=s.dtype)[target], reduction)


def weston_watkins_by_torch(torch, s, target, margin, reduction):
    return multi_margin_by_torch(torch, s, target, margin, reduction) * s.shape[-1]


def crammer_singer_by_torch(torch, s, target, margin, reduction):
    z = s - s.take_along_dim(target[..., None], -1) + margin
    own = torch.arange(s.shape[-1]) == target[..., None]
    return reduced_by_torch(torch, torch.relu(z.masked_fill(own, -torch.inf).max(-1).values), reduction)


ROWS, OWN = np.array([[0.0, 1.0, 1.0], [2.0, 1.0, 0.0]]), np.array([0, 0])      # two rivals alike; one rival on the margin
describe("crammer_singer_loss", scores(), crammer_singer, crammer_singer_by_torch,
         kinks=[Kink((ROWS, OWN), ([[-1, 1, 0], [0, 0, 0]],), SUM)])
describe("weston_watkins_loss", scores(), weston_watkins, weston_watkins_by_torch,
         kinks=[Kink((ROWS, OWN), ([[-2, 1, 1], [0, 0, 0]],), SUM)])
describe("multi_margin_loss", scores(weighted=True), multi_margin, multi_margin_by_torch,
         kinks=[Kink((ROWS[:, :2], OWN), ([[-0.5, 0.5], [0, 0]],), SUM)])


@st.composite
def several_classes(draw):
    x = draw(arrays(shapes(0, 2, 1)))
    number = x.shape[-1] if x.ndim else 1
    assume(np.all(abs(1 - x[..., None] + x[..., None, :]) > 0.005) if x.ndim else True)         # away from the kinks
    rows = [draw(st.lists(st.integers(0, number - 1), max_size=number)) for _ in range(x.size // number)]
    behind = draw(st.integers(-1, number - 1))          # nothing counts behind the -1
    target = [(row + [-1] + [behind] * number)[:number] for row in rows]
    return arguments(x, np.array(target, np.int64).reshape(x.shape), reduction=draw(REDUCTIONS))


def multilabel_margin(x, target, reduction):
    number = x.shape[-1] if x.ndim else 1
    losses = []
    for row, classes in zip((x * 1.0).reshape(-1, number), target.reshape(-1, number), strict=True):
        own = classes[:np.argmax(classes < 0)] if (classes < 0).any() else classes
        others = np.setdiff1d(np.arange(number), own)
        losses.append(sum(np.maximum(1 - row[y] + row[others], 0).sum() for y in own) / number)
    return reduced(np.reshape(losses, x.shape[:-1]), reduction)


def multilabel_margin_by_torch(torch, x, target, reduction):
    """By its definition, in rows: PyTorch's own has no second derivative; tests/ops/test_losses.py compares with it."""
    number, losses = x.shape[-1] if x.ndim else 1, []
    for row, classes in zip(x.reshape(-1, number), target.reshape(-1, number), strict=True):
        ends = torch.nonzero(classes < 0).flatten().tolist()
        own = classes[:ends[0]] if ends else classes
        others = [j for j in range(number) if j not in own.tolist()]
        losses.append(torch.relu(1 - row[own][:, None] + row[others]).sum() / number + 0 * row.sum())
    return reduced_by_torch(torch, torch.stack(losses).reshape(x.shape[:-1]) if losses else x.sum(-1), reduction)


describe("multilabel_margin_loss", several_classes(), multilabel_margin, multilabel_margin_by_torch,
         kinks=[Kink((ROWS, np.array([[0, -1, 1], [0, 2, -1]])), ([[-2 / 3, 1 / 3, 1 / 3], [0, 1 / 3, -1 / 3]],), SUM)])


# ---- pairs and triples of vectors

@st.composite
def vectors(draw):
    a, b = draw(broadcastable(2, min_dims=1, min_side=1))
    axis, eps = draw(axes(max(a.ndim, b.ndim), several=False)), draw(st.sampled_from((1e-8, 1.5)))
    for x in np.broadcast_arrays(a, b):
        assume(np.all(abs(np.sqrt((x * x).sum(axis)) - eps) > 0.02))      # away from the kink, where the length is eps
    return arguments(a, b, axis=axis, eps=eps)


def cosine(a, b, axis, eps=1e-8):
    def length(x):
        return np.maximum(np.sqrt((x * x * 1.0).sum(axis, keepdims=True)), eps)

    a, b = (x.astype(np.float64) for x in np.broadcast_arrays(a, b))
    return (a / length(a) * (b / length(b))).sum(axis)


def cosine_by_torch(torch, a, b, axis, eps):
    """By its definition: PyTorch's own passes the slope of a length below eps."""
    a, b = torch.broadcast_tensors(a, b)
    a, b = (x / torch.linalg.vector_norm(x, dim=axis, keepdim=True).clamp(min=eps) for x in (a, b))
    return (a * b).sum(axis)


describe("cosine_similarity", vectors(), cosine, cosine_by_torch,
         kinks=[Kink((np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])), ([[6, 8]], [[0, 0]]), {"eps": 0.1})])


@st.composite
def angles(draw):
    shape = draw(shapes(1, 2, 1))
    target = np.asarray(draw(hnp.arrays(np.int64, shape[:-1], elements=st.sampled_from((1, -1)))))
    return arguments(*together(draw, shape, shape), target, margin=draw(st.sampled_from((0.0, 0.2, -0.5))),
                     reduction=draw(REDUCTIONS))


def cosine_embedding(a, b, target, margin, reduction):
    c = cosine(a, b, -1)
    return reduced(np.where(target == 1, 1 - c, np.maximum(c - margin, 0)), reduction)


describe("cosine_embedding_loss", angles(), cosine_embedding, "nn.functional.cosine_embedding_loss",
         kinks=[Kink((np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array(-1)), ([0, 0], [0, 0]), SUM)])


def distance(a, b, p, eps, keepdims=False):
    return np.linalg.norm(np.asarray(a - b * 1.0 + eps), p, axis=-1, keepdims=keepdims)


@st.composite
def points(draw):
    a, b = draw(broadcastable(2, min_dims=1, min_side=1))
    return arguments(a, b, p=draw(st.sampled_from((2, 1, 3.0, np.inf))), eps=draw(st.sampled_from((1e-6, 0.1))),
                     keepdims=draw(st.booleans()))


describe("pairwise_distance", points(), distance,
         lambda torch, a, b, p, eps, keepdims: torch.linalg.vector_norm(a - b + eps, p, dim=-1, keepdim=keepdims),
         kinks=[Kink((np.array([1.0, 2.0]), np.array([1.0, 2.0])), ([0, 0], [0, 0]), {"eps": 0})])


@st.composite
def triplets(draw):
    shape = draw(shapes(1, 2, 1))
    return arguments(*together(draw, shape, shape, shape), margin=draw(st.sampled_from((1.01371, 0.48719))),
                     p=draw(st.sampled_from((2, 1, 3.0))), swap=draw(st.booleans()), reduction=draw(REDUCTIONS))


def triplet(a, b, c, margin, p, swap, reduction):
    far = distance(a, c, p, 1e-6)
    far = np.minimum(far, distance(b, c, p, 1e-6)) if swap else far
    return reduced(np.maximum(distance(a, b, p, 1e-6) - far + margin, 0), reduction)


describe("triplet_margin_loss", triplets(), triplet, "nn.functional.triplet_margin_loss")


@st.composite
def ranks(draw):
    shape = draw(shapes(0, 3, 1))
    return arguments(*together(draw, shape, shape, shape), margin=draw(MARGINS), reduction=draw(REDUCTIONS))


describe("margin_ranking_loss", ranks(), lambda a, b, t, margin, reduction: reduced(
         np.maximum(margin - t * 1.0 * (a - b * 1.0), 0), reduction), "nn.functional.margin_ranking_loss",
         kinks=[Kink((np.array([1.0]), np.array([1.0]), np.array([1.0])), ([0], [0], [0]))])
