"""Devices and dtypes of whole modules, parts by path, buffers that are not saved, freezing."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim


def net():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Sequential({"head": nn.Linear(4, 2)}))


def test_dtypes():
    model = net()
    p = model[0].weight
    assert model.double() is model and model[0].weight is p and p.dtype == np.float64 and p.requires_grad
    assert model[1].running_mean.dtype == np.float64 and model[1].num_batches_tracked.dtype == np.int64
    model(mg.tensor(np.ones((2, 3)))).sum().backward()
    assert p.grad.dtype == np.float64
    assert model.to("float32")[0].weight.dtype == np.float32 and p.grad is None
    assert model.half()[0].weight.dtype == np.float16 and model.float()[0].weight.dtype == np.float32
    assert model.to(mg.tensor(np.ones(1)))[0].weight.dtype == np.float64
    assert model.to("numpy", np.float32)[0].weight.device == "numpy" and p.dtype == np.float32


def test_what_cannot_be_moved():
    model = net()
    for call, message in ((lambda: model.to("int64"), "expected a floating point number type, found int64"),
                          (lambda: model.to(), "expected a device, a dtype or a tensor")):
        with pytest.raises(TypeError, match=rf"\[to\] {message}"):
            call()
    y = (model(mg.ones((2, 3), requires_grad=True)) ** 2).sum()
    model.double()
    with pytest.raises(RuntimeError, match="was written in place"):
        y.backward()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(RuntimeError, match=r"\[to\] a live SGD holds this module's parameters"):
        model.float()
    optimizer.close()


def test_parts_by_path():
    model = net()
    assert model.get_submodule("2.head") is model[2].head and model.get_submodule("") is model
    assert model.get_parameter("2.head.weight") is model[2].head.weight
    assert model.get_buffer("1.running_var") is model[1].running_var
    with pytest.raises(AttributeError, match=r"\[get_submodule\] this Sequential has no module '3': there are 0, 1, 2, 2.head"):
        model.get_submodule("3")
    with pytest.raises(AttributeError, match=r"\[get_parameter\] .* no parameter '1.running_var': there are 0.weight"):
        model.get_parameter("1.running_var")


def test_own_parts_and_those_below():
    model = net()
    model.scale = nn.Parameter([1.0])
    assert [n for n, _ in model.named_parameters(recurse=False)] == ["scale"]
    assert list(model.parameters(recurse=False)) == [model.scale] and list(model.buffers(recurse=False)) == []
    assert [n for n, _ in model.named_buffers("m")][:1] == ["m.1.running_mean"]


def test_buffers_that_are_not_saved():
    layer = nn.Identity()
    layer.register_buffer("mask", np.ones(3), persistent=False)
    layer.register_buffer("mean", np.zeros(3))
    layer.register_buffer("later", None)
    assert list(layer.state_dict()) == ["mean"] and [n for n, _ in layer.named_buffers()] == ["mask", "mean"]
    layer.load_state_dict({"mean": np.full(3, 2.0)})
    layer.register_buffer("mask", np.ones(3))
    assert set(layer.state_dict()) == {"mask", "mean"}
    for name, error, message in (("a.b", KeyError, "has no dot, found 'a.b'"), ("forward", KeyError, "has a forward already"),
                                 (3, TypeError, "the name comes first and is a string, found int")):
        with pytest.raises(error, match=message):
            layer.register_buffer(name, np.ones(1))


def test_parameters_and_modules_by_name():
    layer = nn.Identity()
    layer.register_parameter("w", nn.Parameter([1.0]))
    layer.register_parameter("b", None)
    layer.add_module("inner", nn.ReLU())
    assert [n for n, _ in layer.named_parameters()] == ["w"] and type(layer.inner) is nn.ReLU and layer.b is None
    with pytest.raises(TypeError, match=r"\[register_parameter\] expected a Parameter or None, found Tensor"):
        layer.register_parameter("v", mg.ones(2))
    with pytest.raises(TypeError, match=r"\[register_module\] expected a Module or None, found type"):
        layer.register_module("v", nn.ReLU)


def test_freezing():
    model = net()
    assert model[0].freeze() is model[0] and model.num_parameters() == 34 and model.num_parameters(trainable=True) == 18
    optimizer = optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    before = model.state_dict()
    model(mg.randn((5, 3))).sum().backward()
    optimizer.step()
    np.testing.assert_array_equal(model[0].weight.numpy(), before["0.weight"])
    assert model[0].weight.grad is None
    assert model.unfreeze().num_parameters(trainable=True) == 34


def test_tied_weights_are_one():
    model = nn.Sequential({"a": nn.Linear(3, 3), "b": nn.Linear(3, 3)})
    model.b.weight = model.a.weight
    assert model.num_parameters() == 15 and len(list(model.parameters())) == 3
    assert {"a.weight", "b.weight"} <= model.state_dict().keys()
    optimizer = optim.SGD(model.parameters(), lr=1.0)
    before = model.a.weight.detach().numpy().copy()
    model(mg.ones((1, 3))).sum().backward()
    g = model.a.weight.grad.numpy().copy()
    optimizer.step()
    np.testing.assert_allclose(model.b.weight.detach().numpy(), before - g, rtol=1e-6)
    twin = nn.Sequential({"a": nn.Linear(3, 3), "b": nn.Linear(3, 3)})
    twin.load_state_dict(model.state_dict())
    np.testing.assert_array_equal(twin.b.weight.detach().numpy(), model.a.weight.detach().numpy())


def test_a_wrappers_prefix_is_named():
    model = net()
    state = {f"module.{name}": a for name, a in model.state_dict().items()}
    with pytest.raises(ValueError, match=r"its names begin with 'module\.' .*: give \{name\.removeprefix\('module\.'\): a for"):
        model.load_state_dict(state)
    model.load_state_dict({name.removeprefix("module."): a for name, a in state.items()})


def test_an_attribute_that_is_not_there_and_a_property_that_fails():
    class Broken(nn.Module):
        @property
        def size(self):
            return self.nothing

    with pytest.raises(AttributeError, match="'Broken' object has no attribute 'nothing'"):
        _ = Broken().size
    assert not hasattr(nn.Linear(1, 1), "parametrization")
