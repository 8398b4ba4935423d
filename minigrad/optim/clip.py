"""Clipping of gradients, between backward() and step(). Nothing waits for the device: the norm is a buffer that the kernels
read."""

import math
from collections.abc import Iterable
from typing import Any

from minigrad.graph import Variable
from minigrad.optim.options import number
from minigrad.tensor import Tensor, constant, tensor


def clip_grad_norm_(parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0,
                    error_if_nonfinite: bool = False, foreach: bool | None = None) -> Tensor:
    """Multiply all gradients by min(1, max_norm / (norm + 1e-6)), norm being that of all of them as one vector, and return it
    as it was before. A norm that is inf or NaN makes gradients that are 0 or NaN.

    norm_type: the order, a number > 0, or inf. error_if_nonfinite: RuntimeError, before anything is written, if the
    norm is not finite; this alone waits for the device. foreach is ignored: it is one kernel call as it is.
    """
    op = "clip_grad_norm_"
    max_norm, order = number(op, "max_norm", max_norm), float(norm_type)
    if not order > 0:
        raise ValueError(f"[{op}] norm_type must be a number > 0, or inf, found {norm_type}")
    grads, k = _gradients(op, parameters)
    if not grads:
        return tensor(0.0)
    arrays = [g.data for g in grads]
    norm = k.norm_of_all(arrays, order)
    if error_if_nonfinite and not math.isfinite(float(k.to_numpy(norm))):
        raise RuntimeError(f"[{op}] the norm of the gradients is {float(k.to_numpy(norm))}, so they cannot be clipped: look "
                           "for what is not finite with mg.anomaly_mode(), or leave error_if_nonfinite out")
    k.scale_to_norm(arrays, norm, max_norm)
    for g in grads:
        g.touch()
    return constant(k, norm)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Put every number of the gradients between -clip_value and clip_value. foreach is ignored: it is one kernel call."""
    op = "clip_grad_value_"
    bound = number(op, "clip_value", clip_value)
    grads, k = _gradients(op, parameters)
    if grads:
        k.clip_all([g.data for g in grads], bound)
        for g in grads:
            g.touch()


def _gradients(op: str, parameters: Any) -> tuple[list[Any], Any]:
    """The gradients that there are, each an array of its own that can be written, and their table of kernels."""
    if hasattr(parameters, "parameters"):
        raise TypeError(f"[{op}] expected tensors, found a {type(parameters).__name__}: give its .parameters()")
    ps = [parameters] if isinstance(parameters, Variable) else list(parameters)
    for p in ps:
        if not isinstance(p, Variable):
            raise TypeError(f"[{op}] expected tensors, found {type(p).__name__}")
    grads = [p.grad for p in {id(p): p for p in ps}.values() if p.grad is not None]     # one listed twice counts once
    devices = dict.fromkeys(g.device for g in grads)
    if len(devices) > 1:
        raise ValueError(f"[{op}] the gradients are on several devices, {', '.join(devices)}: clip those of "
                         "each by themselves")
    for g in grads:
        if g.dtype.kind != "f":
            raise TypeError(f"[{op}] expected gradients of real numbers, found {g.dtype}")
    return grads, grads[0].k if grads else None
