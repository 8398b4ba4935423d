"""The kernels of numbers: which adapter serves whom, IEEE edges, exactness, Decimal precision, what is refused."""

import cmath
import decimal
import math
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

from minigrad.kernels import table
from minigrad.rules import OPERATIONS
from minigrad.scalar import numbers as scalars
from minigrad.scalar.numbers import COMPLEX, DECIMAL, EXACT, NUMBERS, REAL, SYMBOLIC, adapter
from minigrad.testing.operations import descriptions

X = sympy.Symbol("x")
F = Fraction(1, 3)
UNARY = [name for name, rule in OPERATIONS.items() if rule.inputs == 1]
BINARY = [name for name, rule in OPERATIONS.items() if rule.inputs == 2]
NAN, INF = math.nan, math.inf


def same(a, b):
    return a == b and math.copysign(1, a) == math.copysign(1, b) or a != a and b != b


# ---- who meets whom

@pytest.mark.parametrize("numbers, expected", [
    ((1,), EXACT), ((True,), EXACT), ((F, 2), EXACT), ((1.0,), REAL), ((1, 1.0), REAL), ((1.0, F), REAL),
    ((Decimal(1),), DECIMAL), ((2, Decimal(1)), DECIMAL), ((Decimal(1), 2), DECIMAL), ((1j,), COMPLEX),
    ((1j, 1.0), COMPLEX),
    ((1.0, 1j), COMPLEX), ((F, 1j), COMPLEX), ((1j, 1), COMPLEX), ((X,), SYMBOLIC), ((1.0, X), SYMBOLIC),
    ((X, F), SYMBOLIC),
    ((sympy.Integer(2),), SYMBOLIC), ((sympy.Rational(1, 2), 1), SYMBOLIC), ((sympy.Float(1.5),), SYMBOLIC),
])
def test_adapters(numbers, expected):
    assert adapter(*numbers) is expected


@pytest.mark.parametrize("numbers", [(Decimal(1), 1.0), (1.0, Decimal(1)), (Decimal(1), F), (F, Decimal(1)),
                                     (1j, Decimal(1)),
                                     (Decimal(1), 1j), (1, 1.0, Decimal(1))])
def test_numbers_that_do_not_mix(numbers):
    with pytest.raises(TypeError, match=r"\[value\] .* and .* do not mix: convert one of them"):
        adapter(*numbers)
    for name in ("add", "sub", "mul", "div", "power", "maximum", "equal"):
        if len(numbers) == 2:
            with pytest.raises(TypeError, match="do not mix"):
                getattr(NUMBERS, name)(*numbers)


def test_as_number():
    assert scalars.as_number(F) is F and scalars.as_number(X) is X and scalars.as_number(2) == 2
    for a, kind in ((np.float32(0.5), float), (np.float64(0.5), float), (np.int8(3), int), (np.complex64(1j), complex)):
        assert type(scalars.as_number(a)) is kind and scalars.as_number(a) == a
    for a in ("1", None, [1], np.ones(1), object(), b"1"):
        assert scalars.as_number(a) is None
        with pytest.raises(TypeError,
                           match=rf"\[value\] expected a float, .* found {type(a).__name__}: arrays and"):
            scalars.number(a)


def test_sympy_is_imported_only_when_met():
    code = ("import sys, minigrad as mg; v = mg.Value(2.0);"
            "((v.relu() * 3 - 1).max(v) / v).sqrt().backward(create_graph=True);"
            "print('sympy' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# ---- floats are IEEE 754, as arrays are

EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, 1e308, -1e308, 5e-324, 710.0, -800.0, INF, -INF, NAN]


@pytest.mark.parametrize("name", [*UNARY, "sign"])
@pytest.mark.parametrize("a", EDGES)
def test_float_edges_of_one(name, a):
    found = getattr(NUMBERS, name)(a)
    expected = getattr(table("numpy"), name)(np.array(a)).item()
    assert found == pytest.approx(expected, rel=1e-14, nan_ok=True)
    if expected != 0 or name not in ("relu", "sign"):       # the sign of their zero is nobody's business
        assert found != found or math.copysign(1, found) == math.copysign(1, expected)


@pytest.mark.parametrize("name", BINARY)
def test_float_edges_of_two(name):
    with np.errstate(all="ignore"):
        for a in EDGES:
            for b in EDGES:
                found = getattr(NUMBERS, name)(a, b)
                expected = getattr(table("numpy"), name)(np.array([a]), np.array([b])).item()
                assert found == pytest.approx(expected, rel=1e-14, nan_ok=True), (a, b)
                if expected != 0:
                    assert found != found or math.copysign(1, found) == math.copysign(1, expected), (a, b)


@given(st.floats(), st.floats())
def test_division_of_any_floats(a, b):
    with np.errstate(all="ignore"):
        assert same(NUMBERS.div(a, b), float(np.float64(a) / np.float64(b)))


