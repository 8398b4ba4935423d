"""Random numbers of other kinds than `rand` and `randn`, from the engine's seed (`manual_seed`) or from a Generator."""

from __future__ import annotations

import numpy as np

from minigrad import random
from minigrad.kernels.complex import refusal
from minigrad.kernels.dtypes import is_complex
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


def normal(mean: float = 0.0, std: float = 1.0, size: Shape = (), dtype: DType = None,
           generator: Generator | None = None, device: str | None = None) -> Tensor:
    """Independent normal numbers of that mean and standard deviation."""
    if not std >= 0:
        raise ValueError(f"[normal] std must be >= 0, found {std}")
    numbers = random.generator(generator).standard_normal(as_shape("normal", size)) * std + mean
    return Tensor(numbers, as_dtype("normal", dtype or get_default_dtype(), "f"), device=device)


def uniform(low: float = 0.0, high: float = 1.0, size: Shape = (), dtype: DType = None,
            generator: Generator | None = None, device: str | None = None) -> Tensor:
    """Independent numbers, uniform from low to high."""
    numbers = low + (high - low) * random.generator(generator).random(as_shape("uniform", size))
    return Tensor(numbers, as_dtype("uniform", dtype or get_default_dtype(), "f"), device=device)


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
    least = int((w > 0).sum(-1).min())
    if not replacement and num_samples > least:
        raise ValueError(f"[multinomial] {num_samples} samples without replacement, but a row has only {least} weights > 0")
    draw = random.generator(generator)
    rows = [draw.choice(row.size, num_samples, replacement, row / row.sum()) for row in np.atleast_2d(w)]
    return Tensor(np.reshape(rows, (*w.shape[:-1], num_samples)), np.int64, device=a.device)


def _weights(op, a):
    """The numbers of a, which are read: probabilities, or weights."""
    if is_complex(a.data.dtype):
        raise refusal(op, a.data.dtype)
    return a.k.to_numpy(a.data)
