"""Cross entropy and mean squared error: targets of every form, reductions, extreme logits, errors."""

import re

import numpy as np
import pytest

import minigrad as mg

RNG = np.random.default_rng(0)
Z = RNG.standard_normal((5, 4))
CLASSES = np.array([3, 0, 1, 1, 2])
DENSE = RNG.dirichlet(np.ones(4), 5)


def rows(z, t):
    """-sum_j t_j log softmax(z)_j in extended precision; t classes or dense."""
    z = z.astype(np.longdouble)
    d = z - z.max(1, keepdims=True)
    logp = d - np.log(np.exp(d).sum(1, keepdims=True))
    t = np.eye(z.shape[1])[t] if t.ndim == 1 else t
    return -(np.where(t == 0, 0, logp) * t).sum(1).astype(np.float64)


def reduced(r, reduction):
    return {"mean": np.mean, "sum": np.sum, "none": lambda r: r}[reduction](r)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1, 1e4])
def test_cross_entropy(scale, dtype, reduction, device):
    z = (Z * scale).astype(dtype)
    for target in (CLASSES, CLASSES.tolist(), CLASSES.astype(np.uint8), CLASSES.astype(np.int32), mg.Tensor(CLASSES),
                   CLASSES[::-1][::-1], np.eye(4)[CLASSES], np.eye(4, dtype=int)[CLASSES],
                   mg.Tensor(np.eye(4)[CLASSES].astype(dtype))):
        leaf = mg.Tensor(z, requires_grad=True)
        loss = mg.cross_entropy(leaf, target, reduction)
        assert loss.dtype == dtype and isinstance(loss.data, loss.k.array)
        np.testing.assert_allclose(loss.detach().numpy(), reduced(rows(z, CLASSES), reduction), rtol=1e-5, atol=1e-6)
        loss.sum().backward()
        p = np.exp(-np.stack([rows(z, np.full(5, j)) for j in range(4)], 1))
        expected = (p - np.eye(4)[CLASSES]) / (5 if reduction == "mean" else 1)
        np.testing.assert_allclose(leaf.grad.numpy(), expected, rtol=1e-4, atol=1e-6)
        assert leaf.grad.dtype == dtype


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_soft_targets_have_a_gradient_too(reduction, device):
    z, t = (mg.Tensor(a, dtype=np.float32, requires_grad=True) for a in (Z, DENSE))
    loss = mg.cross_entropy(z, t, reduction)
    np.testing.assert_allclose(loss.detach().numpy(), reduced(rows(Z, DENSE), reduction), rtol=1e-5)
    loss.sum().backward()
    logp = -np.stack([rows(Z, np.full(5, j)) for j in range(4)], 1)
    np.testing.assert_allclose(t.grad.numpy(), -logp / (5 if reduction == "mean" else 1), rtol=1e-5)
    np.testing.assert_allclose(z.grad.numpy(), (np.exp(logp) - DENSE) / (5 if reduction == "mean" else 1), rtol=1e-4,
                               atol=1e-6)


def test_more_axes_and_none(device):
    z = RNG.standard_normal((2, 3, 4, 5)).astype(np.float32)
    t = RNG.integers(0, 3, (2, 4, 5))
    flat = z.transpose(0, 2, 3, 1).reshape(-1, 3)
    expected = rows(flat, t.reshape(-1)).reshape(2, 4, 5)
    np.testing.assert_allclose(mg.cross_entropy(z, t, "none").numpy(), expected, rtol=1e-4)
    np.testing.assert_allclose(mg.cross_entropy(z, t).item(), expected.mean(), rtol=1e-5)
    dense = np.moveaxis(np.eye(3)[t], -1, 1)
    np.testing.assert_allclose(mg.cross_entropy(z, dense, "none").numpy(), expected, rtol=1e-4)
    for target in (1, np.array(1), mg.Tensor(np.array(1)), [0, 1, 0, 0], [0.0, 1, 0, 0]):
        for reduction in ("mean", "none"):
            loss = mg.cross_entropy(mg.Tensor(Z[0]), target, reduction)
            assert loss.shape == () and loss.item() == pytest.approx(rows(Z[:1], np.array([1]))[0])


def test_no_rows(device):
    z = mg.zeros((0, 3), requires_grad=True)
    nothing = np.zeros(0, int)
    assert np.isnan(mg.cross_entropy(z, nothing).item()) and mg.cross_entropy(z, nothing, "none").shape == (0,)
    loss = mg.cross_entropy(z, nothing, "sum")
    loss.backward(create_graph=True)
    assert loss.item() == 0 and z.grad.shape == (0, 3)


def test_infinite_logits(device):
    inf = np.inf
    z = mg.Tensor([[0.0, 0, -inf], [-inf, 1, -inf]], requires_grad=True)
    loss = mg.cross_entropy(z, [0, 1], "none")
    np.testing.assert_allclose(loss.detach().numpy(), [np.log(2), 0], rtol=1e-6)
    loss.sum().backward()
    np.testing.assert_allclose(z.grad.numpy(), [[-0.5, 0.5, 0], [0, 0, 0]], atol=1e-7)
    assert mg.cross_entropy(mg.Tensor([[0.0, -inf]]), [1]).item() == inf
    assert np.isnan(mg.cross_entropy(mg.Tensor([[0.0, np.nan]]), [0]).item())


def test_a_target_written_in_place_is_noticed():
    z, t = mg.Tensor(Z, requires_grad=True), mg.Tensor(CLASSES)
    loss = mg.cross_entropy(z, t)
    t[0] = 0
    with pytest.raises(RuntimeError, match="written in place"):
        loss.backward()


