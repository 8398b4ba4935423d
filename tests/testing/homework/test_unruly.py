"""Code that draws random numbers, and code that does its worst: both end in a report."""

import asyncio

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, random
from minigrad.testing import check_gradient

R = np.random.default_rng(3)
X, Y = R.standard_normal((5, 4)), R.integers(0, 3, 5)


def network(*between):
    mg.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), *between, nn.Linear(6, 3))


def by_hand(net):
    """backprop(x, y) of such a net, in which nothing is dropped."""
    first, last = ([net[i].weight.detach().numpy().astype(float), net[i].bias.detach().numpy().astype(float)]
                   for i in (0, len(net) - 1))

    def backprop(x, y):
        z = x @ first[0].T + first[1]
        h = np.maximum(z, 0)
        p = np.exp(h @ last[0].T + last[1])
        d = (p / p.sum(1, keepdims=True) - np.eye(3)[y]) / len(y)
        below = (d @ last[0]) * (z > 0)
        return [below.sum(0), d.sum(0)], [below.T @ x, d.T @ h]

    return backprop


# ---- random numbers

@pytest.mark.parametrize("between, who", [
    ([nn.Dropout(0.5)], "2 Dropout gives"), ([nn.Dropout(0.5), nn.Dropout(0.2)], "2 Dropout, 3 Dropout give"),
    ([nn.AlphaDropout(0.5)], "2 AlphaDropout gives")])
def test_dropout_is_compared_as_in_evaluation(between, who):
    net = network(*between)
    state = random.get_state()
    report = check_gradient(by_hand(net), net, X, Y)
    assert report and report.notes == (
        f"{who} another result each time in training mode, and nobody's mask is another's: the right gradient is that of "
        "evaluation mode, in which nothing is dropped. Drop nothing in your code either (p = 0, and no factor 1/(1 - p)) while "
        "it is checked.",)
    assert "Note: 2 " in str(report) and all(m.training for m in net.modules())
    for a, b in zip(state, random.get_state(), strict=True):
        np.testing.assert_equal(a, b)
    assert check_gradient(by_hand(net), net.eval(), X, Y).notes == ()


def test_a_mistake_beside_dropout_is_named():
    net = network(nn.Dropout(0.5))
    right = by_hand(net)
    report = check_gradient(lambda x, y: [[2 * g for g in part] for part in right(x, y)], net, X, Y)
    assert {f.name for f in report} == {"twice"}


def test_batch_norm_beside_dropout_keeps_the_statistics_of_its_batch():
    net = network(nn.BatchNorm1d(6), nn.Dropout(0.5))
    engine = network(nn.BatchNorm1d(6)).double()

    def right(x, y):
        engine.zero_grad()
        mg.cross_entropy(engine(x), y).backward()
        return [p.grad.numpy() for p in engine.parameters()]

    report = check_gradient(right, net, X, Y)
    assert report and report.notes[0].startswith("3 Dropout gives")


def test_random_numbers_that_stay_are_the_teachers():
    class Noisy(nn.Module):
        def __init__(self):
            self.w = nn.Parameter(np.ones(3))

        def forward(self, x):
            return mg.dropout(x * self.w, 0.5)

    noisy = Noisy()
    with pytest.raises(ValueError, match=r"^\[check_gradient\] net gives another result each time it is called, in evaluation"):
        check_gradient(lambda x: None, noisy, X[:, :3], loss=None)
    with pytest.raises(ValueError, match="Is there a dropout"):
        check_gradient(lambda x: None, lambda x: noisy(x).sum(), X[:, :3], wrt={"w": noisy.w})


def test_a_dropout_layer():
    class Dropout:
        p = 0.0

        def forward(self, x):
            self.mask = np.random.default_rng(0).random(x.shape) >= self.p
            return x * self.mask / (1 - self.p)

        def backward(self, g):
            return g * self.mask / (1 - self.p)

    report = check_gradient(Dropout(), nn.Dropout(0.5), X)
    assert report and "(p = 0," in report.notes[0]
    wrong = Dropout()
    wrong.p = 0.5
    assert not check_gradient(wrong, nn.Dropout(0.5), X)


