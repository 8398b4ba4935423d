"""Normalisation of each sample by itself: layer, group, instance and root-mean-square norm; and local response
normalisation."""

from __future__ import annotations

import math

import numpy as np

from minigrad.graph import alike, record
from minigrad.kernels.complex import refusal
from minigrad.kernels.dtypes import is_complex
from minigrad.ops.elementwise import add, div, mul, power
from minigrad.ops.operands import as_shape, astype, in_floats, operands, with_bias
from minigrad.ops.pool import avg_pool2d
from minigrad.ops.reduce import mean
from minigrad.ops.shape import pad, reshape
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import Operand, Shape

__all__ = ["group_norm", "instance_norm", "layer_norm", "local_response_norm", "rms_norm"]


def group_norm(x: Operand, num_groups: int, gamma: Operand | None = None, beta: Operand | None = None,
               eps: float = 1e-5) -> Tensor:
    """(x - mean) / sqrt(var + eps) * gamma + beta, with the mean and the biased variance of each group of channels of each
    image (Wu & He 2018): x (N, C, ...), gamma and beta (C,) or None. num_groups divides C."""
    x, gamma, beta = _operands("group_norm", x, gamma, beta)
    shape = x.data.shape
    if len(shape) < 2:
        raise ValueError(f"[group_norm] expected x (N, C, ...), found {shape}")
    if isinstance(num_groups, bool) or not hasattr(num_groups, "__index__") or num_groups < 1 or shape[1] % num_groups:
        raise ValueError(f"[group_norm] num_groups must be an int >= 1 that divides the {shape[1]} channels of x {shape}, "
                         f"found {num_groups!r}")
    return _grouped("group_norm", x, gamma, beta, int(num_groups), eps, shape[1:2])


def _grouped(op, x, gamma, beta, groups, eps, features):
    """group_norm of x (N, C, ...), whose gamma and beta, if any, have the shape `features` and C elements."""
    for name, t in (("gamma", gamma), ("beta", beta)):
        if t is not None and t.data.shape != features:
            raise ValueError(f"[{op}] {name} must have shape {features}, found {t.data.shape}: x {x.data.shape}")
    channels, k = x.data.shape[1:2], x.k
    gamma = constant(k, k.full(channels, 1, x.data.dtype)) if gamma is None else _flat(gamma)
    beta = constant(k, k.full(channels, 0, x.data.dtype)) if beta is None else _flat(beta)
    eps = _number(op, eps)
    y, aux = k.group_norm(x.data, gamma.data, beta.data, groups, eps)
    return record(k, y, (x, gamma, beta), group_norm_rule, (0, 1), (groups, eps, aux), (aux,))


def group_norm_rule(k, g, need, x, gamma, groups, eps, aux):
    return k.group_norm_backward(g, x, gamma, aux, need, groups, eps)


def layer_norm(x: Operand, normalized_shape: Shape, gamma: Operand | None = None, beta: Operand | None = None,
               eps: float = 1e-5) -> Tensor:
    """(x - mean) / sqrt(var + eps) * gamma + beta over the last axes, which are `normalized_shape`, with the biased variance
    (Ba, Kiros & Hinton 2016): x (..., *normalized_shape), gamma and beta of that shape or None."""
    x, gamma, beta = _operands("layer_norm", x, gamma, beta)
    features, shape = _features("layer_norm", x, normalized_shape), x.data.shape
    rows = math.prod(shape[:len(shape) - len(features)]), math.prod(features)
    y = _grouped("layer_norm", x if shape == rows else reshape(x, rows), gamma, beta, 1, eps, features)
    return y if shape == rows else reshape(y, shape)


def instance_norm(x: Operand, gamma: Operand | None = None, beta: Operand | None = None, eps: float = 1e-5) -> Tensor:
    """(x - mean) / sqrt(var + eps) * gamma + beta, with the mean and the biased variance of each channel of each image
    (Ulyanov, Vedaldi & Lempitsky 2016): x (N, C, ...) with one axis or more behind the channels, gamma and beta (C,) or
    None."""
    x, gamma, beta = _operands("instance_norm", x, gamma, beta)
    shape = x.data.shape
    if len(shape) < 3 or math.prod(shape[2:]) == 1:
        raise ValueError(f"[instance_norm] expected x (N, C, ...) with more than one value per channel, found {shape}")
    return _grouped("instance_norm", x, gamma, beta, max(shape[1], 1), eps, shape[1:2])