@given(st.floats())
def test_sigmoid_of_any_float(a):
    y = NUMBERS.sigmoid(a)
    assert y != y if a != a else 0 <= y <= 1
    assert a != a or y + NUMBERS.sigmoid(-a) == pytest.approx(1)


def test_comparisons():
    assert NUMBERS.greater(2, 1) is True and NUMBERS.less(2, F) is False and NUMBERS.less_equal(1.0, 1) is True
    assert NUMBERS.equal(F, Fraction(2, 6)) is True and NUMBERS.equal(1.0, NAN) is False


def test_where_keeps_the_kind():
    """A literal 0 of a rule becomes a zero of its companion's kind."""
    for companion, zero in ((2.0, 0.0), (F, Fraction(0)), (Decimal(2), Decimal(0)), (1j, 0j), (3, 0)):
        for found in (NUMBERS.where(True, 0, companion), NUMBERS.where(False, companion, 0)):
            assert found == zero and type(found) is type(zero)
    assert NUMBERS.where(True, 1.5, 0) == 1.5


# ---- integers and Fractions are exact

@given(st.fractions(), st.fractions())
def test_exact_arithmetic(a, b):
    assert NUMBERS.add(a, b) == a + b and NUMBERS.mul(a, b) == a * b and NUMBERS.sub(a, b) == a - b
    assume(b != 0)
    y = NUMBERS.div(a, b)
    assert isinstance(y, Fraction) and y * b == a


@given(st.integers(-50, 50), st.integers(-6, 6))
def test_exact_powers(a, n):
    if a == 0 and n < 0:
        with pytest.raises(ZeroDivisionError, match=r"\[power\] 0 \*\* -\d has no exact value; floats give inf"):
            NUMBERS.power(a, n)
    else:
        y = NUMBERS.power(a, n)
        assert y == Fraction(a) ** n and type(y) is (Fraction if n < 0 else int)


@given(st.fractions(min_value=0))
def test_exact_roots(a):
    y = NUMBERS.sqrt(a * a)
    assert y == a and isinstance(y, (int, Fraction))


def test_exact_where_rational_else_float():
    for name, a, y in (("exp", 0, 1), ("log", 1, 0), ("sin", 0, 0), ("cos", 0, 1), ("tanh", 0, 0),
                       ("sigmoid", 0, Fraction(1, 2)),
                       ("sqrt", 49, 7), ("sqrt", Fraction(4, 9), Fraction(2, 3))):
        found = getattr(NUMBERS, name)(a)
        assert found == y and type(found) is type(y)
        assert isinstance(getattr(NUMBERS, name)(2), float)
    assert NUMBERS.power(4, Fraction(1, 2)) == 2.0 and NUMBERS.sqrt(2) == math.sqrt(2)
    assert NUMBERS.log(0) == -INF and math.isnan(NUMBERS.log(-1)) and math.isnan(NUMBERS.sqrt(-1))
    assert NUMBERS.exp(10**400) == INF and NUMBERS.exp(-(10**400)) == 0.0
    assert NUMBERS.sqrt(10**800) == 10**400


def test_exact_division_by_zero():
    with pytest.raises(ZeroDivisionError,
                       match=r"\[div\] 3 / 0 has no exact value; floats give inf: Value\(3\.0\) / 0\.0"):
        NUMBERS.div(3, 0)


# ---- Decimals keep the precision of their context

@pytest.mark.parametrize("digits", [6, 28, 60])
@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("text", ["1e-30", "0.001", "0.5", "3", "3.14159265358979323846", "22", "1000", "123456.789"])
def test_decimal_precision(name, text, digits):
    """All digits but the last, near zeros of the sine and far from 0 too."""
    oracle = descriptions(name)[name][0].oracle
    for sign in (1, -1):
        with np.errstate(all="ignore"):
            value = oracle(sign * float(text))
        if np.isnan(value):
            continue
        a = sign * (Decimal(1000) if np.isinf(value) else Decimal(text))        # exp, for which SymPy would take a while
        with decimal.localcontext() as context:
            context.prec = digits
            found = getattr(NUMBERS, name)(a)
            assert isinstance(found, Decimal) and len(found.as_tuple().digits) <= digits
        expected = Decimal(str(getattr(NUMBERS, name)(sympy.Rational(str(a))).evalf(digits + 1000)))
        if not expected and abs(found) < Decimal("1e-1000"):        # SymPy has no more digits
            continue
        with decimal.localcontext() as context:
            context.prec = digits + 20
            assert abs(found - expected) <= abs(expected) * Decimal(10) ** (1 - digits)


