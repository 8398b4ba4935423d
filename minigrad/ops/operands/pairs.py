"""What operations do with their arguments first: tensors of them, on one device, of one dtype; and axes and shapes checked.

Integers stay integers with integers where numpy keeps them; beside floats they take the floats' dtype. An operation whose
results are no integers computes those of integers in float64, and rounds them once to the default dtype.
"""

from __future__ import annotations

import numpy as np

from minigrad.graph import Variable, alike, record
from minigrad.kernels.complex import refusal
from minigrad.kernels.dtypes import NUMERIC, complex_of, is_complex, is_differentiable
from minigrad.ops.pixels import no_raw_pixels
from minigrad.system import names
from minigrad.tensor import Tensor, as_dtype, constant, floating, get_default_dtype, holds_value, lift
from minigrad.types import DType, Operand

__all__ = ["astype"]

LARGEST = 2**1024 - 2**970 - 1      # the largest integer that a float can round


def pair(op, a, b, in_floats=False):
    """Two operands as tensors on one device, of one dtype, whose shapes broadcast -> (k, a, b, x, y, same).

    a, b: tensors, or Python numbers beside a tensor; x, y: what the kernel gets; same: the shapes need no broadcasting.
    Python numbers, numpy scalars and arrays take the tensor's dtype, complex ones the complex dtype of its digits; two float
    or complex dtypes promote through astype. in_floats: the operation computes integers in floats, so that any number may stand
    beside them.
    """
    if b is None or not alike(a, b):
        given = isinstance(a, Variable), isinstance(b, Variable)
        if not any(given):
            a = lift(a)
        if isinstance(b, (int, float)):
            a, b = _beside_number(op, a, b, in_floats or op == "power" and b < 0)
            return a.k, a, b, a.data, b, True
        if isinstance(a, (int, float)):
            b, a = _beside_number(op, b, a, in_floats)
            return b.k, a, b, a, b.data, True
        a, b = _on_one_device(op, a, b)
        x, y = a.data.dtype, b.data.dtype
        if x is not y and x != y and (all(given) or is_differentiable(x) or is_differentiable(y)):     # else integers
            a, b = promote(a, b)
    x, y = a.data, b.data
    if x.shape == y.shape:
        return a.k, a, b, x, y, True
    check_broadcast(op, x.shape, y.shape)
    return a.k, a, b, x, y, False


def _beside_number(op, tensor, n, in_floats):
    """A tensor and a Python number beside it: integers become floats beside a float, and hold no integer out of their range."""
    if isinstance(n, float):
        return floating(tensor), float(n)       # numpy.float64 is a float, but would not take the array's dtype
    if not in_floats:
        check_fits(op, n, tensor.data.dtype)
    elif not -LARGEST <= n <= LARGEST:
        raise _beyond_floats(op, n, tensor.data.dtype)
    return tensor, n


def _on_one_device(op, a, b):
    """Both as tensors on one device, each in its own dtype; what stands beside a tensor of floats is in its dtype."""
    if not isinstance(a, Variable):
        a = beside(op, b, a) if isinstance(b, Variable) else lift(a)
    if not isinstance(b, Variable):
        b = beside(op, a, b)
    if a.k is not b.k:
        why = ", as it was made before that device was registered anew" if a.k.name == b.k.name else ""
        raise ValueError(f"[{op}] the operands are on two devices, {a.k.name} and {b.k.name}: move one with .to(){why}")
    return a, b


def beside(op, tensor, other):
    """A constant from a numpy scalar, array or list that stands beside a tensor: in its dtype, if that is a float; complex
    numbers in the complex dtype of its digits."""
    if isinstance(other, (str, bytes)) or other is None:
        raise TypeError(f"[{names.operation() or op}] expected a number, an array or a tensor beside a tensor, found "
                        f"{type(other).__name__}")
    k = tensor.k
    if type(other) is k.array and other.dtype is tensor.data.dtype:
        return constant(k, other)
    array = k.asarray(other)
    if array.dtype.kind not in NUMERIC:
        raise TypeError(names.of_values() if holds_value(array) else
                        f"[{names.operation() or op}] expected numbers beside a tensor, found dtype {array.dtype}")
    dtype = tensor.data.dtype
    if is_complex(array.dtype):
        array = k.asarray(array, complex_of(dtype if is_differentiable(dtype) else get_default_dtype()))
    elif is_differentiable(dtype):
        array = k.asarray(array, dtype)
    elif array.dtype.kind == "f":
        array = k.asarray(array, get_default_dtype())
    return constant(k, array)


def promote(a, b):
    """Two tensors of different dtype in their common one; a float or complex dtype beats every integer."""
    x, y = a.data.dtype, b.data.dtype
    if is_differentiable(x) == is_differentiable(y):
        dtype = np.promote_types(x, y)
    else:
        dtype = x if is_differentiable(x) else y
    return astype(a, dtype), astype(b, dtype)


def check_fits(op, number, dtype):
    """Raise OverflowError unless a tensor of this dtype can stand beside the Python integer."""
    if is_differentiable(dtype):
        if not -LARGEST <= number <= LARGEST:
            raise _beyond_floats(op, number, dtype)
        return
    limits = np.iinfo(np.int64 if dtype.kind == "b" else dtype)
    if not limits.min <= number <= limits.max:
        found = number if number.bit_length() <= 128 else f"an integer of {number.bit_length()} bits"
        raise OverflowError(f"[{op}] {found} does not fit into {dtype}, {limits.min} to {limits.max}: convert the tensor with "
                            ".astype() to a wider type")


