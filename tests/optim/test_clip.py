"""Clipping of gradients: by hand, on every device, and against PyTorch."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.testing.kernels.stand_in import StandIn

SHAPES = (3, 4), (5,), (), (0, 2)


def parameters(dtype=np.float32, scale=1.0):
    rng = np.random.default_rng(0)
    ps = [nn.Parameter(np.zeros(s, dtype)) for s in SHAPES]
    for p in ps:
        p.grad = mg.tensor((scale * rng.standard_normal(p.shape)).astype(dtype))
    return ps


def gradients(ps):
    return [p.grad.numpy().astype(float) for p in ps]


def flat(ps):
    return np.concatenate([g.ravel() for g in gradients(ps)])


@pytest.mark.parametrize("order", [0.5, 1, 2, 3, np.inf])
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 1e-6), (np.float16, 2e-3)])
def test_all_gradients_are_one_vector(order, dtype, tolerance, device):
    ps = parameters(dtype)
    before, arrays = flat(ps), [p.grad.data for p in ps]
    norm = optim.clip_grad_norm_(ps, 0.5, order)
    expected = np.linalg.norm(before, order) if order != 0.5 else (np.abs(before) ** 0.5).sum() ** 2
    assert norm.item() == pytest.approx(expected, rel=tolerance) and norm.shape == () and not norm.requires_grad
    np.testing.assert_allclose(flat(ps), before * min(1, 0.5 / (expected + 1e-6)), rtol=2 * tolerance, atol=tolerance * 1e-2)
    assert all(p.grad.data is a and a.dtype == dtype for p, a in zip(ps, arrays, strict=True))


def test_small_gradients_stay(device):
    ps = parameters(scale=1e-3)
    before = flat(ps)
    optim.clip_grad_norm_(ps, 1.0)
    np.testing.assert_array_equal(flat(ps), before)
    optim.clip_grad_value_(ps, 1.0)
    np.testing.assert_array_equal(flat(ps), before)


def test_by_value(device):
    ps = parameters()
    ps[1].grad.data[0] = np.nan
    before = flat(ps)
    optim.clip_grad_value_(ps, 0.25)
    np.testing.assert_array_equal(flat(ps), np.clip(before, -0.25, 0.25))


def test_one_tensor_none_of_them_and_one_twice(device):
    p = parameters()[0]
    before = gradients([p])[0]
    assert optim.clip_grad_norm_(p, 1e9).item() == pytest.approx(np.linalg.norm(before), rel=1e-6)
    assert optim.clip_grad_norm_([p, p], 1e9).item() == pytest.approx(np.linalg.norm(before), rel=1e-6)
    assert optim.clip_grad_norm_([nn.Parameter(np.ones(1))], 1.0).item() == 0
    optim.clip_grad_value_([], 1.0)


def test_a_norm_that_is_not_finite(device):
    ps = parameters()
    ps[0].grad.data[0, 0] = np.inf
    before = flat(ps)
    with pytest.raises(RuntimeError, match=r"\[clip_grad_norm_\] the norm of the gradients is inf, so they cannot be clipped"):
        optim.clip_grad_norm_(ps, 1.0, error_if_nonfinite=True)
    np.testing.assert_array_equal(flat(ps), before)
    with np.errstate(invalid="ignore"):
        assert optim.clip_grad_norm_(ps, 1.0).item() == np.inf
    assert np.isnan(ps[0].grad.numpy()[0, 0]) and not flat(ps)[1:].any()


def test_a_graph_that_needs_the_gradient_refuses(device):
    p = nn.Parameter(np.array([3.0]))
    (p * p).sum().backward()
    loss = (p * p.grad).sum()
    optim.clip_grad_value_(p, 1.0)
    with pytest.raises(RuntimeError, match="written in place"):
        loss.backward()


def test_nothing_waits_for_the_device():
    k = StandIn()
    grads = [k.asarray(np.ones(3, np.float32)), k.asarray(np.ones((2, 2), np.float32))]
    k.noticed.clear()
    for order in (1, 2, 3, np.inf):
        k.scale_to_norm(grads, k.norm_of_all(grads, order), 1.0)
    k.clip_all(grads, 0.1)
    assert k.noticed == []


def test_errors():
    p = parameters()[0]
    for kind, make, message in (
            (ValueError, lambda: optim.clip_grad_norm_(p, -1), r"max_norm must be finite and >= 0, found -1"),
            (ValueError, lambda: optim.clip_grad_norm_(p, 1, 0), r"norm_type must be a number > 0, or inf, found 0"),
            (TypeError, lambda: optim.clip_grad_norm_(nn.Linear(1, 1), 1), r"found a Linear: give its .parameters\(\)"),
            (TypeError, lambda: optim.clip_grad_value_([np.ones(1)], 1), "_value_. expected tensors, found ndarray"),
            (ValueError, lambda: optim.clip_grad_value_(p, np.nan), r"clip_value must be finite and >= 0, found nan")):
        with pytest.raises(kind, match=message):
            make()


@pytest.mark.parametrize("order", [0.5, 1, 2, 3, np.inf])
def test_as_pytorch_does(order):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ps = parameters()[:3]
    theirs = [torch.nn.Parameter(torch.zeros(p.shape)) for p in ps]
    for p, t in zip(ps, theirs, strict=True):
        t.grad = torch.tensor(p.grad.numpy())
    ours = optim.clip_grad_norm_(ps, 1.0, order)
    assert ours.item() == pytest.approx(torch.nn.utils.clip_grad_norm_(theirs, 1.0, order).item(), rel=1e-6)
    for p, t in zip(ps, theirs, strict=True):
        np.testing.assert_allclose(p.grad.numpy(), t.grad.numpy(), rtol=1e-6)
