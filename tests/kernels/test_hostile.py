"""Shapes and numbers that nobody means: zeros, negatives, sides up to 2^63 - 1, arrays whose elements all lie in one place.

Whatever a native function is called with, it serves, answers None, or raises an error of Python's; it neither reads nor
writes outside arrays nor lets an integer overflow, which the sanitizers would see. `.ci/sanitize` runs this file. The figure
for a release is

    MINIGRAD_HOSTILE=20000 .ci/sanitize address tests/kernels/test_hostile.py

Calls are drawn from MINIGRAD_SEED, or from a seed of their own that is printed; with MINIGRAD_HOSTILE_SHOW=1 every call is
printed before it is made, so that the last one is what ended the process.
"""

import faulthandler
import os

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels

_native = pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")

CALLS = int(os.environ.get("MINIGRAD_HOSTILE", "1500"))
SEED = int(os.environ.get("MINIGRAD_SEED") or int.from_bytes(os.urandom(4)))
SHOW = os.environ.get("MINIGRAD_HOSTILE_SHOW", "") not in ("", "0")
PROMISED = MemoryError, ValueError, TypeError, OverflowError

SMALL = 0, 1, 1, 2, 3, 4, 5, 8, 17
LARGE = 2**15, 2**16, 2**31 - 1, 2**31, 2**32, 2**32 + 1, 2**40, 2**53, 2**61, 2**62, 2**63 - 1
WRONG = -1, -2, -2**31, -2**62, -2**63, 2**63, 2**64, 2**100


@pytest.fixture(autouse=True)
def little_memory():
    """What is large is refused here, as it would be where there is that little, instead of being computed."""
    _native.set_memory_limit(64 << 20)
    faulthandler.dump_traceback_later(300, exit=True)   # a call that does not come back
    yield
    faulthandler.cancel_dump_traceback_later()
    _native.set_memory_limit(0)


class Draw:
    def __init__(self, *seed):
        self.rng = np.random.default_rng(seed)

    def of(self, choices):
        return choices[self.rng.integers(len(choices))]

    def odds(self, share):
        return self.rng.random() < share

    def side(self):
        return self.of(LARGE) if self.odds(0.1) else self.of(SMALL)

    def number(self):
        return self.of(WRONG) if self.odds(0.05) else self.of(LARGE) if self.odds(0.25) else self.of(SMALL)

    def pair(self):
        return (self.number(),) * 2 if self.odds(0.5) else (self.number(), self.number())

    def array(self, *shape, dtype=None):
        """Of that shape, in some memory order, if there is such an array; all in one place if it is large."""
        dtype = np.dtype(dtype or (np.float32 if self.odds(0.95) else self.of((np.float64, np.int64, np.uint8, np.bool_))))
        try:
            if np.prod([float(n) for n in shape]) > 1e5 or self.odds(0.1):
                return np.broadcast_to(np.ones((), dtype), shape)
            order = self.rng.permutation(len(shape)) if self.odds(0.5) else np.arange(len(shape))
            a = np.ones([shape[i] for i in order], dtype).transpose(np.argsort(order))
            return a[tuple(slice(None, None, -1) if self.odds(0.1) else slice(None) for _ in shape)]
        except PROMISED:
            return np.ones((2,) * len(shape), dtype)

    def any_array(self, *axes):
        return self.array(*(self.side() for _ in range(self.of(axes or (0, 1, 2, 3, 4, 5, 8)))))

    def like(self, a):
        """An array that fits a, or one that does not."""
        return self.array(*a.shape) if self.odds(0.8) else self.any_array(a.ndim)

    def out(self, *shape):
        return None if self.odds(0.7) else self.array(*shape) if shape else self.any_array()


