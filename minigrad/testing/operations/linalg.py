"""Linear algebra. The matrices are well conditioned, so that float32 and slopes can be compared; those with coinciding and zero
singular values or eigenvalues are in degenerate.py."""

from functools import partial

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, together
from minigrad.testing.strategies import arrange, layouts, shapes

LAPACKS = {"nothing": "LAPACK refuses NaN and infinities, or sums their products"}
SYMMETRIC = LAPACKS | {"integers": "its inputs are made symmetric, in floats, first"}


def near_diagonal(a):
    """Numbers to matrices (..., M, N) whose diagonals, 1, 2, 3 ..., outweigh the rest: singular values apart from each
    other."""
    m, n = a.shape[-2:]
    return 0.1 * a + np.eye(m, n) * np.arange(1, n + 1)


def matrix(least=0, most=3, side=None, batch=2):
    """Square matrices, or (side) "tall", "wide", "any"."""
    @st.composite
    def inputs(draw):
        n = draw(st.integers(least, most))
        more = draw(st.integers(0, 2)) if side else 0
        turn = side == "wide" or side == "any" and draw(st.booleans())
        lead = draw(shapes(0, batch, 1, 2))
        (a,) = together(draw, (*lead, n, n + more) if turn else (*lead, n + more, n))
        return arguments(arrange(near_diagonal(a), draw(layouts())))

    return inputs()


@st.composite
def systems(draw):
    """a (..., N, N) and b (N,), (N, K), or with other leading axes."""
    n, count = draw(st.integers(0, 3)), draw(st.integers(1, 2))
    lead, other = draw(st.sampled_from((((), ()), ((2,), (2,)), ((2,), ()), ((), (2,)), ((2, 1), (1, 2)))))
    vector = not other and draw(st.booleans())
    a, b = together(draw, (*lead, n, n), (n,) if vector else (*other, n, count))
    return arguments(arrange(near_diagonal(a), draw(layouts())), b)


def turned(a):
    return mg.transpose(a, (*range(a.ndim - 2), a.ndim - 1, a.ndim - 2))


def even(a):
    """The symmetric part, of a tensor or of an array."""
    return (a + (turned(a) if isinstance(a, mg.Tensor) else np.swapaxes(a, -1, -2))) / 2


# ---- systems

def by_torch_solve(torch, a, b):
    """PyTorch reads b of shape (2, 2) beside a of (2, 2, 2) as two vectors; numpy, since 2.0, as a matrix for both."""
    if b.ndim == 1:
        return torch.linalg.solve(a, b[:, None])[..., 0]
    return torch.linalg.solve(a, b.expand(*a.shape[:-2], *b.shape[-2:]) if b.ndim < a.ndim else b)


describe("linalg.inv", matrix(), np.linalg.inv, "linalg.inv", without=LAPACKS)
describe("linalg.solve", systems(), np.linalg.solve, by_torch_solve, without=LAPACKS)
describe("linalg.det", matrix(), np.linalg.det, "linalg.det", without=LAPACKS)
describe("linalg.slogdet", matrix(), np.linalg.slogdet, "linalg.slogdet", constant_outputs=(0,), without=LAPACKS)


def triangular_oracle(a, b, lower=False, unit_diagonal=False):
    a = np.tril(a) if lower else np.triu(a)
    n = a.shape[-1]
    if unit_diagonal:
        a = np.where(np.eye(n, dtype=bool), 1, a)
    return np.linalg.solve(a, b)


def triangular_by_torch(torch, a, b, lower, unit_diagonal):
    y = torch.linalg.solve_triangular(a, b[:, None] if b.ndim == 1 else b, upper=not lower, unitriangular=unit_diagonal)
    return y[..., 0] if b.ndim == 1 else y


@st.composite
def triangular(draw):
    args, _ = draw(systems())
    return args, {"lower": draw(st.booleans()), "unit_diagonal": draw(st.booleans())}


describe("linalg.solve_triangular", triangular(), triangular_oracle, triangular_by_torch, without=LAPACKS)


@st.composite
def halves(draw):
    (a,) = together(draw, (*draw(shapes(0, 1, 1, 2)), *draw(shapes(2, 2, 0, 3))))
    return (a, draw(st.booleans()), draw(st.integers(-2, 2))), {}


describe("triangle", halves(), lambda a, lower, offset: (np.tril if lower else np.triu)(a, offset),
         lambda torch, a, lower, offset: (torch.tril if lower else torch.triu)(a, offset))


