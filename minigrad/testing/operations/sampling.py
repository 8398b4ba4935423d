"""Random numbers of other kinds: numpy's generator, keyed by the seed and the number of the array since manual_seed."""

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from minigrad.testing.operations import describe
from minigrad.testing.operations.create import CONSTANT, FLOATS, OTHER_GENERATOR, made
from minigrad.testing.operations.inputs import arguments
from minigrad.testing.strategies import arrays, generic, shapes

SEEDS = st.integers(0, 2**64 - 1)
WITHOUT = {**CONSTANT, "torch": OTHER_GENERATOR}


def seeded(name):
    def call(*args, seed, **options):
        mg.manual_seed(seed)
        return getattr(mg, name)(*args, **options)

    call.__name__ = call.__qualname__ = name
    return call


def drawn(numbers):
    """The oracle: numbers(generator, ...) of the seed's first stream."""
    def oracle(*args, seed, **options):
        return numbers(np.random.Generator(np.random.Philox(key=np.array([seed, 0], np.uint64))), *args, **options)

    return oracle


def said(name, inputs, numbers, **others):
    describe(name, inputs, drawn(numbers), call=seeded(name), without=WITHOUT, **others)


said("randint", made(low=st.integers(-5, 0), high=st.integers(1, 9), size=shapes(), seed=SEEDS),
     lambda g, low, high, size: g.integers(low, high, size))
said("randperm", made(n=st.integers(0, 9), seed=SEEDS), lambda g, n: g.permutation(n))
said("normal", made(mean=st.sampled_from((0, 3.5)), std=st.sampled_from((1, 0, 2.5)), size=shapes(), dtype=FLOATS, seed=SEEDS),
     lambda g, mean, std, size, dtype: (g.standard_normal(size) * std + mean).astype(dtype))
said("uniform", made(low=st.sampled_from((0, -1.5)), high=st.sampled_from((1, 2.5)), size=shapes(), dtype=FLOATS, seed=SEEDS),
     lambda g, low, high, size, dtype: (low + (high - low) * g.random(size)).astype(dtype))


@st.composite
def like(draw, values=None):
    return arguments(draw(arrays(values=values)), seed=draw(SEEDS))


PROBABILITIES = generic(0.1, 0.9, ())
said("rand_like", like(), lambda g, a: g.random(a.shape).astype(a.dtype))
said("randn_like", like(), lambda g, a: g.standard_normal(a.shape).astype(a.dtype))
said("bernoulli", like(PROBABILITIES), lambda g, a: (g.random(a.shape) < a).astype(a.dtype))


@st.composite
def weights(draw):
    a = draw(arrays(shapes(1, 2, 2, 5), values=PROBABILITIES))
    replacement = draw(st.booleans())
    return arguments(a, draw(st.integers(1, 5 if replacement else a.shape[-1])), replacement, seed=draw(SEEDS))


def multinomial(g, a, num_samples, replacement):
    rows = [g.choice(row.size, num_samples, replacement, row / row.sum()) for row in np.atleast_2d(np.asarray(a, np.float64))]
    return np.reshape(rows, (*a.shape[:-1], num_samples))


said("multinomial", weights(), multinomial, keeps_dtype=False)
