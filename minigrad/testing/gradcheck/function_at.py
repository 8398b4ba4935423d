"""A function of tensors at a point: its inputs as float64 leaves, its outputs and its gradients there.

Complex numbers are pairs of real ones to the checks: an array of shape S moves, and is compared, as one of shape (*S, 2).
"""

import inspect
import operator

import numpy as np

from minigrad.kernels.dtypes import is_complex, is_differentiable, real_of
from minigrad.tensor import Tensor
from minigrad.testing.running import is_float, of_kind


class NoOutput(Exception):
    """No output of the function requires grad."""


class LostOutput(Exception):
    """An output of floating point has no graph though others have and nobody named it a constant; or the reverse. Its number,
    and whether it has a graph."""


def flat(outputs):
    """Every entry of every output, in one float64 vector."""
    return np.concatenate([as_reals(y.detach().numpy()).astype(np.float64).ravel() for y in outputs])


def as_reals(a):
    """An array of complex numbers as one of their parts, (*shape, 2), which shares its memory if its rows lie one after the
    other; any other array as it is."""
    if not is_complex(a.dtype):
        return a
    return np.asarray(a, order="C").reshape(*a.shape, 1).view(real_of(a.dtype))


def from_reals(a, dtype):
    """Numbers of that dtype from their parts, as as_reals has them."""
    return np.ascontiguousarray(a).view(np.complex128)[..., 0] if is_complex(dtype) else a


def shape_of(t):
    """The shape of as_reals of a tensor's or an array's numbers."""
    return (*t.shape, 2) if is_complex(t.dtype) else t.shape


def arrays_of(inputs):
    """The inputs, those of floating point as float64 (or complex128) arrays of our own, and the device of the first tensor."""
    device = next((x.device for x in inputs if isinstance(x, Tensor)), None)
    arrays = []
    for x in inputs:
        try:
            a = np.asarray(x.detach().numpy() if isinstance(x, Tensor) else x)
        except ValueError:
            shapes = ", ".join(str(np.shape(part)) for part in x)
            raise ValueError(f"[gradcheck] input {len(arrays)} is a {type(x).__name__} of arrays of unequal shapes, {shapes}: "
                             "give them as separate arguments, gradcheck(f, a, b)") from None
        arrays.append(np.array(a, of_kind(a.dtype, np.float64), order="C") if is_differentiable(a.dtype) else x)
    return arrays, device


def tensors_of(arrays, device):
    """New leaves for the arrays that are checked; the other inputs as they are."""
    return [Tensor(a, requires_grad=True, device=device) if is_checked(a) else a for a in arrays]


def is_checked(a):
    """Whether an input, as arrays_of gives it, is one whose gradient is checked."""
    return is_float(a)


def outputs_of(y, constant_outputs=()):
    """{number: output} of the outputs of f that have a gradient; those of floating point that have none must be named.

    NoOutput if there is none, LostOutput for one that is not as named.
    """
    several = isinstance(y, (tuple, list))
    ys = tuple(y) if several else (y,)
    for n, t in enumerate(ys):
        if not isinstance(t, Tensor):
            what = f"output {n} of f" if several else "f's result"
            hint = ": was .numpy() or .item() called in f?" if isinstance(t, (np.ndarray, np.generic, float)) else ""
            raise TypeError(f"[gradcheck] f must return a tensor, or a tuple or list of tensors, but {what} is "
                            f"{'None' if t is None else f'of type {type(t).__name__}'}{hint}")
    for n in constant_outputs:
        if not 0 <= n < len(ys):
            raise ValueError(f"[gradcheck] constant_outputs names output {n}, but f has {len(ys)}: 0 to {len(ys) - 1}")
    if not any(t.requires_grad for t in ys):
        raise NoOutput
    for n, t in enumerate(ys):
        if is_differentiable(t.dtype) and t.requires_grad == (n in constant_outputs):
            raise LostOutput(n, t.requires_grad)
    return {n: t for n, t in enumerate(ys) if t.requires_grad}


def numbers_of(constant_outputs):
    """constant_outputs, an int or several, as a tuple of ints."""
    try:
        several = (constant_outputs,) if hasattr(constant_outputs, "__index__") else tuple(constant_outputs)
        return tuple(operator.index(n) for n in several)
    except TypeError:
        raise TypeError("[gradcheck] constant_outputs must be the number of an output or several, (1, 2), found "
                        f"{constant_outputs!r}") from None


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


def names_of(f, n):
    """The names of f's first n positional parameters, None where there is none to be found, and "input 0 (x)" of each."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names = (names + [None] * n)[:n]
    return names, [f"input {i}" + (f" ({name})" if name else "") for i, name in enumerate(names)]
