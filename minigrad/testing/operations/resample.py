"""Images in another size, against their definitions, pixel by pixel."""

import math

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from minigrad.kernels.taps import turned_round
from minigrad.testing.operations import describe
from minigrad.testing.operations.conv_axes import each
from minigrad.testing.operations.inputs import FOR_RULES, NO_TWIN, ONLY_VALUES, arguments, wild
from minigrad.testing.strategies import arrays

SIDES = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}


@st.composite
def resized(draw, modes, antialias=False, values=None):
    mode = draw(st.sampled_from(modes))
    n = SIDES.get(mode) or draw(st.integers(1, 3))
    shape = (draw(st.integers(0, 2)), draw(st.integers(1, 2)), *(draw(st.integers(1, 5 if n < 3 else 3)) for _ in range(n)))
    options = {"mode": mode}
    if draw(st.booleans()):
        sides = st.integers(1, 7 if n < 3 else 4)
        options["size"] = draw(sides | st.tuples(*[sides] * n))
    else:
        scales = st.sampled_from((1.0, 1.5, 2.0, 2.3))
        options["scale_factor"] = draw(scales | st.tuples(*[scales] * n))
    if mode in SIDES:
        options["align_corners"] = draw(st.sampled_from((None, False, True)))
    return arguments(draw(arrays(shape, values=values)), **options | ({"antialias": True} if antialias else {}))


def keys(t, a):
    t = abs(t)
    if t <= 1:
        return (a + 2) * t**3 - (a + 3) * t**2 + 1
    return a * (t**3 - 5 * t**2 + 8 * t - 4) if t < 2 else 0.0


