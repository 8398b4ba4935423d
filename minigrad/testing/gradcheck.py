"""Gradients against finite differences.

The engine's gradient of v . f (v: a random projection of f's outputs) is compared, entry by entry, with the slope of f
on either side of the point. Where f is smooth the two slopes agree but for rounding, and so must the gradient. Where f
has a kink (relu at 0, a tie of maxima) no single number is right, but the gradient must lie between them. Where f jumps
there is no slope at all: the point is reported.
"""

import numpy as np

from minigrad.tensor import Tensor


class GradientError(AssertionError):
    """A gradient disagrees with the slope, or there is no slope to compare it with."""


def gradcheck(f, *inputs, eps=1e-6, atol=1e-6, rtol=1e-6, seed=0):
    """Raise GradientError, naming input, index and both numbers, unless f's gradients agree with its slopes; else True.

    f: a function of tensors -> a tensor, or several; it must give the same results each time. inputs: tensors, arrays
    or numbers; those of floating point are taken in float64 and checked, the others are passed on as they are. eps:
    the step; atol, rtol: how far outside the two slopes the gradient may lie, absolutely and as a part of them.
    """
    arrays, device = _arrays(inputs)
    checked = [i for i, a in enumerate(arrays) if _is_checked(a)]
    if not checked:
        raise TypeError("[gradcheck] no input is of floating point: there is no gradient to check")
    leaves = _tensors(arrays, device)
    outputs = _outputs(f(*leaves))
    rng = np.random.default_rng(seed)
    v = [rng.uniform(0.5, 1.5, y.shape) * rng.choice((-1, 1), y.shape) for y in outputs]
    gradients = [None if g is None else g.numpy() for g in _gradients(leaves, outputs, v)]
    here = _evaluate(f, arrays, device)
    if not all(np.array_equal(y.detach().numpy(), z, equal_nan=True) for y, z in zip(outputs, here, strict=True)):
        raise GradientError("[gradcheck] f gives different results for the same inputs: fix its seed")
    for i in checked:
        gradient = np.zeros(arrays[i].shape) if gradients[i] is None else gradients[i]
        if gradient.shape != arrays[i].shape:
            raise GradientError(f"[gradcheck] input {i} has shape {arrays[i].shape}, but its gradient {gradient.shape}")
        for index in np.ndindex(arrays[i].shape):
            where = f"[gradcheck] input {i}, index {tuple(int(n) for n in index)}"
            slopes = _slopes(f, arrays, device, i, index, here, eps)
            if _steepest(slopes) * eps > 1e-4:      # very steep, or a jump, which a smaller step makes steeper still
                closer = _slopes(f, arrays, device, i, index, here, eps / 16)
                if _steepest(closer) > 4 * _steepest(slopes):
                    raise GradientError(f"{where}: f jumps here, so it has no slope (gradient {gradient[index]})")
            _compare(where, gradient[index], slopes, v, atol, rtol)
    return True


def gradgradcheck(f, *inputs, eps=1e-6, atol=1e-6, rtol=1e-6, seed=0):
    """gradcheck of f's gradient, as a function of the inputs and of the incoming gradients. Same arguments."""
    arrays, device = _arrays(inputs)
    outputs = _outputs(f(*_tensors(arrays, device)))
    rng = np.random.default_rng(seed + 1)
    v = [rng.uniform(0.5, 1.5, y.shape) * rng.choice((-1, 1), y.shape) for y in outputs]

    def gradient(*tensors):
        xs, gs = tensors[:len(arrays)], tensors[len(arrays):]
        return [g for g in _gradients(xs, _outputs(f(*xs)), gs, create_graph=True) if g is not None]

    return gradcheck(gradient, *_tensors(arrays, device), *v, eps=eps, atol=atol, rtol=rtol, seed=seed)


def _arrays(inputs):
    """The inputs, those of floating point as float64 arrays of our own, and the device of the first tensor, if any."""
    device = next((x.device for x in inputs if isinstance(x, Tensor)), None)
    arrays = []
    for x in inputs:
        a = np.asarray(x.detach().numpy() if isinstance(x, Tensor) else x)
        arrays.append(np.array(a, np.float64) if a.dtype.kind == "f" else x)
    return arrays, device


def _tensors(arrays, device):
    return [Tensor(a, requires_grad=True, device=device) if _is_checked(a) else a for a in arrays]


def _is_checked(a):
    return isinstance(a, np.ndarray) and a.dtype.kind == "f"


def _outputs(y):
    """The outputs of f that have a gradient, as a tuple."""
    ys = tuple(t for t in (y if isinstance(y, (tuple, list)) else (y,)) if t.requires_grad)
    if not ys:
        raise GradientError("[gradcheck] no output of f requires grad: the graph is broken, or f is constant")
    return ys


def _gradients(xs, ys, v, create_graph=False):
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


def _evaluate(f, arrays, device):
    return [y.detach().numpy().astype(np.float64) for y in _outputs(f(*_tensors(arrays, device)))]


def _slopes(f, arrays, device, i, index, here, eps):
    """For each output: the slopes left and right of the point, as arrays."""
    x, at = arrays[i], arrays[i][index]
    try:
        x[index] = at - eps
        before, left = _evaluate(f, arrays, device), at - x[index]
        x[index] = at + eps
        after, right = _evaluate(f, arrays, device), x[index] - at
    finally:
        x[index] = at
    with np.errstate(all="ignore"):
        return [((h - b) / left, (a - h) / right) for b, h, a in zip(before, here, after, strict=True)]


def _steepest(slopes):
    return max(np.abs(side).max(initial=0) for both in slopes for side in both)


def _compare(where, found, slopes, v, atol, rtol):
    """Raise unless v . slope, each output's own slope anywhere between its two, can be `found`."""
    low = high = size = 0.0
    for (left, right), g in zip(slopes, v, strict=True):
        low += np.sum(np.minimum(g * left, g * right))
        high += np.sum(np.maximum(g * left, g * right))
        size += np.sum(np.abs(g) * (np.abs(left) + np.abs(right))) / 2
    slack = atol + rtol * size
    if not low - slack <= found <= high + slack:        # NaN is no agreement
        slope = f"the slope {(low + high) / 2}" if high - low <= slack else f"slopes from {low} to {high}"
        raise GradientError(f"{where}: the gradient is {found}, but finite differences give {slope}")
