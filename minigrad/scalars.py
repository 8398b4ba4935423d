"""Scalar kernels: what a rule is given when it differentiates numbers. One small adapter per number type.

Floats follow IEEE 754 as arrays do (log(0.0) is -inf, exp(1000.0) is inf); integers and Fractions stay exact where the result is
rational, and become floats where it is not; Decimals keep the precision of their context; SymPy is imported only when met.
"""

import cmath
import math
import numbers
from decimal import Decimal, localcontext
from fractions import Fraction

from minigrad.rules import Calculus


class Real:
    """float, and what behaves like one."""

    @staticmethod
    def exp(a):
        try:
            return math.exp(a)
        except OverflowError:
            return math.inf

    @staticmethod
    def log(a):
        return math.log(a) if a > 0 else -math.inf if a == 0 else math.nan

    @staticmethod
    def sqrt(a):
        return math.sqrt(a) if a >= 0 else math.nan

    @staticmethod
    def sin(a):
        return math.sin(a) if math.isfinite(a) else math.nan

    @staticmethod
    def cos(a):
        return math.cos(a) if math.isfinite(a) else math.nan

    tanh = staticmethod(math.tanh)

    @classmethod
    def sigmoid(cls, a):
        e = math.exp(-abs(a))
        return (1 if a >= 0 else e) / (1 + e) if a == a else a

    @staticmethod
    def power(a, b):
        try:
            y = a**b
        except OverflowError:
            return math.inf if a > 0 or b % 2 == 0 else -math.inf
        except ZeroDivisionError:
            return math.copysign(math.inf, a) if b % 2 == 1 else math.inf
        return math.nan if isinstance(y, complex) else y

    @staticmethod
    def div(a, b):
        if b == 0:
            return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1, b)
        return a / b

    @staticmethod
    def sign(a):
        return a if a == 0 or a != a else 1 if a > 0 else -1

    @staticmethod
    def where(condition, a, b):
        return a if condition else b

    @staticmethod
    def relu(a):
        return 0 if a < 0 else a

    @staticmethod
    def maximum(a, b):
        return a if a > b or a != a else b

    @staticmethod
    def minimum(a, b):
        return a if a < b or a != a else b


class Exact(Real):
    """int and Fraction: exact where the result is rational, else a float."""

    @staticmethod
    def exp(a):
        return 1 if a == 0 else Real.exp(a)

    @staticmethod
    def log(a):
        return 0 if a == 1 else Real.log(a)

    @staticmethod
    def sqrt(a):
        if a < 0:
            return math.nan
        up, down = math.isqrt(a.numerator), math.isqrt(a.denominator)
        if up * up == a.numerator and down * down == a.denominator:
            return up if down == 1 else Fraction(up, down)
        return math.sqrt(a)

    @staticmethod
    def power(a, b):
        if isinstance(b, numbers.Rational) and b.denominator == 1:
            return Fraction(a) ** int(b) if b < 0 else a ** int(b)
        return Real.power(float(a), float(b))

    @staticmethod
    def div(a, b):
        if b == 0:
            raise ZeroDivisionError(f"[div] {a} / 0 has no exact value; floats give inf: Value({float(a)}) / 0.0")
        return Fraction(a) / b


class Decimals(Real):
    """Decimal, to the precision of its context (its own errors for what has no value)."""

    @staticmethod
    def exp(a):
        return a.exp()

    @staticmethod
    def log(a):
        return a.ln()

    @staticmethod
    def sqrt(a):
        return a.sqrt()

    @classmethod
    def tanh(cls, a):
        e = (-2 * abs(a)).exp()
        return ((1 - e) / (1 + e)).copy_sign(a)

    @classmethod
    def sigmoid(cls, a):
        e = (-abs(a)).exp()
        return (1 if a >= 0 else e) / (1 + e)

    @staticmethod
    def sin(a):
        return _series(a, 1)

    @staticmethod
    def cos(a):
        return _series(a, 0)

    @staticmethod
    def power(a, b):
        return Decimal(a) ** b

    @staticmethod
    def div(a, b):
        return a / b


class Complex(Real):
    """complex; its derivatives are holomorphic, so what depends on |z| or an order is an error."""

    exp, log, sqrt, sin, cos, tanh = map(staticmethod, (cmath.exp, cmath.log, cmath.sqrt, cmath.sin, cmath.cos, cmath.tanh))

    @staticmethod
    def sigmoid(a):
        return 1 / (1 + cmath.exp(-a))

    @staticmethod
    def power(a, b):
        return a**b

    @staticmethod
    def div(a, b):
        return a / b

    @staticmethod
    def _not_holomorphic(*_):
        raise TypeError("[value] relu, abs, sign, max and min are not defined for complex numbers: they have no complex derivative")

    relu = maximum = minimum = sign = abs = _not_holomorphic


