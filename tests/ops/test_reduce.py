"""Sums, means and extremes: axes, empty and special values, ties, errors."""

import re

import numpy as np
import pytest

import minigrad as mg

A = np.random.default_rng(0).standard_normal((2, 3, 4))
AXES = [None, 0, 1, -1, (0, 2), (-1, 0), (2, 1, 0), (1,), ()]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("name", ["sum", "mean", "max", "min"])
def test_values(name, axis, keepdims, device):
    for a in (A.astype(np.float32), A, A.astype(np.float32).transpose(2, 0, 1)):
        y = getattr(mg, name)(mg.from_numpy(a), axis, keepdims)
        expected = getattr(np, name)(a, axis=axis, keepdims=keepdims)
        assert y.shape == expected.shape and y.dtype == a.dtype and isinstance(y.data, y.k.array)
        np.testing.assert_allclose(y.numpy(), expected, rtol=1e-5, atol=1e-6)
        assert getattr(mg.Tensor(a), name)(axis=axis, keepdims=keepdims).shape == expected.shape


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_places(name, device):
    for a in (A.astype(np.float32), A):
        x = mg.Tensor(a, requires_grad=True)
        for axis in (None, 0, 1, -1):
            for keepdims in (False, True):
                y = getattr(mg, name)(x, axis, keepdims)
                assert y.dtype == np.int64 and not y.requires_grad
                np.testing.assert_array_equal(y.numpy(), getattr(np, name)(a, axis=axis, keepdims=keepdims))
    assert getattr(mg, name)(mg.Tensor(3.0)).item() == 0


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int8, np.int32, np.int64])
def test_integers(dtype, device):
    info = np.iinfo(dtype) if dtype is not np.bool_ else None
    a = np.array([[1, 0, 1]], bool) if info is None else np.array([[info.max, 3, info.min], [5, info.min, 5]], dtype)
    x = mg.Tensor(a)
    for name in ("max", "min", "argmax", "argmin"):
        for axis in (None, 1):
            y = getattr(mg, name)(x, axis)
            np.testing.assert_array_equal(y.numpy(), getattr(np, name)(a, axis=axis))
            assert y.dtype == (np.int64 if name.startswith("arg") else dtype)
    assert x.sum().dtype.kind in "iu" and x.sum().item() == a.sum()
    assert x.mean().dtype == np.float32 and x.mean().item() == pytest.approx(a.mean(dtype=np.float32))


def test_nothing(device):
    x = mg.zeros((0, 3), requires_grad=True)
    assert mg.sum(x, 0).tolist() == [0, 0, 0] and mg.sum(x).item() == 0 and mg.max(x, 1).shape == (0,)
    assert np.isnan(mg.mean(x).item()) and np.isnan(mg.mean(x, 0).tolist()).all() and mg.mean(x, 1).shape == (0,)
    assert mg.argmax(x, 1).shape == (0,)
    for f in (mg.sum, mg.mean):
        x.grad = None
        f(x, 0).sum().backward(create_graph=True)
        assert x.grad.shape == (0, 3)
    for name in ("max", "min", "argmax", "argmin"):
        text = f"[{name}] nothing to choose from: shape (0, 3) has no element along axis "
        with pytest.raises(ValueError, match=re.escape(text + "(0,)")):
            getattr(mg, name)(x, 0)
        with pytest.raises(ValueError, match=re.escape(text + "None")):
            getattr(mg, name)(x)


def test_a_number(device):
    x = mg.Tensor(3.0, requires_grad=True)
    for f in (mg.sum, mg.mean, mg.max, mg.min):
        x.grad = None
        y = f(x)
        assert y.shape == () and y.item() == 3
        y.backward(create_graph=True)
        assert x.grad.item() == 1


def test_special_numbers(device):
    x = mg.Tensor([[1.0, np.nan, 3], [np.inf, -np.inf, 0], [-np.inf, -np.inf, -np.inf]])
    np.testing.assert_array_equal(mg.sum(x, 1).numpy(), [np.nan, np.nan, -np.inf])
    np.testing.assert_array_equal(mg.max(x, 1).numpy(), [np.nan, np.inf, -np.inf])
    np.testing.assert_array_equal(mg.min(x, 1).numpy(), [np.nan, -np.inf, -np.inf])
    assert mg.argmax(x, 1).tolist() == [1, 0, 0] and mg.argmin(x, 1).tolist() == [1, 1, 0]


def test_the_first_winner_takes_all(device):
    a = [[2.0, 5, 5], [5, 1, 1]]
    for f, axis, expected in [
        (mg.max, None, [[0, 1, 0], [0, 0, 0]]), (mg.max, 0, [[0, 1, 1], [1, 0, 0]]),
        (mg.max, 1, [[0, 1, 0], [1, 0, 0]]),
        (mg.max, (1, 0), [[0, 1, 0], [0, 0, 0]]), (mg.max, (-1, -2), [[0, 1, 0], [0, 0, 0]]),
        (mg.min, None, [[0, 0, 0], [0, 1, 0]]), (mg.min, 1, [[1, 0, 0], [0, 1, 0]]),
    ]:
        x = mg.Tensor(a, requires_grad=True)
        f(x, axis).sum().backward()
        assert x.grad.tolist() == expected
    x = mg.Tensor([[-np.inf, -np.inf], [1, np.nan]], requires_grad=True)
    x.max(1).sum().backward()
    assert x.grad.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize("name", ["sum", "mean", "max", "argmax"])
