"""Windows that slide along axes, and sums of them."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import FOR_RULES, arguments, sides
from minigrad.testing.strategies import arrays


@st.composite
def along_one_axis(draw):
    """(shape, axis, size, step, dilation) of windows that fit."""
    shape = list(draw(sides(1, 3)))
    axis = draw(st.integers(0, len(shape) - 1))
    size, step, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    shape[axis] = (size - 1) * dilation + draw(st.integers(1, 4))
    return tuple(shape), axis, size, step, dilation


def view_windows(a, axis, size, step, dilation):
    windows = np.lib.stride_tricks.sliding_window_view(a, (size - 1) * dilation + 1, axis)[..., ::dilation]
    return windows[(slice(None),) * axis + (slice(None, None, step),)]


def add_windows(g, axis, n, step, dilation):
    g = np.moveaxis(g, axis, -2)
    y = np.zeros((*g.shape[:-2], n), g.dtype)
    for i in range(g.shape[-2]):
        for j in range(g.shape[-1]):
            y[..., i * step + j * dilation] += g[..., i, j]
    return np.moveaxis(y, -1, axis)


def torch_view_windows(torch, a, axis, size, step, dilation):
    return a.unfold(axis, (size - 1) * dilation + 1, step)[..., ::dilation]


def torch_add_windows(torch, g, axis, n, step, dilation):
    places = (torch.arange(g.shape[axis])[:, None] * step + torch.arange(g.shape[-1]) * dilation).reshape(-1)
    g = g.movedim(axis, -2)
    y = torch.zeros((*g.shape[:-2], n), dtype=g.dtype).index_add(-1, places, g.reshape(*g.shape[:-2], -1))
    return y.movedim(-1, axis)


@st.composite
def viewed(draw):
    shape, *how = draw(along_one_axis())
    return arguments(draw(arrays(shape)), *how)


@st.composite
def added(draw):
    shape, axis, *how = draw(along_one_axis())
    windows = view_windows(np.zeros(shape), axis, *how)
    return arguments(draw(arrays(windows.shape)), axis, shape[axis], *how[1:])


describe("view_windows", viewed(), view_windows, torch_view_windows, without={"integers": FOR_RULES})
describe("add_windows", added(), add_windows, torch_add_windows, without={"integers": FOR_RULES})


@st.composite
def slid(draw):
    shape = draw(sides(1, 4))
    axes = draw(st.none() | st.permutations(range(len(shape))).map(tuple))
    axes = axes if axes is None else axes[:draw(st.integers(1, len(axes)))]
    sizes = tuple(draw(st.integers(1, shape[i])) for i in (range(len(shape)) if axes is None else axes))
    if axes is not None and len(axes) == 1 and draw(st.booleans()):
        axes, sizes = axes[0] - len(shape), sizes[0]
    return arguments(draw(arrays(shape)), sizes, axis=axes)


def torch_slid(torch, x, window_shape, axis):
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    for i, size in zip(axes, (window_shape,) if isinstance(window_shape, int) else window_shape):
        x = x.unfold(i if i >= 0 else i % x.ndim, size, 1)
    return x


describe("sliding_window_view", slid(), np.lib.stride_tricks.sliding_window_view, torch_slid)


# ---- images as columns

@st.composite
def geometry(draw):
    """(the image's sides, options) such that the windows fit."""
    kernel = [draw(st.integers(1, 3)) for _ in range(2)]
    dilation, stride = ([draw(st.integers(1, 2)) for _ in range(2)] for _ in range(2))
    padding = [draw(st.integers(0, 1)) for _ in range(2)]
    image = tuple(max(1, (k - 1) * d + 1 - 2 * p) + draw(st.integers(0, 2)) for k, d, p in zip(kernel, dilation, padding))
    return image, {"kernel_size": tuple(kernel), "dilation": tuple(dilation), "padding": tuple(padding),
                   "stride": tuple(stride)}


@st.composite
def images(draw):
    image, options = draw(geometry())
    return arguments(draw(arrays((*draw(st.sampled_from(((1, 1), (2, 3), (2,), (0, 2)))), *image))), **options)


@st.composite
def columns(draw):
    image, options = draw(geometry())
    lead = draw(st.sampled_from(((1, 1), (2, 3), (2,))))
    shape = unfold(np.zeros((*lead, *image)), **options).shape
    return arguments(draw(arrays(shape)), output_size=image, **options)


def places(lead, image, kernel_size, dilation, padding, stride):
    """The place in the flattened padded images of each element of the columns."""
    (h, w), (kh, kw), (dh, dw), (ph, pw), (sh, sw) = image, kernel_size, dilation, padding, stride
    number = np.arange(int(np.prod(lead)) * (h + 2 * ph) * (w + 2 * pw)).reshape(*lead, h + 2 * ph, w + 2 * pw)
    oh, ow = ((n - d * (k - 1) - 1) // s + 1 for n, k, d, s in zip(number.shape[-2:], kernel_size, dilation, stride))
    rows = np.arange(kh)[:, None, None, None] * dh + np.arange(oh)[None, None, :, None] * sh
    sides = np.arange(kw)[None, :, None, None] * dw + np.arange(ow)[None, None, None, :] * sw
    return number[..., rows, sides].reshape(*lead[:-1], lead[-1] * kh * kw, oh * ow)


def unfold(x, kernel_size, dilation, padding, stride):
    *lead, h, w = x.shape
    (ph, pw) = padding
    padded = np.pad(x, [(0, 0)] * len(lead) + [(ph, ph), (pw, pw)])
    return padded.reshape(-1)[places(tuple(lead), (h, w), kernel_size, dilation, padding, stride)]


def fold(x, output_size, kernel_size, dilation, padding, stride):
    (h, w), (ph, pw) = output_size, padding
    lead = (*x.shape[:-2], x.shape[-2] // (kernel_size[0] * kernel_size[1]))
    y = np.zeros(int(np.prod(lead)) * (h + 2 * ph) * (w + 2 * pw), x.dtype)
    np.add.at(y, places(lead, output_size, kernel_size, dilation, padding, stride), x)
    return y.reshape(*lead, h + 2 * ph, w + 2 * pw)[..., ph:ph + h, pw:pw + w]


describe("unfold", images(), unfold, "nn.functional.unfold")
describe("fold", columns(), fold, "nn.functional.fold")
