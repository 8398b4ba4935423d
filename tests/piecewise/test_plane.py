"""Networks with two inputs, cut into polygons: they tile the box, and inside each the network is affine."""

from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import minigrad as mg
from minigrad import nn
from minigrad.piecewise import decisions, draw_decisions, draw_regions, forward, low_rank, regions

from .test_line import networks

BOX = (-2, 1, -1, 2)


def inner_points(polygon):
    """The middle of the vertices, and points near each of them: strictly inside a convex polygon."""
    n = len(polygon)
    middle = tuple(sum(p[i] for p in polygon)/n for i in (0, 1))
    return [middle, *(tuple((9*p[i] + middle[i])/10 for i in (0, 1)) for p in polygon)]


@settings(max_examples=40, deadline=None)
@given(networks(inputs=2, outputs=2, depth=2, width=4))
def test_regions_tile_the_box(network):
    parts = regions(network, BOX)
    assert sum(part.area for part in parts) == 9 and all(part.area > 0 for part in parts)
    assert len({part.active for part in parts}) == len(parts)       # a pattern of active units is one convex polygon
    for part in parts:
        for x, y in [*inner_points(part.polygon), *part.polygon]:
            assert part(x, y) == forward(network, [x, y])


@settings(max_examples=40, deadline=None)
@given(networks(inputs=2, outputs=3, depth=2, width=3), st.integers(1, 3))
def test_decisions_tile_the_box(network, outputs):
    W, b = network[-1]
    network[-1] = W[:outputs], b[:outputs]
    parts = decisions(network, BOX)
    assert sum(part.area for part in parts) == 9 and all(part.area > 0 for part in parts)
    for part in parts:
        for x, y in inner_points(part.polygon):
            f = forward(network, [x, y])
            assert part.label == (f.index(max(f)) if outputs > 1 else f[0] > 0)


def test_equal_outputs_go_to_the_first_and_zero_is_not_positive():
    assert {part.label for part in decisions([([[1, 0], [1, 0]], None)])} == {0}
    assert [(part.label, part.area) for part in decisions([([[0, 0]], [0])])] == [(0, 4)]
    assert {(part.label, part.area) for part in decisions(nn.Sequential(nn.Linear(2, 3)))} != set()


def test_drawing():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    net = [([[1, 0], [0, 1]], None), ([[1, 1]], [F(-1, 2)])]
    assert draw_regions(left, net) == 4 == len(left.patches)
    draw_decisions(right, net, labels=["no", "yes"])
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["no", "yes"]
    assert right.get_xlim() == (-1, 1) and right.get_xlabel() == "x₁"


@pytest.mark.parametrize("make, words", [
    (lambda: regions(nn.Linear(1, 1)), "[regions] found a network with 1 inputs but expected two"),
    (lambda: regions(nn.Linear(2, 1), (0, 0, 0, 1)), "[regions] found the box (0, 0, 0, 1)"),
    (lambda: draw_decisions(None, nn.Linear(2, 3), labels=["a"]), "[draw_decisions] found 1 labels but the network has 3"),
    (lambda: low_rank([1.0], 1), "[low_rank] found W of shape (1,)"),
    (lambda: low_rank([[1.0]], 2), "[low_rank] found rank 2 but expected an int from 0 to 1")])
def test_errors(make, words):
    with pytest.raises(ValueError) as info:
        make()
    assert words in str(info.value)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10**6), st.data())
def test_low_rank(J, d, seed, data):
    random = np.random.default_rng(seed)
    W, v, x = random.normal(size=(J, d)), random.normal(size=J), random.normal(size=d)
    rank = data.draw(st.integers(0, min(J, d)))
    small = low_rank(mg.tensor(W, dtype="float64"), rank)
    assert small.left.shape == (J, rank) and small.right.shape == (rank, d)
    assert np.isclose(np.linalg.norm(W - small.matrix, 2), small.error, atol=1e-12)
    off = abs(v @ np.maximum(W @ x, 0) - v @ np.maximum(small.matrix @ x, 0))
    assert off <= small.bound(v, x) + 1e-12 and np.isclose(small.bound(v, x), small.bound(v)*np.linalg.norm(x))
    assert rank < min(J, d) or np.allclose(small.matrix, W)
