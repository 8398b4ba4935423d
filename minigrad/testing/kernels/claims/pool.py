"""Pooling and what carries its gradient back."""

from minigrad.testing.kernels.claim import EITHER_ZERO, ORDER, REFERENCE, Claim, by_magnitude
from minigrad.testing.kernels.drawing import arguments, geometry
from minigrad.testing.memory import arrange


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


KERNELS = {
    "max_pool2d": Claim(pooled, why=EITHER_ZERO, zero_signs=False),
    "max_pool2d_gather": Claim(pooled_at),
    "max_pool2d_scatter": Claim(spread_at, 8, ORDER, by_magnitude("max_pool2d_scatter", 0)),
    "avg_pool2d": Claim(pooled, 8, ORDER, by_magnitude(
        "avg_pool2d", 0, partial=lambda x, size, stride, padding: size[0] * size[1])),
    "avg_pool2d_backward": Claim(spread_evenly, 8, ORDER, by_magnitude("avg_pool2d_backward", 0)),
}
