"""Random numbers of other kinds than `rand` and `randn`, from the engine's seed (`manual_seed`) or from a Generator."""

from __future__ import annotations

import numbers

import numpy as np

from minigrad import random
from minigrad.graph import Variable
from minigrad.kernels.complex import refusal
from minigrad.kernels.dtypes import is_complex
from minigrad.modes import is_grad_enabled
from minigrad.ops.operands import as_shape
from minigrad.random import Generator
from minigrad.tensor import Tensor, as_dtype, get_default_dtype, lift
from minigrad.types import DType, Operand, Shape

__all__ = ["bernoulli", "multinomial", "normal", "rand_like", "randint", "randn_like", "randperm", "uniform"]


def randint(low: int, high: int | None = None, size: Shape = (), dtype: DType = None, generator: Generator | None = None,
            device: str | None = None) -> Tensor:
    """int64: independent whole numbers from low up to, but without, high; of 0 to low if high is not given.

    PyTorch's order of arguments is the same: randint(low, high, size), and randint(high, size), if the second is a shape.
    """
    if high is not None and not hasattr(high, "__index__"):
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    if high <= low:
        raise ValueError(f"[randint] expected low < high, found {low} and {high}")
    return Tensor(random.generator(generator).integers(low, high, as_shape("randint", size)), dtype or np.int64, device=device)


def randperm(n: int, generator: Generator | None = None, device: str | None = None) -> Tensor:
    """int64 (n,): 0 .. n - 1 in a random order."""
    if n < 0:
        raise ValueError(f"[randperm] expected n >= 0, found {n}")
    return Tensor(random.generator(generator).permutation(n), np.int64, device=device)


def normal(mean: Operand = 0.0, std: Operand = 1.0, size: Shape | None = None, dtype: DType = None,
           generator: Generator | None = None, device: str | None = None) -> Tensor:
    """Independent normal numbers of that mean and standard deviation, which broadcast to the size: their own shape by default.

    Constants of the graph; mean + std * mg.randn(size) has gradients in mean and std.
    """
    mean, std, size = _broadcast("normal", size, mean=mean, std=std)
    if not np.all(std >= 0):
        raise ValueError(f"[normal] std must be >= 0, found {np.min(std)}")
    numbers = random.generator(generator).standard_normal(size) * std + mean
    return Tensor(numbers, as_dtype("normal", dtype or get_default_dtype(), "f"), device=device)


def uniform(low: Operand = 0.0, high: Operand = 1.0, size: Shape | None = None, dtype: DType = None,
            generator: Generator | None = None, device: str | None = None) -> Tensor:
    """Independent numbers, uniform from low to high, which broadcast to the size: their own shape by default. Constants."""
    low, high, size = _broadcast("uniform", size, low=low, high=high)
    numbers = low + (high - low) * random.generator(generator).random(size)
    return Tensor(numbers, as_dtype("uniform", dtype or get_default_dtype(), "f"), device=device)


def _broadcast(op, size, **given):
    """Two arguments as numbers or arrays, and the shape of what is drawn. RuntimeError for one that asks for a gradient."""
    for name, a in given.items():
        if isinstance(a, Variable):
            if a.requires_grad and is_grad_enabled():
                raise RuntimeError(f"[{op}] {name} requires grad, and what is drawn has no gradient: compute it from numbers "
                                   "that are drawn without it, as mean + std * mg.randn(...); or give .detach()")
            a = _weights(op, a)
        given[name] = a if isinstance(a, numbers.Real) else np.asarray(a)
    shapes = [np.shape(a) for a in given.values()]
    size = None if size is None else as_shape(op, size)
    try:
        shape = np.broadcast_shapes(*shapes, () if size is None else size)
    except ValueError:
        shape = None
    if shape is None or size not in (None, shape):
        raise ValueError(f"[{op}] {' and '.join(given)} have shapes {shapes[0]} and {shapes[1]}, which do not broadcast to "
                         f"{'one' if size is None else f'size {size}'}")
    return *given.values(), shape


def rand_like(a: Operand, generator: Generator | None = None) -> Tensor:
    """Independent numbers uniform in [0, 1), in the shape and dtype of a, on its device."""
    a = lift(a)
    as_dtype("rand_like", a.dtype, "f")
    return uniform(0, 1, a.shape, a.dtype, generator, a.device)


def randn_like(a: Operand, generator: Generator | None = None) -> Tensor:
    """Independent standard normal numbers, in the shape and dtype of a, on its device."""
    a = lift(a)
    as_dtype("randn_like", a.dtype, "f")
    return normal(0, 1, a.shape, a.dtype, generator, a.device)


def bernoulli(a: Operand, generator: Generator | None = None) -> Tensor:
    """1 with probability a, else 0, independently, in the shape and dtype of a; a constant of the graph."""
    a = lift(a)
    p = _weights("bernoulli", a)
    if p.size and not (p.min() >= 0 and p.max() <= 1):
        raise ValueError(f"[bernoulli] expected probabilities from 0 to 1, found {p.min()} to {p.max()}")
    return Tensor(random.generator(generator).random(p.shape) < p, a.dtype, device=a.device)


def multinomial(a: Operand, num_samples: int, replacement: bool = False, generator: Generator | None = None) -> Tensor:
    """int64 (..., num_samples): places along the last axis, in proportion to the weights a there, which need not add up to 1.

    ValueError for negative weights, for none that is positive, and, without replacement, for fewer of those than samples.
    """
    a = lift(a)
    w = np.asarray(_weights("multinomial", a), np.float64)
    if w.ndim not in (1, 2):
        raise ValueError(f"[multinomial] expected weights (n,) or (rows, n), found shape {w.shape}")
    if not (w >= 0).all() or not np.isfinite(w).all() or not (w.sum(-1) > 0).all():
        raise ValueError("[multinomial] expected finite weights >= 0, in each row one at least that is positive")
    if not hasattr(num_samples, "__index__") or num_samples < 0:
        raise ValueError(f"[multinomial] num_samples must be a whole number >= 0, found {num_samples!r}")
    least = int((w > 0).sum(-1).min(initial=w.shape[-1]))
    if not replacement and num_samples > least:
        raise ValueError(f"[multinomial] {num_samples} samples without replacement, but a row has only {least} weights > 0")
    draw = random.generator(generator)
    rows = [draw.choice(row.size, num_samples, replacement, row / row.sum()) for row in np.atleast_2d(w)]
    places = np.reshape(np.array(rows, np.int64), (*w.shape[:-1], num_samples))
    return Tensor(places, np.int64, device=a.device)


def _weights(op, a):
    """The numbers of a, which are read: probabilities, or weights."""
    if is_complex(a.data.dtype):
        raise refusal(op, a.data.dtype)
    return a.k.to_numpy(a.data)
