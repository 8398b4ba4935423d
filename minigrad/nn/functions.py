"""Functions of layers and losses that PyTorch has and `mg` does not, with PyTorch's arguments: nn.functional shows them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from minigrad import ops
from minigrad.modes import no_grad
from minigrad.nn import channels
from minigrad.nn.bilinear import bilinear
from minigrad.ops.loss.common import a_number, check_reduction, reduced
from minigrad.ops.loss.sequences import Lengths
from minigrad.ops.norm import write_estimate as write
from minigrad.random import generator
from minigrad.tensor import Tensor, array_on, constant, floating, get_default_dtype, lift
from minigrad.types import Input, Operand, Reduction

__all__ = ["batch_norm", "bilinear", "channel_shuffle", "ctc_loss", "embedding", "feature_alpha_dropout",
           "gumbel_softmax", "instance_norm", "pdist", "rrelu", "softplus", "triplet_margin_with_distance_loss"]

EXACT = 20.0        # a threshold of softplus that makes no difference
Distance: TypeAlias = Callable[[Any, Any], Any]


def softplus(input: Operand, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """mg.softplus: log(1 + exp(beta x)) / beta, without overflow at any x. It is x itself where beta x is above the threshold;
    from PyTorch's 20 on the two differ by less than 3e-9 / beta, and the exact one is given, as nothing needs a threshold here.
    """
    y = ops.softplus(input, beta)
    if a_number("softplus", "threshold", threshold) >= EXACT:
        return y
    x = ops.astype(lift(input), y.dtype)
    return ops.where(ops.greater(ops.mul(x, beta), threshold), x, y)


def rrelu(input: Operand, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False) -> Tensor:
    """x where it is above 0, elsewhere a x (Xu et al. 2015): in training each a is drawn uniformly from lower to upper, else it
    is their mean."""
    not_inplace("rrelu", inplace)
    lower, upper = a_number("rrelu", "lower", lower), a_number("rrelu", "upper", upper)
    if lower > upper:
        raise ValueError(f"[rrelu] expected lower <= upper, found {lower} and {upper}")
    if not training:
        return ops.leaky_relu(input, (lower + upper) / 2)
    x = floating(lift(input))
    return ops.mul(x, ops.where(ops.greater(x, 0), 1.0, _drawn(x, generator().uniform(lower, upper, x.shape))))


def gumbel_softmax(logits: Operand, tau: float = 1.0, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """softmax((logits + noise) / tau) along an axis, the noise of Gumbel's distribution: a choice among the classes that has a
    slope (Jang et al., Maddison et al. 2017). hard: exactly one-hot, at the largest, with the slope of what it was. eps is a
    word of PyTorch's past and changes nothing. The noise comes from the engine's seed.
    """
    if a_number("gumbel_softmax", "tau", tau) == 0:
        raise ValueError("[gumbel_softmax] tau divides, and must not be 0")
    x = floating(lift(logits))
    y = ops.softmax(ops.div(ops.add(x, _drawn(x, generator().gumbel(size=x.shape))), tau), dim)
    if not hard:
        return y
    rest = y.detach()
    places = ops.one_hot(ops.argmax(rest, dim), rest.shape[dim], rest.dtype)
    return ops.add(ops.moveaxis(places, -1, dim), ops.sub(y, rest))


def _drawn(x, numbers):
    """Random numbers as a constant beside x."""
    return constant(x.k, x.k.asarray(np.asarray(numbers, x.dtype)))


def channel_shuffle(input: Operand, groups: int) -> Tensor:
    """x (N, C, ...) with its channels dealt out: those of `groups` groups, one after another, come to stand in turns (Zhang et
    al. 2018, ShuffleNet)."""
    x = lift(input)
    if isinstance(groups, bool) or not hasattr(groups, "__index__") or groups < 1:
        raise ValueError(f"[channel_shuffle] groups must be an int >= 1, found {groups!r}")
    if x.ndim < 3 or x.shape[1] % groups:
        raise ValueError(f"[channel_shuffle] expected x (N, C, ...) with an axis or more behind the channels, whose number "
                         f"{groups} divides, found {x.shape}")
    n, c, *sides = x.shape
    return ops.reshape(ops.swapaxes(ops.reshape(x, (n, groups, c // groups, *sides)), 1, 2), x.shape)


def embedding(input: Operand, weight: Operand, padding_idx: int | None = None, max_norm: float | None = None,
              norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False) -> Tensor:
    """mg.embedding under PyTorch's words. max_norm: rows that are named and longer than that, in the norm_type-norm, are made
    so short first, in the weight itself. Gradients are dense: sparse=True is an error."""
    if sparse:
        raise ValueError("[embedding] found sparse=True but expected False: gradients are dense here; leave it out")
    if max_norm is not None:
        longest, order = a_number("embedding", "max_norm", max_norm, 0), a_number("embedding", "norm_type", norm_type, 0)
        _shorten(input, weight, longest, order)
    return ops.embedding(input, weight, padding_idx, scale_grad_by_freq)


def _shorten(index, weight, max_norm, norm_type):
    if not isinstance(weight, Tensor):
        raise TypeError(f"[embedding] max_norm writes into the weight, a tensor, found {type(weight).__name__}")
    with no_grad():
        rows = ops.embedding(index, weight.detach())
        length = ops.linalg.norm(rows, norm_type, axis=-1, keepdims=True)
        shorter = ops.mul(rows, ops.div(max_norm, ops.add(length, 1e-7)))          # PyTorch's 1e-7
        index = index.data if isinstance(index, Tensor) else np.asarray(index)
        weight[index] = ops.where(ops.greater(length, max_norm), shorter, rows)


def batch_norm(input: Input, running_mean: Tensor | None, running_var: Tensor | None, weight: Operand | None = None,
               bias: Operand | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5) -> Tensor:
    """mg.batch_norm with PyTorch's order of arguments."""
    channels = input.shape[1]
    weight = np.ones(channels, get_default_dtype()) if weight is None else weight
    bias = np.zeros(channels, get_default_dtype()) if bias is None else bias
    return ops.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


