"""Batch normalisation layers (Ioffe & Szegedy 2015)."""

import numbers
from typing import Any

import numpy as np

from minigrad.nn.init import ones_
from minigrad.nn.linear import positive, unset
from minigrad.nn.module import Module
from minigrad.nn.parameter import Buffer
from minigrad.ops.norm import batch_norm
from minigrad.ops.pixels import no_raw_pixels
from minigrad.tensor import Tensor, constant, floating, get_default_dtype, lift
from minigrad.types import Input

PRESETS = {"torch": {"eps": 1e-5, "momentum": 0.1}, "keras": {"eps": 1e-3, "momentum": 0.01}}


class _Preset:
    """Stands for "as the preset says": None, for momentum, is a value of its own."""

    def __repr__(self):
        return "<the preset's>"


_PRESET: Any = _Preset()


class _BatchNorm(Module):
    """(x - mean) / sqrt(var + eps) * weight + bias per channel (axis 1); weight and bias (C,), or None without affine.

    Training uses the batch's mean and biased variance, and moves the running estimates by momentum (PyTorch's sense:
    the share of the new; the variance unbiased); evaluation uses those. momentum=None makes the estimates the plain
    mean over all batches so far. track_running_stats=False: there are none, and evaluation uses the batch's own, too.
    preset: "torch" (eps 1e-5, momentum 0.1) or "keras" (1e-3, 0.01; Keras writes its momentum as 0.99, the share of the
    old); eps and momentum, where given, win. device: where parameters and estimates lie, as in mg.tensor.
    """

    axes: tuple[int, ...] = ()

    def __init__(self, num_features: int, eps: float = _PRESET, momentum: float | None = _PRESET, affine: bool = True,
                 track_running_stats: bool = True, preset: str = "torch", *, device: str | None = None):
        layer = type(self).__name__
        positive(layer, num_features=num_features)
        if preset not in PRESETS:
            raise ValueError(f"[{layer}] there is no preset {preset!r}: choose one of {', '.join(map(repr, PRESETS))}")
        self.num_features = num_features
        self.eps = PRESETS[preset]["eps"] if eps is _PRESET else eps
        self.momentum = PRESETS[preset]["momentum"] if momentum is _PRESET else momentum
        if not _is_number(self.eps) or not (self.momentum is None or _is_number(self.momentum)):
            raise TypeError(f"[{layer}] eps must be a number and momentum a number or None (the mean over all batches), "
                            f"found {self.eps!r} and {self.momentum!r}: leave them out for the preset's")
        if self.eps < 0 or not 0 <= (self.momentum or 0) <= 1:
            raise ValueError(f"[{layer}] expected eps >= 0 and 0 <= momentum <= 1, found {self.eps} and "
                             f"{self.momentum}")
        self.weight = ones_(unset(num_features, device=device)) if affine else None
        self.bias = unset(num_features, device=device) if affine else None
        self.running_mean = self.running_var = self.num_batches_tracked = None
        if track_running_stats:
            self.running_mean = Buffer(np.zeros(num_features, get_default_dtype()), device)
            self.running_var = Buffer(np.ones(num_features, get_default_dtype()), device)
            self.num_batches_tracked = Buffer(np.zeros((), np.int64), device)

    def forward(self, x: Input) -> Tensor:
        if len(x.shape) not in self.axes:
            raise ValueError(f"[{type(self).__name__}] expected x with {' or '.join(map(str, self.axes))} axes, found "
                             f"{x.shape}")
        count, momentum = self.num_batches_tracked, self.momentum
        weight: Any = self.weight
        bias: Any = self.bias
        if weight is None:
            weight, bias = self._neutral(x)
        if count is None:
            return batch_norm(x, weight, bias, training=True, eps=self.eps)
        if momentum is None and self.training:
            momentum = count.k.div(1.0, count.k.add(count.data, 1))         # on the device: nobody waits for the count
        y = batch_norm(x, weight, bias, self.running_mean, self.running_var, self.training, momentum, self.eps)
        if self.training:
            count.k.add(count.data, 1, out=count.data)
            count.touch()
        return y

    def _neutral(self, x):
        """Factors of 1 and offsets of 0, where there are no weights."""
        no_raw_pixels(type(self).__name__, x)
        x = floating(lift(x))
        return tuple(constant(x.k, x.k.full((self.num_features,), value, x.data.dtype)) for value in (1, 0))

    def extra_repr(self) -> str:
        text = f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"
        return text + ("" if self.weight is not None else ", affine=False") + (
            "" if self.running_mean is not None else ", track_running_stats=False")


def _is_number(a):
    return isinstance(a, numbers.Real) and not isinstance(a, bool)


class BatchNorm1d(_BatchNorm):
    """Batch norm of x (N, C) or (N, C, L)."""

    axes = 2, 3


class BatchNorm2d(_BatchNorm):
    """Batch norm of x (N, C, H, W)."""

    axes = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch norm of x (N, C, D, H, W)."""

    axes = (5,)


for _kind in (BatchNorm1d, BatchNorm2d, BatchNorm3d):
    _kind.__doc__ = f"{_kind.__doc__} {_BatchNorm.__doc__}"