def cofactors(a):
    """By their definition, minors with signs."""
    n = a.shape[-1]
    y = np.zeros(a.shape)
    for i in range(n):
        for j in range(n):
            rest = np.delete(np.delete(a, i, -2), j, -1)
            y[..., i, j] = (-1) ** (i + j) * np.linalg.det(rest)
    return y


def cofactors_by_torch(torch, a):
    return torch.linalg.det(a)[..., None, None] * torch.linalg.inv(a).mT


describe("cofactor", matrix(), cofactors, cofactors_by_torch,
         without=LAPACKS | {"integers": "rules call it, with gradients, which are floats"})


@st.composite
def tensor_systems(draw):
    first, second = draw(st.sampled_from((((4,), (2, 2)), ((2, 2), (4,)), ((2, 3), (3, 2)))))
    n = int(np.prod(first))
    a, b = together(draw, (n, n), first)
    return arguments(near_diagonal(a).reshape(*first, *second), b)


describe("linalg.tensorsolve", tensor_systems(), np.linalg.tensorsolve, "linalg.tensorsolve", without=LAPACKS)
describe("linalg.tensorinv", tensor_systems().map(lambda case: (case[0][:1], {"ind": case[0][1].ndim})), np.linalg.tensorinv,
         "linalg.tensorinv", without=LAPACKS)

# ---- factors

describe("linalg.cholesky", matrix(), lambda a: np.linalg.cholesky(even(a)), lambda torch, a: torch.linalg.cholesky(
    (a + a.mT) / 2), call=lambda a: mg.linalg.cholesky(even(a)), without=SYMMETRIC)
describe("linalg.cholesky", matrix(), lambda a: np.swapaxes(np.linalg.cholesky(even(a)), -1, -2), lambda torch, a:
         torch.linalg.cholesky((a + a.mT) / 2, upper=True), call=lambda a: mg.linalg.cholesky(even(a), upper=True),
         about="upper", without=SYMMETRIC)
NO_FACTORS = LAPACKS | {"integers": "matrices that lack rank have no one Q"}
describe("linalg.qr", matrix(side="any"), np.linalg.qr, "linalg.qr", without=NO_FACTORS)
describe("linalg.qr", matrix(side="any"), lambda a: np.linalg.qr(a, "r"), lambda torch, a: torch.linalg.qr(a).R,
         about="R alone", call=lambda a: mg.linalg.qr(a, "r"), without=NO_FACTORS)

# ---- spectra: of vectors, whose signs are arbitrary, the products that do not depend on them


def column_products(library, u, v):
    """(..., K, M, N): u_k v_k^T for each column."""
    turn = (lambda a: np.swapaxes(a, -1, -2)) if library is np else turned
    u, v = turn(u), turn(v)
    return u[..., :, None] * v[..., None, :]


def eigen(library, a, half="L"):
    w, v = library.linalg.eigh(even(a), half)
    return w, column_products(library, v, v)


def eigen_by_torch(torch, a, half="L"):
    w, v = torch.linalg.eigh((a + a.mT) / 2, half)
    return w, v.mT[..., :, None] * v.mT[..., None, :]


def singular(library, a):
    u, s, vh = library.linalg.svd(a, False)
    return s, column_products(library, u, turned(vh) if library is mg else np.swapaxes(vh, -1, -2))


def singular_by_torch(torch, a):
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    return s, u.mT[..., :, None] * vh[..., None, :]


NO_VECTORS = LAPACKS | {"integers": "vectors of coinciding values are arbitrary"}
describe("linalg.eigh", matrix(), partial(eigen, np), eigen_by_torch, call=partial(eigen, mg), without=SYMMETRIC)
describe("linalg.eigh", matrix(), partial(eigen, np, half="U"), partial(eigen_by_torch, half="U"),
         call=partial(eigen, mg, half="U"), about="upper", without=SYMMETRIC)
describe("linalg.eigvalsh", matrix(), lambda a: np.linalg.eigvalsh(even(a)),
         lambda torch, a: torch.linalg.eigvalsh((a + a.mT) / 2), call=lambda a: mg.linalg.eigvalsh(even(a)), without=SYMMETRIC)
describe("linalg.svd", matrix(side="any"), partial(singular, np), singular_by_torch, call=partial(singular, mg),
         without=NO_VECTORS)
describe("linalg.svdvals", matrix(side="any"), lambda a: np.linalg.svd(a, compute_uv=False), "linalg.svdvals", without=LAPACKS)