def conv(d, name):
    groups = d.of((1, 1, 1, 2, 3)) if d.odds(0.9) else d.number()
    n, c, o, h, w = d.side(), d.side(), d.side(), d.side(), d.side()
    kh, kw = d.side(), d.side()
    x, weight = d.array(n, c * groups if 0 < groups < 4 else c, h, w), d.array(o * groups if 0 < groups < 4 else o, c, kh, kw)
    geometry = d.pair(), d.pair(), d.pair(), max(-2**63, min(groups, 2**63 - 1))
    (sh, sw), (ph, pw), (dh, dw), _ = geometry
    oh, ow = ((side + 2 * p - step * (k - 1) - 1) // s + 1 if s else 1 for side, k, s, p, step in (
        (x.shape[2], weight.shape[2], sh, ph, dh), (x.shape[3], weight.shape[3], sw, pw, dw)))
    g = d.array(*(n if 0 <= n < 2**63 else 2 for n in (x.shape[0], weight.shape[0], oh, ow)))
    if name == "conv2d":
        return x, weight, None if d.odds(0.5) else d.array(weight.shape[0]), geometry, d.out(*g.shape)
    if name == "conv2d_backward":
        return g, x, weight, None, tuple(d.odds(0.7) for _ in range(3)), geometry, None
    if name == "conv2d_input_grad":
        return g, weight, geometry, x.shape if d.odds(0.9) else tuple(d.number() for _ in range(4)), d.out(*x.shape)
    return g, x, geometry, weight.shape if d.odds(0.9) else tuple(d.number() for _ in range(4)), d.out(*weight.shape)


