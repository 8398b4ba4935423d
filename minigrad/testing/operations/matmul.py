"""Matrix products."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import PRODUCTS, arguments, sides, together
from minigrad.testing.strategies import broadcastable_shapes


@st.composite
def factors(draw):
    """Matrices with leading axes that broadcast; a vector on either side; sides of 0 too."""
    m, k, n = (draw(st.integers(0, 4)) for _ in range(3))
    left, right = draw(broadcastable_shapes(2, 0, 2, 0, 2))
    s, t = draw(st.sampled_from((((*left, m, k), (*right, k, n)), ((k,), (*right, k, n)), ((*left, m, k), (k,)), ((k,), (k,)))))
    return arguments(*together(draw, s, t))


@st.composite
def batched(draw):
    """Leading axes that differ: one side, or a missing one, is broadcast to the other's."""
    m, k, n, several = (draw(st.integers(1, 3)) for _ in range(4))
    some = (several + 1,)
    left, right = draw(st.sampled_from(((some, ()), ((), some), (some, (1,)), ((1, *some), (2, 1)), ((2, 1), some))))
    return arguments(*together(draw, (*left, m, k), (*right, k, n)))


@st.composite
def layer(draw):
    """x (..., I), w (O, I), b (O,) or none."""
    i, o = draw(st.integers(0, 5)), draw(st.integers(0, 4))
    dims = [(*draw(sides(0, 3, (0, 2))), i), (o, i), (o,)]
    return arguments(*together(draw, *dims[:draw(st.integers(2, 3))]))


def in_numpy(x, w, b=None):
    """All of them in their common dtype first: integers wrap around in that one only."""
    dtype = np.result_type(x, w, *(() if b is None else (b,)))
    y = x.astype(dtype) @ w.astype(dtype).T
    return y if b is None else y + b


describe("matmul", factors(), np.matmul, "matmul", without={"nothing": PRODUCTS})
describe("matmul", batched(), np.matmul, "matmul", about="broadcast leading axes", without={"nothing": PRODUCTS})
describe("linear", layer(), in_numpy, lambda torch, x, w, b=0: x @ w.T + b,
         without={"nothing": PRODUCTS})