def rms_norm(x: Operand, normalized_shape: Shape, gamma: Operand | None = None, eps: float | None = None) -> Tensor:
    """x / sqrt(mean(x^2) + eps) * gamma over the last axes, which are `normalized_shape` (Zhang & Sennrich 2019): x
    (..., *normalized_shape), gamma of that shape or None; eps is the dtype's own if None. Halves are computed in float32."""
    if not alike(x, gamma):
        x, gamma, _ = _operands("rms_norm", x, gamma, None)
    features = _features("rms_norm", x, normalized_shape)
    if gamma is not None and gamma.data.shape != features:
        raise ValueError(f"[rms_norm] gamma must have shape {features}, found {gamma.data.shape}: x {x.data.shape}")
    dtype = x.data.dtype
    eps = float(np.finfo(dtype).eps) if eps is None else _number("rms_norm", eps)
    wide = astype(x, np.float32) if dtype == np.float16 else x
    axes = tuple(range(len(x.data.shape) - len(features), len(x.data.shape)))
    y = mul(wide, power(add(mean(mul(wide, wide), axes, True), eps), -0.5))
    return astype(y if gamma is None else mul(y, gamma), dtype)


def local_response_norm(x: Operand, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """x / (k + alpha mean)^beta, where mean is that of x^2 over `size` neighbouring channels, those that are not there counted
    as 0 (Krizhevsky, Sutskever & Hinton 2012, in PyTorch's form, with the mean for the sum): x (N, C, ...)."""
    if not alike(x):
        return in_floats(local_response_norm, x, size, alpha, beta, k)
    shape = x.data.shape
    if len(shape) < 3 or isinstance(size, bool) or not hasattr(size, "__index__") or size < 1:
        raise ValueError(f"[local_response_norm] expected x (N, C, ...) with one axis or more behind the channels and an int "
                         f"size >= 1, found x {shape} and size {size!r}")
    alpha, beta, k = (_number("local_response_norm", v, name) for name, v in (("alpha", alpha), ("beta", beta), ("k", k)))
    squares = reshape(mul(x, x), (shape[0], 1, shape[1], math.prod(shape[2:])))
    around = pad(squares, ((0, 0), (0, 0), (size // 2, (size - 1) // 2), (0, 0)))
    means = reshape(avg_pool2d(around, (size, 1), 1), shape)
    return div(x, power(add(mul(means, alpha), k), beta))


def _operands(op, x, gamma, beta):
    """x, gamma and beta (each may be None) as tensors of one floating point dtype."""
    if gamma is not None:
        x, gamma = operands(op, x, gamma)
        x, gamma, beta = with_bias(op, x, gamma, beta)
    elif beta is not None:
        x, beta = operands(op, x, beta)
    else:
        x = lift(x)
    if is_complex(x.data.dtype):
        raise refusal(op, x.data.dtype)
    if x.data.dtype.kind != "f":
        raise TypeError(f"[{op}] expected floating point numbers, found {x.data.dtype}: convert x with .astype('float32')")
    return x, gamma, beta


def _features(op, x, normalized_shape):
    features, shape = as_shape(op, normalized_shape), x.data.shape
    if not features or shape[-len(features):] != features:
        raise ValueError(f"[{op}] the last axes of x must be normalized_shape {features}, found x {shape}")
    return features


def _flat(t):
    return t if len(t.data.shape) == 1 else reshape(t, (math.prod(t.data.shape),))


def _number(op, value, name="eps"):
    try:
        return float(value)        # a numpy scalar would widen float32
    except (TypeError, ValueError):
        raise TypeError(f"[{op}] {name} must be a number, found {value!r}: leave it out for the usual one") from None
