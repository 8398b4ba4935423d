"""The tables of differentiable operations, one per device: what rules are given for the second order and beyond.

Its primitives are the operations themselves, on tensors. Everything else it inherits: the composites of `Kernels` call
only `self.<kernel>`, so they are differentiable to every order without a line of their own.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from inspect import isfunction
from pkgutil import iter_modules
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.graph import Variable
from minigrad.kernels.reference import Kernels
from minigrad.ops.conv import conv2d
from minigrad.ops.dropout import dropout_with_key
from minigrad.ops.group_norm import group_norm
from minigrad.ops.loss import cross_entropy
from minigrad.ops.norm import batch_norm
from minigrad.ops.pool import max_pool2d_with_index
from minigrad.ops.recurrent import gru, lstm
from minigrad.ops.shape.padding import pad_constant
from minigrad.tensor import Tensor, constant, plain

NO_FAMILIES = {"create", "dropout", "numpy_functions", "numpy_protocol", "numpy_shapes", "pixels", "sampling", "table",
               "aliases", "taps", "windows"}


class DifferentiableKernels(Kernels):
    """Kernels whose arrays are tensors of the device k. `out=` has no meaning for them and must be None.

    A rule also meets arrays: what it saved of a constant, a mask, a running mean. They become constant tensors here.
    """

    name = "differentiable"

    def __init__(self, k):
        super().__init__(None)
        self.k = k

    # constants: nothing differentiable goes in

    def one_hot(self, target, classes, dtype, out=None):
        return constant(self.k, self.k.one_hot(plain(target), classes, dtype))

    def zeros(self, shape, like):
        return constant(self.k, self.k.zeros(shape, like.data))

    def lasts(self, index, shape):
        return constant(self.k, self.k.lasts(index, shape))

    def lasts_along(self, index, axis, size):
        return constant(self.k, self.k.lasts_along(plain(index), axis, size))

    def has_nan(self, a):
        return self.k.has_nan(a.data)

    def all_finite(self, a):
        return self.k.all_finite(plain(a))

    # what the walk asks about saved arrays

    def memory(self, a):
        return self.k.memory(a)

    def checksum(self, a):
        return self.k.checksum(a)

    # several outputs, or other conventions than the operation's

    def pad(self, a, widths, value=0, out=None):
        return pad_constant(a, widths, value)

    def max_pool2d(self, x, size, stride, padding, out=None):
        return max_pool2d_with_index(x, size, stride, padding)

    def conv2d(self, x, w, b, geometry, out=None):
        return conv2d(x, w, b, *geometry), None

    def batch_norm(self, x, gamma, beta, eps, out=None):
        return batch_norm(x, gamma, beta, eps=eps), None, None, None

    def group_norm(self, x, gamma, beta, groups, eps, out=None):
        return group_norm(x, groups, gamma, beta, eps), None

    def cross_entropy(self, z, target, reduction, out=None):
        return cross_entropy(z, target, reduction), None

    def lstm(self, gates, h, c, w, reverse, out=None):
        return (*lstm(gates, h, c, w, reverse), None)

    def gru(self, gates, h, w, b, reverse, out=None):
        return gru(gates, h, w, b, reverse), None

    def dropout(self, x, p, key, out=None):
        return dropout_with_key(x, p, key)

    def copy(self, a, out=None):
        return a


def _as_kernel(operation):
    def kernel(self, *args, out=None):
        if out is not None:
            raise RuntimeError(f"[{operation.__name__}] the differentiable table writes into nothing: out must be None")
        return operation(*[constant(self.k, a) if _is_array(a) else a for a in args])

    kernel.__name__ = operation.__name__
    kernel.__doc__ = operation.__doc__
    return kernel


def _is_array(a):
    return hasattr(a, "shape") and hasattr(a, "dtype") and not isinstance(a, (Variable, np.generic))


def _adopt():
    """Every operation that has the name of a kernel takes that kernel's place in this table.

    The two take the same positional arguments, the kernel arrays and the operation tensors, so a rule that calls k.<name>(...)
    need not know which of the two it is.
    """
    for family in [info.name for info in iter_modules(ops.__path__) if info.name not in NO_FAMILIES]:
        family = import_module(f"minigrad.ops.{family}")
        for name in dir(family):
            operation = getattr(family, name)
            if (isfunction(operation) and hasattr(Kernels, name) and name not in vars(DifferentiableKernels)
                    and operation.__module__.startswith(family.__name__)):
                setattr(DifferentiableKernels, name, _as_kernel(operation))


_adopt()


@cache
def differentiable_kernels(k: Any) -> Any:
    """The differentiable table over a device's table k."""
    return DifferentiableKernels(k)


Tensor.differentiable_kernels = property(lambda self: differentiable_kernels(self.k))  # type: ignore[assignment]
