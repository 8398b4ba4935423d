"""PyTorch's methods of tensors that no operation is: views by another name, makers beside a tensor, writes in place."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from minigrad.graph import constant
from minigrad.kernels import table
from minigrad.modes import is_grad_enabled
from minigrad.ops.operands import one_axis
from minigrad.ops.operands.place import place
from minigrad.random import Generator
from minigrad.tensor import Tensor, as_dtype
from minigrad.types import DType, Operand


def clone(a: Tensor) -> Tensor:
    """The same numbers in memory of their own; the gradient passes."""
    from minigrad import ops

    return ops.mul(a, 1) if a.requires_grad else a.detach().__copy__()


def numel(a: Tensor) -> int:
    """The number of elements."""
    return a.size


def dim(a: Tensor) -> int:
    """The number of axes."""
    return a.ndim


def view(a: Tensor, *shape: Any) -> Tensor:
    """reshape; or, given a dtype, the same memory read as numbers of that type, as in numpy: a constant."""
    if len(shape) != 1 or not isinstance(shape[0], (type, str, np.dtype)):
        return a.reshape(*shape)
    if a.requires_grad and is_grad_enabled():
        raise RuntimeError("[view] bits that are read as other numbers have no gradient: astype converts the numbers; or take "
                           "the view of t.detach()")
    dtype = as_dtype("view", shape[0])
    try:
        return constant(a.k, a.data.view(dtype))
    except (TypeError, ValueError) as error:
        raise type(error)(f"[view] {a.dtype} of shape {a.shape} cannot be read as {dtype}: {error}") from None


def view_as(a: Tensor, other: Tensor) -> Tensor:
    """a in the shape of another tensor."""
    return a.reshape(other.shape)


def expand(a: Tensor, *sizes: Any) -> Tensor:
    """broadcast_to; -1 keeps a size."""
    shape = tuple(sizes[0]) if len(sizes) == 1 and not hasattr(sizes[0], "__index__") else sizes
    lead = len(shape) - a.ndim
    return a.broadcast_to(tuple(a.shape[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(shape)))


def expand_as(a: Tensor, other: Tensor) -> Tensor:
    """a broadcast to the shape of another tensor."""
    return a.broadcast_to(other.shape)


def contiguous(a: Tensor) -> Tensor:
    """a itself: how its memory lies is the kernels' affair."""
    return a


def t(a: Tensor) -> Tensor:
    """A matrix, transposed; a vector or a number as it is."""
    if a.ndim > 2:
        raise ValueError(f"[t] expected a matrix, found shape {a.shape}: transpose(axes) or swapaxes(i, j) for more axes")
    return a.transpose()


def zero_(a: Tensor) -> Tensor:
    """Zeros, written in place."""
    return fill_(a, 0)


def fill_(a: Tensor, value: Any) -> Tensor:
    """One number, written in place into every element."""
    _check_in_place("fill_", a)
    a[...] = value
    return a


def copy_(a: Tensor, source: Any) -> Tensor:
    """Another tensor's numbers, broadcast, written in place; RuntimeError if they are part of a graph."""
    _check_in_place("copy_", a)
    a[...] = source
    return a


def detach_(a: Tensor) -> Tensor:
    """Takes this tensor out of the graph that made it; itself."""
    a.node = None
    return a


def is_floating_point(a: Tensor) -> bool:
    """Whether its numbers are floats."""
    return a.dtype.kind == "f"


def to(a: Tensor, *where: Any, device: str | None = None, dtype: DType = None) -> Tensor:
    """A copy on another device, outside the graph; or, given a dtype, astype, with a gradient: t.to(np.float64). Both for
    t.to(like_this). RuntimeError for what an operation made, given a device: no gradient passes from one to another."""
    device, dtype = place(where, device, dtype)
    if device == "cpu" and table(device) is a.k:        # PyTorch's word for where it is already
        device, dtype = None, dtype or a.dtype
    if device is not None and dtype is not None and device == a.device:
        device = None                                   # nothing to move
    if device is not None and a.node is not None and not a.is_leaf:
        raise RuntimeError("[to] this tensor is part of a graph on its device: move the inputs that it was computed from; "
                           "or .detach() it first, if no gradient shall pass through it")
    t = a if dtype is None else a.astype(dtype)
    return t if device is None else Tensor(a.k.to_numpy(t.data), requires_grad=a.requires_grad, device=device)


def of_type(a: Tensor, dtype: DType) -> Tensor:
    """astype: PyTorch's t.type(dtype)."""
    return a.astype(dtype)


def type_as(a: Tensor, other: Tensor) -> Tensor:
    """a in the dtype of another tensor."""
    return a.astype(other.dtype)


def matrix_transpose(a: Tensor) -> Tensor:
    """The last two axes swapped: every matrix transposed."""
    if a.ndim < 2:
        raise ValueError(f"[mT] expected a matrix or a stack of them, found shape {a.shape}: expand_dims makes one of a vector")
    return a.swapaxes(-1, -2)


def ndimension(a: Tensor) -> int:
    """The number of axes."""
    return a.ndim


