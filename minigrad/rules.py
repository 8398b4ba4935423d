"""Elementwise calculus on one page. Every elementwise function is declared here, once: its derivative, what that needs to be
saved, and, unless it is a primitive, the function itself.

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

from minigrad.declare import Declared, beside_number, declared, forward


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


# ---- arithmetic

def add(k, g, need):
    """a + b"""
    return g, g


def sub(k, g, need):
    """a - b"""
    return g, k.neg(g) if need[1] else None


def mul(k, g, need, a, b):
    """a * b"""
    return k.pick_mul(g, b) if need[0] else None, k.pick_mul(g, a) if need[1] else None


@beside_number(mul, either_side=True)
def mul_by_constant(k, g, need, n):
    """a * n needs no a, which need not be kept."""
    return (k.pick_mul(g, n),)


def div(k, g, need, b, y):
    """a / b"""
    ga = k.pick_div(g, b)
    return ga, k.neg(k.pick_mul(ga, y)) if need[1] else None


@beside_number(div)
def div_by_constant(k, g, need, n):
    return (k.pick_div(g, n),)


def pick_mul(k, g, need, a, b):
    """a * b, but 0 where a = 0, whatever b is: there a picks nothing, and nothing of g reaches b."""
    return k.pick_mul(g, b) if need[0] else None, k.pick_both(g, a) if need[1] else None


def pick_both(k, g, need, a, b):
    """a * b, but 0 where either is 0, whatever the other is."""
    return k.pick_both(g, b) if need[0] else None, k.pick_both(g, a) if need[1] else None


def pick_div(k, g, need, b, y):
    """a / b, but 0 where a = 0, whatever b is."""
    ga = k.pick_div(g, b)
    return ga, k.neg(k.pick_both(ga, y)) if need[1] else None


beside_number(pick_mul)(mul_by_constant)
beside_number(pick_div)(div_by_constant)


def power(k, g, need, a, b, y):
    """a ** b

    Where b = 0 the slope in a is 0; where a = 0 that in b is 0 for b >= 0, and -inf for b < 0. A factor of 0 wins over an
    infinite one: as a function of a, and of b, inf ** -2 is flat.
    """
    ga = gb = None
    if need[0]:
        less = k.sub(b, 1)
        exponent = k.where(k.equal(b, 0), k.where(k.equal(a, 0), 1, less), less)        # 0 ** -1 is not asked for
        ga = k.pick_mul(g, k.pick_both(k.power(a, exponent), b))
    if need[1]:
        base = k.where(k.equal(a, 0), k.where(k.equal(k.mul(y, b), 0), 1, a), a)        # y b is 0 at a = 0 unless b < 0
        gb = k.pick_mul(g, k.pick_mul(y, k.log(base)))
    return ga, gb


@beside_number(power)
def power_of_constant(k, g, need, a, n):
    """a ** n; the exact powers 0, 1 and 2 need no call of power."""
    if n == 0:
        return (k.mul(g, 0),)
    if n == 1:
        return (g,)
    return (k.pick_mul(g, k.pick_mul(a if n == 2 else k.power(a, n - 1), n)),)


def neg(k, g, need):
    """-a"""
    return (k.neg(g),)


# ---- functions of one number

def exp(k, g, need, y):
    """e ** a"""
    return (k.pick_mul(g, y),)


@forward(lambda k, a: k.sub(k.exp(a), 1))
def expm1(k, g, need, a):
    """e ** a - 1, to all digits near 0. Its slope is not y + 1, which has none left for a far below 0."""
    return (k.pick_mul(g, k.exp(a)),)


def log(k, g, need, a):
    """The natural logarithm: of floats, -inf at 0 and NaN below."""
    return (k.pick_div(g, a),)


@forward(lambda k, a: k.log(k.add(1, a)))
def log1p(k, g, need, a):
    """log(1 + a), to all digits near 0."""
    return (k.pick_div(g, k.add(1, a)),)


def sqrt(k, g, need, y):
    """The square root; its slope, 1 / (2 sqrt a), is infinite at 0, as it is."""
    return (k.pick_div(g, k.mul(2, y)),)


def sin(k, g, need, a):
    """The sine, a in radians."""
    return (k.pick_mul(g, k.cos(a)),)


def cos(k, g, need, a):
    """The cosine, a in radians."""
    return (k.neg(k.pick_mul(g, k.sin(a))),)


def _tanh(k, a):
    e = k.exp(k.mul(-2, k.abs(a)))
    return k.mul(k.sign(a), k.div(k.sub(1, e), k.add(1, e)))


@forward(_tanh)
def tanh(k, g, need, y):
    """The hyperbolic tangent."""
    return (k.tanh_backward(g, y),)


def _sigmoid(k, a):
    e = k.exp(k.neg(k.abs(a)))          # of numbers <= 0, so that nothing overflows
    return k.div(k.where(k.less(a, 0), e, 1), k.add(1, e))


@forward(lambda k, a: k.div(1, k.add(1, k.exp(k.neg(a)))), numeric=_sigmoid)
def sigmoid(k, g, need, y):
    """1 / (1 + exp(-a)), the logistic function."""
    return (k.sigmoid_backward(g, y),)


@forward(lambda k, a: k.maximum(a, 0), numeric=lambda k, a: k.where(k.less(a, 0), 0, a))
def relu(k, g, need, y):
    """max(a, 0); its slope at 0 is 0."""
    return (k.relu_backward(g, y),)


@forward(lambda k, a: k.log1p(k.exp(a)), numeric=lambda k, a: k.add(k.maximum(a, 0), k.log1p(k.exp(k.neg(k.abs(a))))))
def softplus(k, g, need, a):
    """log(1 + e ** a), a smooth relu."""
    return (k.pick_mul(g, k.sigmoid(a)),)


@forward(lambda k, a, low, high: k.minimum(k.maximum(a, low), high))
def clip(k, g, need, a, low, high):
    """a, but low where it is less and high where it is greater; the gradient passes where low <= a <= high."""
    return (k.where(k.less_equal(low, a), k.where(k.less_equal(a, high), g, 0), 0),)


def relu_at_zero(k, g, need, a, at_zero):
    """relu with a slope of the user's choice at exactly 0."""
    return (k.where(k.equal(a, 0), k.mul(g, at_zero), k.relu_backward(g, a)),)


def abs(k, g, need, a):
    """|a|; its slope at 0 is 0."""
    return (k.pick_mul(g, k.sign(a)),)


# ---- choosing

def maximum(k, g, need, a, b):
    """The larger of the two; on a tie the gradient is split evenly."""
    return _share(k, g, need, k.less(a, b), k.greater(a, b), k.equal(a, b))


def minimum(k, g, need, a, b):
    """The smaller of the two; on a tie the gradient is split evenly."""
    return _share(k, g, need, k.greater(a, b), k.less(a, b), k.equal(a, b))


def _share(k, g, need, a_loses, b_loses, tie):
    share = k.where(tie, k.div(g, 2), g)
    return k.where(a_loses, 0, share) if need[0] else None, k.where(b_loses, 0, share) if need[1] else None


def where(k, g, need, condition):
    """a where the condition is true, else b. The condition is no function's input: it has no gradient."""
    return None, k.where(condition, g, 0) if need[1] else None, k.where(condition, 0, g) if need[2] else None


OPERATIONS = declared(globals())        # {name: rule} of those that need nothing but their inputs and their result
