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