def pool(d, name):
    x, (size, stride, padding) = d.any_array(4), (d.pair(), d.pair(), d.pair())
    oh, ow = ((side + 2 * p - k) // s + 1 if s else 1 for side, k, s, p in zip(x.shape[2:], size, stride, padding, strict=True))
    g = d.array(*(n if 0 <= n < 2**63 else 2 for n in (*x.shape[:2], oh, ow)))
    shape = x.shape if d.odds(0.9) else tuple(d.number() for _ in range(4))
    index = d.array(*g.shape, dtype=d.of((np.uint8, np.int32)))
    if name in ("max_pool2d", "avg_pool2d"):
        return x, size, stride, padding, None
    return {"max_pool2d_gather": (x, index, size, stride, padding, d.out(*g.shape)),
            "max_pool2d_scatter": (g, index, size, stride, padding, shape, d.out(*x.shape)),
            "avg_pool2d_backward": (g, size, stride, padding, shape, d.out(*x.shape))}[name]


def one(d, name):
    return d.any_array(), d.out()


def two(d, name):
    a = d.any_array()
    b = d.like(a) if d.odds(0.5) else a[tuple(slice(0, 1) if d.odds(0.4) else slice(None) for _ in a.shape)]
    if d.odds(0.3):
        b = b[(0,) * d.of(range(min(b.ndim, 3)))] if b.ndim and b.size else b
    return (a, b, d.out(*a.shape)) if d.odds(0.5) else (b, a, d.out())


def reduced(d, name):
    a = d.any_array()
    axes = tuple(i for i in range(a.ndim) if d.odds(0.5)) if d.odds(0.6) else d.of((None, d.number(), (d.number(), 0), (0, 0)))
    return a, axes, d.odds(0.5), d.out()


def spread(d, name):
    a, axes, keepdims, out = reduced(d, name)
    return a, axes, d.of((0, 1, 0.5, -1e300, float("nan"), d.number() % 2**63)), keepdims, out


def running(d, name):
    a = d.any_array()
    axis = d.of((-1, a.ndim - 1, 0, 1, 2**31, -2**63))
    if name == "recurrence":
        return a, d.like(a), axis, d.odds(0.5), d.out(*a.shape)
    if name in ("cummax", "cummin", "logcumsumexp"):
        return a, axis, d.out(*a.shape)
    return a, axis, d.odds(0.5), d.out(*a.shape)


def ordered(d, name):
    a = d.any_array()
    axis = d.of((-1, a.ndim - 1, 0, 2**31, -2**63))
    return (a, axis, d.out(*a.shape)) if name == "argsort" else (a, d.number(), axis, d.odds(0.5))


def summed_to(d, name):
    a = d.any_array()
    shape = tuple(1 if d.odds(0.4) else n for n in a.shape[d.of(range(a.ndim + 1)):])
    return a, shape if d.odds(0.8) else tuple(d.number() for _ in range(d.of(range(10)))), d.out(*shape)


def product(d, name):
    k, lead = d.of(SMALL), [d.side() for _ in range(d.of((0, 0, 1, 2, 6)))]     # a long k is long work, with any memory
    if name == "matmul":
        other = [n if d.odds(0.6) else 1 for n in lead][d.of(range(len(lead) + 1)):]
        return d.array(*lead, d.side(), k), d.array(*other, k, d.side()), d.out()
    n, i, o = d.side(), k, d.side()
    if name == "linear":
        return d.array(n, i), d.array(o, i), None if d.odds(0.5) else d.array(o), d.out(n, o)
    n, o = d.of(SMALL), d.of(SMALL)
    return d.array(n, o), d.array(n, d.side()), d.array(o, d.side()), tuple(d.odds(0.5) for _ in range(3)), None


def along(d, name):
    a = d.any_array()
    axis = d.of((-1, a.ndim - 1, 0, 2**31, -2**63))
    return (a, axis, d.out(*a.shape)) if "backward" not in name else (d.like(a), a, axis, d.out(*a.shape))


def loss(d, name):
    z, how = d.any_array(2), d.of(("mean", "sum", "none", "x"))
    if "mse" in name:
        z = d.any_array()
        return (d.array(), z, d.like(z), how, d.out()) if "backward" in name else (z, d.like(z), how, d.out())
    rows, wide = z.shape if z.ndim == 2 else (2, 2)
    target = d.like(z) if d.odds(0.5) or rows > 10**5 else d.rng.integers(-2, max(min(wide, 2**62), 1) + 2, rows)
    if name == "count_correct":
        return z, target, None
    if name == "cross_entropy":
        return z, target, how, d.out()
    return d.array() if how != "none" else d.array(rows), z, target, d.like(z), how, d.out(*z.shape)


def norm(d, name):
    x = d.any_array(0, 1, 2, 3, 4, 5)
    row = d.array(x.shape[1]) if x.ndim > 1 else d.any_array()
    if name == "batch_norm":
        return x, row, row, 1e-5, d.out(*x.shape)
    if name == "batch_norm_inference":
        return x, row, row, row, d.like(row), 1e-5, d.out(*x.shape)
    return d.like(x), x, row, d.array(4, *row.shape) if d.odds(0.9) else row, None


def recurrent(d, name):
    kind, _, backward = name.partition("_")
    gates, t, n, h = {"lstm": 4, "gru": 3, "rnn": 1}[kind], d.side(), d.side(), d.of(SMALL)
    x, state, w = d.array(t, n, gates * h), d.array(n, h), d.array(gates * h, h if d.odds(0.95) else d.side())
    cell, y, reverse = d.like(state), d.array(t, n, h), d.odds(0.5)
    if kind == "rnn":
        return (d.like(y), y, state, w, True, reverse, None) if backward else (x, state, w, False, reverse, d.out(*y.shape))
    kept = d.array(min(t * n * (gates + 1) * h, 2**62)) if d.odds(0.9) else d.any_array()
    aux = d.of(((kept, y), (kept, y), (kept, y), None, (kept,), (y, kept), 3))
    b = None if d.odds(0.5) else d.array(gates * h)
    if backward:
        before = (d.like(y), cell, x, state, cell, w) if kind == "lstm" else (d.like(y), x, state, w, b)
        return *before, aux, reverse, d.of((None, None, (y, state), (x, state, state, w)))
    return (x, state, cell, w, reverse, d.out(*y.shape)) if kind == "lstm" else (x, state, w, b, reverse, d.out(*y.shape))


def grouped(d, name):
    x = d.any_array(0, 1, 2, 3, 4, 5)
    channels = x.shape[1] if x.ndim > 1 else 2
    row = d.array(channels)
    groups = d.of((1, 1, 2, channels)) if d.odds(0.8) else d.number()
    if name == "group_norm":
        return x, row, row, groups, 1e-5, d.out(*x.shape)
    groups = groups if 0 < groups < 2**31 else 1
    kept = d.array(4, x.shape[0] * groups if x.ndim and x.shape[0] < 2**31 else 1) if d.odds(0.9) else row
    return d.like(x), x, row, kept, tuple(d.odds(0.7) for _ in range(3)), groups, 1e-5, None


def resampled(d, name):
    x = d.any_array()
    axis = d.of(range(x.ndim)) if x.ndim and d.odds(0.9) else d.of((-1, 8, 2**62))
    out, taps = d.of(SMALL), d.of(SMALL)
    side = x.shape[axis] if 0 <= axis < x.ndim else 1
    index = d.rng.integers(-1 if d.odds(0.1) else 0, max(min(side, 2**61), 1), (out, taps))
    return x, (index, d.array(out, taps)), (index, index), axis, d.out()


def dropped(d, name):
    x = d.any_array()
    return x, d.rng.random(), d.rng.integers(0, 2**63, d.of((1, 2, 2, 2))).astype(np.uint64), d.out(*x.shape)


def stepped(d, name):
    p = [np.ones([d.of(SMALL) for _ in range(d.of(range(4)))], np.float32) for _ in range(d.of(range(4)))]
    grads, state, other = ([d.like(a) for a in p] for _ in range(3))
    state, other = ([np.array(a) for a in s] if all(a.size < 10**5 for a in s) else p for s in (state, other))
    lr, count = np.array(0.1), np.array(d.of((0, 2**62, 2**63 - 1, -1)))
    number, up = np.array(0.5), d.odds(0.5)
    return p, grads, *{
        "sgd_step": (d.of((None, state)), lr, 0.9, 0.0, d.odds(0.5), d.odds(0.5), 0.1, 0.1, up, d.of((None, count))),
        "adam_step": (state, other, count, lr, 0.9, 0.999, 1e-8, 0.0, d.odds(0.5), d.of((None, other)), up),
        "nadam_step": (state, other, count, number, lr, 0.9, 0.999, 1e-8, 0.0, 0.004, d.odds(0.5), up),
        "radam_step": (state, other, count, lr, 0.9, 0.999, 1e-8, 0.0, d.odds(0.5), up),
        "adamax_step": (state, other, count, lr, 0.9, 0.999, 1e-8, 0.0, up),
        "rmsprop_step": (state, d.of((None, other)), d.of((None, state)), lr, 0.9, 1e-8, 0.0, 0.9, up),
        "adagrad_step": (state, count, lr, 0.1, 1e-8, 0.0, up),
        "adadelta_step": (state, other, lr, 0.9, 1e-8, 0.0, up),
        "lion_step": (state, lr, 0.9, 0.99, 0.1, up),
        "rprop_step": (state, other, count, lr, 0.5, 1.2, 1e-6, 50.0, up),
        "asgd_step": (state, count, number, lr, 1e-4, 0.75, 10.0, 0.0, up),
        "average_step": (count, d.of((None, 0.9))),
    }[name]


def clipped(d, name):
    arrays = [np.ones([d.of(SMALL) for _ in range(d.of(range(4)))], np.float32) for _ in range(d.of(range(4)))]
    return arrays, *{"norm_of_all": (d.of((1, 2, 3, np.inf)),), "scale_to_norm": (np.ones(d.of(((), 2)), np.float32), 1.0),
                     "clip_all": (0.5,)}[name]


def batch(d, name):
    images = d.array(*(d.side() for _ in range(d.of((1, 2, 3, 4)))), dtype=d.of((np.uint8, np.float32)))
    index = d.rng.integers(-1, max(min(images.shape[0], 2**62), 1) + 1, d.of(SMALL)) if d.odds(0.9) else d.any_array(1)
    row = np.ones(images.shape[1] if images.ndim > 1 and images.shape[1] < 10**5 and d.odds(0.7) else d.of(SMALL), np.float32)
    return images, index, row, row, None


def augmented(d, name):
    images = d.array(*(d.side() for _ in range(d.of((4, 4, 4, 4, 3)))), dtype=d.of((np.uint8, np.float32)))
    many = images.shape[0] < 10**5 and images.ndim == 4

    def table(columns):
        if not many or d.odds(0.05):
            return d.any_array(2)
        return d.rng.integers(-2**62, 2**62, (images.shape[0], columns)) >> d.of((0, 20, 60, 62))

    row = np.ones(images.shape[1] if many and images.shape[1] < 10**5 and d.odds(0.7) else d.of(SMALL), np.float32)
    rule, fill = d.of(((row, row), (None, None), (row, None))), d.of((0.0, 5.0, 255.0, -1e300, float("nan")))
    if name == "sample_words":
        return table(2).reshape(-1), d.rng.integers(0, 2**63, d.of((1, 2, 2, 2))).astype(np.uint64), d.number() % 2**31, None
    if name == "crop_batch":
        return images, table(3), d.pair(), d.odds(0.5), fill, *rule, d.out()
    if name == "paste_boxes":
        return images, d.of((images, d.like(images), row.astype(images.dtype))), table(4), d.out()
    if name == "mix_batch":
        return images, d.like(images), table(1).reshape(-1), d.out()
    if name == "jitter_batch":
        return images, table(3), table(1).reshape(-1), d.out()
    if name == "affine_batch":
        return images, table(6), fill, d.out()

    def taps():
        return d.rng.integers(-2**62, 2**62, o := d.of(SMALL)), d.rng.integers(-2**31, 2**31, (o, d.of(SMALL)), dtype=np.int32)

    return images, taps(), taps(), *rule, d.out()


def put(d, name):
    shape = tuple(d.side() for _ in range(d.of((1, 2, 3, 4, 8))))
    if name == "put_along":
        axis = d.of(range(len(shape)))
        g = d.array(*shape[:axis], d.of(SMALL), *shape[axis + 1:])
        index = d.array(*g.shape, dtype=np.int64) if max(g.shape) > 10**5 or g.size > 10**5 else d.rng.integers(-3, 4, g.shape)
        return g, index, axis if d.odds(0.9) else d.number() % 2**31, shape, d.out(*shape)
    axes, n = d.of(range(1, len(shape) + 1)), d.of(SMALL)
    places = tuple(d.rng.integers(-max(1, min(size, 2**61)), max(1, min(size, 2**61)), n) for size in shape[:axes])
    return d.array(n, *shape[axes:]), places, shape[:axes] if d.odds(0.9) else shape, shape, d.out(*shape)


def chosen(d, name):
    a, b, out = two(d, name)
    condition = d.array(*a.shape, dtype=np.bool_ if d.odds(0.9) else None)
    return condition, a if d.odds(0.8) else 2.0, b if d.odds(0.8) else 3, out


def between(d, name):
    a = d.any_array()
    return a, -1.0 if d.odds(0.8) else d.any_array(), 2 if d.odds(0.8) else a, d.out(*a.shape)


def with_number(d, name):
    a = d.any_array()
    n = 0.5 if d.odds(0.8) else d.any_array()
    return (a, n, d.out(*a.shape)) if name in ELEMENTWISE["with_number"] else (a, d.like(a), n, d.out(*a.shape))


def places_in(d, shape, n):
    """n places along each of these axes, now and then outside."""
    return tuple(d.rng.integers(-max(1, min(size, 2**61)), max(1, min(size, 2**61)) + d.odds(0.1), n) for size in shape)


def written(d, name):
    shape = tuple(d.side() for _ in range(d.of((1, 2, 3))))
    axes, n = d.of(range(1, len(shape) + 1)), d.of(SMALL)
    return d.array(*shape), places_in(d, shape[:axes], n), shape[:axes], d.array(n, *shape[axes:]), d.out(*shape)


def along_axis(d, name):
    shape = tuple(d.side() for _ in range(d.of((1, 2, 3))))
    axis = d.of(range(len(shape)))
    index = d.rng.integers(-3, 4, (*shape[:axis], d.of(SMALL), *shape[axis + 1:])) if max(shape) < 10**5 else d.any_array()
    given = (d.like(index),) if name in ("overwrite_along", "add_along") else ()
    return d.array(*shape), index, *given, axis if d.odds(0.9) else d.number() % 2**31, d.out()


def sliced(d, name):
    shape = tuple(d.side() for _ in range(d.of((1, 2, 3))))
    axis, n = d.of(range(len(shape))), d.of(SMALL)
    (index,) = places_in(d, shape[axis:axis + 1], n)
    g = d.array(*shape[:axis], n, *shape[axis + 1:])
    if name == "add_slices":
        return d.array(*shape), g, index, axis if d.odds(0.9) else d.number() % 2**31, d.out(*shape)
    return g, index, axis if d.odds(0.9) else d.number() % 2**31, shape, d.out(*shape)


def bordered(d, name):
    a = d.any_array()
    widths = tuple((d.of((0, 1, 3)), d.of((0, 2))) if d.odds(0.9) else (d.number() % 2**31, 1) for _ in a.shape)
    return a, widths, 0.5, d.out()


def moved(d, name):
    a = d.any_array()
    if name == "copy":
        return a, d.out(*a.shape)
    return a, a.shape[::-1] if d.odds(0.8) else tuple(d.number() for _ in range(3))


def state(d, name):
    return (d.rng.integers(0, 2**63, d.of((1, 2, 2, 2))).astype(np.uint64), None)


ELEMENTWISE = _native.elementwise()
FAMILIES = {
    conv: ("conv2d", "conv2d_backward", "conv2d_input_grad", "conv2d_weight_grad"),
    pool: ("max_pool2d", "max_pool2d_gather", "max_pool2d_scatter", "avg_pool2d", "avg_pool2d_backward"),
    one: tuple(ELEMENTWISE["unary"]), between: tuple(ELEMENTWISE["between"]),
    two: (*ELEMENTWISE["binary"], *ELEMENTWISE["compare"], *ELEMENTWISE["backward"]),
    with_number: (*ELEMENTWISE["with_number"], *ELEMENTWISE["backward_with_number"]),
    chosen: ("where",), moved: ("copy", "reshape"), state: ("next_key",),
    reduced: ("sum", "mean", "max", "min", "argmax", "argmin", "prod"), spread: ("var",),
    running: ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp", "recurrence"), ordered: ("argsort", "topk"),
    summed_to: ("sum_to",), product: ("matmul", "linear", "linear_backward"),
    along: ("softmax", "log_softmax", "softmax_backward", "log_softmax_backward"),
    loss: ("cross_entropy", "cross_entropy_backward", "mse", "mse_backward", "count_correct"),
    put: ("put", "put_along"), written: ("add_at", "overwrite"), along_axis: ("overwrite_along", "add_along", "take_along"),
    sliced: ("put_slices", "add_slices"), bordered: ("pad",),
    norm: ("batch_norm", "batch_norm_backward", "batch_norm_inference"),
    grouped: ("group_norm", "group_norm_backward"), resampled: ("resample",), dropped: ("dropout",),
    recurrent: ("lstm", "lstm_backward", "gru", "gru_backward", "rnn", "rnn_backward"),
    stepped: ("sgd_step", "adam_step", "nadam_step", "radam_step", "adamax_step", "rmsprop_step", "adagrad_step",
              "adadelta_step", "lion_step", "rprop_step", "asgd_step", "average_step"),
    clipped: ("norm_of_all", "scale_to_norm", "clip_all"), batch: ("gather_batch",),
    augmented: ("sample_words", "crop_batch", "paste_boxes", "jitter_batch", "mix_batch", "affine_batch", "resize_batch"),
}
WEIGHTS = {conv: 6, pool: 6, product: 3, reduced: 2, two: 2}


def describe(args):
    def text(a):
        if isinstance(a, np.ndarray):
            return f"{a.dtype}{a.shape}" + (f"/{a.strides}" if not a.flags.c_contiguous else "")
        return f"[{', '.join(map(text, a))}]" if isinstance(a, list) else repr(a)
    return ", ".join(map(text, args))


def test_hostile_calls():
    print(f"\nMINIGRAD_SEED={SEED} MINIGRAD_HOSTILE={CALLS}")
    families = [family for family in FAMILIES for _ in range(WEIGHTS.get(family, 1))]
    served = refused = 0
    for i in range(CALLS):
        d = Draw(SEED, i)
        family = d.of(families)
        name = d.of(FAMILIES[family])
        args = family(d, name)
        if SHOW:
            print(f"{i}: {name}({describe(args)})", flush=True)
        try:
            result = getattr(_native, name)(*args)
            served += result is not None
        except PROMISED:
            refused += 1
    print(f"{CALLS} calls: {served} served, {refused} refused with an error, the others left to the reference")
    assert served > CALLS // 20 and refused > 0


def test_every_function_is_called():
    """A new binding has to be called here, too."""
    known = {name for names in FAMILIES.values() for name in names}
    service = {"isa", "available_isas", "set_isa", "num_threads", "default_num_threads", "set_num_threads", "memory_stats",
               "release_memory", "fail_allocation", "memory_limit", "set_memory_limit", "cpu_limit", "build_info",
               "elementwise", "Recording", "start_counting", "stop_counting", "launches"}
    assert {name for name in dir(_native) if not name.startswith("_")} == known | service


@pytest.mark.parametrize("size, padding", [(2**32, 2**31), (2**31, 2**30), (2**16, 2**15), (300, 150)])
def test_the_mean_of_a_huge_window(size, padding):
    """Nearly all of it is padding, which counts: the number of its places must not overflow."""
    x = np.ones((1, 1, 3, 3), np.float32)
    y = kernels.table("native").avg_pool2d(x, (size,) * 2, (size,) * 2, (padding,) * 2)
    np.testing.assert_allclose(y, np.full((1, 1, 1, 1), 9 / size**2) if y.shape == (1, 1, 1, 1) else y, rtol=1e-6)
    assert y.shape == (1, 1, 1, 1) and np.isfinite(y).all()


def test_a_border_that_does_not_fit_is_a_memory_error():
    x, w = mg.tensor(np.ones((1, 1, 1, 1), np.float32)), mg.tensor(np.ones((1, 1, 1, 2), np.float32))
    table = kernels.table("native")
    with pytest.raises(MemoryError, match=r"^\[conv2d\] found no memory for scratch of 8000000004 bytes: use smaller batches"):
        table.conv2d(x.data, w.data, None, ((1, 2**30), (0, 10**9), (1, 1), 1))
    y, _ = table.conv2d(x.data, w.data, None, ((1, 1), (0, 1), (1, 1), 1))
    assert y.tolist() == [[[[1, 1]]]]


@pytest.mark.parametrize("shape, widths", [((0, 3), ((2**62, 2**62), (0, 0))), ((1, 1), ((2**63 - 1, 0), (0, 0))),
                                           ((0, 2), ((0, 2**20), (2**50, 0))), ((1,), ((2**40, 2**62),))])
def test_a_pad_to_a_shape_that_no_array_has_is_left_to_numpy(shape, widths):
    """Sizes and strides that overflow: the sanitizers would say so."""
    assert _native.pad(np.ones(shape, np.float32), widths, 0.0, None) is None


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_picture_of_no_channels_has_no_pixels_to_look_for(dtype):
    """However many rows it has: this ends at once."""
    images = np.zeros((8, 0, 2**31, 5), dtype)
    assert _native.affine_batch(images, np.zeros((8, 6), np.int64), 0.0, None).shape == images.shape
