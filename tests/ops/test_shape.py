"""Operations that move elements: values against numpy, edges, errors. Gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg

A = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def same(y, expected):
    assert y.shape == expected.shape and y.dtype == expected.dtype
    np.testing.assert_array_equal(y.numpy(), expected)


def test_values(device):
    for a in (A, A.transpose(1, 2, 0).copy().transpose(2, 0, 1)):
        x = mg.from_numpy(a)
        same(mg.reshape(x, (4, -1)), a.reshape(4, -1))
        same(x.reshape(6, 4), a.reshape(6, 4))
        same(x.reshape((24,)), a.reshape(24))
        same(x.reshape(-1), a.reshape(-1))
        same(mg.reshape(x, np.array([3, 8])), a.reshape(3, 8))
        same(x.transpose(), a.transpose())
        same(x.T, a.T)
        same(x.transpose(2, 0, 1), a.transpose(2, 0, 1))
        same(x.transpose((0, -1, 1)), a.transpose(0, -1, 1))
        same(x.flatten(), a.reshape(-1))
        same(mg.flatten(x, 1), a.reshape(2, 12))
        same(mg.flatten(x, 3), a[..., None])
        same(mg.broadcast_to(x, (5, 2, 3, 4)), np.broadcast_to(a, (5, 2, 3, 4)))
        same(mg.concatenate([x, a[:, :1], x], 1), np.concatenate([a, a[:, :1], a], 1))
        same(mg.stack([x, x], -1), np.stack([a, a], -1))
        same(mg.pad(x, 1), np.pad(a, 1))
        same(mg.pad(x, ((0, 1), (2, 0), (0, 0)), value=7), np.pad(a, ((0, 1), (2, 0), (0, 0)), constant_values=7))
        for found, expected in zip(mg.split(x, (1, 0, 3), 2), np.split(a, [1, 1], 2), strict=True):
            same(found, expected)
        for found, expected in zip(mg.split(x, 3, -2), np.split(a, 3, 1), strict=True):
            same(found, expected)
        same(mg.ops.shape.sum_to(x, (3, 1)), a.sum((0, 2))[:, None])


def test_numbers_and_nothing(device):
    x, nothing = mg.Tensor(2.0, requires_grad=True), mg.zeros((0, 3), requires_grad=True)
    for y, shape in [(x.reshape(1, 1), (1, 1)), (x.reshape(()), ()), (x.T, ()), (x.flatten(), (1,)), (mg.pad(x, 1), ()),
                     (mg.stack([x, x]), (2,)), (mg.broadcast_to(x, 3), (3,))]:
        assert y.shape == shape and isinstance(y.data, y.k.array)
        x.grad = None
        y.sum().backward(create_graph=True)
        assert x.grad.item() == y.size
    for y, shape in [(nothing.reshape(3, 0), (3, 0)), (nothing.reshape(-1), (0,)), (nothing.T, (3, 0)),
                     (mg.pad(nothing, 1), (2, 5)), (mg.concatenate([nothing, nothing]), (0, 3)),
                     (mg.split(nothing, 1)[0], (0, 3)),
                     (mg.stack([nothing]), (1, 0, 3)),
                     (mg.broadcast_to(nothing, (2, 0, 3)), (2, 0, 3))]:
        assert y.shape == shape
        nothing.grad = None
        y.sum().backward(create_graph=True)
        assert nothing.grad.shape == (0, 3)


def test_an_untouched_piece_of_split_gets_zeros(device):
    x = mg.Tensor([1.0, 2, 3, 4], requires_grad=True)
    a, b, c = mg.split(x, (1, 2, 1))
    (b * 5).sum().backward()
    assert x.grad.tolist() == [0, 5, 5, 0]
    assert mg.split(x, ()) == () if x.size == 0 else a.requires_grad and c.requires_grad


def test_two_dtypes(device):
    a, b = mg.Tensor([1.0], requires_grad=True), mg.Tensor(np.array([2.0]), requires_grad=True)
    y = mg.concatenate([a, b, a])
    assert y.dtype == np.float64
    y.sum().backward()
    assert a.grad.dtype == np.float32 and a.grad.tolist() == [2] and b.grad.dtype == np.float64
    for y in (mg.concatenate([a, np.ones(2)]), mg.concatenate([np.ones(2), a]), mg.stack([[1], a])):
        assert y.dtype == np.float32        # raw arrays take the tensor's dtype
    assert mg.concatenate([np.ones(2), np.ones(1)]).dtype == np.float64


def test_flatten_is_logical_nchw(device):
    a = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    last = np.ascontiguousarray(a.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    assert mg.flatten(mg.from_numpy(last), 1).tolist() == [list(range(24))]


@pytest.mark.parametrize("call, text", [
    (lambda x: x.reshape(5, 5), "[reshape] shape (2, 3) has 6 elements, but (5, 5) has 25"),
    (lambda x: x.reshape(4, -1), "[reshape] shape (2, 3) with 6 elements does not fit (4, -1)"),
    (lambda x: x.reshape(-1, -1), "[reshape] shape (2, 3) with 6 elements does not fit (-1, -1)"),
    (lambda x: x.reshape(-2, -3), "[reshape] shape (2, 3) has 6 elements, but (-2, -3) has 6"),
    (lambda x: mg.zeros((0, 3)).reshape(0, -1), "[reshape] shape (0, 3) with 0 elements does not fit (0, -1)"),
    (lambda x: mg.flatten(x, 3), "[flatten] start 3 is not an axis of shape (2, 3)"),
    (lambda x: mg.flatten(x, -1), "[flatten] start -1 is not an axis of shape (2, 3)"),
    (lambda x: x.transpose(0, 0), "[transpose] axes (0, 0) are no order of the 2 axes of shape (2, 3)"),
    (lambda x: x.transpose(0), "[transpose] axes (0,) are no order of the 2 axes of shape (2, 3)"),
    (lambda x: mg.broadcast_to(x, (2, 4)),
     "[broadcast_to] shape (2, 3) cannot be broadcast to (2, 4): sizes must be equal, or 1"),
    (lambda x: mg.broadcast_to(x, (3,)), "[broadcast_to] shape (2, 3) cannot be broadcast to (3,)"),
    (lambda x: mg.ops.shape.sum_to(x, (2,)), "[sum_to] shape (2,) does not broadcast to (2, 3)"),
    (lambda x: mg.concatenate([]), "[concatenate] expected at least one tensor"),
    (lambda x: mg.stack([]), "[stack] expected at least one tensor"),
    (lambda x: mg.concatenate([x, x.T]), "[concatenate] shapes [(2, 3), (3, 2)] differ beyond axis 0"),
    (lambda x: mg.concatenate([x, x[0]]), "[concatenate] shapes [(2, 3), (3,)] differ in their number of axes"),
    (lambda x: mg.concatenate([x, x], 2), "[concatenate] axis 2 does not exist: there are 2"),
    (lambda x: mg.stack([x, x.T]), "[stack] shapes [(2, 3), (3, 2)] differ"),
    (lambda x: mg.stack([x, x], 3), "[stack] axis 3 does not exist: there are 3"),
    (lambda x: mg.split(x, 2, 1), "[split] axis 1 of shape (2, 3) does not divide into 2 equal pieces"),
    (lambda x: mg.split(x, 0), "[split] axis 0 of shape (2, 3) does not divide into 0 equal pieces"),
    (lambda x: mg.split(x, (1, 1), 1), "[split] sizes (1, 1) do not add up to the 3 of axis 1 of shape (2, 3)"),
    (lambda x: mg.split(x, (4, -1), 1), "[split] sizes (4, -1) do not add up to the 3 of axis 1 of shape (2, 3)"),
    (lambda x: mg.pad(x, -1),
     "[pad] widths must be an int >= 0, or one (before, after) for each of the 2 axes of shape (2, 3); found"),
    (lambda x: mg.pad(x, ((1, 1),)), "[pad] widths must be an int >= 0, or one (before, after) for each of the 2 axes"),
    (lambda x: mg.pad(x, ((1,), (1,))),
     "[pad] widths must be an int >= 0, or one (before, after) for each of the 2 axes"),
])
def test_wrong_values(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call(mg.zeros((2, 3)))


@pytest.mark.parametrize("call, text", [
    (lambda x: x.reshape(2.0, 3), "[reshape] a shape is an int or a sequence of ints, found (2.0, 3)"),
    (lambda x: mg.zeros("3"), "[zeros] a shape is an int or a sequence of ints, found '3'"),
    (lambda x: mg.broadcast_to(x, None), "[broadcast_to] a shape is an int or a sequence of ints, found None"),
    (lambda x: mg.concatenate([x, x], None), "[concatenate] axis must be an int, found None"),
])
def test_wrong_types(call, text):
    with pytest.raises(TypeError, match=re.escape(text)):
        call(mg.zeros((2, 3)))
