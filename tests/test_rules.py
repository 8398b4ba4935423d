"""One text for every kind of number: each rule of rules.py against SymPy's derivative, on floats, Fractions, Decimals,
complex numbers and symbols through Value, on arrays through Tensor; and the conventions at the kinks.

What an operation is, its declaration says, and where it is smooth, its description (`testing/operations`): an operation that is
added there is tested here.
"""

import ast
import decimal
import inspect
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest
import sympy

import minigrad as mg
from minigrad import graph, kernels, rules
from minigrad.ops import elementwise
from minigrad.ops.table import DifferentiableKernels
from minigrad.scalar.numbers import NUMBERS
from minigrad.scalar.table import VALUES
from minigrad.scalar.value import Value
from minigrad.testing.operations import descriptions

from .ops.samples import drawn

A, B = sympy.symbols("a b", real=True)
INPUTS = (A, B)


@dataclass
class Case:
    """One function: on Values, on tensors, in SymPy; points (of strings) where it is smooth."""

    value: object
    tensor: object
    expression: sympy.Expr
    points: list

    @property
    def holomorphic(self):
        """Whether complex numbers have a derivative."""
        return not self.expression.has(sympy.Abs, sympy.Max, sympy.Min, sympy.sign, sympy.Piecewise, sympy.atan2)


def points(description, inputs):
    """Three points of the arrays that a description draws, to few digits: exact numbers grow."""
    found = {}
    for args, _ in drawn(description, 12):
        if len(args) == inputs and all(isinstance(a, np.ndarray) for a in args):
            for point in zip(*(a.ravel() for a in np.broadcast_arrays(*args))):
                found[tuple(f"{x:.2g}" for x in point)] = None
    found = [p for p in found if all(map(float, p))]
    return [found[0], found[len(found) // 2], found[-1]]


def case_of(name, rule):
    kernel = getattr(VALUES, name)
    smooth = next(d for d in descriptions(name)[name] if not {"first", "second"} & d.without.keys())
    return Case(lambda *values: kernel(*values), getattr(elementwise, name), getattr(NUMBERS, name)(*INPUTS[:rule.inputs]),
                points(smooth, rule.inputs))


SIGNED = [("-1.3",), ("0.4",), ("2.25",)]
PAIRS = [("0.7", "1.5"), ("2.25", "-0.8"), ("3", "2")]
CASES = {
    **{name: case_of(name, rule) for name, rule in rules.OPERATIONS.items()},
    # rules that have an argument: they are met on the way, or are given it
    "mul_by_constant": Case(lambda a: a * 3, lambda a: a * 3, A * 3, SIGNED),
    "div_by_constant": Case(lambda a: a / 3, lambda a: a / 3, A / 3, SIGNED),
    "power_of_constant": Case(lambda a: a**3 + a**-2 + a**2 + a**1 + a**0, lambda a: a**3 + a**-2 + a**2 + a**1 + a**0,
                              A**3 + A**-2 + A**2 + A + 1, SIGNED),
    "clip": Case(lambda a: a.clip(-1, 2), lambda a: mg.clip(a, -1, 2), sympy.Max(sympy.Min(A, 2), -1), SIGNED),
    "leaky_relu": Case(lambda a: a.leaky_relu(2), lambda a: mg.leaky_relu(a, 2), sympy.Max(A, 0) + 2 * sympy.Min(A, 0), SIGNED),
    "elu": Case(lambda a: a.elu(2), lambda a: mg.elu(a, 2), sympy.Piecewise((A, A > 0), (2 * sympy.exp(A) - 2, True)), SIGNED),
    "relu_at_zero": Case(lambda a: a.relu(at_zero=1), lambda a: mg.relu(a, 1), sympy.Max(A, 0), SIGNED),
    "where": Case(lambda a, b: VALUES.where(True, a * a, b) + VALUES.where(False, a, b * 3),
                  lambda a, b: mg.where(np.array(True), a * a, b) + mg.where(np.array(False), a, b * 3), A * A + 3 * B, PAIRS),
}
each_case = pytest.mark.parametrize("name", CASES)


def gradients(f, numbers, order=1):
    """(d f / d input for each input) at numbers; order 2: of the sum of squares of the first ones' derivatives."""
    inputs = [Value(n) for n in numbers]
    y = f(*inputs)
    y.backward(create_graph=order == 2)
    if order == 2:
        first = [x.grad for x in inputs]
        for x in inputs:
            x.grad = None
        total = sum((g * g for g in first[1:]), first[0] * first[0])
        total.backward()
    return [0 if x.grad is None else x.grad for x in inputs]


def truth(case, order=1):
    """SymPy's derivatives in the same order, as expressions."""
    inputs = INPUTS[:len(case.points[0])]
    first = [sympy.diff(case.expression, x) for x in inputs]
    return first if order == 1 else [sympy.diff(sum(g * g for g in first), x) for x in inputs]


def at(expression, point, digits=50):
    """The expression's value, to that many digits, at a point of strings."""
    numbers = {x: sympy.Rational(s) for x, s in zip(INPUTS, point)}
    return expression.subs(numbers).doit().evalf(digits)


RULES = {name: f for name, f in vars(rules).items() if inspect.isfunction(f) and f.__module__.startswith("minigrad.rules")
         and not name.startswith("_")}


def test_every_rule_has_a_case():
    assert sorted(RULES) == sorted(CASES)


def test_rules_import_the_declaration_only_and_use_no_operator_on_numbers_of_the_graph():
    """A text over the table k: the only arithmetic of Python's own is n - 1, on an exponent."""
    files = {rules.__name__, *(f.__module__ for f in RULES.values())}        # rules.py, or what it is split into
    tree = ast.parse("\n".join(inspect.getsource(import_module(name)) for name in sorted(files)))
    assert {n.module for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom))} - files == {"minigrad.declare"}
    assert [ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.BinOp)] == ["n - 1"]
    defaults = [d for n in ast.walk(tree) if isinstance(n, ast.arguments) for d in n.defaults]      # of a user's argument
    assert not [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)
                and n not in defaults]


