"""Complex numbers: making them, taking them apart, and every operation on tensors of them.

A gradient is checked along the real and the imaginary direction of every number.
"""

import operator
from functools import partial

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from minigrad.ops.index import put, put_along
from minigrad.ops.shape import sum_to
from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.elementwise.arithmetic import picking, picking_by_torch
from minigrad.testing.operations.inputs import ONLY_VALUES, arguments, axes, binary, unary, wild
from minigrad.testing.strategies import arrays, at, broadcastable, broadcastable_shapes, shapes

NUMBERS = np.complex128
ABOUT = "complex numbers"
WHOLE = {"integers": "the inputs are complex, and what integers give is checked with real ones"}
CONSTANT = "real numbers are conjugates of themselves, with no imaginary part and an angle of 0 or pi: constants, or the input"
STEPS = {"first": CONSTANT, "second": CONSTANT}


def complexes(values=None, shape=None, **options):
    """One array of complex numbers."""
    return st.tuples(st.tuples(arrays(shape, NUMBERS, values)), st.fixed_dictionaries(options))


def pairs(*dtypes, values=None):
    """Two arrays of these dtypes that broadcast together."""
    @st.composite
    def inputs(draw):
        s, t = draw(broadcastable_shapes(2))
        return arguments(draw(arrays(s, dtypes[0], values)), draw(arrays(t, dtypes[1], values)))

    return inputs()


def unary_of(shape):
    """One array of real numbers of this shape."""
    return st.tuples(st.tuples(arrays(shape)), st.just({}))


def of_complex(name, oracle, torch=None, values=None, shape=None, about=ABOUT, without=WHOLE, call=None, keeps_dtype=True,
               **options):
    describe(name, complexes(values, shape, **options), oracle, torch or name, about=about, without=without, call=call,
             keeps_dtype=keeps_dtype)


# ---- parts

for name in ("real", "imag", "conj", "angle"):
    of_complex(name, getattr(np, name), lambda torch, a, name=name: getattr(torch, name)(a).resolve_conj())
of_complex("abs", np.abs)
describe("abs", complexes(shape=st.just(())), np.abs, "abs", about="a complex number", without=WHOLE, kinks=[
    Kink((np.array([0j, 3 + 4j]),), ([0, 0.6 + 0.8j],))])
describe("angle", complexes(shape=st.just(())), np.angle, "angle", about="a complex number", without=WHOLE, kinks=[
    Kink((np.array([0j, 2j]),), ([0, -0.5],))])
describe("real", unary(wild), np.real, "real", about="real numbers", without=STEPS)
describe("imag", unary(wild), np.imag, lambda torch, a: torch.zeros_like(a), about="real numbers", without=STEPS)
describe("conj", unary(wild), np.conj, "conj", about="real numbers",
         without=STEPS | {"integers": "they are themselves, booleans too, of which numpy makes small integers"})
describe("angle", unary(wild), np.angle, about="real numbers", without=STEPS | {"torch": "PyTorch gives 0 at -0, numpy pi"})
for name in ("real", "imag", "conj", "abs"):
    of_complex(name, getattr(np, name), lambda torch, a, name=name: getattr(torch, name)(a).resolve_conj(), wild,
               about="NaN, infinities", without=WHOLE | ONLY_VALUES)


def joined(real, imag):
    """real + i imag, part by part."""
    real, imag = np.broadcast_arrays(real, imag)
    y = np.empty(real.shape, NUMBERS)
    y.real, y.imag = real, imag
    return y


def torch_joined(torch, real, imag):
    return torch.complex(*(a.contiguous() for a in torch.broadcast_tensors(real, imag)))


describe("complex", binary(), joined, torch_joined)
describe("complex", binary(wild), joined, torch_joined, about="NaN, infinities", without=ONLY_VALUES)
describe("polar", binary(), lambda abs, angle: abs * np.exp(1j * angle),
         lambda torch, abs, angle: abs * torch.exp(1j * angle))
