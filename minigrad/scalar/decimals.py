"""Functions of Decimals, to all the digits of their context."""

from contextlib import suppress
from decimal import Decimal, localcontext


def in_wider_context(function, *args):
    """A function of Decimals to all the digits of the context: computed with more, namely those of its arguments, and what it
    takes to tell 1 + a from 1. What is too small for that is computed further up on the line that leads to 0.
    """
    args = [Decimal(a) for a in args]
    if any(a.is_nan() for a in args):
        return +sum(args)
    with localcontext() as context:
        lift = -args[0].adjusted() - context.prec - 2 if len(args) == 1 and args[0] else 0
        straight = lift > 0 and _at_zero(function) is not None
        context.prec += 2 + sum(len(a.as_tuple().digits) for a in args)
        y = None
        if straight:
            y = _on_the_line(function, args[0], lift)
        if y is None:
            if lift <= 0 or straight:
                context.prec += sum(max(-a.adjusted(), 0) for a in args)
            y = function(*args)
    return +y


def _on_the_line(function, a, lift):
    """function(a), a tiny, from what it is at a * 10 ** lift; None for a function that is no straight line so near to 0."""
    near = a.scaleb(lift)
    with localcontext() as context:
        context.prec -= near.adjusted()
        at_zero = function(Decimal(0))      # to as many digits, for most of them are taken off again
        rise, tenth = function(near) - at_zero, function(near.scaleb(-1)) - at_zero
        if not rise.is_finite() or abs(rise - tenth.scaleb(1)) > abs(rise).scaleb(-1):
            return None
        return at_zero + rise.scaleb(-lift)


def _at_zero(function):
    """The function's value at 0, or None if it has no finite one."""
    with suppress(ArithmeticError):
        y = function(Decimal(0))
        return y if y.is_finite() else None


def sine_series(a, start):
    """sin (start 1) or cos (start 0) of a Decimal: the Taylor series at a less whole turns, with as many digits more as
    a has, so that none is lost near a zero."""
    if not a.is_finite():
        return a - a                    # NaN, or an error where the context traps it
    with localcontext() as context:
        context.prec += len(a.as_tuple().digits) + 6 + max(a.adjusted(), 0)
        if abs(a) > 3:
            a = a.remainder_near(2 * pi())
        term = total = a if start else Decimal(1)
        before, n = None, start
        while total != before:
            n += 2
            term *= -a * a / (n * (n - 1))
            before, total = total, total + term
    return +total


def pi():
    """pi to the precision of the context (the series in the documentation of the decimal module)."""
    before, t, total, n, na, d, da = None, Decimal(3), Decimal(3), 1, 0, 0, 24
    while total != before:
        n, na, d, da = n + na, na + 8, d + da, da + 32
        t = t * n / d
        before, total = total, total + t
    return total


def cbrt(a):
    """The real cube root."""
    with localcontext() as context:
        context.prec += 10 + len(str(a.adjusted()))
        y = a.copy_abs() ** (1 / Decimal(3)) if a.is_finite() else a
    return (+y).copy_sign(a)


def arctan(a):
    """The angle whose tangent is a: halved until the Taylor series is short."""
    with localcontext() as context:
        context.prec += 10
        if a.is_infinite():
            y = pi().copy_sign(a) / 2
        else:
            halvings = 0
            while abs(a) > Decimal("0.05"):
                a, halvings = a / (1 + (1 + a * a).sqrt()), halvings + 1
            y = _sum_of(a, lambda n, power: power / (2 * n + 1), lambda n, power: -power * a * a) * 2**halvings
    return +y


def arctan2(a, b):
    """The angle of the point (b, a), in -pi .. pi."""
    if a.is_nan() or b.is_nan():
        return a + b
    with localcontext() as context:
        context.prec += 10
        if a == 0 or b.is_infinite() and not a.is_infinite():
            y = a.copy_abs() * 0 if not b.is_signed() else pi()
        elif a.is_infinite():
            y = pi() / 4 * (2 if not b.is_infinite() else 1 if b > 0 else 3)
        else:
            y = pi() / 2 - arctan(b / a.copy_abs())
            if b > a.copy_abs():
                y = arctan(a.copy_abs() / b)                # small angles keep their digits
    return (+y).copy_sign(a)


def erf(a):
    """The error function by its Taylor series; what is lost where its terms grow is computed beforehand."""
    if a.is_nan():
        return a
    with localcontext() as context:
        if a.is_infinite() or a * a > Decimal("2.31") * context.prec + 10:
            return Decimal(1).copy_sign(a)
        context.prec += 10 + int(a * a)
        y = _sum_of(a, lambda n, power: power / (2 * n + 1), lambda n, power: -power * a * a / n) * 2 / pi().sqrt()
    return +y


def erfc(a):
    """1 - erf(a), with as many digits more as the difference takes; far out, by the asymptotic series."""
    with localcontext() as context:
        if a.is_finite() and a > 0 and a * a > Decimal("2.31") * context.prec + 40:
            context.prec += 10
            y = _sum_of(1, lambda n, term: term, lambda n, term: term * (1 - 2 * n) / (2 * a * a))
            y *= (-a * a).exp() / (a * pi().sqrt())
        else:
            context.prec += 10 + (int(a * a * Decimal("0.44")) if a.is_finite() and a > 0 else 0)
            y = 1 - erf(a)
    return +y


def _sum_of(first, term, following):
    """term(0, p) + term(1, p') + ... until nothing changes, p' = following(1, p)."""
    n, power, total, before = 0, first, term(0, first), None
    while total != before:
        n += 1
        power = following(n, power)
        before, total = total, total + term(n, power)
    return total
