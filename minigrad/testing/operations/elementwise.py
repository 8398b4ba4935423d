"""Arithmetic and functions of single elements."""

import operator

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.inputs import (
    FOR_RULES,
    INTEGERS,
    ONLY_VALUES,
    arguments,
    binary,
    positive,
    unary,
    wild,
    with_number,
)
from minigrad.testing.strategies import arrays, at, broadcastable_shapes, generic, mixed

NAN, INF = np.nan, np.inf
NUMBERS = (0, 1, 2, -3, 0.5, -1.5)


# ---- two operands, either of which may be a Python number

def on_tensors(function):
    """A function of PyTorch of two tensors, for numbers too: they become tensors of the other's dtype."""
    def by_torch(torch, a, b):
        like = a if isinstance(a, torch.Tensor) else b
        a, b = (x if isinstance(x, torch.Tensor) else torch.tensor(x, dtype=like.dtype) for x in (a, b))
        return function(torch, a, b)

    return by_torch


def both_ways(name, oracle, torch, values=None, numbers=NUMBERS, kinks=(), without=None):
    """Tensor and tensor, tensor and number, number and tensor, and values that have no slope."""
    torch, without = on_tensors(torch), without or {}
    describe(name, binary(values), oracle, torch, kinks=kinks, without=without)
    describe(name, with_number(numbers, values), oracle, torch, about="a number on the right", without=without)
    describe(name, with_number(NUMBERS, values, left=True), oracle, torch, about="a number on the left", without=without)
    describe(name, binary(wild), oracle, torch, about="NaN, infinities, kinks", without={**without, **ONLY_VALUES})


both_ways("add", np.add, lambda torch, a, b: a + b)
both_ways("sub", np.subtract, lambda torch, a, b: a - b)
both_ways("mul", np.multiply, lambda torch, a, b: a * b)
both_ways("div", np.divide, lambda torch, a, b: a / b, numbers=(1, -2, 0.5))

A, B = np.array([1.0, 2, -3, 0]), np.array([1.0, 3, -4, -0.0])
COLUMN, ROW = np.array([[2.0], [1]]), np.array([2.0, 3, 1])
both_ways("maximum", np.maximum, lambda torch, a, b: torch.maximum(a, b), generic(away_from=NUMBERS), kinks=[
    Kink((A, B), ([.5, 0, 1, .5], [.5, 1, 0, .5])), Kink((COLUMN, ROW), ([[1.5], [.5]], [1.5, 2, .5])),
    Kink((A, 2), ([0, .5, 0, 0],)), Kink((-3, A), ([1, 1, .5, 1],))])
both_ways("minimum", np.minimum, lambda torch, a, b: torch.minimum(a, b), generic(away_from=NUMBERS), kinks=[
    Kink((A, B), ([.5, 1, 0, .5], [.5, 0, 1, .5])), Kink((COLUMN, ROW), ([[1.5], [2.5]], [.5, 0, 1.5])),
    Kink((A, 2), ([1, .5, 1, 1],)), Kink((-3, A), ([0, 0, .5, 0],))])


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


# ---- where

@st.composite
def chosen(draw):
    """A condition and two operands that broadcast together; a number in place of either operand."""
    condition, s, t = draw(broadcastable_shapes(3))
    condition = draw(arrays(condition, np.bool_, elements=st.booleans()))
    a, b = draw(arrays(s)), draw(arrays(t))
    which = draw(st.sampled_from(("tensors", "left", "right")))
    return arguments(condition, draw(st.sampled_from(NUMBERS)) if which == "left" else a,
                     draw(st.sampled_from(NUMBERS)) if which == "right" else b)


def where_by_torch(torch, condition, a, b):
    return on_tensors(lambda torch, a, b: torch.where(condition, a, b))(torch, a, b)


def where(condition, a, b):
    """numpy's, but a number that does not fit beside integers is an error, as it is in numpy's arithmetic."""
    if not isinstance(a, np.ndarray):
        a = np.multiply(a, np.ones((), b.dtype))
    elif not isinstance(b, np.ndarray):
        b = np.multiply(b, np.ones((), a.dtype))
    return np.where(condition, a, b)


