"""ModuleList, ModuleDict, ParameterList and ParameterDict, and what Sequential has of a list; names are PyTorch's."""

import copy
import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


def three():
    return [nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)]


@pytest.mark.parametrize("make", [nn.ModuleList, lambda modules=(): nn.Sequential(*modules)], ids=["ModuleList", "Sequential"])
def test_what_a_list_can_do(make):
    a, b, c = three()
    held = make([a, b])
    assert held.append(c) is held and list(held) == [a, b, c] and len(held) == 3 and held[-1] is c and a in held
    assert list(reversed(held)) == [c, b, a]
    d = nn.Tanh()
    held.insert(1, d)
    assert list(held) == [a, d, b, c] and [n for n, _ in held.named_children()] == ["0", "1", "2", "3"]
    assert held.pop() is c and held.pop(1) is d and list(held) == [a, b]
    held.extend([c, d])
    held += [nn.Identity()]
    del held[4]
    held[1] = nn.Sigmoid()
    assert [type(m).__name__ for m in held] == ["Linear", "Sigmoid", "Linear", "Tanh"]
    del held[:2]
    assert list(held) == [c, d] and [n for n, _ in held.named_parameters()] == ["0.weight", "0.bias"]
    both = held + [a]
    assert type(both) is type(held) and list(both) == [c, d, a] and len(held) == 2
    with pytest.raises(IndexError, match=r"there is no module 2: there are 2"):
        held[2]
    with pytest.raises(TypeError, match=r"expected modules, found function at 2: make one of it"):
        held.append(mg.relu)
    with pytest.raises(TypeError, match=r"expected modules to add, found one ReLU: give a list"):
        held.extend(nn.ReLU())


def test_slices_of_a_module_list_are_counted_anew():
    a, b, c = three()
    held = nn.ModuleList([a, b, c])
    assert type(held[1:]) is nn.ModuleList and [n for n, _ in held[1:].named_children()] == ["0", "1"]
    held.insert(-1, nn.Tanh())
    assert [type(m).__name__ for m in held] == ["Linear", "ReLU", "Tanh", "Linear"]
    with pytest.raises(NotImplementedError, match=r"\[ModuleList\] this module does not define forward"):
        held(1)


def test_names_that_were_given_stay():
    net = nn.Sequential({"first": nn.ReLU(), "last": nn.Tanh()})
    net.insert(1, nn.Sigmoid())
    assert [n for n, _ in net.named_children()] == ["first", "1", "last"]
    del net["first"]
    assert [n for n, _ in net.named_children()] == ["0", "last"]
    del net.last
    assert len(net) == 1


def test_a_module_dict():
    a, b, c = three()
    held = nn.ModuleDict({"left": a, "right": b})
    held["down"] = c
    assert held["left"] is a and held.right is b and list(held) == ["left", "right", "down"] and "down" in held
    assert next(iter(held.items())) == ("left", a) and list(held.values()) == [a, b, c] and list(held.keys()) == list(held)
    assert [n for n, _ in held.named_parameters()] == ["left.weight", "left.bias", "down.weight", "down.bias"]
    assert held.pop("down") is c and len(held) == 2
    held.update([("up", c)])
    del held["left"]
    held.update(nn.ModuleDict({"right": c}))
    assert list(held) == ["right", "up"] and held["right"] is c
    for name, error, message in (("a.b", KeyError, "without a dot, found 'a.b'"), ("items", KeyError, "that of a method"),
                                 ("x", TypeError, "expected modules, found int at x")):
        with pytest.raises(error, match=message):
            held[name] = 3
    with pytest.raises(KeyError, match=r"there is no module 'z': the names are right, up"):
        held["z"]
    held.clear()
    assert len(held) == 0
    with pytest.raises(TypeError, match=r"\[ModuleDict\] expected names with modules, found ModuleList"):
        nn.ModuleDict(nn.ModuleList())


def test_parameter_lists_and_dicts():
    p = nn.Parameter([1.0])
    held = nn.ParameterList([p, mg.ones(2), np.zeros((2, 2), np.float32)])
    assert held[0] is p and isinstance(held[1], nn.Parameter) and held[1].requires_grad and len(held) == 3
    held += [p]
    assert [n for n, _ in held.named_parameters()] == ["0", "1", "2"]          # the same one, once
    held.pop()
    held[1] = mg.zeros(5)
    del held[2]
    assert [q.shape for q in held] == [(1,), (5,)] and type(held[:1]) is nn.ParameterList
    with pytest.raises(TypeError, match=r"\[ParameterList\] expected a Parameter, a tensor or an array, found str"):
        held.append("x")
    named = nn.ParameterDict({"w": p})
    named["b"] = mg.ones(3)
    assert named.w is p and named["b"].shape == (3,) and list(named) == ["w", "b"] and named.get("c") is None
    assert (named | {"c": mg.ones(1)}).keys() == {"w", "b", "c"} and len(named) == 2
    assert named.setdefault("w", mg.ones(9)) is p and named.popitem()[0] == "b" and list(named.copy().values()) == [p]
    with pytest.raises(KeyError, match=r"\[ParameterDict\] there is no parameter 'z': the names are w"):
        named["z"]


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"])
def test_copies_share_nothing(twin_of):
    class Net(nn.Module):
        def __init__(self):
            self.blocks = nn.ModuleList(three())
            self.named = nn.ModuleDict({"a": nn.Linear(1, 1)})
            self.scales = nn.ParameterList([mg.ones(1)])
            self.more = nn.ParameterDict({"x": mg.ones(1)})

    global _Net
    _Net, Net.__qualname__, Net.__name__ = Net, "_Net", "_Net"
    net = Net()
    twin = twin_of(net)
    assert list(twin.state_dict()) == list(net.state_dict()) == [
        "blocks.0.weight", "blocks.0.bias", "blocks.2.weight", "blocks.2.bias", "named.a.weight", "named.a.bias", "scales.0",
        "more.x"]
    nn.init.zeros_(twin.scales[0])
    assert net.scales[0].tolist() == [1]


def test_names_are_pytorchs():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")

    def build(n, ones):
        net = n.Module()
        net.a = n.ModuleList([n.Linear(1, 1), n.ModuleDict({"x": n.Linear(1, 1)})])
        net.b = n.ParameterList([n.Parameter(ones), n.Parameter(ones)])
        net.c = n.ParameterDict({"y": n.Parameter(ones)})
        net.a.insert(0, n.Linear(1, 1, bias=False))
        net.d = n.Sequential(n.Linear(1, 1), n.ReLU(), n.Linear(1, 1))
        net.d.insert(1, n.Linear(1, 1))
        net.d.extend([n.Linear(1, 1)])
        del net.d[0]
        return net

    theirs = build(torch.nn, torch.ones(1))
    ours = build(nn, mg.ones(1))
    assert set(ours.state_dict()) == set(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    np.testing.assert_array_equal(ours.d[0].weight.detach().numpy(), theirs.d[0].weight.detach().numpy())
