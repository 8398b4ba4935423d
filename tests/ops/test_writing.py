"""Copies in which some elements are others: scatter, index_add, a.at[...]; who of several gets the gradient; errors."""

import re

import numpy as np
import pytest

import minigrad as mg
from minigrad.testing import gradcheck, gradgradcheck

A = np.array([[1.0, -2.0, 0.5], [3.0, 4.0, -1.5]])
INDICES = {
    "basic": (0, slice(None, None, 2)), "slice": slice(1, None), "rows": [1, 0], "repeats": ([0, 0, 1, 0], [1, 1, 2, 1]),
    "mask": A > 0, "mixed": (slice(None), [2, 2, 0]), "none": ([], []), "negative": (-1, [-1, 2]),
    "all": ..., "0-d": (1, np.array(1)),
}
UFUNCS = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "min": np.minimum,
          "max": np.maximum}


def values_at(index, seed=0):
    return np.round(np.random.default_rng(seed).uniform(0.6, 2.6, A[index].shape), 3)


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
@pytest.mark.parametrize("name", UFUNCS)
def test_updates_are_the_ufuncs_at(name, index, device):
    values = values_at(index)
    expected = A.copy()
    UFUNCS[name].at(expected, index, values)
    x = mg.Tensor(A)
    np.testing.assert_allclose(getattr(x.at[index], name)(values).numpy(), expected, rtol=1e-12)
    assert x.tolist() == A.tolist()                     # a copy: nothing is written to


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
@pytest.mark.parametrize("name", ["set", *UFUNCS])
def test_updates_have_gradients(name, index):
    def update(a, values):
        return getattr(a.at[index], name)(values)

    assert gradcheck(update, A, values_at(index)) and gradgradcheck(update, A, values_at(index))


def test_set(device):
    x = mg.Tensor(A, dtype=np.float32, requires_grad=True)
    assert x.at[0].set(7).tolist() == [[7, 7, 7], A[1].tolist()] and x.at[0].set(7).dtype == np.float32
    assert x.at[x > 0].set(0).tolist() == np.where(A > 0, 0, A).tolist()
    assert x.at[:, 0].set([8, 9]).tolist() == [[8, -2, 0.5], [9, 4, -1.5]]
    assert x.at[0, 1].get().item() == -2 and x.at[0, 1].power(2).tolist()[0] == [1, 4, 0.5]
    x.at[0].set(x[1]).sum().backward()
    assert x.grad.tolist() == [[0, 0, 0], [2, 2, 2]]
    counts = mg.Tensor(np.arange(3))
    assert counts.at[0].add(5).tolist() == [5, 1, 2] and counts.at[0].add(5).dtype == np.int64
    assert counts.at[0].set(0.5).dtype == np.float32
    assert counts.astype(bool).at[0].set(True).tolist() == [True, True, True]


def test_of_several_values_for_one_place_the_last_stands(device):
    """... and it alone gets a gradient: so the gradients are right where PyTorch leaves open who wins."""
    x, v = mg.Tensor([0.0, 0, 0], requires_grad=True), mg.Tensor([1.0, 2, 3, 4], requires_grad=True)
    for y in (x.at[[1, 0, 1, 1]].set(v), mg.scatter(x, 0, [1, 0, 1, 1], v)):
        assert y.tolist() == [2, 4, 0]
        x.grad = v.grad = None
        (y * mg.Tensor([10.0, 20, 30])).sum().backward()
        assert x.grad.tolist() == [0, 0, 30] and v.grad.tolist() == [0, 10, 0, 20]


def test_ties_of_updates_are_split():
    x, v = mg.Tensor([1.0, 5], requires_grad=True), mg.Tensor([1.0], requires_grad=True)
    x.at[[0]].max(v).sum().backward()
    assert x.grad.tolist() == [0.5, 1] and v.grad.tolist() == [0.5]


def test_two_dtypes(device):
    a, b = mg.Tensor([1.0, 2], requires_grad=True), mg.Tensor(np.array([3.0]), requires_grad=True)
    for y in (a.at[[0]].set(b), a.at[[0]].add(b), a.at[[0, 0]].multiply(b), mg.scatter(a, 0, [0], b),
              mg.index_add(a, 0, [0], b)):
        assert y.dtype == np.float64
        a.grad = b.grad = None
        y.sum().backward()
        assert a.grad.dtype == np.float32 and b.grad.dtype == np.float64


def test_scatter_and_gather_are_pytorchs(device):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    for _ in range(20):
        shape = tuple(rng.integers(1, 4, 3))
        axis = int(rng.integers(-3, 3))
        sizes = [rng.integers(0, n + 1) for n in shape]
        index = rng.integers(0, shape[axis], sizes)
        a, src = rng.standard_normal(shape), rng.standard_normal([n + 1 for n in sizes])
        t, i, s = torch.tensor(a), torch.tensor(index), torch.tensor(src)
        for ours, theirs in ((mg.scatter_add(mg.Tensor(a), axis, index, src), t.scatter_add(axis, i, s)),
                             (mg.gather(mg.Tensor(a), axis, index), t.gather(axis, i)),
                             (mg.scatter(mg.Tensor(a), axis, index, 2.5), t.scatter(axis, i, 2.5))):
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-12)


@pytest.mark.parametrize("call, error, text", [
    (lambda x: x.at[2].set(0), IndexError, "[at] index 2 is out of bounds for axis 0 with size 2: the tensor has shape (2, 3)"),
    (lambda x: x.at[0].add(np.ones(2)), ValueError,
     "[at] the values (2,) do not broadcast to the (3,) that the index picks of"),
    (lambda x: x.at[0].set("a"), TypeError, "[at] expected a number, an array or a tensor beside a tensor, found str"),
    (lambda x: mg.scatter(x, 1, [[0]] * 3, 0.0), ValueError,
     "[scatter] the index must have as many axes as the tensor, and be no larger beside axis 1: the index (3, 1), the"),
    (lambda x: mg.scatter(x, 1, [[0, 1]], mg.ones((1, 1))), ValueError,
     "[scatter] the index must have as many axes as src, and be no larger: the index (1, 2), src (1, 1)"),
    (lambda x: mg.scatter(x, 1, [[3]], 0.0), IndexError, "[scatter] index 3 is out of bounds for axis 1 with size 3"),
    (lambda x: mg.scatter(x, 1, [[0.5]], 0.0), TypeError, "[scatter] the index must be integers, found float64"),
    (lambda x: mg.scatter_add(x, 1, [[0]], 1.0), ValueError,
     "[scatter_add] src must be a tensor of the index's shape (1, 1) or"),
    (lambda x: mg.scatter_add(x, 1, [[3]], mg.ones((1, 1))), IndexError, "[scatter_add] index 3 is out of bounds for axis 1"),
    (lambda x: mg.index_add(x, 1, [0], mg.ones(2)), ValueError,
     "[index_add] expected an index of one axis and a source (2, 1) for the tensor (2, 3): found index (1,), source (2,)"),
    (lambda x: mg.index_add(x, 1, [3], mg.ones((2, 1))), IndexError,
     "[index_add] index 3 is out of bounds for axis 1 with size 3"),
])
def test_errors(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        call(mg.zeros((2, 3)))