# ---- what a declaration brings with it

@pytest.mark.parametrize("name", rules.OPERATIONS)
def test_an_operation_is_everywhere(name):
    """A function with a docstring, a kernel of every table, and for users also a method of Tensor and of Value."""
    rule = rules.OPERATIONS[name]
    operation = getattr(elementwise, name)
    assert rule.__doc__ and operation.__doc__
    assert len([p for p in inspect.signature(operation).parameters.values() if p.default is p.empty]) == rule.inputs
    assert name in vars(DifferentiableKernels) and name in vars(type(VALUES)) and name in vars(type(NUMBERS))
    assert all(hasattr(k, name) for k in map(kernels.table, kernels.names()))
    if not name.startswith("pick_"):
        assert getattr(mg, name) is operation is vars(mg.Tensor)[name] and getattr(Value, name).__doc__


def test_what_a_rule_saves_is_what_its_parameters_say():
    assert rules.tanh.saves == (graph.OUT,) and rules.power.saves == (0, 1, graph.OUT) and rules.add.saves == ()
    assert rules.relu_at_zero.saves == (0,) and rules.mul_by_constant.saves == ()
    assert rules.add.inputs == rules.power.inputs == 2 and rules.neg.inputs == 1


@pytest.mark.parametrize("name", rules.OPERATIONS)
def test_symbols_mean_what_the_oracle_computes(name):
    """SymPy's derivative below is that of the adapter's expression: which numpy judges."""
    case, oracle = CASES[name], descriptions(name)[name][0].oracle
    for point in case.points:
        np.testing.assert_allclose(float(at(case.expression, point)), oracle(*map(float, point)), rtol=1e-14)


@each_case
@pytest.mark.parametrize("order", [1, 2])
def test_floats(name, order):
    case = CASES[name]
    for point in case.points:
        found = gradients(case.value, map(float, point), order)
        assert all(type(g) is float for g in found) or order == 2
        expected = [float(at(e, point)) for e in truth(case, order)]
        np.testing.assert_allclose([float(g) for g in found], expected, rtol=2e-13, atol=1e-15)


@each_case
def test_floats_against_finite_differences(name):
    """An oracle that knows no calculus."""
    case = CASES[name]
    h = 1e-6
    for point in case.points:
        x = [float(s) for s in point]
        for i, g in enumerate(gradients(case.value, x)):
            up, down = ([v + s * h * (i == j) for j, v in enumerate(x)] for s in (1, -1))
            slope = (case.value(*map(Value, up)).data - case.value(*map(Value, down)).data) / (2 * h)
            assert g == pytest.approx(slope, rel=1e-7, abs=1e-8)


