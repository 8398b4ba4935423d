"""Every array that a node holds is known to it, whoever put it there: so no write into one goes unnoticed.

test_choice.py runs this file on the other graph (plain or compiled) too.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.testing.operations import descriptions

from ..ops.samples import drawn, is_float
from ..ops.test_every_operation import several
from .samples import WRITTEN, leaf, overwrite

CHANGED = "has changed since"


def nodes(*tensors):
    """Every node that these depend on."""
    found, stack = {}, [t.node for t in tensors if t.node is not None]
    while stack:
        node = stack.pop()
        if id(node) not in found:
            found[id(node)] = node
            stack += [p for p in node.parents if p is not None]
    return list(found.values())


def arrays_inside(a, seen=()):
    """Every array at any depth of what a node holds: in tuples, lists, dicts and the attributes of objects."""
    if isinstance(a, mg.Tensor):
        return [a.data]
    if isinstance(a, np.ndarray):
        return [a]
    if any(a is b for b in seen) or isinstance(a, type) or callable(a):
        return []
    inside = a if isinstance(a, (tuple, list)) else (a if isinstance(a, dict) else getattr(a, "__dict__", {})).values()
    return [b for part in inside for b in arrays_inside(part, (*seen, a))]


# ---- what a node says of itself

@pytest.mark.parametrize("name", descriptions())
def test_every_array_that_a_node_holds_is_named(name):
    """In `saved`, or in `arrays`: those are what the walk looks at. What is no array (a dtype, a shape) is in neither."""
    for description in descriptions(name)[name]:
        for args, options in drawn(description, 2):
            tensors = [leaf(a, a.dtype) if is_float(a) else a for a in args]
            for y in several(description.call(*tensors, **options)):
                if isinstance(y, mg.Tensor):
                    for node in nodes(y):
                        inside = arrays_inside(node.args)
                        assert all(any(a is b for b in node.arrays) for a in inside), node.name
                        assert all(a is None or isinstance(a, np.ndarray) for a in node.arrays)


def test_a_float64_tensor_before_float32_layers():
    """Its astype holds a dtype, whose `.base` is itself; the running mean of the batch norm is written to in the forward."""
    x = mg.tensor(np.random.default_rng(0).standard_normal((8, 4)), requires_grad=True)
    y = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))(x)
    (y**2).sum().backward()
    assert x.grad.shape == (8, 4) and x.grad.dtype == np.float64


@pytest.mark.parametrize("order", [1, 2])
def test_a_write_elsewhere_disturbs_nobody(order):
    x, other = leaf([1.0, 2.0]), mg.zeros(3)
    y = (x.astype("float32") ** 2).sum()
    overwrite(other)
    y.backward(create_graph=order == 2)
    assert x.grad.tolist() == [2.0, 4.0]


def by_list(x):
    index = [0, 2]
    y = x[index]
    index[0] = 1
    return y


def test_a_list_as_an_index_is_copied():
    x = leaf([1.0, 2.0, 3.0])
    by_list(x).sum().backward()
    assert x.grad.tolist() == [1.0, 0.0, 1.0]
    assert x[[]].shape == (0,) and x[[mg.tensor(1, dtype=int), 2]].tolist() == [2.0, 3.0] and x[[True, False, True]].size == 2


INDEX = {"alone": lambda i: i, "in a tuple": lambda i: (slice(None), i)}


@pytest.mark.parametrize("how", INDEX)
def test_a_write_into_an_index(how):
    x, i = leaf(np.eye(3)), mg.tensor([0, 1], dtype=np.int64)
    y = x[INDEX[how](i)].sum()
    with mg.no_grad():
        i[0] = 2
    with pytest.raises(RuntimeError, match=f"an array that getitem saved .* {WRITTEN}"):
        y.backward()


# ---- a function of one's own

class Holder:
    """A user's object, which knows itself."""

    def __init__(self, held):
        self.held, self.itself = held, self


class Scale(mg.Function):
    """Keeps its factor in an attribute, where no graph sees it."""

    @staticmethod
    def forward(ctx, x, factor, how):
        ctx.kept = {"plain": factor, "list": [factor], "dict": {"a": ({"b": factor},)}, "object": Holder([factor])}[how]
        return x * factor

    @staticmethod
    @mg.once_differentiable
    def backward(ctx, g):
        factor = ctx.kept
        while not isinstance(factor, mg.Tensor):
            held = getattr(factor, "__dict__", factor)
            factor = next(iter(held.values())) if isinstance(held, dict) else held[0]
        return g * factor, None, None


