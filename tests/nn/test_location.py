"""Errors inside a module's forward begin with its path, once, and keep their type."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


class Fails(nn.Module):
    def __init__(self, error):
        self.error = error

    def forward(self, x):
        raise self.error


class Net(nn.Module):
    def __init__(self, inner):
        self.features = nn.Sequential(nn.Identity(), nn.Sequential(nn.Identity(), inner))

    def forward(self, x):
        return self.features(x)


@pytest.mark.parametrize("kind", [ValueError, TypeError, RuntimeError, IndexError])
def test_the_path_is_named_once_and_the_type_kept(kind):
    error = kind("[op] no good")
    with pytest.raises(kind) as caught:
        Net(Fails(error))(1)
    assert caught.value is error
    assert str(error) == "features.1.1: [op] no good"


def test_an_operation_inside_a_network():
    net = Net(nn.Conv2d(1, 16, 5))
    with pytest.raises(ValueError, match=r"^features\.1\.1: \[conv2d\] x has 3 channels but w expects 1: "
                                         r"x \(8, 3, 28, 28\), w \(16, 1, 5, 5\)"):
        net(np.zeros((8, 3, 28, 28), np.float32))


def test_the_outermost_module_has_no_path():
    with pytest.raises(ValueError, match=r"^\[linear\] x needs 3 features"):
        nn.Linear(3, 1)(mg.zeros((1, 2)))


def test_a_module_called_past_its_parent_is_still_found():
    class Jumps(Net):
        def forward(self, x):
            return self.features[1][1](x)

    with pytest.raises(ValueError, match=r"^features\.1\.1: bad$"):
        Jumps(Fails(ValueError("bad")))(1)


def test_a_module_that_is_no_part_of_the_caller_adds_nothing():
    class Makes(nn.Module):
        def forward(self, x):
            return nn.Sequential(Fails(ValueError("bad")))(x)

    class Outer(nn.Module):
        def __init__(self):
            self.made = Makes()

        def forward(self, x):
            return self.made(x)

    with pytest.raises(ValueError, match=r"^made\.0: bad$"):
        Outer()(1)


def test_modules_in_a_list_are_named_by_their_place():
    class Listed(nn.Module):
        def __init__(self):
            self.blocks = [nn.Identity(), Fails(RuntimeError("bad"))]

        def forward(self, x):
            return self.blocks[1](x)

    with pytest.raises(RuntimeError, match=r"^blocks\.1: bad$"):
        Listed()(1)


def test_errors_whose_text_is_not_their_message_are_left_alone():
    error = KeyError("name")
    with pytest.raises(KeyError) as caught:
        Net(Fails(error))(1)
    assert caught.value.args == ("name",)


def test_an_error_in_a_hook_names_the_module_too():
    net = Net(nn.Identity())

    def hook(module, args):
        raise ValueError("from the hook")

    net.features[1][1].register_forward_pre_hook(hook)
    with pytest.raises(ValueError, match=r"^features\.1\.1: from the hook$"):
        net(1)
