"""Scalar kernels: what a rule is given when it differentiates numbers. One small adapter per number type.

An adapter writes out only what its number type needs for exactness or stability, and the primitives that no library has. For
anything else it takes the function of that name from its library (math, cmath, SymPy), or the text in `rules/`.

Floats follow IEEE 754 as arrays do (log(0.0) is -inf, exp(1000.0) is inf). Integers and Fractions stay exact in
+ - * /, integer powers, roots of squares and where exp, log, sin ... are rational (at -1, 0 or 1); elsewhere they become
floats. Decimals keep the precision of their context. SymPy is imported only when met.
"""

import cmath
import math
import numbers
import operator
from decimal import Decimal
from fractions import Fraction
from functools import partial

import numpy as np

from minigrad.declare import CONSTANTS
from minigrad.rules import OPERATIONS, Calculus
from minigrad.scalar import decimals


class Real:
    """float, and what behaves like one."""

    def __getattr__(self, name):
        """What is not written out: looked for once."""
        if name not in OPERATIONS:
            raise AttributeError(f"there is no function {name!r} of numbers")
        function = self.in_library(name) or self.as_declared(name)
        setattr(self, name, function)
        return function

    def in_library(self, name):
        """The library's function, or None. Where it raises, IEEE 754 has an answer: numpy's."""
        function = getattr(math, _abbreviated(name), None)
        if function is None:
            return None

        def ieee(*args):
            try:
                return function(*args)
            except (ValueError, OverflowError):
                with np.errstate(all="ignore"):
                    return float(getattr(np, name)(*map(_as_float, args)))

        return ieee

    def as_declared(self, name):
        """The text of rules/, over numbers."""
        return partial(getattr(Calculus, name), NUMBERS)

    def constant(self, name):
        return CONSTANTS[name]

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
    def maximum(a, b):
        return a if a > b or a != a else b

    @staticmethod
    def minimum(a, b):
        return a if a < b or a != a else b


def _abbreviated(name):
    """What math, cmath and SymPy call it: numpy's arcsin is their asin."""
    return name.replace("arc", "a")


class Exact(Real):
    """int and Fraction: exact where the result is rational, else a float."""

    def in_library(self, name):
        """At -1, 0 and 1 a float that is whole is exact: exp(0), log(1), cos(0) ..."""
        function = super().in_library(name)
        if function is None:
            return None

        def exact(a, *others):
            y = function(a, *others)
            return int(y) if -1 <= a <= 1 and a.denominator == 1 and y.is_integer() else y

        return exact

    @staticmethod
    def sqrt(a):
        if a < 0:
            return math.nan
        up, down = math.isqrt(a.numerator), math.isqrt(a.denominator)
        if up * up == a.numerator and down * down == a.denominator:
            return up if down == 1 else Fraction(up, down)
        return math.sqrt(a)

    @staticmethod
    def hypot(a, b):
        return Exact.sqrt(a * a + b * b)

    @staticmethod
    def exp2(a):
        return Exact.power(2, a)

    @staticmethod
    def power(a, b):
        if b.denominator != 1:
            return Real.power(float(a), float(b))
        if a == 0 and b < 0:
            raise ZeroDivisionError(f"[power] 0 ** {b} has no exact value; floats give inf: Value(0.0) ** {b}")
        return Fraction(a) ** int(b) if b < 0 else a ** int(b)

    @staticmethod
    def div(a, b):
        if b == 0:
            raise ZeroDivisionError(f"[div] {a} / 0 has no exact value; floats give inf: Value({float(a)}) / 0.0")
        return Fraction(a) / b


class Decimals(Real):
    """Decimal, to the precision of its context (its own errors for what has no value)."""

    exp, log, sqrt = map(staticmethod, (Decimal.exp, Decimal.ln, Decimal.sqrt))

    def in_library(self, name):
        return None

    arctan, arctan2 = staticmethod(decimals.arctan), staticmethod(decimals.arctan2)
    cbrt = staticmethod(decimals.cbrt)
    erf, erfc = staticmethod(decimals.erf), staticmethod(decimals.erfc)

    def as_declared(self, name):
        return partial(decimals.in_wider_context, super().as_declared(name))

    def constant(self, name):
        of, number = name.rpartition(" ")[::2]
        number = decimals.pi() if number == "pi" else Decimal(number)
        return number.ln() if of == "log" else number.sqrt() if of == "sqrt" else number

    @staticmethod
    def sin(a):
        return decimals.sine_series(a, 1)

    @staticmethod
    def cos(a):
        return decimals.sine_series(a, 0)

    @staticmethod
    def power(a, b):
        return Decimal(1) if b == 0 else Decimal(a) ** b        # decimal itself refuses 0 ** 0

    @staticmethod
    def div(a, b):
        return a / b