@pytest.mark.parametrize("how", ["plain", "list", "dict", "object"])
def test_a_write_into_what_ctx_keeps(how):
    x, factor = leaf([1.0, 2.0]), mg.tensor([3.0, 4.0], dtype=np.float64)
    Scale.apply(x, factor, how).sum().backward()
    assert x.grad.tolist() == [3.0, 4.0]
    y = Scale.apply(x, factor, how).sum()
    overwrite(factor)
    with pytest.raises(RuntimeError, match=f"an array that Scale saved .* {WRITTEN}"):
        y.backward()


def test_a_write_into_what_a_custom_function_was_called_with():
    @mg.custom_function
    def scale(x, table, *, by):
        return x * table[0] * by["factor"]

    @scale.gradient
    def scale_gradient(g, y, x, table, *, by):
        return g * table[0] * by["factor"], None

    for victim in (0, 1):
        x, a, b = leaf([1.0, 2.0]), mg.tensor([3.0, 4.0], dtype=np.float64), mg.tensor([2.0, 2.0], dtype=np.float64)
        y = scale(x, [a], by={"factor": b}).sum()
        overwrite((a, b)[victim])
        with pytest.raises(RuntimeError, match=WRITTEN):
            y.backward()


# ---- writes that nobody tells of: anomaly mode sees them

def mul(x, raw):
    return x * raw


def power(x, raw):
    return (x + 3) ** raw


def kept(x, raw):
    return Scale.apply(x, mg.from_numpy(raw), "list")


def target(x, raw):
    return mg.mse(x, raw, reduction="none")


RAW = {"mul": mul, "power": power, "kept": kept, "target": target, "index": lambda x, raw: x[raw]}


@pytest.mark.parametrize("name, create_graph", [(name, higher) for name in RAW for higher in (False, True)
                                                if (name, higher) != ("kept", True)])     # which has no second derivative
def test_a_raw_array_written_before_backward_is_noticed_in_anomaly_mode(name, create_graph):
    raw = np.array([1.0, 2.0]) if name != "index" else np.array([0, 1])
    x = leaf([1.0, 2.0])
    with mg.anomaly_mode():
        y = RAW[name](x, raw).sum()
        y.backward(retain_graph=True, create_graph=create_graph)       # nothing has changed yet
        raw[0] = 0 if name != "index" else 1
        where = r"\(at .*test_held_arrays.py:\d+ in "
        with pytest.raises(RuntimeError, match=f"{CHANGED} {where}.*numpy array .* written to before"):
            y.backward()


def test_a_write_through_data_is_noticed_in_anomaly_mode():
    x, w = mg.tensor([1.0, 2.0]), leaf([1.0, 2.0], np.float32)
    with mg.anomaly_mode():
        y = (x * w).sum()
    x.data[...] = 7
    with pytest.raises(RuntimeError, match=CHANGED):
        y.backward()


# ---- what users are lent

class Spoils(mg.Function):
    """Writes into whatever its backward gets hold of."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 1

    @staticmethod
    def backward(ctx, g):
        for t in (g, *ctx.saved_tensors):
            for write in (lambda t=t: t.data.__setitem__(..., 99), lambda t=t: t.detach().__setitem__(..., 99),
                          lambda t=t: np.copyto(t.detach().data, 99)):
                with pytest.raises(ValueError, match=r"read-only|cannot be written to"):
                    write()
        return g


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("shape", [(), (2,)])
def test_a_backward_cannot_write_into_what_others_need(create_graph, shape):
    x = leaf(np.ones(shape))
    shared = x * 3
    (Spoils.apply(shared) + shared).sum().backward(create_graph=create_graph)
    assert np.all(x.grad.detach().numpy() == 6) and np.all(shared.data == 3)


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_hook_cannot_write_into_what_others_need(create_graph):
    x = leaf([1.0, 2.0])
    y = x * 3
    kept = []

    def hook(g):
        kept.append(g)
        with pytest.raises(ValueError, match="read-only"):
            g.data[...] = 99
        with pytest.raises((ValueError, RuntimeError), match=r"cannot be written to|part of the graph"):
            g[...] = 99
        return g if len(kept) % 2 else None

    for t in (x, y):
        t.register_hook(hook)
    (y + y * 2).sum().backward(create_graph=create_graph)
    assert x.grad.tolist() == [9.0, 9.0] and [k.tolist() for k in kept] == [[3.0, 3.0], [9.0, 9.0]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_the_seed_of_every_backward_cannot_be_written_to(dtype):
    """A gradient kept by a hook of the root is the table's own 1."""
    kept = []
    for _ in range(2):
        x = leaf([1.0, 2.0], dtype)
        y = (x * 2).sum()
        y.register_hook(kept.append)
        y.retain_grad()
        y.backward()
        with mg.no_grad():
            y.grad[...] = 7                 # the user's own
        with pytest.raises(ValueError):
            kept[-1].data[...] = 7
        with pytest.raises(ValueError):
            kept[-1].data.flags.writeable = True
        assert x.grad.tolist() == [2.0, 2.0]
