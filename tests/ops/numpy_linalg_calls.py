"""Calls of numpy's products and linear algebra, on arrays and on tensors alike, for test_numpy_functions.py: a, b (2, 3)."""

import numpy as np

EYE = 9 * np.eye(2)
V = np.array([2.0, -1.0, 0.5])


def square(a):
    return a @ a.T + EYE


CALLS = {
    np.dot: [lambda a, b: np.dot(a, b.T), lambda a, b: np.dot(a[0], b[1]), lambda a: np.dot(a, V),
             lambda a, b: np.dot(a[0, 0], b), lambda a, b: np.dot(a[None], b.T[None])],
    np.vdot: [lambda a, b: np.vdot(a, b)],
    np.outer: [lambda a, b: np.outer(a, b[0])],
    np.inner: [lambda a, b: np.inner(a, b)],
    np.tensordot: [lambda a, b: np.tensordot(a, b), lambda a, b: np.tensordot(a, b, axes=([1], [1]))],
    np.kron: [lambda a, b: np.kron(a, b)],
    np.cross: [lambda a, b: np.cross(a, b), lambda a, b: np.cross(a.T, b.T, axis=0)],
    np.trace: [lambda a: np.trace(a), lambda a: np.trace(a, offset=1)],
    np.einsum: [lambda a, b: np.einsum("ij,kj->ik", a, b), lambda a, b: np.einsum("ij,kj,kl", a, b, a, optimize=True)],
    np.linalg.matmul: [lambda a, b: np.linalg.matmul(a, b.T)],
    np.linalg.outer: [lambda a, b: np.linalg.outer(a[0], b[0])],
    np.linalg.cross: [lambda a, b: np.linalg.cross(a, b)],
    np.linalg.tensordot: [lambda a, b: np.linalg.tensordot(a, b)],
    np.linalg.trace: [lambda a: np.linalg.trace(a[:, :2]), lambda a: np.linalg.trace(a.reshape(3, 2, 1), offset=-1)],
    np.linalg.vecdot: [lambda a, b: np.linalg.vecdot(a, b)],
    np.linalg.inv: [lambda a: np.linalg.inv(square(a))],
    np.linalg.solve: [lambda a, b: np.linalg.solve(square(a), b), lambda a, b: np.linalg.solve(square(a), b[:, 0])],
    np.linalg.det: [lambda a: np.linalg.det(square(a))],
    np.linalg.slogdet: [lambda a: np.linalg.slogdet(square(a)).logabsdet],
    np.linalg.cholesky: [lambda a: np.linalg.cholesky(square(a))],
    np.linalg.qr: [lambda a: np.linalg.qr(a).R, lambda a: np.linalg.qr(a, mode="r")],
    np.linalg.eigh: [lambda a: np.linalg.eigh(square(a)).eigenvalues],
    np.linalg.eigvalsh: [lambda a: np.linalg.eigvalsh(square(a))],
    np.linalg.svd: [lambda a: np.linalg.svd(a).S, lambda a: np.linalg.svd(a, compute_uv=False)],
    np.linalg.svdvals: [lambda a: np.linalg.svdvals(a)],
    np.linalg.pinv: [lambda a: np.linalg.pinv(a)],
    np.linalg.lstsq: [lambda a, b: np.linalg.lstsq(a.T, b[0], rcond=None)[0]],
    np.linalg.matrix_rank: [lambda a: np.linalg.matrix_rank(a)],
    np.linalg.matrix_power: [lambda a: np.linalg.matrix_power(square(a), 3)],
    np.linalg.multi_dot: [lambda a, b: np.linalg.multi_dot([a, b.T, a])],
    np.linalg.norm: [lambda a: np.linalg.norm(a), lambda a: np.linalg.norm(a, ord=1, axis=0),
                     lambda a: np.linalg.norm(a, "nuc")],
    np.linalg.vector_norm: [lambda a: np.linalg.vector_norm(a), lambda a: np.linalg.vector_norm(a, axis=1, ord=3)],
    np.linalg.matrix_norm: [lambda a: np.linalg.matrix_norm(a)],
    np.linalg.cond: [lambda a: np.linalg.cond(a), lambda a: np.linalg.cond(square(a), p=1)],
    np.linalg.tensorsolve: [lambda a, b: np.linalg.tensorsolve(square(a), b[:, 0])],
    np.linalg.tensorinv: [lambda a: np.linalg.tensorinv(square(a), ind=1)],
}
