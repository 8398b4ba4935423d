"""Writes in place: a gradient whose data was written to is refused, and no other.

test_choice.py runs this file on the other graph (plain or compiled) too.
"""

import gc
import mmap

import numpy as np
import pytest

import minigrad as mg
from minigrad import graph
from minigrad.tensor import constant

from .samples import WRITTEN, leaf, overwrite

# ---- in-place writes are noticed

SHARED = {
    "itself": lambda w: w,
    "reshape": lambda w: w.reshape(4),
    "transpose": lambda w: w.T,
    "getitem": lambda w: w[0],
    "detach": lambda w: w.detach(),
    "view of a view": lambda w: w.T.reshape(2, 2)[1].detach(),
    "broadcast": lambda w: w.detach()[:1],
}


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("operation", [lambda w, x: w * x, lambda w, x: x / w, lambda w, x: x @ w, lambda w,
                                       x: (w * w) + x])
def test_a_write_to_a_saved_array_or_its_view_is_an_error(name, operation):
    w = leaf([[1.0, 2.0], [3.0, 4.0]])
    x = leaf([[1.0, 1.0], [1.0, 1.0]])
    y = operation(w, x).sum()
    view = SHARED[name](w)
    if name == "view of a view":
        view = w.detach().reshape(2, 2)[1]
    with mg.no_grad():
        view[...] = 5.0
    with pytest.raises(RuntimeError, match=WRITTEN):
        y.backward()


@pytest.mark.parametrize("save", [lambda v: v.T, lambda v: v.reshape(4), lambda v: v[1], lambda v: v.detach()])
def test_a_write_to_the_base_of_a_saved_view_is_an_error(save):
    base = mg.Tensor(np.ones((2, 2)))
    x = leaf(2.0)
    y = (x * save(base)).sum()
    base[0, 0] = 3.0
    base[1, 1] = 3.0
    with pytest.raises(RuntimeError, match=r"an array that mul saved .* Compute the result again after the write"):
        y.backward()


def test_an_optimiser_step_before_backward_is_an_error():
    w, x = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    y = (w * x).sum()
    np.subtract(w.data, 0.1, out=w.data)
    w.touch()
    with pytest.raises(RuntimeError, match=WRITTEN):
        y.backward()
    y = (w * x).sum()
    y.backward()
    np.testing.assert_allclose(x.grad.numpy(), [0.9, 1.9])


def test_writes_that_no_gradient_needs_are_fine():
    w, x = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    other = mg.Tensor([1.0, 2.0])
    with mg.no_grad():
        w[0] = 7.0                                  # before the operation
    y = (w * 2 + x).sum() + (x * x).sum()
    other[0] = 5.0                                  # no array of the graph
    with mg.no_grad():
        w[1] = 9.0                                  # w * 2 needs 2, not w
    y.backward()
    assert w.grad.tolist() == [2.0, 2.0] and x.grad.tolist() == [7.0, 9.0]


def test_a_write_to_a_saved_result_is_an_error():
    x = leaf([1.0, 2.0])
    y = x.exp()
    with mg.no_grad():
        y[0] = 0.0
    with pytest.raises(RuntimeError, match="exp saved"):
        y.sum().backward()


def test_a_write_to_a_constant_factor_or_condition_is_an_error():
    x = leaf([1.0, 2.0])
    mask = mg.Tensor([True, False])
    y = mg.where(mask, x, 0.0).sum()
    mask[0] = False
    with pytest.raises(RuntimeError, match=WRITTEN):
        y.backward()


def test_a_write_between_the_orders_is_an_error():
    w = leaf([1.0, 2.0])
    (w * w * w).sum().backward(create_graph=True)
    g = w.grad.sum()
    with mg.no_grad():
        w[0] = 5.0
    with pytest.raises(RuntimeError, match=WRITTEN):
        g.backward()


def test_values_do_not_mind_writes():
    a = mg.Value(3.0)
    y = a * a
    mg.Tensor([1.0])[0] = 2.0
    y.backward()
    assert a.grad == 6.0


# ---- whose memory it is

def two_over_one_buffer():
    buffer = bytearray(16)
    return mg.from_numpy(np.frombuffer(buffer, np.float64)), mg.from_numpy(np.frombuffer(buffer, np.float64))


def two_over_one_map():
    pages = mmap.mmap(-1, 4096)
    return mg.from_numpy(np.frombuffer(pages, np.float64, 2)), mg.from_numpy(np.frombuffer(pages, np.float64, 2))


class Foreign:
    """Somebody else's memory, by the array interface."""

    def __init__(self, of):
        self.__array_interface__ = dict(of.__array_interface__)
        self.of = of


def two_by_the_interface():
    of = np.zeros(2)
    return mg.from_numpy(np.asarray(Foreign(of))), mg.from_numpy(np.asarray(Foreign(of)))


def two_views():
    of = np.zeros(4)
    return mg.from_numpy(of[1:3]), mg.from_numpy(of[:3][::-1][:2])


@pytest.mark.parametrize("two", [two_over_one_buffer, two_over_one_map, two_by_the_interface, two_views])
def test_memory_has_one_name_whoever_reaches_it(two):
    a, b = two()
    w = leaf([1.0, 2.0])
    y = (a * w).sum()
    overwrite(b)
    with pytest.raises(RuntimeError, match=WRITTEN):
        y.backward()


def test_neighbours_in_one_array_are_not_confused():
    of = np.zeros(8)
    a, b, w = mg.from_numpy(of[:4]), mg.from_numpy(of[4:]), leaf([1.0, 2.0, 3.0, 4.0])
    y = (a * w).sum()
    overwrite(b)
    y.backward()
    assert w.grad.tolist() == [0.0] * 4


def test_overlapping_writes_are_all_looked_at():
    """A long region that was written before a short one begins further left and ends further right."""
    of = np.zeros(100)
    w = leaf([1.0])
    saved = {i: (mg.from_numpy(of[i:i + 1]) * w).sum() for i in (10, 50, 90)}
    overwrite(mg.from_numpy(of[5:60]))
    overwrite(mg.from_numpy(of[20:30]))
    for i in (10, 50):
        with pytest.raises(RuntimeError, match=WRITTEN):
            saved[i].backward()
    saved[90].backward()


@pytest.mark.parametrize("make", [lambda: mg.zeros(2, dtype=np.float64), lambda: two_over_one_buffer()[0]],
                         ids=["arrays", "buffers"])
def test_the_register_forgets_memory_that_is_gone(make):
    register = graph.chosen.written
    w, kept = leaf([1.0, 2.0]), make()
    y = (kept * w).sum()
    overwrite(kept)
    for _ in range(5000):
        overwrite(make())
    gc.collect()
    assert len(register) <= 3000
    with pytest.raises(RuntimeError, match=WRITTEN):            # what is still there is not forgotten
        y.backward()


def test_nodes_are_asked_only_about_writes_after_them():
    """No table call a node, however many writes there were before it; and none where nothing was written since."""
    calls = []

    class Counting(type(mg.zeros(1).k)):
        def memory(self, a):
            calls.append(a)
            return super().memory(a)

    k = Counting(*([np] if mg.zeros(1).device == "numpy" else []))
    x = constant(k, np.ones(3)).requires_grad_()
    other = mg.zeros(1)
    for _ in range(100):
        overwrite(other)
    (x * x).sum().backward()
    assert not calls
    y = (x * x * x).sum()
    overwrite(other)
    z = y * y
    calls.clear()
    z.backward()
    assert 0 < len(calls) <= 4          # the two products' two arrays each
