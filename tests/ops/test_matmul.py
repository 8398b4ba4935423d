"""Matrix products: values, dtypes, errors. Gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg

RNG = np.random.default_rng(0)
SHAPES = [((3, 4), (4, 2)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 2)), ((2, 3, 4), (4, 5)), ((4,), (2, 4, 3)),
          ((2, 1, 3, 4), (5, 4, 2)), ((1, 1), (1, 1)), ((0, 4), (4, 2)), ((3, 0), (0, 2)), ((3, 4), (4, 0)),
          ((0, 3, 4), (4, 2)),
          ((70, 65), (65, 33))]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("s, t", SHAPES, ids=str)
def test_matmul(s, t, dtype, device):
    a, b = RNG.standard_normal(s).astype(dtype), RNG.standard_normal(t).astype(dtype)
    x, w = mg.Tensor(a, requires_grad=True), mg.Tensor(b, requires_grad=True)
    for y in (x @ w, mg.matmul(x, b), a @ w, x.matmul(w)):
        assert y.dtype == dtype and y.shape == (a @ b).shape and isinstance(y.data, y.k.array)
        np.testing.assert_allclose(y.detach().numpy(), a @ b, rtol=1e-4, atol=1e-5)
    (x @ w).sum().backward(create_graph=True)
    assert x.grad.shape == s and w.grad.shape == t and x.grad.dtype == dtype


@pytest.mark.parametrize("s", [(3, 4), (4,), (2, 3, 4), (0, 4), (2, 0, 4)], ids=str)
def test_linear(s, device):
    x, w, b = (RNG.standard_normal(shape).astype(np.float32) for shape in (s, (2, 4), (2,)))
    for bias in (b, None):
        y = mg.linear(mg.Tensor(x), mg.Tensor(w), bias)
        np.testing.assert_allclose(y.numpy(), x @ w.T + (0 if bias is None else bias), rtol=1e-5, atol=1e-6)
        assert y.dtype == np.float32
    leaf = mg.Tensor(w, requires_grad=True)
    mg.linear(x, leaf).sum().backward()
    np.testing.assert_allclose(leaf.grad.numpy(), np.tile(x.reshape(-1, 4).sum(0), (2, 1)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("wide", [0, 1, 2])
def test_each_gradient_has_its_own_dtype(wide, device):
    dtypes = [np.float64 if i == wide else np.float32 for i in range(3)]
    shapes = (3, 4), (2, 4), (2,)
    x, w, b = (mg.Tensor(np.ones(s), dtype=d, requires_grad=True) for s, d in zip(shapes, dtypes, strict=True))
    y = mg.linear(x, w, b)
    y.sum().backward()
    assert y.dtype == np.float64 and [t.grad.dtype for t in (x, w, b)] == dtypes


def test_integers_stay_integers_and_become_floats_beside_them():
    """float32 would lose 2 ** 24 + 1."""
    y = mg.Tensor(np.array([[2**24 + 1, 2], [2, 3]])) @ np.arange(1, 3)
    assert y.dtype == np.int64 and y.tolist() == [2**24 + 5, 8]
    y = mg.linear(np.array([[2**24 + 1, 1]]), np.array([[1, 0], [2, 1]]), np.array([1, 2]))
    assert y.dtype == np.int64 and y.tolist() == [[2**24 + 2, 2**25 + 5]]
    images = np.full((2, 4), 255, np.uint8)
    assert mg.linear(images, mg.ones((3, 4), requires_grad=True)).tolist() == [[1020] * 3] * 2


def test_special_numbers(device):
    y = mg.Tensor([[np.inf, 0], [np.nan, 1], [1, 1]]) @ mg.Tensor([[0.0], [1]])
    np.testing.assert_array_equal(y.numpy(), [[np.nan], [np.nan], [1]])


@pytest.mark.parametrize("call, text", [
    (lambda z: mg.matmul(z((2, 3)), z((4, 2))), "[matmul] a has 3 columns but b has 4 rows: a (2, 3), b (4, 2)"),
    (lambda z: mg.matmul(z((2, 3)), z((4, 3))),
     "[matmul] a has 3 columns but b has 4 rows: a (2, 3), b (4, 3) (transpose one?)"),
    (lambda z: mg.matmul(z((2, 3)), z(4)), "[matmul] a has 3 columns but b has 4 rows: a (2, 3), b (4,)"),
    (lambda z: mg.matmul(z(()), z(4)),
     "[matmul] both operands need at least one axis, found shapes () and (4,): use * for numbers"),
    (lambda z: mg.matmul(z((2, 1, 1)), z((3, 1, 1))), "[matmul] shapes (2,) and (3,) do not broadcast: 2 against 3"),
    (lambda z: mg.linear(z((2, 3)), z((5, 4))),
     "[linear] x needs 4 features in its last axis for w (O, I): x (2, 3), w (5, 4)"),
    (lambda z: mg.linear(z((2, 1, 3, 3)), z((5, 9))), "x (2, 1, 3, 3), w (5, 9) (flatten x first?)"),
    (lambda z: mg.linear(z((2, 3)), z(3)),
     "[linear] x needs I features in its last axis for w (O, I): x (2, 3), w (3,)"),
    (lambda z: mg.linear(z((2, 3)), z((5, 3)), z(4)), "[linear] b must have shape (5,) for w (5, 3), found (4,)"),
])
def test_errors(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call(mg.zeros)