of_complex("view_as_real", lambda z: np.stack([z.real, z.imag], -1), about="")
describe("view_as_complex", shapes(max_dims=2).flatmap(lambda shape: unary_of((*shape, 2))),
         lambda x: x[..., 0] + 1j * x[..., 1], lambda torch, x: torch.complex(x[..., 0], x[..., 1]))


# ---- arithmetic and functions

def beside(dtype, *numbers):
    """An array and one of these numbers."""
    return st.tuples(st.tuples(arrays(dtype=dtype), st.sampled_from(numbers)), st.just({}))



for name, symbol in (("add", operator.add), ("sub", operator.sub), ("mul", operator.mul), ("div", operator.truediv)):
    torch = partial(lambda torch, a, b, symbol: symbol(a, b), symbol=symbol)
    describe(name, broadcastable(2, dtype=NUMBERS).map(lambda pair: (pair, {})), symbol, torch, about=ABOUT, without=WHOLE)
    describe(name, pairs(np.float64, NUMBERS), symbol, torch, about="a real number on the left", without=WHOLE)
    describe(name, pairs(NUMBERS, np.float64), symbol, torch, about="a real number on the right", without=WHOLE)
    describe(name, beside(NUMBERS, 2, -1.5, 1j), symbol, torch, about="complex numbers and a number", without=WHOLE)
    describe(name, beside(np.float64, 2j, 1 - 0.5j), symbol, torch, about="real numbers and a complex number", without=WHOLE,
             keeps_dtype=False)
describe("power", broadcastable(2, dtype=NUMBERS).map(lambda pair: (pair, {})), operator.pow,
         lambda torch, a, b: a**b, about=ABOUT, without=WHOLE)
describe("power", beside(NUMBERS, 0, 1, 2, 3, -1, 0.5, 1 + 1j), operator.pow,
         lambda torch, a, b: a**b, about="complex numbers, to a number", without=WHOLE)
of_complex("neg", np.negative)
for name in ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh"):
    of_complex(name, getattr(np, name))


for name, symbol, either in (("pick_mul", operator.mul, False), ("pick_both", operator.mul, True),
                             ("pick_div", operator.truediv, False)):
    describe(name, broadcastable(2, dtype=NUMBERS).map(lambda pair: (pair, {})), picking(symbol, either),
             picking_by_torch(symbol, either), about=ABOUT, without=WHOLE)
COMPARED = dict.fromkeys(("first", "second"), "comparisons are constants of the graph")
for name in ("equal", "not_equal"):
    describe(name, broadcastable(2, dtype=NUMBERS, values=at(-1, 0, 1)).map(lambda pair: (pair, {})), getattr(np, name),
             lambda torch, a, b, name=name: (a == b) == (name == "equal"), about=ABOUT, without=WHOLE | COMPARED)


# ---- what is linear

of_complex("flatten", lambda a: a.ravel(), "flatten")

of_complex("astype", lambda a, dtype: a.astype(dtype), lambda torch, a, dtype: a.to(torch.complex128),
           dtype=st.just("complex128"), keeps_dtype=False)
describe("astype", unary(dtype=st.just("complex128")), lambda a, dtype: a.astype(dtype),
         lambda torch, a, dtype: a.to(torch.complex128), about="to complex numbers", keeps_dtype=False)


def reduced(draw):
    a = draw(arrays(shapes(min_side=1), NUMBERS))
    return arguments(a, axis=draw(axes(a.ndim)), keepdims=draw(st.booleans()))


def by_torch(name):
    def along(torch, a, axis, keepdims):
        axis = tuple(range(a.ndim)) if axis is None else axis
        return a.clone() if axis == () else getattr(torch, name)(a, axis, keepdims)

    return along


for name in ("sum", "mean"):
    describe(name, reduced, getattr(np, name), by_torch(name), about=ABOUT, without=WHOLE)


def factors(left, right):
    @st.composite
    def inputs(draw):
        m, k, n = (draw(st.integers(1, 3)) for _ in range(3))
        return arguments(draw(arrays((m, k), left)), draw(arrays((k, n), right)))

    return inputs()


