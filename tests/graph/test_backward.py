"""The walk: depth, order, what it frees, what it refuses, and two of them at once.

test_choice.py runs this file on the other graph (plain or compiled) too.
"""

import weakref
from functools import partial

import numpy as np
import pytest

import minigrad as mg
from minigrad import graph, rules

from .samples import FREED, STARTS, both, chain, in_thread, leaf

# ---- depth and order

@pytest.mark.parametrize("kind", STARTS)
def test_chain_of_100_000_is_walked(kind, no_gc):
    x = STARTS[kind]()
    y = x
    for _ in range(100_000):
        y = -y
    y.backward()
    assert float(x.grad) == 1.0
    del y


@pytest.mark.parametrize("kind", STARTS)
def test_chain_of_100_000_on_a_small_stack(kind, no_gc):
    """512 KiB of stack: neither the walk nor the drop may recurse."""

    def build_walk_drop():
        x = STARTS[kind]()
        y = chain(x, 100_000)
        y.backward()
        ref = weakref.ref(y if kind == "value" else y.node)
        del y
        dropped = ref() is None
        y = chain(x, 100_000)
        del y
        return float(x.grad), dropped

    assert in_thread(build_walk_drop, 512 * 1024) == (1.0, True)


@pytest.mark.parametrize("kind", STARTS)
def test_sixty_stacked_diamonds(kind, no_gc):
    """x = x + x, sixty times: 2^60 paths, 61 nodes."""
    x = STARTS[kind]()
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert float(x.grad) == 2.0**60


def test_each_node_is_visited_once(no_gc):
    visits = []

    def counting_rule(k, g, need, n):
        visits.append(n)
        return g, g

    x = leaf(1.0)
    y = x
    for n in range(60):
        y = graph.record(x.k, x.data, (y, y), counting_rule, (), (n,))
    y.backward()
    assert visits == list(range(60))[::-1]
    assert x.grad.item() == 2.0**60


def test_a_node_waits_for_all_its_children():
    """A long and a short way to the same node: its rule runs once, with the whole gradient."""
    seen = []

    def noting_rule(k, g, need):
        seen.append(float(g))
        return (g,)

    x = leaf(2.0)
    h = graph.record(x.k, x.data, (x,), noting_rule)
    (h * 3 + chain(h, 50) * 4 + h).backward()
    assert seen == [8.0] and x.grad.item() == 8.0


# ---- freed as it goes

def test_saved_activation_dies_in_backward(no_gc):
    x = leaf([1.0, 2.0])
    h = x + 1
    z = (h * h).sum()
    ref = weakref.ref(h.data)
    del h
    assert ref() is not None
    z.backward()
    assert ref() is None and x.grad.tolist() == [4.0, 6.0]


def test_the_walk_frees_before_it_ends(no_gc):
    x = leaf([0.1, 0.2])
    a = x.exp()
    b = a.exp()
    c = b.exp()
    refs = [weakref.ref(c.data)]
    alive = []
    a.register_hook(lambda g: alive.append([r() is not None for r in refs]))
    z = c.sum()
    del b, c
    z.backward()
    assert alive == [[False]]


def test_saved_activation_stays_with_retain_graph(no_gc):
    x = leaf([1.0, 2.0])
    h = x + 1
    z = (h * h).sum()
    ref = weakref.ref(h.data)
    del h
    z.backward(retain_graph=True)
    assert ref() is not None
    z.backward()
    assert ref() is None and x.grad.tolist() == [8.0, 12.0]


@pytest.mark.parametrize("build", [lambda x: (x * x).sum(), lambda x: x + 1, lambda x: mg.split(x, 1)[0], lambda x: -x])
def test_second_backward_is_a_clear_error(build):
    x = leaf([3.0])
    y = build(x)
    y.backward()
    before = x.grad
    values = before.tolist()
    with pytest.raises(RuntimeError, match=FREED + r".*retain_graph=True, or compute the result again"):
        y.backward()
    assert x.grad is before and before.tolist() == values


