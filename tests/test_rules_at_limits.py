"""Where slopes are infinite or have no value: nothing comes out of every rule where nothing comes in, and a ** b over the whole
grid of zeros, ones, infinities, NaN, halves and whole numbers."""

import itertools

import numpy as np
import pytest

import minigrad as mg
from minigrad.scalar.value import Value

from .test_rules import CASES, each_case

LIMITS = 0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 2.0, 3.0, np.inf, -np.inf, np.nan


def limits(name):
    """Every pair (or single one) of numbers where a slope may be infinite or have no value."""
    return list(itertools.product(LIMITS, repeat=len(CASES[name].points[0])))


@each_case
@pytest.mark.parametrize("order", [1, 2])
def test_nothing_in_nothing_out(name, order, device):
    """Elements whose incoming gradient is 0 have gradients of 0, whatever their slope is, and so have Values."""
    columns = np.array(limits(name)).T
    chosen = np.arange(columns.shape[1]) % 3 > 0
    leaves = [mg.Tensor(c, requires_grad=True) for c in columns]
    y = mg.where(chosen, CASES[name].tensor(*leaves), 7)
    y.sum().backward(create_graph=order == 2)
    first = [x.grad for x in leaves]
    if order == 2 and any(g.requires_grad for g in first):
        for x in leaves:
            x.grad = None
        sum(g.sum() for g in first).backward()
    for x in leaves:
        assert x.grad is None or not x.grad.numpy()[~chosen].any()


@each_case
def test_nothing_in_nothing_out_of_values(name):
    for point in limits(name):
        inputs = [Value(x) for x in point]
        (CASES[name].value(*inputs)).backward(0.0)
        assert not any(x.grad for x in inputs)


NUMBERS = 0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 1.5, -1.5


def powers(tensor):
    """a ** b over the whole grid by a library: the value, both slopes, and the slopes of both."""
    a, b = (tensor(c) for c in np.array(list(itertools.product(NUMBERS, repeat=2))).T)
    y = a**b
    y.sum().backward(create_graph=True)
    found = [y, a.grad, b.grad]
    for g in (a.grad, b.grad):
        a.grad = b.grad = None
        g.sum().backward(retain_graph=True)
        found += a.grad, b.grad
    return [t.detach().numpy() for t in found]


def powers_of_values():
    """The same by Values, one pair after the other."""
    rows = []
    for pair in itertools.product(NUMBERS, repeat=2):
        rows.append([])
        for order in ((), (0,), (1,)):
            a, b = map(Value, pair)
            y = a**b
            y.backward(create_graph=True)
            if order:
                g = (a.grad, b.grad)[order[0]]
                a.grad = b.grad = None
                g.backward()
                rows[-1] += [float(x.grad or 0) for x in (a, b)]
            else:
                rows[-1] += [y.data, float(a.grad), float(b.grad)]
    return np.array(rows).T


@pytest.mark.filterwarnings("ignore")
def test_a_single_exponent_gives_what_many_give(device):
    """numpy takes the square root where one exponent of 0.5 stands beside many numbers: NaN of -inf, where the power is inf."""
    for number in NUMBERS:
        found = []
        for exponents in (number, [number], [number] * len(NUMBERS)):
            a, b = mg.Tensor(np.array(NUMBERS), requires_grad=True), mg.Tensor(np.array(exponents), requires_grad=True)
            y = a**b
            y.sum().backward()
            found.append((y.detach().numpy(), a.grad.numpy(), b.grad.sum().numpy()))
        for one, row, many in zip(*found, strict=True):
            np.testing.assert_array_equal(one, many)
            np.testing.assert_array_equal(row, many)


@pytest.mark.filterwarnings("ignore")
def test_powers_are_pytorchs_where_it_is_right(device):
    """... in value and slopes, but where it multiplies 0 by infinity: a power of 0 wins there, so that inf ** -2, as a function
    of either, is flat. In the second order also at b = 0, where the slope in a is 0 but grows by 1 / a with b."""
    torch = pytest.importorskip("torch")
    ours = powers(lambda c: mg.Tensor(c, requires_grad=True))
    theirs = powers(lambda c: torch.tensor(c, requires_grad=True))
    a, b = np.array(list(itertools.product(NUMBERS, repeat=2))).T
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-15)
    for found, expected in zip(ours[1:3], theirs[1:3]):
        flat = np.isnan(expected) & ~np.isnan(found)
        assert not found[flat].any() and np.isinf([a[flat], b[flat]]).any(0).all() and flat.any()
        np.testing.assert_allclose(found[~flat], expected[~flat], rtol=1e-12)
    aa, ab, ba, bb = ours[3:]
    with np.errstate(all="ignore"):
        known = np.isfinite(a) & np.isfinite(b) & (a > 0)
        np.testing.assert_allclose(ab[known], (ours[0] * (1 + b * np.log(a)) / a)[known], rtol=1e-12)
    np.testing.assert_allclose(ba[known], ab[known], rtol=1e-12)
    for found, expected in ((aa, theirs[3]), (bb, theirs[6])):
        np.testing.assert_allclose(found[~np.isnan(expected)], expected[~np.isnan(expected)], rtol=1e-12)


@pytest.mark.filterwarnings("ignore")
def test_powers_of_values_are_those_of_tensors(device):
    np.testing.assert_allclose(powers_of_values(), powers(lambda c: mg.Tensor(c, requires_grad=True)), rtol=1e-12)
