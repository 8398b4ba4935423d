"""Keyed random numbers: the same key gives the same numbers, and every part of the key matters."""

import numpy as np
import pytest

from minigrad.data.streams import SHUFFLE, SPLIT, generator


def numbers(*key):
    return generator(*key).random(1000).tolist()


def test_same_key_same_numbers():
    assert numbers(3, SHUFFLE, 7) == numbers(3, SHUFFLE, 7) == numbers(np.int64(3), SHUFFLE, np.int32(7))


@pytest.mark.parametrize("other", [(4, SHUFFLE, 7), (3, SPLIT, 7), (3, SHUFFLE, 8), (-3, SHUFFLE, 7), (7, SHUFFLE, 3)])
def test_every_part_of_the_key_matters(other):
    assert not set(numbers(3, SHUFFLE, 7)) & set(numbers(*other))


@pytest.mark.parametrize("seed", [None, 1.5, "0"])
def test_a_seed_is_an_integer(seed):
    with pytest.raises(TypeError, match=r"\[seed\] expected an integer, found .*: pass for example seed=0"):
        generator(seed, SHUFFLE)
