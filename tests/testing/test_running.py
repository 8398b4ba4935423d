"""Running an operation for the checks: names, leaves, incoming gradients, derivatives of every order, devices."""

import functools

import numpy as np
import pytest

import minigrad as mg
from minigrad.testing import running
from minigrad.testing.running import Case

A = np.array([[0.5, -1.5, 2.0], [1.0, 3.0, -0.25]])


def test_names():
    def mine(x):
        return x

    assert running.name_of(mine) == "mine"
    assert running.name_of(functools.partial(mine, 1)) == "mine"
    assert running.name_of(mg.nn.Linear(3, 2)) == "Linear"
    assert str(Case(mine, (A, 2), {"axis": 0})) == "mine(float64 (2, 3), 2, axis=0)"


def test_only_arrays_of_floating_point_become_leaves():
    seen = []
    leaves, outputs = running.call(Case(lambda *args: seen.extend(args) or (args[0], args[0] * 2), ()), (A, np.arange(2), "a"))
    assert list(leaves) == [0]
    assert leaves[0].requires_grad
    assert np.shares_memory(leaves[0].detach().numpy(), A)
    assert isinstance(seen[1], np.ndarray)
    assert seen[2] == "a"
    assert len(outputs) == 2


def test_one_leaf_for_two_arguments():
    leaves, (y,) = running.call(Case(mg.mul, ()), (A, A.copy()), same=(0, 1))
    assert leaves[0] is leaves[1]
    y.backward(mg.ones(A.shape, dtype=np.float64))
    np.testing.assert_allclose(leaves[0].grad.numpy(), 2 * A)


def test_incoming_gradients_have_no_two_alike():
    g = running.incoming(np.zeros((4, 5), np.float32), 0)
    assert g.dtype == np.float32
    assert np.unique(g).size == 20
    assert g.all()
    assert (g != running.incoming(g, 1)).all()


@pytest.mark.parametrize("order", ["C", "F", "reversed"])
def test_first_derivatives(order):
    outputs, gradients = running.derivatives(Case(mg.power, (A, 2.0)), (A, 2.0), order)
    np.testing.assert_allclose(outputs[0], A**2)
    np.testing.assert_allclose(gradients[0], 2 * A * running.incoming(A, 0))


def test_derivatives_of_each_order():
    g = running.incoming(A, 0)
    values, first, second = running.orders(Case(lambda x: x * x * x, (A,)), 2)
    np.testing.assert_allclose(values[0], A**3)
    np.testing.assert_allclose(first[0], 3 * A**2 * g)
    np.testing.assert_allclose(second[0], 6 * A * g * g)
    assert len(running.orders(Case(mg.exp, (A,)), 0)) == 1


def test_an_unused_input_has_no_gradient():
    _, gradients = running.derivatives(Case(lambda a, b: a * 2, ()), (A, A.copy()))
    assert gradients[1] is None


def test_converted_leaves_other_arguments_alone():
    whole = np.arange(3)
    single, same, text = running.converted((A.T, whole, "a"), np.float32)
    assert single.dtype == np.float32
    assert single.flags.c_contiguous
    assert same is whole
    assert text == "a"


def test_the_default_device_comes_back_after_an_error():
    before = mg.zeros(1).device
    with pytest.raises(ZeroDivisionError), running.on_device("numpy"):
        assert mg.zeros(1).device == "numpy"
        1 / 0       # noqa: B018
    assert mg.zeros(1).device == before
