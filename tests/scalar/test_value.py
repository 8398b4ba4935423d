"""Value: operators on both sides with every kind of number, exactness, comparison, refusals, how backward adds."""

import copy
import decimal
import math
import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy

import minigrad as mg
from minigrad import Value

X, Y = sympy.symbols("x y", real=True)
F = Fraction(1, 3)
OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow}
KINDS = {"int": 3, "float": 1.5, "Fraction": F, "complex": 1 + 2j, "sympy": X, "sympy number": sympy.Rational(2, 7),
         "bool": True,
         "numpy float": np.float64(2.5), "numpy float32": np.float32(0.5), "numpy int": np.int64(4)}


# ---- operators

def number(a):
    """Any kind of number as a complex one, x being 2."""
    return complex(a.subs(X, 2)) if isinstance(a, sympy.Expr) else complex(a)


@pytest.mark.parametrize("symbol", OPERATORS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_number_on_either_side(kind, symbol):
    """Value op number, number op Value and Value op Value agree in result and gradient, and all are Values."""
    op, other = OPERATORS[symbol], KINDS[kind]
    for build, same in ((lambda a: op(a, other), lambda a: op(a, Value(other))),
                        (lambda a: op(other, a), lambda a: op(Value(other), a))):
        a, b = Value(2.0), Value(2.0)
        y, z = build(a), same(b)
        y.backward()
        z.backward()
        assert type(y) is Value and number(y.data) == pytest.approx(number(z.data))
        assert number(a.grad) == pytest.approx(number(b.grad))


@pytest.mark.parametrize("symbol", OPERATORS)
def test_decimal_on_either_side(symbol):
    op = OPERATORS[symbol]
    a = Value(Decimal("2.5"))
    for other in (Decimal("1.5"), 3):
        assert op(a, other).data == op(Decimal("2.5"), other) and op(other, a).data == op(other, Decimal("2.5"))


def test_arithmetic_is_that_of_the_numbers():
    for a, b in ((7, 2), (2.5, 0.5), (F, Fraction(5, 2)), (Decimal("1.1"), Decimal("2.2")), (1j, 2 + 1j)):
        v, w = Value(a), Value(b)
        assert (v + w).data == a + b and (v - w).data == a - b and (v * w).data == a * b and (-v).data == -a
        assert (+v) is v
        assert (v / w).data == (Fraction(7, 2) if isinstance(a, int) else a / b)
        assert (v**2).data == a**2


def test_integers_divide_to_fractions():
    a = Value(4) / 2
    assert a.data == 2 and type(a.data) is Fraction
    assert type((1 / Value(3)).data) is Fraction and (Value(2) ** -2).data == Fraction(1, 4)
    assert type((Value(3) / 2.0).data) is float


def test_exact_gradients():
    """A rational function of rationals: the gradient is exact, as SymPy has it."""
    a, b = Value(F), Value(3)
    y = (a**3 + b) / (a * b - 1 + b**-2)
    y.backward()
    expression = (X**3 + Y) / (X * Y - 1 + Y**-2)
    for v, s in ((a, X), (b, Y)):
        exact = sympy.diff(expression, s).subs({X: sympy.Rational(1, 3), Y: 3})
        assert v.grad == Fraction(int(exact.p), int(exact.q)) and type(v.grad) is Fraction


def test_decimal_gradients_have_the_digits_of_the_context():
    with decimal.localcontext() as context:
        context.prec = 50
        a = Value(Decimal(2))
        (a.sqrt() * a.exp()).backward()
        expected = sympy.diff(sympy.sqrt(X) * sympy.exp(X), X).subs(X, 2).evalf(55)
        assert abs(a.grad - Decimal(str(expected))) < Decimal(10) ** -47


def test_complex_gradients_are_holomorphic():
    z = Value(1 + 2j)
    (z * z * z).backward()
    assert z.grad == 3 * (1 + 2j) ** 2
    z = Value(0.5 + 0.25j)
    z.exp().sin().backward()
    w = np.exp(z.data)
    assert z.grad == pytest.approx(np.cos(w) * w)


def test_complex_numbers_have_no_order():
    """Each function that has no complex derivative: test_rules.py."""
    for function in (abs, lambda z: z.max(1), lambda z: z.min(1j)):
        with pytest.raises(TypeError, match=r"relu, abs, sign, max, min and arctan2 are not defined for complex numbers"):
            function(Value(1 + 1j))
    with pytest.raises(TypeError):
        Value(1j) < Value(2j)  # noqa: B015


def test_symbolic_gradients():
    x = Value(X)
    y = x**2 * x.sin() + 1 / x
    y.backward()
    assert y.data == X**2 * sympy.sin(X) + 1 / X
    assert sympy.simplify(x.grad - sympy.diff(y.data, X)) == 0


def test_symbolic_relu():
    x = Value(X)
    (x.relu() * Y).backward()
    assert [x.grad.subs({X: n, Y: 5}) for n in (-1, 0, 2)] == [0, 0, 5]


# ---- floats at the edges

def test_relu_of_a_float_is_a_float():
    """... and no int: division by its zero is infinite. IEEE edges of every function: test_numbers.py."""
    assert (1 / Value(-1.0).relu()).data == math.inf


def test_gradients_at_the_edges():
    a = Value(0.0)
    a.sqrt().backward()
    assert a.grad == math.inf
    a = Value(1000.0)
    a.sigmoid().backward()
    assert a.grad == 0.0
    a = Value(0.0)
    (1 / a).backward()
    assert a.grad == -math.inf


def test_expm1_keeps_its_slope_far_below_zero():
    with decimal.localcontext() as context:
        context.prec = 28
        a = Value(Decimal(-100))
        a.expm1().backward()
        assert a.grad == Decimal(-100).exp()
    a = Value(-50.0)
    a.expm1().backward()
    assert a.grad == math.exp(-50.0)


@pytest.mark.parametrize("low, high, expected, slope", [
    (0, None, 2, 1), (3, None, 3, 0), (None, 1, 1, 0), (2, 2, 2, 1), (None, 2, 2, 1), (3, 1, 1, 0)])
@pytest.mark.parametrize("kind", [float, int, Fraction, Decimal])
def test_clip_with_one_bound_or_two(kind, low, high, expected, slope):
    a = Value(kind(2))
    y = a.clip(low, high)
    y.backward()
    assert y.data == expected and a.grad == slope and type(y.data) is type(Value(kind(2)).data)


def test_clip_by_values():
    a, low, high = Value(0.5), Value(1.0), Value(4.0)
    y = a.clip(low, high) * 3
    y.backward()
    assert (y.data, a.grad, low.grad, high.grad) == (3.0, 0, 3, 0)
    x = sympy.Symbol("x", real=True)
    assert Value(x).clip(low=0).data.subs(x, -2) == 0 and Value(x).clip(high=1).data.subs(x, -2) == -2
    assert math.isnan(Value(math.nan).clip(low=0.0).data) and math.isnan(Value(1.0).clip(high=math.nan).data)
    with pytest.raises(ValueError, match=r"\[clip\] expected low, high or both, found neither"):
        a.clip()


def test_exact_zero_division_says_what_to_do():
    with pytest.raises(ZeroDivisionError,
                       match=r"\[div\] 1 / 0 has no exact value; floats give inf: Value\(1.0\) / 0.0"):
        1 / Value(0)
    a = Value(0)
    y = a.sqrt()
    with pytest.raises(ZeroDivisionError, match="no exact value"):
        y.backward()


# ---- what it refuses

@pytest.mark.parametrize("bad", ["1", None, [1, 2], (1,), b"x", object(), {}], ids=lambda b: type(b).__name__)
@pytest.mark.parametrize("symbol", OPERATORS)
def test_operators_refuse_what_is_no_number(bad, symbol):
    for a, b in ((Value(2.0), bad), (bad, Value(2.0))):
        with pytest.raises(TypeError,
                           match=r"unsupported operand type\(s\)|can only concatenate|can't multiply|can't concat"):
            OPERATORS[symbol](a, b)


@pytest.mark.parametrize("bad", [np.ones(2), np.array(1.0), mg.zeros(2)], ids=["array", "0-d array", "tensor"])
@pytest.mark.parametrize("symbol", OPERATORS)
def test_operators_refuse_arrays(bad, symbol):
    for a, b in ((Value(2.0), bad), (bad, Value(2.0))):
        with pytest.raises(TypeError,
                           match=r"\[value\] expected a float, .* found (ndarray|Tensor): arrays and lists belong"):
            OPERATORS[symbol](a, b)


@pytest.mark.parametrize("bad", ["1", [1, 2], np.ones(2), mg.zeros(2), None], ids=lambda b: type(b).__name__)
def test_construction_and_methods_refuse_what_is_no_number(bad):
    calls = [lambda: Value(bad), lambda: Value(1).max(bad), lambda: Value(1).min(bad)]
    if bad is not None:                             # the default
        calls.append(lambda: Value(1).backward(bad))
    for call in calls:
        with pytest.raises(TypeError,
                           match=rf"\[value\] expected a float, int, .* found {type(bad).__name__}: arrays"):
            call()


@pytest.mark.parametrize("a, b", [(Decimal(1), 1.5), (Decimal(1), F), (1j, Decimal(1))])
def test_kinds_that_do_not_mix(a, b):
    for op in OPERATORS.values():
        with pytest.raises(TypeError, match=r"\[value\] .* do not mix: convert one of them"):
            op(Value(a), b)
        with pytest.raises(TypeError, match="do not mix"):
            op(Value(b), Value(a))


# ---- comparison, hash, conversion, text

def test_comparisons_are_those_of_the_numbers():
    a, b = Value(2), Value(Fraction(5, 2))
    assert a < b and b > a and a <= 2 and a >= 2.0 and a == 2 and a != b and a == Value(2.0)
    assert 1 < a and 3 > a and 1 <= a and 3 >= a  # noqa: SIM300
    assert 2 == a  # noqa: SIM300
    assert not a < 2 and not a > b
    for array in (np.ones(2), np.ones(()), mg.tensor(2.0)):
        for compare in (operator.eq, operator.ne, operator.lt, operator.ge):
            for pair in ((a, array), (array, a)):
                with pytest.raises(TypeError, match=r"\[value\] expected a float, .*arrays and lists belong in mg\.Tensor"):
                    compare(*pair)
    assert a == np.float32(2) and np.float64(2) == a
    assert (a == "2") is False and (a != "2") is True and (a == None) is False  # noqa: E711
    assert sorted([b, a, Value(-1.0)]) == [-1.0, 2, 2.5] and max(a, b) is b
    for other in ("2", None, [1]):
        with pytest.raises(TypeError, match="not supported between instances of"):
            a < other  # noqa: B015
    assert Value(X) == Value(X) and Value(X) != Value(Y)


def test_hash_is_that_of_the_object():
    a, b = Value(2), Value(2)
    assert a == b and hash(a) == hash(a) and len({a, b}) == 2 and {a: 1}[a] == 1


def test_conversions():
    a = Value(Fraction(7, 2))
    assert float(a) == 3.5 and int(a) == 3 and bool(a) and not Value(0.0) and a.item() == Fraction(7, 2)
    assert abs(Value(-2)).data == 2 and type(Value(np.float32(0.5)).data) is float
    assert type(Value(np.int8(3)).data) is int
    with pytest.raises(TypeError):
        float(Value(1j))


def test_repr_and_label():
    assert repr(Value(2.5)) == "Value(2.5)" and repr(Value(F)) == "Value(1/3)"
    assert repr(Value(X, label="x")) == "Value(x=x)"
    a = Value(2, label="a")
    (a * 3).backward()
    assert repr(a) == "Value(a=2, grad=3)" and a.label == "a" and (a * 3).label == ""
    a.grad = None
    a.backward(create_graph=True)
    assert repr(a) == "Value(a=2, grad=1)"


def test_value_of_a_value_is_a_new_leaf():
    a = Value(2.0, label="a")
    b = (a * 3).detach()
    c = Value(a)
    (b + c).backward()
    assert a.grad is None and b.grad == 1.0 and c.grad == 1.0 and a.detach().label == "a"
    with pytest.raises(AttributeError):
        a.colour = "red"


# ---- backward

def test_the_graph_stays():
    """A Value graph is there to be looked at: parents, rules and every intermediate gradient."""
    a, b = Value(2.0), Value(3.0)
    c = a * b
    d = c.tanh()
    d.backward()
    assert d.parents == (c,) and c.parents == (a, b) and [v.name for v in (a, c, d)] == ["leaf", "mul", "tanh"]
    assert d.grad == 1.0 and c.grad == 1 - math.tanh(6.0) ** 2 and a.grad == 3 * c.grad


def test_a_second_backward_adds():
    a = Value(3)
    y = a * a
    y.backward()
    y.backward()
    assert a.grad == 12 and y.grad == 2


def test_two_roots_add():
    a = Value(3)
    h = a * 2
    (h + 1).backward()
    (h * h).backward()
    assert a.grad == 2 + 24 and h.grad == 1 + 12


def test_a_leaf_used_often():
    a = Value(2)
    (a * a * a + a - a / a).backward()
    assert a.grad == 13
    a = Value(5)
    a.backward()
    assert a.grad == 1


def test_kinds_of_gradients():
    for number in (2, 2.0, F, Decimal(2), 2 + 0j):
        a = Value(number)
        (a + 1).backward()
        assert a.grad == 1 and type(a.grad) is type(number)
        a = Value(number)
        (a * a).backward(3)
        assert a.grad == 6 * number and type(a.grad) is type(number)


def test_backward_starts_from_a_given_gradient():
    a, v = Value(2.0), Value(5.0)
    (a * a).backward(0.5)
    assert a.grad == 2.0
    a.grad = None
    (a * a).backward(v)
    assert a.grad == 20.0 and type(a.grad) is float
    a.grad = None
    (a * a).backward(v, create_graph=True)      # 2 a v, whose slope in v is 2 a
    a.grad.backward()
    assert v.grad == 4.0


def test_higher_orders_are_exact():
    a = Value(Fraction(1, 2))
    y = a**5
    for expected in (Fraction(5, 16), Fraction(5, 2), Fraction(15), Fraction(60), 120):
        a.grad = None
        y.backward(create_graph=True)
        y = a.grad
        assert y.data == expected and isinstance(y.data, (int, Fraction))
    a.grad = None
    y.backward()
    assert a.grad is None                           # 120 does not depend on a


def test_first_order_after_second_order_adds_to_it():
    a = Value(3)
    y = a * a
    y.backward(create_graph=True)
    y.backward()
    assert isinstance(a.grad, Value) and a.grad.data == 12


def test_newton_with_values():
    """sqrt 2 by Newton's method, on fractions: the gradients steer, exactly."""
    a = Value(Fraction(3, 2))
    for _ in range(3):
        a.grad = None
        y = a * a - 2
        y.backward()
        a = Value(a.data - y.data / a.grad)
    assert a.data == Fraction(665857, 470832)


def test_a_copy_is_a_new_leaf_and_formats_like_its_number():
    a = mg.Value(2.5, "a")
    b = copy.deepcopy(a * a)
    assert b.data == 6.25 and b.parents == () and copy.copy(a).label == "a"
    assert f"{a:.2f}" == "2.50"
