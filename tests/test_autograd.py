"""torch.autograd by its names: gradients of tensors anywhere in the graph."""

import numpy as np
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
    assert mg.autograd.Function is mg.Function
    assert mg.autograd.detect_anomaly is mg.anomaly_mode and mg.autograd.no_grad is mg.no_grad


def test_zeros_for_unused_inputs():
    x, z = leaf(1.0, 2.0), leaf(3.0)
    gx, gz = mg.autograd.grad((x * x).sum(), [x, z], materialize_grads=True)
    assert gx.tolist() == [2, 4] and gz.tolist() == [0]
    with pytest.raises(ValueError, match=r"^\[autograd.grad\] materialize_grads needs allow_unused=True"):
        mg.autograd.grad(x.sum(), z, materialize_grads=True, allow_unused=False)


def functions():
    """Of one argument, and of two with two results, in tensors of either library."""
    return lambda x: (x ** 3).sum(), lambda x, z: (x * z, (x * x).sum() * z)


def flat(results):
    return [a for r in results for a in flat(r)] if isinstance(results, tuple) else [np.asarray(results.detach())]


@pytest.mark.parametrize("call", [
    lambda F, one, two, x, z, v: F.jacobian(two, (x, z)),
    lambda F, one, two, x, z, v: F.jacobian(one, x),
    lambda F, one, two, x, z, v: F.hessian(one, x),
    lambda F, one, two, x, z, v: F.hessian(lambda x, z: (x * z * z).sum(), (x, z)),
    lambda F, one, two, x, z, v: F.vjp(one, x),
    lambda F, one, two, x, z, v: F.vjp(two, (x, z), (x, z)),
    lambda F, one, two, x, z, v: F.jvp(two, (x, z), (z, x)),
    lambda F, one, two, x, z, v: F.jvp(one, x, v),
    lambda F, one, two, x, z, v: F.hvp(one, x, v),
    lambda F, one, two, x, z, v: F.vhp(lambda x, z: (x * z * z).sum(), (x, z), (v, v)),
], ids=range(10))
def test_functional_is_pytorchs(call):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    arrays = [np.array(a) for a in ([1.0, 2.0], [3.0, -1.0], [0.5, 2.0])]
    found = call(mg.autograd.functional, *functions(), *map(mg.tensor, arrays))
    expected = call(torch.autograd.functional, *functions(), *map(torch.tensor, arrays))
    assert len(flat(found)) == len(flat(expected))
    for a, b in zip(flat(found), flat(expected)):
        np.testing.assert_allclose(a, b)


def test_functional_gives_constants_unless_asked():
    x = leaf(1.0, 2.0)
    assert not mg.autograd.functional.jacobian(lambda x: x * x, x).requires_grad
    assert mg.autograd.functional.jacobian(lambda x: x * x, x, create_graph=True).requires_grad
    with pytest.raises(ValueError, match=r"^\[vjp\] v may be left out for a single element only"):
        mg.autograd.functional.vjp(lambda x: x * x, x)


def test_backward_into_some_inputs_only():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    mg.autograd.backward((x * w).sum(), inputs=[x])
    mg.autograd.backward((x * w).sum(), inputs=x)
    assert x.grad.tolist() == [6, 8] and w.grad is None
    with pytest.raises(ValueError, match=r"^\[backward\] inputs is empty"):
        mg.autograd.backward((x * w).sum(), inputs=[])