# ---- code that does its worst

class Mute(Exception):
    def __str__(self):
        raise SystemExit("no words")


class Own(BaseException):
    pass


class Array:
    """What leaves the program when it is looked at."""

    def __init__(self, error):
        self.error = error

    def __array__(self, *arguments, **options):
        raise self.error

    def __repr__(self, *arguments):
        raise self.error

    __str__ = __len__ = __iter__ = __getattr__ = __repr__


class Key:
    def __repr__(self):
        raise Own


ERRORS = [SystemExit(3), GeneratorExit("g"), asyncio.CancelledError("c"), Own("mine"), Mute(), RecursionError("deep"),
          MemoryError()]


def throwing(error):
    def backprop(x, y):
        raise error

    return backprop


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_whatever_is_raised_is_a_finding(error):
    net = network()
    report = check_gradient(throwing(error), net, X, Y)
    finding, = report
    assert not report and finding.name == "error" and finding.sentence.startswith(f"backprop raised {type(error).__name__}")
    assert finding.sentence.endswith("of test_unruly.py: `raise error`)") and str(report)


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("returned", [
    lambda a: a, lambda a: ([a, a], [a, a]), lambda a: {"0.weight": a}, lambda a: [a] * 4, lambda a: {Key(): a},
    lambda a: {"q": a},
    lambda a: type("Odd", (dict,), {"get": lambda *_: a.__str__(), "keys": a.__iter__, "__iter__": a.__iter__})(w=1),
    lambda a: type("Odd", (list,), {"__len__": a.__len__, "__iter__": a.__iter__, "__getitem__": lambda *_: a.__len__()})([1]),
], ids=range(8))
def test_whatever_is_returned_is_a_finding(returned, error):
    net, thing = network(), returned(Array(error))
    for report in (check_gradient(lambda x, y: thing, net, X, Y), check_gradient(thing, net, X, Y)):
        assert not report and len(report.findings) and str(report) and report.to_dict() and report._repr_html_()


def test_an_array_that_raises_is_said_with_its_error():
    net = network()
    right = by_hand(net)

    def one(x, y):
        db, dw = right(x, y)
        return [Array(SystemExit("out")), db[1]], dw

    report = check_gradient(one, net, X, Y)
    assert [f.name for f in report] == ["right", "no array", "right", "right"]
    assert "The gradient is an Array, which is no array: turning it into an array raised SystemExit: out (line " in str(report)


def test_ctrl_c_is_no_mistake_of_the_student():
    with pytest.raises(KeyboardInterrupt):
        check_gradient(throwing(KeyboardInterrupt()), network(), X, Y)


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("what", ["forward", "backward", "W", "gW", "set W", "result", "gx", "property forward", "property W",
                                  "property gW"])
def test_layers_that_do_their_worst(what, error):
    class Linear:
        def __init__(self):
            self.W, self.b, self.gW, self.gb = np.zeros((3, 4)), np.zeros(3), None, None
            if what == "W":
                self.W = Array(error)

        def forward(self, x):
            if what == "forward":
                raise error
            self.x = x
            return Array(error) if what == "result" else x @ self.W.T + self.b

        def backward(self, g):
            if what == "backward":
                raise error
            self.gW, self.gb = Array(error) if what == "gW" else g.T @ self.x, g.sum(0)
            return Array(error) if what == "gx" else g @ self.W

        def __setattr__(self, name, value):
            if what == "set W" and name == "W" and "W" in vars(self):
                raise error
            object.__setattr__(self, name, value)

    def refuse(self, value=None):
        raise error

    kind = Linear
    if what.startswith("property"):
        kind = type("Linear", (Linear,), {what.split()[1]: property(refuse, lambda self, value: None)})
    report = check_gradient(kind(), nn.Linear(4, 3), X)
    assert not report and str(report) and report.to_dict()
    if what == "set W":
        assert report["W"].sentence.startswith(f"setting Linear.W raised {type(error).__name__}")
