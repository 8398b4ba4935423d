"""Embedding: repeats, padding, what it refuses."""

import re

import numpy as np
import pytest

import minigrad as mg


def test_repeats_add_up_and_padding_has_no_gradient(device):
    w = mg.tensor(np.arange(8, dtype=np.float32).reshape(4, 2), requires_grad=True)
    y = mg.embedding([[1, 3], [1, -1]], w)
    assert y.tolist() == [[[2, 3], [6, 7]], [[2, 3], [6, 7]]]
    y.sum().backward()
    assert w.grad.tolist() == [[0, 0], [2, 2], [0, 0], [2, 2]]
    w.grad = None
    y = mg.embedding(mg.tensor([1, 3, 1]).astype("int64"), w, padding_idx=-1)
    assert y.tolist() == [[2, 3], [6, 7], [2, 3]]
    y.sum().backward()
    assert w.grad.tolist() == [[0, 0], [2, 2], [0, 0], [0, 0]]


@pytest.mark.parametrize(("index", "options", "text"), [
    ([4], {}, "[embedding] index 4 is out of bounds"),
    ([0.5], {}, "[embedding] the index must be integers, found float"),
    ([True], {}, "[embedding] the index must be integers, found bool"),
    ([0], {"padding_idx": 4}, "[embedding] padding_idx must be the number of a row of w (4, 2), or None, found 4"),
])
def test_errors(index, options, text):
    with pytest.raises((IndexError, TypeError, ValueError), match=f"^{re.escape(text)}"):
        mg.embedding(index, mg.zeros(4, 2), **options)


def test_a_table_has_two_axes():
    with pytest.raises(ValueError, match=r"^\[embedding\] expected w \(V, D\), found \(4,\)"):
        mg.embedding([0], mg.zeros(4))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_row_named_often_gets_the_mean_of_its_gradients_if_asked_to(dtype):
    w = mg.tensor(np.arange(6.0, dtype=dtype).reshape(3, 2), requires_grad=True)
    index = np.array([0, 2, 0, 0])
    rows = mg.embedding(index, w, scale_grad_by_freq=True)
    assert rows.tolist() == w.data[index].tolist()
    factors = mg.tensor(np.array([[1.0], [2], [3], [5]], dtype))
    (g,) = mg.autograd.grad((rows * rows * factors).sum(), [w], create_graph=True)
    assert g.dtype == dtype and g[1:].tolist() == [[0, 0], [16, 20]]
    np.testing.assert_allclose(g[0].detach(), 2 * w.data[0] * (1 + 3 + 5) / 3, rtol=1e-6)
    (second,) = mg.autograd.grad(g.sum(), [w])
    np.testing.assert_allclose(second, [[6 / 3, 6 / 3], [0, 0], [4, 4]], rtol=1e-6)