class Complex(Real):
    """complex; its derivatives are holomorphic, so what depends on |z| or an order is an error."""

    def in_library(self, name):
        return getattr(cmath, _abbreviated(name), None)

    def as_declared(self, name):
        return partial(OPERATIONS[name].definition, NUMBERS)

    @staticmethod
    def sigmoid(a):
        if a.real >= 0:
            return 1 / (1 + cmath.exp(-a))
        e = cmath.exp(a)
        return e / (1 + e)

    @staticmethod
    def expm1(a):
        half = math.sin(a.imag / 2)
        return complex(math.expm1(a.real) * math.cos(a.imag) - 2 * half * half, math.exp(a.real) * math.sin(a.imag))

    @staticmethod
    def log1p(a):
        if abs(a) > 0.5:
            return cmath.log(1 + a)
        return complex(math.log1p(a.real * (2 + a.real) + a.imag * a.imag) / 2, math.atan2(a.imag, 1 + a.real))

    @staticmethod
    def softplus(a):
        if a.real <= 0:
            return Complex.log1p(cmath.exp(a))
        y = a + Complex.log1p(cmath.exp(-a))
        return complex(y.real, math.remainder(y.imag, math.tau))       # the logarithm's own branch

    @staticmethod
    def erf(a):
        """Where cancellation would take the Taylor series' digits, the continued fraction of 1 - erf."""
        if a.real < 0:
            return -Complex.erf(-a)
        if a.real > 2:
            rest = 0
            for n in range(60, 0, -1):
                rest = n / 2 / (a + rest)
            return 1 - cmath.exp(-a * a) / (a + rest) / math.sqrt(math.pi)
        n, power, total, before = 0, a, a, None
        while total != before:
            n += 1
            power = -power * a * a / n
            before, total = total, total + power / (2 * n + 1)
        return total * 2 / math.sqrt(math.pi)

    @staticmethod
    def power(a, b):
        return a**b

    @staticmethod
    def div(a, b):
        return a / b

    @staticmethod
    def _not_holomorphic(*_):
        raise TypeError("[value] relu, abs, sign, max, min and arctan2 are not defined for complex numbers: "
                        "they have no complex derivative")

    maximum = minimum = sign = abs = arctan2 = _not_holomorphic


class Symbolic:
    """SymPy expressions: comparisons stay symbolic, and a choice becomes a Piecewise."""

    def constant(self, name):
        import sympy

        of, number = name.rpartition(" ")[::2]
        return getattr(sympy, of or "sympify")(sympy.pi if number == "pi" else sympy.Integer(number))

    def __getattr__(self, name):
        import sympy

        if name == "where":
            return _cases
        if name == "cbrt":              # SymPy's is complex of negative numbers
            return partial(OPERATIONS[name].definition, NUMBERS)
        named = {"power": sympy.Pow, "abs": sympy.Abs, "maximum": sympy.Max, "minimum": sympy.Min, "div": lambda a, b: a / b,
                 "greater": sympy.Gt, "greater_equal": sympy.Ge, "less": sympy.Lt, "less_equal": sympy.Le, "equal": sympy.Eq}
        return named.get(name) or getattr(sympy, _abbreviated(name), None) or partial(OPERATIONS[name].definition, NUMBERS)


def _cases(c, a, b):
    """a where c, else b: one list of cases; but the slope of a relu, g where max(0, z) > 0, is g H(z) with H(0) = 0."""
    import sympy

    if isinstance(c, (sympy.Le, sympy.Gt)) and c.rhs == 0 and isinstance(c.lhs, sympy.Max) and 0 in c.lhs.args:
        on, off = (b, a) if isinstance(c, sympy.Le) else (a, b)
        if off == 0:
            return on * sympy.Heaviside(sympy.Max(*(z for z in c.lhs.args if z != 0)), 0)
    return sympy.piecewise_fold(sympy.Piecewise((a, c), (b, True)))


REAL, EXACT, DECIMAL, COMPLEX, SYMBOLIC = Real(), Exact(), Decimals(), Complex(), Symbolic()


