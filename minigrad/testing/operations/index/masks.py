"""Choosing by a mask, and classes as masks."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import NOTHING_IN, arguments, sides
from minigrad.testing.strategies import arrays, broadcastable_shapes


@st.composite
def masked(draw, value=False):
    a, mask = draw(broadcastable_shapes(2))
    options = {"value": draw(st.sampled_from((0, -2, 3)))} if value else {}
    return arguments(draw(arrays(a)), np.asarray(draw(hnp.arrays(bool, mask))), **options)


def masked_fill(a, mask, value):
    if a.dtype.kind == "u" and value < 0:
        raise OverflowError("no such number")
    return np.where(mask, np.asarray(value, a.dtype if a.dtype.kind != "b" else np.int64), a)


def masked_select(a, mask):
    a, mask = np.broadcast_arrays(a, mask)
    return a[mask]


describe("masked_fill", masked(value=True), masked_fill, lambda torch, a, mask, value: torch.where(mask, value, a))
describe("masked_select", masked(), masked_select, "masked_select")


@st.composite
def classes(draw):
    number = draw(st.integers(1, 4))
    target = np.asarray(draw(hnp.arrays(np.int64, draw(sides(1, 3, (0, 2))), elements=st.integers(0, number - 1))))
    return arguments(target, draw(st.sampled_from((number, None, -1))))


def one_hot(target, num_classes):
    number = target.max() + 1 if num_classes in (None, -1) else num_classes
    return (target[..., None] == np.arange(number)).astype(np.int64)


describe("one_hot", classes(), one_hot,
         lambda torch, target, num_classes: torch.nn.functional.one_hot(target, -1 if num_classes is None else num_classes),
         without=dict.fromkeys(("first", "second", "integers"), NOTHING_IN))
