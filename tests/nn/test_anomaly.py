"""Anomaly mode in networks: the first number that is none is named by module path, operation and line, forward and backward."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


class Root(nn.Module):
    """Its slope at 0 is infinite."""

    def forward(self, x):
        return mg.sqrt(mg.relu(x))


class Log(nn.Module):
    def forward(self, x):
        return mg.log(x)


class Net(nn.Module):
    def __init__(self, inner):
        self.features = nn.Sequential(nn.Identity(), nn.Identity(), nn.Identity(), inner)
        self.head = nn.Linear(2, 1)

    def forward(self, x):
        return self.head(self.features(x))


HERE = r"\(at .*test_anomaly.py:\d+ in forward\)$"


def test_forward_and_backward_name_the_same_path():
    x = mg.tensor([[-1.0, 2]], requires_grad=True)
    with mg.anomaly_mode(), pytest.raises(RuntimeError, match=r"^features\.3: \[log\] the result contains NaN " + HERE):
        Net(Log())(x)
    x = mg.tensor([[0.0, 2]], requires_grad=True)
    with mg.anomaly_mode():
        net = Net(Root())
        y = mg.sqrt(net(x) * 0).sum()
    with pytest.raises(RuntimeError, match=r"^\[mul_by_constant\] its gradient contains NaN; the forward .*_same_path\)$"):
        y.backward()


def test_a_path_costs_no_module_its_life():
    x = mg.tensor([[0.0, 2]], requires_grad=True)
    with mg.anomaly_mode(check_finite=True):
        y = Net(Root())(x).sum()
    with pytest.raises(RuntimeError, match=r"^\[sqrt\] its gradient contains inf"):       # the network is gone
        y.backward()


def test_check_finite_finds_the_first_infinite_number():
    x = mg.tensor([[0.0, 2]], requires_grad=True)
    net = Net(Log())
    with mg.anomaly_mode():
        assert np.isinf(net(x).item())
    for recorded in (True, False):
        with mg.set_grad_enabled(recorded), mg.anomaly_mode(check_finite=True), pytest.raises(
                RuntimeError, match=r"^features\.3: \[log\] the result contains inf, and what it was computed from is finite "
                                    + HERE):
            net(x)
    with mg.no_grad(), mg.anomaly_mode(check_finite=True), pytest.raises(
            RuntimeError, match=r"^features\.3: \[log\] the result contains NaN, and what it was computed from is finite"):
        net(-x)
    with mg.anomaly_mode(), pytest.raises(RuntimeError, match=r"^head: .* and so does its input 0 already"):
        net(mg.tensor([[-1.0, 2]]))                                 # of the logarithm of a constant nothing is recorded
    net = Net(Root())
    with mg.anomaly_mode(check_finite=True):
        y = net(x).sum()
        with pytest.raises(RuntimeError, match=r"^features\.3: \[sqrt\] its gradient contains inf, and what came in is finite; "
                                               r"the forward operation stood " + HERE):
            y.backward()


def test_what_came_in_infinite_may_stay_so():
    x, mask = mg.tensor([1.0, 2], requires_grad=True), mg.tensor([0.0, -np.inf])
    with mg.anomaly_mode(check_finite=True):
        y = mg.softmax(x + mask)
        y[0].backward()
        assert (x * np.inf).tolist() == [np.inf, np.inf] and (x * 10**30).shape == (2,)
    assert x.grad.tolist() == [0, 0]


def test_nan_in_the_data_is_told_from_nan_of_the_network():
    net = Net(nn.Identity())
    with mg.anomaly_mode(), pytest.raises(
            RuntimeError, match=r"^head: \[linear\] the result contains NaN, and so does its input 0 already, of shape \(1, 2"):
        net(np.array([[np.nan, 1]], np.float32))
