"""The checker itself: it passes what is right, and catches what is wrong, by as little as 0.1 %."""

import re
import sys
from functools import wraps

import numpy as np
import pytest

import minigrad as mg
from minigrad import rules
from minigrad.graph import record
from minigrad.testing import GradientError, gradcheck, gradgradcheck
from minigrad.testing.gradcheck.gradcheck import DETACHED

R = np.random.default_rng(0)
X = R.standard_normal((2, 3))


def wrong(factor):
    """The identity, with a gradient that is wrong by a factor."""
    def wrong_rule(k, g, need):
        return (k.mul(g, factor),)

    return lambda x: record(x.k, x.k.copy(x.data), (x,), wrong_rule)


LABELS = np.array([2, 0])
FUNCTIONS = {   # of as many kinds as there are; every operation goes through the suite of minigrad.testing
    "div": (mg.div, (3, 1), (2, 3, 4)),
    "tanh": (mg.tanh, (2, 3)),
    "0-d": (lambda x: mg.exp(x) * x, ()),
    "matmul": (mg.matmul, (3, 4), (4, 2)),
    "conv2d": (mg.conv2d, (2, 2, 4, 4), (3, 2, 3, 3)),
    "relu net": (lambda x, w, u: mg.relu(x @ w) @ u, (5, 4), (4, 6), (6, 2)),
    "loss": (lambda s: mg.cross_entropy(s, LABELS), (2, 4)),
    "split": (lambda x: mg.split(mg.sin(x), (1, 2), 1), (2, 3)),
}