def test_partial_overlap_delivers_nothing():
    """The second root reaches fresh nodes and freed ones: the error comes before any gradient is delivered."""
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    h = x.exp()
    first, second = h.sum(), (h * w).sum() + w.sum()
    first.backward()
    before = x.grad.tolist()
    with pytest.raises(RuntimeError, match=rf"\[backward\].*{FREED}.*exp"):
        second.backward()
    assert w.grad is None and x.grad.tolist() == before


def test_partial_overlap_with_retain_graph():
    x = leaf([1.0, 2.0])
    h = x * x
    h.sum().backward(retain_graph=True)
    (h * h).sum().backward()
    assert x.grad.tolist() == [2 + 4, 4 + 32]


def test_one_output_of_several_freed():
    x = leaf([1.0, 2.0])
    a, b = mg.split(x, 2)
    a.sum().backward()
    with pytest.raises(RuntimeError, match=FREED):
        b.sum().backward()
    assert x.grad.tolist() == [1.0, 0.0]


# ---- rules that skip, and rules that find nothing

@pytest.mark.parametrize("rule", [rules.mul, rules.div, rules.power, rules.maximum, rules.where])
def test_rules_skip_what_nobody_needs(rule):
    """Only the constant's gradient would need these kernels, which the table lacks."""

    class Table:
        def __init__(self, *names):
            for name in names:
                setattr(self, name, lambda *args: 1.0)

    kernels = {rules.mul: ("pick_mul",), rules.div: ("pick_div",),
               rules.power: ("pick_mul", "pick_both", "where", "equal", "power", "sub"),
               rules.maximum: ("where", "div", "greater", "less", "equal"), rules.where: ("where",)}[rule]
    arguments = {rules.mul: (2.0, 3.0), rules.div: (3.0, 1.5), rules.power: (2.0, 3.0, 8.0), rules.maximum: (2.0, 3.0),
                 rules.where: (True,)}[rule]
    need = (False, True, False) if rule is rules.where else (True, False)
    parts = rule(Table(*kernels), 1.0, need, *arguments)
    assert [p is not None for p in parts] == list(need)


def test_a_rule_may_find_a_zero_gradient():
    """None from a rule is a zero: what lies below gets nothing from there, and the walk still ends."""
    x, w = leaf([1.0]), leaf([2.0])
    blocked = graph.record(x.k, x.data, (x.exp(),), lambda k, g, need: (None,))
    (blocked + w + x).sum().backward()
    assert x.grad.tolist() == [1.0] and w.grad.tolist() == [1.0]
    x.grad = None
    graph.record(x.k, x.data, (x.exp().exp(),), lambda k, g, need: (None,)).backward()
    assert x.grad is None


# ---- two walks at once

def test_two_threads_add_into_one_leaf(eager_switching):
    x = leaf([1.0, 2.0, 3.0])

    def work():
        for _ in range(300):
            (x * 2 + x).sum().backward()

    both(work)
    assert x.grad.tolist() == [1800.0] * 3


def test_two_threads_add_into_one_value(eager_switching):
    x = mg.Value(1)

    def work():
        for _ in range(300):
            (x * 2 + x).backward()

    both(work)
    assert x.grad == 1800


def test_threads_that_walk_one_graph_without_retaining_it(eager_switching):
    """The first one there frees it as it goes; the others are told so, wherever they are by then."""

    def work(root, refused):
        try:
            root.backward()
        except RuntimeError as error:
            assert FREED in str(error)
            refused.append(error)

    for _ in range(100):
        x = y = leaf([1.0, 2.0])
        for _ in range(30):
            y = mg.tanh(y * 1.01)
        refused = []
        both(partial(work, y.sum(), refused), n=3)
        assert x.grad is not None or len(refused) == 3


def test_two_threads_write_and_walk(eager_switching):
    """Each thread writes into its own tensors: no walk mistakes the other's writes for its own."""

    def work():
        w = leaf([1.0, 2.0])
        for _ in range(200):
            y = (w * w).sum()
            y.backward()
            with mg.no_grad():
                w[...] = w - 0.01 * w.grad
            w.grad = None
        np.testing.assert_allclose(w.detach().numpy(), np.array([1, 2]) * 0.98**200, rtol=1e-9)

    both(work)
