"""nn.functional: PyTorch's names and arguments, and PyTorch's numbers."""

import inspect

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, ops
from minigrad.nn import functional as F

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

RNG = np.random.default_rng(0)
X, W, B, IMAGES, FILTERS = (RNG.standard_normal(s) for s in ((5, 4), (3, 4), (3,), (2, 3, 8, 8), (6, 3, 3, 3)))
TARGET, MEAN, VAR = RNG.standard_normal((5, 4)), RNG.standard_normal(3), RNG.random(3) + 0.5

# a call, in which t makes a tensor of an array
CALLS = {
    "relu": lambda f, t: f.relu(t(X), inplace=False), "sigmoid": lambda f, t: f.sigmoid(input=t(X)),
    "tanh": lambda f, t: f.tanh(t(X)), "softplus": lambda f, t: f.softplus(t(X)),
    "softmax": lambda f, t: f.softmax(t(X), dim=0), "log_softmax": lambda f, t: f.log_softmax(t(X), 1),
    "linear": lambda f, t: f.linear(t(X), t(W), t(B)), "linear by keyword": lambda f, t: f.linear(input=t(X), weight=t(W)),
    "conv2d": lambda f, t: f.conv2d(t(IMAGES), t(FILTERS), padding=1),
    "conv2d by keyword": lambda f, t: f.conv2d(input=t(IMAGES), weight=t(FILTERS), bias=t(np.ones(6)), stride=2),
    "max_pool2d": lambda f, t: f.max_pool2d(t(IMAGES), kernel_size=2),
    "avg_pool2d": lambda f, t: f.avg_pool2d(t(IMAGES), 2, stride=1),
    "batch_norm": lambda f, t: f.batch_norm(t(IMAGES), None, None, training=True),
    "batch_norm at rest": lambda f, t: f.batch_norm(t(IMAGES), t(MEAN), t(VAR), t(B), bias=t(B)),
    "dropout": lambda f, t: f.dropout(t(X), 0.5, training=False),
    "dropout2d": lambda f, t: f.dropout2d(t(IMAGES), training=False),
    "cross_entropy": lambda f, t: f.cross_entropy(t(X), t(np.arange(5) % 4), reduction="sum"),
    "mse_loss": lambda f, t: f.mse_loss(t(X), target=t(TARGET)),
    "leaky_relu": lambda f, t: f.leaky_relu(t(X), 0.2), "gelu": lambda f, t: f.gelu(t(X), approximate="tanh"),
    "elu": lambda f, t: f.elu(t(X), alpha=0.5), "hardtanh": lambda f, t: f.hardtanh(t(X), -0.5, max_val=2.0),
    "prelu": lambda f, t: f.prelu(t(X), weight=t(W[0])), "silu": lambda f, t: f.silu(input=t(X)),
    "softmin": lambda f, t: f.softmin(t(X), dim=1), "glu": lambda f, t: f.glu(t(X), 1),
    "normalize": lambda f, t: f.normalize(t(X)), "normalize otherwise": lambda f, t: f.normalize(t(X), p=1.0, dim=0),
    "layer_norm": lambda f, t: f.layer_norm(t(X), (4,), t(X[0]), bias=t(X[1])),
    "group_norm": lambda f, t: f.group_norm(t(IMAGES), 3, weight=t(B), bias=t(B)),
    "instance_norm": lambda f, t: f.instance_norm(t(IMAGES), weight=t(B), bias=t(B)),
    "conv1d": lambda f, t: f.conv1d(t(IMAGES[0]), weight=t(np.ones((2, 8, 3)))),
    "conv_transpose2d": lambda f, t: f.conv_transpose2d(t(IMAGES), t(FILTERS.transpose(1, 0, 2, 3)), stride=2),
    "max_pool2d with options": lambda f, t: f.max_pool2d(t(IMAGES), 3, 2, 1, dilation=1, ceil_mode=True),
    "adaptive_avg_pool2d": lambda f, t: f.adaptive_avg_pool2d(t(IMAGES), (3, 2)),
    "interpolate": lambda f, t: f.interpolate(t(IMAGES), scale_factor=2, mode="bilinear"),
    "pixel_shuffle": lambda f, t: f.pixel_shuffle(t(IMAGES[:, :1].repeat(4, 1)), 2),
    "embedding": lambda f, t: f.embedding(t(np.array([[0, 2], [1, 1]])), t(W)),
    "pad": lambda f, t: f.pad(t(IMAGES), (1, 2, 0, 3), value=0.5),
    "pad, reflected": lambda f, t: f.pad(t(IMAGES), (1, 2, 0, 3), mode="reflect"),
    "pad, the end repeated": lambda f, t: f.pad(t(IMAGES), (1, 2, 0, 0), "replicate"),
    "pad, cut": lambda f, t: f.pad(t(IMAGES), (-1, 2)),
}


