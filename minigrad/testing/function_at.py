"""A function of tensors at a point: its inputs as float64 leaves, its outputs and its gradients there."""

import numpy as np

from minigrad.tensor import Tensor


class NoOutput(Exception):
    """No output of the function requires grad."""


def flat(outputs):
    """Every entry of every output, in one float64 vector."""
    return np.concatenate([y.detach().numpy().astype(np.float64).ravel() for y in outputs])


def arrays_of(inputs):
    """The inputs, those of floating point as float64 arrays of our own, and the device of the first tensor, if any."""
    device = next((x.device for x in inputs if isinstance(x, Tensor)), None)
    arrays = []
    for x in inputs:
        a = np.asarray(x.detach().numpy() if isinstance(x, Tensor) else x)
        arrays.append(np.array(a, np.float64) if a.dtype.kind == "f" else x)
    return arrays, device


def tensors_of(arrays, device):
    """New leaves for the arrays that are checked; the other inputs as they are."""
    return [Tensor(a, requires_grad=True, device=device) if is_checked(a) else a for a in arrays]


def is_checked(a):
    """Whether an input, as arrays_of gives it, is one whose gradient is checked."""
    return isinstance(a, np.ndarray) and a.dtype.kind == "f"


def outputs_of(y):
    """The outputs of f that have a gradient, as a tuple. NoOutput if there is none."""
    ys = tuple(t for t in (y if isinstance(y, (tuple, list)) else (y,)) if t.requires_grad)
    if not ys:
        raise NoOutput
    return ys


def gradients_of(xs, ys, v, create_graph=False):
    """The gradients of sum(v . y) in the leaves among xs; None where none arrives."""
    leaves = [x if isinstance(x, Tensor) and x.requires_grad else None for x in xs]
    for x in leaves:
        if x is not None:
            x.grad = None
    for y, g in zip(ys, v, strict=True):
        y.backward(g, retain_graph=True, create_graph=create_graph)
    gradients = [None if x is None else x.grad for x in leaves]
    for x in leaves:
        if x is not None:
            x.grad = None
    return gradients