@pytest.mark.parametrize("target, text", [
    ([1, 4, 2], "[cross_entropy] target 4 at row 1 is not a class: expected 0..3, for logits with 4 columns "
                "(classes count from 0: subtract 1?)"),
    ([1, 0, 5], "[cross_entropy] target 5 at row 2 is not a class: expected 0..3, for logits with 4 columns"),
    ([-1, 0, 0], "[cross_entropy] target -1 at row 0 is not a class: expected 0..3, for logits with 4 columns"),
    ([1, 2], "[cross_entropy] logits (3, 4) need integer classes (3,) or dense rows (3, 4), found a target (2,)"),
    ([[1, 0]], "[cross_entropy] logits (3, 4) need integer classes (3,) or dense rows (3, 4), found a target (1, 2)"),
])
def test_wrong_targets(target, text, device):
    for dtype in (np.float32, np.float64):
        with pytest.raises(ValueError, match=re.escape(text)) as error:
            mg.cross_entropy(mg.zeros((3, 4), dtype=dtype), target)
        assert ("subtract 1" in str(error.value)) == ("subtract 1" in text)


@pytest.mark.parametrize("target, text", [
    ([1.0, 2, 0], "[cross_entropy] the target must be integer classes (3,), or dense rows shaped as the logits (3, 4); "
                  "found float"),
    (np.ones((3, 5)), "[cross_entropy] the target must be integer classes (3,), or dense rows shaped as the logits "
                      "(3, 4); found float64 (3, 5)"),
    ([True, False, True], "found bool (3,): convert it with .astype(int)"),
])
def test_targets_of_the_wrong_type(target, text):
    with pytest.raises(TypeError, match=re.escape(text)) as error:
        mg.cross_entropy(mg.zeros((3, 4)), target)
    assert ("convert it" in str(error.value)) == (np.shape(target) == (3,))


@pytest.mark.parametrize("call, text", [
    (lambda: mg.cross_entropy(mg.zeros((3, 4)), [0, 0, 0], "avg"),
     "[cross_entropy] reduction must be one of mean, sum, none, found 'avg'"),
    (lambda: mg.cross_entropy(mg.Tensor(1.0), 0), "[cross_entropy] expected logits (N, C), found a 0-d tensor"),
    (lambda: mg.cross_entropy(mg.zeros((3, 0)), [0, 0, 0]), "[cross_entropy] there are no classes: logits (3, 0)"),
    (lambda: mg.mse(mg.zeros(3), mg.zeros((3, 1))),
     "[mse] the shapes differ: (3,) against (3, 1); reshape one (broadcasting here"),
    (lambda: mg.mse(mg.zeros(3), mg.zeros(3), None), "[mse] reduction must be one of mean, sum, none, found None"),
])
def test_errors(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call()


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_mse(dtype, reduction, device):
    a, b = (mg.Tensor(x, dtype=dtype, requires_grad=True) for x in (Z, DENSE))
    loss = mg.mse(a, b, reduction)
    squares = (a.detach().numpy() - b.detach().numpy()).astype(np.float64) ** 2
    assert loss.dtype == dtype
    np.testing.assert_allclose(loss.detach().numpy(), reduced(squares, reduction), rtol=1e-5)
    loss.sum().backward()
    expected = 2 * (Z - DENSE) / (Z.size if reduction == "mean" else 1)
    np.testing.assert_allclose(a.grad.numpy(), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(b.grad.numpy(), -expected, rtol=1e-5, atol=1e-6)
    nothing = mg.zeros((0, 2))
    assert mg.mse(nothing, nothing, "none").shape == (0, 2) and np.isnan(mg.mse(nothing, nothing).item())
    assert mg.mse(mg.Tensor(np.array([1, 2])), [0, 0]).item() == 2.5


# ---- a weight of exactly 0 picks nothing

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dense_targets_pick_as_classes_do(dtype, device):
    """One-hot rows give what their classes give, at infinite logits too: 0 times infinity does not appear."""
    inf = np.inf
    z = np.array([[-inf, 0, 1], [-inf, 0, 1], [-inf, -inf, 2], [0, 3, -inf], [-inf, -inf, 2]], dtype)
    classes = np.array([1, 0, 2, 1, 1])
    for reduction in ("mean", "sum", "none"):
        found = []
        for target in (classes, np.eye(3, dtype=dtype)[classes]):
            leaf = mg.Tensor(z, requires_grad=True)
            loss = mg.cross_entropy(leaf, target, reduction)
            loss.backward(np.ones(loss.shape, dtype))
            found.append((loss.detach().numpy(), leaf.grad.numpy()))
        np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-6)
        np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-6, atol=1e-9)
        assert not np.isnan(found[1][0]).any() and not np.isnan(found[1][1]).any()


def test_a_dense_target_of_zeros_leaves_a_row_out(device):
    z = mg.tensor([[np.nan, np.inf, 1], [0, 0, 0]], requires_grad=True)
    loss = mg.cross_entropy(z, np.array([[0, 0, 0], [0, 1, 0]], np.float32), "sum")
    loss.backward()
    assert loss.item() == pytest.approx(np.log(3))
    np.testing.assert_allclose(z.grad.numpy(), [[0, 0, 0], [1 / 3, -2 / 3, 1 / 3]], rtol=1e-6)


def test_a_row_that_is_masked_out_has_no_gradient(device):
    """Losses of broken rows, chosen away afterwards."""
    z, a = mg.tensor([[np.nan, 1], [0, 0]], requires_grad=True), mg.tensor([np.inf, 3], requires_grad=True)
    rows = mg.cross_entropy(z, [0, 1], "none") + mg.mse(a, mg.zeros(2), "none")
    mg.where(np.array([False, True]), rows, 0).sum().backward()
    np.testing.assert_allclose(z.grad.numpy(), [[0, 0], [0.5, -0.5]])
    assert a.grad.tolist() == [0, 6]
