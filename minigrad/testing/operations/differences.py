"""Differences along an axis, slopes of sampled functions and areas under them."""

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import NO_TWIN, arguments, axes, sides, together
from minigrad.testing.strategies import arrays


@st.composite
def lines(draw):
    a = draw(arrays(sides()))
    return arguments(a, n=draw(st.integers(0, 3)), axis=draw(axes(a.ndim, False)))


@st.composite
def joined(draw):
    """With something in front and behind, or one of them."""
    shape = draw(sides(1))
    axis = draw(st.integers(0, len(shape) - 1))
    ends = [(*shape[:axis], draw(st.integers(1, 2)), *shape[axis + 1:]) for _ in range(2)]
    return arguments(*together(draw, shape, *ends), axis)


def diff_of_joined(diff):
    return lambda a, before, after, axis: diff(a, 1, axis, before, after)


describe("diff", lines(), np.diff, lambda torch, a, n, axis: torch.diff(a, n, axis))
describe("diff", joined(), diff_of_joined(np.diff), lambda torch, a, before, after, axis:
         torch.diff(a, dim=axis, prepend=before, append=after), about="joined", call=diff_of_joined(mg.diff))


@st.composite
def curves(draw):
    y = draw(arrays(sides()))
    return arguments(y, dx=draw(st.sampled_from((1.0, 0.25, 3))), axis=draw(axes(y.ndim, False)))


@st.composite
def curves_over_places(draw):
    shape = draw(sides(1))
    axis = draw(st.integers(0, len(shape) - 1))
    return arguments(*together(draw, shape, draw(st.sampled_from((shape, shape[axis:axis + 1])))), axis=axis)


describe("trapezoid", curves(), np.trapezoid, lambda torch, y, dx, axis: torch.trapezoid(y, dx=dx, dim=axis))
describe("trapezoid", curves_over_places(), np.trapezoid, lambda torch, y, x, axis: torch.trapezoid(y, x, dim=axis),
         about="over places", without={"integers": "differences of small integers wrap around in numpy"})


@st.composite
def samples(draw):
    order = draw(st.integers(1, 2))
    f = draw(arrays(sides(order + 1, 5)))
    axis = draw(axes(f.ndim).filter(lambda axis: axis != ()))
    return arguments(f, *draw(st.sampled_from(((), (0.5,)))), axis=axis, edge_order=order)


@st.composite
def samples_at_places(draw):
    """Uneven places, which are differentiable, too."""
    order, n = draw(st.integers(1, 2)), draw(st.integers(3, 5))
    before = draw(st.lists(st.integers(1, 2), max_size=1).map(tuple))
    f = draw(arrays((*before, n)))
    return arguments(f, np.cumsum(draw(arrays((n,), layout="C")) ** 2 + 0.3), axis=-1, edge_order=order)


def several(found):
    return tuple(found) if isinstance(found, (list, tuple)) and len(found) > 1 else found[0] if isinstance(
        found, (list, tuple)) else found


def torch_gradient(torch, f, h=1.0, *, axis, edge_order):
    axis = tuple(range(f.ndim)) if axis is None else axis
    return several(torch.gradient(f, spacing=float(h), dim=axis, edge_order=edge_order))


describe("gradient", samples(), lambda f, *h, **options: several(np.gradient(f, *h, **options)), torch_gradient,
         without={"integers": "numpy's differences of small integers wrap around"})
describe("gradient", samples_at_places(), np.gradient, about="uneven places",
         without={"torch": NO_TWIN, "integers": "places of integers may be equal"})
