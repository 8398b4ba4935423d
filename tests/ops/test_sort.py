"""Orders: ties, NaN, signed zeros, dtypes, errors. Values and gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg


@pytest.mark.parametrize("n", [1, 7, 40, 41, 300, 9000])
def test_orders_are_stable(n, device):
    """Around the lengths at which the native kernel takes another way."""
    a = np.random.default_rng(n).integers(-3, 4, (3, n)).astype(np.float32)
    a[0, ::5], a[1, ::3], a[2, ::4] = np.nan, -0.0, np.inf
    np.testing.assert_array_equal(mg.argsort(mg.Tensor(a)).numpy(), np.argsort(a, kind="stable"))
    x = mg.Tensor(a, requires_grad=True)
    np.testing.assert_array_equal(mg.sort(x).detach().numpy(), np.sort(a))
    (mg.sort(x)[:, 0]).sum().backward()
    assert [row.nonzero()[0].tolist() for row in x.grad.numpy()] == [[i] for i in np.argsort(a, kind="stable")[:, 0]]


def test_topk(device):
    x = mg.Tensor([1.0, 3, np.nan, 3, 2, -np.inf], requires_grad=True)
    values, places = mg.topk(x, 4)
    np.testing.assert_array_equal(values.detach(), [np.nan, 3, 3, 2])
    assert places.tolist() == [2, 1, 3, 4] and places.dtype == np.int64 and not places.requires_grad
    values[1:].sum().backward()
    assert x.grad.tolist() == [0, 1, 0, 1, 1, 0]
    values, places = mg.topk(x, 5, largest=False)
    assert values.tolist() == [-np.inf, 1, 2, 3, 3] and places.tolist() == [5, 0, 4, 1, 3]
    for k in (0, 64, 65, 200):
        a = np.random.default_rng(k).permutation(200).astype(np.float32)
        values, places = mg.topk(mg.Tensor(a), k)
        assert values.tolist() == list(range(199, 199 - k, -1)) and a[places.numpy()].tolist() == values.tolist()
    assert mg.topk(mg.Tensor([[1, 2], [4, 3]]), 2, axis=None)[0].tolist() == [4, 3]


def test_integers_and_booleans(device):
    for dtype in (np.bool_, np.uint8, np.int64):
        a = np.array([1, 0, 1, 1], dtype)
        assert mg.sort(mg.Tensor(a)).dtype == dtype and mg.argsort(mg.Tensor(a)).tolist() == [1, 0, 2, 3]
        assert mg.topk(mg.Tensor(a), 2)[1].tolist() == [0, 2] and mg.topk(mg.Tensor(a), 2)[0].dtype == dtype


def test_unique(device):
    x = mg.Tensor([[3.0, 1], [np.nan, 3], [np.nan, 1]], requires_grad=True)
    values, index, inverse, counts = mg.unique(x, True, True, True)
    np.testing.assert_array_equal(values.detach(), [1, 3, np.nan])
    assert index.tolist() == [1, 0, 2] and inverse.tolist() == [[1, 0], [2, 1], [2, 0]] and counts.tolist() == [2, 2, 2]
    values[:2].sum().backward()
    assert x.grad.tolist() == [[1, 1], [0, 0], [0, 0]]
    assert mg.unique(mg.Tensor([2, 1, 2])).tolist() == [1, 2]


def test_counting(device):
    assert mg.bincount([1, 3, 1]).tolist() == [0, 2, 0, 1] and mg.bincount([], minlength=2).tolist() == [0, 0]
    w = mg.Tensor([0.5, 1, 2], requires_grad=True)
    y = mg.bincount(mg.Tensor(np.array([1, 3, 1])), w)
    assert y.tolist() == [0, 2.5, 0, 1] and y.dtype == np.float32
    (y * mg.Tensor([1.0, 2, 3, 4])).sum().backward()
    assert w.grad.tolist() == [2, 4, 2]
    assert [i.tolist() for i in mg.nonzero(mg.Tensor([[0.0, 1], [2, 0]]))] == [[0, 1], [1, 0]]
    a = mg.Tensor([[0.0, 1], [2, 0]])
    assert a[mg.nonzero(a)].tolist() == [1, 2]
    assert mg.searchsorted([1.0, 2, 2, 3], mg.Tensor([2.0, 9]), "right").tolist() == [3, 4]


@pytest.mark.parametrize("call, error, text", [
    (lambda x: mg.sort(x, 2), ValueError, "[sort] axis 2 does not exist: the tensor has 2 axes"),
    (lambda x: mg.topk(x, 4), ValueError, "[topk] expected k from 0 to the 3 numbers of axis 1, found 4: shape (2, 3)"),
    (lambda x: mg.topk(x, 1.0), TypeError, "[topk] k must be an int, found 1.0"),
    (lambda x: mg.partition(x, 3), ValueError, "[partition] there is no place 3 among 3 numbers: axis 1 of shape (2, 3)"),
    (lambda x: mg.argpartition(x, "1"), TypeError, "[argpartition] kth must be an int, found '1'"),
    (lambda x: mg.nonzero(x[0, 0]), ValueError, "[nonzero] a tensor without axes has no places"),
    (lambda x: mg.searchsorted(x, 1.0), ValueError,
     "[searchsorted] expected sorted numbers along one axis, found shape (2, 3)"),
    (lambda x: mg.searchsorted(x[0], 1.0, "up"), ValueError, "[searchsorted] side must be \"left\" or \"right\", found 'up'"),
    (lambda x: mg.bincount(x[0]), TypeError, "[bincount] expected integers to count, found dtype float32"),
    (lambda x: mg.bincount([0, -1]), ValueError, "[bincount] expected integers from 0 on, found -1"),
    (lambda x: mg.bincount([0, 1], [1.0]), ValueError, "[bincount] each integer needs one weight: x (2,), weights (1,)"),
    (lambda x: mg.bincount([[0]]), ValueError, "[bincount] expected integers along one axis, found shape (1, 1)"),
])
def test_errors(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        call(mg.zeros((2, 3)))
