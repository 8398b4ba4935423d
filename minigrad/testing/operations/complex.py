"""Complex numbers: making them, taking them apart, and every operation on tensors of them.

A gradient is checked along the real and the imaginary direction of every number.
"""

import operator
from functools import partial

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from minigrad.ops.index import put, put_along
from minigrad.ops.index.writing import add_along, add_at, overwrite, overwrite_along
from minigrad.ops.shape import sum_to
from minigrad.ops.shape.diagonals import put_diagonal
from minigrad.ops.shape.windows import add_windows, view_windows
from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.elementwise.arithmetic import picking, picking_by_torch
from minigrad.testing.operations.inputs import NO_TWIN, ONLY_VALUES, arguments, axes, binary, unary, wild
from minigrad.testing.operations.reduce import asked, product
from minigrad.testing.operations.scan import FROM_THE_END, recurrence, recurrent, running, scanned
from minigrad.testing.strategies import arrays, at, broadcastable, broadcastable_shapes, generic, shapes

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
for name in ("exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sqrt", "square", "reciprocal", "sin", "cos", "tan",
             "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh"):
    of_complex(name, getattr(np, name))
of_complex("rsqrt", lambda a: 1 / np.sqrt(a))


for name, symbol, either in (("pick_mul", operator.mul, False), ("pick_both", operator.mul, True),
                             ("pick_div", operator.truediv, False)):
    describe(name, broadcastable(2, dtype=NUMBERS).map(lambda pair: (pair, {})), picking(symbol, either),
             picking_by_torch(symbol, either), about=ABOUT, without=WHOLE)
COMPARED = dict.fromkeys(("first", "second"), "comparisons are constants of the graph")
for name in ("equal", "not_equal"):
    describe(name, broadcastable(2, dtype=NUMBERS, values=at(-1, 0, 1)).map(lambda pair: (pair, {})), getattr(np, name),
             lambda torch, a, b, name=name: (a == b) == (name == "equal"), about=ABOUT, without=WHOLE | COMPARED)


for name in ("isnan", "isinf", "isfinite", "logical_not"):
    of_complex(name, getattr(np, name), values=wild, without=WHOLE | COMPARED)
for name in ("logical_and", "logical_or", "logical_xor"):
    describe(name, broadcastable(2, dtype=NUMBERS, values=at(0, 1)).map(lambda pair: (pair, {})), getattr(np, name), name,
             about=ABOUT, without=WHOLE | COMPARED)


def near(draw):
    a = draw(arrays(None, NUMBERS, wild))
    with np.errstate(invalid="ignore"):
        b = np.asarray(a * (1 + draw(st.sampled_from((0.0, 1e-9, 1e-6, 1e-3j)))))
    return arguments(a, b, equal_nan=draw(st.booleans()))


for name in ("isclose", "allclose"):
    describe(name, near, getattr(np, name), name, about=ABOUT, without=WHOLE | COMPARED)

# ---- what is linear

of_complex("flatten", lambda a: a.ravel(), "flatten")

of_complex("astype", lambda a, dtype: a.astype(dtype), lambda torch, a, dtype: a.to(torch.complex128),
           dtype=st.just("complex128"), keeps_dtype=False)
describe("astype", unary(dtype=st.just("complex128")), lambda a, dtype: a.astype(dtype),
         lambda torch, a, dtype: a.to(torch.complex128), about="to complex numbers", keeps_dtype=False)


def reduced(draw, values=None):
    a = draw(arrays(shapes(min_side=1), NUMBERS, values))
    return arguments(a, axis=draw(axes(a.ndim)), keepdims=draw(st.booleans()))


def by_torch(name):
    def along(torch, a, axis, keepdims):
        axis = tuple(range(a.ndim)) if axis is None else axis
        return a.clone() if axis == () else getattr(torch, name)(a, axis, keepdims)

    return along


for name in ("sum", "mean"):
    describe(name, reduced, getattr(np, name), by_torch(name), about=ABOUT, without=WHOLE)


for name in ("any", "all", "count_nonzero"):
    describe(name, st.composite(reduced)(at(0, among=generic())), getattr(np, name),
             lambda torch, a, axis, keepdims, name=name: asked(torch, name, a, axis, keepdims), about=ABOUT,
             without=WHOLE | COMPARED)
describe("prod", reduced, np.prod, product, about=ABOUT, without=WHOLE)
describe("prod", st.composite(reduced)(at(0, among=generic())), np.prod, product, about="complex numbers and zeros",
         without=WHOLE)
for name in ("cumsum", "cumprod"):
    oracle, by_torch = running(name)
    describe(name, scanned(dtype=NUMBERS, **FROM_THE_END), oracle, by_torch, about=ABOUT, without=WHOLE)
describe("cumprod", scanned(at(0, among=generic()), NUMBERS, **FROM_THE_END), *running("cumprod"),
         about="complex numbers and zeros", without=WHOLE)
describe("recurrence", recurrent(NUMBERS), recurrence, about=ABOUT, without=WHOLE | {"torch": NO_TWIN})


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
ROWS = np.array([[1, 1], [0, 0]])
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
of_complex("diag", np.diag, "diag", shape=st.sampled_from(((2,), (3, 2))))
of_complex("diagonal", np.diagonal, lambda torch, a: torch.diagonal(a).clone(), shape=MATRIX)
of_complex("put_diagonal", lambda g: np.diag(g, 1), lambda torch, g: torch.diag(g, 1), shape=st.just((2,)),
           call=lambda g: put_diagonal(g, 1, 0, 1, (3, 3)))
of_complex("view_windows", lambda a: np.stack([a[:2], a[1:]]).transpose(0, 2, 1), lambda torch, a: a.unfold(0, 2, 1),
           shape=MATRIX, call=lambda a: view_windows(a, 0, 2, 1, 1))
of_complex("add_windows", lambda g: np.stack([g[0, :, 0], g[0, :, 1] + g[1, :, 0], g[1, :, 1]]),
           lambda torch, g: torch.stack([g[0, :, 0], g[0, :, 1] + g[1, :, 0], g[1, :, 1]]), shape=st.just((2, 2, 2)),
           call=lambda g: add_windows(g, 0, 3, 1, 1))
# two arrays, of which the second is written over rows of the first, or added to them
for name, call, by_numpy in (
        ("overwrite", lambda a, b: overwrite(a, np.array([1, 0]), b), lambda xp, a, b: xp.stack([b[1], b[0], a[2]])),
        ("overwrite_along", lambda a, b: overwrite_along(a, ROWS, b, 0), lambda xp, a, b: xp.stack([b[1], b[0], a[2]])),
        ("add_at", lambda a, b: add_at(a, np.array([1, 1]), b), lambda xp, a, b: xp.stack([a[0], a[1] + b[0] + b[1], a[2]])),
        ("add_along", lambda a, b: add_along(a, ROWS, b, 0), lambda xp, a, b: xp.stack([a[0] + b[1], a[1] + b[0], a[2]])),
        ("scatter_add", lambda a, b: mg.scatter_add(a, 0, ROWS, b),
         lambda xp, a, b: xp.stack([a[0] + b[1], a[1] + b[0], a[2]])),
        ("index_add", lambda a, b: mg.index_add(a, 0, np.array([1, 1]), b, 2j),
         lambda xp, a, b: xp.stack([a[0], a[1] + 2j * (b[0] + b[1]), a[2]]))):
    describe(name, st.tuples(st.tuples(arrays((3, 2), NUMBERS), arrays((2, 2), NUMBERS)), st.just({})), partial(by_numpy, np),
             by_numpy, about=ABOUT, call=call, without=WHOLE)
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
