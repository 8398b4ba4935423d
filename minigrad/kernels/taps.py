"""Of which places along an axis a resampled one is made, and with what weights: index and weight, numpy arrays (O, K).

They depend on sizes alone. `placed` gives them to a device, with those of the adjoint, once. The coordinates are PyTorch's:
pixel i covers i to i + 1, or, with align_corners, the first and the last pixels of both images lie on one another.
"""

from functools import lru_cache

import numpy as np


@lru_cache(maxsize=512)
def placed(k, dtype, taps, n, *args):
    """(there, back) for `resample` on the device k: taps(n, *args), and the same turned round, in that dtype."""
    index, weight = taps(n, *args)
    dtype = np.dtype(np.float32) if dtype == np.float16 else dtype
    return tuple((k.asarray(np.ascontiguousarray(i, np.int64)), k.asarray(np.ascontiguousarray(w, dtype)))
                 for i, w in ((index, weight), turned_round(index, weight, n)))


def turned_round(index, weight, n):
    """The taps of the adjoint: for each of the n places those that it was a part of, with the same weights."""
    made, source = np.repeat(np.arange(len(index)), index.shape[1]), index.reshape(-1)
    used = weight.reshape(-1) != 0
    order = np.argsort(source[used], kind="stable")
    made, source, weights = made[used][order], source[used][order], weight.reshape(-1)[used][order]
    counts = np.bincount(source, minlength=n)
    column = np.arange(len(source)) - np.repeat(np.cumsum(counts) - counts, counts)
    back, share = np.zeros((n, max(counts.max(initial=0), 1)), np.int64), np.zeros((n, max(counts.max(initial=0), 1)))
    back[source, column], share[source, column] = made, weights
    return back, share


def adaptive(n, out):
    """The mean of out windows of nearly equal size: window i is from floor(i n / out) to ceil((i + 1) n / out)."""
    index, inside = adaptive_windows(n, out)
    return index, inside / inside.sum(1, keepdims=True)


def adaptive_sums(n, out):
    """The sum of each of these windows."""
    index, inside = adaptive_windows(n, out)
    return index, inside.astype(float)


def adaptive_windows(n, out):
    """(index, whether it counts): what fills a smaller window up is its last place again."""
    i = np.arange(out)
    first, end = i * n // out, -(-(i + 1) * n // out)
    at = first[:, None] + np.arange((end - first).max(initial=1))
    return np.minimum(at, end[:, None] - 1), at < end[:, None]


def nearest(n, out, scale, exact):
    """The place whose pixel holds the new one's start; exact: its centre. In float32, where PyTorch rounds down."""
    step = np.float32(n / out if scale is None else 1 / scale)
    at = (np.arange(out, dtype=np.float32) + np.float32(.5 if exact else 0)) * step
    return np.minimum(at.astype(np.int64), n - 1)[:, None], np.ones((out, 1))


def linear(n, out, scale, align_corners):
    """Two neighbours, weighted by how near they are."""
    at = np.maximum(_centres(n, out, scale, align_corners), 0)
    low = np.minimum(at.astype(np.int64), n - 1)
    return _two(low, np.minimum(low + 1, n - 1), at - low)


def _two(low, high, share):
    return np.stack([low, high], 1), np.stack([1 - share, share], 1)


def cubic(n, out, scale, align_corners):
    """Four neighbours, by Keys's cubic with a = -3/4; at the border the last pixel is seen again."""
    at = _centres(n, out, scale, align_corners)
    low = np.floor(at).astype(np.int64)
    four = low[:, None] + np.arange(-1, 3)
    return np.clip(four, 0, n - 1), _keys(at[:, None] - four, -0.75)


def antialiased(n, out, scale, align_corners, name):
    """The filter `name`, as wide as a new pixel where the image shrinks, and normalised (Pillow's)."""
    step = _step(n, out, scale, align_corners)
    wide, reach = max(step, 1.0), {"linear": 1, "cubic": 2}[name] * max(step, 1.0)
    centre = step * (np.arange(out) + 0.5)
    first = np.maximum((centre - reach + 0.5).astype(np.int64), 0)
    count = np.minimum((centre + reach + 0.5).astype(np.int64), n) - first
    at = first[:, None] + np.arange(count.max())
    distance = (at - centre[:, None] + 0.5) / wide
    weight = np.maximum(1 - np.abs(distance), 0) if name == "linear" else _keys(distance, -0.5)
    weight = np.where(np.arange(count.max()) < count[:, None], weight, 0)
    return np.minimum(at, n - 1), weight / weight.sum(1, keepdims=True)


def _step(n, out, scale, align_corners):
    """How far apart the new pixels are, in old ones."""
    if align_corners:
        return (n - 1) / (out - 1) if out > 1 else 0.0
    return n / out if scale is None else 1 / scale


def _centres(n, out, scale, align_corners):
    """Where the new pixels lie among the places 0 .. n - 1."""
    step = _step(n, out, scale, align_corners)
    return np.arange(out) * step if align_corners else (np.arange(out) + 0.5) * step - 0.5


def _keys(x, a):
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((x - 5) * x + 8) * x * a - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


ONE = 1 << 14       # a weight of 1, where weights are whole numbers


@lru_cache(maxsize=512)
def whole(n, out, antialias):
    """Linear interpolation of bytes, for `resize_batch`: (start int64 (O,), weight int32 (O, K)), read-only. Place o is the sum
    of the K places from start[o] on, and the weights of each sum to ONE, so that what is of one colour stays so."""
    index, weight = antialiased(n, out, None, False, "linear") if antialias else linear(n, out, None, False)
    taps = min(index.shape[1], n)
    start = np.minimum(index[:, 0], n - taps).astype(np.int64)
    exact = np.zeros((out, taps))
    np.add.at(exact, (np.arange(out)[:, None], index - start[:, None]), weight)
    rounded = np.rint(exact * ONE).astype(np.int32)
    rounded[np.arange(out), exact.argmax(1)] += ONE - rounded.sum(1, dtype=np.int32)
    for array in (start, rounded):
        array.flags.writeable = False
    return start, rounded
