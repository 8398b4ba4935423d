"""Convolution along one and three axes, and transposed, against plain loops."""

import itertools

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import PRODUCTS, arguments, together

WITHOUT = {"nothing": PRODUCTS}


def each(value, n):
    return (value,) * n if isinstance(value, int) else tuple(value)


def written(draw, values):
    """A tuple, or a number where all are equal."""
    return values[0] if len(set(values)) == 1 and draw(st.booleans()) else tuple(values)


def shapes_of(draw, n, transposed=False):
    """(x, w, number of outputs, options) that fit one another, with and without a batch axis."""
    groups = draw(st.integers(1, 2))
    channels, share = groups * draw(st.integers(1, 2)), draw(st.integers(1, 2))
    kernel = [draw(st.integers(1, 3 if n < 3 else 2)) for _ in range(n)]
    stride, dilation = ([draw(st.integers(1, 2)) for _ in range(n)] for _ in range(2))
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    options = {"stride": stride, "dilation": dilation, "groups": groups}
    if transposed:
        sides = [draw(st.integers(1, 3)) for _ in range(n)]
        more = [draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)]
        full = [(i - 1) * s + e for i, s, e in zip(sides, stride, spans, strict=True)]
        padding = [draw(st.integers(0, min((f + m - 1) // 2, 2))) for f, m in zip(full, more, strict=True)]
        weights, outputs = (channels, share, *kernel), share * groups
        options |= {"padding": padding, "output_padding": more}
    else:
        padding = [draw(st.integers(0, 1)) for _ in range(n)]
        sides = [draw(st.integers(max(1, e - 2 * p), max(1, e - 2 * p) + 2)) for e, p in zip(spans, padding, strict=True)]
        weights, outputs = (share * groups, channels // groups, *kernel), share * groups
        options["padding"] = padding
    batch = () if draw(st.booleans()) else (draw(st.integers(0, 2)),)
    options = {name: written(draw, v) if isinstance(v, list) else v for name, v in options.items()}
    return (*batch, channels, *sides), weights, outputs, options


def images(n, transposed=False):
    @st.composite
    def inputs(draw):
        x, w, outputs, options = shapes_of(draw, n, transposed)
        return arguments(*together(draw, *[x, w, (outputs,)][:draw(st.integers(2, 3))]), **options)

    return inputs()


def named(n):
    """The padding by its name."""
    @st.composite
    def inputs(draw):
        x, w, _, options = shapes_of(draw, n)
        padding = draw(st.sampled_from(("same", "valid")))
        if padding == "same":
            options["stride"] = 1
        else:
            spans = [d * (k - 1) + 1 for d, k in zip(each(options["dilation"], n), w[2:], strict=True)]
            x = (*x[:-n], *(max(side, span) for side, span in zip(x[-n:], spans, strict=True)))
        return arguments(*together(draw, x, w), **options | {"padding": padding})

    return inputs()


def products(x, w, y, stride, padding, dilation, groups):
    """(place in y, place in x, place in w) of every product of a convolution of x (N, C, ...) that is inside the image."""
    per_group, n = w[0] // groups, len(x) - 2
    for at in np.ndindex(*y):
        for c, *tap in np.ndindex(*w[1:]):
            place = [at[2 + i] * stride[i] + tap[i] * dilation[i] - padding[i] for i in range(n)]
            if all(0 <= p < side for p, side in zip(place, x[2:], strict=True)):
                yield at, (at[0], at[1] // per_group * w[1] + c, *place), (at[1], c, *tap)


def convolution(n):
    def oracle(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
        if x.ndim == n + 1:
            return oracle(x[None], w, b, stride, padding, dilation, groups)[0]
        stride, dilation = each(stride, n), each(dilation, n)
        spans = [d * (k - 1) + 1 for d, k in zip(dilation, w.shape[2:], strict=True)]
        if padding == "same":
            x = np.pad(x, ((0, 0), (0, 0), *(((s - 1) // 2, s - 1 - (s - 1) // 2) for s in spans)))
        padding = (0,) * n if isinstance(padding, str) else each(padding, n)
        sides = [(x.shape[2 + i] + 2 * padding[i] - spans[i]) // stride[i] + 1 for i in range(n)]
        dtype = np.result_type(x, w, *([] if b is None else [b]))
        x, w, y = x.astype(dtype), w.astype(dtype), np.zeros((x.shape[0], w.shape[0], *sides), dtype)
        for at_y, at_x, at_w in products(x.shape, w.shape, y.shape, stride, padding, dilation, groups):
            y[at_y] += x[at_x] * w[at_w]
        return y if b is None else y + b.reshape(-1, *[1] * n)

    return oracle


def transposed(n):
    def oracle(x, w, b=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
        if x.ndim == n + 1:
            return oracle(x[None], w, b, stride, padding, output_padding, groups, dilation)[0]
        stride, padding, more, dilation = (each(v, n) for v in (stride, padding, output_padding, dilation))
        sides = [(x.shape[2 + i] - 1) * stride[i] - 2 * padding[i] + dilation[i] * (w.shape[2 + i] - 1) + more[i] + 1
                 for i in range(n)]
        dtype = np.result_type(x, w, *([] if b is None else [b]))
        x, w, y = x.astype(dtype), w.astype(dtype), np.zeros((x.shape[0], w.shape[1] * groups, *sides), dtype)
        for at_x, at_y, at_w in products(y.shape, w.shape, x.shape, stride, padding, dilation, groups):
            y[at_y] += x[at_x] * w[at_w]
        return y if b is None else y + b.reshape(-1, *[1] * n)

    return oracle


for n, of in itertools.product((1, 3), (convolution,)):
    describe(f"conv{n}d", images(n), of(n), f"nn.functional.conv{n}d", without=WITHOUT)
    describe(f"conv{n}d", named(n), of(n), f"nn.functional.conv{n}d", about="padding by name", without=WITHOUT)
describe("conv2d", images(2), convolution(2), "nn.functional.conv2d", about="with and without a batch axis", without=WITHOUT)
for n in (1, 2, 3):
    describe(f"conv_transpose{n}d", images(n, transposed=True), transposed(n), f"nn.functional.conv_transpose{n}d",
             without=WITHOUT)
