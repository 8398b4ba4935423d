"""Layers that normalise each sample by itself, alike in training and in evaluation; instance norm may track its statistics."""

import numpy as np

from minigrad.graph import alike
from minigrad.nn import functions
from minigrad.nn.init import ones_
from minigrad.nn.linear import positive, true_or_false, unset
from minigrad.nn.module import Module
from minigrad.nn.parameter import Buffer
from minigrad.ops.group_norm import group_norm, instance_norm, layer_norm, local_response_norm, rms_norm
from minigrad.ops.loss.common import a_number
from minigrad.ops.operands import as_shape
from minigrad.ops.pixels import no_raw_pixels
from minigrad.tensor import Tensor, get_default_dtype
from minigrad.types import Input, Shape


class LayerNorm(Module):
    """(x - mean) / sqrt(var + eps) * weight + bias over the last axes, of sizes normalized_shape (Ba, Kiros & Hinton 2016).

    weight and bias have that shape, or are None without elementwise_affine, the bias also with bias=False. device: where they
    lie, as in mg.tensor.
    """

    def __init__(self, normalized_shape: Shape, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True, *,
                 device: str | None = None):
        self.normalized_shape, self.eps = as_shape("LayerNorm", normalized_shape), eps
        self.weight = ones_(unset(*self.normalized_shape, device=device)) if elementwise_affine else None
        self.bias = unset(*self.normalized_shape, device=device) if elementwise_affine and bias else None

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels("LayerNorm", x)
        return layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}" + ("" if self.weight is not None else ", elementwise_affine=False")


class RMSNorm(Module):
    """x / sqrt(mean(x^2) + eps) * weight over the last axes, of sizes normalized_shape (Zhang & Sennrich 2019).

    eps: the dtype's own if None. weight has that shape, or is None without elementwise_affine. device: as in mg.tensor.
    """

    def __init__(self, normalized_shape: Shape, eps: float | None = None, elementwise_affine: bool = True, *,
                 device: str | None = None):
        self.normalized_shape, self.eps = as_shape("RMSNorm", normalized_shape), eps
        self.weight = ones_(unset(*self.normalized_shape, device=device)) if elementwise_affine else None

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels("RMSNorm", x)
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}" + ("" if self.weight is not None else ", elementwise_affine=False")


class GroupNorm(Module):
    """(x - mean) / sqrt(var + eps) * weight + bias by the mean and the biased variance of each of num_groups groups of channels
    of each image (Wu & He 2018): x (N, C, ...), weight and bias (C,), or None without affine. device: as in mg.tensor.
    """

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, *,
                 device: str | None = None):
        positive("GroupNorm", num_groups=num_groups, num_channels=num_channels)
        if num_channels % num_groups:
            raise ValueError(f"[GroupNorm] num_groups must divide num_channels, found {num_groups} and {num_channels}")
        self.num_groups, self.num_channels, self.eps = num_groups, num_channels, eps
        self.weight = ones_(unset(num_channels, device=device)) if affine else None
        self.bias = unset(num_channels, device=device) if affine else None

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels("GroupNorm", x)
        if len(x.shape) > 1 and x.shape[1] != self.num_channels:
            raise ValueError(f"[GroupNorm] expected x with {self.num_channels} channels, found {x.shape}")
        return group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}" + ("" if self.weight is not None else ", affine=False")


class _InstanceNorm(Module):
    """(x - mean) / sqrt(var + eps) * weight + bias by the mean and the biased variance of each channel of each image (Ulyanov,
    Vedaldi & Lempitsky 2016); weight and bias (C,) with affine=True, else None. A single image needs no batch axis.

    track_running_stats: in training those statistics, averaged over the images (the variance unbiased), move running estimates
    by momentum, the share of the new (None: by nothing, as in PyTorch); evaluation uses the estimates. device: as in mg.tensor.
    """

    axes = 0

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = False,
                 track_running_stats: bool = False, *, device: str | None = None):
        layer = type(self).__name__
        positive(layer, num_features=num_features)
        true_or_false(layer, affine=affine, track_running_stats=track_running_stats)
        if momentum is not None:
            a_number(layer, "momentum", momentum, 0, 1)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = ones_(unset(num_features, device=device)) if affine else None
        self.bias = unset(num_features, device=device) if affine else None
        self.running_mean = self.running_var = self.num_batches_tracked = None
        if track_running_stats:
            self.running_mean = Buffer(np.zeros(num_features, get_default_dtype()), device)
            self.running_var = Buffer(np.ones(num_features, get_default_dtype()), device)
            self.num_batches_tracked = Buffer(np.zeros((), np.int64), device)       # PyTorch has it, and leaves it at 0

    def forward(self, x: Input) -> Tensor:
        layer = type(self).__name__
        if not alike(x):
            no_raw_pixels(layer, x)
        shape = tuple(x.shape)
        if len(shape) not in (self.axes, self.axes - 1) or shape[-self.axes + 1] != self.num_features:
            raise ValueError(f"[{layer}] expected x with {self.axes} axes, or {self.axes - 1} without a batch axis, and "
                             f"{self.num_features} channels, found {shape}")
        if len(shape) < self.axes:
            return self._of_images(x[None])[0]
        return self._of_images(x)

    def _of_images(self, x):
        if self.running_mean is None:
            return instance_norm(x, self.weight, self.bias, self.eps)
        return functions.instance_norm(x, self.running_mean, self.running_var, self.weight, self.bias, self.training,
                                       self.momentum or 0.0, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_features}, eps={self.eps}" + ("" if self.weight is None else ", affine=True") + (
            "" if self.running_mean is None else f", momentum={self.momentum}, track_running_stats=True")


class InstanceNorm1d(_InstanceNorm):
    """Instance norm of x (N, C, L)."""

    axes = 3


class InstanceNorm2d(_InstanceNorm):
    """Instance norm of x (N, C, H, W)."""

    axes = 4


class InstanceNorm3d(_InstanceNorm):
    """Instance norm of x (N, C, D, H, W)."""

    axes = 5


for _kind in (InstanceNorm1d, InstanceNorm2d, InstanceNorm3d):
    _kind.__doc__ = f"{_kind.__doc__} {_InstanceNorm.__doc__}"


class LocalResponseNorm(Module):
    """x / (k + alpha mean)^beta, the mean being that of x^2 over `size` neighbouring channels: x (N, C, ...) (AlexNet's)."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0):
        positive("LocalResponseNorm", size=size)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels("LocalResponseNorm", x)
        return local_response_norm(x, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