def element_size(a: Tensor) -> int:
    """The bytes of one element."""
    return a.dtype.itemsize


def is_complex(a: Tensor) -> bool:
    """Whether its numbers are complex."""
    return a.dtype.kind == "c"


def select(a: Tensor, axis: int, index: int) -> Tensor:
    """The part at one index of an axis, without that axis."""
    return a[(slice(None),) * one_axis("select", axis, a.ndim) + (index,)]


def narrow(a: Tensor, axis: int, start: int, length: int) -> Tensor:
    """`length` parts of an axis, from `start` on."""
    if not 0 <= length <= a.shape[axis] or not -a.shape[axis] <= start <= a.shape[axis]:
        raise ValueError(f"[narrow] expected a part of axis {axis} of shape {a.shape}, found start {start}, length {length}")
    start %= max(a.shape[axis], 1) if start < 0 else a.shape[axis] + 1
    if start + length > a.shape[axis]:
        raise ValueError(f"[narrow] expected a part of axis {axis} of shape {a.shape}, found start {start}, length {length}")
    return a.swapaxes(0, axis)[start:start + length].swapaxes(0, axis)


def _check_draw(op, a):
    if is_grad_enabled() and a.requires_grad:
        raise RuntimeError(f"[{op}] a write in place has no gradient, and this tensor requires grad: mg.nn.init.{op}(t) writes "
                           "initial values; or write under mg.no_grad()")


def uniform_(a: Tensor, low: float = 0.0, high: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Even random numbers between low and high, written in place."""
    from minigrad import ops

    _check_draw("uniform_", a)
    return copy_(a, ops.uniform(low, high, a.shape, a.dtype, generator))


def normal_(a: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal random numbers, written in place."""
    from minigrad import ops

    _check_draw("normal_", a)
    return copy_(a, ops.normal(mean, std, a.shape, a.dtype, generator))


def variadic(operation: Callable[..., Any]) -> Callable[..., Any]:
    """A method that takes its axes or sizes one by one, too: t.flip(0, 1), t.tile(2, 3)."""
    @wraps(operation)
    def method(a: Tensor, *numbers: Any, **options: Any) -> Tensor:
        if len(numbers) > 1 and all(hasattr(n, "__index__") for n in numbers):
            return operation(a, numbers, **options)
        return operation(a, *numbers, **options)

    return method


def _maker(name):
    def make(a: Tensor, *sizes: Any, dtype: DType = None, requires_grad: bool = False) -> Tensor:
        from minigrad import ops

        return getattr(ops, name)(*sizes, dtype=dtype or a.dtype, requires_grad=requires_grad, device=a.device)

    make.__name__, make.__doc__ = f"new_{name}", f"mg.{name}, in the dtype and on the device of this tensor."
    return make


def new_tensor(a: Tensor, data: Operand, dtype: DType = None, requires_grad: bool = False) -> Tensor:
    """mg.tensor, in the dtype and on the device of this tensor."""
    return Tensor(data, dtype or a.dtype, requires_grad, a.device)


def _converter(name, dtype):
    def convert(a: Tensor) -> Tensor:
        return a.astype(dtype)

    convert.__name__, convert.__doc__ = name, f"astype({dtype!r})"
    return convert


CONVERSIONS = {"double": "float64", "half": "float16", "long": "int64", "int": "int32", "short": "int16", "byte": "uint8",
               "bool": "bool", "float": "float32"}
METHODS: dict[str, Callable[..., Any]] = {f.__name__: f for f in (
    clone, numel, dim, view, view_as, expand, expand_as, contiguous, t, zero_, fill_, copy_, detach_, is_floating_point,
    to, type_as, ndimension, element_size, is_complex, select, narrow, uniform_, normal_, new_tensor)}
METHODS |= {"type": of_type, "reshape_as": view_as, "nelement": numel, "new_empty": _maker("zeros"),
            **{f"new_{name}": _maker(name) for name in ("zeros", "ones", "full")},
            **{name: _converter(name, dtype) for name, dtype in CONVERSIONS.items()}}


# ---- in place

def _check_in_place(op, a):
    if is_grad_enabled() and a.requires_grad:
        raise RuntimeError(f"[{op}] a write in place has no gradient, and this tensor requires grad: write "
                           f"b = a.{op[:-1]}(...), a new tensor; or write under mg.no_grad(), if none shall pass through it")


def in_place(name, operation):
    def write(a: Tensor, *args: Any, **options: Any) -> Tensor:
        _check_in_place(f"{name}_", a)
        y = operation(a.detach(), *args, **options)
        if not np.can_cast(y.dtype, a.dtype, "same_kind"):
            raise TypeError(f"[{name}_] the result is {y.dtype} and does not fit into this tensor of {a.dtype}: "
                            f"t = t.{name}(...) is a new one; or convert the tensor first, astype({str(y.dtype)!r})")
        a[...] = y
        return a

    write.__name__, write.__doc__ = f"{name}_", f"{name}, written in place; only where no gradient is asked for."
    return write
