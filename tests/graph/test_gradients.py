"""Gradients have owners: what a leaf is given is its own array, and what is there already is never written to.

test_choice.py runs this file on the other graph (plain or compiled) too.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad import graph

from .samples import leaf


def borrow_rule(k, g, need, saved, extra):
    return saved, extra


def borrow(x, y):
    """An operation whose rule hands out what it saved, and an argument."""
    return graph.record(x.k, x.data + y.data, (x, y), borrow_rule, (0,), (EXTRA,), (EXTRA,))


EXTRA = np.ones(6, np.float32)
INTO_SIX = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "add a number": lambda x, y: (x + 1) + (y + 1),
    "product": lambda x, y: x * y,
    "sum": lambda x, y: (x.sum() + y.sum()).reshape(1),
    "reshape": lambda x, y: x.reshape(2, 3) + y.reshape(2, 3),
    "transpose": lambda x, y: x.reshape(2, 3).T + y.reshape(2, 3).T,
    "getitem": lambda x, y: x[:] + y[...],
    "concatenate": lambda x, y: mg.concatenate([x, y]),
    "broadcast": lambda x, y: mg.broadcast_to(x, (4, 6)) + mg.broadcast_to(y, (4, 6)),
    "split": lambda x, y: mg.split(x, 2)[0] + mg.split(y, 2)[1],
    "borrowed": borrow,
    "twice": lambda x, y: x + y + x,
    "max": lambda x, y: mg.maximum(x, y),
    "relu": lambda x, y: mg.relu(x) + mg.relu(y),
    "leaf": lambda x, y: x,
}


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("name", INTO_SIX)
def test_leaf_gradients_own_their_arrays(name, given, create_graph, device):
    """No gradient shares memory with the incoming one, another one, an input or a saved array; all are writable."""
    if name == "borrowed" and create_graph:
        name = "add"                    # its rule hands out plain arrays, which only the first order knows
    x, y = mg.Tensor(np.arange(1.0, 7.0, dtype=np.float32), requires_grad=True), mg.ones(6, requires_grad=True)
    z = INTO_SIX[name](x, y)
    seed = mg.Tensor(np.full(z.shape, 2.0, np.float32))
    if given or z.size > 1:
        z.backward(seed, create_graph=create_graph)
    else:
        z.backward(create_graph=create_graph)
    grads = [t.grad for t in (x, y) if t.grad is not None]
    assert grads and len(grads) == (1 if name == "leaf" else 2)
    for i, grad in enumerate(grads):
        assert grad.data.flags.writeable and grad.dtype == np.float32 and grad.shape == (6,)
        others = [seed.data, x.data, y.data, z.data, EXTRA, *(h.data for j, h in enumerate(grads) if j != i)]
        assert not any(np.shares_memory(grad.data, other) for other in others)


def test_gradient_given_as_an_array_is_not_kept():
    x = leaf([1.0, 2.0])
    seed = np.array([1.0, 1.0])
    x.backward(seed)
    seed[:] = 9
    assert x.grad.tolist() == [1.0, 1.0]


def test_root_that_is_a_leaf():
    x = leaf(5.0)
    x.backward()
    x.backward()
    assert x.grad.item() == 2.0


def test_accumulation_writes_into_nothing_that_is_held():
    """A second backward adds; the first gradient, which the user may hold, keeps its value."""
    x = leaf([1.0, 2.0])
    (x * 3).sum().backward()
    first = x.grad
    (x * 4).sum().backward()
    assert first.tolist() == [3.0, 3.0] and x.grad.tolist() == [7.0, 7.0]


def test_accumulation_spares_an_array_of_the_user():
    x = leaf([1.0, 2.0])
    mine = np.array([10.0, 20.0])
    x.grad = mg.from_numpy(mine)
    (x * 3).sum().backward()
    assert mine.tolist() == [10.0, 20.0] and x.grad.tolist() == [13.0, 23.0]


def test_accumulation_after_create_graph_spares_the_other_leaf():
    x, y = leaf([1.0, 2.0]), leaf([1.0, 2.0])
    (x + y).sum().backward(create_graph=True)
    (x * 2).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0] and y.grad.tolist() == [1.0, 1.0]


def test_accumulation_spares_a_gradient_that_was_computed_with():
    x, w = leaf([1.0, 2.0]), leaf([5.0, 7.0])
    (x * 3).sum().backward()
    later = (x.grad * w).sum()
    (x * 4).sum().backward()
    later.backward()
    assert w.grad.tolist() == [3.0, 3.0]


@pytest.mark.parametrize("build, expected", [
    (lambda x: x * x, [2.0, 4.0]),
    (lambda x: x + x + x, [3.0, 3.0]),
    (lambda x: x * x * x, [3.0, 12.0]),
    (lambda x: x * 2 + x.exp() * 0 + x.reshape(2), [3.0, 3.0]),
    (lambda x: mg.concatenate([x, x, x]), [3.0, 3.0]),
])
def test_a_leaf_used_several_times(build, expected):
    x = leaf([1.0, 2.0])
    build(x).sum().backward()
    assert x.grad.tolist() == expected


def test_gradients_shared_on_the_way_are_not_written():
    """g goes to two nodes at once; one of them gets more: the other must not see it."""
    x, y = leaf([1.0, 1.0]), leaf([1.0, 1.0])
    a, b = x * 1, y * 1
    (a + b + a + a).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0] and y.grad.tolist() == [1.0, 1.0]