class Symbolic:
    """SymPy expressions: comparisons stay symbolic, and a choice becomes a Piecewise."""

    def __getattr__(self, name):
        import sympy

        if name == "sigmoid":
            return lambda a: 1 / (1 + sympy.exp(-a))
        if name == "relu":
            return lambda a: sympy.Max(a, 0)
        if name == "where":
            return lambda c, a, b: sympy.Piecewise((a, c), (b, True))
        return {"power": sympy.Pow, "abs": sympy.Abs, "maximum": sympy.Max, "minimum": sympy.Min, "div": lambda a, b: a / b,
                "greater": sympy.Gt, "greater_equal": sympy.Ge, "less": sympy.Lt, "less_equal": sympy.Le, "equal": sympy.Eq,
                }.get(name) or getattr(sympy, name)


REAL, EXACT, DECIMAL, COMPLEX, SYMBOLIC = Real(), Exact(), Decimals(), Complex(), Symbolic()


def adapter(*numbers_):
    """The adapter for numbers that meet: the widest of theirs. Raises TypeError for Decimal beside float or Fraction."""
    best = EXACT
    for a in numbers_:
        if type(a) is float:
            one = REAL
        elif isinstance(a, numbers.Rational):
            one = EXACT
        elif isinstance(a, Decimal):
            one = DECIMAL
        elif isinstance(a, numbers.Real):
            one = REAL
        elif isinstance(a, numbers.Complex):
            one = COMPLEX
        else:
            return SYMBOLIC
        if best is EXACT or one is COMPLEX and best is REAL or one is best:
            best = one
        elif one is not EXACT and not (one is REAL and best is COMPLEX):
            raise TypeError(f"[value] {' and '.join(type(n).__name__ for n in numbers_)} do not mix: convert one of them")
    return best


def check_mix(a, b):
    """Raise TypeError for two kinds of number that do not mix."""
    if type(a) is not type(b):
        adapter(a, b)


def is_symbolic(a):
    """Whether a is a SymPy expression, found out without importing SymPy."""
    return any(c.__module__.partition(".")[0] == "sympy" for c in type(a).__mro__)


def is_number(a):
    """Whether a Value can hold a."""
    return isinstance(a, (numbers.Number, Decimal)) or is_symbolic(a)


def check(a):
    """Raise TypeError unless a Value can hold a."""
    if not is_number(a):
        raise TypeError(f"[value] expected a float, int, Fraction, Decimal, complex or SymPy expression, found {type(a).__name__}"
                        ": arrays and lists belong in mg.Tensor")


def _series(a, start):
    """sin (start 1) or cos (start 0) of a Decimal by its Taylor series, two digits beyond the context's precision."""
    with localcontext() as context:
        context.prec += 2 + max(a.adjusted(), 0)
        term = a if start else Decimal(1)
        total, n = term, start
        while total + term * Decimal(10) ** -2 != total or n < abs(a):
            n += 2
            term *= -a * a / (n * (n - 1))
            total += term
    return +total


class Numbers(Calculus):
    """The table of scalar kernels: numbers of any kind go in, each call finds the adapter."""

    def add(self, a, b, out=None):
        check_mix(a, b)
        return a + b

    def sub(self, a, b, out=None):
        check_mix(a, b)
        return a - b

    def mul(self, a, b, out=None):
        check_mix(a, b)
        return a * b

    def neg(self, a, out=None):
        return -a

    def abs(self, a, out=None):
        return Complex.abs() if adapter(a) is COMPLEX else abs(a)

    def greater(self, a, b, out=None):
        return a > b

    def less(self, a, b, out=None):
        return a < b

    def less_equal(self, a, b, out=None):
        return a <= b

    def equal(self, a, b, out=None):
        return SYMBOLIC.equal(a, b) if adapter(a, b) is SYMBOLIC else a == b

    def where(self, condition, a, b, out=None):
        return a if condition is True else b if condition is False else SYMBOLIC.where(condition, a, b)


def _dispatched(name):
    def kernel(self, *args, out=None):
        return getattr(adapter(*args), name)(*args)

    kernel.__name__ = name
    return kernel


for _name in ("div", "power", "exp", "log", "sqrt", "tanh", "sigmoid", "sin", "cos", "relu", "sign", "maximum", "minimum"):
    setattr(Numbers, _name, _dispatched(_name))

NUMBERS = Numbers()
