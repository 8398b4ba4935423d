"""Initial values: their distributions, their seed, their names."""

import math

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import init


def weight(*shape):
    return nn.Parameter(np.zeros(shape, np.float32))


@pytest.mark.parametrize("shape, fan_in, fan_out", [((300, 200), 200, 300), ((40, 20, 5, 5), 500, 1000)])
@pytest.mark.parametrize("function, bound, std", [
    (init.xavier_uniform_, lambda i, o: math.sqrt(6 / (i + o)), None),
    (init.xavier_normal_, None, lambda i, o: math.sqrt(2 / (i + o))),
    (init.kaiming_uniform_, lambda i, o: math.sqrt(6 / i), None),
    (init.kaiming_normal_, None, lambda i, o: math.sqrt(2 / i)),
    (lambda t: init.kaiming_normal_(t, mode="fan_out", nonlinearity="linear"), None, lambda i, o: math.sqrt(1 / o)),
    (lambda t: init.kaiming_uniform_(t, a=math.sqrt(5)), lambda i, o: 1 / math.sqrt(i), None),
    (lambda t: init.kaiming_uniform_(t, a=9, nonlinearity="relu"), lambda i, o: math.sqrt(6 / i), None),
    (lambda t: init.kaiming_normal_(t, a=9, nonlinearity="linear"), None, lambda i, o: math.sqrt(1 / i)),
    (lambda t: init.xavier_uniform_(t, gain=2), lambda i, o: 2 * math.sqrt(6 / (i + o)), None),
])
def test_distributions_have_the_width_they_should(function, bound, std, shape, fan_in, fan_out):
    t = weight(*shape)
    assert function(t) is t
    a = t.detach().numpy()
    if bound is not None:
        b = bound(fan_in, fan_out)
        assert np.abs(a).max() <= b * (1 + 1e-6)
        assert a.max() > 0.99 * b and a.min() < -0.99 * b
        assert abs(a.std() / (b / math.sqrt(3)) - 1) < 0.02
    else:
        assert abs(a.std() / std(fan_in, fan_out) - 1) < 0.02
        assert np.abs(a).max() > 3 * std(fan_in, fan_out)
    assert abs(a.mean()) < 0.02 * a.std() * 3


def test_simple_fills(device):
    t = weight(1000)
    assert (init.uniform_(t, 2, 3).detach().numpy() >= 2).all() and t.detach().numpy().max() < 3
    assert abs(init.normal_(t, 5, 0.1).detach().numpy().mean() - 5) < 0.02
    assert set(init.ones_(t).tolist()) == {1} and set(init.zeros_(t).tolist()) == {0}
    assert set(init.constant_(t, 0.5).tolist()) == {0.5}
    assert t.dtype == np.float32


def test_the_defaults_by_name():
    layer = nn.Linear(400, 300)
    for p in (layer.weight, layer.bias):
        a = p.detach().numpy()
        assert np.abs(a).max() <= 1 / 20 + 1e-8 and a.max() > 0.048
    layer = nn.Linear(400, 300, init="keras")
    b = math.sqrt(6 / 700)
    assert b * 0.99 < layer.weight.detach().numpy().max() <= b + 1e-8
    assert not layer.bias.detach().numpy().any()
    conv = nn.Conv2d(8, 30, 3, init="keras")
    b = math.sqrt(6 / (9 * 38))
    assert b * 0.98 < conv.weight.detach().numpy().max() <= b + 1e-8


def test_the_seed_decides_and_layers_differ():
    def net():
        return nn.Sequential(nn.Linear(5, 5), nn.Conv2d(1, 2, 3), nn.Linear(5, 5, init="keras")).state_dict()

    mg.manual_seed(3)
    a = net()
    mg.manual_seed(3)
    b = net()
    mg.manual_seed(4)
    c = net()
    assert all((a[name] == b[name]).all() for name in a)
    assert not (a["0.weight"] == c["0.weight"]).any()
    assert not (a["0.weight"] == a["2.weight"]).any()


def test_every_device_gets_the_same_values(device):
    layer = nn.Linear(3, 2)
    assert np.float32(layer.weight.tolist()[0][0]) == np.float32(0.0) + layer.state_dict()["weight"][0, 0]
    mg.manual_seed(0)
    expected = mg.random.generator().uniform(-1 / math.sqrt(3), 1 / math.sqrt(3), (2, 3)).astype(np.float32)
    np.testing.assert_array_equal(layer.state_dict()["weight"], expected)


def test_the_default_dtype_is_used():
    mg.set_default_dtype(np.float64)
    assert nn.Linear(2, 2).weight.dtype == nn.BatchNorm2d(2).running_mean.dtype == np.float64


