"""Random numbers keyed by what they are for, so that nothing depends on what was drawn before.

`generator(seed, stream, step)` is a Philox counter whose key is (seed, step) and whose counter starts in a block of its
own for each stream: the order of epoch 7 is the same whether or not epochs 0 to 6 were ever run, and a loader and a
split with the same seed do not share their numbers.
"""

import operator

import numpy as np

# One number per use. Changing one changes every figure that was ever reported with it.
SHUFFLE, SPLIT, SYNTHETIC_SHAPE, SYNTHETIC_NOISE, FOLDS, SAMPLES = range(6)

_WORD = 2**64 - 1


def generator(seed: int, stream: int, step: int = 0) -> np.random.Generator:
    """A fresh generator for (seed, stream, step), three integers; a negative seed counts as its 64-bit pattern.

    TypeError when the seed is no integer (None would mean "different every time", which nothing here offers).
    """
    try:
        key = np.array([operator.index(seed) & _WORD, operator.index(step) & _WORD], dtype=np.uint64)
    except TypeError:
        raise TypeError(f"[seed] expected an integer, found {seed!r}: pass for example seed=0") from None
    return np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, 0, stream], dtype=np.uint64)))
