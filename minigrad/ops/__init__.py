"""Differentiable functions, one file per family; this one exports them and attaches operators and methods to Tensor.

elementwise: arithmetic, exp, relu ...    compare: > == ...          reduce: sum, mean, max ...
scan: cumsum ...      sort: sort, topk ...      statistics: var, median ...      differences: diff ...
shape: reshape, concatenate, pad ...      index: a[i], scatter ...   matmul: matmul, linear
conv, pool, norm, dropout, recurrent      softmax, loss              create: zeros, randn ...  spaced: linspace ...
products, einsum, attention               linalg: mg.linalg's        fft: mg.fft's
complex: real, imag, conj ...
table: the differentiable table, for higher orders          numpy_protocol, numpy_functions: numpy's functions on tensors
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence
from inspect import isfunction, signature

import numpy as np

from minigrad.graph import Variable
from minigrad.modes import is_grad_enabled
from minigrad.ops import aliases, linalg, numpy_protocol, tensor_methods
from minigrad.ops.adaptive import *
from minigrad.ops.attention import *
from minigrad.ops.compare import *
from minigrad.ops.complex import *
from minigrad.ops.conv import *
from minigrad.ops.conv_axes import *
from minigrad.ops.create import *
from minigrad.ops.differences import *
from minigrad.ops.dropout import *
from minigrad.ops.einsum import *
from minigrad.ops.elementwise import *
from minigrad.ops.embedding import *
from minigrad.ops.gates import *
from minigrad.ops.group_norm import *
from minigrad.ops.index import *
from minigrad.ops.linalg.powers import *
from minigrad.ops.index.updates import At
from minigrad.ops.logic import *
from minigrad.ops.matmul import *
from minigrad.ops.loss import *
from minigrad.ops.norm import *
from minigrad.ops.operands import *
from minigrad.ops.pool import *
from minigrad.ops.pool_axes import *
from minigrad.ops.products import *
from minigrad.ops.recurrent import *
from minigrad.ops.reduce import *
from minigrad.ops.resample import *
from minigrad.ops.sampling import *
from minigrad.ops.scan import *
from minigrad.ops.shape import *
from minigrad.ops.softmax import *
from minigrad.ops.sort import *
from minigrad.ops.spaced import *
from minigrad.ops.statistics import *
from minigrad.ops.table import differentiable_kernels
from minigrad.ops.linalg.norms import norm      # after the family of that name
from minigrad.system.absent import tell_of_absent
from minigrad.system.parameters import parameters
from minigrad.tensor import Tensor
from minigrad.types import Shape

__all__ = ["differentiable_kernels",        # and every function that was imported from a family above
           *(name for name, f in list(globals().items()) if isfunction(f) and f.__module__.startswith("minigrad.ops."))]

OPERATORS = {"add": add, "sub": sub, "mul": mul, "truediv": div, "pow": power, "matmul": matmul,
             "mod": mod, "floordiv": floor_divide, "and": bitwise_and, "or": bitwise_or, "xor": bitwise_xor,
             "lshift": left_shift, "rshift": right_shift}
SYMBOLS = {"add": "+=", "sub": "-=", "mul": "*=", "truediv": "/=", "pow": "**=", "matmul": "@=",
           "mod": "%=", "floordiv": "//=", "and": "&=", "or": "|=", "xor": "^=", "lshift": "<<=", "rshift": ">>="}
COMPARISONS = {"gt": greater, "ge": greater_equal, "lt": less, "le": less_equal, "eq": equal, "ne": not_equal}
BESIDE = Variable, int, float, builtins.complex, np.ndarray, np.generic, list, tuple     # and arrays of its device
NO_METHODS = {"full_like", "getitem", "ones_like", "reshape", "transpose", "zeros_like"}


def _operator(operation, reflected=False):
    """An operation as an operator: NotImplemented for what is no number, array or tensor: Python asks the other."""

    def operator(a, b):
        if not isinstance(b, BESIDE) and not isinstance(b, a.k.array):
            return NotImplemented
        return operation(b, a) if reflected else operation(a, b)

    operator.__doc__ = operation.__doc__
    return operator


def _in_place(symbol, operation):
    """`a += b` and its like: a new tensor, as a = a + b; but a leaf that requires grad is written to, under no_grad only."""

    def operator(a, b):
        if not isinstance(b, BESIDE) and not isinstance(b, a.k.array):
            return NotImplemented
        if not (a.requires_grad and a.is_leaf):
            return operation(a, b)
        if is_grad_enabled():
            raise RuntimeError(f"[{symbol}] this tensor is a leaf that requires grad: it would be lost behind a new tensor. "
                               "Write into it under mg.no_grad(), or give the result a name of its own")
        a[...] = operation(a, b)
        return a

    return operator


def _reshape(self: Tensor, *shape: Shape) -> Tensor:
    return reshape(self, shape[0] if len(shape) == 1 else shape)


def _transpose(self: Tensor, *axes: int | Sequence[int], **options: Any) -> Tensor:
    return transpose(self, *axes[:1], **options) if len(axes) < 2 else transpose(self, axes, **options)


def _at(self: Tensor) -> At:
    """`a.at[index].set(values)`, and add, multiply, min, max ...: a copy of a that is another at `index`, with a gradient."""
    return At(self)


def _methods():
    """The operations that are methods, too: those whose first argument is called a, or is logits, z; but for operators, makers
    and those that have a form of their own as methods.
    """
    for name in __all__:
        operation = globals()[name]
        if name not in NO_METHODS and parameters(operation)[:1] in (("a",), ("z",)):
            yield name, operation


def _attach():
    for name, operation in OPERATORS.items():
        setattr(Tensor, f"__{name}__", _operator(operation))
        setattr(Tensor, f"__r{name}__", _operator(operation, reflected=True))
        setattr(Tensor, f"__i{name}__", _in_place(SYMBOLS[name], operation))
    for name, operation in COMPARISONS.items():
        setattr(Tensor, f"__{name}__", _operator(operation))
    for name, operation in _methods():
        setattr(Tensor, name, operation)
    Tensor.__neg__ = Tensor.neg
    Tensor.__pos__ = lambda a: a
    Tensor.__abs__ = Tensor.abs
    Tensor.__invert__ = Tensor.invert
    Tensor.__divmod__ = _operator(lambda a, b: (floor_divide(a, b), mod(a, b)))
    Tensor.__rdivmod__ = _operator(lambda a, b: (floor_divide(a, b), mod(a, b)), reflected=True)
    Tensor.__round__ = lambda a, decimals=0: a.round(decimals or 0)
    Tensor.__getitem__ = getitem
    Tensor.__array_ufunc__ = numpy_protocol.array_ufunc
    Tensor.__array_function__ = numpy_protocol.array_function
    Tensor.reshape = _reshape
    Tensor.transpose = _transpose
    Tensor.at = property(_at)
    Tensor.norm = norm
    Tensor.real = property(real, doc="The real part.")
    Tensor.imag = property(imag, doc="The imaginary part.")
    Tensor.T = property(transpose, doc="The axes reversed.")
    Tensor.mT = property(tensor_methods.matrix_transpose, doc="The last two axes swapped: every matrix transposed.")


_attach()
__all__ += aliases.install(globals(), [module for name, module in sorted(sys.modules.items())
                                       if name.startswith("minigrad.ops.") and hasattr(module, "__all__")])
numpy_protocol.adopt_all({name: globals()[name] for name in __all__}, linalg)
tell_of_absent(__all__)
