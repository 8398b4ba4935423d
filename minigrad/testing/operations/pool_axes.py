"""Pooling along one and three axes, with every option, adaptive, and undone, against plain loops."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.conv_axes import each, written
from minigrad.testing.operations.inputs import ONLY_VALUES, arguments, positive, wild
from minigrad.testing.strategies import arrays


def geometry(draw, n, dilated, padded=True):
    """(shape of x, options): every window has an element inside the image."""
    size, stride = ([draw(st.integers(1, 3 if n < 3 else 2)) for _ in range(n)] for _ in range(2))
    dilation = [draw(st.integers(1, 2)) if dilated else 1 for _ in range(n)]
    padding = [draw(st.integers(0, k // 2 if padded else 0)) for k in size]
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, size, strict=True)]
    sides = [draw(st.integers(max(1, s - 2 * p, s - p), max(5 if n < 3 else 3, s))) for s, p in zip(spans, padding,
                                                                                                    strict=True)]
    batch = () if draw(st.booleans()) else (draw(st.integers(0, 2)),)
    options = {"kernel_size": size, "stride": stride, "padding": padding} | ({"dilation": dilation} if dilated else {})
    options = {name: written(draw, v) for name, v in options.items()}
    return (*batch, draw(st.integers(1, 2)), *sides), options | {"ceil_mode": draw(st.booleans())}


def maxima(n, values=None):
    @st.composite
    def inputs(draw):
        shape, options = geometry(draw, n, True)
        return arguments(draw(arrays(shape, values=values)), **options, return_indices=values is None or draw(st.booleans()))

    return inputs()


def means(n):
    @st.composite
    def inputs(draw):
        shape, options = geometry(draw, n, False)
        options["count_include_pad"] = draw(st.booleans())
        if n > 1:
            options["divisor_override"] = draw(st.none() | st.sampled_from((1, 3, -2)))
        return arguments(draw(arrays(shape)), **options)

    return inputs()


def windows(sides, size, stride, padding, dilation, ceil_mode):
    """(the sides of the result, {window: its places inside the image, in order})"""
    n, counts = len(sides), []
    for i in range(n):
        room = sides[i] + 2 * padding[i] - dilation[i] * (size[i] - 1) - 1
        count = (-(-room // stride[i]) if ceil_mode else room // stride[i]) + 1
        counts.append(count - (ceil_mode and (count - 1) * stride[i] >= sides[i] + padding[i]))
    found = {}
    for at in np.ndindex(*counts):
        places = ([a * s - p + t * d for a, s, p, t, d in zip(at, stride, padding, tap, dilation, strict=True)]
                  for tap in np.ndindex(*size))
        found[at] = [tuple(place) for place in places if all(0 <= i < side for i, side in zip(place, sides, strict=True))]
    return tuple(counts), found


def first_largest(x, places):
    best = places[0]
    for place in places[1:]:
        if x[place] > x[best] or np.isnan(x[place]) and not np.isnan(x[best]):
            best = place
    return best


def largest_of(x, n, counts, found, return_indices):
    """The first largest of each window, and its number."""
    lead, sides = x.shape[:-n], x.shape[-n:]
    y, places = np.zeros((*lead, *counts), x.dtype), np.zeros((*lead, *counts), np.int64)
    for image in np.ndindex(*lead):
        for at, inside in found.items():
            best = first_largest(x[image], inside)
            y[image + at], places[image + at] = x[image][best], np.ravel_multi_index(best, sides)
    return (y, places) if return_indices else y


def max_pool(n):
    def oracle(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        stride = kernel_size if stride is None else stride
        how = [each(v, n) for v in (kernel_size, stride, padding, dilation)]
        return largest_of(x, n, *windows(x.shape[-n:], *how, ceil_mode), return_indices)

    return oracle


def avg_pool(n):
    def oracle(x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
        size, stride, padding = (each(v, n) for v in (kernel_size, kernel_size if stride is None else stride, padding))
        sides = x.shape[-n:]
        counts, found = windows(sides, size, stride, padding, (1,) * n, ceil_mode)
        y = np.zeros((*x.shape[:-n], *counts))
        for at, inside in found.items():
            padded = np.prod([min(a * s - p + k, side + p) - (a * s - p)
                              for a, s, p, k, side in zip(at, stride, padding, size, sides, strict=True)])
            divisor = divisor_override or (padded if count_include_pad else len(inside))
            y[..., *at] = sum(x[..., *place] for place in inside) / divisor
        return y

    return oracle


def avg_pool_by_torch(n):
    def by_torch(torch, x, kernel_size, padding=0, **options):
        """avg_pool3d refuses a window that is larger than the image without its padding: there, of an image that is longer by
        zeros, the windows that start where they would."""
        size, sides = each(kernel_size, n), x.shape[-n:]
        pool = getattr(torch.nn.functional, f"avg_pool{n}d")
        if n < 3 or all(map(np.less_equal, size, sides)):
            return pool(x, kernel_size, padding=padding, **options)
        longer = [max(k, side) for k, side in zip(size, sides, strict=True)]
        extra = [w for k, side in zip(longer[::-1], sides[::-1], strict=True) for w in (0, k - side)]
        include = options.pop("count_include_pad", True)
        divisor, ceil_mode = options.pop("divisor_override", None), options.pop("ceil_mode", False)
        stride = each(options.pop("stride", None) or kernel_size, n)
        counts, found = windows(sides, size, stride, each(padding, n), (1,) * n, ceil_mode)
        sums = pool(torch.nn.functional.pad(x, extra), kernel_size, stride, padding, True, True, 1)
        sums = sums[(..., *(slice(c) for c in counts))]
        full = [np.prod([min(a * s - p + k, side + p) - (a * s - p)
                         for a, s, p, k, side in zip(at, stride, each(padding, n), size, sides, strict=True)]) for at in found]
        share = [divisor or (all_ if include else len(inside)) for all_, inside in zip(full, found.values(), strict=True)]
        return sums / torch.tensor(np.reshape(share, counts), dtype=x.dtype)

    return by_torch


@st.composite
def powered(draw, n=2):
    shape, options = geometry(draw, n, False, padded=False)
    del options["padding"]
    return arguments(draw(arrays(shape, values=positive)), draw(st.sampled_from((1, 2, 3))), **options)


def lp_pool(n):
    def oracle(x, norm_type, kernel_size, stride=None, ceil_mode=False):
        stride = kernel_size if stride is None else stride
        return (avg_pool(n)(x**norm_type, kernel_size, stride, 0, ceil_mode) * np.prod(each(kernel_size, n)))**(1 / norm_type)

    return oracle


for n in (1, 2, 3):
    about = "" if n != 2 else "every option"
    describe(f"max_pool{n}d", maxima(n), max_pool(n), f"nn.functional.max_pool{n}d", about=about, constant_outputs=(1,))
    describe(f"max_pool{n}d", maxima(n, wild), max_pool(n), about=f"{about and about + ', '}NaN, infinities, ties",
             without={**ONLY_VALUES, "torch": "PyTorch gives NaN to the last, not the first"}, constant_outputs=(1,))
    describe(f"avg_pool{n}d", means(n), avg_pool(n), avg_pool_by_torch(n), about=about)
for n in (1, 2):
    describe(f"lp_pool{n}d", powered(n), lp_pool(n), lambda torch, x, p, n=n, **options: getattr(
        torch.nn.functional, f"lp_pool{n}d")(x, float(p), **{
            name: v[0] if isinstance(v, tuple) and n == 1 else v for name, v in options.items()}), without={
            "integers": "of 0 the root has no slope, and a sum of large powers no digits"})


# ---- adaptive, whole images

def adaptive(n, values=None, indices=False):
    @st.composite
    def inputs(draw):
        batch = () if draw(st.booleans()) else (draw(st.integers(0, 2)),)
        sides = [draw(st.integers(1, 5 if n < 3 else 3)) for _ in range(n)]
        size = draw(st.integers(1, 5) if n == 1 else st.integers(1, 4) | st.tuples(*[st.none() | st.integers(1, 4)] * n))
        options = {"return_indices": values is None or draw(st.booleans())} if indices else {}
        return arguments(draw(arrays((*batch, draw(st.integers(1, 2)), *sides), values=values)), size, **options)

    return inputs()


def adaptive_windows(sides, output_size):
    wanted = [side if o is None else o for side, o in zip(sides, each(output_size, len(sides)), strict=True)]
    found = {}
    for at in np.ndindex(*wanted):
        spans = [range(a * side // o, -(-(a + 1) * side // o)) for a, side, o in zip(at, sides, wanted, strict=True)]
        found[at] = [tuple(s[i] for s, i in zip(spans, place, strict=True)) for place in np.ndindex(*map(len, spans))]
    return tuple(wanted), found


def adaptive_avg_pool(n):
    def oracle(x, output_size):
        counts, found = adaptive_windows(x.shape[-n:], output_size)
        y = np.zeros((*x.shape[:-n], *counts))
        for at, inside in found.items():
            y[..., *at] = sum(x[..., *place] for place in inside) / len(inside)
        return y

    return oracle


def adaptive_max_pool(n):
    return lambda x, output_size, return_indices=False: largest_of(
        x, n, *adaptive_windows(x.shape[-n:], output_size), return_indices)


for n in (1, 2, 3):
    describe(f"adaptive_avg_pool{n}d", adaptive(n), adaptive_avg_pool(n), f"nn.functional.adaptive_avg_pool{n}d")
    describe(f"adaptive_max_pool{n}d", adaptive(n, indices=True), adaptive_max_pool(n),
             f"nn.functional.adaptive_max_pool{n}d", constant_outputs=(1,))
    describe(f"adaptive_max_pool{n}d", adaptive(n, wild, True), adaptive_max_pool(n), about="NaN, infinities, ties",
             without={**ONLY_VALUES, "torch": "PyTorch gives NaN to the last, not the first"}, constant_outputs=(1,))


def whole(values=None):
    return st.integers(1, 3).flatmap(lambda n: arrays(st.tuples(st.integers(0, 2), st.integers(1, 3),
                                                                *[st.integers(1, 3)] * n), values=values)).map(
                                                                    lambda a: arguments(a))


def behind(x):
    return tuple(range(2, x.ndim))


describe("global_avg_pool", whole(), lambda x: x.mean(behind(x)), lambda torch, x: x.mean(behind(x)))
describe("global_max_pool", whole(), lambda x: x.max(behind(x)), lambda torch, x: x.amax(behind(x)), kinks=[
    Kink((np.array([[[1.0, 3, 3]]]),), ([[[0, 1, 0]]],))])


# ---- max pooling undone

def put_back(n, repeats):
    @st.composite
    def inputs(draw):
        batch = () if draw(st.booleans()) else (draw(st.integers(0, 2)),)
        lead, sides = (*batch, draw(st.integers(1, 2))), tuple(draw(st.integers(1, 3 if n < 3 else 2)) for _ in range(n))
        size = tuple(2 * side + draw(st.integers(0, 1)) for side in sides)
        rng = np.random.default_rng(draw(st.integers(0, 2**20)))
        places = np.array([rng.choice(np.prod(size), np.prod(sides), repeats) for _ in range(int(np.prod(lead)))], np.int64)
        return arguments(draw(arrays((*lead, *sides))), places.reshape(*lead, *sides), 2, output_size=size)

    return inputs()


def max_unpool(n):
    def oracle(x, indices, kernel_size, stride=None, padding=0, output_size=None):
        size = output_size or [2 * side for side in x.shape[-n:]]
        y = np.zeros((*x.shape[:-n], int(np.prod(size))), x.dtype)
        for image in np.ndindex(*x.shape[:-n]):
            for at in np.ndindex(*x.shape[-n:]):
                y[image + (indices[image + at],)] = x[image + at]
        return y.reshape(*x.shape[:-n], *size)

    return oracle


for n in (1, 2, 3):
    describe(f"max_unpool{n}d", put_back(n, False), max_unpool(n), f"nn.functional.max_unpool{n}d")
    describe(f"max_unpool{n}d", put_back(n, True), max_unpool(n), about="several for one place",
             without={"torch": "PyTorch does not say which of several stays, and gives every one of them a gradient"})