@st.composite
def spread(draw, side=None):
    (a,), _ = draw(matrix(side=side))
    (g,) = together(draw, (*a.shape[:-2], min(a.shape[-2:])))
    return arguments(a, g)


def eigen_spread_oracle(a, g):
    _, v = np.linalg.eigh(even(a))
    return (v * g[..., None, :]) @ np.swapaxes(v, -1, -2)


def singular_spread_oracle(a, g):
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return (u * g[..., None, :]) @ vh


def eigen_spread_by_torch(torch, a, g):
    _, v = torch.linalg.eigh((a + a.mT) / 2)
    return (v * g[..., None, :]) @ v.mT


def singular_spread_by_torch(torch, a, g):
    u, _, vh = torch.linalg.svd(a, full_matrices=False)
    return (u * g[..., None, :]) @ vh


FOR_RULES = LAPACKS | {"integers": "rules call it, with gradients, which are floats"}
describe("eigen_spread", spread(), eigen_spread_oracle, eigen_spread_by_torch,
         call=lambda a, g: mg.ops.linalg.eigen_spread(even(a), g), without=FOR_RULES)
describe("singular_spread", spread("any"), singular_spread_oracle, singular_spread_by_torch, without=FOR_RULES)

@st.composite
def gaps(draw):
    (a,), _ = draw(matrix(batch=1))
    (x,) = together(draw, a.shape)
    return (a, x / 4, draw(st.sampled_from((-1, 0, 1)))), {}       # the products of halves stay within their tolerance


def in_frame(library, operation):
    """over_gaps of a symmetric matrix in its eigenvectors, turned back."""
    def of(a, x, sign):
        if a.shape != x.shape:
            raise ValueError(f"[over_gaps] expected a and x of one shape, found {a.shape} and {x.shape}")
        a = even(a)
        w, v = library.linalg.eigh(a)
        t = np.swapaxes(v, -1, -2) if library is np else turned(v)
        return v @ operation(a, w, v, v, t @ x @ v, sign) @ t

    return of


def quotient(a, w, left, right, x, sign):
    """The definition; 0 where the divisor is, as it is on the diagonal."""
    by = w[..., None, :] + sign * w[..., :, None]
    return np.divide(x, by, out=np.zeros_like(x), where=by != 0)


over_gaps_oracle = in_frame(np, quotient)


def over_gaps_by_torch(torch, a, x, sign):
    w, v = torch.linalg.eigh((a + a.mT) / 2)
    by = w[..., None, :] + sign * w[..., :, None]
    none = torch.eye(w.shape[-1], dtype=bool) & (sign < 0)
    y = torch.where(none, 0.0, v.mT @ x @ v / torch.where(none, 1.0, by))
    return v @ y @ v.mT


# ---- inverses

describe("linalg.pinv", matrix(1, side="any"), lambda a: np.linalg.pinv(a, rcond=max(a.shape[-2:]) * 2.0**-52), "linalg.pinv",
         without=LAPACKS)


@st.composite
def least_squares(draw):
    (a,), _ = draw(matrix(1, side="any", batch=0))
    (b,) = together(draw, (a.shape[0],) if draw(st.booleans()) else (a.shape[0], 2))
    return arguments(a, b)


def least_squares_oracle(a, b):
    x, residuals, rank, s = np.linalg.lstsq(a, b, rcond=None)
    return x, residuals, np.int64(rank), s


def least_squares_by_torch(torch, a, b):
    x = torch.linalg.pinv(a) @ b
    m, n = a.shape
    residuals = ((a @ x - b) ** 2).sum(0).reshape(-1) if m > n else 0 * b[:0].flatten()
    return x, residuals, torch.tensor(min(m, n)), torch.linalg.svdvals(a)


describe("linalg.lstsq", least_squares(), least_squares_oracle, least_squares_by_torch,
         without=LAPACKS | {"integers": "residuals of matrices that lack rank differ in number"})
describe("linalg.matrix_rank", matrix(side="any"), np.linalg.matrix_rank, "linalg.matrix_rank",
         without=dict.fromkeys(("first", "second"), "a rank is an integer, which has no gradient")
         | {"integers": "numpy's tolerance for integers is 1e-16, that for the floats which they become here is larger"})
describe("over_gaps", gaps(), over_gaps_oracle, over_gaps_by_torch, call=in_frame(mg, mg.ops.linalg.over_gaps),
         without=FOR_RULES)
