"""The losses beside cross-entropy and mse: what the descriptions in minigrad/testing/operations/ do not show.

Infinite and sure inputs, classes left out, zero weights, PyTorch's own of those that are compared by their definition, errors.
"""

import re
from functools import partial

import numpy as np
import pytest

import minigrad as mg

RNG = np.random.default_rng(0)
Z = RNG.standard_normal((5, 4))
CLASSES = np.array([3, 0, 1, 1, 2])
NAN, INF = np.nan, np.inf


def gradient(f, *arrays):
    """(f of them, their gradients) as numpy arrays."""
    leaves = [mg.tensor(np.asarray(a, np.float64), requires_grad=True) for a in arrays]
    y = f(*leaves)
    y.backward(np.ones(y.shape))
    return y.detach().numpy(), *[t.grad.numpy() for t in leaves]


# ---- classes left out, weights

def test_minus_100_is_left_out_without_being_told(device):
    """As in PyTorch; whoever has no such class pays nothing for it."""
    kept = np.array([0, 2, 3])
    target = np.where(np.isin(np.arange(5), kept), CLASSES, -100)
    for given in (target, target.astype(np.int32), mg.tensor(target)):
        assert mg.cross_entropy(Z, given).item() == pytest.approx(mg.cross_entropy(Z[kept], CLASSES[kept]).item())
    rows = mg.cross_entropy(Z, target, "none").numpy()
    np.testing.assert_allclose(rows[kept], mg.cross_entropy(Z[kept], CLASSES[kept], "none").numpy())
    assert rows[[1, 4]].tolist() == [0, 0]
    pixels = RNG.standard_normal((2, 4, 3, 3))
    few = np.full((2, 3, 3), -100)
    few[1, 2, 0] = 3
    assert mg.cross_entropy(pixels, few).item() == pytest.approx(mg.cross_entropy(pixels[1:, :, 2, 0], [3]).item())
    with pytest.raises(ValueError, match=r"^\[cross_entropy\] target 7 at row 0 is not a class: expected 0..3"):
        mg.cross_entropy(Z, np.array([7, -100, 0, 0, 0]))


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"weight": np.ones(4)}])
def test_rows_left_out_may_be_anything(options, device):
    z = np.vstack([Z, np.full(4, NAN), [INF, 0, 0, 0]])
    y, gz = gradient(lambda z: mg.cross_entropy(z, [*CLASSES, 9, 9], ignore_index=9, **options), z)
    expected, gradients = gradient(lambda z: mg.cross_entropy(z, CLASSES, **options), Z)
    np.testing.assert_allclose(y, expected)
    np.testing.assert_allclose(gz[:5], gradients, atol=1e-12)
    assert not gz[5:].any()


def test_of_nothing_the_mean_is_nan_and_the_gradient_0(device):
    for options in ({}, {"weight": np.ones(4)}, {"label_smoothing": 0.1}):
        y, gz = gradient(partial(mg.cross_entropy, target=np.full(5, -100), **options), Z)
        assert np.isnan(y) and not gz.any()
        assert mg.cross_entropy(Z, np.full(5, -100), "sum", **options).item() == 0


def test_a_class_of_weight_0_does_not_count(device):
    z = np.array([[-INF, 0, 1], [0, -INF, 1]])
    for target, weight in (([1, 2], [0, 1, 1]), (np.eye(3)[[1, 2]], [0, 0, 1]), ([0, 2], [0, 1, 1])):
        y, gz = gradient(partial(mg.cross_entropy, target=target, reduction="none", weight=weight), z)
        assert np.isfinite(y).all() and np.isfinite(gz).all()
    y, gz = gradient(lambda x: mg.nll_loss(x, [0, 1], weight=[0.0, 1], reduction="sum"), [[-INF, 0], [0, -2]])
    assert y == 2 and gz.tolist() == [[0, 0], [0, -1]]


def test_weights_take_the_dtype_of_the_logits():
    z = mg.tensor(Z, dtype=np.float32, requires_grad=True)
    for weight in (np.ones(4), [1, 2, 3, 4], mg.ones(4, dtype=np.float64)):
        loss = mg.cross_entropy(z, CLASSES, weight=weight)
        loss.backward()
        assert loss.dtype == z.grad.dtype == np.float32
    w = mg.ones(4, requires_grad=True)
    mg.cross_entropy(z, CLASSES, "sum", weight=w).backward()
    rows = mg.cross_entropy(Z, CLASSES, "none").numpy()
    np.testing.assert_allclose(w.grad.numpy(), np.bincount(CLASSES, rows), rtol=1e-5)


# ---- sure and infinite

