"""Piecewise linear functions of one number: exact, and the same as the network evaluated directly."""

import math
import pickle
from fractions import Fraction as F
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad import nn
from minigrad.piecewise import (
    Layer,
    PiecewiseLinear,
    as_module,
    forward,
    interpolate,
    kink_bounds,
    layers_of,
    propagate,
    zigzag,
)

NUMBERS = st.fractions(-3, 3, max_denominator=8)


@st.composite
def networks(draw, inputs=1, outputs=1, depth=3, width=4):
    sizes = [inputs, *(draw(st.integers(1, width)) for _ in range(draw(st.integers(1, depth)))), outputs]
    return [([[draw(NUMBERS) for _ in range(a)] for _ in range(b)], [draw(NUMBERS) for _ in range(b)])
            for a, b in pairwise(sizes)]


@settings(max_examples=60, deadline=None)
@given(networks(), st.lists(st.fractions(-9, 9, max_denominator=50), min_size=1, max_size=6))
def test_a_network_and_its_pieces(network, points):
    f = PiecewiseLinear.of(network)
    assert len(f.kinks) + 1 == len(f.slopes) == len(f.pieces)
    assert all(a < b for a, b in pairwise(f.kinks))
    assert all(a != b for a, b in pairwise(f.slopes))                      # every kink is one
    middles = [(a + b)/2 for a, b in pairwise(f.kinks)]
    far = [f.kinks[0] - 100, f.kinks[-1] + 100] if f.kinks else []
    for x in [*points, *f.kinks, *middles, *far]:
        assert [f(x)] == forward(network, x)
        assert {piece.slope*x + piece.intercept for piece in f.pieces if piece.low <= x <= piece.high} == {f(x)}
    for x, left, right in zip(f.kinks, f.slopes, f.slopes[1:]):                      # the network itself bends there
        step = min([F(1), *(b - a for a, b in pairwise(f.kinks))])/2
        at, before, after = (forward(network, x + d)[0] for d in (0, -step, step))
        assert ((at - before)/step, (after - at)/step) == (left, right)


@settings(max_examples=40, deadline=None)
@given(networks(depth=2), networks(depth=2), NUMBERS, NUMBERS)
def test_algebra(one, other, scale, x):
    f, g = PiecewiseLinear.of(one), PiecewiseLinear.of(other)
    assert (f + g)(x) == f(x) + g(x) and (f - g)(x) == f(x) - g(x) and (scale*f)(x) == scale*f(x) == (f*scale)(x)
    assert f.relu()(x) == max(f(x), 0) and (1 - f)(x) == 1 - f(x) and (f + scale)(x) == f(x) + scale == (scale + f)(x)
    assert f - f == PiecewiseLinear.line(0, 0) and f.relu() - (-f).relu() == f and hash(f + g) == hash(g + f)
    assert (f/3)(x) == f(x)/3 and f != g + (f - g) + 1
    low, high = f.extremes(x, x + 2)
    assert low <= f(x + F(1, 3)) <= high and {low, high} <= {f(t) for t in (x, x + 2, *f.kinks)}


@settings(max_examples=40, deadline=None)
@given(networks(), NUMBERS, st.fractions(F(1, 9), 3))
def test_on_an_interval(network, low, width):
    f, g = PiecewiseLinear.of(network), PiecewiseLinear.of(network, low, low + width)
    assert g == f.on(low, low + width) and g.kinks == [x for x in f.kinks if low < x < low + width]
    assert all(f(low + t*width/7) == g(low + t*width/7) for t in range(8))
    assert f.on() == f and f.on(low=low).on(high=low + width) == g


@settings(max_examples=60, deadline=None)
@given(networks())
def test_convex_or_a_counterexample(network):
    f = PiecewiseLinear.of(network)
    rises, falls = f.convex(), f.concave()
    assert (rises is True) == (f.slopes == sorted(f.slopes)) and (falls is True) == (f.slopes == sorted(f.slopes)[::-1])
    for found, sign in ((rises, 1), (falls, -1)):
        if found is not True:
            assert not found and found.middle == (found.a + found.b)/2
            assert forward(network, found.middle)[0] == found.at_middle
            assert (forward(network, found.a)[0] + forward(network, found.b)[0])/2 == found.chord
            assert sign*(found.at_middle - found.chord) > 0 and ("above" if sign > 0 else "below") in str(found)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 10**6))
def test_floats_are_read_exactly(width, depth, seed):
    mg.manual_seed(seed)
    sizes = [1, *[width]*min(depth, 3), 1]
    net = nn.Sequential(*(m for a, b in pairwise(sizes) for m in (nn.Linear(a, b), nn.ReLU())))
    f = PiecewiseLinear.of(net)
    assert len(f.kinks) < 2*(kink_bounds(width, min(depth, 3)).sharp + 1)       # the last relu can cut each piece once more
    x = np.linspace(-4, 4, 9)
    assert np.allclose(f(x), net(mg.tensor(x[:, None], dtype="float32")).detach().numpy()[:, 0], atol=1e-5)
    assert all(v == forward(net, v0)[0] for v0, v in zip(f.kinks, f.values))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=9, unique_by=lambda p: p[0]))
def test_interpolation(points):
    xs, ys = zip(*sorted(points))
    net = interpolate(xs, ys)
    assert len(net[0][0]) == len(xs) - 1
    assert [forward(net, x) for x in xs] == [[y] for y in ys] == [[PiecewiseLinear.of(net)(x)] for x in xs]
    rounded = interpolate(list(map(float, xs)), ys)
    assert all(type(w) is float for W, b in rounded for w in [*W[0], *b])
    assert all(abs(forward(rounded, x)[0] - y) < 1e-9 for x, y in zip(xs, ys))
    computed = as_module(net)(np.array(xs, float)[:, None]).detach().numpy()[:, 0]
    assert computed.dtype == np.float64 and np.allclose(computed, np.array(ys, float), atol=1e-9)