def instance_norm(input: Input, running_mean: Tensor | None = None, running_var: Tensor | None = None,
                  weight: Operand | None = None, bias: Operand | None = None, use_input_stats: bool = True,
                  momentum: float = 0.1, eps: float = 1e-5) -> Tensor:
    """mg.instance_norm with PyTorch's order of arguments, and running estimates.

    use_input_stats: each image has its own statistics, and those, averaged over the images (the variance unbiased), move the
    running estimates: running += momentum (new - running). Otherwise the running estimates are used.
    """
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise ValueError("[instance_norm] without use_input_stats=True the running_mean and running_var are needed")
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    y = ops.instance_norm(input, weight, bias, eps)
    if running_mean is not None or running_var is not None:
        _track(input, running_mean, running_var, momentum)
    return y


def _track(x, running_mean, running_var, momentum):
    """Move running estimates by the statistics of images x (N, C, ...)."""
    x = lift(x).detach()
    if not x.shape[0]:
        return
    x, behind = ops.astype(x, np.float32) if x.dtype == np.float16 else x, tuple(range(2, x.ndim))
    moved = []                              # all is computed before anything is written
    for running, of_images in ((running_mean, ops.mean), (running_var, lambda x, axes: ops.var(x, axes, ddof=1))):
        if running is not None:
            array = array_on(x.k, running)
            new = ops.astype(ops.mean(of_images(x, behind), 0), array.dtype)
            moved.append((running, x.k.running_update(array, new.data, momentum, None)))
    for running, array in moved:
        write(x.k, running, array)


def feature_alpha_dropout(input: Operand, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """alpha_dropout of whole channels of x (N, C, ...)."""
    not_inplace("feature_alpha_dropout", inplace)
    return channels.alpha_dropout(input, p, training, whole_channels=True)


def pdist(input: Operand, p: float = 2.0) -> Tensor:
    """x (N, D) -> (N (N - 1) / 2,): the p-norms of the differences of rows i < j, as scipy's pdist orders them. p >= 0, or
    infinite; p = 0 counts the differences. Its slope at a distance of 0 is 0."""
    x = floating(lift(input))
    if x.ndim != 2:
        raise ValueError(f"[pdist] expected x (N, D), found {x.shape}")
    p = a_number("pdist", "p", p, 0)
    first, second = np.triu_indices(x.shape[0], 1)
    a, b = x[first], x[second]
    if p == 0:
        return ops.astype(ops.sum(ops.not_equal(a, b), -1), x.dtype)
    if not x.shape[1]:
        return ops.sum(a, -1)
    return ops.pairwise_distance(a, b, p, 0.0)


def ctc_loss(log_probs: Operand, targets: Operand, input_lengths: Lengths, target_lengths: Lengths, blank: int = 0,
             reduction: Reduction = "mean", zero_infinity: bool = False) -> Tensor:
    """mg.ctc_loss under PyTorch's words: log_probs (T, N, C) or (T, C), targets (N, S) or one after the other."""
    return ops.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)


def triplet_margin_with_distance_loss(anchor: Operand, positive: Operand, negative: Operand, *,
                                      distance_function: Distance | None = None, margin: float = 1.0, swap: bool = False,
                                      reduction: Reduction = "mean") -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), d a function of two tensors, pairwise_distance if not given.

    swap: the negative's distance is the smaller of those to the anchor and to the positive (Balntas et al. 2016).
    """
    op = "triplet_margin_with_distance_loss"
    check_reduction(op, reduction)
    margin = a_number(op, "margin", margin, 0, math.inf, above=True)
    distance = ops.pairwise_distance if distance_function is None else distance_function
    a, b, c = (lift(x) for x in (anchor, positive, negative))
    if not a.ndim == b.ndim == c.ndim:
        raise ValueError(f"[{op}] anchor, positive and negative must have as many axes, found {a.shape}, {b.shape}, {c.shape}")
    near, far = distance(a, b), distance(a, c)
    if swap:
        far = ops.minimum(far, distance(b, c))
    return reduced(ops.relu(ops.add(ops.sub(near, far), margin)), reduction)


def not_inplace(name: str, inplace: bool) -> None:
    """ValueError for inplace=True."""
    if inplace:
        raise ValueError(f"[{name}] found inplace=True but expected False: nothing is written in place; write x = {name}(x)")
