"""Hooks, retained gradients, and tensors that are gone when their gradient arrives.

test_choice.py runs this file on the other graph (plain or compiled) too.
"""

import weakref

import numpy as np
import pytest

import minigrad as mg

from .samples import leaf


@pytest.mark.parametrize("create_graph", [False, True])
def test_hooks_run_in_order_and_replace(create_graph):
    x = leaf([1.0, 2.0])
    h = x * 3
    order = []
    h.register_hook(lambda g: order.append(("first", g.tolist())))
    remove = h.register_hook(lambda g: g * 10)
    h.register_hook(lambda g: order.append(("third", g.tolist())))
    h.sum().backward(create_graph=create_graph, retain_graph=True)
    assert order == [("first", [1.0, 1.0]), ("third", [10.0, 10.0])]
    assert x.grad.tolist() == [30.0, 30.0]
    remove()
    remove()
    x.grad = None
    h.sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_hook_on_a_leaf_sees_the_whole_gradient_once():
    x = leaf([1.0, 2.0])
    calls = []

    def hook(g):
        assert isinstance(g, mg.Tensor) and not g.requires_grad and not mg.is_grad_enabled()
        calls.append(g.tolist())
        return -g

    x.register_hook(hook)
    (x * 2 + x * 3).sum().backward()
    assert calls == [[5.0, 5.0]] and x.grad.tolist() == [-5.0, -5.0]


def test_hook_may_return_an_array_and_must_fit():
    x = leaf([1.0, 2.0])
    remove = x.register_hook(lambda g: np.array([7.0, 8.0], np.float32))
    (x * 2).sum().backward()
    assert x.grad.tolist() == [7.0, 8.0] and x.grad.dtype == np.float64
    remove()
    x.register_hook(lambda g: np.ones(3))
    with pytest.raises(ValueError, match=r"\[register_hook\] the gradient has shape \(3,\), but the tensor has \(2,\)"):
        (x * 2).sum().backward()


def test_hook_replacement_is_differentiated():
    x = leaf([1.0, 2.0])
    x.register_hook(lambda g: g * g)
    (x**2).sum().backward(create_graph=True)        # hooked: (2x)^2
    g = x.grad
    assert g.tolist() == [4.0, 16.0]
    x.node.hooks.clear()
    x.grad = None
    g.sum().backward()
    assert x.grad.tolist() == [8.0, 16.0]


def test_a_gradient_kept_by_a_hook_is_not_written_later():
    x = leaf([1.0, 2.0])
    kept = []
    x.register_hook(kept.append)
    (x * 2).sum().backward()
    (x * 3).sum().backward()
    assert [g.tolist() for g in kept] == [[2.0, 2.0], [3.0, 3.0]] and x.grad.tolist() == [5.0, 5.0]
    assert not np.shares_memory(kept[1].data, x.grad.data)


def test_hook_error_is_the_users():
    x = leaf([1.0])

    def hook(g):
        raise KeyError("mine")

    x.register_hook(hook)
    with pytest.raises(KeyError, match="mine"):
        (x * 2).sum().backward()
    assert mg.is_grad_enabled()


def test_hook_needs_a_gradient():
    with pytest.raises(RuntimeError, match=r"\[register_hook\] .* no gradient will arrive"):
        mg.Tensor([1.0]).register_hook(print)
    with pytest.raises(RuntimeError, match=r"\[retain_grad\] this tensor does not require grad"):
        mg.Tensor([1.0]).retain_grad()


def test_retain_grad():
    x = leaf([1.0, 2.0])
    h, other = x * 3, x * 5
    h.retain_grad()
    y = (h * h + other).sum()
    y.retain_grad()
    y.backward()
    assert h.grad.tolist() == [6.0, 12.0] and y.grad.item() == 1.0 and other.grad is None
    assert not np.shares_memory(h.grad.data, x.grad.data)


def test_retained_gradient_of_a_dropped_tensor_goes_nowhere(no_gc):
    x = leaf([1.0, 2.0])
    h = x * 3
    h.retain_grad()
    y = h.sum()
    ref = weakref.ref(h)
    del h
    assert ref() is None
    y.backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_dropped_leaf_gets_nothing(no_gc):
    x, w = leaf([1.0]), leaf([2.0])
    y = (x * w).sum()
    del x
    y.backward()
    assert w.grad.tolist() == [1.0]