describe("where", chosen(), where, where_by_torch, kinks=[
    Kink((np.array([True, False]), np.array([1.0, NAN]), np.array([INF, 2.0])), ([1, 0], [0, 1]))])


# ---- functions of one operand

def logistic(a):
    """1 / (1 + exp(-a)), of any size."""
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, e) / (1 + e)


def one(name, oracle, torch=None, values=None, kinks=(), **options):
    describe(name, unary(values, **options), oracle, torch or name, kinks=kinks)
    describe(name, unary(wild, **options), oracle, torch or name, about="NaN, infinities, kinks", without=ONLY_VALUES)


ZEROS = np.array([-1.0, -0.0, 0, 2])
one("neg", np.negative)
one("exp", np.exp)
one("expm1", np.expm1, kinks=[Kink((np.array([-INF, 0, INF]),), ([0, 1, INF],))])
one("log", np.log, values=positive, kinks=[Kink((np.array([0.0, INF]),), ([INF, 0],))])
one("log1p", np.log1p, values=positive, kinks=[Kink((np.array([-1.0, 0, INF]),), ([INF, 1, 0],))])
one("sqrt", np.sqrt, values=positive, kinks=[Kink((np.array([0.0, 4]),), ([INF, 0.25],))])
one("tanh", np.tanh, kinks=[Kink((np.array([-INF, 0, INF]),), ([0, 1, 0],))])
one("sigmoid", logistic, kinks=[Kink((np.array([-INF, 0, INF]),), ([0, .25, 0],))])
one("softplus", lambda a: np.logaddexp(a, 0), "nn.functional.softplus", kinks=[
    Kink((np.array([-INF, 0, INF]),), ([0, .5, 1],))])
one("sin", np.sin)
one("cos", np.cos)
one("abs", np.abs, kinks=[Kink((ZEROS,), ([-1, 0, 0, 1],))])
one("relu", lambda a, at_zero=0: np.maximum(a, 0), lambda torch, a, at_zero=0: torch.relu(a),
    at_zero=st.sampled_from((0, 0.5, 1)),
    kinks=[Kink((ZEROS,), ([0, 0, 0, 1],)), Kink((ZEROS,), ([0, .5, .5, 1],), {"at_zero": .5}),
           Kink((ZEROS,), ([0, 1, 1, 1],), {"at_zero": 1})])
LOW, HIGH = st.sampled_from((-1, -0.5, 0)), st.sampled_from((None, -0.5, 0.5, 2))       # the upper one wins
one("clip", lambda a, low=None, high=None: np.clip(a, low, high),
    lambda torch, a, low=None, high=None: torch.clamp(a, low, high),
    generic(away_from=(-1, -0.5, 0, 0.5, 2)), low=LOW, high=HIGH,
    kinks=[Kink((np.array([-2.0, -1, 0, 0.5, 3]),), ([0, 1, 1, 1, 0],), {"low": -1, "high": 0.5}),
           Kink((np.array([-INF, -1, INF]),), ([0, 1, 1],), {"low": -1})])
CONSTANT = "its slope is zero wherever it has one: a constant of the graph"
describe("sign", unary(wild), np.sign, lambda torch, a: torch.where(torch.isnan(a), a, torch.sign(a)),
         without={"first": CONSTANT, "second": CONSTANT})


# ---- conversion

def converted(a, dtype):
    return a.astype(dtype)


def torch_converted(torch, a, dtype):
    return a.to(getattr(torch, np.dtype(dtype).name))


STAIRCASE = "rounding to fewer digits is a staircase: that the gradient passes it unchanged is checked exactly"
describe("astype", unary(dtype=st.just("float64")), converted, torch_converted, keeps_dtype=False)
describe("astype", unary(generic(), dtype=st.sampled_from(("float32", "float16"))), converted, torch_converted,
         about="narrower", keeps_dtype=False,
         without=dict.fromkeys(("first", "second"), STAIRCASE),
         kinks=[Kink((np.array([1.0, -2]),), ([1, 1],), {"dtype": "float32"})])
describe("astype", unary(generic(), dtype=st.sampled_from(("int64", "bool"))), converted, torch_converted,
         about="to integers", keeps_dtype=False, without={"first": INTEGERS, "second": INTEGERS})