def test_errors():
    with pytest.raises(ValueError, match=r"\[init\] there is no scheme 'lecun': choose one of 'torch', 'keras'"):
        nn.Linear(2, 2, init="lecun")
    with pytest.raises(ValueError, match=r"\[init\] fan_in and fan_out need a weight .*, found shape \(3,\)"):
        init.xavier_uniform_(weight(3))
    with pytest.raises(ValueError, match=r"\[init\] mode must be 'fan_in' or 'fan_out', found 'fan'"):
        init.kaiming_normal_(weight(3, 3), mode="fan")
    with pytest.raises(ValueError, match=r"\[init\] nonlinearity must be 'leaky_relu' or one of 'linear', .* found 'gelu'"):
        init.kaiming_uniform_(weight(3, 3), nonlinearity="gelu")
    with pytest.raises(TypeError, match=r"\[init\] a, the slope of a leaky ReLU, must be a number, found None"):
        init.kaiming_uniform_(weight(3, 3), a=None)
    for call, message in ((lambda: init.eye_(weight(3)), r"eye_ needs a tensor with 2 axes, found shape \(3,\)"),
                          (lambda: init.sparse_(weight(2, 2, 2), 0.1), "sparse_ needs a tensor with 2 axes"),
                          (lambda: init.dirac_(weight(2, 2)), "dirac_ needs a tensor with 3 or 4 or 5 axes"),
                          (lambda: init.dirac_(weight(4, 2, 3), 3), "dirac_ needs groups, .* divides the 4 outputs, found 3"),
                          (lambda: init.orthogonal_(weight(3)), "orthogonal_ needs a weight"),
                          (lambda: init.sparse_(weight(2, 2), 2), "sparse_ needs a sparsity from 0 to 1, found 2"),
                          (lambda: init.trunc_normal_(weight(2), a=2), "trunc_normal_ needs a < b and std > 0"),
                          (lambda: init.calculate_gain("swish"), "nonlinearity must be 'leaky_relu' or one of")):
        with pytest.raises(ValueError, match=rf"^\[init\] {message}"):
            call()


# ---- the others of PyTorch's

@pytest.mark.parametrize("shape", [(30, 20), (20, 30), (8, 3, 3, 2), (5, 5), (0, 3)])
def test_orthogonal(shape, device):
    t = weight(*shape)
    assert init.orthogonal_(t, gain=2.0) is t
    a = t.detach().numpy().reshape(shape[0], -1) if t.size else np.zeros((0, 3))
    gram = a @ a.T if a.shape[0] <= a.shape[1] else a.T @ a
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-5)


def test_orthogonal_matrices_are_drawn_uniformly():
    """Of the rotations and reflections of the plane: every angle alike, and half of them turn it over."""
    drawn = np.array([init.orthogonal_(weight(2, 2)).detach().numpy() for _ in range(2000)])
    angles = np.arctan2(drawn[:, 1, 0], drawn[:, 0, 0])
    counts = np.histogram(angles, 8, (-np.pi, np.pi))[0]
    assert (abs(counts - 250) < 75).all() and abs((np.linalg.det(drawn) > 0).mean() - 0.5) < 0.05


@pytest.mark.parametrize("mean, std, a, b", [(0, 1, -2, 2), (0.5, 0.2, 0, 0.6), (0, 1, 1, 3), (0, 0.02, -2, 2), (5, 1, 0, 2)])
def test_normal_numbers_that_are_cut(mean, std, a, b):
    """Their mean and variance, by a fine sum over the density."""
    x = np.linspace(max(a, mean - 9 * std), min(b, mean + 9 * std), 100001)
    p = np.exp(-((x - mean) / std) ** 2 / 2)
    p /= p.sum()
    values = init.trunc_normal_(weight(200, 200), mean, std, a=a, b=b).detach().numpy().astype(np.float64)
    assert values.min() >= a and values.max() <= b
    expected, spread = (p * x).sum(), np.sqrt((p * x * x).sum() - (p * x).sum() ** 2)
    assert abs(values.mean() - expected) < 0.03 * spread and abs(values.std() / spread - 1) < 0.02


def test_sparse():
    a = init.sparse_(weight(50, 40), 0.21, std=0.5).detach().numpy()
    assert ((a == 0).sum(0) == 11).all() and len({tuple(column) for column in (a == 0).T}) == 40
    assert abs(a[a != 0].std() - 0.5) < 0.02


def test_exact_ones_and_gains_against_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for shape in ((3, 5), (5, 3)):
        np.testing.assert_array_equal(init.eye_(weight(*shape)).detach().numpy(),
                                      torch.nn.init.eye_(torch.empty(shape)).numpy())
    for shape, groups in (((4, 3, 3), 1), ((6, 2, 3, 4), 3), ((2, 5, 3, 3, 2), 2), ((3, 3, 1), 1)):
        np.testing.assert_array_equal(init.dirac_(weight(*shape), groups).detach().numpy(),
                                      torch.nn.init.dirac_(torch.empty(shape), groups).numpy())
    for name in (*init.GAINS, "leaky_relu"):
        assert init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    assert init.calculate_gain("leaky_relu", 0.3) == torch.nn.init.calculate_gain("leaky_relu", 0.3)


def test_pytorchs_keywords_and_a_generator():
    a, b = weight(4, 3), weight(4, 3)
    for name, options in (("uniform_", {"a": 1, "b": 2}), ("normal_", {"mean": 1, "std": 2}), ("xavier_uniform_", {"gain": 2}),
                          ("xavier_normal_", {}), ("kaiming_uniform_", {}), ("kaiming_normal_", {"mode": "fan_out"}),
                          ("trunc_normal_", {"mean": 0.1}), ("orthogonal_", {"gain": 2}), ("sparse_", {"sparsity": 0.5})):
        function = getattr(init, name)
        function(tensor=a, **options, generator=mg.Generator(3))
        state = mg.random.get_state()
        function(b, **options, generator=mg.Generator(3))
        assert a.tolist() == b.tolist() and (state["streams"] == mg.random.get_state()["streams"]).all(), name
        mg.manual_seed(7)
        function(a, **options)
        mg.manual_seed(7)
        assert a.tolist() == function(b, **options).tolist(), name
    init.constant_(tensor=a, val=3)
