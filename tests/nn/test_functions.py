"""What nn.functional has beyond operations: PyTorch's numbers and slopes, the distribution of what is drawn, errors."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

RNG = np.random.default_rng(0)
X, Y, Z = RNG.standard_normal((3, 5, 4))
W, B = RNG.standard_normal((3, 4, 4)), RNG.standard_normal(3)
LOGP, CLASSES = RNG.standard_normal((7, 2, 4)), np.array([[1, 2, 2], [3, 1, 0]])


def cityblock(t):
    """A distance for either library."""
    return lambda a, b: t.abs(a - b).sum(-1)


# what is called: (function, arrays that have slopes)
CALLS = {
    "bilinear": (lambda f, t, x, y, w, b: f.bilinear(x, y, w, b), (X, Y, W, B)),
    "bilinear of vectors": (lambda f, t, x, y, w: f.bilinear(input1=x, input2=y, weight=w), (X[0], Y[0], W)),
    "ctc_loss": (lambda f, t, x: f.ctc_loss(
        f.log_softmax(x, -1), t.tensor(CLASSES), t.tensor(np.array([7, 5])), t.tensor(np.array([3, 2]))), (LOGP,)),
    "ctc_loss with options": (lambda f, t, x: f.ctc_loss(
        log_probs=f.log_softmax(x, -1), targets=t.tensor(np.array([3, 3, 1])), input_lengths=(7, 5), target_lengths=(2, 1),
        blank=2, reduction="sum", zero_infinity=True), (LOGP,)),
    "channel_shuffle": (lambda f, t, x: f.channel_shuffle(x, 2), (LOGP.reshape(2, 4, 7),)),
    "feature_alpha_dropout": (lambda f, t, x: f.feature_alpha_dropout(x), (X,)),
    "rrelu": (lambda f, t, x: f.rrelu(x, 0.1, 0.5), (X,)),
    "rrelu of one slope": (lambda f, t, x: f.rrelu(x, lower=0.25, upper=0.25, training=True), (X,)),
    "softplus": (lambda f, t, x: f.softplus(x, 2.0, 30), (X,)),
    "softplus by keyword": (lambda f, t, x: f.softplus(x, beta=0.5, threshold=25.0), (X,)),
    "softplus that is straight from 1 on": (lambda f, t, x: f.softplus(x, 2.0, 1), (X,)),
    "softplus that is straight": (lambda f, t, x: f.softplus(x, threshold=-50), (X,)),
    "multilabel_margin_loss of one class": (lambda f, t, x: f.multilabel_margin_loss(x, t.tensor(np.array(0))), (X[0, 0],)),
    **{f"pdist {p}": (lambda f, t, x, p=p: f.pdist(x, p), (X,)) for p in (2, 1, 3.0, np.inf, 0)},
    "pdist of one row": (lambda f, t, x: f.pdist(x), (X[:1],)),
    "pdist of rows alike": (lambda f, t, x: f.pdist(x), (np.array([[1.0, 2], [1, 2], [3, 4]]),)),
    "triplet_margin_with_distance_loss": (lambda f, t, *xs: f.triplet_margin_with_distance_loss(*xs), (X, Y, Z)),
    "triplet_margin_with_distance_loss by another": (lambda f, t, *xs: f.triplet_margin_with_distance_loss(
        *xs, distance_function=cityblock(t), margin=2.0, swap=True, reduction="none"), (X, Y, Z)),
    **{f"{name} {reduction}": (lambda f, t, x, y, w, name=name, reduction=reduction: getattr(f, name)(
        x, y, reduction=reduction, weight=w * w), (X, Y, Z))
       for name in ("mse_loss", "l1_loss", "huber_loss") for reduction in ("mean", "sum", "none")},
    "mse_loss by position": (lambda f, t, x, y: f.mse_loss(x, y, None, None, "sum"), (X, Y)),
    "l1_loss without weight": (lambda f, t, x, y: f.l1_loss(input=x, target=y), (X, Y)),
    "huber_loss by position": (lambda f, t, x, y, w: f.huber_loss(x, y, "mean", 0.5, w), (X, Y, Z)),
    **{f"normalize of one, p {p}": (lambda f, t, x, p=p: f.normalize(x, p), (X[:1],))
       for p in (2.0, 1, 1.2, 4.0, 0.5, 0, -1.0, np.inf, -np.inf)},
    **{f"normalize of zeros, p {p}": (lambda f, t, x, p=p: f.normalize(x, p, dim=0, eps=1e-4), (np.zeros((2, 3)),))
       for p in (2, 0.5, 4, -1, np.inf)},
    "normalize over two axes": (lambda f, t, x: f.normalize(x, 3.0, (0, 2)), (LOGP,)),
    "normalize a number": (lambda f, t, x: f.normalize(x, dim=0, eps=5.0), (np.array(3.0),)),
    "multilabel_margin_loss": (lambda f, t, x: f.multilabel_margin_loss(x, target=t.tensor(np.array(
        [[1, 3, -1, 0], [-1, 0, 0, 0], [0, 1, 2, 3], [2, 2, -1, 1], [0, -1, -1, -1]])), reduction="sum"), (X,)),
    "multilabel_margin_loss of one": (lambda f, t, x: f.multilabel_margin_loss(x, t.tensor(np.array([1, 3, -1, 0]))), (X[0],)),
    "adaptive_max_pool3d": (lambda f, t, x: f.adaptive_max_pool3d(x, (2, None, 3)), (RNG.standard_normal((2, 3, 4, 3, 5)),)),
}


@pytest.mark.parametrize("name", CALLS)
def test_against_pytorch(name, device):
    call, arrays = CALLS[name]
    mine, theirs = ([t.tensor(a, requires_grad=True) for a in arrays] for t in (mg, torch))
    y, z = call(F, mg, *mine), call(torch.nn.functional, torch, *theirs)
    assert y.shape == tuple(z.shape)
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-10, atol=1e-12)
    if y.requires_grad:
        (y * y).sum().backward(), (z * z).sum().backward()
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-9, atol=1e-11)


def test_the_slopes_of_rrelu_are_drawn(device):
    x = mg.full((2000,), -1.0, requires_grad=True)
    layer = nn.RReLU(0.2, 0.6)
    y = layer(x)
    y.sum().backward()
    slopes = -y.detach().numpy()
    np.testing.assert_array_equal(slopes, x.grad.numpy())
    assert 0.2 <= slopes.min() < 0.21 and 0.59 < slopes.max() <= 0.6 and abs(slopes.mean() - 0.4) < 0.01
    np.testing.assert_allclose(layer.eval()(x).detach().numpy(), -0.4, rtol=1e-6)
    assert repr(layer).startswith("RReLU(lower=0.2, upper=0.6)")
    np.testing.assert_array_equal(F.rrelu(mg.tensor([0.0, 2.0, np.inf]), training=True).numpy(), [0, 2, np.inf])


def test_gumbel_softmax_chooses_in_proportion(device):
    p = np.array([0.1, 0.2, 0.7])
    x = mg.tensor(np.tile(np.log(p), (20000, 1)), requires_grad=True)
    mg.manual_seed(3)
    hard = F.gumbel_softmax(x, hard=True)
    assert set(np.unique(hard.detach().numpy())) == {0, 1} and (hard.detach().numpy().sum(1) == 1).all()
    np.testing.assert_allclose(hard.detach().numpy().mean(0), p, atol=0.015)
    g = RNG.standard_normal(x.shape)
    hard.backward(g)
    slope, x.grad = x.grad.numpy(), None
    mg.manual_seed(3)
    soft = F.gumbel_softmax(x)
    assert (soft.detach().numpy().argmax(1) == hard.detach().numpy().argmax(1)).all()
    soft.backward(g)
    np.testing.assert_array_equal(slope, x.grad.numpy())
    y = soft.detach().numpy()
    np.testing.assert_allclose(slope, y * (g - (g * y).sum(1, keepdims=True)), atol=1e-12)
    cold = F.gumbel_softmax(mg.tensor(RNG.standard_normal((3, 4, 5))), tau=1e-4, dim=1).numpy()
    np.testing.assert_allclose(cold.sum(1), 1, atol=1e-6)
    assert F.gumbel_softmax(mg.ones((3, 4, 5)), hard=True, dim=1).numpy().sum(1).tolist() == np.ones((3, 5)).tolist()


def test_functions_and_layers_of_dropped_channels_are_one():
    x = mg.tensor(RNG.standard_normal((4, 5, 3)))
    mg.manual_seed(1)
    a = F.feature_alpha_dropout(x, 0.4, training=True)
    mg.manual_seed(1)
    np.testing.assert_array_equal(a.numpy(), nn.FeatureAlphaDropout(0.4)(x).numpy())


@pytest.mark.parametrize("call, error, message", [
    (lambda: F.bilinear(X, Y[:, :2], W), ValueError, r"^\[bilinear\] expected x1 .* found x1 \(5, 4\), x2 \(5, 2\), weight"),
    (lambda: F.rrelu(X, 0.5, 0.1), ValueError, r"^\[rrelu\] expected lower <= upper, found 0.5 and 0.1$"),
    (lambda: nn.RReLU(1, 0), ValueError, r"^\[RReLU\] expected lower <= upper"),
    (lambda: F.rrelu(X, inplace=True), ValueError, r"^\[rrelu\] found inplace=True"),
    (lambda: F.gumbel_softmax(X, 0), ValueError, r"^\[gumbel_softmax\] tau divides, and must not be 0$"),
    (lambda: F.softplus(X, threshold="high"), TypeError, r"^\[softplus\] threshold must be a number"),
    (lambda: nn.Softplus(threshold=None), TypeError, r"^\[Softplus\] threshold must be a number"),
    (lambda: F.channel_shuffle(LOGP, 3), ValueError, r"^\[channel_shuffle\] expected x \(N, C, ...\) .* 3 divides, found"),
    (lambda: nn.ChannelShuffle(0), ValueError, r"^\[ChannelShuffle\] groups must be an int >= 1"),
    (lambda: F.pdist(X[0]), ValueError, r"^\[pdist\] expected x \(N, D\), found \(4,\)$"),
    (lambda: F.pdist(X, -1), ValueError, r"^\[pdist\] expected 0"),
    (lambda: F.triplet_margin_with_distance_loss(X, X, X[0]), ValueError, r"^\[triplet_margin_with.*\] anchor, positive and"),
    (lambda: nn.TripletMarginWithDistanceLoss(margin=0), ValueError, r"^\[TripletMarginWithDistanceLoss\] expected 0 < margin"),
    (lambda: nn.TripletMarginWithDistanceLoss(distance_function=2), TypeError, r"^\[Trip.*\] distance_function must be a func"),
    (lambda: F.mse_loss(X, Y, weight=Z[0]), ValueError, r"^\[mse_loss\] weight must have x's shape \(5, 4\), found \(4,\)$"),
    (lambda: F.l1_loss(X, Y, True), ValueError, r"^\[l1_loss\] found size_average=True, reduce=None but expected None: give"),
    (lambda: F.huber_loss(X, Y, "avg", weight=Z), ValueError, r"^\[huber_loss\] reduction must be one of mean, sum, none"),
    (lambda: F.mse_loss(X, Y[0]), ValueError, r"^\[mse\] the shapes differ"),
    (lambda: F.multilabel_margin_loss(X, X), ValueError, r"^\[multilabel_margin_loss\] the target must be integers .* float64"),
    (lambda: F.multilabel_margin_loss(X, np.full((5, 4), 4)).item(), ValueError, r"^\[multilabel_margin_loss\] .* 4 .*row 0"),
    (lambda: F.multilabel_margin_loss(X, np.array([[0, 1, -1, 2]] * 4 + [[1, -1, -2, 0]])).item(), ValueError, " -2 .*row 4"),
    (lambda: F.multilabel_margin_loss(LOGP, CLASSES), ValueError, r"^\[multilabel_margin_loss\] expected scores \(N, C\)"),
])
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_running_estimates_of_instance_norm(device):
    x = RNG.standard_normal((4, 3, 5, 2))
    mean, var = RNG.standard_normal(3), RNG.random(3) + 0.5
    found = []
    for f, t in ((F, mg), (torch.nn.functional, torch)):
        running = t.tensor(mean), t.tensor(var)
        y = f.instance_norm(t.tensor(x), *running, t.tensor(B), t.tensor(B), use_input_stats=True, momentum=0.3)
        z = f.instance_norm(t.tensor(x), *running, t.tensor(B), t.tensor(B), use_input_stats=False, eps=0.1)
        found.append([a.numpy() for a in (*running, y, z)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    with pytest.raises(ValueError, match=r"^\[instance_norm\] without use_input_stats=True the running_mean and running_var"):
        F.instance_norm(x, use_input_stats=False)


def test_a_weight_of_zero_picks_nothing():
    x, w = mg.tensor([1.0, np.inf, 3.0], requires_grad=True), [1.0, 0.0, 3.0]
    loss = F.mse_loss(x, mg.zeros(3), weight=w)
    loss.backward()
    assert loss.item() == 7 and x.grad.tolist() == [0.5, 0, 4.5]


def test_halves_of_zeros_have_no_direction():
    """The smallest norm, to the fourth power, is below all float32 numbers."""
    for dtype in (np.float32, np.float16):
        y = F.normalize(mg.tensor(np.array([[0, 0], [3, 4]], dtype)), 4.0, eps=1e-7)
        np.testing.assert_allclose(y.numpy(), [[0, 0], [3 / 337**0.25, 4 / 337**0.25]], rtol=1e-3)
        assert y.dtype == dtype
