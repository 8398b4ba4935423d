"""How the arguments of kernels are drawn: numbers, shapes and memory layouts; `claims/` says which for each kernel.

Numbers come from one drawn seed through numpy's generator (fast, and a failure shrinks to small shapes and a small seed);
NaN, infinities, signed zeros, denormals and huge numbers are strewn in. Sides stand around the widths of vectors (4, 8 and
16 floats), every array has a memory layout of its own, and now and then one is large enough for blocks and threads.
"""

import numpy as np

from minigrad.testing.memory import LAYOUTS, arrange
from minigrad.testing.strategies import st

SIDES = (1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 0)
SHORT = (1, 2, 3, 5, 8, 17, 0)                          # of three axes and more
KINDS = ("ordinary", "whole", "special")
LARGE = ((70_001,), (300_001,), (300, 257), (300, 1_000), (4_099, 33), (20_000, 3), (2, 5_000), (33, 40, 41), (8, 16, 20, 20))


class Drawing:
    """One set of arguments being drawn: a generator of numbers, a dtype and a kind of numbers for all its arrays."""

    def __init__(self, draw, kinds):
        self.one_of = lambda *choices: draw(st.sampled_from(choices))
        self.dtype = np.dtype(self.one_of(np.float32, np.float32, np.float32, np.float64))
        self.kind = self.one_of(*kinds)
        self.layouts = self.one_of(("C",), LAYOUTS, ("channels-last",))       # all in one order, as in practice, or any
        self.rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        self.large = draw(st.integers(0, 23)) == 17

    def shape(self, *axes, empty=True):
        """A shape with one of these numbers of axes; `empty`: a side may be 0."""
        if self.large:
            fit = [s for s in LARGE if len(s) in axes]
            if fit:
                return self.one_of(*fit)
        n = self.one_of(*axes)
        sides = SIDES if n < 3 else SHORT
        return tuple(self.one_of(*(sides if empty else sides[:-1])) for _ in range(n))

    def array(self, *shape, kind=None, low=None):
        """Numbers of `kind` (`low`: their magnitudes plus this) in a drawn memory layout."""
        a = numbers(self.rng, shape, kind or self.kind, self.dtype)
        return arrange(a if low is None else np.abs(a) + self.dtype.type(low), self.one_of(*self.layouts))

    def maybe(self, *shape):
        """An array or None."""
        return self.array(*shape) if self.one_of(True, False) else None

    def like(self, *shape):
        """A gradient of that shape: now and then one number broadcast to it (strides 0), as the gradient of a sum is."""
        if self.one_of(False, False, False, True):
            return np.broadcast_to(self.array(), shape)
        return self.array(*shape)


def numbers(rng, shape, kind, dtype):
    """ordinary: normal, of some scale. whole: -3 .. 3, so many ties and zeros. special: ordinary, a fifth or most special."""
    if kind == "whole":
        return rng.integers(-3, 4, shape).astype(dtype)
    a = np.asarray(rng.standard_normal(shape) * rng.choice((1, 3, 0.01))).astype(dtype)
    if kind == "special" and a.size:
        info = np.finfo(dtype)
        few = rng.permutation((0.0, -0.0, np.nan, np.inf, -np.inf, info.tiny / 8, -info.tiny / 8, info.tiny, info.max * 0.9,
                               -info.max * 0.9, 88.8, -100, 1.5))[:rng.integers(1, 14)].astype(dtype)
        where = rng.random(shape) < rng.choice((0.2, 0.2, 0.2, 0.95))
        where.flat[rng.integers(a.size)] = True
        a[where] = rng.choice(few, int(where.sum()))
    return a


def arguments(*kinds):
    """A strategy from a function that takes a Drawing (of these kinds of numbers) and returns the arguments."""
    return lambda f: st.composite(lambda draw: f(Drawing(draw, kinds or KINDS)))()


def geometry(d):
    """(sides of the image, of the window, stride, padding, dilation), such that the window fits."""
    image = [d.one_of(5, 1, 2, 3, 4, 6, 8, 9, 13) for _ in range(2)]
    window = [d.one_of(1, 2, 3, 5) for _ in range(2)]
    dilation = [d.one_of(1, 1, 2, 3) for _ in range(2)]
    stride = [d.one_of(1, 1, 2, 3, 5) for _ in range(2)]
    padding = [d.one_of(0, 1, 2) for _ in range(2)]
    for i in range(2):
        image[i] = max(image[i], (window[i] - 1) * dilation[i] + 1 - 2 * padding[i], 1)
    return tuple(image), tuple(window), tuple(stride), tuple(padding), tuple(dilation)