def test_decimal_zero_and_specials():
    zero, nan = Decimal(0), Decimal("NaN")
    assert NUMBERS.sin(zero) == 0 and NUMBERS.cos(zero) == 1 and NUMBERS.tanh(zero) == 0 and NUMBERS.power(zero, 0) == 1
    assert NUMBERS.sin(nan).is_nan() and NUMBERS.cos(nan).is_nan()
    assert NUMBERS.tanh(Decimal("Infinity")) == 1 and NUMBERS.sigmoid(Decimal("-Infinity")) == 0
    assert type(NUMBERS.relu(Decimal(-1))) is Decimal and NUMBERS.relu(Decimal(-1)) == 0
    for operation in (lambda: NUMBERS.log(Decimal(-1)), lambda: NUMBERS.sqrt(Decimal(-1)),
                      lambda: NUMBERS.sin(Decimal("Infinity"))):
        with pytest.raises(decimal.InvalidOperation):
            operation()
    with pytest.raises(ZeroDivisionError):
        NUMBERS.div(Decimal(1), zero)


@pytest.mark.parametrize("name", ["softplus", "sigmoid", "log1p", "expm1", "tanh"])
@pytest.mark.parametrize("tiny", ["1e-3000", "-1e-99999"])
def test_tiny_decimals_take_no_digits_of_their_own(name, tiny):
    """What is as far below the context as that is computed further up on the line to 0, not with 99999 digits."""
    a = Decimal(tiny)
    expected = {"softplus": Decimal(2).ln(), "sigmoid": Decimal("0.5")}.get(name, a)
    assert getattr(NUMBERS, name)(a) == expected


@pytest.mark.parametrize("name", ["softplus", "sigmoid", "log1p", "expm1", "tanh"])
def test_nan_decimals_stay_nan(name):
    assert getattr(NUMBERS, name)(Decimal("NaN")).is_nan()


# ---- complex

@pytest.mark.parametrize("z", [0.5 + 0.3j, -2 + 1j, 3j, 700 + 1j, -700 - 2j])
def test_complex_functions(z):
    assert NUMBERS.exp(z) == cmath.exp(z) and NUMBERS.sqrt(z) == cmath.sqrt(z) and NUMBERS.log(z) == cmath.log(z)
    assert NUMBERS.sin(z / 100) == cmath.sin(z / 100) and NUMBERS.power(z, 2) == z**2 and NUMBERS.div(1, z) == 1 / z
    assert NUMBERS.sigmoid(z) + NUMBERS.sigmoid(-z) == pytest.approx(1)


def test_complex_sigmoid_far_out():
    assert NUMBERS.sigmoid(-1000 + 0j) == 0 and NUMBERS.sigmoid(1000 + 0j) == 1


@pytest.mark.parametrize("z", [0.3 + 0.2j, -0.3 - 0.4j, 1e-10 + 1e-10j, 1e-300 + 0j, -50 + 1j, -2 - 3j, 5 + 4j, 30 - 1j])
def test_complex_functions_near_zero_and_far_out(z):
    """Beside SymPy, with digits enough for the smallest result."""
    def exactly(text):
        exact = sympy.Rational(z.real) + sympy.I * sympy.Rational(z.imag)
        return complex(sympy.N(sympy.sympify(text, locals={"z": exact}), 700))

    for name, text in (("expm1", "exp(z) - 1"), ("log1p", "log(1 + z)"), ("softplus", "log(1 + exp(z))")):
        found, expected = getattr(NUMBERS, name)(z), exactly(text)
        assert found.real == pytest.approx(expected.real, rel=1e-13, abs=1e-300)
        assert found.imag == pytest.approx(expected.imag, rel=1e-13, abs=1e-300)
    assert NUMBERS.softplus(710 + 1j) == 710 + 1j


@pytest.mark.parametrize("name, n", [("relu", 1), ("abs", 1), ("sign", 1), ("maximum", 2), ("minimum", 2)])
def test_complex_refuses_what_is_not_holomorphic(name, n):
    with pytest.raises(TypeError, match=r"\[value\] relu, abs, sign, max, min and arctan2 are not defined for complex numbers"):
        getattr(NUMBERS, name)(*[1 + 1j] * n)


# ---- SymPy

def test_symbolic_functions():
    for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "sign"):
        assert getattr(NUMBERS, name)(X) == getattr(sympy, name)(X)
    assert NUMBERS.sigmoid(X) == 1 / (1 + sympy.exp(-X)) and NUMBERS.abs(X) == sympy.Abs(X)
    assert NUMBERS.relu(X) == sympy.Max(X, 0)
    assert NUMBERS.maximum(X, 1) == sympy.Max(X, 1) and NUMBERS.power(2, X) == 2**X and NUMBERS.div(X, 2) == X / 2
    assert NUMBERS.sqrt(sympy.Integer(2)) == sympy.sqrt(2)             # an exact number of SymPy's stays one
    assert NUMBERS.where(X > 0, 1, X).subs(X, -2) == -2 and NUMBERS.where(sympy.true, 1, X) == 1
    assert scalars.is_symbolic(X + 1) and not scalars.is_symbolic(F)
