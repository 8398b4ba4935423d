"""Pooling and its adjoints, against plain loops."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.conv import pair, written
from minigrad.testing.operations.inputs import FOR_RULES, ONLY_VALUES, arguments, wild
from minigrad.testing.strategies import arrays


def geometry(draw):
    """(shape of x, of y, size, stride, padding); every window has an element inside the image."""
    size = tuple(draw(st.integers(1, 3)) for _ in "HW")
    stride = tuple(draw(st.integers(1, 3)) for _ in "HW")
    padding = tuple(draw(st.integers(0, k // 2)) for k in size)
    image = tuple(draw(st.integers(max(1, k - 2 * p), 5)) for k, p in zip(size, padding, strict=True))
    n, c = draw(st.integers(0, 2)), draw(st.integers(1, 2))
    out = tuple((i + 2 * p - k) // s + 1 for i, p, k, s in zip(image, padding, size, stride, strict=True))
    return (n, c, *image), (n, c, *out), size, stride, padding


def pooled(values=None):
    @st.composite
    def inputs(draw):
        x, _, size, stride, padding = geometry(draw)
        options = {} if stride == size and draw(st.booleans()) else {"stride": written(draw, stride)}
        return arguments(draw(arrays(x, values=values)), kernel_size=written(draw, size), padding=written(draw, padding),
                         **options)

    return inputs()


def windows(x, y, size, stride, padding):
    """(place in y, places of x in its window, as (number in the window, place)) of every window, padding left out."""
    for n, c, i, j in np.ndindex(*y):
        inside = []
        for number, (p, q) in enumerate(np.ndindex(*size)):
            h, w = i * stride[0] + p - padding[0], j * stride[1] + q - padding[1]
            if 0 <= h < x[2] and 0 <= w < x[3]:
                inside.append((number, (n, c, h, w)))
        yield (n, c, i, j), inside


def sizes(x, kernel_size, stride, padding):
    """(shape of y, size, stride, padding) as pairs."""
    size, padding = pair(kernel_size), pair(padding)
    stride = size if stride is None else pair(stride)
    out = ((x.shape[2 + i] + 2 * padding[i] - size[i]) // stride[i] + 1 for i in range(2))
    return (*x.shape[:2], *out), size, stride, padding


def first_largest(x, inside):
    """The first largest of a window, NaN above all."""
    best = inside[0]
    for number, place in inside[1:]:
        if x[place] > x[best[1]] or np.isnan(x[place]) and not np.isnan(x[best[1]]):
            best = number, place
    return best


def max_pool2d_with_index(x, size, stride, padding):
    shape, size, stride, padding = sizes(x, size, stride, padding)
    y, index = np.zeros(shape, x.dtype), np.zeros(shape, np.uint8)
    for at, inside in windows(x.shape, shape, size, stride, padding):
        index[at], place = first_largest(x, inside)
        y[at] = x[place]
    return y, index


def max_pool2d(x, kernel_size, stride=None, padding=0):
    return max_pool2d_with_index(x, kernel_size, stride, padding)[0]


def avg_pool2d(x, kernel_size, stride=None, padding=0):
    shape, size, stride, padding = sizes(x, kernel_size, stride, padding)
    y = np.zeros(shape)
    for at, inside in windows(x.shape, shape, size, stride, padding):
        y[at] = sum(x[place] for _, place in inside) / (size[0] * size[1])
    return y


def avg_pool2d_backward(g, size, stride, padding, shape):
    gx = np.zeros(shape)
    for at, inside in windows(shape, g.shape, size, stride, padding):
        for _, place in inside:
            gx[place] += g[at] / (size[0] * size[1])
    return gx


def max_pool2d_gather(x, index, size, stride, padding):
    y = np.zeros(index.shape, x.dtype)
    for at, inside in windows(x.shape, index.shape, size, stride, padding):
        y[at] = x[dict(inside)[index[at]]]
    return y


def max_pool2d_scatter(g, index, size, stride, padding, shape):
    gx = np.zeros(shape, g.dtype)
    for at, inside in windows(shape, g.shape, size, stride, padding):
        gx[dict(inside)[index[at]]] += g[at]
    return gx


# ---- by PyTorch: the adjoints through places in the flattened tensor

def flat_places(torch, index, size, stride, padding, shape):
    found = np.zeros(tuple(index.shape), np.int64)
    for at, inside in windows(shape, tuple(index.shape), size, stride, padding):
        found[at] = np.ravel_multi_index(dict(inside)[int(index[at])], shape)
    return torch.tensor(found)


def torch_gather(torch, x, index, size, stride, padding):
    return torch.take(x, flat_places(torch, index, size, stride, padding, tuple(x.shape)))


def torch_scatter(torch, g, index, size, stride, padding, shape):
    places = flat_places(torch, index, size, stride, padding, shape).reshape(-1)
    return torch.zeros(int(np.prod(shape)), dtype=g.dtype).index_add(0, places, g.reshape(-1)).reshape(shape)


def torch_with_index(torch, x, size, stride, padding):
    y = torch.nn.functional.max_pool2d(x, size, stride, padding)
    return y, torch.tensor(max_pool2d_with_index(x.detach().numpy(), size, stride, padding)[1])


def torch_avg_backward(torch, g, size, stride, padding, shape):
    x = torch.zeros(shape, dtype=g.dtype, requires_grad=True)
    y = torch.nn.functional.avg_pool2d(x, size, stride, padding)
    return torch.autograd.grad(y, x, g, create_graph=True)[0]


# ---- inputs of the adjoints

def chosen(draw, x, y, size, stride, padding):
    """For every window the number of a place in it that is inside the image."""
    index = np.zeros(y, np.uint8)
    picks = draw(hnp.arrays(np.uint8, y, elements=st.integers(0, 8)))
    for at, inside in windows(x, y, size, stride, padding):
        index[at] = inside[picks[at] % len(inside)][0]
    return index


@st.composite
def with_index(draw):
    x, _, *options = geometry(draw)
    return arguments(draw(arrays(x)), *options)


@st.composite
def gathered(draw):
    x, y, *options = geometry(draw)
    return arguments(draw(arrays(x)), chosen(draw, x, y, *options), *options)


@st.composite
def scattered(draw):
    x, y, *options = geometry(draw)
    return arguments(draw(arrays(y)), chosen(draw, x, y, *options), *options, x)


@st.composite
def spread(draw):
    x, y, *options = geometry(draw)
    return arguments(draw(arrays(y)), *options, x)


TIE = np.array([[[[1.0, 2, 2], [2, 2, 0], [0, 0, 0]]]])
BELOW = np.full((1, 1, 2, 2), -np.inf)
describe("max_pool2d", pooled(), max_pool2d, "nn.functional.max_pool2d", kinks=[
    Kink((TIE,), ([[[[0, 2, 0], [1, 1, 0], [0, 0, 0]]]],), {"kernel_size": 2, "stride": 1}),
    Kink((BELOW,), ([[[[1, 1], [1, 1]]]],), {"kernel_size": 2, "stride": 2, "padding": 1}),
    Kink((np.array([[[[1.0, np.nan], [np.nan, 3]]]]),), ([[[[0, 1], [0, 0]]]],), {"kernel_size": 2})])
describe("max_pool2d", pooled(wild), max_pool2d, about="NaN, infinities, ties",
         without={**ONLY_VALUES, "torch": "PyTorch gives NaN to the last, not the first"})
describe("avg_pool2d", pooled(), avg_pool2d, "nn.functional.avg_pool2d")
describe("max_pool2d_with_index", with_index(), max_pool2d_with_index, torch_with_index)
describe("max_pool2d_gather", gathered(), max_pool2d_gather, torch_gather)
describe("max_pool2d_scatter", scattered(), max_pool2d_scatter, torch_scatter, without={"integers": FOR_RULES})
describe("avg_pool2d_backward", spread(), avg_pool2d_backward, torch_avg_backward, without={"integers": FOR_RULES})
