"""Nodes: what they hold, what they let go of, and what is recorded.

test_choice.py runs this file on the other graph (plain or compiled) too.
"""

import weakref

import numpy as np
import pytest

import minigrad as mg
from minigrad import graph

from .samples import STARTS, chain, leaf, seen, towers

# ---- what a node says of itself

def test_names():
    x = leaf([1.0, 2.0])
    assert x.node.name == "leaf" and (x * x).node.name == "mul" and x.reshape(2).node.name == "reshape"
    assert mg.split(x, 2)[1].node.name == "split[1]"
    assert (mg.Value(1) + 2).name == "add" and mg.Value(1).name == "leaf"


def test_nodes_hold_no_tensor():
    x = leaf([1.0, 2.0])
    y = x.exp()
    node = y.node
    held = [*node.parents, node.rule, *node.saved, *node.args, node.owner, node.hooks]
    assert not any(isinstance(h, mg.Tensor) for h in held) and node.saved[0] is y.data
    assert node.parents == (x.node,) and isinstance(node.parents, tuple) and x.node.owner() is x


# ---- what is recorded

def test_need_is_respected():
    """A rule computes only what is asked for: its other branch would raise."""

    def picky_rule(k, g, need):
        assert need == (True, False, False)
        return g, None if not need[1] else 1 / 0, None

    x = leaf([1.0])
    constant = mg.Tensor([1.0])
    y = graph.record(x.k, x.data, (x, constant, 3.0), picky_rule)
    y.sum().backward()
    assert x.grad.tolist() == [1.0] and constant.grad is None


def test_constants_record_nothing():
    a, b = mg.Tensor([1.0]), mg.Tensor([2.0])
    assert (a * b + 1).node is None
    assert not (a * b).requires_grad and (a * b).is_leaf


# ---- no garbage

def graph_parts(order, hooks, retain):
    """Build, walk, and drop a graph; weak references to its tensors and nodes."""
    x, w = leaf([1.0, 2.0, 3.0]), leaf([0.5, -1.0, 2.0])
    h = (x * w).tanh()
    first, second = mg.split(h.exp(), [1])
    loss = first.sum() + (second * x[1:]).sum()
    if hooks:
        h.register_hook(lambda g: g * 2)
        x.register_hook(lambda g: None)
        h.retain_grad()
    loss.backward(create_graph=order > 1, retain_graph=retain or None)
    tensors = [x, w, h, first, second, loss, x.grad, w.grad]
    if order > 1:
        g = (x.grad * w.grad).sum()
        x.grad = w.grad = None
        g.backward(create_graph=order > 2)
        tensors += [g, x.grad, w.grad]
    return [weakref.ref(t) for t in tensors] + [weakref.ref(t.node) for t in tensors if t.node is not None]


@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize("hooks", [False, True])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_nothing_is_left_without_the_collector(order, hooks, retain, no_gc):
    refs = graph_parts(order, hooks, retain)
    assert len(refs) > 12 and [r() for r in refs] == [None] * len(refs)


def test_a_graph_never_walked_is_dropped(no_gc):
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    refs = [weakref.ref(y), weakref.ref(y.node), weakref.ref(y.node.parents[0])]
    del y
    assert [r() for r in refs] == [None] * 3


def test_values_leave_no_cycle(no_gc):
    def parts():
        a, b = mg.Value(2.0), mg.Value(3.0)
        c = (a * b + a).tanh()
        c.backward()
        return [weakref.ref(v) for v in (a, b, c, c.parents[0])]

    assert [r() for r in parts()] == [None] * 4


def test_values_of_second_order_go_when_grad_is_cleared(no_gc):
    """A Value is its own node, so the gradient's graph leads back to it: clearing grad opens the cycle."""
    a = mg.Value(2.0)
    y = a * a * a
    y.backward(create_graph=True)
    ref = weakref.ref(a)
    for node in (a, y, y.parents[0]):
        node.grad = None
    del a, y, node
    assert ref() is None


# ---- dropped by the user

@pytest.mark.parametrize("kind", STARTS)
def test_chain_of_1_000_000_is_dropped(kind, no_gc):
    x = STARTS[kind]()
    first = chain(x, 1)
    ref = weakref.ref(first if kind == "value" else first.node)
    y = chain(first, 1_000_000)
    del first
    assert ref() is not None
    del y
    assert ref() is None


def test_activation_that_no_rule_saved_dies_when_dropped(no_gc):
    x = leaf([1.0, 2.0])
    h = x + 1
    z = h + 1
    ref = weakref.ref(h.data)
    del h
    assert ref() is None
    z.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


# ---- several outputs

@pytest.mark.parametrize("use", [lambda a, b: a * b, lambda a, b: a, lambda a, b: b * b, lambda a, b: a + b + a])
def test_several_outputs_to_third_order(use):
    """Saved own outputs (OUT, OUT - 1) are tied to the outputs' nodes: the same as two operations in a row."""
    x, t = leaf([0.1, -0.4]), leaf([0.1, -0.4])
    y = use(*towers(x)[:2])
    z = use(mg.exp(t), mg.exp(mg.exp(t)))
    for _ in range(3):
        x.grad = t.grad = None
        y.sum().backward(create_graph=True)
        z.sum().backward(create_graph=True)
        y, z = x.grad, t.grad
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-13)


def test_untouched_outputs_arrive_as_none():
    x = leaf([0.1, 0.2])
    for use, expected in ((0, [True, False, False]), (1, [False, True, False])):
        seen.clear()
        towers(x)[use].sum().backward()
        assert seen == [expected]


def test_outputs_are_dropped_one_by_one(no_gc):
    x = leaf([0.1, 0.2])
    a, b, c = towers(x)
    refs = [weakref.ref(t) for t in (a, c)] + [weakref.ref(c.data)]
    del a, c
    assert [r() for r in refs] == [None] * 3
    b.sum().backward()
    assert x.grad is not None


def test_split_and_concatenate_to_second_order():
    x = leaf([1.0, 2.0, 3.0])
    a, b = mg.split(x, [1])
    (mg.concatenate([b * b, a]) ** 2).sum().backward(create_graph=True)
    g = x.grad
    np.testing.assert_allclose(g.detach().numpy(), [2.0, 32.0, 108.0])
    x.grad = None
    (g * g).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [8.0, 2 * 32 * 48.0, 2 * 108 * 108.0])


def test_hooks_and_retained_gradients_of_one_output():
    x = leaf([1.0, 2.0])
    a, b = mg.split(x, 2)
    a.retain_grad()
    a.register_hook(lambda g: g * 10)
    (a * 3 + b).sum().backward()
    assert a.grad.tolist() == [30.0] and x.grad.tolist() == [30.0, 1.0]
    assert a.node.name == "split[0]"
