"""Linear algebra where singular values or eigenvalues coincide, or are 0, and a gradient exists all the same."""

from functools import partial

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, together
from minigrad.testing.operations.linalg import LAPACKS, SYMMETRIC, even, turned

TORCHLESS = {"torch": "PyTorch's is NaN, or wrong, where values coincide"}
HARD = LAPACKS | TORCHLESS | {"integers": "the inputs are matrices with coinciding values"}
ROUGH = HARD | {"second": "a gradient beside coinciding values is too rough for slopes: tests/ops/test_linalg.py has them"}
EVEN = SYMMETRIC | TORCHLESS


@st.composite
def turns(draw, m, n):
    """An orthogonal matrix (m, n) as a numpy array, m >= n."""
    seed = draw(st.integers(0, 15))
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((m, m)))[0][:, :n]


@st.composite
def with_singular_values(draw, *choices):
    """Matrices (M, N), M != N too, of exactly these singular values, but for rounding."""
    s = draw(st.sampled_from(choices))
    n = len(s)
    a = draw(turns(n + draw(st.integers(0, 1)), n)) * s @ draw(turns(n, n)).T
    return arguments(a if draw(st.booleans()) else a.T)


@st.composite
def with_eigenvalues(draw, *choices):
    w = draw(st.sampled_from(choices))
    v = draw(turns(len(w), len(w)))
    return arguments(even(v * w @ v.T))


@st.composite
def of_rank(draw, product=True):
    """Factors (M, R), (R, N) of a matrix that lacks rank, well conditioned; coinciding singular values among them."""
    r = draw(st.integers(1, 2))
    m, n = r + draw(st.integers(0, 2)), r + draw(st.integers(1, 2))
    b, c = draw(turns(m, r)) * (1, 2)[:r] if draw(st.booleans()) else draw(turns(m, r)), draw(turns(n, r)).T
    x, y = together(draw, b.shape, c.shape)
    small = draw(st.sampled_from((0, 0.05)))
    return arguments(b + small * x, c + small * y)


def nuclear(a):
    return np.sum(np.linalg.svd(a, compute_uv=False), -1)


REPEATED = (2.0, 2.0), (1.0, 1.0, 1.0), (3.0, 1.0, 1.0), (3.0, 3.0, 1.0)
describe("linalg.svdvals", with_singular_values(*REPEATED), nuclear, call=lambda a: mg.sum(mg.linalg.svdvals(a), -1),
         about="the nuclear norm at repeated singular values", without=HARD)
describe("linalg.svdvals", of_rank(), lambda b, c: nuclear(b @ c), call=lambda b, c: mg.sum(mg.linalg.svdvals(b @ c), -1),
         about="the nuclear norm of matrices that lack rank", without=HARD)


def leading(values):
    return values[..., :2].sum(-1)


PAIR = (3.0, 3.0, 1.0), (2.0, 2.0, 0.5, 0.5)
describe("linalg.svdvals", with_singular_values(*PAIR), lambda a: leading(np.linalg.svd(a, compute_uv=False)),
         call=lambda a: leading(mg.linalg.svdvals(a)), about="a repeated pair, both counted", without=HARD)


def polar(library, a):
    u, _, vh = library.linalg.svd(a, False)
    return u @ vh


def in_double(operation):
    """Halves in float64 from end to end: as halves, values that coincide lie a little apart, and that little counts."""
    def of(*args):
        wide = [a.astype(np.float64) if a.dtype == np.float16 else a for a in args]
        return operation(*wide).astype(args[0].dtype)

    return of


describe("linalg.svd", with_singular_values((2.0, 2.0), (1.0, 1.0, 1.0), (3.0, 2.0, 2.0)), partial(polar, np),
         call=in_double(partial(polar, mg)), about="the polar factor at repeated singular values",
         without=ROUGH)


def best_of_rank_two(library, a):
    """U_2 U_2^T: the space of the first two singular vectors."""
    u = library.linalg.svd(a, False)[0][..., :2]
    return u @ (turned(u) if library is mg else u.T)


describe("linalg.svd", with_singular_values(*PAIR), partial(best_of_rank_two, np),
         call=in_double(partial(best_of_rank_two, mg)), about="the space of a repeated pair", without=ROUGH)


def of_pair(library, a):
    """The space of the two smallest eigenvalues, and their sum."""
    w, v = library.linalg.eigh(even(a))
    v = v[..., :2]
    return v @ (turned(v) if library is mg else v.T) * (w[..., :2].sum(-1) + 3)


PAIRS = (-1.0, -1.0, 2.0), (0.0, 0.0, 1.0), (0.0, 0.0, 3.0, 3.0)
describe("linalg.eigh", with_eigenvalues(*PAIRS), partial(of_pair, np), call=in_double(partial(of_pair, mg)),
         about="the space of a repeated pair", without=EVEN | ROUGH)
describe("linalg.eigvalsh", with_eigenvalues(*PAIRS), lambda a: leading(np.linalg.eigvalsh(even(a))),
         call=lambda a: leading(mg.linalg.eigvalsh(even(a))), about="a repeated pair, both counted", without=EVEN)
describe("linalg.eigvalsh", with_eigenvalues((1.0, 1.0, 1.0), (0.0, 0.0)), lambda a: np.sum(np.linalg.eigvalsh(even(a)), -1),
         call=lambda a: mg.sum(mg.linalg.eigvalsh(even(a)), -1), about="all repeated, their sum", without=EVEN)

def rtol_of(a):
    return 1e-10 if a.dtype == np.float64 else 1e-2


describe("linalg.pinv", of_rank(), lambda b, c: np.linalg.pinv(b @ c, rcond=1e-10),
         call=lambda b, c: mg.linalg.pinv(b @ c, rcond=rtol_of(b)), about="matrices that lack rank",
         without=HARD)
describe("linalg.pinv", with_singular_values(*REPEATED), lambda a: np.linalg.pinv(a), about="repeated singular values",
         torch="linalg.pinv", without={k: v for k, v in HARD.items() if k != "torch"})
describe("linalg.lstsq", of_rank(), lambda b, c: np.linalg.lstsq(b @ c, np.arange(len(b)) + 1.0, rcond=1e-10)[0],
         call=lambda b, c: mg.linalg.lstsq(b @ c, (np.arange(len(b)) + 1.0).astype(b.dtype), rtol_of(b)).solution,
         about="matrices that lack rank", without=HARD)

# the determinant is a polynomial: it has slopes of every order everywhere
SINGULAR = ((2.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 0.0), (2.0, 0.0), (0.0, 0.0), (1.0, 1.0, 1.0), (0.0,),
            (3.0, 2.0, 2.0, 0.0))


@st.composite
def square_with_singular_values(draw):
    s = draw(st.sampled_from(SINGULAR))
    return arguments(draw(turns(len(s), len(s))) * s @ draw(turns(len(s), len(s))).T)


describe("linalg.det", square_with_singular_values(), np.linalg.det, about="singular matrices", without=HARD)
