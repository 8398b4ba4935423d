"""Making tensors: nothing differentiable goes in, so there are values only."""

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, unary, wild
from minigrad.testing.strategies import shapes

NOTHING_IN = "it makes a tensor of nothing differentiable"
CONSTANT = dict.fromkeys(("first", "second", "integers"), NOTHING_IN)
OTHER_GENERATOR = "PyTorch draws from another generator"
DTYPES = st.sampled_from(("float32", "float64", "int64"))
FLOATS = st.sampled_from(("float32", "float64"))
NUMBERS = st.sampled_from((0, 1, -2.5, 7))


def made(**options):
    return st.fixed_dictionaries(options).map(lambda drawn: arguments(**drawn))


def torch_dtype(torch, dtype):
    return getattr(torch, dtype)


describe("full", made(shape=shapes(), value=NUMBERS, dtype=DTYPES), lambda shape, value, dtype: np.full(shape, value, dtype),
         lambda torch, shape, value, dtype: torch.tensor(value).to(torch_dtype(torch, dtype)).expand(shape), without=CONSTANT)
for name in ("zeros", "ones"):
    describe(name, made(shape=shapes(), dtype=DTYPES), getattr(np, name), lambda torch, shape, dtype, name=name:
             getattr(torch, name)(shape, dtype=torch_dtype(torch, dtype)), without=CONSTANT)
    describe(f"{name}_like", unary(wild), getattr(np, f"{name}_like"), f"{name}_like", without=CONSTANT)
    describe(f"{name}_like", unary(wild, dtype=DTYPES), getattr(np, f"{name}_like"), lambda torch, a, dtype, name=name:
             getattr(torch, f"{name}_like")(a, dtype=torch_dtype(torch, dtype)), about="dtype=", keeps_dtype=False,
             without=CONSTANT)
describe("empty_like", unary(wild), np.zeros_like, "zeros_like", without=CONSTANT)
describe("full_like", unary(wild, fill_value=NUMBERS), np.full_like, "full_like", without=CONSTANT)
describe("eye", made(n=st.integers(0, 6), dtype=DTYPES), lambda n, dtype: np.eye(n, dtype=dtype),
         lambda torch, n, dtype: torch.eye(n, dtype=torch_dtype(torch, dtype)), without=CONSTANT)
describe("eye", made(n=st.integers(0, 4), m=st.integers(0, 4), k=st.integers(-5, 5)), lambda n, m, k: np.eye(n, m, k),
         about="another diagonal", without={**CONSTANT, "torch": "PyTorch's eye has the main diagonal only"})
describe("identity", made(n=st.integers(0, 6)), np.identity, lambda torch, n: torch.eye(n), without=CONSTANT)
STARTS, STEPS = st.integers(-5, 5) | st.sampled_from((-1.5, 0.25)), st.sampled_from((1, 2, -1, 0.5, -0.75))
describe("arange", made(start=STARTS, stop=STARTS, step=STEPS), np.arange,
         lambda torch, start, stop, step: torch.tensor(np.arange(start, stop, step)), without=CONSTANT)
describe("arange", st.tuples(st.tuples(st.integers(0, 9)), st.just({})), np.arange, "arange", about="the end alone",
         without=CONSTANT)


# ---- random numbers: numpy's Philox generator, keyed by the seed and the number of the array since manual_seed

def seeded(name):
    def call(shape, dtype, seed, before):
        """The random array number `before` after manual_seed(seed)."""
        mg.manual_seed(seed)
        for _ in range(before):
            getattr(mg, name)((2,))
        return getattr(mg, name)(shape, dtype)

    call.__name__ = call.__qualname__ = name
    return call


def oracle(draw_numbers):
    def numbers(shape, dtype, seed, before):
        generator = np.random.Generator(np.random.Philox(key=np.array([seed, before], np.uint64)))
        return draw_numbers(generator, shape).astype(dtype)

    return numbers


SEEDED = made(shape=shapes(), dtype=FLOATS, seed=st.integers(0, 2**64 - 1), before=st.integers(0, 2))
for name, draw_numbers in (("randn", np.random.Generator.standard_normal), ("rand", np.random.Generator.random)):
    describe(name, SEEDED, oracle(draw_numbers), call=seeded(name), without={**CONSTANT, "torch": OTHER_GENERATOR})
