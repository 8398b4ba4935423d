"""Batch normalisation layers (Ioffe & Szegedy 2015)."""

import numpy as np

from minigrad.nn.init import ones_
from minigrad.nn.linear import positive, unset
from minigrad.nn.module import Module
from minigrad.nn.parameter import Buffer
from minigrad.ops.norm import batch_norm
from minigrad.tensor import Tensor, get_default_dtype

PRESETS = {"torch": {"eps": 1e-5, "momentum": 0.1}, "keras": {"eps": 1e-3, "momentum": 0.01}}


class _BatchNorm(Module):
    """(x - mean) / sqrt(var + eps) * weight + bias per channel (axis 1); weight and bias (C,).

    Training uses the batch's mean and biased variance, and moves the running estimates by momentum (PyTorch's sense:
    the share of the new; the variance unbiased); evaluation uses those. preset: "torch" or "keras" (Keras writes its
    momentum as 0.99, the share of the old); eps and momentum, where given, win.
    """

    axes: tuple[int, ...] = ()

    def __init__(self, num_features: int, eps: float | None = None, momentum: float | None = None,
                 preset: str = "torch"):
        layer = type(self).__name__
        positive(layer, num_features=num_features)
        if preset not in PRESETS:
            raise ValueError(f"[{layer}] there is no preset {preset!r}: choose one of {', '.join(map(repr, PRESETS))}")
        self.num_features = num_features
        self.eps = PRESETS[preset]["eps"] if eps is None else eps
        self.momentum = PRESETS[preset]["momentum"] if momentum is None else momentum
        if self.eps < 0 or not 0 <= self.momentum <= 1:
            raise ValueError(f"[{layer}] expected eps >= 0 and 0 <= momentum <= 1, found {self.eps} and "
                             f"{self.momentum}")
        self.weight = ones_(unset(num_features))
        self.bias = unset(num_features)
        self.running_mean = Buffer(np.zeros(num_features, get_default_dtype()))
        self.running_var = Buffer(np.ones(num_features, get_default_dtype()))
        self.num_batches_tracked = Buffer(np.zeros((), np.int64))

    def forward(self, x: Tensor) -> Tensor:
        if len(x.shape) not in self.axes:
            raise ValueError(f"[{type(self).__name__}] expected x with {' or '.join(map(str, self.axes))} axes, found "
                             f"{x.shape}")
        y = batch_norm(x, self.weight, self.bias, self.running_mean, self.running_var, self.training,
                       self.momentum, self.eps)
        if self.training:
            count = self.num_batches_tracked
            count.k.add(count.data, 1, out=count.data)
            count.touch()
        return y

    def extra_repr(self) -> str:
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"


class BatchNorm1d(_BatchNorm):
    """Batch norm of x (N, C) or (N, C, L)."""

    axes = 2, 3


class BatchNorm2d(_BatchNorm):
    """Batch norm of x (N, C, H, W)."""

    axes = (4,)


for _kind in (BatchNorm1d, BatchNorm2d):
    _kind.__doc__ = f"{_kind.__doc__} {_BatchNorm.__doc__}"
