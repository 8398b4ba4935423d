"""An operation, what to call it with, and its derivatives as arrays: what the checks compare.

Everything is keyed by number: of the argument for gradients, of the output for values and incoming gradients.
"""

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from minigrad import kernels
from minigrad.graph import constant
from minigrad.kernels.dtypes import complex_of, is_complex, is_differentiable
from minigrad.ops import real
from minigrad.tensor import Tensor
from minigrad.testing.memory import arrange


class Case(NamedTuple):
    """An operation and what to call it with.

    args: numpy arrays of floating point (float64 or complex128, in any layout) become tensors that require grad; anything
    else is passed as it is. options: keyword arguments.
    """

    op: Callable
    args: tuple
    options: Mapping[str, Any] = MappingProxyType({})

    def __str__(self):
        parts = [f"{a.dtype} {a.shape}" if isinstance(a, np.ndarray) else repr(a) for a in self.args]
        return f"{name_of(self.op)}({', '.join([*parts, *(f'{k}={v!r}' for k, v in self.options.items())])})"


# ---- devices

def device_names():
    """The names of the tables of kernels that can be had here, the reference first: `kernels.available()`."""
    return kernels.available()


on_device = kernels.use         # the default device within, for tensors that an operation itself makes too


# ---- running an operation

def name_of(op):
    """What to call an operation in a message: its own name, or that of its class, as for an nn.Module."""
    if isinstance(op, functools.partial):
        return name_of(op.func)
    return getattr(op, "__name__", None) or type(op).__name__


def is_float(a):
    """Whether it is an array of numbers that have gradients: floats, or complex numbers, whose parts are floats."""
    return isinstance(a, np.ndarray) and is_differentiable(a.dtype)


def of_kind(dtype, kind):
    """The dtype of floats of this kind: `kind` itself, for complex numbers the complex one with its digits."""
    return complex_of(np.dtype(kind)) if is_complex(dtype) else np.dtype(kind)


def several(y):
    return list(y) if isinstance(y, (tuple, list)) else [y]


def converted(args, kind):
    """The arguments with those arrays that are of floating point in another dtype, contiguous."""
    with np.errstate(all="ignore"):
        return [a.astype(of_kind(a.dtype, kind), order="C") if is_float(a) else a for a in args]


def call(case, args, requires_grad=True, same=()):
    """(leaves by the number of their argument, outputs as a list of tensors); the leaves share the arrays' memory.

    same: two numbers of arguments that are to be one and the same leaf.
    """
    table = kernels.default_table()
    leaves = {i: constant(table, table.asarray(a)).requires_grad_(requires_grad) for i, a in enumerate(args) if is_float(a)}
    if same:
        leaves[same[1]] = leaves[same[0]]
    with np.errstate(all="ignore"):
        outputs = several(case.op(*[leaves.get(i, a) for i, a in enumerate(args)], **case.options))
    return leaves, outputs


def array_of(y):
    return y.detach().numpy() if isinstance(y, Tensor) else np.asarray(y)


def needs_grad(y):
    return isinstance(y, Tensor) and y.requires_grad


def has_slopes(outputs, constant_outputs=()):
    """Whether some output is of floating point and not named a constant."""
    return any(is_differentiable(array_of(y).dtype) and n not in constant_outputs for n, y in enumerate(outputs))


def run(case, args, requires_grad=True):
    """(leaves, outputs as arrays)."""
    leaves, outputs = call(case, args, requires_grad)
    return leaves, [array_of(y) for y in outputs]


def incoming(y, i):
    """The incoming gradient of output i: hardly two alike, none 0, the same in every run and dtype: halves hold it."""
    at = np.arange(y.size) + i
    real, imaginary = (part.astype(np.float16).astype(np.float64) for part in (np.cos(at), np.sin(at)))
    return (real + 1j * imaginary if is_complex(y.dtype) else real).reshape(y.shape).astype(y.dtype)


def projected(y, i):
    """A number that grows, as output i does, along its incoming gradient: the sum of their products, of parts with parts."""
    v = incoming(array_of(y), i)
    return real(y * v.conj()).sum() if is_complex(v.dtype) else (y * v).sum()


ONES = "ones"       # in place of an order: incoming gradients of 1, one element that stands for all, as those of a sum


def backward(case, args, order="C", same=()):
    """First order with given incoming gradients -> leaves, outputs, seeds and gradients, arrays by their number."""
    leaves, outputs = call(case, args, same=same)
    arrays = {i: array_of(y) for i, y in enumerate(outputs) if needs_grad(y)}
    seeds = {i: np.broadcast_to(y.dtype.type(1), y.shape) if order == ONES else arrange(incoming(y, i), order)
             for i, y in arrays.items()}
    with np.errstate(all="ignore"):
        for i, seed in seeds.items():
            outputs[i].backward(constant(outputs[i].k, outputs[i].k.asarray(seed)), retain_graph=True)
    gradients = {i: None if t.grad is None else t.grad.numpy() for i, t in leaves.items()}
    return leaves, [array_of(y) for y in outputs], seeds, gradients


def derivatives(case, args, order="C"):
    """(outputs, first gradients by input), as arrays."""
    _, outputs, _, gradients = backward(case, args, order)
    return outputs, gradients


def orders(case, order):
    """[outputs, first gradients, second gradients][:order + 1], each {number: array or None}."""
    leaves, outputs = call(case, converted(case.args, np.float64))
    found, last = [dict(enumerate(map(array_of, outputs)))], dict(enumerate(outputs))
    for n in range(1, order + 1):
        terms = [projected(y, i) for i, y in last.items() if needs_grad(y)]
        for t in leaves.values():
            t.grad = None
        with np.errstate(all="ignore"):
            if terms:
                sum(terms).backward(create_graph=n < order)
        last = {i: t.grad for i, t in leaves.items()}
        found.append({i: None if g is None else array_of(g) for i, g in last.items()})
    return found
