"""Convolution and its adjoints, against plain loops."""

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import FOR_RULES, PRODUCTS, arguments, together


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


class Geometry(NamedTuple):
    """Shapes and options that fit one another: x (N, C, H, W), w (O, C/groups, KH, KW), y (N, O, OH, OW)."""

    x: tuple[int, ...]
    w: tuple[int, ...]
    y: tuple[int, ...]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int


@st.composite
def geometries(draw):
    """Few channels, odd sizes, windows as large as the padded image; every option."""
    small = st.integers(1, 2)
    groups = draw(st.integers(1, 3))
    channels, outputs = draw(small), groups * draw(small if groups == 1 else st.just(1))
    kernel = [draw(st.integers(1, 3)) for _ in "HW"]
    stride, padding, dilation = (tuple(draw(st.integers(low, high)) for _ in "HW") for low, high in ((1, 3), (0, 2), (1, 2)))
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    image = [draw(st.integers(max(1, s - 2 * p), max(1, s - 2 * p) + 3)) for s, p in zip(spans, padding, strict=True)]
    n = draw(st.integers(0, 2))
    out = [(i + 2 * p - s) // t + 1 for i, p, s, t in zip(image, padding, spans, stride, strict=True)]
    return Geometry((n, channels * groups, *image), (outputs, channels, *kernel), (n, outputs, *out), stride, padding,
                    dilation, groups)


def written(draw, value):
    """A pair, or an int where both are equal."""
    return value[0] if value[0] == value[1] and draw(st.booleans()) else value


@st.composite
def images(draw):
    """x, w and perhaps b, the padding in numbers."""
    shape = draw(geometries())
    dims = [shape.x, shape.w, shape.w[:1]][:draw(st.integers(2, 3))]
    return arguments(*together(draw, *dims), stride=written(draw, shape.stride), padding=written(draw, shape.padding),
                     dilation=written(draw, shape.dilation), groups=shape.groups)


@st.composite
def named(draw):
    """The padding by its name: "same" needs stride 1, and any image will do."""
    shape = draw(geometries())
    x = (*shape.x[:2], draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    return arguments(*together(draw, x, shape.w), padding="same", dilation=written(draw, shape.dilation), groups=shape.groups)


@st.composite
def valid(draw):
    shape = draw(geometries())
    spans = [d * (k - 1) + 1 for d, k in zip(shape.dilation, shape.w[2:], strict=True)]
    x = (*shape.x[:2], *(s + draw(st.integers(0, 2)) for s in spans))
    return arguments(*together(draw, x, shape.w), stride=written(draw, shape.stride), padding="valid", groups=shape.groups,
                     dilation=written(draw, shape.dilation))


def places(shape_x, shape_w, shape_y, stride, padding, dilation, groups):
    """(place in y, place in x, place in w) of every product of the convolution that is inside the image."""
    per_group = shape_w[0] // groups
    for n, o, i, j in np.ndindex(*shape_y):
        for c, p, q in np.ndindex(*shape_w[1:]):
            h = i * stride[0] + p * dilation[0] - padding[0]
            v = j * stride[1] + q * dilation[1] - padding[1]
            if 0 <= h < shape_x[2] and 0 <= v < shape_x[3]:
                yield (n, o, i, j), (n, o // per_group * shape_w[1] + c, h, v), (o, c, p, q)


def conv2d(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    stride, dilation = pair(stride), pair(dilation)
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, w.shape[2:], strict=True)]
    if padding == "same":
        after = [(s - 1) - (s - 1) // 2 for s in spans]
        x = np.pad(x, ((0, 0), (0, 0), *(((s - 1) // 2, a) for s, a in zip(spans, after, strict=True))))
    padding = (0, 0) if isinstance(padding, str) else pair(padding)
    out = [(x.shape[2 + i] + 2 * padding[i] - spans[i]) // stride[i] + 1 for i in range(2)]
    dtype = np.result_type(x, w, *([] if b is None else [b]))
    x, w, y = x.astype(dtype), w.astype(dtype), np.zeros((x.shape[0], w.shape[0], *out), dtype)
    for at_y, at_x, at_w in places(x.shape, w.shape, y.shape, stride, padding, dilation, groups):
        y[at_y] += x[at_x] * w[at_w]
    return y if b is None else y + b[:, None, None]


def conv2d_input_grad(g, w, geometry, shape):
    gx = np.zeros(shape)
    for at_y, at_x, at_w in places(shape, w.shape, g.shape, *geometry):
        gx[at_x] += g[at_y] * w[at_w]
    return gx


def conv2d_weight_grad(g, x, geometry, shape):
    gw = np.zeros(shape)
    for at_y, at_x, at_w in places(x.shape, shape, g.shape, *geometry):
        gw[at_w] += g[at_y] * x[at_x]
    return gw


def torch_input_grad(torch, g, w, geometry, shape):
    return torch.nn.grad.conv2d_input(shape, w, g, *geometry)


def torch_weight_grad(torch, g, x, geometry, shape):
    return torch.nn.grad.conv2d_weight(x, shape, g, *geometry)


def adjoint(given, wanted):
    """g and the other factor, the geometry, and the shape that is wanted."""
    @st.composite
    def inputs(draw):
        shape = draw(geometries())
        geometry = shape.stride, shape.padding, shape.dilation, shape.groups
        return arguments(*together(draw, shape.y, getattr(shape, given)), geometry, getattr(shape, wanted))

    return inputs()


describe("conv2d", images(), conv2d, "nn.functional.conv2d",
         without={"nothing": PRODUCTS})
describe("conv2d", named(), conv2d, "nn.functional.conv2d", about="padding='same'",
         without={"nothing": PRODUCTS})
describe("conv2d", valid(), conv2d, "nn.functional.conv2d", about="padding='valid'",
         without={"nothing": PRODUCTS})
describe("conv2d_input_grad", adjoint("w", "x"), conv2d_input_grad, torch_input_grad,
         without={"nothing": PRODUCTS, "integers": FOR_RULES})
describe("conv2d_weight_grad", adjoint("x", "w"), conv2d_weight_grad, torch_weight_grad,
         without={"nothing": PRODUCTS, "integers": FOR_RULES})
