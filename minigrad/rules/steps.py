"""Functions with steps, whose slopes are those between the steps. Of arrays only: numbers have Python's % and math."""

from minigrad.declare import declared


def mod(k, g, need, a, b, y):
    """a - floor(a / b) b"""
    return g, _less_the_multiples(k, g, a, b, y) if need[1] else None


def fmod(k, g, need, a, b, y):
    """a - trunc(a / b) b"""
    return g, _less_the_multiples(k, g, a, b, y) if need[1] else None


def _less_the_multiples(k, g, a, b, y):
    """-g n, where a = n b + y; n is rounded, as a / b may come out on the other side of a step."""
    return k.neg(k.pick_mul(g, k.round(k.div(k.sub(a, y), b), 0)))


def copysign(k, g, need, a, y):
    """|a| with the sign of b; its slope at a = 0 is 0."""
    return k.pick_mul(g, k.mul(k.sign(a), k.sign(y))) if need[0] else None, k.mul(g, 0)


STEPS = declared(globals())
