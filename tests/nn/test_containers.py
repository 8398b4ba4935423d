"""Modules and parameters in containers: found under a name, or an error that names them; never passed over."""

import collections
import dataclasses
import os
import subprocess
import sys
import types
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import nn, optim

Pair = collections.namedtuple("Pair", "left right")


@dataclasses.dataclass
class Parts:
    inner: object
    note: str = "a text"


@dataclasses.dataclass(slots=True)
class Slotted:
    inner: object


class Net(nn.Module):
    def __init__(self, value):
        self.kept = value


# What a container becomes of a thing, and the name the thing then has under `kept`.
ORDERED = {
    "list": (lambda t: [1, t], "1"),
    "tuple": (lambda t: (t, None), "0"),
    "namedtuple": (lambda t: Pair("text", t), "1"),
    "deque": (lambda t: collections.deque([t]), "0"),
    "UserList": (lambda t: collections.UserList([t]), "0"),
    "dict": (lambda t: {"a": t}, "a"),
    "dict with ints": (lambda t: {np.int64(3): t}, "3"),
    "OrderedDict": (lambda t: collections.OrderedDict(b=t), "b"),
    "defaultdict": (lambda t: collections.defaultdict(list, c=t), "c"),
    "UserDict": (lambda t: collections.UserDict(d=t), "d"),
    "ChainMap": (lambda t: collections.ChainMap({"e": t}), "e"),
    "mappingproxy": (lambda t: types.MappingProxyType({"f": t}), "f"),
    "SimpleNamespace": (lambda t: types.SimpleNamespace(g=t), "g"),
    "dataclass": (Parts, "inner"),
    "dataclass with slots": (Slotted, "inner"),
}


def objects(thing):
    array = np.empty(2, object)
    array[0] = thing
    return array


UNORDERED = {
    "set": lambda t: {t},
    "frozenset": lambda t: frozenset([t]),
    "values of a dict": lambda t: {1: t}.values(),
    "WeakSet": lambda t: weakref.WeakSet([t]),
    "array of objects": lambda t: objects(t),
    "dict with other keys": lambda t: {(1, 2): t},
}


def things():
    return [("", nn.Parameter(np.ones(2, np.float32))), (".weight", nn.Linear(1, 1, bias=False))]


@given(st.lists(st.sampled_from(sorted(ORDERED)), max_size=4), st.integers(0, 1))
def test_everything_is_found_at_any_depth_and_trained(nesting, which):
    end, thing = things()[which]
    value, name = thing, "kept"
    for kind in nesting:
        value = ORDERED[kind][0](value)
    for kind in reversed(nesting):
        name += f".{ORDERED[kind][1]}"
    net = Net(value)
    assert [n for n, _ in net.named_parameters()] == [name + end] == list(net.state_dict())
    (p,) = net.parameters()
    before = p.tolist()
    optimizer = optim.SGD(net.parameters(), lr=1.0)
    p.sum().backward()
    optimizer.step()
    assert p.tolist() != before
    net.eval()
    assert not any(m.training for m in net.modules()) and len(list(net.modules())) == 1 + which


@given(st.sampled_from(sorted(UNORDERED)), st.lists(st.sampled_from(sorted(ORDERED)), max_size=2), st.integers(0, 1))
def test_what_cannot_be_named_is_an_error_that_names_it(kind, nesting, which):
    _, thing = things()[which]
    value = UNORDERED[kind](thing)
    for outer in nesting:
        value = ORDERED[outer][0](value)
    net = Net(value)
    for ask in (lambda: list(net.parameters()), net.state_dict, net.eval, lambda: repr(net)):
        with pytest.raises(TypeError, match=r"\[Net\] kept has a .* that holds a (Linear|Parameter): its order is not the "
                                            r"same .*use a list or a dict"
                                            r"|\[Net\] kept has a dict with .* under the key \(1, 2\): .*strings or ints"):
            ask()


def test_containers_of_other_things_are_left_alone():
    net = Net({"set": {1, "a"}, (1, 2): mg.ones(3), "array": np.array([object()]), "text": "abc", "loop": []})
    net.kept["loop"].append(net.kept)
    net.kept["loop"].append(net)
    net.layers = {"a": nn.Linear(2, 2)}
    assert list(net.state_dict()) == ["layers.a.weight", "layers.a.bias"]


def test_two_tensors_of_one_name_are_an_error():
    net = Net({1: nn.Parameter([1.0]), "1": nn.Parameter([2.0])})
    for ask in (net.state_dict, lambda: net.load_state_dict({})):
        with pytest.raises(ValueError, match=r"\[Net\] two tensors are called kept.1, so one would be lost"):
            ask()


def test_the_order_is_the_same_in_every_process():
    """Names and order of a nested module, under other hash seeds."""
    code = """if True:
        from minigrad import nn
        class Net(nn.Module):
            def __init__(self):
                self.heads = {name: [nn.Linear(1, 1)] for name in ("left", "right", "up", "down")}
        print([name for name, _ in Net().named_parameters()])"""
    seen = {subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, check=True,
                           capture_output=True, text=True).stdout for seed in ("0", "1", "2")}
    assert len(seen) == 1 and "heads.left.0.weight" in seen.pop()
