"""Arithmetic: sums, products, quotients, powers."""

from minigrad.declare import beside_number, forward


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


@forward(lambda k, a: k.mul(a, a))
def square(k, g, need, a):
    """a a"""
    return (k.pick_mul(g, k.mul(2, a)),)


@forward(lambda k, a: k.div(1, a))
def reciprocal(k, g, need, y):
    """1 / a; infinite at 0."""
    return (k.neg(k.pick_mul(g, k.mul(y, y))),)
