"""Indexing: numpy's rules, repeats, views, errors. Gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg

A = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
INDICES = [
    0, -1, (1, 2), (1, 2, 3), slice(1, None), (slice(None), slice(None, None, -1)), (..., 0), None, (None, ..., None),
    (0, None, 1), [1, 0, 1], np.array([[0, 1], [1, 1]]), (slice(None), [0, 2]), ([0, 1], slice(None), [1, 2]),
    ([[0], [1]], [0, 2]), A > 11,
    np.array([True, False]), (slice(None), np.array([True, False, True])), np.int64(1), (np.array(1), np.array(-1)),
    slice(0, 0), np.zeros(0, int), (), ...,
]


@pytest.mark.parametrize("index", INDICES, ids=lambda i: re.sub(r"\s+", " ", str(i))[:30])
def test_values_and_gradients(index, device):
    for a in (A, A.transpose(0, 2, 1).copy().transpose(0, 2, 1)):
        x = mg.Tensor(a, requires_grad=True)
        y = x[index]
        np.testing.assert_array_equal(y.detach().numpy(), a[index])
        assert y.shape == a[index].shape and isinstance(y.data, y.k.array)
        seed = np.arange(1, y.size + 1, dtype=np.float32).reshape(y.shape)
        expected = np.zeros_like(A)
        np.add.at(expected, index, seed)
        y.backward(seed, create_graph=True)
        np.testing.assert_array_equal(x.grad.detach().numpy(), expected)


def test_tensors_as_indices(device):
    x, i = mg.Tensor(A), mg.Tensor(np.array([1, 0, 1]))
    assert x[i].tolist() == A[[1, 0, 1]].tolist()
    assert x[:, i].tolist() == A[:, [1, 0, 1]].tolist()
    assert x[i[0]].tolist() == A[1].tolist()
    assert x[x > 20].tolist() == [21, 22, 23]
    assert mg.getitem(A, 1).tolist() == A[1].tolist()
    assert [row.tolist() for row in x] == A.tolist()


def test_basic_indices_share_memory(device):
    x = mg.Tensor([1.0, 2, 3])
    y = x[1:]
    x[1] = 7
    assert y.tolist() == [7, 3]


@pytest.mark.parametrize("index, text", [
    (5, "[getitem] index 5 is out of bounds for axis 0 with size 2: the tensor has shape (2, 3, 4), the index is 5"),
    ((0, 0, 0, 0), "[getitem] too many indices for array"),
    (1.5, "[getitem] only integers, slices"),
    (np.array([True]), "[getitem] boolean index did not match"),
])
def test_getitem_errors(index, text):
    with pytest.raises(IndexError, match=re.escape(text)):
        mg.Tensor(A)[index]


def test_take_along_axis_adds_up_repeats(device):
    x = mg.Tensor([[1.0, 2, 3], [4, 5, 6]], requires_grad=True)
    mg.take_along_axis(x, mg.Tensor(np.array([[0, 0, -3], [1, 2, 1]])), 1).sum().backward()
    assert x.grad.tolist() == [[3, 0, 0], [0, 2, 1]]
    assert mg.take_along_axis(x, np.zeros((2, 0), int), 1).shape == (2, 0)


def test_integers_after_an_ellipsis(device):
    """The slices behind them say which axis they look into, in the gradient too."""
    x = mg.Tensor(np.zeros((2, 2, 2)), requires_grad=True)
    x[..., [0, 0], :].sum().backward()
    assert x.grad.tolist() == [[[2, 2], [0, 0]]] * 2


MIXED = [
    (0, [0, 1]), ([0, 1], slice(None), 0), (slice(None), 0, [1, 2]), (np.array(1), slice(None), [0, 1]), (None, [0, 1], None),
    (slice(None, None, -1), [2, 0], slice(3, None, -2)), (..., [0, 1], [1, 2]), ([[0], [1]], None, [0, 2]), (True,), False,
    (True, 0), (None, True), (slice(None), True, [0, 1]), (np.array(True), [0, 1]), (A[:, :, 0] > 3,), (A[:, :, 0] > 3, 1),
    (0, A[0] > 3), (slice(None), A[0] > 3), (np.array([True, False]), [0, 1]), ([True, False], [[0, 1]]), (slice(0, 0), [0, 1]),
    (np.uint8(1), np.array([0, 2], np.uint8)), (np.array([[0, 1]]), slice(None), np.array([[1], [2]])), range(2),
    ([], slice(None)),
]


@pytest.mark.parametrize("index", MIXED, ids=lambda i: re.sub(r"\s+", " ", str(i))[:30])
def test_kinds_of_index_beside_each_other(index, device):
    x = mg.Tensor(A, requires_grad=True)
    y = x[index]
    np.testing.assert_array_equal(y.detach().numpy(), A[index])
    expected = np.zeros_like(A)
    np.add.at(expected, index, 1)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), expected)


def test_where_with_the_condition_alone(device):
    for a in (A > 5, A % 3, np.zeros((2, 0)), np.array(True)):
        found, expected = mg.where(mg.Tensor(a)), np.nonzero(np.atleast_1d(a))
        assert isinstance(found, tuple) and [i.tolist() for i in found] == [i.tolist() for i in expected]
        assert all(i.dtype == np.int64 and i.device == device for i in found)


def test_masks(device):
    x, mask = mg.Tensor([1.0, np.nan, 3], requires_grad=True), np.array([False, True, False])
    y = mg.masked_fill(x, mask, 7)
    assert y.tolist() == [1, 7, 3] and x.masked_select(~mask).tolist() == [1, 3]
    (y * y).sum().backward()
    assert x.grad.tolist() == [2, 0, 6]
    value = mg.Tensor(2.0, requires_grad=True)
    mg.masked_fill(x, mask[:, None], value).sum().backward()
    assert value.grad.item() == 3
    assert mg.masked_fill(np.arange(3), mask, -1).dtype == np.int64


def test_one_hot(device):
    y = mg.one_hot(mg.Tensor(np.array([[0, 2], [1, 0]])), 3)
    assert y.dtype == np.int64 and y.device == device and y.tolist() == np.eye(3)[[[0, 2], [1, 0]]].tolist()
    assert mg.one_hot([1, 0], dtype="float32").dtype == np.float32 and mg.one_hot([1, 3]).shape == (2, 4)
    assert mg.one_hot([], 3).shape == (0, 3)


def test_take_of_lists(device):
    x = mg.Tensor(A)
    assert mg.take(x, []).shape == (0,) and mg.take(x, [[]], 1).shape == (2, 1, 0, 4) and mg.take(x, -1).item() == 23
    assert mg.index_select(x, 2, []).shape == (2, 3, 0) and mg.index_select(x, 1, 2).shape == (2, 1, 4)


@pytest.mark.parametrize("call, error, text", [
    (lambda x: mg.take_along_axis(x, [[0.5]], 1), TypeError, "[take_along_axis] the index must be integers, found float64"),
    (lambda x: mg.take_along_axis(x, [0], 0), ValueError,
     "[take_along_axis] the index needs as many axes as the tensor: index (1,), tensor (2, 3)"),
    (lambda x: mg.take_along_axis(x, np.zeros((3, 1), int), 1), ValueError,
     "[take_along_axis] beside axis 1 the index (3, 1) and the tensor (2, 3) do not broadcast"),
    (lambda x: mg.take_along_axis(x, [[0], [3]], 1), IndexError,
     "[take_along_axis] index 3 is out of bounds for axis 1 with size 3: the tensor has shape (2, 3)"),
    (lambda x: mg.take_along_axis(x, [[0], [0]], 2), ValueError, "[take_along_axis] axis 2 does not exist: there are 2"),
    (lambda x: mg.gather(x, 1, [[0]] * 3), ValueError,
     "[gather] the index must have as many axes as the tensor, and be no larger beside axis 1: the index (3, 1), the"),
    (lambda x: mg.gather(x, 1, [[3]]), IndexError, "[gather] index 3 is out of bounds for axis 1 with size 3"),
    (lambda x: mg.index_select(x, 0, [[0]]), ValueError,
     "[index_select] the index must have one axis, found shape (1, 1): mg.take"),
    (lambda x: mg.index_select(x, 0, [2]), IndexError, "[index_select] index 2 is out of bounds for axis 0 with size 2"),
    (lambda x: mg.take(x, 6), IndexError, "[take] index 6 is out of bounds for axis 0 with size 6"),
    (lambda x: mg.take(x, 0, mode="any"), ValueError, "[take] mode must be 'raise', 'wrap' or 'clip', found 'any'"),
    (lambda x: mg.take(x[:0], 0, 0, "clip"), IndexError, "[take] axis 0 of shape (0, 3) is empty: there is nothing to take"),
    (lambda x: mg.masked_fill(x, [1, 0, 1], 0), TypeError, "[masked_fill] the mask must be boolean, found int64: compare it"),
    (lambda x: mg.masked_select(x, [True, False]), ValueError, "[masked_select] shapes (2, 3) and (2,) do not broadcast"),
    (lambda x: mg.one_hot([0, 3], 3), ValueError, "[one_hot] there is no class 3: there are 3, from 0 on; target (2,)"),
    (lambda x: mg.one_hot([0.5]), TypeError, "[one_hot] the index must be integers, found float64"),
    (lambda x: mg.one_hot([0], 0.5), ValueError, "[one_hot] num_classes must be an int >= 0, or None, found 0.5"),
    (lambda x: mg.where(x > 0, x), TypeError, "[where] expected (condition, a, b), or the condition alone"),
    (lambda x: mg.delete(x, 3, 1), IndexError,
     "[delete] index 3 is out of bounds for axis 0 with size 3: axis 1 of shape (2, 3)"),
    (lambda x: mg.insert(x, 4, 0.0, 1), IndexError,
     "[insert] index 4 is out of bounds for axis 0 with size 3: axis 1 of shape"),
    (lambda x: mg.insert(x, [0, 1], [[1.0, 2, 3]], 1), ValueError, "[insert] shape (1, 3) cannot be broadcast to (2, 2)"),
    (lambda x: mg.trim_zeros(x, "x"), ValueError, "[trim_zeros] trim must be 'f', 'b' or 'fb', found 'x'"),
])
def test_errors(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        call(mg.zeros((2, 3)))


def test_a_number_without_axes_has_one_to_take_along():
    """numpy's: take and repeat count its axis 0 as one of size 1; diff looks at no axis where it differs nothing."""
    a = np.array(2.5)
    for call in (lambda x: np.take(x, [0], axis=0), lambda x: np.take(x, 0, axis=-1), lambda x: np.take(x, [[0, -1]], axis=-1),
                 lambda x: np.repeat(x, 2, 0), lambda x: np.repeat(x, [3], axis=-1), lambda x: np.diff(x, 0)):
        leaf = mg.tensor(a, requires_grad=True)
        y = call(leaf)
        np.testing.assert_array_equal(y.detach().numpy(), call(a))
        y.sum().backward()
        assert leaf.grad.item() == call(a).size
    with pytest.raises(ValueError, match=r"\[take\] axis 1 does not exist"):
        mg.take(mg.tensor(a), 0, 1)
    with pytest.raises(IndexError, match=r"\[take\] index 1 is out of bounds"):
        mg.take(mg.tensor(a), 1, 0)


@pytest.mark.parametrize("call, text", [
    (lambda a: mg.gather(a, 1, [[2]]), "[gather] index 2 is out of bounds for axis 1 with size 2: the tensor has shape (2, 2)"),
    (lambda a: mg.take_along_axis(a[:1], [[0], [2]], 1),
     "[take_along_axis] index 2 is out of bounds for axis 1 with size 2: the tensor has shape (1, 2)"),
    (lambda a: mg.take_along_axis(a, [[2]], 1),
     "[take_along_axis] index 2 is out of bounds for axis 1 with size 2: the tensor has shape (2, 2)")])
def test_errors_name_the_tensor_that_was_given(call, text, device):
    with pytest.raises(IndexError) as error:
        call(mg.ones((2, 2)))
    assert str(error.value) == text
