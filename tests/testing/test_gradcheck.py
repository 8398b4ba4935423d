"""The checker itself: it passes what is right, and catches what is wrong, by as little as 0.1 %."""

import re

import numpy as np
import pytest

import minigrad as mg
from minigrad import rules
from minigrad.engine import record
from minigrad.testing import GradientError, gradcheck, gradgradcheck

from ..ops.cases import CASES, names

R = np.random.default_rng(0)
X = R.standard_normal((2, 3))


def wrong(factor):
    """The identity, with a gradient that is wrong by a factor."""
    def wrong_rule(k, g, need):
        return (k.mul(g, factor),)

    return lambda x: record(x.k, x.k.copy(x.data), (x,), wrong_rule)


@pytest.mark.parametrize("case", CASES, ids=names())
def test_one_part_in_a_thousand_is_caught_in_every_operation(case):
    for i in range(len(case.inputs)):
        for factor in (1.001, 0.999):
            def f(*xs, i=i, spoil=wrong(factor)):
                return case.f(*[spoil(x) if i == j else x for j, x in enumerate(xs)])

            if case.op == "power" and case.f(*map(mg.Tensor, case.inputs)).tolist() == [1.0] * 5:
                assert gradcheck(f, *case.inputs)       # x ** 0 has no slope at all
                continue
            with pytest.raises(GradientError, match=rf"\[gradcheck\] input {i}, index \(.*\): the gradient is .*, but"):
                gradcheck(f, *case.inputs)


def test_a_rule_wrong_by_one_part_in_a_thousand(monkeypatch):
    assert gradcheck(mg.tanh, X) and gradgradcheck(mg.tanh, X)
    right = rules.tanh
    monkeypatch.setattr(rules, "tanh", lambda k, g, need, y: (k.mul(right(k, g, need, y)[0], 1.001),))
    with pytest.raises(GradientError):
        gradcheck(mg.tanh, X)


def test_an_error_of_the_second_order_only():
    """A first order that is right, through a constant that should be part of the graph."""
    def square_rule(k, g, need, x):
        return (k.mul(g, k.mul(2, constant_of(x))),)

    def constant_of(x):
        return x.detach() if isinstance(x, mg.Tensor) else x

    def square(x):
        return record(x.k, x.k.mul(x.data, x.data), (x,), square_rule, (0,))

    assert gradcheck(square, X)
    with pytest.raises(GradientError, match=r"\[gradcheck\] input 0, index \(0, 0\): the gradient is 0.0, but finite"):
        gradgradcheck(square, X)


def test_the_message_names_input_index_and_both_numbers():
    y = np.zeros((2, 3))
    y[1, 2] = 3

    def f(a, b):
        return (a * mg.where(y > 0, wrong(2)(b), b)).sum()

    with pytest.raises(GradientError) as error:
        gradcheck(f, np.full((2, 3), 5.0), np.ones((2, 3)), seed=1)
    found = re.fullmatch(r"\[gradcheck\] input 1, index \(1, 2\): the gradient is (.*), but finite differences give "
                         r"the slope (.*)", str(error.value))
    assert float(found[1]) == pytest.approx(2 * float(found[2]), rel=1e-6)
    assert isinstance(error.value, AssertionError)


# ---- kinks and jumps

@pytest.mark.parametrize("slope, passes", [(0, True), (0.5, True), (1, True), (1.01, False), (-0.01, False)])
def test_at_a_kink_the_gradient_lies_between_the_slopes(slope, passes):
    def f(x):
        return mg.relu(x, at_zero=slope)

    x = np.array([-1.0, 0, 2])
    if passes:
        assert gradcheck(f, x)
        return
    with pytest.raises(GradientError, match=r"index \(1,\): the gradient is .* finite differences give slopes from"):
        gradcheck(f, x)


@pytest.mark.parametrize("f", [mg.abs, lambda x: mg.maximum(x, 0), lambda x: mg.max(x, 0),
                               lambda x: mg.minimum(x, x * x)],
                         ids=["abs", "maximum", "max", "minimum"])
def test_kinks_of_operations(f):
    assert gradcheck(f, np.array([0.0, 0, 1, 1]))


def test_a_kink_next_to_the_point():
    assert gradcheck(mg.relu, np.array([1e-7, -1e-7]))


@pytest.mark.parametrize("f", [lambda x: mg.where(x >= 0, x + 1, x),
                               lambda x: mg.where(x > 0, x + 1, mg.where(x < 0, x - 1, x))],
                         ids=["one side", "both sides"])
def test_a_jump_is_reported(f):
    assert gradcheck(f, np.array([1.0, -1]))
    with pytest.raises(GradientError, match=r"\[gradcheck\] input 0, index \(1,\): f jumps here, so it has no slope"):
        gradcheck(f, np.array([1.0, 0]))


def test_the_second_order_at_a_kink_is_a_jump():
    with pytest.raises(GradientError, match="f jumps here"):
        gradgradcheck(lambda x: mg.relu(x) * x.detach().sum(), np.array([0.0, 3]))


def test_steep_is_no_jump():
    assert gradcheck(lambda x: 1e4 * x * x, np.array([3.0, -2]))


def test_infinite_and_undefined_slopes_are_no_agreement():
    with pytest.raises(GradientError):
        gradcheck(mg.sqrt, np.array([0.0]))
    with pytest.raises(GradientError):
        gradcheck(mg.log, np.array([-1.0]))


# ---- inputs and outputs of every form

def test_tensors_numbers_integers_and_several_outputs():
    x = mg.Tensor(X, dtype=np.float32)
    labels = np.array([2, 0])
    for check in (gradcheck, gradgradcheck):
        assert check(lambda x, t: mg.cross_entropy(x, t), x, labels)
        assert check(lambda x, t: mg.cross_entropy(x, t), x, mg.Tensor(labels))
        assert check(lambda x, c, n: (x * c, mg.exp(x).sum(0), x.shape and x[:, n]), x, 2.5, 1)
        assert check(lambda x: mg.split(mg.sin(x), (1, 2), 1), X)
        assert check(lambda x, unused: x * x, X, np.ones(2))
        assert check(lambda x: x * 3, np.zeros((0, 2)))
    assert x.dtype == np.float32 and x.grad is None and not x.requires_grad


def test_runs_in_float64_on_the_tensors_device():
    seen = set()

    def f(x):
        seen.add((x.device, x.dtype, x.requires_grad))
        return x * x

    gradcheck(f, mg.Tensor([1.0, 2], device="numpy"))
    assert seen == {("numpy", np.dtype(np.float64), True)}


def test_inputs_are_left_alone():
    a = np.array([1.0, 2])
    gradcheck(lambda x: x**3, a)
    gradgradcheck(lambda x: x**3, a)
    assert a.tolist() == [1, 2]


def test_errors():
    with pytest.raises(TypeError, match=re.escape("[gradcheck] no input is of floating point: there is no gradient")):
        gradcheck(lambda x: x, np.arange(3))
    with pytest.raises(GradientError, match=re.escape("[gradcheck] no output of f requires grad: the graph is broken")):
        gradcheck(lambda x: x.detach(), X)
    with pytest.raises(GradientError, match=re.escape("[gradcheck] f gives different results for the same inputs")):
        gradcheck(lambda x: mg.dropout(x, 0.5), np.ones(100))

    def misshapen_rule(k, g, need):
        return (k.reshape(g, (1, 3)),)

    with pytest.raises(GradientError, match=re.escape("[gradcheck] input 0 has shape (3,), but its gradient (1, 3)")):
        gradcheck(lambda x: record(x.k, x.data, (x,), misshapen_rule), np.ones(3))