def _beyond_floats(op, number, dtype):
    return OverflowError(f"[{op}] found an integer of {number.bit_length()} bits beside {dtype}, but floats end at 1.8e308: "
                         "scale it first, or give math.inf")


def in_floats(operation, a, *args):
    """The operation of something other than a tensor of floats: lifted; integers in float64, its result rounded once.

    Raises TypeError for complex numbers.
    """
    a = lift(a)
    if a.data.dtype.kind == "f":
        return operation(a, *args)
    if is_complex(a.data.dtype):
        raise refusal(operation.__name__, a.data.dtype)
    return astype(operation(astype(a, np.float64), *args), get_default_dtype())


def in_dtype(operation, a, dtype, *args):
    """operation(a, *args) of a in this dtype; so is its result, which the operation might have made wider."""
    dtype = as_dtype(operation.__name__, dtype)
    return astype(operation(astype(a, dtype), *args), dtype)


def check_broadcast(op, a, b):
    """Raise ValueError unless shapes a and b broadcast."""
    for m, n in zip(reversed(a), reversed(b)):
        if m != n and m != 1 and n != 1:
            raise ValueError(f"[{names.operation() or op}] shapes {a} and {b} do not broadcast: {m} against {n}, and neither "
                             "is 1")


def with_bias(op, x, w, b):
    """x, w and b (or None) as tensors of one dtype on one device."""
    if alike(w, b) and type(x) is w.k.array and x.dtype is w.data.dtype:        # a batch fresh from the data
        return constant(w.k, x), w, b
    x, w = operands(op, x, w)
    if b is None or alike(x, w, b):
        return x, w, b
    w, b = operands(op, w, b)
    return astype(x, w.data.dtype), w, b


def operands(op, a, b):
    """Both as tensors of one dtype on one device; shapes are the operation's affair."""
    if b is not None and alike(a, b):
        return a, b
    if getattr(b, "keeps_its_array", False):        # a layer's parameter
        no_raw_pixels(op, a)
    elif getattr(a, "keeps_its_array", False):
        no_raw_pixels(op, b)
    a, b = _on_one_device(op, a, b)
    if a.data.dtype is not b.data.dtype and a.data.dtype != b.data.dtype:
        a, b = promote(a, b)
    return a, b


def astype(a: Operand, dtype: DType) -> Tensor:
    """a in another dtype; the gradient comes back in a's own: that of a real number that became complex is real. Conversion to
    integers or booleans has no gradient.

    Raises TypeError for complex numbers in a real dtype, whose imaginary parts would be lost.
    """
    a = lift(a)
    dtype = np.dtype(dtype)
    if dtype == a.data.dtype:
        return a
    if dtype.kind not in NUMERIC:
        raise TypeError(f"[{names.operation() or 'astype'}] expected a number type, found {dtype}")
    if is_complex(a.data.dtype) and not is_complex(dtype) and dtype.kind != "b":
        raise TypeError(f"[{names.operation() or 'astype'}] expected a complex dtype for {a.data.dtype}, found {dtype}, which "
                        "has no imaginary part: mg.real(x) drops it, mg.abs(x) is the size")
    y = a.k.astype(a.data, dtype)
    return record(a.k, y, (a,), astype_rule, (), (a.data.dtype,)) if is_differentiable(dtype) else constant(a.k, y)


def reals_in(a, dtype):
    """A tensor in the dtype in which an operation without a form for complex numbers computes. TypeError for those."""
    if is_complex(a.data.dtype):
        raise refusal("astype", a.data.dtype)
    return astype(a, dtype)


def rounded_once(operation, x, *others):
    """operation(x, *others) in x's dtype, if that is float32 or float64. Halves are computed in float32, integers in float64,
    and the result is rounded once."""
    dtype = given = x.data.dtype
    if given.kind != "f":
        dtype, given = np.float64, get_default_dtype()
    elif given.itemsize < 4:
        dtype = np.float32
    return astype(operation(*[reals_in(t, dtype) for t in (x, *others)]), given)


def astype_rule(k, g, need, dtype):
    return (k.astype(k.real(g) if is_complex(g.dtype) and not is_complex(dtype) else g, dtype),)


def together(op, tensors):
    """Arrays, numbers and lists beside tensors, made tensors of their dtype."""
    tensors = list(tensors)
    like = next((t for t in tensors if isinstance(t, Variable)), None)
    return [t if isinstance(t, Variable) else lift(t) if like is None else beside(op, like, t) for t in tensors]


def same_kind(op, tensors):
    """A tuple of tensors on one device, of one dtype, with the same number of axes (at least one tensor)."""
    tensors = together(op, tensors)
    if not tensors:
        raise ValueError(f"[{op}] expected at least one tensor")
    widest = tensors[0]
    for t in tensors[1:]:
        if t.k is not widest.k:
            raise ValueError(f"[{op}] the tensors are on two devices, {widest.k.name} and {t.k.name}")
        if len(t.data.shape) != len(widest.data.shape):
            raise ValueError(f"[{op}] shapes {[u.shape for u in tensors]} differ in their number of axes")
        if t.data.dtype != widest.data.dtype:
            widest = promote(widest, t)[0]
    return tuple(astype(t, widest.data.dtype) for t in tensors)


def as_part_of(op, operation, *args):
    """operation(*args), whose errors name `op`, the operation that users called."""
    try:
        return operation(*args)
    except (IndexError, TypeError, ValueError) as error:
        text = str(error)
        raise type(error)(f"[{op}] {text.partition('] ')[2] if text.startswith('[') else text}") from None