@pytest.mark.parametrize("name", CALLS)
def test_against_pytorch(name, device):
    mine = CALLS[name](F, mg.tensor)
    theirs = CALLS[name](torch.nn.functional, torch.tensor)
    np.testing.assert_allclose(mine.numpy(), theirs.numpy(), rtol=1e-10, atol=1e-12)


def test_the_table_follows_the_operations():
    """Every operation that has PyTorch's name is here under it, and its keywords are known to PyTorch's."""
    for name in (*F.SAME, *F.LOSSES):
        assert hasattr(F, name) == hasattr(ops, name), name
        assert hasattr(torch.nn.functional, name), name
    assert {"relu", "conv2d", "cross_entropy", "mse_loss", "softmax"} <= set(F.__all__)
    assert F.relu.__name__ == "relu" and F.relu.__doc__.startswith("mg.relu under PyTorch's name.")
    assert all(inspect.isfunction(getattr(F, name)) for name in F.__all__) and nn.functional is F


def test_what_is_refused():
    x = mg.tensor(X)
    for call, error, message in (
            (lambda: F.relu(x, inplace=True), ValueError, r"\[relu\] found inplace=True but expected False: .* x = relu\(x\)"),
            (lambda: F.relu(x, True), TypeError, r"\[relu\] found 2 arguments by position but expected at most 1"),
            (lambda: F.dropout(x, inplace=True), ValueError, r"\[dropout\] found inplace=True"),
            (lambda: F.cross_entropy(x, np.arange(5) % 4, mg.ones(4)), TypeError,
             r"\[cross_entropy\] found 3 arguments by position but expected at most 2: give .*reduction.* by keyword"),
            (lambda: F.pad(x, (1, 2, 3)), ValueError, r"\[pad\] expected \(before, after\) for the last axes of shape"),
            (lambda: F.pad(x, (1, 1), "mirror"), ValueError, r"\[pad\] mode must be 'constant', 'reflect'"),
            (lambda: F.nothing, AttributeError, r"has no attribute 'nothing'"),
            (lambda: F.ReLU, AttributeError, r"has no attribute 'ReLU': there is")):
        with pytest.raises(error, match=message):
            call()


def test_a_row_of_zeros_has_a_direction_of_zeros():
    x = mg.tensor(np.array([[0.0, 0.0], [3.0, 4.0]]), requires_grad=True)
    y = F.normalize(x)
    y.sum().backward()
    assert y.detach().numpy().tolist() == [[0, 0], [0.6, 0.8]] and np.isfinite(x.grad.numpy()).all()


# ---- dropout of channels, and the layers that stand beside it

def test_whole_channels_are_dropped(device):
    for layer, shape in ((nn.Dropout1d(0.5), (50, 20, 3)), (nn.Dropout2d(0.5), (50, 20, 3, 2)),
                         (nn.Dropout3d(), (50, 20, 2, 2, 2)), (nn.Dropout2d(0.5), (200, 3, 2))):
        x = mg.ones(shape, requires_grad=True)
        y = layer(x)
        flat = y.detach().numpy().reshape(*shape[:len(shape) - layer.sides], -1)
        assert (flat == flat[..., :1]).all() and set(np.unique(flat)) == {0, 2}
        assert 0.4 < flat.mean() / 2 < 0.6
        y.sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())
        assert layer.eval()(x) is x
    with pytest.raises(ValueError, match=r"\[Dropout2d\] expected x with 4 axes, .* or 3, .* found \(2, 2\)"):
        nn.Dropout2d()(mg.ones((2, 2)))
    with pytest.raises(TypeError, match=r"\[Dropout1d\] x is uint8, raw pixels"):
        nn.Dropout1d()(np.zeros((1, 2, 3), np.uint8))


