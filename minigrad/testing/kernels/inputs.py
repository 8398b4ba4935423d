"""What the arguments of each native kernel look like: strategies of argument tuples; `claims` says whose they are."""

import numpy as np

from minigrad.kernels.reference import Kernels
from minigrad.testing.kernels.drawing import arguments, geometry, numbers, products
from minigrad.testing.memory import arrange

REFERENCE = Kernels(np)


# ---- elementwise

@arguments()
def one(d):
    return (d.array(*d.shape(1, 0, 2, 3, 4)),)


@arguments()
def two(d):
    shape = d.shape(1, 0, 2, 3, 4)
    a = d.array(*shape)
    how = d.one_of("same", "same", "number", "row", "channel", "broadcast")
    if how == "number":
        b = d.one_of(2, -0.5, 0.0, float("inf"), float("nan"), np.array(1.5, d.dtype), d.dtype.type(3))
    elif how == "row":
        b = d.array(*shape[d.one_of(*range(len(shape) + 1)):])
    elif how == "channel" and len(shape) > 1:
        b = d.array(shape[1], *(1,) * (len(shape) - 2))
    elif how == "broadcast":
        b = d.array(*(n if d.one_of(True, False) else 1 for n in shape))
    else:
        b = d.like(*shape)
    return (a, b) if d.one_of(True, False) else (b, a)


@arguments()
def gradient_and_result(d):
    """y is mostly what tanh, sigmoid or relu give, so -1 .. 1 and above, and special ones."""
    shape = d.shape(1, 0, 2, 3, 4)
    y = d.array(*shape, kind=d.one_of("ordinary", "whole", "special"))
    return d.like(*shape), y


@arguments()
def chosen(d):
    """A condition, and numbers or arrays of its shape to choose from."""
    shape = d.shape(1, 0, 2, 3, 4)
    condition = arrange(d.rng.random(shape) < 0.5, d.one_of(*d.layouts))
    a, b = (d.like(*shape) if d.one_of(True, True, False) else d.one_of(0, 2.5, float("nan"), np.array(1.5, d.dtype))
            for _ in range(2))
    return condition, a, b


