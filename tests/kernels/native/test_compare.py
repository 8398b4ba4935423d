"""Comparisons of integers, and `where`: what C++ serves, and in what dtype. Floats are compared in test_elementwise.py."""

import numpy as np
import pytest

from minigrad.testing.memory import arrange

from .support import DENSE, REFERENCE, SIZES, _native, falls_back, normal, orders, run, served

LARGEST, SMALLEST = np.iinfo(np.int64).max, np.iinfo(np.int64).min


def integers(*shape, seed=0):
    """Small ones that often meet, and the limits."""
    a = np.random.default_rng([seed, *shape]).integers(-3, 4, shape)
    a.flat[::5], a.flat[1::7] = LARGEST, SMALLEST
    return a


def same(name, *args):
    found, expected = run(name, *args), getattr(REFERENCE, name)(*args)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype and found.shape == expected.shape


@pytest.mark.parametrize("name", _native.elementwise()["compare"])
def test_integers_are_compared_as_such(name):
    for n in (*SIZES, 100_000):
        a, b = integers(n), integers(n, seed=1)
        same(name, a, b)
        for number in (0, LARGEST, SMALLEST):
            same(name, a, number)
            same(name, number, a)


@pytest.mark.parametrize("draw, number", [(normal, 2.5), (integers, LARGEST)], ids=["floats", "integers"])
def test_where(draw, number):
    for n in (*SIZES, 100_000):
        condition, a, b = normal(n, seed=2) > 0, draw(n), draw(n, seed=1)
        for choices in ((a, b), (a, number), (number, b), (a, np.array(7, a.dtype)), (np.array([7], a.dtype), b)):
            same("where", condition, *choices)
    for layout in DENSE:
        x = arrange(draw(3, 5, 4, 7), layout)
        condition = REFERENCE.greater(x, 0)             # in x's memory order
        assert served("where", condition, x, 0 if draw is integers else 0.0).strides == condition.astype(x.dtype).strides


def test_where_takes_floats_of_another_memory_order():
    a, last = orders(normal(3, 5, 4, 7))
    same("where", a > 0, a, last)


def test_what_where_leaves_to_the_reference():
    a, condition = integers(6), np.arange(6) % 2 == 0
    falls_back("where", condition, a, 2.5)              # numpy makes doubles of them
    falls_back("where", condition, 1, 2)
    falls_back("where", condition, a.astype(np.int32), a.astype(np.int32))
    falls_back("where", condition[:, None], a, a)       # broadcast
    falls_back("where", condition[:, None], np.broadcast_to(np.float32(2), (6, 3)), np.zeros((6, 1), np.float32))
    falls_back("where", condition[:1], np.broadcast_to(np.int64(2), (4,)), 0)
    falls_back("where", condition[::2], a[::2], a[::2])
    falls_back("where", a, a, a)                        # no condition


def test_where_writes_into_the_array_that_it_is_given():
    condition, a = np.arange(6) % 2 == 0, integers(6)
    y = np.empty(6, np.int64)
    assert _native.where(condition, a, 3, y) is y
    np.testing.assert_array_equal(y, np.where(condition, a, 3))
