"""Losses of probabilities, counts and measurements."""

import math

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.inputs import arguments, positive, together
from minigrad.testing.operations.loss import REDUCTIONS, reduced
from minigrad.testing.strategies import arrays, generic, shapes

probabilities = generic(0.05, 0.95, ())


def softplus(x):
    return np.logaddexp(0, x)


def as_torch(torch, x, *options):
    return [None if o is None else torch.tensor(o, dtype=x.dtype) for o in options]


@st.composite
def weighted(draw, values=None, names=("weight",), shape=None):
    """Two arrays of one shape, and weights that broadcast to it."""
    shape = draw(shapes(0, 3, 1) if shape is None else shape)
    options = {}
    for name in names:
        kept = shape[draw(st.integers(0, len(shape))):]
        sides = tuple(1 if draw(st.booleans()) else n for n in kept)
        options[name] = draw(st.none() | arrays(sides, values=positive, layout="C"))
    return arguments(*together(draw, shape, shape, values=values), reduction=draw(REDUCTIONS), **options)


def bce(x, t, reduction, weight):
    with np.errstate(all="ignore"):
        yes, no = np.maximum(np.log(x * 1.0), -100), np.maximum(np.log(1.0 - x), -100)
        losses = -(np.where(t == 0, 0, t * yes) + np.where(t == 1, 0, (1.0 - t) * no))
    return reduced(losses if weight is None else losses * weight, reduction)


def bce_by_torch(torch, x, t, reduction, weight):
    return torch.nn.functional.binary_cross_entropy(x, t, *as_torch(torch, x, weight), reduction=reduction)


describe("binary_cross_entropy", weighted(probabilities), bce, bce_by_torch,
         kinks=[Kink((np.array([0.0, 1, 0, 1]), np.array([1.0, 0, 0, 1])), ([-1e12, 1e12, 1, -1], [100, -100, 100, -100]),
                     {"reduction": "sum"})],
         without=dict.fromkeys(("nothing", "integers"), "what is no probability is refused"))


def bce_with_logits(x, t, reduction, weight=None, pos_weight=None):
    x, t = x * 1.0, t * 1.0
    losses = (1 if pos_weight is None else pos_weight) * t * softplus(-x) + (1 - t) * softplus(x)
    return reduced(losses if weight is None else losses * weight, reduction)


def bce_with_logits_by_torch(torch, x, t, reduction, weight, pos_weight):
    weight, pos_weight = as_torch(torch, x, weight, pos_weight)
    return torch.nn.functional.binary_cross_entropy_with_logits(x, t, weight, reduction=reduction, pos_weight=pos_weight)


describe("binary_cross_entropy_with_logits", weighted(names=("weight", "pos_weight")), bce_with_logits,
         bce_with_logits_by_torch)


@st.composite
def classes(draw):
    shape = draw(shapes(1, 3, 1))
    weight = draw(st.none() | arrays(shape[-1:], values=positive, layout="C"))
    return arguments(*together(draw, shape, shape), reduction=draw(REDUCTIONS), weight=weight)


def multilabel(x, t, reduction, weight):
    losses = bce_with_logits(x, t, "none", weight).mean(-1)
    return reduced(losses, reduction)


def multilabel_by_torch(torch, x, t, reduction, weight):
    weight, = as_torch(torch, x, weight)
    return torch.nn.functional.multilabel_soft_margin_loss(x, t, weight, reduction=reduction)


describe("multilabel_soft_margin_loss", classes(), multilabel, multilabel_by_torch)


# ---- divergence

def divergence(x, t, reduction, log_target):
    x, t = x * 1.0, t * 1.0
    with np.errstate(all="ignore"):
        losses = np.exp(t) * (t - x) if log_target else np.where(t == 0, 0, t * (np.log(t) - x))
    return losses.sum() / x.shape[0] if reduction == "batchmean" else reduced(losses, reduction)


@st.composite
def logs(draw, log_target=True):
    shape = draw(shapes(1, 3, 1))
    x, t = draw(arrays(shape)), draw(arrays(shape, values=None if log_target else positive))
    return arguments(x, t, reduction=draw(st.sampled_from(("mean", "sum", "none", "batchmean"))), log_target=log_target)


describe("kl_div", logs(log_target=False), divergence, "nn.functional.kl_div",
         kinks=[Kink((np.array([-1.0, -1.0]), np.array([0.0, 1.0])), ([0, -1], [-np.inf, 2]), {"reduction": "sum"})])
describe("kl_div", logs(), divergence, "nn.functional.kl_div", about="the target's logarithm")


# ---- counts and measurements

def poisson(x, t, reduction, log_input, full, eps):
    x, t = x * 1.0, t * 1.0
    with np.errstate(all="ignore"):
        losses = np.exp(x) - t * x if log_input else x - np.where(t == 0, 0, t * np.log(x + eps))
        if full:
            losses = losses + np.where(t > 1, t * np.log(t) - t + np.log(2 * math.pi * t) / 2, 0)
    return reduced(losses, reduction)


@st.composite
def counts(draw):
    shape = draw(shapes(0, 3, 1))
    x, t = together(draw, shape, shape, values=positive)
    full = draw(st.booleans())
    assume(not full or np.all(abs(t - 1) > 0.005))          # where Stirling's term begins
    return arguments(x, t, reduction=draw(REDUCTIONS), full=full, log_input=draw(st.booleans()),
                     eps=draw(st.sampled_from((1e-8, 0.1))))


describe("poisson_nll_loss", counts(), poisson, "nn.functional.poisson_nll_loss")


def gaussian(x, t, var, reduction, full, eps):
    v = np.maximum(var * 1.0, eps)
    v = v[..., None] if v.shape == x.shape[:-1] != x.shape else v
    losses = (np.log(v) + (x - t * 1.0) ** 2 / v) / 2
    return reduced(losses + (math.log(2 * math.pi) / 2 if full else 0), reduction)


@st.composite
def measurements(draw):
    shape = draw(shapes(1, 3, 2))
    of_var = draw(st.sampled_from((shape, shape[:-1], (*shape[:-1], 1))))
    return arguments(*together(draw, shape, shape), draw(arrays(of_var, values=positive)), reduction=draw(REDUCTIONS),
                     full=draw(st.booleans()), eps=draw(st.sampled_from((1e-6, 0.1))))


describe("gaussian_nll_loss", measurements(), gaussian, "nn.functional.gaussian_nll_loss",
         kinks=[Kink((np.array([0.0]), np.array([1.0]), np.array([0.25])), ([-2], [2], [-1]), {"eps": 0.5})])