@arguments()
def reshaped(d):
    a = d.array(*d.shape(2, 3, 4))
    n = a.size
    return a, d.one_of((n,), (1, n), (a.shape[0], n // max(a.shape[0], 1)), a.shape[::-1], (*a.shape, 1))


@arguments()
def state(d):
    """Of a random stream: [seed, counter]."""
    return (d.rng.integers(0, 2**63, 2).astype(np.uint64),)


# ---- the adjoints of indexing: places with repeats, from the end, and of every kind that numpy knows

def places(d, n, shape):
    """Integers that index an axis of length n, in a drawn memory layout."""
    found = arrange(d.rng.integers(-n, n, shape), d.one_of(*d.layouts))
    return found.astype(d.one_of(np.int64, np.int64, np.int64, np.int32))


@arguments()
def put_at(d):
    shape = d.one_of((5,), (7, 3), (1, 17), (4, 33), (2, 5, 3), (3, 1, 2, 4)) if not d.large else (300, 65)
    many = d.one_of((4,), (1,), (0,), (17,), (2, 3), (300,)) if not d.large else (4_099,)
    how = d.one_of("rows", "grid", "mask", "within", "basic")
    if how == "rows":
        index = places(d, shape[0], many)
    elif how == "grid":
        index = tuple(places(d, n, many[-1:] if i else many) for i, n in enumerate(shape[:d.one_of(*range(1, len(shape) + 1))]))
    elif how == "mask":
        index = d.rng.random(shape[:d.one_of(*range(1, len(shape) + 1))]) < 0.5
    elif how == "within":
        index = (*(slice(None, None, -1) for _ in shape[:-1]), places(d, shape[-1], many))
    else:
        index = d.one_of(0, slice(1, None), (None, ..., slice(None, None, 2)))
    return d.like(*np.empty(shape, bool)[index].shape), index, shape


@arguments()
def put_along_axis(d):
    shape = d.one_of((5,), (7, 3), (3, 17), (2, 5, 3), (0, 4)) if not d.large else (300, 129)
    axis = d.one_of(*range(len(shape)))
    found = (*shape[:axis], d.one_of(1, 3, 40, 0) if shape[axis] else 0, *shape[axis + 1:])
    return d.like(*found), places(d, max(shape[axis], 1), found), axis, shape


# ---- reductions

@arguments()
def reduced(d):
    a = d.array(*d.shape(1, 2, 3, 4))
    axes = range(-a.ndim, a.ndim)
    chosen = tuple(i for i in range(a.ndim) if d.one_of(True, False))
    return a, d.one_of(None, chosen, *axes), d.one_of(False, True)


@arguments()
def reduced_along_one(d):
    a = d.array(*d.shape(1, 2, 3, 4))
    full = [i for i in range(-a.ndim, a.ndim) if a.shape[i]]
    return (a, d.one_of(*full), d.one_of(False, True)) if full else (d.array(3), 0, False)


@arguments()
def reduced_to(d):
    a = d.array(*d.shape(1, 2, 3, 4))
    shape = tuple(n if d.one_of(True, False) else 1 for n in a.shape)
    ones = next((i for i, n in enumerate(shape) if n != 1), len(shape))
    return a, shape[d.one_of(*range(ones + 1)):]


# ---- products

@arguments()
def matrices(d):
    m, n, k = products(d)
    lead = () if d.large else d.one_of((), (), (2,), (3, 2), (0,))
    return (d.array(*(lead if d.one_of(True, False) else ()), m, k), d.array(*d.one_of(lead, (), lead[-1:]), k, n))


@arguments()
def affine(d):
    n, o, i = products(d)
    return d.array(n, i), d.array(o, i), d.maybe(o)


@arguments()
def affine_gradient(d):
    n, o, i = products(d)
    return d.like(n, o), d.array(n, i), d.array(o, i), tuple(d.one_of(True, False) for _ in range(3))


# ---- images

def convolution(d):
    """x, w and the geometry of a convolution, and the shape of its result."""
    if d.large:
        n, c, o, groups = d.one_of((8, 16, 32, 1), (3, 8, 8, 2), (2, 17, 33, 1), (4, 24, 24, 24))
        image, window, stride, padding, dilation = (20, 21), (3, 3), (1, 1), (1, 1), (1, 1)
    else:
        groups = d.one_of(1, 1, 2, 3)
        n, c, o = d.one_of(1, 2, 3, 0), groups * d.one_of(1, 2, 3, 8, 17), groups * d.one_of(1, 2, 3, 5, 8, 17, 33)
        image, window, stride, padding, dilation = geometry(d)
    side = [(image[i] + 2 * padding[i] - (window[i] - 1) * dilation[i] - 1) // stride[i] + 1 for i in range(2)]
    return (n, c, *image), (o, c // groups, *window), (stride, padding, dilation, groups), (n, o, *side)


@arguments()
def images(d):
    x, w, how, y = convolution(d)
    return d.array(*x), d.array(*w), d.maybe(y[1]), how


@arguments()
def image_gradient(d):
    x, w, how, y = convolution(d)
    return d.like(*y), d.array(*w), how, x


@arguments()
def convolution_gradient(d):
    x, w, how, y = convolution(d)
    return d.like(*y), d.array(*x), d.array(*w), None, tuple(d.one_of(True, False) for _ in range(3)), how


@arguments()
def weight_gradient(d):
    x, w, how, y = convolution(d)
    return d.like(*y), d.array(*x), how, w


def pooling(d):
    """The shape of x, (size, stride, padding), the shape of the result."""
    if d.large:
        shape, how = (4, 33, 30, 31), ((2, 2), (2, 2), (0, 0))
    elif d.one_of(False, False, False, False, True):      # more than 256 places in a window: few windows of them, or many
        shape = (d.one_of(1, 2, 0), d.one_of(1, 3, 17), *d.one_of((17, 17), (1, 600), (40, 33), (64, 64)))
        sizes = ((17, 17), (1, 300), (33, 9), (64, 64), (40, 33))
        size = d.one_of(*(s for s in sizes if s[0] <= shape[2] and s[1] <= shape[3]))
        how = size, d.one_of((1, 1), (5, 7), size), d.one_of((0, 0), (size[0] // 2, size[1] // 2), (0, 1))
    else:
        image, size, stride, padding, _ = geometry(d)
        padding = tuple(min(p, n // 2) for p, n in zip(padding, size, strict=True))
        image = tuple(max(i, n - 2 * p) for i, n, p in zip(image, size, padding, strict=True))
        shape, how = (d.one_of(1, 2, 3, 0), d.one_of(1, 3, 8, 17, 33), *image), (size, stride, padding)
    side = [(shape[2 + i] + 2 * how[2][i] - how[0][i]) // how[1][i] + 1 for i in range(2)]
    return shape, how, (*shape[:2], *side)


@arguments()
def pooled(d):
    shape, how, _ = pooling(d)
    return d.array(*shape), *how


@arguments()
def pooled_at(d):
    shape, how, _ = pooling(d)
    index = REFERENCE.max_pool2d(d.array(*shape), *how)[1]
    return d.array(*shape), arrange(index, d.one_of(*d.layouts)), *how


@arguments()
def spread_at(d):
    shape, how, y = pooling(d)
    index = REFERENCE.max_pool2d(d.array(*shape), *how)[1]
    return d.like(*y), arrange(index, d.one_of(*d.layouts)), *how, shape


@arguments()
def spread_evenly(d):
    shape, how, y = pooling(d)
    return d.like(*y), *how, shape


# ---- softmax, the losses, batch norm

def along(d):
    """(shape, axis): mostly the last, as C++ serves it. Only that is long now and then: along others numpy adds one by one."""
    if d.one_of(False, False, False, True):
        return d.one_of((2, 70_001), (1, 5_000), (3_000,)), -1
    shape = d.shape(2, 1, 3, empty=False)
    return shape, d.one_of(len(shape) - 1, *range(len(shape)))


@arguments()
def logits(d):
    shape, axis = along(d)
    return d.array(*shape), axis


@arguments()
def softmax_gradient(d):
    """The gradient of softmax's result and that result."""
    shape, axis = along(d)
    return d.like(*shape), arrange(d.rng.random(shape).astype(d.dtype), d.one_of(*d.layouts)), axis


@arguments()
def log_softmax_gradient(d):
    """The gradient of log_softmax's result and that result, log(0) included."""
    shape, axis = along(d)
    y = -d.rng.exponential(3, shape).astype(d.dtype)
    y[d.rng.random(shape) < 0.1] = -np.inf
    return d.like(*shape), arrange(y, d.one_of(*d.layouts)), axis


def scores(d):
    """z (N, C) and a target: classes, or dense rows."""
    n, c = d.one_of((2, 3), (1, 1), (3, 7), (5, 16), (2, 17), (0, 4), (7, 33), (64, 10)) if not d.large else (700, 129)
    if d.one_of("classes", "dense") == "classes":
        return d.array(n, c), d.rng.integers(0, c, n)
    return d.array(n, c), d.array(n, c, kind="ordinary")


@arguments()
def loss(d):
    return *scores(d), d.one_of("mean", "sum", "none")


@arguments()
def loss_gradient(d):
    z, target = scores(d)
    reduction = d.one_of("mean", "sum", "none")
    return d.array(*z.shape[:1] if reduction == "none" else ()), z, target, d.one_of("kept", None), reduction


@arguments()
def scored(d):
    return scores(d)


@arguments()
def distance(d):
    shape = d.shape(1, 0, 2, 3, 4)
    return d.array(*shape), d.array(*shape), d.one_of("mean", "sum", "none")


@arguments()
def distance_gradient(d):
    shape, reduction = d.shape(1, 0, 2, 3, 4), d.one_of("mean", "sum", "none")
    return d.array(*shape if reduction == "none" else ()), d.array(*shape), d.array(*shape), reduction


def to_normalise(d):
    """x (N, C, ...) with two values or more per channel, each channel about a place of its own, some of them constant."""
    shape = d.one_of((3, 5), (2, 1), (17, 3), (64, 33), (2, 3, 4), (5, 17, 2), (2, 3, 4, 5), (3, 8, 1, 7), (2, 17, 3, 3))
    shape = (32, 16, 20, 20) if d.large else shape
    x = np.array(d.array(*shape))
    if d.one_of(False, True):
        per_channel = (1, -1) + (1,) * (len(shape) - 2)
        far, wide = (d.rng.choice(few, shape[1]).astype(d.dtype).reshape(per_channel)
                     for few in ((0, 1, -1e3, 1e10, -1e30, 3e38), (0, 1, 1, 1e-3, 1e6, 1e20, 1e37)))
        with np.errstate(all="ignore"):
            x = np.clip(x * wide + far, -3.4e38, 3.4e38).astype(d.dtype)      # NaN passes
    return arrange(x, d.one_of(*d.layouts))


@arguments("ordinary", "ordinary", "special")
def batch(d):
    x = to_normalise(d)
    return x, d.array(x.shape[1]), d.array(x.shape[1]), 1e-5


@arguments("ordinary", "ordinary", "special")
def batch_gradient(d):
    x = to_normalise(d)
    return d.like(*x.shape), x, d.array(x.shape[1]), d.one_of("kept", None), 1e-5


@arguments("ordinary", "ordinary", "special")
def batch_at_rest(d):
    x = to_normalise(d)
    channels = x.shape[1]
    mean = x[-1].reshape(channels, -1)[:, 0].copy() if d.one_of(False, True) else d.array(channels)
    return x, mean, d.array(channels, kind="ordinary", low=0.1), d.array(channels), d.array(channels), 1e-5


# ---- dropout, optimiser steps, batches

@arguments()
def dropped(d):
    key = d.rng.integers(0, 2**64, 2, dtype=np.uint64)
    return d.array(*d.shape(1, 0, 2, 3, 4)), d.one_of(0.5, 0.0, 0.25, 1.0, 1e-12), key


def parameters(d):
    """The shapes of a few parameters."""
    return [(200, 300)] if d.large else [d.shape(1, 0, 2, 4) for _ in range(d.one_of(1, 2, 3))]


@arguments()
def sgd(d):
    shapes = parameters(d)
    p, v = ([d.array(*s, kind="ordinary") for s in shapes] for _ in range(2))
    momentum = d.one_of(0.9, 0)
    return (p, [d.array(*s) for s in shapes], v if momentum else None, np.array(0.1), momentum, d.one_of(0, 0.01),
            bool(momentum) and d.one_of(False, True), bool(momentum) and d.one_of(False, True))


@arguments()
def adam(d):
    shapes = parameters(d)
    p, m = ([d.array(*s, kind="ordinary") for s in shapes] for _ in range(2))
    v = [d.array(*s, kind="ordinary", low=0.01) for s in shapes]
    decay = d.one_of(0, 0.01)
    return (p, [d.array(*s) for s in shapes], m, v, np.array(d.one_of(0, 1, 1000)), np.array(0.1), 0.9, 0.999, 1e-8, decay,
            bool(decay) and d.one_of(False, True))


@arguments()
def picked(d):
    """Images (N, C, ...) of uint8 or float32, which rows, and the scale and shift of all channels or of each."""
    shape = (500, 3, 28, 28) if d.large else (d.one_of(1, 3, 8), *d.one_of((3,), (1, 7), (17,), (3, 5, 5), (1, 4, 9)))
    images = d.rng.integers(0, 256, shape).astype(d.one_of(np.uint8, np.float32))
    channels = d.one_of(1, shape[1])
    index = d.rng.integers(0, shape[0], d.one_of(3, 1, 0, 17, 300))
    scale, shift = (numbers(d.rng, (channels,), d.kind, np.float32) for _ in range(2))
    return images, index, scale, shift