def test_numbers_in_and_out():
    f = PiecewiseLinear([0.5, F(4)], [0, -7])
    assert f(F(1)) == -1 and type(f(1)) is F and f(1.0) == -1.0 and type(f(1.0)) is float and type(f(np.float32(1))) is float
    assert f(np.array([[1.0, 9.0]])).tolist() == [[-1.0, -7.0]] and f([1, 2]).tolist() == [-1.0, -3.0]
    assert f(mg.tensor([1.0])).tolist() == [-1.0] and f(mg.Value(F(1))) == -1
    assert str(f) == "0 for x <= 1/2; -2 x + 1 for 1/2 <= x <= 4; -7 for x >= 4"
    assert repr(f) == "PiecewiseLinear([1/2, 4], [0, -7], left=0, right=0)" and np.float64(2)*f == f*2
    assert str(PiecewiseLinear.line()) == "x for all x" and str(-PiecewiseLinear.line(1, 2)) == "-x - 2 for all x"
    assert PiecewiseLinear([0, 1], [0, 1], 1, 1) == PiecewiseLinear.line() and PiecewiseLinear.line().kinks == []
    assert pickle.loads(pickle.dumps(f)) == f
    assert PiecewiseLinear.line(1, F(1, 3)).pieces == [(-math.inf, math.inf, 1, F(1, 3))]


@pytest.mark.parametrize("width, depth", [(3, 1), (3, 2), (4, 2), (3, 3), (7, 1), (5, 2)])
def test_a_zigzag_reaches_the_bound(width, depth):
    f = PiecewiseLinear.of(zigzag(width, depth))
    assert len(f.kinks) == kink_bounds(width, depth).sharp and f.extremes(0, 1) == (0, 1)
    assert [len(layer.b) for layer in layers_of(zigzag(width, depth))] == [width]*depth + [1]


def test_narrow_zigzags_and_bounds():
    assert [len(PiecewiseLinear.of(zigzag(2, depth)).kinks) for depth in (1, 2, 3)] == [2, 5, 9]
    assert kink_bounds(1, 1) == (2, 1) and kink_bounds(2, 2) == (16, 8)
    assert all(kink_bounds(k, depth).sharp < kink_bounds(k, depth).classic for k in range(1, 9) for depth in range(1, 9))


def test_reading_networks():
    net = nn.Sequential(nn.Sequential(nn.Linear(1, 2), nn.ReLU()), nn.Linear(2, 2, bias=False), nn.Linear(2, 1), nn.ReLU())
    assert [(len(layer.W), layer.relu) for layer in layers_of(net)] == [(2, True), (2, False), (1, True)]
    given = [([[1]], None), ([[0.5]], [mg.Value(2)], True)]
    assert layers_of(given) == [Layer([[1]], [0], True), Layer([[F(1, 2)]], [2], True)] == layers_of(as_module(given))
    assert len(propagate(nn.Linear(1, 3))) == 3


@pytest.mark.parametrize("make, error, words", [
    (lambda: PiecewiseLinear([0, 0], [1, 2]), ValueError, "[PiecewiseLinear] found the breakpoint 0 after 0 but expected"),
    (lambda: PiecewiseLinear([], []), ValueError, "found 0 breakpoints and 0 values but expected as many"),
    (lambda: PiecewiseLinear([math.nan], [1]), ValueError, "[PiecewiseLinear] found nan but expected a finite number"),
    (lambda: PiecewiseLinear(["a"], [1]), TypeError, "found 'a' of type str but expected a real number"),
    (lambda: PiecewiseLinear.line()*PiecewiseLinear.line(), TypeError, "[mul] found the product of two"),
    (lambda: PiecewiseLinear.line().on(1, 1), ValueError, "[on] found low = 1 and high = 1"),
    (lambda: PiecewiseLinear.of(nn.Linear(2, 1)), ValueError, "found a network with 2 inputs but expected one"),
    (lambda: PiecewiseLinear.of(nn.Linear(1, 2)), ValueError, "found a network with 2 outputs but expected one"),
    (lambda: PiecewiseLinear.of(nn.Sequential(nn.Linear(1, 2), nn.Tanh())), TypeError, "[piecewise] found layer 1: Tanh"),
    (lambda: layers_of(nn.Sequential()), ValueError, "a network without layers"),
    (lambda: layers_of("net"), TypeError, "found 'net' but expected an nn.Sequential"),
    (lambda: layers_of([([[1], [2]], [0])]), ValueError, "layer 0 has 2 rows of weights but 1 biases"),
    (lambda: layers_of([([[1], [2]], None), ([[1]], None)]), ValueError, "layer 1 takes 1 inputs but layer 0 has 2 outputs"),
    (lambda: layers_of([([1, 2], None)]), ValueError, "W of layer 0 = [1, 2] but expected rows"),
    (lambda: forward([([[1, 2]], None)], 3), ValueError, "[forward] found 1 inputs but expected 2"),
    (lambda: interpolate([0], [0]), ValueError, "[interpolate] found 1 xs and 1 ys"),
    (lambda: interpolate([1, 0], [0, 1]), ValueError, "[interpolate] found x = 0 after 1"),
    (lambda: zigzag(0, 1), ValueError, "[zigzag] found width = 0"),
    (lambda: kink_bounds(1, 0), ValueError, "[kink_bounds] found depth = 0")])
def test_errors(make, error, words):
    with pytest.raises(error) as info:
        make()
    assert words in str(info.value)