def test_axis_errors(name):
    f, x = getattr(mg, name), mg.zeros((2, 3))
    with pytest.raises(ValueError, match=re.escape(f"[{name}] axis 2 does not exist: the tensor has 2 axes")):
        f(x, 2)
    with pytest.raises(ValueError, match=re.escape(f"[{name}] axis -3 does not exist: the tensor has 2 axes")):
        f(x, -3)
    with pytest.raises(ValueError, match=re.escape(f"[{name}] an axis is named twice in (0, -2)")):
        f(x, (0, -2))
    for axis in (1.0, "0", True):
        text = f"[{name}] axis must be None, an int or a tuple of ints, found {axis!r}"
        with pytest.raises(TypeError, match=re.escape(text)):
            f(x, axis)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "argmax", "argmin", "logsumexp"])
def test_keepdims(name, device):
    f, x = getattr(mg, name), mg.zeros((2, 3))
    for keepdims in (True, 1, np.True_, np.int64(1)):
        assert f(x, 0, keepdims).shape == (1, 3)
    for keepdims in (False, 0, None):
        assert f(x, 0, keepdims).shape == (3,)
    for wrong in (np.float64, "float64", np.int64, 1.0):       # the third argument of np.sum is a dtype
        with pytest.raises(TypeError, match=re.escape(f"[{name}] keepdims must be True or False, found {wrong!r}: .astype")):
            f(x, 0, wrong)


@pytest.mark.parametrize("axis", [(0, 1), ()])
def test_argmax_wants_one_axis(axis):
    with pytest.raises(ValueError, match=re.escape(f"[argmax] expected one axis or None, found {axis!r}")):
        mg.argmax(mg.zeros((2, 3)), axis)


def test_means_of_integers_are_rounded_once(device):
    assert mg.mean(mg.Tensor(np.array([2**24 + 1, 2**24 + 3]))).item() == 2**24 + 2
    assert mg.mean(mg.Tensor(np.array([2**62, 2**62, 2**62]))).item() == 2.0**62


def test_products_know_of_zeros(device):
    """No division, so none by zero: each slope is the product of the others, at every order."""
    for a, expected in (([2.0, 0, 3], [0, 6, 0]), ([0.0, 5, 0], [0, 0, 0]), ([4.0], [1])):
        x = mg.Tensor(a, requires_grad=True)
        mg.prod(x).backward()
        assert x.grad.tolist() == expected
    hessian = mg.hessian(lambda a: mg.prod(a))(np.array([2.0, 0, 3]))
    assert hessian.tolist() == [[0, 3, 0], [3, 0, 2], [0, 2, 0]]
    assert mg.prod(mg.zeros((0, 2)), 0).tolist() == [1, 1] and mg.prod(mg.Tensor(np.array([3, 4]))).dtype == np.int64


def test_what_is_not_zero(device):
    x = mg.Tensor([[0.0, np.nan], [0, -0.0]], requires_grad=True)
    assert mg.any(x, 1).tolist() == [True, False] and mg.all(x, 1).tolist() == [False, False] and mg.any(x).dtype == np.bool_
    assert mg.count_nonzero(x).item() == 1 and mg.count_nonzero(x, 0, True).tolist() == [[0, 1]]
    assert mg.all(mg.zeros((0,))).item() is True and mg.any(mg.zeros((0,))).item() is False


# ---- dtype=

@pytest.mark.parametrize("name", ["sum", "mean", "prod", "cumsum", "cumprod"])
def test_reduced_in_a_dtype(name, device):
    """The numbers are converted, then reduced, and so is the result; the gradient comes back in the input's dtype."""
    a = np.array([[1.5, -2, 3], [0.25, 5, 1]], np.float32)
    leaf = mg.tensor(a, requires_grad=True)
    for call in (lambda x, **o: getattr(mg, name)(x, 1, **o), lambda x, **o: getattr(np, name)(x, 1, **o),
                 lambda x, **o: getattr(x, name)(1, **o)):
        y = call(leaf, dtype=np.float64)
        expected = getattr(np, name)(a.astype(np.float64), 1)
        assert y.dtype == np.float64 and y.requires_grad
        np.testing.assert_array_equal(y.detach().numpy(), expected)
        leaf.grad = None
        y.sum().backward()
        assert leaf.grad.dtype == np.float32
    for dtype in (np.int32, np.int64, np.uint8, np.bool_):
        numbers = np.array([[1, 2, 3], [0, 5, 250]])
        y = getattr(mg, name)(mg.tensor(numbers), 1, dtype=dtype)
        assert y.dtype == dtype
        if name != "mean" or dtype != np.bool_:             # numpy's mean of booleans in booleans is no mean
            np.testing.assert_array_equal(y.numpy(), getattr(np, name)(numbers, 1, dtype=dtype))
    z = getattr(mg, name)(leaf, 1, dtype="complex128")
    assert z.dtype == np.complex128
    with pytest.raises(TypeError, match=rf"\[{name}\] expected a complex dtype for complex128, found float32"):
        getattr(mg, name)(z, 0, dtype="float32")
    with pytest.raises(TypeError, match=rf"\[{name}\] expected a dtype, such as 'float32' or np.int64, found 'float'?"):
        getattr(mg, name)(leaf, 0, dtype="floats")


def test_halves_are_rounded_before_and_after_but_not_between(device):
    """PyTorch's: a sum in float16 is one of float16 numbers, in float32."""
    torch = pytest.importorskip("torch")
    a = np.random.default_rng(0).random(4096) + 1000
    for name in ("sum", "mean", "cumsum"):
        found = getattr(mg, name)(mg.tensor(a / 500), 0, dtype="float16")
        expected = getattr(torch, name)(torch.tensor(a / 500), 0, dtype=torch.float16)
        assert found.dtype == np.float16
        if name == "cumsum":                                # PyTorch rounds the sum at every place
            assert found.tolist()[-1] == mg.sum(mg.tensor(a / 500), dtype="float16").item()
        else:
            np.testing.assert_array_equal(found.numpy(), expected.numpy())