def test_alpha_dropout_keeps_mean_and_variance(device):
    x = mg.tensor(RNG.standard_normal((400, 500)).astype(np.float32))
    for layer in (nn.AlphaDropout(0.3), nn.FeatureAlphaDropout(0.3)):
        y = layer(x).numpy()
        assert abs(y.mean()) < 0.02 and abs(y.var() - 1) < 0.02 and layer.eval()(x) is x
    theirs = torch.nn.AlphaDropout(0.3)(torch.tensor(x.numpy())).numpy()
    mine = nn.AlphaDropout(0.3)(x).numpy()
    low, value = (np.unique(a, return_counts=True) for a in (mine, theirs))
    assert low[0][low[1].argmax()] == pytest.approx(value[0][value[1].argmax()], rel=1e-5)     # what a dropped number becomes
    kept = (mine != low[0][low[1].argmax()]) & (theirs != value[0][value[1].argmax()])
    np.testing.assert_allclose(mine[kept], theirs[kept], rtol=1e-5, atol=1e-6)
    assert not nn.AlphaDropout(1.0)(x).numpy().any()
    rows = nn.FeatureAlphaDropout(0.5)(mg.ones((3, 4, 5))).numpy()
    assert (rows == rows[..., :1]).all()


def test_bilinear(device):
    mg.set_default_dtype(np.float64)
    theirs, ours = torch.nn.Bilinear(3, 4, 5).double(), nn.Bilinear(3, 4, 5)
    ours.load_state_dict(theirs.state_dict())
    a, b = RNG.standard_normal((2, 6, 3)), RNG.standard_normal((2, 6, 4))
    x, y, tx, ty = (f(v, requires_grad=True) for f in (mg.tensor, torch.tensor) for v in (a, b))
    z, tz = ours(x, y), theirs(tx, ty)
    (z * z).sum().backward(), (tz * tz).sum().backward()
    pairs = [(z.detach(), tz), (x.grad, tx.grad), (y.grad, ty.grad), (ours.weight.grad, theirs.weight.grad),
             (ours.bias.grad, theirs.bias.grad)]
    for mine, their in pairs:
        np.testing.assert_allclose(mine.numpy(), their.detach().numpy(), rtol=1e-9, atol=1e-12)
    for bad, message in (((mg.ones((2, 3)), mg.ones((3, 4))), "x1 and x2 differ before their last axis"),
                         ((mg.ones((2, 4)), mg.ones((2, 4))), "x1 needs 3 features in its last axis")):
        with pytest.raises(ValueError, match=rf"\[Bilinear\] {message}"):
            ours(*bad)
    assert repr(nn.Bilinear(1, 2, 3, bias=False)).startswith("Bilinear(1, 2, 3, bias=False)  weight (3, 1, 2): 6")


def test_flatten_and_unflatten():
    x = mg.tensor(RNG.standard_normal((2, 3, 4, 5)))
    t = torch.tensor(x.numpy())
    for args in ((), (0,), (2,), (1, 2), (-2, -1), (0, -2), (-3,)):
        np.testing.assert_array_equal(nn.Flatten(*args)(x).numpy(), torch.nn.Flatten(*args)(t).numpy())
    for dim, sizes in ((1, (3, 1)), (-1, (5, -1)), (2, (2, -1)), (3, (1, 1, 5))):
        np.testing.assert_array_equal(nn.Unflatten(dim, sizes)(x).numpy(), torch.nn.Unflatten(dim, sizes)(t).numpy())
    for call, message in ((lambda: nn.Flatten(2, 1)(x), r"\[Flatten\] expected start_dim and end_dim to be axes of x"),
                          (lambda: nn.Unflatten(1, (2, -1))(x), r"\[Unflatten\] axis 1 .* does not divide into \(2, -1\)"),
                          (lambda: nn.Unflatten(1, (2,))(x), r"\[Unflatten\] axis 1 .* does not divide into \(2,\)"),
                          (lambda: nn.Unflatten(7, (2,))(x), r"\[Unflatten\] axis 7 does not exist")):
        with pytest.raises(ValueError, match=message):
            call()
    assert repr(nn.Unflatten(1, (2, 3))).startswith("Unflatten(dim=1, unflattened_size=(2, 3))")
