"""What losses do with their arguments first, and with their rows at the end."""

from __future__ import annotations

import math
import numbers

from minigrad.graph import Variable
from minigrad.ops.operands import check_broadcast, operands, together
from minigrad.ops.reduce import mean, sum
from minigrad.tensor import array_on, constant, lift

REDUCTIONS = "mean", "sum", "none"


def check_reduction(op, reduction, known=REDUCTIONS):
    """Raise ValueError for what is no reduction."""
    if not isinstance(reduction, str) or reduction not in known:
        found = repr(reduction) if isinstance(reduction, (str, numbers.Number, type(None))) else f"a {type(reduction).__name__}"
        raise ValueError(f"[{op}] reduction must be one of {', '.join(known)}, found {found}")


def a_number(op, name, value, low=-math.inf, high=math.inf, above=False):
    """An option that is a number from low (or above it) to high, as a float."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        found = repr(value) if isinstance(value, (str, bool, type(None))) else f"a {type(value).__name__}"
        raise TypeError(f"[{op}] {name} must be a number, found {found}")
    if not low <= value <= high or above and value == low:
        limits = f"{low} <{'' if above else '='} {name}" + ("" if high == math.inf else f" <= {high}")
        raise ValueError(f"[{op}] expected {limits}, found {value}")
    return float(value)


def of_one_shape(op, x, target):
    """Two operands as tensors of one dtype on one device. ValueError unless they have one shape."""
    x, target = operands(op, x, target)
    if x.data.shape != target.data.shape:
        raise ValueError(f"[{op}] the shapes differ: {x.data.shape} against {target.data.shape}; reshape one (broadcasting "
                         "here is nearly always a mistake)")
    return x, target


def of_one_dtype(op, *xs):
    """Operands as tensors of one dtype on one device, whose shapes broadcast."""
    xs = together(op, xs)
    widest = xs[0]
    for i, x in enumerate(xs[1:]):
        widest = operands(op, widest, x)[0]
        for other in xs[:i + 1]:
            check_broadcast(op, other.data.shape, x.data.shape)
    return [operands(op, x, widest)[0] for x in xs]


def signs(op, x, target, shape):
    """A target of 1 and -1 as a constant of any dtype, of that shape, on x's device. What it says has no slope."""
    if isinstance(target, Variable):
        target = operands(op, x, target)[1]
    array = array_on(x.k, target)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"[{op}] the target must be numbers, 1 or -1, found {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"[{op}] the target must have shape {shape}, found {array.shape}")
    return constant(x.k, array)


def weights(op, x, weight, shape=None, name="weight"):
    """[] if weight is None, else [it, as a tensor on x's device]: of that shape, or one that broadcasts to x's."""
    if weight is None:
        return []
    if isinstance(weight, Variable):
        operands(op, x, weight)                         # which complains if it is on another device
    else:
        weight = lift(weight, x)
    found = weight.data.shape
    if shape is not None and found != shape:
        raise ValueError(f"[{op}] {name} must have a number for each class, shape {shape}, found {found}")
    if shape is None:
        check_broadcast(op, x.data.shape, found)
        if len(found) > len(x.data.shape) or any(m != n and m != 1 for m, n in zip(found[::-1], x.data.shape[::-1])):
            raise ValueError(f"[{op}] {name} must broadcast to x, found {name} {found} and x {x.data.shape}")
    return [weight]


def reduced(rows, reduction):
    """The mean or the sum of all of them, or themselves."""
    return rows if reduction == "none" else mean(rows) if reduction == "mean" else sum(rows)
