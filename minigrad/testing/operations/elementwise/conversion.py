"""Conversion of dtypes."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.inputs import INTEGERS, unary
from minigrad.testing.strategies import generic


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