@each_case
@pytest.mark.parametrize("order", [1, 2])
def test_fractions(name, order):
    """Exact where the derivative of a rational number is rational; a float, and right, elsewhere."""
    case = CASES[name]
    for point in case.points:
        found = gradients(case.value, map(Fraction, point), order)
        for g, e in zip(found, truth(case, order)):
            exact = e.subs({x: sympy.Rational(s) for x, s in zip(INPUTS, point)}).doit()
            piecewise = not case.holomorphic and not case.expression.has(sympy.atan2)
            if case.expression.is_rational_function(*INPUTS) or piecewise and exact.is_Rational:
                assert isinstance(g, (int, Fraction))
                assert g == Fraction(int(exact.p), int(exact.q))
            else:
                assert float(g) == pytest.approx(float(at(e, point)), rel=1e-12)


@each_case
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("digits", [10, 28, 45])
def test_decimals(name, order, digits):
    """As many digits as the context has, less the few that a handful of roundings cost."""
    case = CASES[name]
    with decimal.localcontext() as context:
        context.prec = digits
        for point in case.points:
            for g, e in zip(gradients(case.value, map(Decimal, point), order), truth(case, order)):
                expected = Decimal(str(at(e, point, digits + 5)))
                assert isinstance(g, Decimal) or g == expected == 0
                assert abs(g - expected) <= (abs(expected) or 1) * Decimal(10) ** (4 - digits)


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c.holomorphic])
@pytest.mark.parametrize("order", [1, 2])
def test_complex(name, order):
    """Holomorphic derivatives: no conjugate anywhere."""
    case = CASES[name]
    z = [0.7 + 0.4j, 1.3 - 0.2j][:len(case.points[0])]
    complex_symbols = dict(zip(INPUTS, sympy.symbols("z w")))
    for g, e in zip(gradients(case.value, z, order), truth(case, order)):
        expected = complex(e.subs(complex_symbols).subs(dict(zip(complex_symbols.values(), z))).evalf())
        assert complex(g) == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if not c.holomorphic])
def test_complex_refused(name):
    case = CASES[name]
    with pytest.raises(TypeError, match=r"not defined for complex numbers: they have no complex derivative"):
        case.value(*[Value(1 + 1j) for _ in case.points[0]])


@each_case
@pytest.mark.parametrize("order", [1, 2])
def test_symbols(name, order):
    case = CASES[name]
    inputs = INPUTS[:len(case.points[0])]
    found = gradients(case.value, inputs, order)
    for g, e in zip(found, truth(case, order)):
        for point in case.points:
            difference = at(sympy.sympify(g), point, 30) - at(e, point, 30)
            assert abs(difference) < 1e-20


@each_case
def test_tensors_agree_with_values(name, device):
    """The scalar is the oracle of the tensor: values, first and second order, elementwise in float64."""
    case = CASES[name]
    columns = [np.array([float(p[i]) for p in case.points]) for i in range(len(case.points[0]))]
    leaves = [mg.Tensor(c, requires_grad=True) for c in columns]
    y = case.tensor(*leaves)
    assert y.dtype == np.float64
    y.sum().backward(create_graph=True)
    first = [x.grad for x in leaves]
    expected = np.array([gradients(case.value, map(float, p)) for p in case.points], float).T
    np.testing.assert_allclose(y.detach().numpy(), [case.value(*map(Value, map(float, p))).data for p in case.points],
                               rtol=1e-14)
    for g, e in zip(first, expected):
        np.testing.assert_allclose(g.detach().numpy(), e, rtol=1e-13)

    for x in leaves:
        x.grad = None
    total = sum((g * g).sum() for g in first)
    expected = np.array([gradients(case.value, map(float, p), 2) for p in case.points], float).T
    if total.requires_grad:
        total.backward()
    for x, e in zip(leaves, expected):
        np.testing.assert_allclose(0 * x.detach().numpy() if x.grad is None else x.grad.numpy(), e, rtol=1e-12, atol=1e-14)


