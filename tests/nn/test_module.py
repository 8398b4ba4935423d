"""Modules: what is in them, saving and loading, modes, hooks, and how they look."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, nn, optim


class Net(nn.Module):
    """Two layers, one of them used twice, a list of modules, a buffer and a parameter of its own."""

    def __init__(self):
        self.first = nn.Linear(3, 4)
        self.again = self.first
        self.blocks = [nn.Linear(4, 4, bias=False), nn.Sequential(nn.ReLU(), nn.Linear(4, 2))]
        self.scale = nn.Parameter(np.ones(2, np.float32))
        self.register_buffer("steps", np.zeros((), np.int64))
        self.note = "no part of the state"

    def forward(self, x):
        for block in (self.first, *self.blocks):
            x = block(x)
        return x * self.scale


def test_parameters_are_found_in_attributes_and_lists_and_shared_ones_count_once():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == ["scale", "first.weight", "first.bias", "blocks.0.weight",
                                                            "blocks.1.1.weight", "blocks.1.1.bias"]
    assert len(list(net.parameters())) == 6
    assert net.num_parameters() == 2 + 3 * 4 + 4 + 4 * 4 + 4 * 2 + 2
    assert [name for name, _ in net.named_buffers()] == ["steps"]
    assert [b is net.steps for b in net.buffers()] == [True]


def test_modules_and_children():
    net = Net()
    assert [name for name, _ in net.named_modules()] == ["", "first", "blocks.0", "blocks.1", "blocks.1.0",
                                                         "blocks.1.1"]
    assert [name for name, _ in net.named_children()] == ["first", "again", "blocks.0", "blocks.1"]
    assert next(iter(net.modules())) is net and next(iter(net.children())) is net.first


def test_a_plain_tensor_is_no_parameter_but_may_not_replace_one():
    net = Net()
    net.constant = mg.zeros((2,), requires_grad=True)
    assert "constant" not in dict(net.named_parameters())
    with pytest.raises(TypeError, match=r"\[Net\] scale is a Parameter, found Tensor: give a nn.Parameter"):
        net.scale = mg.zeros((2,))
    net.scale = None
    assert "scale" not in dict(net.named_parameters())


def test_forward_must_be_defined():
    with pytest.raises(NotImplementedError, match=r"\[Module\] this module does not define forward"):
        nn.Module()(1)


# ---- saving and loading

def test_state_dict_is_a_copy_with_every_name(device):
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    state = net.state_dict()
    assert list(state) == ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
                           "1.num_batches_tracked"]
    assert all(type(a) is np.ndarray and a.flags.c_contiguous and a.flags.owndata for a in state.values())
    before = state["0.weight"].copy()
    nn.init.zeros_(net[0].weight)
    np.testing.assert_array_equal(state["0.weight"], before)


def test_both_names_of_a_shared_parameter_are_saved():
    assert {"first.weight", "again.weight"} <= Net().state_dict().keys()


def test_loading_copies_into_the_arrays_that_are_there(device):
    a, b = Net(), Net()
    held = b.first.weight.data
    b.load_state_dict(a.state_dict())
    assert b.first.weight.data is held
    x = mg.tensor(np.ones((2, 3), np.float32))
    np.testing.assert_array_equal(a(x).detach().numpy(), b(x).detach().numpy())


def test_loading_takes_tensors_and_casts_within_a_kind():
    layer = nn.Linear(2, 1)
    layer.load_state_dict({"weight": mg.tensor(np.array([[0.25, 2]]), requires_grad=True), "bias": np.array([3.0])})
    assert layer.weight.dtype == np.float32
    assert layer.weight.tolist() == [[0.25, 2]] and layer.bias.tolist() == [3]


def test_loading_lists_every_problem_and_then_writes_nothing():
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    before = net.state_dict()
    state = {name: a + 1 for name, a in before.items()}
    del state["0.bias"]
    state["0.weight"] = np.zeros((4, 5))
    state["extra"] = np.zeros(7)
    state["1.num_batches_tracked"] = np.array(1.5)
    with pytest.raises(ValueError) as error:
        net.load_state_dict(state)
    assert str(error.value) == (
        "[load_state_dict] the state does not fit this Sequential; nothing was loaded:\n"
        "  missing: 0.bias (4,)\n  unexpected: extra (7,)\n  shape: 0.weight is (4, 3) here, found (4, 5)\n"
        "  dtype: 1.num_batches_tracked is int64 here, found float64")
    for name, a in net.state_dict().items():
        np.testing.assert_array_equal(a, before[name])


def test_loading_a_part():
    net = nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 1))
    keys = net.load_state_dict({"0.bias": np.array([5.0]), "head": np.zeros(1)}, strict=False)
    assert keys.missing_keys == ["0.weight", "1.weight", "1.bias"] and keys.unexpected_keys == ["head"]
    assert net[0].bias.tolist() == [5]
    with pytest.raises(ValueError, match=r"shape: 0.bias is \(1,\) here, found \(2,\)"):
        net.load_state_dict({"0.bias": np.zeros(2)}, strict=False)


def test_a_graph_from_before_loading_refuses_its_backward(device):
    layer = nn.Linear(2, 2)
    loss = (layer(mg.ones((1, 2), requires_grad=True)) ** 2).sum()
    layer.load_state_dict({"weight": np.zeros((2, 2)), "bias": np.zeros(2)})
    with pytest.raises(RuntimeError, match="was written in place"):
        loss.backward()


def test_deepcopy_is_independent_and_keeps_sharing():
    net = Net()
    twin = copy.deepcopy(net)
    assert twin.first is twin.again and twin.first is not net.first
    assert isinstance(twin.scale, nn.Parameter) and twin.scale.requires_grad and isinstance(twin.steps, nn.Buffer)
    nn.init.zeros_(twin.scale)
    assert net.scale.tolist() == [1, 1]
    assert twin.num_parameters() == net.num_parameters()


def shout(module, args, output):
    return output * 2


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"])
def test_copies_of_everything_a_module_may_hold(twin_of, device):
    """Layers, losses, hooks, containers, modes, frozen parameters: the twin computes the same and shares nothing."""
    net = nn.Sequential(nn.Conv2d(1, 2, 3, padding="same"), nn.BatchNorm2d(2, momentum=None), nn.ReLU(), nn.MaxPool2d(2),
                        nn.Dropout(.5), nn.Flatten(), nn.Linear(8, 2))
    net.heads = nn.Sequential({"loss": nn.Identity()})
    net[1].eval()
    net[0].weight.requires_grad_(False)
    hook = net[6].register_forward_hook(shout)
    net.kept = [mg.ones(2), {"leaf": mg.ones(2, requires_grad=True)}]
    x = mg.ones((3, 1, 4, 4))
    net(x).sum().backward()
    twin = twin_of(net)
    assert [m.training for m in twin.modules()] == [m.training for m in net.modules()]
    assert [p.requires_grad for p in twin.parameters()] == [p.requires_grad for p in net.parameters()]
    np.testing.assert_array_equal(twin.eval()(x).detach().numpy(),
                                  net.eval()(x).detach().numpy())
    hook.remove()
    assert (twin(x).detach().numpy() == 2 * net(x).detach().numpy()).all()
    nn.init.zeros_(twin[6].weight)
    assert net[6].weight.detach().numpy().any()
    assert repr(twin_of(nn.CrossEntropyLoss(reduction="sum"))) == repr(nn.CrossEntropyLoss(reduction="sum"))


@pytest.mark.parametrize("twin_of", [copy.copy, copy.deepcopy, pickle.dumps], ids=["copy", "deepcopy", "pickle"])
def test_a_module_that_kept_an_activation_says_where(twin_of):
    net = nn.Sequential({"body": Net()})
    net.body.blocks[1].seen = {"last": [None, mg.relu(net.body.scale)]}
    with pytest.raises(RuntimeError, match=r"^\[copy\] body.blocks.1.seen.last.1 of this Sequential was made by relu, and "
                                           r"only leaves .* keep its .detach\(\), or set the attribute to None"):
        twin_of(net)
    net.body.blocks[1].seen = {(1, 2): {mg.ones(1)}, "last": mg.relu(net.body.scale).detach()}
    twin_of(net)


def test_a_module_is_dropped_without_the_garbage_collector():
    gc.disable()
    try:
        net = Net()
        dropped = weakref.ref(net)
        net(mg.ones((1, 3))).sum().backward()
        del net
        assert dropped() is None
    finally:
        gc.enable()


# ---- modes

def test_train_and_eval_reach_every_module_and_return_the_module():
    net = Net()
    assert net.training and net.eval() is net
    assert not any(m.training for m in net.modules())
    assert net.train() is net and all(m.training for m in net.modules())
    with pytest.raises(TypeError, match=r"\[train\] mode must be True or False, found None"):
        net.train(None)


def test_a_train_of_ones_own_is_asked():
    """A batch norm that keeps its statistics stays asleep however its parents are switched; references upward end."""
    class Frozen(nn.Module):
        def __init__(self):
            self.norm = nn.BatchNorm1d(2)

        def train(self, mode=True):
            super().train(mode)
            self.norm.eval()
            return self

    net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(Frozen(), nn.Dropout()))
    net[1][0].parent = net[1][0].itself = net
    net.eval().train()
    assert [m.training for m in net.modules()] == [True, True, True, True, False, True]
    assert not any(m.training for m in net.eval().modules())


def test_zero_grad_requires_grad_and_apply():
    net = Net()
    net(mg.ones((1, 3))).sum().backward()
    g = net.scale.grad
    net.zero_grad(set_to_none=False)
    assert net.scale.grad is g and g.tolist() == [0, 0]
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    assert net.requires_grad_(False) is net and not any(p.requires_grad for p in net.parameters())
    seen = []
    net.requires_grad_().apply(lambda m: seen.append(type(m).__name__))
    assert seen == ["Linear", "Linear", "Linear", "ReLU", "Linear", "Sequential", "Net"]


def test_to_moves_everything_in_place(device):
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    p = net[0].weight
    before = p.tolist()
    assert net.to("numpy") is net and net[0].weight is p
    assert {t.device for t in (*net.parameters(), *net.buffers())} == {"numpy"}
    assert p.tolist() == before
    y = net(mg.ones((2, 3), device="numpy"))
    y.sum().backward()
    assert p.grad.device == "numpy"


def test_to_refuses_while_an_optimiser_holds_the_parameters(monkeypatch):
    net = nn.Linear(3, 4)
    elsewhere = kernels.reference.Kernels(np)
    elsewhere.name = "elsewhere"
    monkeypatch.setattr(kernels, "table", lambda name: elsewhere)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with pytest.raises(RuntimeError, match=r"\[to\] a live SGD holds this module's parameters"):
        net.to("elsewhere")
    optimizer.close()
    assert net.to("elsewhere").weight.device == "elsewhere"


# ---- hooks

def test_hooks_see_and_replace_arguments_and_outputs():
    layer = nn.Identity()
    seen = []
    first = layer.register_forward_pre_hook(lambda module, args: seen.append((module, args)))
    double = layer.register_forward_pre_hook(lambda module, args: args[0] * 2)
    note = layer.register_forward_hook(lambda module, args, output: seen.append((args, output)))
    plus = layer.register_forward_hook(lambda module, args, output: output + 1)
    assert layer(5) == 11
    assert seen == [(layer, (5,)), ((10,), 10)]
    double.remove()
    double.remove()
    assert layer(5) == 6
    first()
    note()
    plus()
    assert layer(5) == 5 and len(seen) == 4


def test_a_hook_belongs_to_one_module():
    a, b = nn.Identity(), nn.Identity()
    a.register_forward_hook(lambda module, args, output: -output)
    assert (a(1), b(1)) == (-1, 1)


# ---- looking

def test_repr_shows_shapes_counts_and_the_total():
    net = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(784, 40), nn.ReLU()), nn.Linear(40, 10, bias=False))
    assert repr(net) == """Sequential(
  (0): Flatten()
  (1): Sequential(
    (0): Linear(784, 40)  weight (40, 784), bias (40,): 31,400
    (1): ReLU()
  )
  (2): Linear(40, 10, bias=False)  weight (10, 40): 400
)
31,800 parameters"""
    assert repr(nn.Linear(2, 1)) == "Linear(2, 1)  weight (1, 2), bias (1,): 3\n3 parameters"


def test_repr_names_the_options_of_layers():
    texts = {
        nn.Conv2d(1, 6, 5, stride=2, padding="valid", groups=1, bias=False):
            "Conv2d(1, 6, kernel_size=(5, 5), stride=(2, 2), padding='valid', bias=False)  weight (6, 1, 5, 5): 150",
        nn.MaxPool2d(2): "MaxPool2d(kernel_size=(2, 2), stride=(2, 2))",
        nn.AvgPool2d(3, 1, padding=1): "AvgPool2d(kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))",
        nn.BatchNorm2d(3): "BatchNorm2d(3, eps=1e-05, momentum=0.1)  weight (3,), bias (3,): 6",
        nn.Dropout(0.25): "Dropout(p=0.25)",
        nn.Flatten(2): "Flatten(start_dim=2)",
        nn.Softmax(1): "Softmax(dim=1)",
        nn.CrossEntropyLoss(reduction="sum"): "CrossEntropyLoss(reduction='sum')",
        nn.MSELoss(): "MSELoss()",
    }
    for module, text in texts.items():
        assert repr(module).splitlines()[0] == text


def test_a_child_may_refer_to_its_parent():
    model = nn.Sequential(nn.Linear(2, 3))
    model[0].parent = model
    assert [name for name, _ in model.named_parameters()] == ["0.weight", "0.bias"]


def test_a_state_dict_may_have_a_prefix_and_a_place():
    model, both = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)), {"epoch": 3}
    state = model.state_dict(destination=both, prefix="model.")
    assert state is both and list(both) == ["epoch", *(f"model.{name}" for name in model.state_dict())]
    np.testing.assert_array_equal(both["model.0.weight"], model[0].weight.detach().numpy())
    with pytest.raises(TypeError, match=r"^\[state_dict\] prefix must be a string, found 3$"):
        model.state_dict(prefix=3)