def places(n, out, scale, mode, align, antialias):
    """For each new pixel: [(old pixel, weight)]."""
    step = n / out if scale is None else 1 / scale
    if align:
        step = (n - 1) / (out - 1) if out > 1 else 0
    for i in range(out):
        centre = i * step if align else (i + 0.5) * step - 0.5
        if mode == "area":
            inside = range(i * n // out, -(-(i + 1) * n // out))
            yield [(j, 1 / len(inside)) for j in inside]
        elif mode.startswith("nearest"):
            yield [(min(math.floor((i + (0.5 if mode == "nearest-exact" else 0)) * step), n - 1), 1.0)]
        elif antialias:
            wide, middle, cubic = max(step, 1), step * (i + 0.5), mode == "bicubic"
            reach = wide * (2 if cubic else 1)
            inside = range(max(int(middle - reach + 0.5), 0), min(int(middle + reach + 0.5), n))
            weights = [keys(t, -0.5) if cubic else max(1 - abs(t), 0) for t in ((j - middle + 0.5) / wide for j in inside)]
            yield [(j, w / sum(weights)) for j, w in zip(inside, weights, strict=True)]
        elif mode == "bicubic":
            low = math.floor(centre)
            yield [(min(max(j, 0), n - 1), keys(centre - j, -0.75)) for j in range(low - 1, low + 3)]
        else:
            at = max(centre, 0)
            low = min(int(at), n - 1)
            yield [(low, 1.0 - (at - low)), (min(low + 1, n - 1), at - low)]


def interpolate(x, size=None, scale_factor=None, mode="nearest", align_corners=None, antialias=False):
    n = x.ndim - 2
    scales = (None,) * n if scale_factor is None else each(scale_factor, n) if not isinstance(scale_factor, float) else (
        scale_factor,) * n
    for axis in range(2, x.ndim):
        scale = scales[axis - 2]
        out = each(size, n)[axis - 2] if scale is None else math.floor(x.shape[axis] * scale)
        made = places(x.shape[axis], out, scale, mode, align_corners, antialias)
        rows = [sum(np.take(x, j, axis) * w for j, w in taps if w) for taps in made]
        x = np.stack([np.asarray(r, x.dtype) if mode.startswith("nearest") else r for r in rows], axis)
    return x


LINEAR = tuple(SIDES)[:3]
ADDED = {**ONLY_VALUES, "torch": "where a weight is 0 an infinite pixel is NaN there; here it is not looked at"}
def by_torch(torch, x, **options):
    """PyTorch's, but where it is wrong (2.13): the backward of "nearest" forgets a scale factor and takes the sizes' ratio, and
    antialiasing repeats the first row of images that are, or become, one pixel wide."""
    assume(options.get("scale_factor") is None or not options["mode"].startswith("nearest"))
    y = torch.nn.functional.interpolate(x, **options)
    assume(not options.get("antialias") or min(x.shape[-1], y.shape[-1]) > 1)
    return y


describe("interpolate", resized(("nearest", "nearest-exact", "area")), interpolate, by_torch,
         about="nearest, area", keeps_dtype=True)
describe("interpolate", resized(LINEAR), interpolate, by_torch, about="linear")
describe("interpolate", resized(("bicubic",)), interpolate, by_torch, about="bicubic")
describe("interpolate", resized(("bilinear", "bicubic"), True), interpolate, by_torch, about="antialiased")
describe("interpolate", resized(("nearest", *LINEAR), values=wild), interpolate, about="NaN, infinities", without=ADDED)


@st.composite
def tapped(draw):
    shape = tuple(draw(st.integers(1, 4)) for _ in range(draw(st.integers(1, 3))))
    axis, out, taps = draw(st.integers(0, len(shape) - 1)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    index = rng.integers(0, shape[axis], (out, taps))
    weight = np.round(rng.standard_normal((out, taps)), 2) * (rng.random((out, taps)) < 0.8)
    return arguments(draw(arrays(shape)), index.tolist(), weight.tolist(), axis)


def by_resample(x, index, weight, axis):
    """The operation of that name, with arrays of x's device and dtype."""
    from minigrad.ops.resample import resample

    there = np.array(index), np.array(weight)
    back = turned_round(*there, x.shape[axis])
    there, back = ((x.k.asarray(np.ascontiguousarray(i, np.int64)),
                    x.k.asarray(np.ascontiguousarray(w, np.float32 if x.dtype == np.float16 else x.dtype)))
                   for i, w in (there, back))
    return resample(x, there, back, axis)


def resample(x, index, weight, axis):
    rows = [sum((np.take(x, j, axis) * w for j, w in zip(js, ws, strict=True) if w), np.zeros_like(np.take(x, 0, axis)))
            for js, ws in zip(index, weight, strict=True)]
    return np.stack(rows, axis)


describe("resample", tapped(), resample, call=by_resample, without={"torch": NO_TWIN, "integers": FOR_RULES})


# ---- pixels and channels

@st.composite
def squares(draw, up):
    r, lead = draw(st.integers(1, 3)), tuple(draw(st.integers(1, 2)) for _ in range(draw(st.integers(0, 2))))
    c, h, w = (draw(st.integers(1, 2)) for _ in range(3))
    return arguments(draw(arrays((*lead, c * r * r, h, w) if up else (*lead, c, h * r, w * r))), r)


def pixel_shuffle(x, r):
    *lead, c, h, w = x.shape
    y = np.zeros((*lead, c // r**2, h * r, w * r), x.dtype)
    for i, j in np.ndindex(r, r):
        y[..., i::r, j::r] = x[..., i * r + j::r * r, :, :]
    return y


def pixel_unshuffle(x, r):
    *lead, c, h, w = x.shape
    y = np.zeros((*lead, c * r**2, h // r, w // r), x.dtype)
    for i, j in np.ndindex(r, r):
        y[..., i * r + j::r * r, :, :] = x[..., i::r, j::r]
    return y


describe("pixel_shuffle", squares(True), pixel_shuffle, "nn.functional.pixel_shuffle")
describe("pixel_unshuffle", squares(False), pixel_unshuffle, "nn.functional.pixel_unshuffle")