@pytest.mark.parametrize("full", [False, True], ids=["projected", "full"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_part_in_a_thousand_is_caught(name, full):
    f, *shapes = FUNCTIONS[name]
    inputs = [R.uniform(0.5, 2, shape) * R.choice((-1, 1), shape) for shape in shapes]
    result = gradcheck(f, *inputs, full=full)
    assert result and result.largest_error < 0.1
    for i in range(len(inputs)):
        for factor in (1.001, 0.999):
            def spoilt(*xs, i=i, spoil=wrong(factor)):
                return f(*[spoil(x) if i == j else x for j, x in enumerate(xs)])

            with pytest.raises(GradientError, match=rf"\[gradcheck\] input {i}, index \(.*\): the gradient is .*, but"):
                gradcheck(spoilt, *inputs, full=full)


@pytest.mark.parametrize("full", [False, True], ids=["projected", "full"])
@pytest.mark.parametrize("factor", [1.001, 0.999])
def test_a_single_wrong_weight_in_a_network_is_found(factor, full):
    """One entry of the 20 x 30 weights, wrong by one part in a thousand, under a mean loss, whose gradients are small."""
    shapes = (20, 30), (30,), (30, 3)
    w, b, u = (R.standard_normal(s) for s in shapes)
    x, t = R.standard_normal((8, 20)), R.integers(0, 3, 8)
    scale = np.ones((20, 30))
    scale[7, 11] = factor

    def loss(w, b, u):
        return mg.cross_entropy(mg.relu(x @ w + b) @ u, t)

    weights = mg.Tensor(w, requires_grad=True)
    loss(weights, b, u).backward()
    column = int(np.argmax(np.abs(weights.grad.numpy()[7])))      # a weight that matters
    scale[7] = np.where(np.arange(30) == column, factor, 1)
    passed = gradcheck(loss, w, b, u)
    assert passed and passed.evaluations == 2 + 3 * 2 * 4       # whatever the size
    with pytest.raises(GradientError) as error:
        gradcheck(lambda w, b, u: loss(wrong(scale)(w), b, u), w, b, u, full=full)
    result = error.value.result
    assert (result.input, result.name, result.index) == (0, "w", (7, column))
    assert result.gradient == pytest.approx(factor * sum(result.slopes) / 2, rel=1e-5)
    assert full or result.evaluations < 400


def test_a_rule_wrong_by_one_part_in_a_thousand(monkeypatch):
    assert gradcheck(mg.tanh, X) and gradgradcheck(mg.tanh, X)
    right = rules.tanh
    monkeypatch.setattr(rules, "tanh", wraps(rules.tanh)(lambda k, g, need, y: (k.mul(right(k, g, need, y)[0], 1.001),)))
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
    with pytest.raises(GradientError, match=r"\[gradgradcheck\] second order: input 0 \(x\), index \(.*\): no gradient arri"
                       ) as error:
        gradgradcheck(square, X)
    assert "is there a .detach(), .numpy() or no_grad in f?" in str(error.value)
    result = error.value.result
    assert (result.order, result.input, result.mistake[:19]) == (2, 0, "the graph is broken")


def test_the_message_names_input_index_and_both_numbers():
    y = np.zeros((2, 3))
    y[1, 2] = 3

    def f(a, b):
        return (a * mg.where(y > 0, wrong(2)(b), b)).sum()

    with pytest.raises(GradientError) as error:
        gradcheck(f, np.full((2, 3), 5.0), np.ones((2, 3)), seed=1)
    found = re.fullmatch(r"\[gradcheck\] input 1 \(b\), index \(1, 2\): the gradient is (.*), but finite differences give "
                         r"the slope (.*)", str(error.value))
    assert float(found[1]) == pytest.approx(2 * float(found[2]), rel=1e-6)
    assert isinstance(error.value, AssertionError)
    result = error.value.result
    assert (result.passed, result.order, result.checked, result.input, result.name, result.index) == (
        False, 1, (0, 1), 1, "b", (1, 2))
    assert (result.gradient, result.slopes[0]) == pytest.approx((float(found[1]), float(found[2])))
    assert result.largest_error > 1 and not result and result.mistake is None      # of six entries one is wrong
    again = gradcheck(f, np.full((2, 3), 5.0), np.ones((2, 3)), seed=1, raise_exception=False)
    assert again == result and again.message == str(error.value)


@pytest.mark.parametrize("factor, mistake", [
    (-1, "is minus the slope: is a sign lost?"),
    (0, "is zero everywhere, where the slope is not: was it forgotten, or never written to?"),
    (0.5, "is half of the slope: is a factor 2 missing, as from a square? Or, as 2 is the size of a batch or an axis: is the "
          "1/2 of a mean too much?"),
    (3, "is 3 times the slope, and 3 is the size of a batch or an axis: is the 1/3 of a mean missing?"),
    (1.001, "is 1.001 times the slope in every entry: is a factor lost?"),
    (np.arange(6.0).reshape(2, 3), None),
])
@pytest.mark.parametrize("full", [False, True], ids=["projected", "full"])
def test_the_likely_mistake(factor, mistake, full):
    result = gradcheck(lambda x: wrong(factor)(mg.sin(x)), X, full=full, raise_exception=False)
    assert not result and result.mistake == mistake
    large = gradcheck(lambda x: wrong(np.float64(-1))(mg.sin(x)), R.standard_normal(1000), raise_exception=False)
    assert large.mistake == "is minus the slope: is a sign lost?"


def test_a_missing_gradient_and_one_that_is_rightly_none():
    with pytest.raises(GradientError, match=r"input 1 \(b\), index \(.*\): no gradient arrived \(None\), but finite diff"):
        gradcheck(lambda a, b: a * b.detach(), X, X)
    assert gradcheck(lambda a, b: a * 2, X, X).checked == (0, 1)


def test_the_full_jacobian_names_the_output_too():
    def f(x):
        return x * 2, wrong(1.001)(mg.sin(x))

    result = gradcheck(f, X, full=True, raise_exception=False)
    assert (result.index, result.output) == ((0, 0), (1, (0, 0)))
    assert "input 0 (x), index (0, 0), output 1, index (0, 0): the gradient is" in result.message


def test_the_second_order_names_incoming_gradients():
    def f(x):
        return record(x.k, x.k.copy(x.data), (x,), lambda k, g, need: (k.detach(g) if hasattr(k, "detach") else wrong(2)(g)
                      if isinstance(g, mg.Tensor) else g,))

    assert gradcheck(f, X)
    result = gradgradcheck(f, X, raise_exception=False)
    assert (result.input, result.name) == (None, "the incoming gradient of output 0")
    assert result.message.startswith("[gradgradcheck] second order: the incoming gradient of output 0, index (")


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


CANCELLING = np.tile((1.0, -1), 20)


@pytest.mark.parametrize("f, x", [
    (lambda x: (mg.relu(x) * CANCELLING).sum(), np.zeros(40)),
    (lambda x: mg.relu(x @ np.ones((3, 4))) @ np.array([[1.0], [-1], [1], [-2]]), np.zeros((5, 3))),
    (lambda x: (mg.max(x, 1) * np.array([1.0, -2, 1])).sum(), np.zeros((3, 4))),
    (lambda x: (mg.maximum(x, x[::-1]) * CANCELLING[:10]).sum(), np.ones(10)),
    (lambda x: mg.max_pool2d(x, 2), np.zeros((1, 2, 4, 4))),
], ids=["relu", "relu net", "max", "maximum", "max_pool2d"])
def test_where_many_kinks_meet_the_entries_are_the_judges(f, x):
    """Along a direction f may even be smooth, and have another slope than the gradient by convention has."""
    assert gradcheck(f, x)

    def spoilt(x):
        scale = np.ones(x.shape)
        scale.flat[-1] = -1.01
        return f(x) + 5 * wrong(scale)(x).sum()

    with pytest.raises(GradientError) as error:
        gradcheck(spoilt, x)
    assert error.value.result.index == tuple(n - 1 for n in x.shape)


def test_a_search_without_end_says_so(monkeypatch):
    monkeypatch.setattr(sys.modules[gradcheck.__module__], "EVALUATIONS", 20)
    with pytest.raises(GradientError, match=r"so many kinks meet here that 40 of 40 entries could not be .* or full=True"):
        gradcheck(lambda x: (mg.relu(x) * CANCELLING).sum(), np.zeros(40))
    assert gradcheck(lambda x: (mg.relu(x) * CANCELLING).sum(), np.zeros(40), full=True)


def test_a_kink_next_to_the_point():
    assert gradcheck(mg.relu, np.array([1e-7, -1e-7]))


@pytest.mark.parametrize("f", [lambda x: mg.where(x >= 0, x + 1, x),
                               lambda x: mg.where(x > 0, x + 1, mg.where(x < 0, x - 1, x))],
                         ids=["one side", "both sides"])
def test_a_jump_is_reported(f):
    assert gradcheck(f, np.array([1.0, -1]))
    with pytest.raises(GradientError, match=r"\[gradcheck\] input 0 \(x\), index \(1,\): f jumps here, so it has no slope"):
        gradcheck(f, np.array([1.0, 0]))


def test_the_second_order_at_a_kink_is_a_jump():
    with pytest.raises(GradientError, match="f jumps here"):
        gradgradcheck(lambda x: mg.relu(x) * x.detach().sum(), np.array([0.0, 3]))


def test_steep_is_no_jump():
    assert gradcheck(lambda x: 1e4 * x * x, np.array([3.0, -2]))


@pytest.mark.parametrize("f", [mg.log, mg.sqrt, lambda x: 1 / x], ids=["log", "sqrt", "1 / x"])
def test_close_to_a_pole_smaller_steps_are_tried(f):
    assert gradcheck(f, np.array([1e-4, 1e-3, 2]))
    with pytest.raises(GradientError, match=r"index \(0,\)"):
        gradcheck(lambda x: f(wrong(np.array([1.001, 1, 1]))(x)), np.array([1e-4, 1e-3, 2]))


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

    with pytest.raises(GradientError, match=re.escape("[gradcheck] input 0 (x) has shape (3,), but its gradient (1, 3)")):
        gradcheck(lambda x: record(x.k, x.data, (x,), misshapen_rule), np.ones(3))


@pytest.mark.parametrize("eps", [0, -1, float("nan"), float("inf"), 1e-30])
def test_a_step_that_is_none(eps):
    with pytest.raises(ValueError, match=r"\[gradcheck\] eps"):
        gradcheck(mg.sin, np.ones(3), eps=eps)


def test_inputs_that_cannot_be_moved():
    with pytest.raises(GradientError, match="no entry is finite, so none can be moved"):
        gradcheck(mg.sin, np.full(3, np.inf))
    with pytest.raises(GradientError, match=r"f is not finite here.* draw inputs from its domain"):
        gradcheck(mg.log, -np.ones(3))


def test_a_mistake_among_very_many_kinks_is_found():
    x = np.zeros(1000)
    x[::2] = 1.7
    scale = np.where(np.arange(1000) < 200, 1.5, 1)

    @mg.custom_function
    def spoilt(x):
        return mg.relu(x)

    @spoilt.gradient
    def spoilt_gradient(g, y, x):
        return g * (x > 0).astype(x.dtype) * scale

    assert gradcheck(mg.relu, x)
    with pytest.raises(GradientError):
        gradcheck(spoilt, x)


def test_no_grad_around_it_does_not_matter():
    with mg.no_grad():
        assert gradcheck(mg.relu, np.ones(3))


@pytest.mark.parametrize("f, message", [
    (lambda x: None, "f's result is None"), (lambda x: {"a": x}, "of type dict"),
    (lambda x: [x, (x,)], "output 1 of f is of type tuple")])
def test_results_that_are_no_tensors(f, message):
    with pytest.raises(TypeError, match=message):
        gradcheck(f, np.ones(3))


# ---- outputs without a graph

@pytest.mark.parametrize("check", [gradcheck, gradgradcheck])
@pytest.mark.parametrize("full", [False, True])
def test_an_output_that_lost_its_graph_is_an_error_unless_it_is_named(check, full):
    def f(x):
        return mg.argmax(x), mg.exp(x), mg.sin(x.detach()), mg.zeros_like(x), x * x

    for named, lost in ((), 2), ((2,), 3), (3, 2):
        result = check(f, X, full=full, raise_exception=False, constant_outputs=named)
        assert not result and result.mistake == DETACHED
        assert f"output {lost} has no graph, though others have" in result.message
        assert f"name it: constant_outputs=({lost},)" in result.message
    assert check(f, X, full=full, constant_outputs=(2, 3)) and check(f, X, full=full, constant_outputs=(0, 2, 3))
    with pytest.raises(GradientError, match=r"output 4 is named in constant_outputs, but it has a graph"):
        check(f, X, full=full, constant_outputs=(2, 3, 4))
    with pytest.raises(ValueError, match=r"\[gradcheck\] constant_outputs names output 5, but f has 5: 0 to 4"):
        check(f, X, full=full, constant_outputs=(2, 3, 5))
    with pytest.raises(TypeError, match=r"\[gradcheck\] constant_outputs must be the number of an output or several"):
        check(f, X, full=full, constant_outputs="two")


@pytest.mark.parametrize("lost", range(3))
def test_whichever_output_loses_its_graph(lost):
    """However good the others are."""
    def f(x):
        ys = [mg.sin(x), x * 2, mg.exp(x).sum()]
        ys[lost] = ys[lost].detach()
        return tuple(ys)

    with pytest.raises(GradientError, match=rf"output {lost} has no graph"):
        gradcheck(f, X)
    assert gradcheck(f, X, constant_outputs=lost) and gradgradcheck(f, X, constant_outputs=lost)


def test_messages_number_the_outputs_as_f_does():
    result = gradcheck(lambda x: (mg.argmax(x), x.detach(), wrong(1.001)(mg.sin(x))), X, full=True, constant_outputs=1,
                       raise_exception=False)
    assert result.output == (2, (0, 0)) and "output 2, index (0, 0)" in result.message
    result = gradgradcheck(lambda x: (mg.argmax(x), wrong(1)(x * x)), X, raise_exception=False)
    assert result


def test_a_gradient_that_lost_its_graph_at_second_order():
    def half_detached(a, b):
        def rule(k, g, need):
            return k.mul(g, b.data), mg.Tensor(np.asarray(g.data * a.data)) if isinstance(g, mg.Tensor) else g * a.data

        return record(a.k, a.data * b.data, (a, b), rule)

    assert gradcheck(half_detached, X, X + 1)
    with pytest.raises(GradientError, match=r"second order: the gradient of input 1 \(b\) has no graph, so no second"):
        gradgradcheck(half_detached, X, X + 1)
    assert gradgradcheck(lambda a, b: a * b + mg.where(a > 99, a, 0.0 * a.detach()), X, X)
