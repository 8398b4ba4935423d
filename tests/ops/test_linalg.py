"""Linear algebra: second gradients where values coincide, dtypes, options, errors. The rest: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg

RNG = np.random.default_rng(0)
Q, W = (np.linalg.qr(RNG.standard_normal((4, 4)))[0] for _ in range(2))


def slopes(f, a, x, y, step=2e-3):
    """d2/ds dt of f(a + s x + t y), by central differences of fourth order: at steps where coinciding values are well apart."""
    weights = {-2: 1 / 12, -1: -8 / 12, 1: 8 / 12, 2: -1 / 12}
    return sum(m * n * f(a + step * (i * x + j * y)) for i, m in weights.items() for j, n in weights.items()) / step**2


def second(f, a, x, y):
    """y H x of a function of a tensor."""
    leaf = mg.Tensor(a, requires_grad=True)
    f(leaf).backward(create_graph=True)
    g, leaf.grad = leaf.grad, None
    (g * x).sum().backward()
    return float((leaf.grad * y).sum())


def turned(a):
    return mg.transpose(a, (*range(a.ndim - 2), a.ndim - 1, a.ndim - 2))


def of_pair(w, v, mix):
    """A function of the space of the two smallest eigenvalues and of their sum."""
    t = turned(v) if isinstance(v, mg.Tensor) else v.T
    return ((v[:, :2] @ t[:2]) * mix).sum() * (w[0] + w[1] + 3)


def of_rank_two(u, vh, mix):
    return ((u[:, :2] @ vh[:2]) * mix).sum()


MIX = RNG.standard_normal((4, 4))


def even(a):
    return (a + (turned(a) if isinstance(a, mg.Tensor) else a.T)) / 2


CASES = {
    "the space of a repeated pair": (lambda k, a: of_pair(*k.linalg.eigh(even(a)), MIX), Q * [1.0, 1, 4, 4] @ Q.T),
    "the space of a pair that differs": (lambda k, a: of_pair(*k.linalg.eigh(even(a)), MIX), Q * [1.0, 1.5, 4, 5] @ Q.T),
    "the polar factor, all equal": (lambda k, a: (k.linalg.svd(a)[0] @ k.linalg.svd(a)[2] * MIX).sum(), 2 * Q),
    "the polar factor, a repeated pair": (lambda k, a: (k.linalg.svd(a)[0] @ k.linalg.svd(a)[2] * MIX).sum(),
                 Q * [5.0, 2, 2, 1] @ W),
    "the spaces of two pairs": (lambda k, a: of_rank_two(k.linalg.svd(a)[0], k.linalg.svd(a)[2], MIX), Q * [3.0, 3, 1, 1] @ W),
    "the spaces of a pair of a tall matrix": (lambda k, a: of_rank_two(*k.linalg.svd(a, False)[::2], MIX[:, :3]),
                                              Q[:, :3] * [3.0, 3, 1] @ W[:3, :3]),
    "those of a wide one": (lambda k, a: of_rank_two(*k.linalg.svd(a, False)[::2], MIX[:3]),
                 (Q[:, :3] * [3.0, 3, 1] @ W[:3, :3]).T),
    "the nuclear norm, all equal": (lambda k, a: k.linalg.norm(a, "nuc"), 2 * Q),
    "Ky Fan's norm": (lambda k, a: k.linalg.svd(a, compute_uv=False)[:2].sum() ** 2, Q * [3.0, 3, 1, 1] @ W),
    "the determinant, rank 2": (lambda k, a: k.linalg.det(a), Q * [3.0, 3, 0, 0] @ W),
    "the determinant, rank 3": (lambda k, a: k.linalg.det(a), Q * [3.0, 2, 2, 0] @ W),
    "pinv, repeated": (lambda k, a: (k.linalg.pinv(a) * MIX).sum(), Q * [3.0, 3, 1, 1] @ W),
}


@pytest.mark.parametrize("name", CASES)
def test_second_gradients_where_values_coincide(name):
    f, a = CASES[name]
    if "tall" in name:
        a = a[:, :3]
    for _ in range(3):
        x, y = RNG.standard_normal((2, *a.shape))
        expected = slopes(lambda a: f(np, a), a, x, y)
        assert second(lambda a: f(mg, a), a, x, y) == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_what_equal_values_cannot_tell():
    """As the head of ops/linalg/spectra.py says: the sum of squares is right where the eigenvalues differ; where they coincide,
    its second gradient keeps only the diagonal, and is finite."""
    def squares(a):
        return (mg.linalg.eigvalsh(even(a)) ** 2).sum()

    x = even(RNG.standard_normal((3, 3)))
    assert second(squares, np.diag([1.0, 2, 3]), x, x) == pytest.approx(2 * (x * x).sum())
    assert second(squares, np.eye(3), x, x) == pytest.approx(2 * (np.diag(x) ** 2).sum())
    assert second(lambda a: (even(a) * even(a)).sum(), np.eye(3), x, x) == pytest.approx(2 * (x * x).sum())


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes(dtype):
    a = mg.Tensor((Q * [1, 2, 3, 4.0] @ Q.T).astype(dtype), requires_grad=True)
    for name in ("inv", "det", "slogdet", "cholesky", "qr", "eigh", "eigvalsh", "svd", "svdvals",
                 "pinv", "expm", "norm", "cond"):
        y = getattr(mg.linalg, name)(a)
        for part in y if isinstance(y, tuple) else (y,):
            assert part.dtype == dtype
        (y[-1] if isinstance(y, tuple) else y).sum().backward()
        assert a.grad.dtype == dtype and np.isfinite(a.grad.numpy()).all()
    assert mg.linalg.solve(a, np.ones(4)).dtype == dtype
    assert mg.linalg.inv(mg.tensor([[2, 0], [0, 4]])).tolist() == [[0.5, 0], [0, 0.25]]
    assert mg.linalg.inv(np.array([[2, 0], [0, 4]])).dtype == np.float32


def test_arguments_go_by_their_names():
    assert mg.linalg.norm(x=mg.tensor([3.0, 4]), axis=0).item() == 5 and mg.linalg.inv(a=mg.tensor([[2.0]])).item() == 0.5
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        mg.linalg.norm(axis=0)


def test_names_of_the_results():
    a = mg.tensor(Q)
    assert mg.linalg.svd(a).S.shape == (4,) and mg.linalg.svd(a).Vh.shape == (4, 4) and mg.linalg.qr(a).Q.shape == (4, 4)
    assert mg.linalg.eigh(a).eigenvalues.shape == (4,) and mg.linalg.slogdet(a).logabsdet.shape == ()
    assert mg.linalg.lstsq(a, Q[0]).rank.item() == 4


@pytest.mark.parametrize("shape", [(4, 2), (2, 4), (2, 3, 2), (0, 3), (3, 0), (0, 0)], ids=str)
def test_full_vectors_and_complete_q(shape):
    a = mg.tensor(RNG.standard_normal(shape))
    u, s, vh = mg.linalg.svd(a)
    *_, m, n = shape
    assert u.shape[-2:] == (m, m) and vh.shape[-2:] == (n, n)
    k = min(m, n)
    np.testing.assert_allclose((u.numpy()[..., :k] * s.numpy()[..., None, :]) @ vh.numpy()[..., :k, :], a.numpy(), atol=1e-12)
    q, r = mg.linalg.qr(a, "complete")
    assert q.shape[-2:] == (m, m)
    np.testing.assert_allclose((q @ r).numpy(), a.numpy(), atol=1e-12)


def test_full_vectors_have_no_gradient_but_full_values_do():
    a = mg.Tensor(RNG.standard_normal((4, 2)), requires_grad=True)
    mg.linalg.svd(a).S.sum().backward()
    with pytest.raises(ValueError, match=r"\[svd\] the further columns of full U and V .*full_matrices=False"):
        mg.linalg.svd(a).U.sum().backward()
    with pytest.raises(ValueError, match=r"\[qr\] the further columns of a complete Q .*mode='reduced'"):
        mg.linalg.qr(a, "complete")


def test_constants_of_the_graph():
    a = mg.Tensor(Q, requires_grad=True)
    assert not mg.linalg.matrix_rank(a).requires_grad and mg.linalg.matrix_rank(a).item() == 4
    assert mg.linalg.matrix_rank(mg.tensor(np.diag([1.0, 1e-3, 0])), tol=0.01).item() == 1
    assert mg.linalg.matrix_rank(mg.zeros(3)).item() == 0 and mg.linalg.matrix_rank(mg.ones(3)).item() == 1
    assert mg.linalg.norm(mg.tensor([1.0, 0, 2]), 0).item() == 2
    assert mg.matrix_power(a, 0).tolist() == np.eye(4).tolist()
    assert mg.linalg.slogdet(mg.zeros((2, 2))).logabsdet.item() == -np.inf


def test_singular_matrices_among_others_leave_them_alone():
    """log|det| of a singular matrix has no slope; where nothing comes in, it is 0."""
    a = mg.Tensor(np.stack([np.eye(2), np.zeros((2, 2))]), requires_grad=True)
    log = mg.linalg.slogdet(a).logabsdet
    mg.where(mg.isfinite(log) if hasattr(mg, "isfinite") else log.detach().numpy() > -1, log, 0).sum().backward()
    assert a.grad.tolist() == [[[1, 0], [0, 1]], [[0, 0], [0, 0]]]


def test_pinv_in_float32_finds_the_rank():
    """numpy's own default, 1e-15, takes rounding for a singular value."""
    a = (Q[:, :2] @ W[:2]).astype(np.float32)
    np.testing.assert_allclose(mg.linalg.pinv(mg.tensor(a)).numpy(), a.T, atol=1e-5)
    assert mg.linalg.matrix_rank(mg.tensor(a)).item() == 2


