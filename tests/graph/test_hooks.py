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


# ---- handles, and hooks that are called when the gradient is there

def test_a_handle_takes_its_hook_out_once_and_again():
    x = leaf([1.0])
    calls = []
    first, second = x.register_hook(lambda g: calls.append("first")), x.register_hook(lambda g: calls.append("second"))
    first.remove(), first.remove()
    with second:
        (x * 2).sum().backward()
    (x * 2).sum().backward()
    assert calls == ["second"]


def test_a_hook_that_is_registered_or_removed_by_a_hook_counts_from_the_next_backward_on():
    x = leaf([1.0])
    calls = []

    def hook(g):
        calls.append("first")
        second.remove()
        x.register_hook(lambda g: calls.append("third"))

    x.register_hook(hook)
    second = x.register_hook(lambda g: calls.append("second"))
    (x * 2).sum().backward()
    assert calls == ["first", "second"]
    (x * 2).sum().backward()
    assert calls[2:] == ["first", "third"]


def test_retain_grad_keeps_what_the_last_hook_left():
    x = leaf([1.0, 2.0])
    h = x * 3
    assert not h.retains_grad and not x.retains_grad and not h.detach().retains_grad
    h.retain_grad()
    h.retain_grad()
    h.register_hook(lambda g: g * 10)               # registered later, and yet before what is kept
    assert h.retains_grad
    h.sum().backward()
    assert h.grad.tolist() == [10, 10] and x.grad.tolist() == [30, 30]


@pytest.mark.parametrize("create_graph", [False, True])
def test_post_accumulate_hooks_find_the_gradient_in_its_place(create_graph):
    x = leaf([1.0, 2.0])
    found = []
    x.register_hook(lambda g: found.append("before") or g * 10)
    handle = x.register_post_accumulate_grad_hook(lambda t: found.append((t is x, t.grad.tolist(), mg.is_grad_enabled())))
    (x * 2 + x * 3).sum().backward(create_graph=create_graph)
    (x * 2).sum().backward(create_graph=create_graph)
    assert found == ["before", (True, [50, 50], create_graph), "before", (True, [70, 70], create_graph)]
    handle.remove()
    (x * 2).sum().backward()
    assert len(found) == 5


def test_an_optimiser_may_step_in_the_backward():
    """... and forget each gradient, so that at most one is alive."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    weights = [np.array([[1.0, 2], [3, 4]]), np.array([[0.5, -1], [2, 1]])]
    results = []
    for library, optim in ((mg, mg.optim), (torch, torch.optim)):
        a, b = (library.tensor(w, requires_grad=True) for w in weights)
        for w in (a, b):
            sgd = optim.SGD([w], lr=0.1)

            def step(w, sgd=sgd):
                sgd.step()
                sgd.zero_grad()

            w.register_post_accumulate_grad_hook(step)
        (library.tensor(np.array([[1.0, 1]])) @ a @ b).sum().backward()
        assert a.grad is None and b.grad is None
        results.append([w.detach().numpy() for w in (a, b)])
    np.testing.assert_allclose(results[0], results[1])


def test_post_accumulate_hooks_are_for_leaves_and_for_backward():
    x = leaf([1.0])
    with pytest.raises(RuntimeError, match=r"\[register_post_accumulate_grad_hook\] this tensor was made by mul_"):
        (x * 2).register_post_accumulate_grad_hook(print)
    with pytest.raises(RuntimeError, match=r"\[register_post_accumulate_grad_hook\] this tensor does not require grad"):
        mg.Tensor([1.0]).register_post_accumulate_grad_hook(print)
    calls = []
    x.register_post_accumulate_grad_hook(calls.append)
    mg.grad(lambda a: (a * 2).sum())(x)
    assert calls == [] and x.grad is None
    y = (x * 2).sum()
    del x
    y.backward()                                    # the leaf is gone, and nobody is told
    assert calls == []
