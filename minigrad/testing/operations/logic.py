"""Questions about single elements, logic and bits: constants of the graph."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.elementwise import NUMBERS, on_tensors
from minigrad.testing.operations.inputs import INTEGERS, arguments, binary, unary, wild, with_number
from minigrad.testing.strategies import arrays, broadcastable_shapes

NONE = {"first": INTEGERS, "second": INTEGERS}
for name in ("isnan", "isinf", "isfinite", "signbit", "logical_not"):
    describe(name, unary(wild), getattr(np, name), name, without=NONE)
for name in ("logical_and", "logical_or", "logical_xor"):
    by_torch = on_tensors(lambda torch, a, b, name=name: getattr(torch, name)(a, b))
    describe(name, binary(wild), getattr(np, name), by_torch, without=NONE)
    describe(name, with_number(NUMBERS, wild), getattr(np, name), by_torch, about="a number on the right", without=NONE)


@st.composite
def bits(draw, kinds=("int64", "bool"), least=-9):
    dtype = draw(st.sampled_from(kinds))
    elements = st.booleans() if dtype == "bool" else st.integers(least, 9)
    return arguments(*(draw(arrays(s, np.dtype(dtype), elements=elements)) for s in draw(broadcastable_shapes(2))))


@st.composite
def one_of_bits(draw):
    (a, _), _ = draw(bits())
    return arguments(a)


TWINS = {"bitwise_and": "bitwise_and", "bitwise_or": "bitwise_or", "bitwise_xor": "bitwise_xor"}
for name, twin in TWINS.items():
    describe(name, bits(), getattr(np, name), twin, without=NONE)
describe("invert", one_of_bits(), np.invert, "bitwise_not", without=NONE)
for name in ("left_shift", "right_shift"):
    describe(name, bits(("int64",), least=0), getattr(np, name), f"bitwise_{name}", without=NONE)


@st.composite
def neighbours(draw):
    (a, b), _ = draw(binary(wild))
    near = draw(st.sampled_from((0.0, 1e-9, 1e-6, 1e-3)))
    equal_nan = draw(st.booleans())
    return arguments(a, np.where(draw(st.booleans()), b, a * (1 + near)), equal_nan=equal_nan)


for name in ("isclose", "allclose"):
    describe(name, neighbours(), getattr(np, name), name, without=NONE)