def adapter(*numbers_):
    """The adapter for numbers that meet: the widest of theirs. TypeError for Decimal beside float or Fraction."""
    best = EXACT
    fits = True
    for a in numbers_:
        one = _adapter_of(a)
        if one is SYMBOLIC:
            return one
        if best is EXACT or one is COMPLEX and best is REAL:
            best = one
        elif one is not best and one is not EXACT and not (one is REAL and best is COMPLEX):
            fits = False
    if not fits or best is DECIMAL and any(isinstance(a, Fraction) for a in numbers_):
        raise TypeError(f"[value] {' and '.join(type(n).__name__ for n in numbers_)} do not mix: convert one of them")
    return best


def _adapter_of(a):
    kind = type(a)
    if kind is float:
        return REAL
    if kind is int or kind is Fraction:
        return EXACT
    if is_symbolic(a):                      # asked first: SymPy registers its numbers with Python's
        return SYMBOLIC
    if isinstance(a, Decimal):
        return DECIMAL
    if isinstance(a, numbers.Rational):
        return EXACT
    return REAL if isinstance(a, numbers.Real) else COMPLEX


def is_symbolic(a):
    """Whether a is a SymPy expression, found out without importing SymPy."""
    return any(c.__module__.partition(".")[0] == "sympy" for c in type(a).__mro__)


def as_number(a):
    """a as a number that a Value can hold (numpy's scalars become Python's), or None if it is none."""
    kind = type(a)
    if kind is float or kind is int:
        return a
    if not isinstance(a, (numbers.Number, Decimal)) and not is_symbolic(a):
        return None
    return a.item() if kind.__module__ == "numpy" else a


def number(a):
    """The same, with a TypeError for what is none."""
    y = as_number(a)
    if y is None:
        raise TypeError("[value] expected a float, int, Fraction, Decimal, complex or SymPy expression, found "
                        f"{type(a).__name__}: arrays and lists belong in mg.Tensor")
    return y


def like(a, b):
    """The integer a as a number of b's kind."""
    kind = type(b)
    return kind(a) if kind is float or kind is Fraction or kind is Decimal or kind is complex else a


def _as_float(a):
    """a as a float; a whole number or a fraction beyond all floats is infinite."""
    try:
        return float(a)
    except OverflowError:
        return math.inf if a > 0 else -math.inf


def _ordering(relation):
    """The kernel of a relation between numbers; complex ones have no order."""

    def kernel(self, a, b, out=None):
        try:
            return relation(a, b)
        except TypeError:
            if adapter(a, b) is COMPLEX:
                COMPLEX.maximum()
            raise

    return kernel


class Numbers(Calculus):
    """The table of scalar kernels: numbers of any kind go in, each call finds the adapter."""

    def memory(self, a):
        """Numbers are never written in place."""
        return None

    def constant(self, name, like):
        return adapter(like).constant(name)

    def add(self, a, b, out=None):
        if type(a) is not type(b):
            adapter(a, b)                       # or do they not mix?
        return a + b

    def sub(self, a, b, out=None):
        if type(a) is not type(b):
            adapter(a, b)
        return a - b

    def mul(self, a, b, out=None):
        if type(a) is not type(b):
            adapter(a, b)
        return a * b

    def pick_mul(self, a, b, out=None):
        """a b, but 0 where a is: a bare 0 is made a number of the kind that the product would be."""
        if type(a) is not type(b):
            adapter(a, b)
        return a * b if a else a * like(1, b)

    def pick_both(self, a, b, out=None):
        return self.pick_mul(a, b) if b else self.pick_mul(b, a)

    def pick_div(self, a, b, out=None):
        return self.div(a, b) if a else a * like(1, b)

    def neg(self, a, out=None):
        return -a

    def abs(self, a, out=None):
        return Complex.abs() if adapter(a) is COMPLEX else abs(a)

    greater, greater_equal, less, less_equal = map(_ordering, (operator.gt, operator.ge, operator.lt, operator.le))

    def equal(self, a, b, out=None):
        return SYMBOLIC.equal(a, b) if adapter(a, b) is SYMBOLIC else a == b

    def where(self, condition, a, b, out=None):
        if condition is not True and condition is not False:
            return SYMBOLIC.where(condition, a, b)
        chosen, other = (a, b) if condition else (b, a)
        return like(chosen, other) if type(chosen) is int else chosen


NUMBERS = Numbers()


def _dispatched(name):
    of_floats = getattr(REAL, name)

    def kernel(self, *args, out=None):
        for a in args:
            if type(a) is not float:
                return getattr(adapter(*args), name)(*args)
        return of_floats(*args)

    kernel.__name__ = name
    return kernel


for _name in {*OPERATIONS, "sign"} - vars(Numbers).keys():
    setattr(Numbers, _name, _dispatched(_name))
