"""Elementwise kernels: what C++ serves, to how many units in the last place, and where it may write."""

import itertools

import numpy as np
import pytest

from minigrad.testing.memory import LAYOUTS, arrange

from .support import DENSE, NATIVE, REFERENCE, SIZES, SPECIAL, _native, falls_back, normal, run, served

KINDS = _native.elementwise()
PAIRED = *KINDS["binary"], *KINDS["compare"]       # of the same operands
# Of the last four the results far below 0 are tiny, and what rounds the argument of exp shows in all their digits.
UNITS = {"exp": 3, "log": 3, "erfc": 6, "silu": 64, "mish": 64, "gelu": 256, "gelu_tanh": 256}
APPROXIMATED = [name for name, approximated in KINDS["unary"].items() if approximated]


@pytest.mark.parametrize("name", KINDS["unary"])
def test_one_array(name):
    for n in SIZES:
        served(name, normal(n))
    for layout in DENSE:
        served(name, arrange(normal(3, 5, 4, 7), layout))


@pytest.mark.parametrize("name", [*PAIRED, *KINDS["backward"]])
def test_two_arrays(name):
    for n in SIZES:
        served(name, normal(n), normal(n))
    for layout, other in itertools.product(DENSE, LAYOUTS):     # one of them may lie as it likes
        a, b = arrange(normal(3, 5, 4, 7), layout), arrange(normal(3, 5, 4, 7), other)
        served(name, a, b)
        served(name, b, a)


@pytest.mark.parametrize("name", PAIRED)
def test_numbers_and_rows(name):
    x, last = normal(6, 5, 4, 33), arrange(normal(6, 5, 4, 33), "channels-last")
    for number in (2, -0.5, np.inf, np.array(1.5, np.float32)):
        for a in (x, last):
            served(name, a, number)
            served(name, number, a)
    for row in (normal(33), normal(4, 33), normal(1, 1, 4, 33), normal(1)):
        served(name, x, row)
        served(name, row, x)
    for per_channel in (normal(1, 5, 1, 1), normal(5, 1, 1)):
        served(name, last, per_channel)
        served(name, per_channel, last)
    served(name, np.broadcast_to(np.float32(2.5), x.shape), x)


@pytest.mark.parametrize("name", KINDS["backward"])
def test_one_gradient_for_all(name):
    served(name, np.broadcast_to(np.float32(2), (3, 5, 4, 7)), arrange(normal(3, 5, 4, 7), "channels-last"))


@pytest.mark.parametrize("name, args", [
    ("exp", (np.ones(3),)), ("exp", (np.ones(3, np.float16),)), ("exp", (np.ones(3, np.int32),)),
    ("exp", (np.ones(3, ">f4"),)), ("exp", (np.zeros(13, np.uint8)[1:].view(np.float32),)),
    ("add", (np.ones(3, np.float32), np.ones(3))), ("add", (np.ones(3, np.float32), np.float64(2))),
    ("add", (np.ones((2, 3), np.float32), np.ones((2, 1), np.float32)))], ids=lambda a: a if isinstance(a, str) else "")
def test_left_to_the_reference(name, args):
    falls_back(name, *args)


@pytest.mark.parametrize("name", APPROXIMATED)
def test_the_sign_of_zero(name):
    zeros = np.array([0.0, -0.0], np.float32)
    with np.errstate(divide="ignore"):
        assert np.signbit(run(name, zeros)).tolist() == np.signbit(getattr(REFERENCE, name)(zeros)).tolist()


@pytest.mark.parametrize("name", APPROXIMATED)
def test_units_in_the_last_place(name):
    everywhere = np.random.default_rng(1).integers(0, 2**32, 200_000, dtype=np.uint32).view(np.float32)
    x = np.concatenate([everywhere, normal(50_000, scale=20), np.linspace(-105, 90, 50_000, dtype=np.float32), SPECIAL])
    got = run(name, x)
    with np.errstate(all="ignore"):
        exact = getattr(REFERENCE, name)(x.astype(np.float64))
        expected = exact.astype(np.float32)
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(got[~finite], expected[~finite])
    error = np.abs(got[finite].astype(np.float64) - exact[finite]) / np.spacing(np.abs(expected[finite])).astype(np.float64)
    assert error.max() <= UNITS.get(name, 4), f"{error.max()} units at {x[finite][error.argmax()]!r}"


@pytest.mark.parametrize("name", KINDS["binary"])
def test_out_may_be_an_input(name):
    x, y = (np.resize(SPECIAL[np.random.default_rng(seed).permutation(SPECIAL.size)], 77) for seed in (0, 1))
    for where in (0, 1):
        args = [x.copy(), y.copy()]
        expected = getattr(NATIVE, name)(*args)
        getattr(NATIVE, name)(*args, out=args[where])
        np.testing.assert_array_equal(args[where], expected)
