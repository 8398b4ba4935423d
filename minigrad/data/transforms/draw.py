"""Draw: the random numbers of a batch, each sample's its own.

They are words of Philox (`minigrad/kernels/philox.py`), keyed by the seed and a stream, which says the epoch and which
transform asks; a sample's words start at its index. So they are the same in whatever batch the sample comes, and on whatever
thread.
"""

import operator

import numpy as np
from numpy.typing import NDArray

from minigrad.kernels import host_table

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WORD = 2**64 - 1
_EPOCHS, _SAMPLES = 2**48, 2**40
_SEVERAL = 256                      # of one kind in a chain


class Draw:
    """Of the samples `indices` (B,) int64, from 0 to 2^40 - 1, in an epoch from 0 to 2^48 - 1. seed: any integer.

    TypeError or ValueError for others.
    """

    def __init__(self, op: str, seed: int, epoch: int, indices: Integers) -> None:
        for what, value in (("seed", seed), ("epoch", epoch)):
            if isinstance(value, bool) or not hasattr(value, "__index__"):
                raise TypeError(f"[{op}] {what} must be an integer, found {value!r}: pass for example {what}=0")
        self.seed, self.epoch = operator.index(seed) & _WORD, operator.index(epoch)
        if not 0 <= self.epoch < _EPOCHS:
            raise ValueError(f"[{op}] epoch must be from 0 to 2^48 - 1, found {epoch}")
        indices = np.asarray(indices)
        if indices.ndim != 1 or indices.dtype.kind not in "iu":
            raise TypeError(f"[{op}] indices must be integers (B,), one for each image, found {indices.dtype} {indices.shape}")
        if indices.size and not 0 <= indices.min() <= indices.max() < _SAMPLES:
            raise ValueError(f"[{op}] indices must be from 0 to 2^40 - 1, found {indices.min()} to {indices.max()}")
        self.indices: Integers = np.ascontiguousarray(indices, np.int64)

    def __len__(self) -> int:
        return len(self.indices)

    def words(self, stream: int, count: int) -> NDArray[np.uint32]:
        """(B, count) random words for a transform's stream, 1 .. 65535."""
        key = np.array([self.seed, stream << 48 | self.epoch], np.uint64)
        return host_table().sample_words(self.indices, key, count)

    def uniform(self, stream: int, count: int) -> Floats:
        """(B, count) numbers between 0 and 1, neither of them included."""
        return as_uniform(self.words(stream, count))


def stream_of(kind: int, occurrence: int) -> int:
    """The stream of a kind of transform, 1 .. 255, which comes `occurrence` times before in its chain."""
    return kind * _SEVERAL + occurrence


def as_uniform(words: NDArray[np.uint32]) -> Floats:
    """Words as numbers between 0 and 1, neither of them included."""
    return (words.astype(np.float64) + 0.5) * 2.0**-32


def below(words: NDArray[np.uint32], n: int) -> Integers:
    """Words as integers 0 .. n - 1, each as probable as the others (to n / 2^32)."""
    return ((words.astype(np.uint64) * np.uint64(n)) >> np.uint64(32)).astype(np.int64)


def happens(words: NDArray[np.uint32], p: float) -> NDArray[np.bool_]:
    """True with probability p."""
    return words < p * 2.0**32