def test_expm_of_what_is_large_or_not_finite():
    a = mg.tensor(np.array([[0, -30.0], [30, 0]]))
    np.testing.assert_allclose(mg.linalg.expm(a).numpy(), [[np.cos(30), -np.sin(30)], [np.sin(30), np.cos(30)]], atol=1e-11)
    assert np.isnan(mg.linalg.expm(mg.tensor([[np.nan, 0], [0, 1]])).numpy()).all()


def test_the_order_stands_second_in_every_norm():
    """As in norm, and in PyTorch's functions of these names."""
    a = np.array([[1.0, -2], [3, 4]])
    assert mg.linalg.matrix_norm(mg.tensor(a), 1).item() == 6 and mg.linalg.vector_norm(mg.tensor(a), 1).item() == 10
    assert mg.linalg.matrix_norm(mg.tensor(a), 1, True).shape == (1, 1)
    assert mg.linalg.vector_norm(mg.tensor(a), np.inf, 0, True).tolist() == [[3, 4]]
    assert mg.linalg.vector_norm(mg.tensor(a)).item() == pytest.approx(np.sqrt(30))


@pytest.mark.parametrize("ord", [None, 0, 1, -1, 2, -2, 0.5, -3, np.inf, -np.inf, "nuc"])
@pytest.mark.parametrize("shape", [(0,), (0, 2), (2, 0), (0, 0)], ids=str)
def test_norms_of_nothing(shape, ord):
    """numpy's: the largest of nothing is 0, its smallest is not there."""
    a = np.zeros(shape)
    for axis in (None, 0, len(shape) - 1):
        try:
            with np.errstate(all="ignore"):
                expected = np.linalg.norm(a, ord, axis)
        except ValueError:
            with pytest.raises(ValueError, match=r"\[norm\]"):
                mg.linalg.norm(mg.tensor(a), ord, axis)
            continue
        np.testing.assert_array_equal(mg.linalg.norm(mg.tensor(a), ord, axis).numpy(), expected)


