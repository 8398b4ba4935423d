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


def test_take_along_adds_up_repeats(device):
    x = mg.Tensor([[1.0, 2, 3], [4, 5, 6]], requires_grad=True)
    mg.take_along(x, mg.Tensor(np.array([[0, 0, -3], [1, 2, 1]])), 1).sum().backward()
    assert x.grad.tolist() == [[3, 0, 0], [0, 2, 1]]
    assert mg.take_along(x, np.zeros((2, 0), int), 1).shape == (2, 0)


@pytest.mark.parametrize("index, axis, error, text", [
    ([[0.5]], 1, TypeError, "[take_along] the index must be integers, found float64"),
    ([0], 0, ValueError, "[take_along] the index needs the tensor's sizes beside axis 0: index (1,), tensor (2, 3)"),
    ([[0, 1, 2]], 1, ValueError,
     "[take_along] the index needs the tensor's sizes beside axis 1: index (1, 3), tensor (2, 3)"),
    ([[0], [3]], 1, IndexError,
     "[take_along] index 3 is out of bounds for axis 1 with size 3: the tensor has shape (2, 3)"),
    ([[0], [0]], 2, ValueError, "[take_along] axis 2 does not exist: there are 2"),
])
def test_take_along_errors(index, axis, error, text):
    with pytest.raises(error, match=re.escape(text)):
        mg.take_along(mg.zeros((2, 3)), np.array(index), axis)
