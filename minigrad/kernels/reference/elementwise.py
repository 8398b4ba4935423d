"""Elementwise arithmetic and functions, whose declarations stand in `minigrad/rules/`.

a and b broadcast; either may be a Python number. Written out are the kernels that are more than a call of the library, and
those of which numpy never warns, so that they need no `_quiet`. The others are made at the end: the library's function of
that name or, where it has none, the declared text.
"""

import math

import numpy as np

from minigrad import rules
from minigrad.kernels.halves import NUMBERS, beside_halves, computed_in_single, in_single
from minigrad.kernels.reference.erf import ErrorFunction
from minigrad.rules import OPERATIONS, Calculus


def _arithmetic(name, function):
    """The kernel `name`, which is the library's `function`; halves beside a Python number are computed in float32."""

    def kernel(self, a, b, out=None):
        if (b.__class__ in NUMBERS or a.__class__ in NUMBERS) and beside_halves(a, b):
            return computed_in_single(self, name, (a, b), out=out)
        with self._quiet():
            return self.xp.asarray(getattr(self.xp, function)(a, b, out=out))

    kernel.__name__ = name
    return kernel


class Elementwise(ErrorFunction):
    """One number in, one number out."""

    add, sub = _arithmetic("add", "add"), _arithmetic("sub", "subtract")
    mul, div = _arithmetic("mul", "multiply"), _arithmetic("div", "true_divide")

    def pick_mul(self, a, b, out=None):
        """a b, but 0 where a = 0, whatever b is: a weight of 0 picks nothing."""
        return self._picked(a, self.mul(a, b, out=out))

    def pick_div(self, a, b, out=None):
        """a / b, but 0 where a = 0, whatever b is."""
        return self._picked(a, self.div(a, b, out=out))

    def pick_both(self, a, b, out=None):
        """a b, but 0 where either is 0, whatever the other is: what the gradients of pick_mul and pick_div need."""
        return self._picked(b, self.pick_mul(a, b, out=out))

    def _picked(self, a, y):
        """y with 0 written where a is 0; a number is 0 if it is in y's dtype."""
        if a.__class__ is float and -1 < a < 1:
            a = y.dtype.type(a)
        nothing = self.xp.equal(a, 0.0)
        if nothing.shape == y.shape:
            self.xp.putmask(y, nothing, 0)      # the quicker way, where it can be gone
        else:
            self.xp.copyto(y, 0, where=nothing)
        return y

    def power(self, a, b, out=None):
        if (b.__class__ in NUMBERS or a.__class__ in NUMBERS) and beside_halves(a, b):
            return computed_in_single(self, "power", (a, b), out=out)
        with self._quiet():
            y = self._give(a**b, out)
            if hasattr(b, "shape") and y.dtype.kind == "f" and (b.size < y.size or 0 in b.strides):
                # numpy takes the square root for one 0.5 beside many numbers: NaN of -inf, and not its power
                self.xp.copyto(y, math.inf, where=(a == -math.inf) & (b == 0.5))
            return y

    def neg(self, a, out=None):
        return self.xp.asarray(self.xp.negative(a, out=out))

    def tanh(self, a, out=None):
        return self.xp.asarray(self.xp.tanh(a, out=out))

    def relu(self, a, out=None):
        """max(a, 0); NaN stays NaN."""
        return self.xp.asarray(self.xp.maximum(a, 0, out=out))

    def abs(self, a, out=None):
        return self.xp.asarray(self.xp.abs(a, out=out))

    def sign(self, a, out=None):
        return self.xp.asarray(self.xp.sign(a, out=out))

    def where(self, condition, a, b, out=None):
        with self._quiet():
            return self._give(self.xp.where(condition, a, b), out)


def in_library(name, inputs):
    """The kernel that is the library's function of that name. A number beyond the dtype it stands beside is infinite there."""
    def of_one(self, a, out=None):
        with self._quiet():
            return self.xp.asarray(getattr(self.xp, name)(a, out=out))

    def of_two(self, a, b, out=None):
        with self._quiet():
            return self.xp.asarray(getattr(self.xp, name)(a, b, out=out))

    kernel = of_two if inputs == 2 else of_one
    kernel.__name__ = name
    return kernel


for _name, _rule in vars(rules).items():
    if (_name in OPERATIONS or hasattr(_rule, "definition")) and not hasattr(Elementwise, _name):
        _in_numpy = isinstance(getattr(np, _name, None), np.ufunc) and not _rule.arguments
        _kernel = in_library(_name, _rule.inputs) if _in_numpy else in_single(getattr(Calculus, _name))
        setattr(Elementwise, _name, _kernel)
for _name in ("leaky_relu_backward", "elu_backward", "silu_backward", "gelu_backward", "gelu_tanh_backward"):
    setattr(Elementwise, _name, in_single(getattr(Calculus, _name)))