def test_a_negative_order_of_infinities():
    assert mg.linalg.norm(mg.tensor([np.inf, -np.inf]), -1).item() == np.inf
    assert mg.linalg.norm(mg.tensor([np.inf, 2.0]), -1).item() == 2


@pytest.mark.parametrize("p", [None, 2, -2, 1, -1, np.inf, -np.inf, "fro"])
def test_condition_numbers_of_singular_matrices(p):
    """numpy's and PyTorch's; the matrices beside them keep theirs, and their gradients."""
    a = np.stack([np.zeros((2, 2)), np.ones((2, 2)), np.diag([1.0, 0]), [[1.0, 2], [3, 5]]])
    leaf = mg.tensor(a, requires_grad=True)
    y = mg.linalg.cond(leaf, p)
    expected = np.linalg.cond(a, p)
    finite = expected < 1e15                        # of ones((2, 2)) the smaller singular value is a rounding
    np.testing.assert_array_equal(y.detach().numpy() < 1e15, finite)
    np.testing.assert_allclose(y.detach().numpy()[finite], expected[finite], rtol=1e-9, atol=1e-15)
    assert mg.linalg.cond(mg.zeros((2, 2)), p).item() == np.inf
    y[3].backward()
    lone = mg.tensor(a[3], requires_grad=True)
    mg.linalg.cond(lone, p).backward()
    np.testing.assert_allclose(leaf.grad.numpy()[3], lone.grad.numpy(), rtol=1e-12)
    assert not leaf.grad.numpy()[:3].any() and np.isfinite(lone.grad.numpy()).all()


