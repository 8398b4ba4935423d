"""Sequential: a list, a dict and a module at once."""

import copy

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


def layers():
    return nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)


def test_it_applies_its_modules_in_order():
    a, r, b = layers()
    x = mg.randn((5, 3))
    np.testing.assert_array_equal(nn.Sequential(a, r, b)(x).detach().numpy(), b(r(a(x))).detach().numpy())
    assert nn.Sequential()(x) is x


def test_it_is_a_list():
    a, r, b = layers()
    net = nn.Sequential(a, r, b)
    assert len(net) == 3 and list(net) == [a, r, b] and net[0] is a and net[-1] is b
    head = net[:2]
    assert type(head) is nn.Sequential and list(head) == [a, r]
    assert net.append(nn.Identity()) is net and len(net) == 4
    net[1] = nn.Tanh()
    assert type(net[1]) is nn.Tanh and net[2] is b
    assert [name for name, _ in net.named_children()] == ["0", "1", "2", "3"]


def test_it_is_a_dict():
    a, r, b = layers()
    net = nn.Sequential({"first": a, "relu": r, "last": b})
    assert net.first is a and net["last"] is b and net[1] is r
    assert list(net.state_dict()) == ["first.weight", "first.bias", "last.weight", "last.bias"]
    assert [name for name, _ in net[1:].named_children()] == ["relu", "last"]
    c = nn.Linear(4, 5)
    net.last = c
    assert net[-1] is c and len(net) == 3
    net.softmax = nn.Softmax()
    assert net(mg.ones((1, 3))).shape == (1, 5) and len(net) == 4


def test_attributes_and_copies():
    net = nn.Sequential(*layers())
    assert not hasattr(net, "nothing")
    twin = copy.deepcopy(net)
    assert twin[0].weight is not net[0].weight and len(twin) == 3
    with pytest.raises(AttributeError, match="'Sequential' object has no attribute 'nothing'"):
        _ = net.nothing


def test_what_is_no_module_is_refused():
    with pytest.raises(TypeError, match=r"\[Sequential\] expected modules, found function at 1: make one of it"):
        nn.Sequential(nn.Linear(1, 1), mg.relu)
    with pytest.raises(TypeError, match=r"\[Sequential\] expected modules, found type at 0: make one of it"):
        nn.Sequential(nn.ReLU)
    with pytest.raises(TypeError, match=r"\[Sequential\] expected modules, found int at 0$"):
        nn.Sequential(3)
    with pytest.raises(TypeError, match=r"found list at 0: write nn.Sequential\(\*layers\), with a star"):
        nn.Sequential([nn.ReLU()])
    with pytest.raises(TypeError, match=r"found generator at 0: write nn.Sequential\(\*layers\)"):
        nn.Sequential(nn.ReLU() for _ in range(2))
    with pytest.raises(TypeError, match=r"found NoneType at 1: nn.Identity\(\) is the module that does nothing"):
        nn.Sequential(nn.ReLU(), None)


def test_no_module_is_lost_by_its_name():
    a, b, c, d = (nn.Identity() for _ in range(4))
    assert list(nn.Sequential(a, b, c)[1:].append(d)) == [b, c, d]          # a slice keeps the names 1 and 2
    assert list(nn.Sequential({"1": a}).append(b)) == [a, b]
    with pytest.raises(ValueError, match=r"\[Sequential\] two modules are called 1, and one would be lost"):
        nn.Sequential({1: a, "1": b})


def test_a_forward_without_a_return_is_named():
    class Forgetful(nn.Module):
        def forward(self, x):
            x + 1

    with pytest.raises(TypeError, match=r"^\[Sequential\] module 1, a Forgetful, returned None, .* end with a return\?"):
        nn.Sequential(nn.Identity(), Forgetful(), nn.Linear(1, 1))(mg.ones((1, 1)))
    with pytest.raises(TypeError, match=r"^body: \[Sequential\] module 0, a Forgetful, returned None"):
        nn.Sequential({"body": nn.Sequential(Forgetful(), nn.Linear(1, 1))})(mg.ones((1, 1)))


def test_what_is_not_there():
    net = nn.Sequential({"a": nn.ReLU(), "b": nn.ReLU()})
    with pytest.raises(IndexError, match=r"\[Sequential\] there is no module 2: there are 2"):
        net[2]
    with pytest.raises(KeyError, match=r"there is no module 'c': the names are a, b"):
        net["c"]


def test_a_subclass_with_a_parameter_of_its_own():
    class Scaled(nn.Sequential):
        def __init__(self, *modules):
            super().__init__(*modules)
            self.scale = nn.Parameter([2.0])

        def forward(self, x):
            return super().forward(x) * self.scale

    net = Scaled(nn.Identity())
    assert net(mg.ones((1,))).tolist() == [2]
    assert [name for name, _ in net.named_parameters()] == ["scale"]
