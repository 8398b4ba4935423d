"""Which samples go into which part: of labels int64 (N,) to places int64, by a key. `Dataset` has the methods; nothing here
touches an image.

"Stratified" means that each class is as frequent in the part as in the whole, as nearly as whole numbers allow (the largest
remainder gets the sample that is left over; of equal ones the class with the smaller number).
"""

import operator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.data.streams import FOLDS, SPLIT, generator

Labels = NDArray[np.int64]
Places = NDArray[np.int64]


def count_of(op: str, part: Any, total: int) -> int:
    """How many samples `part` is: a count, or a fraction strictly between 0 and 1 of `total`. ValueError for other fractions,
    TypeError for what is no number."""
    if isinstance(part, float | np.floating):
        if not 0 < part < 1:
            raise ValueError(f"[{op}] a fraction lies strictly between 0 and 1, found {part}: {total} samples; "
                             "pass a count as an integer")
        return round(float(part) * total)
    if isinstance(part, bool) or not hasattr(part, "__index__"):
        raise TypeError(f"[{op}] expected a count of samples, an int, or a fraction between 0 and 1, found {part!r}")
    return operator.index(part)


def drawn(labels: Labels, count: int, seed: int, stratified: bool) -> tuple[Places, Places]:
    """(`count` places drawn at random, the others), both in order. 0 <= count <= N."""
    order = generator(seed, SPLIT).permutation(len(labels))
    if stratified:
        order, sizes = by_class(order, labels)
        first = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes) < np.repeat(shares(sizes, count), sizes)
        return np.sort(order[first]), np.sort(order[~first])
    return np.sort(order[:count]), np.sort(order[count:])


def dealt(labels: Labels, folds: int, seed: int, stratified: bool) -> list[Places]:
    """All places, dealt at random to `folds` parts whose sizes differ by one at most; stratified, so do those of each class.
    Each part is in order."""
    order = generator(seed, FOLDS).permutation(len(labels))
    if stratified:
        order, _ = by_class(order, labels)
    return [np.sort(order[fold::folds]) for fold in range(folds)]


def by_class(order: Places, labels: Labels) -> tuple[Places, NDArray[np.int64]]:
    """(the same places, sorted by class and else as they come, how many there are of each class that occurs)."""
    sizes = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return order[np.argsort(labels[order], kind="stable")], sizes


def shares(sizes: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """`count` shared out in proportion to sizes: whole numbers, none larger than its size, that sum to count."""
    total = int(sizes.sum())
    if not total:
        return np.zeros_like(sizes)
    whole, rest = np.divmod(sizes * count, total)
    left_over = count - int(whole.sum())
    whole[np.argsort(-rest, kind="stable")[:left_over]] += 1
    return whole
