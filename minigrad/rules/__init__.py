"""Elementwise calculus. Every elementwise function is declared here, once: its derivative, what that needs to be saved, and,
unless it is a primitive, the function itself. `arithmetic.py` shows how; the other files go on by subject.

A rule is a text over a table `k`: it may call `k.mul`, `k.exp` ... and nothing else, no operator of its own. So one
text serves every kind of number (`scalar/`), the arrays of every device (`kernels/`), and, given the table of
differentiable operations (`ops/table.py`), the derivative of the derivative. Literals are integers, so that exact
numbers stay exact.

    rule(k, g, need, *saved, *args) -> one gradient per input, None where need[i] is false (or the gradient is zero)

`g` is the incoming gradient, `need[i]` whether input i wants one. The names that follow say what the operation saves: `a` and
`b` are its inputs, `y` is its own result; any other is an argument that is no input, such as a constant exponent. The rule's
name is the name of the kernel, of the function in `ops/` and of the method of `Value`, which has its docstring too.
`@forward` above a rule gives the function itself as a text (`declare.py`); without it, every table supplies the kernel.

A slope is multiplied by `k.pick_mul(g, slope)`, never by `k.mul`: where nothing comes in nothing goes out, also where the slope
is infinite or has no value. So sqrt in `where(x > 0, sqrt(x), x)` does no harm where it was not chosen.
"""

from minigrad.declare import Declared, declared
from minigrad.rules.activation import *
from minigrad.rules.arithmetic import *
from minigrad.rules.choosing import *
from minigrad.rules.functions import *
from minigrad.rules.trigonometry import *


class Calculus(Declared):
    """What every table of kernels inherits: the functions that are declared below as texts, and the backward kernels of some,
    which a table may fuse in one pass.
    """

    def relu_backward(self, g, y, out=None):
        return self.where(self.less_equal(y, 0), 0, g, out=out)

    def sigmoid_backward(self, g, y, out=None):
        return self.pick_mul(g, self.mul(y, self.sub(1, y)), out=out)

    def tanh_backward(self, g, y, out=None):
        return self.pick_mul(g, self.sub(1, self.mul(y, y)), out=out)

    def leaky_relu_backward(self, g, a, negative_slope, out=None):
        return self.where(self.greater(a, 0), g, self.mul(g, negative_slope), out=out)

    def elu_backward(self, g, a, alpha, out=None):
        return self.where(self.greater(a, 0), g, self.pick_mul(g, self.mul(self.exp(self.minimum(a, 0)), alpha)), out=out)

    def silu_backward(self, g, a, out=None):
        """The slope is s (1 + a (1 - s)), s = sigmoid(a)."""
        s = self.sigmoid(a)
        return self.pick_mul(g, self.mul(s, self.add(1, self.mul(a, self.sub(1, s)))), out=out)

    def gelu_backward(self, g, a, out=None):
        """The slope is P(a) + a p(a): the normal distribution's integral up to a, and its density at a."""
        root = self.constant("sqrt 2", a)
        share = self.div(self.erfc(self.neg(self.div(a, root))), 2)
        density = self.div(self.div(self.exp(self.div(self.mul(a, a), -2)), root), self.constant("sqrt pi", a))
        return self.pick_mul(g, self.add(share, self.mul(a, density)), out=out)

    def gelu_inner(self, a):
        """2 u = 2 sqrt(2 / pi) (a + 0.044715 a a a), of which gelu_tanh takes the sigmoid."""
        return self.mul(a, self._gelu_rise(a, 44715))

    def gelu_tanh_backward(self, g, a, out=None):
        """The slope is s (1 + a (1 - s) 2 u'), s = sigmoid(2 u)."""
        s = self.sigmoid(self.gelu_inner(a))
        far = self.mul(self.mul(a, self.sub(1, s)), self._gelu_rise(a, 134145))
        return self.pick_mul(g, self.mul(s, self.add(1, far)), out=out)

    def _gelu_rise(self, a, millionths):
        """2 sqrt(2 / pi) (1 + millionths / 1000000 a a)"""
        rise = self.add(2, self.div(self.mul(self.mul(a, a), millionths), 500000))
        return self.div(self.mul(rise, self.constant("sqrt 2", a)), self.constant("sqrt pi", a))


OPERATIONS = declared(globals())        # {name: rule} of those that need nothing but their inputs and their result