def test_triangular_systems_take_pytorchs_word_too():
    a, b = mg.tensor([[2.0, 7], [3, 4]]), mg.tensor([2.0, 5])
    for lower in (False, True):
        np.testing.assert_array_equal(mg.linalg.solve_triangular(a, b, upper=not lower).numpy(),
                                      mg.linalg.solve_triangular(a, b, lower).numpy())
    with pytest.raises(TypeError, match=r"\[solve_triangular\] found lower=True and upper=False, which say the same: give one"):
        mg.linalg.solve_triangular(a, b, True, upper=False)


SQUARE = "[{}] expected a square matrix, found shape (2, 3)"


@pytest.mark.parametrize("call, text", [
    *[(lambda z, name=name: getattr(mg.linalg, name)(z((2, 3))), SQUARE.format(name))
      for name in ("inv", "det", "slogdet", "cholesky", "eigh", "eigvalsh", "expm")],
    (lambda z: mg.linalg.svd(z(3)), "[svd] expected a matrix, or several (..., M, N), found shape (3,)"),
    (lambda z: mg.linalg.inv(z((2, 3, 3))), "[inv] a singular matrix has no inverse: found such a matrix in shape (2, 3, 3)"),
    (lambda z: mg.linalg.solve(z((3, 3)), z(3)),
     "[solve] a singular matrix has no inverse: found such a matrix in shape (3, 3)"),
    (lambda z: mg.linalg.solve_triangular(z((3, 3)), z(3)), "[solve_triangular] a singular matrix"),
    (lambda z: mg.linalg.cholesky(z((3, 3))), "[cholesky] the matrix is not positive definite"),
    (lambda z: mg.linalg.svd(z((3, 3)) + np.nan), "[svd] the iteration did not converge, as it does not for NaN"),
    (lambda z: mg.linalg.solve(z((3, 3)), z(2)),
     "[solve] a (..., N, N) needs b (N,) or (..., N, K) with N = 3: a (3, 3), b (2,)"),
    (lambda z: mg.linalg.lstsq(z((3, 2)), z(2)),
     "[lstsq] a (..., M, N) needs b (M,) or (..., M, K) with M = 3: a (3, 2), b (2,)"),
    (lambda z: mg.linalg.qr(z((3, 2)), "raw"), "[qr] mode must be 'reduced', 'complete' or 'r', found 'raw'"),
    (lambda z: mg.linalg.eigh(z((3, 3)), "X"), "[eigh] UPLO must be 'L' or 'U', found 'X'"),
    (lambda z: mg.linalg.pinv(z((3, 3)), 1e-3, rtol=1e-3), "[pinv] rcond and rtol are two names of one tolerance"),
    (lambda z: mg.linalg.norm(z((2, 2)), "max"),
     "[norm] ord of matrices must be 'fro', 'nuc', 1, -1, 2, -2, inf, -inf or None"),
    (lambda z: mg.linalg.norm(z(2), "fro"), "[norm] ord of vectors must be a number, inf, -inf or None, found 'fro'"),
    (lambda z: mg.linalg.norm(z((2, 2, 2)), 2), "[norm] ord 2 is for vectors and matrices, found shape (2, 2, 2): give axis="),
    (lambda z: mg.linalg.multi_dot([z((2, 3)), z((2, 3))]), "[multi_dot] 3 columns meet 2 rows: shapes [(2, 3), (2, 3)]"),
    (lambda z: mg.linalg.multi_dot([z((2, 3))]), "[multi_dot] expected two matrices at least, found 1"),
    (lambda z: mg.linalg.tensorsolve(z((2, 3)), z(3)),
     "[tensorsolve] a must have b's shape and then as many numbers: a (2, 3), b (3,)"),
    (lambda z: mg.linalg.tensorinv(z((2, 3)), 1),
     "[tensorinv] the first 1 axes must hold as many numbers as the others: a (2, 3)"),
])
def test_errors(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call(mg.zeros)


def test_singular_is_numpys_error_too():
    with pytest.raises(np.linalg.LinAlgError):
        mg.linalg.inv(mg.zeros((2, 2)))


def test_what_is_not_here():
    with pytest.raises(AttributeError, match=r"mg\.linalg\.eig: eigh has the eigenvalues and eigenvectors of symmetric"):
        mg.linalg.eig  # noqa: B018
    with pytest.raises(AttributeError, match=r"mg\.linalg\.lu: there are cholesky, cond"):
        mg.linalg.lu  # noqa: B018