for about, left, right in ((ABOUT, NUMBERS, NUMBERS), ("real times complex numbers", np.float64, NUMBERS)):
    describe("matmul", factors(left, right), np.matmul, lambda torch, a, b: torch.matmul(a + 0j, b), about=about,
             without=WHOLE | {"nothing": "sums of products: 0 times an infinite number is NaN there"})


def rows(draw):
    return arguments(draw(arrays((2, 3), NUMBERS)), draw(arrays((4, 3), NUMBERS)), draw(arrays((4,), NUMBERS)))


describe("linear", rows, lambda x, w, b: x @ w.T + b, "nn.functional.linear", about=ABOUT,
         without=WHOLE | {"nothing": "sums of products: 0 times an infinite number is NaN there"})
MATRIX = st.just((3, 2))
of_complex("getitem", lambda a, index: a[index], lambda torch, a, index: a[index], shape=MATRIX,
           index=st.sampled_from((0, (slice(1, None), 1), ([0, 0, 2],), (..., None))))
of_complex("take_along_axis", np.take_along_axis,
           lambda torch, a, indices, axis: torch.take_along_dim(a, torch.tensor(indices), axis), shape=MATRIX,
           call=lambda a, indices, axis: mg.take_along_axis(a, indices, axis),
           indices=st.just(np.array([[0, 1], [2, 1]])), axis=st.just(0))
of_complex("put", lambda g: np.stack([g[1], g[0] + g[2], 0 * g[0]]),
           lambda torch, g: torch.stack([g[1], g[0] + g[2], 0 * g[0]]), shape=MATRIX,
           call=lambda g: put(g, (np.array([1, 0, 1]),), (3, 2)))
of_complex("put_along", lambda g: g[[1, 0, 2]], lambda torch, g: g[[1, 0, 2]], shape=MATRIX,
           call=lambda g: put_along(g, np.array([[1, 1], [0, 0], [2, 2]]), 0, (3, 2)))
of_complex("sum_to", lambda a: a.sum(1, keepdims=True), lambda torch, a: a.sum(1, keepdim=True), shape=MATRIX,
           call=lambda a: sum_to(a, (3, 1)))
of_complex("reshape", lambda a: a.reshape(2, 3), lambda torch, a: a.reshape(2, 3), shape=MATRIX,
           call=lambda a: mg.reshape(a, (2, 3)))
of_complex("transpose", np.transpose, lambda torch, a: a.T, shape=MATRIX)
of_complex("broadcast_to", lambda a: np.broadcast_to(a, (2, 3, 2)), lambda torch, a: a.expand(2, 3, 2), shape=MATRIX,
           call=lambda a: mg.broadcast_to(a, (2, 3, 2)))
of_complex("pad", lambda a: np.pad(a, 1), lambda torch, a: torch.nn.functional.pad(a, (1, 1, 1, 1)), shape=MATRIX,
           call=lambda a: mg.pad(a, 1))
for name, join in (("concatenate", "cat"), ("stack", "stack")):
    describe(name, st.tuples(st.tuples(arrays((2, 3), NUMBERS), arrays((2, 3))), st.just({})),
             lambda a, b, name=name: getattr(np, name)([a, b]),
             lambda torch, a, b, join=join: getattr(torch, join)([a, b + 0j]), about="complex and real numbers",
             call=lambda a, b, name=name: getattr(mg, name)([a, b]), without=WHOLE)
of_complex("split", lambda a: np.split(a, 2, 1), lambda torch, a: a.split(1, 1), shape=MATRIX, call=lambda a: mg.split(a, 2, 1))
describe("where", pairs(NUMBERS, np.float64).map(lambda case: ((np.asarray(case[0][0].real > 0), *case[0]), {})), np.where,
         lambda torch, condition, a, b: torch.where(condition, a, b + 0j), about="complex and real numbers", without=WHOLE)
