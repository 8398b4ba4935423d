"""Finite differences: as exact as promised, kinks between their slopes, jumps seen, x put back."""

import numpy as np
import pytest

from minigrad.testing.gradcheck.slopes import Tolerance, best_step, between, each_between, jumps, sides, steep

H = best_step(np.finfo(np.float64).eps)
TOLERANCE = Tolerance(1e-8, 1e-6, np.finfo(np.float64).eps)


def slopes_of(f, x, direction=None, h=H):
    x = np.array(x, np.float64)
    direction = np.ones(x.shape) if direction is None else np.array(direction, np.float64)
    return sides(lambda: np.ravel(f(x)), x, direction, np.ravel(f(x)), h)


def test_best_step():
    assert [best_step(np.finfo(dtype).eps) for dtype in (np.float64, np.float32)] == [2**-17, 2**-8]


@pytest.mark.parametrize("f, slope", [(np.exp, np.exp), (np.sin, np.cos), (np.log, np.reciprocal),
                                      (np.sqrt, lambda x: 0.5 / np.sqrt(x))])
def test_both_sides_are_of_second_order(f, slope):
    x = np.array([0.5, 1, 2, 3.7])
    for h, error in ((H, 2e-9), (1e-3, 1e-6)):
        found = slopes_of(f, x, h=h)
        np.testing.assert_allclose(found.left, slope(x) * found.along, rtol=error)
        np.testing.assert_allclose(found.right, slope(x) * found.along, rtol=error)
    assert np.abs(slopes_of(f, x, h=1e-3).left / slope(x) - 1).max() > 1e-9      # nothing is exact by accident


def test_a_direction_and_what_its_entries_really_moved():
    w = np.array([[1.0, -2], [3, 5]])
    found = slopes_of(lambda x: (w * x * x).sum(), [[1.0, 2], [0.1, 3e5]], [[1.0, -0.5], [0, 0.25]])
    assert found.along[1, 0] == 0 and abs(found.along[1, 1]) == 1 == np.abs(found.along).max()
    assert found.unit == pytest.approx(0.25 * 3e5 / 1000 * H / 2)        # a step of a part of large numbers
    expected = (2 * w * np.array([[1.0, 2], [0.1, 3e5]]) * found.along).sum()
    assert (found.left[0], found.right[0]) == pytest.approx((expected, expected), rel=1e-6)


def test_kinks_have_two_sides_and_jumps_grow():
    kink = slopes_of(lambda x: np.maximum(x, 0), 0.0)
    assert (kink.left[0], kink.right[0]) == (0, 1) and not jumps(kink, slopes_of(lambda x: np.maximum(x, 0), 0.0, h=H / 16))
    for f in (np.sign, lambda x: x >= 0, lambda x: np.where(x > 0, x + 1, x)):
        def y(x, f=f):
            return f(x).astype(np.float64)

        assert steep(slopes_of(y, 0.0)).any() and jumps(slopes_of(y, 0.0), slopes_of(y, 0.0, h=H / 16))
        assert not steep(slopes_of(y, 1.0)).any()
    steep_line = [slopes_of(lambda x: 1e4 * x, 0.0, h=h) for h in (H, H / 16)]
    assert steep(steep_line[0]).all() and not jumps(*steep_line)


def test_x_is_put_back_even_when_f_fails():
    x = np.array([0.1, 1 / 3])

    def fails():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        sides(fails, x, np.ones(2), np.zeros(1), H)
    assert x.tolist() == [0.1, 1 / 3]


def test_what_is_not_finite_does_not_move():
    found = slopes_of(lambda x: x[1:] ** 2, [np.inf, 3.0], [1.0, 1])
    assert found.along.tolist() == [0, 1] and found.left[0] == pytest.approx(6)
    assert slopes_of(lambda x: x, np.nan).unit == 0


@pytest.mark.parametrize("found, right", [(0, True), (0.5, True), (1, True), (1.0001, False), (-0.0001, False),
                                          (np.nan, False)])
def test_between_the_sides(found, right):
    kink = slopes_of(lambda x: np.maximum(x, 0), 0.0)
    verdict = between(found * 2.0, kink, np.zeros(1), np.array([2.0]), TOLERANCE)
    assert verdict.right == right and verdict.kink and (verdict.low, verdict.high) == (0, 2)
    each = each_between(np.array([found]), kink, np.zeros(1), TOLERANCE)
    assert (each.right, each.output) == (right, 0)


def test_each_output_has_a_side_of_its_own_and_the_worst_is_named():
    found = slopes_of(lambda x: np.array([abs(x), -abs(x), 3 * x, x * x]), 0.0)
    assert between(0.0, found, np.zeros(4), np.array([1.0, 1, 0, 1]), TOLERANCE)[1:3] == pytest.approx((-2, 2), abs=1e-4)
    worst = each_between(np.array([1.0, 0, 3.003, 0]), found, np.zeros(4), TOLERANCE)
    assert worst.output == 2 and not worst.right and not worst.kink and worst.excess == pytest.approx(1e-3 / 1e-6, rel=0.1)


def test_the_rounding_of_f_is_tolerated():
    def f(x):
        return 1e9 + x / 3

    found, y = slopes_of(f, 1.0), np.array([1e9])
    assert abs(found.left[0] - 1 / 3) > 1e-3
    assert between(1 / 3, found, y, np.ones(1), TOLERANCE).right
    assert not between(20.0, found, y, np.ones(1), TOLERANCE).right
