"""Making tensors: values, dtypes, seeds, errors."""

import re

import numpy as np
import pytest

import minigrad as mg


def test_constants(device):
    for t, a in [(mg.zeros((2, 3)), np.zeros((2, 3))), (mg.ones(3), np.ones(3)), (mg.full((), 7), np.array(7)),
                 (mg.eye(3), np.eye(3)), (mg.zeros((0, 2)), np.zeros((0, 2))),
                 (mg.zeros_like(mg.ones((2, 2))), np.zeros((2, 2))),
                 (mg.ones_like(np.zeros(3, np.float32)), np.ones(3)), (mg.zeros(np.array([2, 1])), np.zeros((2, 1)))]:
        assert t.dtype == np.float32 and t.device == device and not t.requires_grad
        np.testing.assert_array_equal(t.numpy(), a)
    assert mg.zeros(3, dtype=int).dtype == np.int64 and mg.full(2, True, dtype=bool).tolist() == [True, True]
    assert mg.eye(2, dtype=np.dtype(np.float64)).dtype == np.float64
    assert mg.zeros_like(mg.Tensor(np.array([1, 2]))).dtype == np.int64
    assert mg.ones(3, requires_grad=True).is_leaf and mg.ones(3, requires_grad=True).requires_grad
    mg.set_default_dtype(np.float64)
    assert all(t.dtype == np.float64 for t in (mg.ones(3), mg.eye(2), mg.randn(3), mg.rand(3), mg.arange(0.5, 2)))


@pytest.mark.parametrize("args, kwargs", [((5,), {}), ((2, 5), {}), ((5, 1, -2), {}), ((5,), {"step": 2}),
                                          ((0, 1, 0.25), {}), ((2.5,), {}),
                                          ((0,), {}), ((1, 4), {"dtype": np.float32})])
def test_arange(args, kwargs):
    expected = np.arange(*((0, *args) if "step" in kwargs else args), **kwargs)
    t = mg.arange(*args, **kwargs)
    np.testing.assert_array_equal(t.numpy(), expected)
    assert t.dtype == (np.int64 if expected.dtype.kind == "i" else np.float32)


def test_random_numbers(device):
    n, u = mg.randn((200, 500)).numpy(), mg.rand((200, 500)).numpy()
    assert abs(n.mean()) < 0.02 and abs(n.std() - 1) < 0.02
    assert abs(u.mean() - 0.5) < 0.01 and u.min() >= 0 and u.max() < 1
    assert n.dtype == u.dtype == np.float32
    mg.manual_seed(1)
    a, b = mg.randn(5).tolist(), mg.randn(5).tolist()
    mg.manual_seed(1)
    assert mg.randn(5).tolist() == a != b
    assert mg.rand((), requires_grad=True).requires_grad and mg.randn((0, 2)).shape == (0, 2)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_rand_never_reaches_one(dtype, monkeypatch):
    class Extreme:
        def random(self, shape):
            return np.full(shape, np.nextafter(1, 0))

    monkeypatch.setattr(mg.random, "generator", Extreme)
    assert mg.rand(3, dtype=dtype).numpy().max() < 1 and mg.rand(3, dtype=dtype).dtype == dtype


def test_errors():
    with pytest.raises(TypeError, match=re.escape("[full] a shape is an int or a sequence of ints, found 1.5")):
        mg.zeros(1.5)
    with pytest.raises(TypeError, match=re.escape("[randn] a shape is an int or a sequence of ints, found 'ab'")):
        mg.randn("ab")
    with pytest.raises(TypeError, match=re.escape("[requires_grad_] only floating point tensors can require")):
        mg.ones(3, dtype=int, requires_grad=True)
    with pytest.raises(ValueError, match=re.escape("[table] there is no device 'tpu'")):
        mg.zeros(3, device="tpu")