def test_logits_may_be_infinite():
    for x, t in ((INF, 1), (-INF, 0)):
        y, gx, _ = gradient(lambda x, t: mg.binary_cross_entropy_with_logits(x, t, reduction="sum"), x, t)
        assert y == gx == mg.multilabel_soft_margin_loss(mg.tensor([x]), [t]).item() == 0
    assert mg.binary_cross_entropy_with_logits(mg.tensor([INF]), [0.0]).item() == INF
    assert mg.soft_margin_loss(mg.tensor([INF, -INF]), [1.0, -1]).item() == 0
    y, gx = gradient(lambda x: mg.binary_cross_entropy_with_logits(x, np.array([0.0, 1]), reduction="sum"), [800, -800])
    assert y == 1600 and gx.tolist() == [1, -1]


def test_a_sure_and_wrong_probability_costs_100():
    """... and can be learnt from."""
    y, gx = gradient(lambda x: mg.binary_cross_entropy(x, np.array([1.0, 0, 1, 0]), reduction="none"), [0, 1, 1, 0])
    assert y.tolist() == [100, 100, 0, 0] and gx.tolist() == [-1e12, 1e12, -1, 1]
    assert np.isnan(mg.binary_cross_entropy(mg.tensor([np.nan]), [1.0], reduction="none").numpy()).all()


def test_no_probability_no_divergence():
    for divergence, t in ((lambda x, t: mg.kl_div(x, t, "sum"), [0, 1]),
                          (lambda x, t: mg.kl_div(x, t, "sum", log_target=True), [-INF, 0])):
        y, gx, _ = gradient(divergence, [-INF, -1], t)
        assert y == 1 and gx.tolist() == [0, -1]
    assert mg.poisson_nll_loss(mg.tensor([-INF]), [0.0]).item() == 0


def test_one_class_has_no_rival():
    y, g = gradient(lambda s: mg.crammer_singer_loss(s, [0, 0]) + mg.weston_watkins_loss(s, [0, 0]), [[3], [4]])
    assert y == 0 and not g.any()


def test_the_multiclass_hinges_are_the_papers():
    """Crammer & Singer: the largest violation, that of the own class being 0; Weston & Watkins: their sum."""
    margins = Z - Z[np.arange(5), CLASSES][:, None] + (np.arange(4) != CLASSES[:, None])
    assert mg.crammer_singer_loss(Z, CLASSES).item() == pytest.approx(margins.max(1).mean())
    all_of_them = np.maximum(margins, 0).sum(1).mean()
    assert mg.weston_watkins_loss(Z, CLASSES).item() == pytest.approx(all_of_them)
    assert mg.multi_margin_loss(Z, CLASSES).item() == pytest.approx(all_of_them / 4)


# ---- PyTorch's own, where a description compares with the definition

def test_against_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    f = torch.nn.functional
    t, a, b = torch.tensor(CLASSES), RNG.standard_normal((5, 4)), np.sign(Z)
    for ours, theirs in (
            (lambda z: mg.multi_margin_loss(z, CLASSES, p=2, weight=[1, 2, 3, 4]),
             lambda z: f.multi_margin_loss(z, t, p=2, weight=torch.tensor([1.0, 2, 3, 4], dtype=z.dtype))),
            (lambda z: mg.weston_watkins_loss(z, CLASSES), lambda z: 4 * f.multi_margin_loss(z, t)),
            (lambda z: mg.soft_margin_loss(z, b), lambda z: f.soft_margin_loss(z, torch.tensor(b))),
            (lambda z: mg.cosine_similarity(z, a).sum(), lambda z: f.cosine_similarity(z, torch.tensor(a)).sum()),
            (lambda z: mg.pairwise_distance(z, a).sum(), lambda z: f.pairwise_distance(z, torch.tensor(a)).sum()),
            (lambda z: mg.gaussian_nll_loss(z, a, 0.01, eps=0.1),
             lambda z: f.gaussian_nll_loss(z, torch.tensor(a), 0.01, eps=0.1))):
        x = torch.tensor(Z, requires_grad=True)
        y = theirs(x)
        y.backward()
        found, gz = gradient(ours, Z)
        np.testing.assert_allclose(found, y.detach().numpy(), rtol=1e-9)
        np.testing.assert_allclose(gz, x.grad.numpy(), rtol=1e-9, atol=1e-12)


# ---- errors

V, S = mg.zeros(3), mg.zeros((3, 4))


