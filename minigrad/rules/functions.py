"""Exponentials, logarithms, roots, and what is made of them."""

from minigrad.declare import forward


def exp(k, g, need, y):
    """e ** a"""
    return (k.pick_mul(g, y),)


@forward(lambda k, a: k.sub(k.exp(a), 1))
def expm1(k, g, need, a):
    """e ** a - 1, to all digits near 0. Its slope is not y + 1, which has none left for a far below 0."""
    return (k.pick_mul(g, k.exp(a)),)


@forward(lambda k, a: k.power(2, a))
def exp2(k, g, need, y):
    """2 ** a"""
    return (k.pick_mul(g, k.mul(y, k.constant("log 2", y))),)


def log(k, g, need, a):
    """The natural logarithm: of floats, -inf at 0 and NaN below."""
    return (k.pick_div(g, a),)


@forward(lambda k, a: k.log(k.add(1, a)))
def log1p(k, g, need, a):
    """log(1 + a), to all digits near 0."""
    return (k.pick_div(g, k.add(1, a)),)


@forward(lambda k, a: k.div(k.log(a), k.constant("log 2", a)))
def log2(k, g, need, a):
    """The logarithm to base 2."""
    return (k.pick_div(g, k.mul(a, k.constant("log 2", a))),)


@forward(lambda k, a: k.div(k.log(a), k.constant("log 10", a)))
def log10(k, g, need, a):
    """The logarithm to base 10."""
    return (k.pick_div(g, k.mul(a, k.constant("log 10", a))),)


def sqrt(k, g, need, y):
    """The square root; its slope, 1 / (2 sqrt a), is infinite at 0, as it is."""
    return (k.pick_div(g, k.mul(2, y)),)


@forward(lambda k, a: k.div(1, k.sqrt(a)))
def rsqrt(k, g, need, a, y):
    """1 / sqrt(a), the reciprocal square root; infinite at 0."""
    return (k.neg(k.pick_mul(g, k.div(k.pick_div(y, a), 2))),)


@forward(lambda k, a: k.mul(k.sign(a), k.exp(k.div(k.log(k.abs(a)), 3))))
def cbrt(k, g, need, y):
    """The real cube root; its slope at 0 is infinite."""
    return (k.pick_div(g, k.mul(3, k.mul(y, y))),)


@forward(lambda k, a, b: k.sqrt(k.add(k.mul(a, a), k.mul(b, b))))
def hypot(k, g, need, a, b, y):
    """sqrt(a a + b b), without overflow; its slopes at (0, 0) are 0, as those of a norm."""
    return (k.pick_mul(g, k.pick_div(a, y)) if need[0] else None, k.pick_mul(g, k.pick_div(b, y)) if need[1] else None)


def _logaddexp(k, a, b):
    apart = k.where(k.equal(a, b), 0, k.sub(a, b))         # of two equal infinities, too
    return k.add(k.maximum(a, b), k.log1p(k.exp(k.neg(k.abs(apart)))))


def _apart(k, a, b):
    """a - b, but 0 between equal infinities."""
    d = k.sub(a, b)
    return k.where(k.equal(a, b), k.where(k.equal(d, 0), d, 0), d)


@forward(lambda k, a, b: k.log(k.add(k.exp(a), k.exp(b))), numeric=_logaddexp)
def logaddexp(k, g, need, a, b):
    """log(e ** a + e ** b), without overflow; equal operands, infinite ones too, share the gradient."""
    share = k.pick_mul(g, k.sigmoid(_apart(k, a, b)))
    return share, k.sub(g, share) if need[1] else None


def _logaddexp2(k, a, b):
    two = k.constant("log 2", a)
    return k.div(k.logaddexp(k.mul(a, two), k.mul(b, two)), two)


@forward(_logaddexp2)
def logaddexp2(k, g, need, a, b):
    """log2(2 ** a + 2 ** b), without overflow; equal operands, infinite ones too, share the gradient."""
    share = k.pick_mul(g, k.sigmoid(k.mul(_apart(k, a, b), k.constant("log 2", a))))
    return share, k.sub(g, share) if need[1] else None


def erf(k, g, need, a):
    """The error function, 2 / sqrt(pi) times the integral of exp(-t t) from 0 to a."""
    slope = k.exp(k.neg(k.mul(a, a)))
    return (k.pick_mul(g, k.div(k.mul(2, slope), k.constant("sqrt pi", a))),)


@forward(lambda k, a: k.sub(1, k.erf(a)))
def erfc(k, g, need, a):
    """1 - erf(a), to all digits where that is small."""
    slope = k.exp(k.neg(k.mul(a, a)))
    return (k.pick_mul(g, k.div(k.mul(-2, slope), k.constant("sqrt pi", a))),)


def abs(k, g, need, a):
    """|a|; its slope at 0 is 0."""
    return (k.pick_mul(g, k.sign(a)),)
