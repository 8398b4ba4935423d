"""What the descriptions of elementwise operations share."""

import numpy as np

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import ONLY_VALUES, binary, unary, wild, with_number

NAN, INF = np.nan, np.inf
NUMBERS = (0, 1, 2, -3, 0.5, -1.5)
ZEROS = np.array([-1.0, -0.0, 0, 2])


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


def one(name, oracle, torch=None, values=None, kinks=(), without=None, extremes=wild, call=None, **options):
    """A function of one operand, where it is smooth and at the values that have no slope. torch: its name there, if another."""
    without = without or {}
    torch = None if "torch" in without else torch or name
    about = ", ".join(options) if call else ""
    describe(name, unary(values, **options), oracle, torch, about=about, kinks=kinks, without=without, call=call)
    describe(name, unary(extremes, **options), oracle, torch, about=f"{about} NaN, infinities, kinks".strip(), call=call,
             without={**without, **ONLY_VALUES})
