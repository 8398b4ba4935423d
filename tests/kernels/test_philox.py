"""Philox 4x32-10 against the known answers of its authors' library (Random123, kat_vectors); our numbering of words."""

import numpy as np
import pytest

from minigrad.kernels import philox

KNOWN = [       # counter, key, words
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


class From:
    """numpy, with blocks counted from `first`: the words of a block far down a stream, without making those before."""

    def __init__(self, first):
        self.first = first

    def __getattr__(self, name):
        return getattr(np, name)

    def arange(self, n, dtype):
        return np.arange(n, dtype=dtype) + dtype(self.first)


def words(text):
    return [int(w, 16) for w in text.split()]


@pytest.mark.parametrize("counter, key, expected", KNOWN)
def test_known_answers(counter, key, expected):
    """Counter = (block low, block high, stream low, stream high), key = (seed low, seed high)."""
    c, k = words(counter), words(key)
    block, stream, seed = c[0] | c[1] << 32, c[2] | c[3] << 32, k[0] | k[1] << 32
    found = philox.uint32(From(block), np.array([seed, stream], np.uint64), 4)
    assert found.dtype == np.uint32 and found.tolist() == words(expected)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 1000])
def test_any_length_is_the_start_of_the_same_stream(count):
    key = np.array([5, 6], np.uint64)
    assert philox.uint32(np, key, count).tolist() == philox.uint32(np, key, 1001)[:count].tolist()


def test_seeds_and_streams_differ_in_every_bit():
    base = philox.uint32(np, np.array([0, 0], np.uint64), 64)
    for place in (0, 1):
        for bit in (0, 31, 32, 63):
            key = np.zeros(2, np.uint64)
            key[place] = np.uint64(1) << np.uint64(bit)
            flipped = np.unpackbits((philox.uint32(np, key, 64) ^ base).view(np.uint8)).mean()
            assert 0.45 < flipped < 0.55       # of 2048 bits, half: five standard deviations are 0.055


def test_uniform_and_independent():
    n = 1 << 18
    w = philox.uint32(np, np.array([11, 3], np.uint64), n)
    u = w / 2**32
    assert abs(u.mean() - 0.5) < 5 / np.sqrt(12 * n) and abs(u.var() - 1 / 12) < 0.001
    counts = np.bincount(w >> 24, minlength=256)
    assert abs(((counts - n / 256) ** 2).sum() / (n / 256) - 255) < 5 * np.sqrt(2 * 255)       # chi squared
    assert np.all(np.abs(np.unpackbits(w.view(np.uint8)).reshape(n, 4, 8).mean(0) - 0.5) < 5 / np.sqrt(4 * n))
    for lag in (1, 2, 3, 4, 256):
        assert abs(np.corrcoef(u[:-lag], u[lag:])[0, 1]) < 5 / np.sqrt(n)
    assert len(np.unique(w)) > 0.9999 * n * (1 - n / 2**33)


def test_threshold():
    assert philox.threshold(0) == 0 and philox.threshold(1) == 2**32 and philox.threshold(0.25) == 2**30
