"""What each standard mistake makes of a right gradient.

Here a is a hand-written gradient, b the right one, `other` what messages call b. Every function yields guesses: arrays
that are equal if that mistake was made, and only then, but for coincidence.
"""

from itertools import combinations, permutations
from typing import NamedTuple

import numpy as np

EXAMPLES = 1000     # rows of a large gradient that are looked at as the only example


class Guess(NamedTuple):
    """A mistake: its name, what it is ("is minus the slope: ..."), and two arrays that are equal if it was made."""

    name: str
    sentence: str
    mine: np.ndarray
    expected: np.ndarray


def guesses(a, b, other, mask=None, sizes=()):
    """Every standard mistake that could make a of b, from the simplest on. sizes: what N may be, besides b's own."""
    sizes = sorted({int(n) for n in (*sizes, *b.shape, b.size) if n > 1})
    if a.shape == b.shape and not a.any():
        yield Guess("zero", f"is zero everywhere, where {other} is not: was it forgotten, or never written to?", a, a)
        return
    if a.shape == b.shape:
        if mask is not None:
            yield from _mask(a, b, other, mask)
        yield from _factors(a, b, other, sizes)
        yield from _zeros(a, b, other)
    for name, words, c in _rearranged(b, other):
        if c.shape == a.shape:
            yield Guess(name, f"is {words}", a, c)
            for guess in _factors(a, c, words, sizes):
                yield guess._replace(name=f"{name}, {guess.name}")
    yield from _not_summed(a, b, other)
    yield from _summed(a, b, other)
    if b.ndim and a.shape == b.shape[1:]:
        for n, row in enumerate(b[:EXAMPLES]):
            yield Guess("one example", f"is {other} at index {n} of axis 0 alone: were the others forgotten?", a, row)
    if a.size == b.size and a.shape != b.shape:
        words = f"has the numbers of {other} in the wrong shape: {a.shape}, not {b.shape}."
        yield Guess("reshaped", words, a, b.reshape(a.shape))
    yield from _wrong_axis(a, b, other)


def _factors(a, b, other, sizes):
    """a = c b, for the factor c that fits best."""
    with np.errstate(all="ignore"):
        c = float(np.vdot(b, a) / np.vdot(b, b))
    if not np.isfinite(c) or c == 0:
        return
    minus = "minus " if c < 0 else ""
    if minus:
        yield Guess("sign", f"is minus {other}: is a sign lost?", a, -b)
    sign = np.sign(c)
    twice = "was it accumulated twice (no zero_grad between), or is a factor 2 too much?"
    half = "is a factor 2 missing, as from a square?"
    if 2 in sizes:                  # the numbers cannot tell these from the 1/N of a mean
        axis = "Or, as 2 is the size of a batch or an axis: is the 1/2 of a mean"
        twice, half = f"{twice} {axis} missing?", f"{half} {axis} too much?"
    yield Guess("twice", f"is {minus}2 times {other}: {twice}", a, 2 * sign * b)
    yield Guess("half", f"is {minus}half of {other}: {half}", a, sign * b / 2)
    for n in sizes:
        size = f"and {n} is the size of a batch or an axis"
        yield Guess("missing 1/N", f"is {minus}{n} times {other}, {size}: is the 1/{n} of a mean missing?", a, n * sign * b)
        yield Guess("1/N too much", f"is {minus}1/{n} of {other}, {size}: is the 1/{n} of a mean too much?", a, sign * b / n)
    if np.count_nonzero(b) > 2:     # one factor for one or two numbers explains nothing
        passes = c > 2.5 and abs(c - round(c)) < 1e-4
        hint = f"were {round(c)} backward passes accumulated?" if passes else "is a factor lost?"
        yield Guess("factor", f"is {c:.6g} times {other} in every entry: {hint}", a, c * b)


def _mask(a, b, other, mask):
    """b = a mask."""
    if b.any():
        yield Guess("missing mask", f"is {other} once multiplied by the mask: is the mask forgotten?", a * mask, b)


def _zeros(a, b, other):
    """Zeros that are missing from a, or too many."""
    mine, right = a != 0, b != 0
    if np.count_nonzero(mine & right) < 2:
        return
    if n := np.count_nonzero(mine & ~right):
        yield Guess("missing mask", f"equals {other} wherever that is not 0, but in {n} of {a.size} entries it should be 0 and "
                    "is not: is a mask missing (of a relu, a dropout, a max)?", np.where(right, a, 0), b)
    if n := np.count_nonzero(right & ~mine):
        for axis in range(a.ndim):
            rest = tuple(k for k in range(a.ndim) if k != axis)
            there = mine.any(rest)
            if np.all((mine == right).all(rest) | ~there):      # each place along the axis is complete or empty
                yield Guess("some rows", f"equals {other} in {np.count_nonzero(there)} of {a.shape[axis]} places along axis "
                            f"{axis}, and is 0 in the others: is it written for one example only?", a, np.where(mine, b, 0))
        yield Guess("masked", f"equals {other}, but is 0 in {n} of {a.size} entries where that is not: is there a mask too "
                    "many?", a, np.where(mine, b, 0))


def _rearranged(b, other):
    """(name, in words, b with its numbers in another order)."""
    if 2 <= b.ndim <= 4:
        for order in list(permutations(range(b.ndim)))[1:]:
            how = "" if b.ndim == 2 else f" (its axes in the order {order})"
            yield "transposed", f"{other} transposed{how}", b.transpose(order)
    if b.ndim > 2:
        yield "flipped", f"{other} with the last two axes flipped (convolution for cross-correlation)", b[..., ::-1, ::-1]


def _not_summed(a, b, other):
    """b is a summed, or averaged, over axes along which the input was broadcast."""
    extra = a.ndim - b.ndim
    if extra < 0 or a.size <= b.size:
        return
    axes = tuple(k for k in range(a.ndim) if k < extra or b.shape[k - extra] == 1 < a.shape[k])
    for name, whole in (("summed", a.sum(axes)), ("averaged", a.mean(axes))):
        if whole.size == b.size:
            yield Guess(f"not {name}", f"has shape {a.shape}, not {b.shape}, and becomes {other} {name} over {_words(axes)}: "
                        "was that forgotten, where the input was broadcast?", whole.reshape(b.shape), b)


def _summed(a, b, other):
    """a is b summed, or averaged, over axes that should have stayed."""
    for n in range(1, min(b.ndim, 3) + 1):
        for axes in combinations([k for k in range(b.ndim) if b.shape[k] > 1], n):
            for name, total in (("summed", b.sum(axes, keepdims=True)), ("mean", b.mean(axes, keepdims=True))):
                kind = "sum" if name == "summed" else "mean"
                words = f"is the {kind} of {other} over {_words(axes)}, which should not be taken."
                for expected in (total, total.squeeze(axes), np.broadcast_to(total, b.shape)):
                    if expected.shape == a.shape:
                        yield Guess(name, words, a, expected)


def _wrong_axis(a, b, other):
    """Both are sums of one array, over different axes: they add up to the same."""
    total, terms = a.sum(), np.abs(a).sum()
    if a.ndim == b.ndim and a.shape != b.shape and abs(total) > 0.01 * terms:     # no sum that cancels to nothing
        yield Guess("wrong axis", f"has shape {a.shape}, not {b.shape}, and both add up to {total:.6g}: was it summed over the "
                    "wrong axis?", np.asarray(total), np.asarray(b.sum()))


def _words(axes):
    return f"axis {axes[0]}" if len(axes) == 1 else f"axes {axes}"
