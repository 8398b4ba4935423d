"""Trigonometric and hyperbolic functions, angles in radians, and their inverses."""

from minigrad.declare import forward


def sin(k, g, need, a):
    """The sine, a in radians."""
    return (k.pick_mul(g, k.cos(a)),)


def cos(k, g, need, a):
    """The cosine, a in radians."""
    return (k.neg(k.pick_mul(g, k.sin(a))),)


@forward(lambda k, a: k.div(k.sin(a), k.cos(a)))
def tan(k, g, need, y):
    """The tangent, a in radians."""
    return (k.pick_mul(g, k.add(1, k.mul(y, y))),)


@forward(lambda k, a: k.mul(2, k.arctan(k.div(a, k.add(1, k.sqrt(k.sub(1, k.mul(a, a))))))))
def arcsin(k, g, need, a):
    """The angle in -pi/2 .. pi/2 whose sine is a; its slope at -1 and 1 is infinite."""
    return (k.pick_div(g, k.sqrt(k.mul(k.sub(1, a), k.add(1, a)))),)


@forward(lambda k, a: k.sub(k.div(k.constant("pi", a), 2), k.arcsin(a)))
def arccos(k, g, need, a):
    """The angle in 0 .. pi whose cosine is a; its slope at -1 and 1 is infinite."""
    return (k.neg(k.pick_div(g, k.sqrt(k.mul(k.sub(1, a), k.add(1, a))))),)


def arctan(k, g, need, a):
    """The angle in -pi/2 .. pi/2 whose tangent is a."""
    return (k.pick_div(g, k.add(1, k.mul(a, a))),)


def arctan2(k, g, need, a, b):
    """The angle of the point (b, a), in -pi .. pi: a is its y, as in numpy. Its slopes at (0, 0) are 0."""
    r = k.hypot(a, b)
    return (k.pick_mul(g, k.pick_div(k.pick_div(b, r), r)) if need[0] else None,
            k.neg(k.pick_mul(g, k.pick_div(k.pick_div(a, r), r))) if need[1] else None)


# ---- hyperbolic

@forward(lambda k, a: k.div(k.sub(k.exp(a), k.exp(k.neg(a))), 2))
def sinh(k, g, need, a):
    """The hyperbolic sine, (e ** a - e ** -a) / 2."""
    return (k.pick_mul(g, k.cosh(a)),)


@forward(lambda k, a: k.div(k.add(k.exp(a), k.exp(k.neg(a))), 2))
def cosh(k, g, need, a):
    """The hyperbolic cosine, (e ** a + e ** -a) / 2."""
    return (k.pick_mul(g, k.sinh(a)),)


def _tanh(k, a):
    e = k.exp(k.mul(-2, k.abs(a)))
    return k.mul(k.sign(a), k.div(k.sub(1, e), k.add(1, e)))


@forward(_tanh)
def tanh(k, g, need, y):
    """The hyperbolic tangent."""
    return (k.tanh_backward(g, y),)


def _arcsinh(k, a):
    x = k.abs(a)                        # of numbers >= 0, so that no digits cancel
    return k.mul(k.sign(a), k.log(k.add(x, k.sqrt(k.add(k.mul(x, x), 1)))))


@forward(lambda k, a: k.log(k.add(a, k.sqrt(k.add(k.mul(a, a), 1)))), numeric=_arcsinh)
def arcsinh(k, g, need, a):
    """The inverse of the hyperbolic sine, log(a + sqrt(a a + 1))."""
    return (k.pick_div(g, k.sqrt(k.add(k.mul(a, a), 1))),)


@forward(lambda k, a: k.log(k.add(a, k.mul(k.sqrt(k.sub(a, 1)), k.sqrt(k.add(a, 1))))))
def arccosh(k, g, need, a):
    """The inverse of the hyperbolic cosine, for a >= 1; its slope at 1 is infinite."""
    return (k.pick_div(g, k.mul(k.sqrt(k.sub(a, 1)), k.sqrt(k.add(a, 1)))),)


@forward(lambda k, a: k.div(k.log(k.div(k.add(1, a), k.sub(1, a))), 2))
def arctanh(k, g, need, a):
    """The inverse of the hyperbolic tangent, for -1 <= a <= 1; infinite at the ends, as its slope is."""
    return (k.pick_div(g, k.mul(k.sub(1, a), k.add(1, a))),)
