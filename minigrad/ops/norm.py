"""Batch normalisation (Ioffe & Szegedy 2015)."""

from __future__ import annotations

from minigrad.graph import record
from minigrad.kernels.complex import refusal
from minigrad.kernels.dtypes import is_complex
from minigrad.kernels.reference import count_along
from minigrad.ops.operands import operands, with_bias
from minigrad.tensor import Tensor, array_on, plain
from minigrad.types import Operand

__all__ = ["batch_norm"]


def batch_norm(x: Operand, gamma: Operand, beta: Operand, running_mean: Tensor | None = None, running_var: Tensor | None = None,
               training: bool = True, momentum: float | None = 0.1, eps: float = 1e-5) -> Tensor:
    """(x - mean) / sqrt(var + eps) * gamma + beta, per channel: x (N, C, ...), gamma and beta (C,).

    training: the batch's own mean and biased variance, which also move the running estimates (tensors or arrays (C,),
    written in place; the variance unbiased): running += momentum (batch - running). Otherwise the running estimates.
    """
    x, gamma = operands("batch_norm", x, gamma)
    x, gamma, beta = with_bias("batch_norm", x, gamma, beta)
    _check(x.data.shape, gamma=gamma, beta=beta, running_mean=running_mean, running_var=running_var)
    if is_complex(gamma.data.dtype):
        raise refusal("batch_norm", gamma.data.dtype)
    if gamma.data.dtype.kind != "f":
        raise TypeError(f"[batch_norm] expected floating point numbers, found {gamma.data.dtype}: convert x with "
                        ".astype('float32')")
    try:
        eps = float(eps)        # a numpy scalar would widen float32
    except (TypeError, ValueError):
        raise TypeError(f"[batch_norm] eps must be a number, found {eps!r}: leave it out for 1e-5") from None
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError("[batch_norm] without training=True the running_mean and running_var are needed")
        return batch_norm_inference(x, running_mean, running_var, gamma, beta, eps)
    count = count_along(x.data.shape, (0, *range(2, len(x.data.shape))))
    if count < 2:
        raise ValueError(f"[batch_norm] training needs more than one value per channel, found x {x.data.shape}")
    if momentum is None:
        raise TypeError("[batch_norm] momentum must be a number, found None: for the plain mean over all batches give "
                        "1 / (the number of batches, this one included), as nn.BatchNorm2d(momentum=None) does")
    k = x.k
    y, mean, var, aux = k.batch_norm(x.data, gamma.data, beta.data, eps)
    moved = []                  # both are computed before either is written: without memory for one, none has moved
    if running_mean is not None:
        moved.append((running_mean, k.running_update(array_on(k, running_mean), mean, momentum, None)))
    if running_var is not None:
        unbiased = k.mul(var, count / (count - 1))
        moved.append((running_var, k.running_update(array_on(k, running_var), unbiased, momentum, None)))
    for running, array in moved:
        write_estimate(k, running, array)
    return record(k, y, (x, gamma, beta), batch_norm_rule, (0, 1), (eps, aux), (aux,))


def batch_norm_rule(k, g, need, x, gamma, eps, aux):
    return k.batch_norm_backward(g, x, gamma, aux, eps)


def batch_norm_inference(x, mean, var, gamma, beta, eps):
    """batch_norm with given statistics."""
    k = x.k
    mean, var = array_on(k, mean), array_on(k, var)
    y = k.batch_norm_inference(x.data, mean, var, gamma.data, beta.data, eps)
    return record(k, y, (x, gamma, beta), batch_norm_inference_rule, (0, 1), (mean, var, eps), (mean, var))


def batch_norm_inference_rule(k, g, need, x, gamma, mean, var, eps):
    return k.batch_norm_inference_backward(g, x, mean, var, gamma, eps)


def write_estimate(k, running, array):
    """Put an array of the device k into a running estimate, a tensor or an array."""
    to = plain(running)
    if isinstance(to, k.array):
        k.copy(array, out=to)
    else:                       # numpy's, beside a device with memory of its own
        to[...] = k.to_numpy(array)
    if to is not running:
        running.touch()


def _check(x, **per_channel):
    if len(x) < 2:
        raise ValueError(f"[batch_norm] expected x (N, C, ...), found {x}")
    for name, t in per_channel.items():
        if t is not None and tuple(t.shape) != (x[1],):
            raise ValueError(f"[batch_norm] {name} must have shape ({x[1]},) for x {x}, found {tuple(t.shape)}")

