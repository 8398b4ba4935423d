"""torch.autograd by its names: gradients of tensors anywhere in the graph."""

import pytest

import minigrad as mg


def leaf(*numbers):
    return mg.tensor(numbers, requires_grad=True)


def test_gradients_in_leaves_and_in_between():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    h = x * w
    y = (h * h).sum()
    gh, gx = mg.autograd.grad(y, [h, x], retain_graph=True)
    assert gh.tolist() == [6, 16] and gx.tolist() == [18, 64] and x.grad is None and w.grad is None
    assert mg.autograd.grad(y, w)[0].tolist() == [6, 32]
    with pytest.raises(RuntimeError, match="freed"):
        mg.autograd.grad(y, w)


def test_higher_orders_and_seeds():
    x = leaf(1.0, 2.0)
    gx, = mg.autograd.grad((x ** 3).sum(), x, create_graph=True)
    assert mg.autograd.grad(gx, x, [[1.0, 10.0]])[0].tolist() == [6, 120]
    assert mg.autograd.grad([x * 2, x * x], [x], [[1.0, 0.0], [1.0, 1.0]])[0].tolist() == [4, 4]


def test_unused_and_wrong():
    x, z = leaf(1.0), leaf(2.0)
    y = (x * 2).sum()
    assert mg.autograd.grad(y, [x, z], allow_unused=True, retain_graph=True)[1] is None
    with pytest.raises(RuntimeError, match=r"^\[autograd\.grad\] inputs\[1\] does not go into the outputs: give allow_unused"):
        mg.autograd.grad(y, [x, z])
    with pytest.raises(RuntimeError, match=r"^\[autograd\.grad\] inputs\[0\] does not require grad.*requires_grad_\(\)"):
        mg.autograd.grad(x.sum(), [mg.zeros(1)])
    with pytest.raises(TypeError, match=r"^\[autograd\.grad\] outputs\[0\] must be a tensor, found function; mg\.grad\(f\)"):
        mg.autograd.grad([lambda a: a], [x])
    with pytest.raises(ValueError, match=r"the gradient of output 0 has shape \(2,\), but the output has \(1,\)"):
        mg.autograd.grad(x * 1, x, [mg.ones(2)])


def test_backward_of_several():
    x = leaf(1.0, 2.0)
    h = x * x
    mg.autograd.backward([h.sum(), h * 2], [None, [1.0, 0.0]])
    assert x.grad.tolist() == [6, 4]


def test_names():
    assert mg.autograd.Function is mg.Function and mg.autograd.functional.jacobian is mg.jacobian
    assert mg.autograd.detect_anomaly is mg.anomaly_mode and mg.autograd.no_grad is mg.no_grad