@pytest.mark.parametrize("call, error, text", [
    (lambda: mg.l1_loss(V, mg.zeros((3, 1))), ValueError,
     "[l1_loss] the shapes differ: (3,) against (3, 1); reshape one (broadcasting here is nearly always a mistake)"),
    (lambda: mg.huber_loss(V, V, delta=0), ValueError, "[huber_loss] expected 0 < delta, found 0"),
    (lambda: mg.huber_loss(V, V, delta=None), TypeError, "[huber_loss] delta must be a number, found None"),
    (lambda: mg.smooth_l1_loss(V, V, beta=-1), ValueError, "[smooth_l1_loss] expected 0 <= beta, found -1"),
    (lambda: mg.kl_div(V, V, "avg"), ValueError,
     "[kl_div] reduction must be one of mean, sum, none, batchmean, found 'avg'"),
    (lambda: mg.kl_div(mg.tensor(1.0), 1.0, "batchmean"), ValueError, "[kl_div] batchmean divides by the size of the first"),
    (lambda: mg.cross_entropy(S, [0, 1, 2], mg.ones(4)), ValueError,
     "[cross_entropy] reduction must be one of mean, sum, none, found a Tensor"),
    (lambda: mg.cross_entropy(S, [0, 1, 2], weight=mg.ones(3)), ValueError,
     "[cross_entropy] weight must have a number for each class, shape (4,), found (3,)"),
    (lambda: mg.cross_entropy(S, [0, 1, 2], label_smoothing=1.5), ValueError,
     "[cross_entropy] expected 0 <= label_smoothing <= 1, found 1.5"),
    (lambda: mg.cross_entropy(S, [0, 1, 2], ignore_index=None), TypeError,
     "[cross_entropy] ignore_index must be an int, found None"),
    (lambda: mg.cross_entropy(S, S, ignore_index=0), ValueError, "[cross_entropy] ignore_index is for integer classes"),
    (lambda: mg.cross_entropy(S, [0, 1, 4], weight=mg.ones(4)), ValueError,
     "[cross_entropy] target 4 at row 2 is not a class: expected 0..3"),
    (lambda: mg.nll_loss(S, [0, 1, 4]), ValueError, "[nll_loss] target 4 at row 2 is not a class: expected 0..3"),
    (lambda: mg.nll_loss(S, [0, 1]), ValueError, "[nll_loss] logits (3, 4) need integer classes (3,), found a target (2,)"),
    (lambda: mg.nll_loss(S, S), TypeError, "[nll_loss] the target must be integer classes (3,), for logits (3, 4)"),
    (lambda: mg.crammer_singer_loss(S, [0, 1, 4]), ValueError, "[crammer_singer_loss] target 4 at row 2 is not a class"),
    (lambda: mg.weston_watkins_loss(mg.zeros((2, 3, 4)), [0, 1]), ValueError,
     "[weston_watkins_loss] expected scores (N, C) or (C,), found (2, 3, 4)"),
    (lambda: mg.multi_margin_loss(S, [0, 1, 2], p=3), ValueError, "[multi_margin_loss] p must be 1 or 2, found 3"),
    (lambda: mg.binary_cross_entropy(V, V, weight=mg.ones((2, 3))), ValueError,
     "[binary_cross_entropy] weight must broadcast to x, found weight (2, 3) and x (3,)"),
    (lambda: mg.binary_cross_entropy_with_logits(V, V, pos_weight=mg.ones(2)), ValueError,
     "[binary_cross_entropy_with_logits] shapes (3,) and (2,) do not broadcast"),
    (lambda: mg.hinge_embedding_loss(V, [1, -1]), ValueError,
     "[hinge_embedding_loss] the target must have shape (3,), found (2,)"),
    (lambda: mg.cosine_similarity(V, V), ValueError, "[cosine_similarity] axis 1 does not exist: there are 1"),
    (lambda: mg.cosine_embedding_loss(mg.zeros((2, 3, 4)), mg.zeros((2, 3, 4)), [1, 1]), ValueError,
     "[cosine_embedding_loss] expected vectors (N, D) or (D,), found (2, 3, 4) and (2, 3, 4)"),
    (lambda: mg.triplet_margin_loss(S, S, mg.zeros((3, 5))), ValueError,
     "[triplet_margin_loss] shapes (3, 4) and (3, 5) do not broadcast"),
    (lambda: mg.gaussian_nll_loss(S, S, mg.ones(4)), ValueError,
     "[gaussian_nll_loss] var must have the shape (3, 4) of x, or (3,), or be a number; found (4,)"),
])
def test_errors(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        call()


@pytest.mark.parametrize("x", [2.0, -0.5])
def test_what_is_no_probability_is_refused(x):
    said = rf"^\[binary_cross_entropy\] expected probabilities from 0 to 1, found {min(x, 0.5):g} to "
    with pytest.raises(ValueError, match=said):
        mg.binary_cross_entropy(mg.tensor([0.5, x]), mg.ones(2))
