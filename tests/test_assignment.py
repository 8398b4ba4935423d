"""`t.data = a` and `t.grad = g`: what fits is taken, everything else is an error that says what would fit.

test_choice.py runs this on the other graph too.
"""

import copy

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim

WRONG_DATA = [1, 1.0, "array", None, [[1.0, 2.0], [3.0, 4.0]], np.float32(1), np.ones((2, 3), np.float32), np.ones((2, 2)),
              np.ones((2, 2), np.int64), mg.ones((3, 2)), mg.Value(1), np.ones((2, 2), np.complex64)]
WRONG_GRADS = [0, 0.0, [1.0], "g", np.ones((2, 2), np.float32), np.float32(0), mg.ones((2, 3)), mg.ones(()), mg.Value(1),
               mg.ones((2, 2), dtype=np.float64), mg.ones((2, 2), dtype=np.int64)]


def tensors():
    return {"constant": mg.ones((2, 2)), "leaf": mg.ones((2, 2), requires_grad=True),
            "parameter": nn.Parameter(mg.ones((2, 2))), "frozen": nn.Parameter(mg.ones((2, 2)), requires_grad=False),
            "buffer": nn.Buffer(mg.ones((2, 2)))}


each = pytest.mark.parametrize("name", tensors())


@each
def test_data_takes_an_array_that_fits(name):
    t = tensors()[name]
    before, given = t.data, np.full((2, 2), 3, np.float32)
    t.data = given
    assert t.tolist() == [[3, 3], [3, 3]] and not np.shares_memory(t.data, given)
    assert (t.data is before) == (name != "constant")           # what training changes keeps its array
    t.data = mg.full((2, 2), 4)
    assert type(t.data) is np.ndarray and t.tolist() == [[4, 4], [4, 4]]
    t.data -= 1                                                 # numpy writes, then the same array is assigned
    assert t.tolist() == [[3, 3], [3, 3]]


@each
@pytest.mark.parametrize("wrong", WRONG_DATA, ids=repr)
def test_data_takes_nothing_else(name, wrong):
    t = tensors()[name]
    with pytest.raises((TypeError, ValueError), match=r"\[data\] .*\(2, 2\).*found"):
        t.data = wrong
    assert t.tolist() == [[1, 1], [1, 1]] and t.dtype == np.float32


def test_the_step_that_beginners_write():
    w = mg.tensor([1.0, 2.0], requires_grad=True)
    held = w.data
    (w * w).sum().backward()
    w.data = w.data - 0.25 * w.grad         # an array minus a tensor: a tensor
    assert w.data is held and w.tolist() == [0.5, 1.0] and w.requires_grad
    y = (w * w).sum()
    w.data = np.zeros(2, np.float32)
    with pytest.raises(RuntimeError, match="written in place since"):
        y.backward()


def test_data_of_a_result():
    """Its own array is left to whoever saved it: they have the old numbers."""
    w = mg.tensor([1.0, 2.0], requires_grad=True)
    y = mg.exp(w)
    z = y.sum()
    y.data = np.zeros(2, np.float32)
    with pytest.raises(RuntimeError, match="written in place since"):
        z.backward()


def test_data_that_cannot_be_written_to():
    t = mg.from_numpy(np.broadcast_to(np.float32(1), (2, 2))).requires_grad_()
    with pytest.raises(ValueError, match=r"\[data\] this tensor's array cannot be written to"):
        t.data = np.zeros((2, 2), np.float32)


@each
def test_grad_takes_a_tensor_that_fits(name):
    t, g = tensors()[name], mg.full((2, 2), 3)
    t.grad = g
    assert t.grad is g
    t.grad = None
    assert t.grad is None


@each
@pytest.mark.parametrize("wrong", WRONG_GRADS, ids=repr)
def test_grad_takes_nothing_else(name, wrong):
    t = tensors()[name]
    with pytest.raises((TypeError, ValueError), match=r"\[grad\] .*found"):
        t.grad = wrong
    assert t.grad is None


def test_an_assigned_gradient_is_added_to_and_stepped_with():
    p = nn.Parameter(np.array([1.0, 2.0], np.float32))
    optimizer = optim.SGD([p], lr=1.0)
    p.grad = mg.tensor([0.5, 0.5])
    (p * 1).sum().backward()
    assert p.grad.tolist() == [1.5, 1.5]
    optimizer.step()
    assert p.tolist() == [-0.5, 0.5]


def test_a_gradient_of_another_device_or_shape_is_never_stored():
    from minigrad.graph import record

    def bad_rule(k, g, need):
        return (k.sum(g),)

    x = mg.tensor([1.0, 2.0], requires_grad=True)
    for shape in [(), (2,)]:
        y = record(x.k, x.data.sum() if shape == () else x.data, (x,), bad_rule)
        with pytest.raises(RuntimeError, match=r"a gradient of shape \(\) .* arrived for a tensor of shape \(2,\)"):
            y.backward(np.ones(shape, np.float32))
        assert x.grad is None


def test_a_copied_leaf_keeps_its_gradient():
    class Named(nn.Parameter):
        pass

    p = Named(np.arange(4.0, dtype=np.float32).reshape(2, 2).T)
    p.name = ["weight"]
    (p * p).sum().backward()
    for q in (copy.deepcopy(p), copy.copy(p)):
        assert type(q) is Named and q.requires_grad and q.name == ["weight"] and q.name is not p.name
        assert q.grad.tolist() == p.grad.tolist() and not np.shares_memory(q.grad.data, p.grad.data)
        assert q.data.strides == p.data.strides and not np.shares_memory(q.data, p.data)
        (q * 2).sum().backward()
        assert q.grad.tolist() == [[2, 6], [4, 8]] and p.grad.tolist() == [[0, 4], [2, 6]]
    model = nn.Sequential(nn.Linear(2, 1))
    model(mg.ones((3, 2))).sum().backward()
    assert copy.deepcopy(model)[0].weight.grad.tolist() == model[0].weight.grad.tolist()
