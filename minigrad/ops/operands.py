"""What operations do with their arguments first: tensors of them, on one device, of one dtype.

Integers stay integers with integers where numpy keeps them; beside floats they take the floats' dtype. An operation whose
results are no integers computes those of integers in float64, and rounds them once to the default dtype.
"""

import numpy as np

from minigrad.graph import Variable, alike, record
from minigrad.ops.pixels import no_raw_pixels
from minigrad.system import names
from minigrad.tensor import constant, floating, get_default_dtype, holds_value, lift


def pair(op, a, b):
    """Two operands made fit for one another -> (k, a, b, x, y, same).

    a, b: tensors, or Python numbers beside a tensor; x, y: what the kernel gets; same: the shapes need no broadcasting.
    Python numbers, numpy scalars and arrays take the tensor's dtype; two float dtypes promote through astype.
    """
    if b is not None and alike(a, b):
        x = a.data
        y = b.data
    elif isinstance(a, Variable):
        x = a.data
        if isinstance(b, Variable):
            y = b.data
            if a.k is not b.k:
                raise ValueError(f"[{op}] the operands are on two devices, {a.k.name} and {b.k.name}: move one with "
                                 ".to()")
            if x.dtype is not y.dtype and x.dtype != y.dtype:
                a, b = promote(a, b)
                x, y = a.data, b.data
        elif isinstance(b, (int, float)):
            if isinstance(b, float):
                b = float(b)            # numpy.float64 is a float, but would not take the array's dtype
                if x.dtype.kind != "f":
                    a = floating(a)
            elif x.dtype.kind != "f" and (op != "power" or b >= 0):      # a negative power is computed in floats
                check_fits(op, b, x.dtype)
            return a.k, a, b, a.data, b, True
        else:
            b = beside(op, a, b)
            if x.dtype.kind != "f" and b.dtype.kind == "f":
                a = constant(a.k, a.k.astype(x, b.dtype))
            x, y = a.data, b.data
    elif isinstance(b, Variable):
        if isinstance(a, (int, float)):
            if isinstance(a, float):
                a = float(a)
                if b.data.dtype.kind != "f":
                    b = floating(b)
            elif b.data.dtype.kind != "f":
                check_fits(op, a, b.data.dtype)
            return b.k, a, b, a, b.data, True
        a = beside(op, b, a)
        if b.data.dtype.kind != "f" and a.data.dtype.kind == "f":
            b = constant(b.k, b.k.astype(b.data, a.data.dtype))
        x, y = a.data, b.data
    else:
        return pair(op, lift(a), b)
    if x.shape == y.shape:
        return a.k, a, b, x, y, True
    check_broadcast(op, x.shape, y.shape)
    return a.k, a, b, x, y, False


def beside(op, tensor, other):
    """A constant from a numpy scalar, array or list that stands beside a tensor: in its dtype, if that is a float."""
    if isinstance(other, (str, bytes)) or other is None or isinstance(other, complex):
        raise TypeError(f"[{op}] expected a number, an array or a tensor beside a tensor, found {type(other).__name__}")
    k = tensor.k
    if type(other) is k.array and other.dtype is tensor.data.dtype:
        return constant(k, other)
    array = k.asarray(other)
    if array.dtype.kind not in "biuf":
        raise TypeError(names.of_values() if holds_value(array) else
                        f"[{op}] expected real numbers beside a tensor, found dtype {array.dtype}")
    if tensor.data.dtype.kind == "f":
        array = k.asarray(array, tensor.data.dtype)
    elif array.dtype.kind == "f":
        array = k.asarray(array, get_default_dtype())
    return constant(k, array)


def promote(a, b):
    """Two tensors of different dtype in their common one; a float beats every integer."""
    kinds = a.data.dtype.kind + b.data.dtype.kind
    if kinds == "ff" or "f" not in kinds:
        dtype = np.promote_types(a.data.dtype, b.data.dtype)
    else:
        dtype = a.data.dtype if kinds[0] == "f" else b.data.dtype
    return astype(a, dtype), astype(b, dtype)


def check_fits(op, number, dtype):
    """Raise OverflowError unless an integer of this dtype can be the Python integer; division gives floats anyway."""
    if op == "div":
        return
    limits = np.iinfo(np.int64 if dtype.kind == "b" else dtype)
    if not limits.min <= number <= limits.max:
        raise OverflowError(f"[{op}] {number} does not fit into {dtype}, {limits.min} to {limits.max}: convert the tensor with "
                            ".astype() to a wider type")


def in_floats(operation, a, *args):
    """The operation of something other than a tensor of floats: lifted; integers in float64, its result rounded once."""
    a = lift(a)
    if a.data.dtype.kind == "f":
        return operation(a, *args)
    return astype(operation(astype(a, np.float64), *args), get_default_dtype())


def check_broadcast(op, a, b):
    """Raise ValueError unless shapes a and b broadcast."""
    for m, n in zip(reversed(a), reversed(b)):
        if m != n and m != 1 and n != 1:
            raise ValueError(f"[{op}] shapes {a} and {b} do not broadcast: {m} against {n}, and neither is 1")


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
    if not isinstance(a, Variable):
        a = beside(op, b, a) if isinstance(b, Variable) else lift(a)
    if not isinstance(b, Variable):
        b = beside(op, a, b)
    if a.k is not b.k:
        raise ValueError(f"[{op}] the operands are on two devices, {a.k.name} and {b.k.name}: move one with .to()")
    if a.data.dtype is not b.data.dtype and a.data.dtype != b.data.dtype:
        a, b = promote(a, b)
    return a, b


def astype(a, dtype):
    """a in another dtype; the gradient comes back in a's own. Conversion to integers or booleans has no gradient."""
    a = lift(a)
    dtype = np.dtype(dtype)
    if dtype == a.data.dtype:
        return a
    if dtype.kind not in "biuf":
        raise TypeError(f"[astype] expected a real number type, found {dtype}")
    y = a.k.astype(a.data, dtype)
    return record(a.k, y, (a,), astype_rule, (), (a.data.dtype,)) if dtype.kind == "f" else constant(a.k, y)


def astype_rule(k, g, need, dtype):
    return (k.astype(g, dtype),)
