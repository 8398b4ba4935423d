"""Numbers at equal distances or ratios."""

import numpy as np
from hypothesis import strategies as st

from minigrad.tensor import get_default_dtype
from minigrad.testing.operations import describe
from minigrad.testing.operations.create import CONSTANT
from minigrad.testing.operations.inputs import arguments
from minigrad.testing.strategies import broadcastable, generic

ENDS = st.integers(-5, 5) | st.sampled_from((-1.5, 0.25))
POSITIVE = st.sampled_from((0.25, 1, 3, 1000))
COUNTS = st.sampled_from((0, 1, 2, 3, 7))
BASES = st.sampled_from((2, 10.0, 0.5))
CASTS = "numpy casts what it computed in float64 to integers, which is another question than that of the ends' dtype"


def numbers(ends, **options):
    options = st.fixed_dictionaries({"num": COUNTS, "endpoint": st.booleans(), **options})
    return st.tuples(st.tuples(ends, ends), options)


@st.composite
def tensors(draw, values=None, **options):
    start, stop = draw(broadcastable(2, max_dims=2, values=values))
    ndim = max(start.ndim, stop.ndim) + 1
    options = {name: draw(strategy) for name, strategy in options.items()}
    options |= {"num": draw(COUNTS), "endpoint": draw(st.booleans()), "axis": draw(st.integers(-ndim, ndim - 1))}
    return arguments(start, stop, **options)


def linspace(torch, start, stop, num, endpoint, axis=0):
    ndim = max(start.ndim, stop.ndim) + 1
    start, stop = (t.unsqueeze(axis % ndim) for t in torch.broadcast_tensors(start, stop))
    weights = torch.arange(num, dtype=start.dtype) / max(num - endpoint, 1)
    weights = weights.reshape((-1,) + (1,) * (ndim - 1 - axis % ndim))
    return start * (1 - weights) + stop * weights


def rounded(function):
    """In the default dtype."""
    return lambda *args, **options: function(*args, **options).astype(options.get("dtype", get_default_dtype()))


def of_numbers(name):
    return {**CONSTANT, "torch": f"PyTorch's {name} has no endpoint=False, and that of tensors is checked below"}


describe("linspace", numbers(ENDS), rounded(np.linspace), about="numbers", without=of_numbers("linspace"))
describe("linspace", numbers(ENDS, dtype=st.just("int64")), np.linspace, about="whole numbers", without=of_numbers("linspace"))
describe("logspace", numbers(ENDS, base=BASES), rounded(np.logspace), about="numbers", without=of_numbers("logspace"))
describe("geomspace", numbers(POSITIVE), rounded(np.geomspace), about="numbers", without=of_numbers("geomspace"))
describe("linspace", tensors(), np.linspace, linspace)
describe("logspace", tensors(base=BASES), np.logspace,
         lambda torch, start, stop, num, endpoint, axis, base: base ** linspace(torch, start, stop, num, endpoint, axis))
describe("geomspace", tensors(generic(0.5, 2.5, ())), np.geomspace, lambda torch, start, stop, num, endpoint, axis:
         linspace(torch, start.log(), stop.log(), num, endpoint, axis).exp(), without={"integers": CASTS})
