"""Layers with forward and backward (C10), and formulas (A2, C8), with each mistake."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.testing import check_gradient

R = np.random.default_rng(3)
N = 5
X, Y = R.standard_normal((N, 4)), R.integers(0, 3, N)


class Linear:
    wrong = ""

    def __init__(self, inputs, outputs):
        self.W, self.b = np.zeros((outputs, inputs)), np.zeros(outputs)

    def forward(self, x):
        self.x = x
        return x @ self.W.T + self.b

    def backward(self, g):
        g = np.ones_like(g) if self.wrong == "ignored" else g
        self.gW = g.T @ self.x
        self.gb = g if self.wrong == "bias" else g.sum(0)
        return g @ np.ones_like(self.W) if self.wrong == "no W" else g @ self.W


class ReLU:
    wrong = ""

    def forward(self, x):
        self.x = x
        if self.wrong == "in place":
            x[x < 0] = 0
            return x
        return x if self.wrong == "forward" else np.maximum(x, 0)

    def backward(self, g):
        on = self.x > 0
        return {"no mask": g, "no g": 1.0 * on, "turned": g * (self.x < 0), "nothing": None}.get(self.wrong, g * on)


class CrossEntropy:
    wrong = ""

    def forward(self, z, y):
        e = np.exp(z - z.max(1, keepdims=True))
        self.p, self.y = e / e.sum(1, keepdims=True), y
        return -np.log(self.p[np.arange(len(y)), y]).mean()

    def backward(self):
        p = self.p if self.wrong == "no onehot" else self.p - np.eye(3)[self.y]
        return p if self.wrong == "no mean" else p / len(self.y)


def made(cls, wrong, *arguments):
    layer = cls(*arguments)
    layer.wrong = wrong
    return layer


def test_right_layers():
    for report, parameters in ((check_gradient(Linear(4, 3), nn.Linear(4, 3), X), ["forward", "gx", "gW", "gb"]),
                               (check_gradient(ReLU(), mg.relu, X), ["forward", "gx"]),
                               (check_gradient(ReLU(), nn.ReLU(), X), ["forward", "gx"]),
                               (check_gradient(CrossEntropy(), mg.cross_entropy, X[:, :3], Y), ["forward", "gx"])):
        assert report and [f.parameter for f in report] == parameters


@pytest.mark.parametrize("wrong, name, where", [
    ("bias", "not summed", ["gb"]), ("no W", "missing factor", ["gx"]),
    ("ignored", "incoming gradient ignored", ["gx", "gW", "gb"])])
def test_a_linear_layer(wrong, name, where):
    report = check_gradient(made(Linear, wrong, 4, 3), nn.Linear(4, 3), X)
    assert {f.parameter: f.name for f in report if not f} == dict.fromkeys(where, name) and len(report.mistakes) == 1


@pytest.mark.parametrize("wrong, name", [
    ("no mask", "missing mask"), ("no g", "incoming gradient ignored"), ("turned", "mask turned round"), ("nothing", "none")])
def test_a_relu(wrong, name):
    report = check_gradient(made(ReLU, wrong), mg.relu, X)
    assert [f.name for f in report] == ["right", name]


def test_a_relu_that_writes_into_its_input_or_is_none():
    report = check_gradient(made(ReLU, "in place"), mg.relu, X)
    assert "ReLU.forward writes into x" in report.notes[0]
    report = check_gradient(made(ReLU, "forward"), mg.relu, X)
    assert not report["forward"] and report["gx"]


@pytest.mark.parametrize("wrong, name", [("no onehot", "softmax without - onehot"), ("no mean", "missing 1/N")])
def test_a_cross_entropy(wrong, name):
    report = check_gradient(made(CrossEntropy, wrong), mg.cross_entropy, X[:, :3], Y)
    assert [f.name for f in report] == ["right", name]


def test_weights_stored_the_other_way_round_and_by_other_names():
    class Other:
        def __init__(self):
            self.kernel, self.b = np.zeros((4, 3)), np.zeros((1, 3))

        def forward(self, x):
            self.x = x
            return x @ self.kernel + self.b

        def backward(self, g):
            self.gkernel, self.gb = self.x.T @ g, g.sum(0, keepdims=True)
            return g @ self.kernel.T

    assert check_gradient(Other(), nn.Linear(4, 3), X, names={"weight": "kernel"})
    report = check_gradient(Other(), nn.Linear(4, 3), X)
    assert [(f.parameter, f.name) for f in report] == [("W", "missing")]


def test_a_layer_whose_code_raises():
    class Broken(ReLU):
        def backward(self, g):
            return g * self.mask

    report = check_gradient(Broken(), mg.relu, X)
    assert [f.name for f in report] == ["right", "error"]
    assert "Broken.backward raised AttributeError" in report["backward"].sentence and "`return g * self.mask`" in str(report)
    report = check_gradient(made(Linear, "", 9, 3), nn.Linear(4, 3), X)
    assert report["W"].name == "wrong shape" and "(3, 9), but the layer's weight has (3, 4)" in report["W"].sentence


# ---- C8: y = Wx, u = relu(y), v = u + Wu, L = 1/2 ||v||^2

WC, XC = R.standard_normal((4, 4)), R.standard_normal(4)
TW = mg.Tensor(WC, requires_grad=True)


def c8(x):
    u = mg.relu(TW @ x)
    v = u + TW @ u
    return (v * v).sum() / 2


def c8_by_hand(x, first=True, second=True, outer=np.outer, mask=True, skip=1, transposed=True, sign=1):
    y = WC @ x
    u = np.maximum(y, 0)
    v = u + WC @ u
    back = skip * v + (WC.T if transposed else WC) @ v * sign
    return first * outer(v, u) + second * np.outer(back * (y > 0 if mask else 1), x)


@pytest.mark.parametrize("wrong, name, words", [
    (dict(first=False), "missing use", "the use of W in the second matmul is forgotten, where W is used 2 times"),
    (dict(second=False), "missing use", "the use of W in the first matmul is forgotten"),
    (dict(outer=lambda v, u: np.outer(u, v)), "outer product turned round", "the second matmul is transposed: u v^T for v u^T"),
    (dict(mask=False), "missing mask", "the mask of the relu after the matmul with W"),
    (dict(skip=0), "missing path", "from the relu after the matmul with W to the loss through the add"),
    (dict(transposed=False), "W for W^T", "in the matmul with W, W is not transposed"),
])
def test_c8(wrong, name, words):
    assert check_gradient(c8_by_hand, c8, XC, wrt={"W": TW})
    found = check_gradient(lambda x: c8_by_hand(x, **wrong), c8, XC, wrt={"W": TW})["W"]
    assert found.name == name and words in found.sentence and found.step


# ---- A2: f(x) = sum_j v_j (w_j.x)+, L = sum_i (f(x_i) - y_i)^2

V, WA, T = R.standard_normal(3), R.standard_normal((3, 4)), R.standard_normal(N)
TV, TWA = mg.Tensor(V, requires_grad=True), mg.Tensor(WA, requires_grad=True)


def a2(x, y):
    return ((mg.relu(x @ TWA.T) @ TV - y) ** 2).sum()


def a2_by_hand(x, y, mask=True, v=V, two=2, z=False, residual=True, mean=False):
    pre = x @ WA.T
    h = np.maximum(pre, 0)
    r = two * (h @ V - y if residual else np.ones(len(x))) / (len(x) if mean else 1)
    return {"v": (pre if z else h).T @ r, "w": ((r[:, None] * v) * (pre > 0 if mask else 1)).T @ x}


@pytest.mark.parametrize("wrong, names", [
    (dict(mask=False), {"v": "right", "w": "missing mask"}), (dict(v=np.ones(3)), {"v": "right", "w": "missing factor"}),
    (dict(two=1), {"v": "half", "w": "half"}), (dict(two=-2), {"v": "sign", "w": "sign"}),
    (dict(z=True), {"v": "z for the activation", "w": "right"}), (dict(mean=True), {"v": "1/N too much", "w": "1/N too much"}),
    (dict(residual=False, two=1), {"v": "missing derivative", "w": "missing derivative"})])
def test_a2(wrong, names):
    assert check_gradient(a2_by_hand, a2, X, T, wrt={"v": TV, "w": TWA})
    report = check_gradient(lambda x, y: a2_by_hand(x, y, **wrong), a2, X, T, wrt={"v": TV, "w": TWA})
    assert {f.parameter: f.name for f in report} == names
    assert TV.grad is None


def test_what_is_no_tensor_to_differentiate():
    with pytest.raises(ValueError, match=r"wrt\['v'\] is a constant but expected a tensor that requires grad"):
        check_gradient(a2_by_hand, a2, X, T, wrt={"v": mg.Tensor(V)})
    with pytest.raises(ValueError, match="the loss depends on none of the parameters"):
        check_gradient(a2_by_hand, lambda x, y: mg.Tensor(1.0), X, T, wrt={"v": TV})


# ---- other nets

class Halves(nn.Module):
    def __init__(self):
        self.both, self.out = nn.Linear(6, 8), nn.Linear(4, 3)

    def forward(self, x):
        a, b = mg.split(self.both(x), 2, axis=1)
        return self.out(a * mg.sigmoid(b))


class Last(nn.Module):
    def __init__(self):
        self.lstm, self.out = nn.LSTM(5, 4, batch_first=True), nn.Linear(4, 3)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


NETS = {
    "two outputs": (Halves, R.standard_normal((N, 6))), "recurrent": (Last, R.standard_normal((N, 3, 5))),
    "images": (lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                                     nn.Linear(8, 3)), R.standard_normal((N, 1, 6, 6))),
    "words": (lambda: nn.Sequential(nn.Embedding(7, 4), nn.Flatten(), nn.Linear(12, 3)), R.integers(0, 7, (N, 3)))}


@pytest.mark.parametrize("name", NETS)
def test_any_net_and_noise_is_called_unknown(name):
    """What the engine gives passes, and every planted mistake can be made in these graphs; no noise is taken for one."""
    make, x = NETS[name]
    mg.manual_seed(0)
    net = make().double()
    mg.cross_entropy(net(mg.Tensor(x) if x.dtype.kind == "f" else x), Y).backward()
    right = {name: p.grad.numpy().copy() for name, p in net.named_parameters()}
    assert check_gradient(right, net, x, Y)
    noise = {name: g + R.standard_normal(g.shape) for name, g in right.items()}
    assert {f.name for f in check_gradient(noise, net, x, Y)} == {"unknown"}
    turned = {name: -g for name, g in right.items()}
    assert {f.name for f in check_gradient(turned, net, mg.Tensor(x), Y)} == {"sign"}


def test_a_softmax_with_squares_and_tanh_outside_a_chain():
    """p = softmax(tanh(x w)), L = sum (p - t)^2: of the softmax only the diagonal; of the tanh 1 - tanh(a)^2."""
    w0, t = R.standard_normal((4, 3)), np.eye(3)[Y]
    w = mg.Tensor(w0, requires_grad=True)

    def by_hand(x, y, diagonal=False, at_output=False):
        a = np.tanh(x @ w0)
        p = np.exp(a) / np.exp(a).sum(1, keepdims=True)
        g = 2 * (p - y)
        d = g * p * (1 - p) if diagonal else p * (g - (g * p).sum(1, keepdims=True))
        return x.T @ (d * (1 - (np.tanh(a) if at_output else a) ** 2))

    def loss(x, y):
        return ((mg.softmax(mg.tanh(x @ w), 1) - y) ** 2).sum()

    assert check_gradient(by_hand, loss, X, t, wrt={"w": w})
    for wrong, name in ((dict(diagonal=True), "softmax's diagonal only"), (dict(at_output=True), "derivative at the output")):
        assert check_gradient(lambda x, y, wrong=wrong: by_hand(x, y, **wrong), loss, X, t, wrt={"w": w})["w"].name == name