@each_case
def test_tensors_in_float32(name, device):
    """On every device, in the dtype that networks train in."""
    case = CASES[name]
    columns = [np.array([float(p[i]) for p in case.points], np.float32) for i in range(len(case.points[0]))]
    leaves = [mg.Tensor(c, requires_grad=True) for c in columns]
    case.tensor(*leaves).sum().backward()
    expected = np.array([gradients(case.value, map(float, p)) for p in case.points], float).T
    for x, e in zip(leaves, expected):
        assert x.grad.dtype == np.float32
        # the slope of gelu_tanh goes through 0, where its terms cancel
        np.testing.assert_allclose(x.grad.numpy(), e, rtol=3e-6, atol=1e-7 if name == "gelu_tanh" else 0)


# ---- conventions at the kinks

KINKS = {  # (function of one leaf, where, the slope there)
    "relu": (lambda a: a.relu(), 0.0, 0.0),
    "relu at_zero": (lambda a: a.relu(at_zero=0.5), 0.0, 0.5),
    "relu at_zero elsewhere": (lambda a: a.relu(at_zero=0.5), -1.0, 0.0),
    "abs": (lambda a: a.abs(), 0.0, 0.0),
    "sqrt": (lambda a: a.sqrt(), 0.0, np.inf),
    "log": (lambda a: a.log(), 0.0, np.inf),
    "zeroth power": (lambda a: a**0, 0.0, 0.0),
    "first power": (lambda a: a**1, 0.0, 1.0),
    "square": (lambda a: a**2, 0.0, 0.0),
    "root as power": (lambda a: a**0.5, 0.0, np.inf),
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks(name, device):
    f, where, slope = KINKS[name]
    v, t = Value(where), mg.Tensor(np.array(where), requires_grad=True)
    f(v).backward()
    f(t).backward()
    assert v.grad == slope and t.grad.item() == slope


@pytest.mark.parametrize("f", ["max", "min"])
def test_ties_split_evenly(f, device):
    a, b = Value(Fraction(2)), Value(Fraction(2))
    getattr(a, f)(b).backward()
    assert a.grad == b.grad == Fraction(1, 2)
    c, d = (mg.Tensor([2.0, 1.0, 3.0], requires_grad=True), mg.Tensor([2.0, 3.0, 1.0], requires_grad=True))
    (mg.maximum if f == "max" else mg.minimum)(c, d).sum().backward()
    larger = [0.5, 0.0, 1.0], [0.5, 1.0, 0.0]
    assert [c.grad.tolist(), d.grad.tolist()] == list(larger if f == "max" else larger[::-1])


def test_tie_with_itself(device):
    """max(a, a) = a: the halves add up."""
    a, t = Value(3), mg.Tensor([3.0], requires_grad=True)
    a.max(a).backward()
    mg.maximum(t, t).sum().backward()
    assert a.grad == 1 and t.grad.tolist() == [1.0]


@pytest.mark.parametrize("kind", [int, float, Fraction, Decimal])
@pytest.mark.parametrize("a, b, ga, gb", [(0, 2, 0, 0), (0, 1, 1, 0), (0, 0, 0, 0), (3, 0, 0, np.log(3))])
def test_power_where_it_is_flat(kind, a, b, ga, gb):
    """a ** b with both variable: at b = 0 the slope in a is 0, at a = 0 the slope in b is 0; no nan, no error."""
    x, y = Value(kind(a)), Value(kind(b))
    (x**y).backward()
    assert x.grad == ga and float(y.grad) == pytest.approx(gb)
    s, t = mg.Tensor(np.array([float(a)]), requires_grad=True), mg.Tensor(np.array([float(b)]), requires_grad=True)
    (s**t).sum().backward()
    assert s.grad.tolist() == [ga] and t.grad.numpy()[0] == pytest.approx(gb)


def test_power_is_finite_to_the_second_order_at_zero():
    s, t = mg.Tensor(np.zeros(2), requires_grad=True), mg.Tensor(np.array([0.0, 2.0]), requires_grad=True)
    (s**t).sum().backward(create_graph=True)
    g = s.grad.sum()
    s.grad = t.grad = None
    g.backward()
    assert s.grad.tolist() == [0.0, 2.0]


@pytest.mark.parametrize("name, expected", [("relu", [np.nan, 0.0, np.inf]), ("abs", [np.nan, np.inf, np.inf])])
def test_what_is_not_finite(name, expected, device):
    points = [np.nan, -np.inf, np.inf]
    np.testing.assert_array_equal(getattr(mg, name)(mg.Tensor(points)).numpy(), np.float32(expected))
    np.testing.assert_array_equal([getattr(Value(x), name)().data for x in points], expected)
