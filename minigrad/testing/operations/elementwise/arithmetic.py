"""Arithmetic."""

import operator

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.elementwise.shared import INF, NAN, NUMBERS, both_ways, one
from minigrad.testing.operations.inputs import FOR_RULES, ONLY_VALUES, STEPS, arguments, binary, positive, wild, with_number
from minigrad.testing.strategies import at, mixed

both_ways("add", np.add, lambda torch, a, b: a + b)
both_ways("sub", np.subtract, lambda torch, a, b: a - b)
both_ways("mul", np.multiply, lambda torch, a, b: a * b)
both_ways("div", np.divide, lambda torch, a, b: a / b, numbers=(1, -2, 0.5))

# ---- products and quotients in which 0 picks nothing

def picking(function, either=False):
    """The function, but 0 where its left operand (either: or its right one) is 0."""
    def picked(a, b):
        return np.where(np.equal(a, 0) | (np.equal(b, 0) & either), 0, function(a, b))

    return picked


def picking_by_torch(function, either=False):
    return lambda torch, a, b: torch.where((a == 0) | ((b == 0) & either), 0, function(a, b))


BY_NOTHING = np.array([0.0, 0, 0, 2]), np.array([INF, NAN, 5, 0])
for name, symbol, either, kink in (
        ("pick_mul", operator.mul, False, Kink(BY_NOTHING, BY_NOTHING[::-1])),
        ("pick_both", operator.mul, True, Kink(BY_NOTHING, BY_NOTHING[::-1])),
        ("pick_div", operator.truediv, False, Kink((np.zeros(4), np.array([0.0, INF, NAN, 2])),
                                                   ([INF, 0, NAN, .5], np.zeros(4))))):
    both_ways(name, picking(symbol, either), picking_by_torch(symbol, either), kinks=[kink],
              without={"integers": FOR_RULES}, numbers=(1, -2, 0.5) if name == "pick_div" else NUMBERS)


# ---- powers: of positive numbers by anything, of any number by whole ones

def power(a, b):
    """numpy's: of integers an integer, and an error for negative exponents."""
    return a**b


def torch_power(torch, a, b):
    return a**b


@st.composite
def bases(draw):
    """A positive base and any exponent."""
    (a, b), _ = draw(binary())
    a = np.abs(a) + 0.25
    return arguments(a, b)


describe("power", bases(), power, torch_power, kinks=[
    Kink((np.array([0.0, 0, 2]), np.array([0.0, 2, 0])), ([0, 0, 0], [0, 0, np.log(2)])),
    Kink((np.array([0.0, -2]), 0), ([0, 0],)), Kink((np.array([0.0, -2]), 1), ([1, 1],)),
    Kink((np.array([0.0, -2]), 2), ([0, -4],)), Kink((2, np.array([0.0, 1])), ([np.log(2), 2 * np.log(2)],))])
describe("power", with_number((0, 1, 2, 3, -1, 0.5, -1.5), positive), power, torch_power, about="a number on the right")
describe("power", with_number((0, 1, 2, 3, -1, -2)), power, torch_power, about="negative bases, whole exponents")
describe("power", with_number((1, 2, 0.5, 2.5), left=True), power, torch_power, about="a number on the left")
describe("power", binary(mixed(at(NAN, INF, 0, among=positive), at(0, 1, 2))), power, torch_power,
         about="NaN, infinities, kinks", without=ONLY_VALUES)


# ---- of one operand

one("neg", np.negative)
one("square", np.square)
one("reciprocal", lambda a: 1 / a, kinks=[Kink((np.array([INF, -2.0]),), ([0, -0.25],))])
ROUNDED = st.sampled_from(("floor", "trunc"))


@st.composite
def divided(draw):
    (a, b), _ = draw(binary(wild))
    with np.errstate(all="ignore"):
        y = np.divide(a, b, dtype=np.float64)
        assume(not np.any((y != np.rint(y)) & (abs(y - np.rint(y)) < 1e-5 * abs(y))))       # float32 rounds it to another side
    return arguments(a, b, rounding_mode=draw(ROUNDED))


def rounded_quotient(a, b, rounding_mode):
    if rounding_mode == "floor" or np.result_type(a, b).kind == "u":
        return np.floor_divide(a, b)
    if np.result_type(a, b).kind == "f":
        return np.trunc(a / b)
    return np.floor_divide(a, b) + ((a % b != 0) & ((a < 0) != (b < 0)))


describe("div", divided(), rounded_quotient, lambda torch, a, b, rounding_mode: torch.div(a, b, rounding_mode=rounding_mode),
         about="rounded", without={"first": STEPS, "second": STEPS})
