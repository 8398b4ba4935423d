"""watch: what it says of each layer, checked by hand, and that it leaves the network as it was."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.viz import Health

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 3))


class Functional(nn.Module):
    """Its relu is a function, and it has a parameter of its own."""

    def __init__(self):
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)
        self.scale = nn.Parameter(np.array([2.0, 1.0], np.float32))

    def forward(self, x):
        return self.second(mg.relu(self.first(x))) * self.scale


def with_dead_units(layer, dead):
    with mg.no_grad():
        layer.bias[...] = np.where(np.isin(np.arange(layer.bias.size), dead), -100, 100)
    return layer


def test_the_numbers_are_those_of_one_step(device):
    net = nn.Sequential(with_dead_units(nn.Linear(3, 4), [1, 2, 3]), nn.ReLU(), nn.Linear(4, 2))
    before = {name: a.astype(np.float64) for name, a in net.state_dict().items()}
    sgd = mg.optim.SGD(net.parameters(), lr=0.1)
    x = X.astype(np.float32)
    with mg.watch(net) as health:
        assert isinstance(health, Health)
        y = net(x)
        y.retain_grad()
        mg.mse(y, np.ones((6, 2), np.float32)).backward()
        gradients = {name: p.grad.numpy().astype(np.float64) for name, p in net.named_parameters()}
        sgd.step()
        sgd.zero_grad()                                                 # what was seen stays seen
    assert [layer.name for layer in health.layers] == ["0", "1", "2"]
    first, relu, last = health.layers
    out = x @ before["0.weight"].T + before["0.bias"]
    assert first.mean == pytest.approx(out.mean(), rel=1e-5) and first.std == pytest.approx(out.std(), rel=1e-5)
    assert (relu.dead, relu.units, first.dead, last.dead) == (3, 4, None, None)
    assert relu.weight is relu.weight_gradient is relu.step is None
    assert last.gradient == pytest.approx(np.linalg.norm(y.grad.numpy()), rel=1e-5)
    both = np.r_[gradients["2.weight"].ravel(), gradients["2.bias"]]
    assert last.weight_gradient == pytest.approx(np.linalg.norm(both), rel=1e-5)
    assert last.step == pytest.approx(0.1 * np.linalg.norm(both), rel=1e-4)
    assert last.relative_step == pytest.approx(last.step / last.weight)
    assert health["1"] is relu and "1: 3 of 4 units are 0 for every sample" in str(health)


def test_a_relu_that_is_a_function_is_found_in_the_graph(device):
    net = Functional()
    with_dead_units(net.first, [0, 3])
    with mg.watch(net) as health:
        net(X.astype(np.float32)).sum().backward()
    assert (health["first"].dead, health["first"].units) == (2, 4) and health["second"].dead is None
    assert health["Functional"].weight == pytest.approx(np.sqrt(5)) and health["Functional"].weight_gradient > 0
    assert all(layer.step is None for layer in health.layers)


def test_a_unit_lives_if_one_sample_of_one_batch_wakes_it():
    net = nn.Sequential(nn.ReLU())
    for batches, dead in (([[[-1.0, -1]]], 2), ([[[-1.0, -1], [1, -1]]], 1), ([[[-1.0, -1]], [[-1, 1]]], 1)):
        with mg.watch(net) as health:
            for batch in batches:
                net(mg.tensor(batch))
        assert health["0"].dead == dead


def test_units_are_channels_after_convolutions_and_columns_after_linear():
    images = nn.Sequential(with_dead_units(nn.Conv2d(1, 3, 3), [1]), nn.BatchNorm2d(3), nn.Identity(), nn.ReLU()).eval()
    with mg.watch(images) as health:
        images(mg.randn((2, 1, 5, 5)))
    assert (health["3"].dead, health["3"].units) == (1, 3)
    words = nn.Sequential(with_dead_units(nn.Linear(3, 4), [0]), nn.ReLU())
    with mg.watch(words) as health:
        words(mg.randn((2, 5, 3)))
    assert (health["1"].dead, health["1"].units) == (1, 4)


def test_nothing_is_left_in_the_network_and_nothing_changes(device):
    net, other = Functional(), Functional()
    other.load_state_dict(net.state_dict())
    leaf = mg.tensor(X, dtype=np.float32, requires_grad=True)
    with mg.watch(net):
        a = net(leaf)
        a.sum().backward()
    b = other(X.astype(np.float32))
    b.sum().backward()
    np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())
    for p, q in zip(net.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(p.grad.numpy(), q.grad.numpy())
    assert not leaf.node.hooks and not any(p.node.hooks for p in net.parameters())
    assert not any(m._before or m._after for m in net.modules())
    with pytest.raises(ValueError, match="mine"), mg.watch(net):
        raise ValueError("mine")
    assert not any(m._after for m in net.modules())


def test_what_does_not_run_has_empty_columns():
    net = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.5))
    with mg.watch(net) as health, mg.no_grad():
        net[0](X.astype(np.float32))
    assert health["0"].gradient is None and health["0"].weight_gradient is None and health["1"].mean is None
    assert str(health).splitlines()[0].split()[:4] == ["layer", "kind", "mean", "std"]


def test_findings():
    net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 1))
    sgd = mg.optim.SGD(net.parameters(), lr=1e6)
    with mg.no_grad():
        net[1].weight[...] = 1e-6
    with mg.watch(net) as health:
        (net(X.astype(np.float32)).sum() * 1e5).backward()
        sgd.step()
    assert any(s.startswith("0: the gradient has vanished on its way here") for s in health.findings)
    assert any(s.startswith("2: the gradient has grown to") for s in health.findings)
    assert any(s.startswith("2: the weights moved by") and "learning rate is high" in s for s in health.findings)
    with mg.watch(net) as health:
        net(np.full((2, 3), np.nan, np.float32)).sum().backward()
    assert "0: its output is not finite; mg.anomaly_mode(check_finite=True) says where that began" in health.findings


def test_it_is_printed_drawn_and_shown(tmp_path):
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    with mg.watch(net) as health:
        net(X.astype(np.float32)).sum().backward()
    table = health._repr_html_()
    assert table.count("<tr>") == 4 and "weight&#x27;s gradient" in table
    health.plot(tmp_path / "health.png")
    Health([]).plot(tmp_path / "nothing.png")
    assert (tmp_path / "health.png").stat().st_size > 5000
    with pytest.raises(KeyError, match=r"\[watch\] there is no layer '7': there are 0, 1, 2"):
        health["7"]
    with pytest.raises(TypeError, match=r"^\[watch\] expected a Module, found function"):
        mg.watch(mg.relu)
