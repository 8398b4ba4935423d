"""Derivatives of functions: what HIPS autograd and JAX test for theirs, and what ours promise beside it."""

import copy
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import minigrad as mg
from minigrad.testing import gradcheck, gradgradcheck

POINT = np.array([0.5, 0.3, -0.2, 1.1])


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def rosenbrock_hessian(x):
    """By hand."""
    h = np.zeros((x.size, x.size))
    for i in range(x.size - 1):
        h[i, i] += 1200 * x[i] ** 2 - 400 * x[i + 1] + 2
        h[i, i + 1] = h[i + 1, i] = -400 * x[i]
        h[i + 1, i + 1] += 200
    return h


def close(found, expected, tolerance=1e-10):
    found = found.numpy() if isinstance(found, mg.Tensor) else found
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


# ---- against answers by hand

def test_grad_of_grad_of_grad():
    f = lambda x: x**4  # noqa: E731
    for order, expected in enumerate([16, 32, 48, 48, 24, 0]):
        assert f(mg.tensor(2.0)).item() == expected
        assert order == 0 or not f(mg.tensor(2.0)).requires_grad
        f = mg.grad(f)


def test_rosenbrock_hessian(device):
    close(mg.hessian(rosenbrock)(POINT), rosenbrock_hessian(POINT))
    assert mg.hessian(rosenbrock)(np.ones(2)).numpy().tolist() == [[802, -400], [-400, 200]]


def test_hvp_against_the_hessian_and_finite_differences():
    t = np.array([1.0, -2.0, 0.5, 3.0])
    product = mg.hvp(rosenbrock, POINT, t)
    close(product, rosenbrock_hessian(POINT) @ t)
    eps = 1e-5
    slope = mg.grad(rosenbrock)
    close(product, (slope(POINT + eps * t).numpy() - slope(POINT - eps * t).numpy()) / (2 * eps), 1e-6)


def test_jacobian_of_softmax(device):
    p = mg.softmax(mg.tensor(POINT)).numpy()
    close(mg.jacobian(mg.softmax)(POINT), np.diag(p) - np.outer(p, p))


def test_jvp_and_vjp_are_the_jacobian_times_a_vector():
    def f(x, y):
        return {"product": x * y.sum(), "sine": [mg.sin(x).sum()]}

    x, y = POINT, np.array([2.0, -1.0])
    t, u = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.5, 0.25])
    value, moved = mg.jvp(f, (x, y), (t, u))
    by_x, by_y = mg.jacobian(f, argnums=0)(x, y), mg.jacobian(f, argnums=1)(x, y)
    close(value["product"], x)
    close(moved["product"], by_x["product"].numpy() @ t + by_y["product"].numpy() @ u)
    close(moved["sine"][0], np.cos(x) @ t)
    _, pull = mg.vjp(f, x, y)
    v = {"product": t, "sine": [2.0]}
    for _ in range(2):                  # as often as one likes
        gx, gy = pull(v)
        close(gx, t @ by_x["product"].numpy() + 2 * np.cos(x))
        close(gy, np.full(2, t @ x))


def test_gradient_through_a_loop_of_50_steps():
    """x <- x - 0.1 x^3, fifty times: the product of the steps' derivatives."""
    def f(x):
        for _ in range(50):
            x = x - 0.1 * x**3
        return x

    x, slope = 1.5, 1.0
    for _ in range(50):
        slope *= 1 - 0.3 * x**2
        x -= 0.1 * x**3
    at = mg.tensor(1.5, dtype="float64")
    close(mg.grad(f)(at), slope)
    assert gradgradcheck(f, np.array(1.5))


def test_a_third_order_of_a_network():
    """d3/dx3 of w2 . tanh(w1 x + b1): by hand, w2 w1^3 tanh'''."""
    rng = np.random.default_rng(0)
    w1, b1, w2 = rng.standard_normal((3, 5))
    third = mg.grad(mg.grad(mg.grad(lambda x: (mg.tanh(w1 * x + b1) * w2).sum())))
    y = np.tanh(w1 * 0.3 + b1)
    close(third(mg.tensor(0.3, dtype="float64")), np.sum(w2 * w1**3 * (1 - y**2) * (6 * y**2 - 2)))


def network(parameters, x, target):
    """Convolution, batch norm, max-pool, a linear layer, cross-entropy."""
    y = mg.conv2d(x, parameters["kernel"], padding=1)
    y = mg.relu(mg.batch_norm(y, *parameters["norm"]))
    y = mg.flatten(mg.max_pool2d(y, 2), 1)
    return mg.cross_entropy(mg.linear(y, *parameters["head"]), target)


@pytest.fixture
def problem():
    rng = np.random.default_rng(3)
    parameters = {"kernel": rng.standard_normal((2, 1, 3, 3)), "norm": (rng.uniform(0.5, 1.5, 2), rng.standard_normal(2)),
                  "head": [rng.standard_normal((3, 8)), rng.standard_normal(3)]}
    return parameters, rng.standard_normal((3, 1, 4, 4)), np.array([0, 2, 1])


def test_gradients_of_a_network_in_a_tree_of_parameters(problem, device):
    parameters, x, target = problem
    loss, gradients = mg.value_and_grad(network)(parameters, x, target)
    tensors = mg.functional.tree.transform(lambda a: mg.tensor(a, requires_grad=True), parameters)
    y = network(tensors, x, target)
    y.backward()
    assert loss.item() == y.item() and not loss.requires_grad
    assert isinstance(gradients["norm"], tuple) and isinstance(gradients["head"], list)
    for g, t in zip(mg.functional.tree.leaves(gradients), mg.functional.tree.leaves(tensors), strict=True):
        np.testing.assert_array_equal(g.numpy(), t.grad.numpy())


@pytest.mark.parametrize("name", ["kernel", "norm", "head"])
def test_hvp_of_a_network_is_its_hessian_times_the_vector(problem, name):
    """The second order of conv2d, batch norm, max-pool and cross-entropy together, against differences of gradients."""
    parameters, x, target = problem
    def loss(p):
        return network(parameters | {name: p}, x, target)

    rng = np.random.default_rng(4)
    at = parameters[name]
    along = mg.functional.tree.transform(lambda a: rng.standard_normal(np.shape(a)), at)
    product = mg.functional.tree.leaves(mg.hvp(loss, (at,), (along,))[0])
    def shifted(eps):
        steps = iter(mg.functional.tree.leaves(along))
        return mg.functional.tree.leaves(mg.grad(loss)(mg.functional.tree.transform(lambda a: a + eps * next(steps), at)))

    eps = 1e-6
    for h, after, before in zip(product, shifted(eps), shifted(-eps), strict=True):
        close(h, (after.numpy() - before.numpy()) / (2 * eps), 1e-6)


@pytest.mark.parametrize("f, shapes", [
    (lambda x, w: mg.conv2d(x, w, padding=1, stride=2), [(1, 2, 5, 4), (2, 2, 3, 3)]),
    (lambda x: mg.max_pool2d(x, 2), [(1, 2, 4, 4)]),
    (lambda x, gamma, beta: mg.batch_norm(x, gamma, beta), [(4, 3), (3,), (3,)]),
    (lambda z: mg.cross_entropy(z, [1, 0, 2]), [(3, 4)]),
], ids=["conv2d", "max_pool2d", "batch_norm", "cross_entropy"])
def test_grad_of_grad(f, shapes):
    """The Jacobian of the gradient of sum(f^2), as a function, is symmetric and checks out at the next order too."""
    rng = np.random.default_rng(5)
    inputs = [rng.standard_normal(s) for s in shapes]
    everything = tuple(range(len(inputs)))
    total = lambda *xs: (f(*xs) ** 2).sum()  # noqa: E731
    blocks = mg.hessian(total, argnums=everything)(*inputs)
    sizes = [a.size for a in inputs]
    h = np.block([[b.numpy().reshape(sizes[i], sizes[j]) for j, b in enumerate(row)] for i, row in enumerate(blocks)])
    np.testing.assert_allclose(h, h.T, atol=1e-9)
    assert gradcheck(lambda *xs: mg.grad(total, everything)(*xs), *inputs, atol=1e-5)


# ---- structure and arguments

def test_argnums_and_options():
    f = lambda a, b, scale=1: (a * b**2 * scale).sum()  # noqa: E731
    assert mg.grad(f)(2.0, 3.0).item() == 9
    assert mg.grad(f, argnums=-1)(2.0, 3.0, scale=2).item() == 24
    ga, gb = mg.grad(f, argnums=(0, 1))(2.0, 3.0)
    assert (ga.item(), gb.item()) == (9, 12)
    assert mg.grad(f, argnums=(1,))(2.0, 3.0)[0].item() == 12
    assert mg.grad(f).__name__ == "<lambda>"


def test_has_aux():
    def f(x):
        return (x**2).sum(), {"double": 2 * x, "name": "f"}

    x = mg.tensor([1.0, 2.0])
    g, aux = mg.grad(f, has_aux=True)(x)
    assert g.tolist() == [2, 4] and aux["double"].tolist() == [2, 4] and aux["name"] == "f"
    assert not aux["double"].requires_grad
    (y, aux), g = mg.value_and_grad(f, has_aux=True)(x)
    assert y.item() == 5 and g.tolist() == [2, 4] and aux["name"] == "f"
    y, pull, aux = mg.vjp(f, x, has_aux=True)
    assert pull(1.0)[0].tolist() == [2, 4] and not aux["double"].requires_grad
    y, moved, aux = mg.jvp(f, x, mg.ones(2), has_aux=True)
    assert moved.item() == 6 and aux["name"] == "f"
    h, aux = mg.hessian(f, has_aux=True)(x)
    assert h.tolist() == [[2, 0], [0, 2]] and aux["double"].tolist() == [2, 4]


def test_aux_keeps_its_graph_where_something_outside_wants_it():
    """Though f's result does not depend on it."""
    def outer(w):
        def f(x):
            return (x**2).sum(), (w * 3).sum()

        x = mg.tensor([1.0, 2.0])
        return (mg.grad(f, has_aux=True)(x)[1] + mg.vjp(f, x, has_aux=True)[2] + mg.jvp(f, x, x, has_aux=True)[2]
                + mg.jacobian(f, has_aux=True)(x)[1])

    assert mg.grad(outer)(mg.tensor([2.0, 3.0])).tolist() == [12, 12]


def test_hessian_of_a_tree_is_nested_twice():
    h = mg.hessian(lambda p: (p["a"] ** 2 * p["b"].sum()).sum())({"a": np.array([1.0, 2.0]), "b": np.ones(3)})
    assert h["a"]["a"].shape == (2, 2) and h["a"]["b"].shape == (2, 3) and h["b"]["a"].shape == (3, 2)
    close(h["a"]["a"], 6 * np.eye(2))
    close(h["a"]["b"], np.array([[2.0] * 3, [4.0] * 3]))
    assert not h["b"]["b"].numpy().any()


def test_inputs_that_do_not_matter_have_gradient_zero():
    g = mg.grad(lambda p: p["used"] ** 2)({"used": 3.0, "unused": np.ones((2, 2))})
    assert g["used"].item() == 6 and g["unused"].tolist() == [[0, 0], [0, 0]]
    assert mg.grad(lambda x: mg.tensor(1.0))(np.ones(2)).tolist() == [0, 0]
    assert mg.grad(lambda x: 2.0)(np.ones(2)).tolist() == [0, 0]
    assert mg.jvp(lambda x: mg.ones(3), np.ones(2), np.ones(2))[1].tolist() == [0, 0, 0]
    assert mg.hvp(lambda x: x.sum(), np.ones(2), np.ones(2)).tolist() == [0, 0]
    assert mg.hessian(lambda x: x.sum())(np.ones(2)).tolist() == [[0, 0], [0, 0]]


def test_zero_size_and_0d():
    assert mg.grad(lambda x: x.sum())(np.zeros((0, 3))).shape == (0, 3)
    assert mg.jacobian(lambda x: x * 2)(np.zeros((0,))).shape == (0, 0)
    assert mg.jacobian(lambda x: x.sum() * mg.ones((2, 3)))(1.0).shape == (2, 3)
    assert mg.jacobian(lambda x: x)(np.float64(1.0)).shape == ()


def test_dtypes_and_devices_are_the_inputs(device):
    for dtype in (np.float32, np.float64):
        x = np.ones(3, dtype)
        assert mg.grad(rosenbrock)(x).dtype == mg.hessian(rosenbrock)(x).dtype == dtype
        assert mg.hvp(rosenbrock, x, np.ones(3)).dtype == dtype
        assert mg.grad(rosenbrock)(x).device == device
    assert mg.grad(lambda x: x * x)(3).dtype == np.float32


# ---- the graph around it

def test_no_grad_attribute_is_written_and_other_graphs_stay():
    w = mg.tensor([1.0, 2.0], requires_grad=True)
    double = w * 2
    g = mg.grad(lambda x: (double * w * x).sum())(np.ones(2, np.float32))
    assert w.grad is None and g.detach().tolist() == [2, 8]
    double.sum().backward(retain_graph=True)        # its graph was not freed
    assert w.grad.tolist() == [2, 2]
    w.grad = None
    g.sum().backward()                      # and what f closed over can be differentiated
    assert w.grad.tolist() == [4, 8]


def test_only_what_is_asked_for_is_computed(monkeypatch):
    """The gradient of a closed-over parameter is not."""
    asked = []
    linear_backward = type(mg.ones(1).k).linear_backward
    monkeypatch.setattr(type(mg.ones(1).k), "linear_backward",
                        lambda self, g, x, w, need: asked.append(tuple(need)) or linear_backward(self, g, x, w, need))
    layer = mg.nn.Linear(3, 2)
    with mg.no_grad():
        mg.grad(lambda x: layer(x).sum())(np.ones((4, 3), np.float32))
    assert asked == [(True, False, False)]
    assert layer.weight.grad is None


def test_a_gradient_penalty_trains():
    """The derivative in the parameters of the derivative in the input."""
    w = mg.tensor([[0.5, -1.0]], dtype="float64", requires_grad=True)
    x = np.array([[1.0, 2.0]])
    (mg.grad(lambda x: mg.tanh(mg.linear(x, w)).sum())(x) ** 2).sum().backward()
    found, w.grad = w.grad.numpy(), None
    assert gradcheck(lambda w: (mg.grad(lambda x: mg.tanh(mg.linear(x, w)).sum())(x) ** 2).sum(), w.detach())
    y = np.tanh(-1.5)
    weight = np.array([[0.5, -1.0]])
    close(found, 2 * weight * (1 - y**2) ** 2 - 4 * y * (1 - y**2) ** 2 * (weight**2).sum() * x)


def test_results_are_constants_unless_something_outside_wants_them():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    assert mg.grad(lambda x: (x**3).sum())(x).requires_grad
    assert not mg.grad(lambda x: (x**3).sum())(x.detach()).requires_grad
    with mg.no_grad():
        g = mg.grad(lambda x: (x**3).sum())(x)
    assert g.tolist() == [3, 12] and not g.requires_grad
    (mg.grad(lambda x: (x**3).sum())(x) ** 2).sum().backward()
    assert x.grad.tolist() == [36, 288]             # d (3 x^2)^2 = 36 x^3


@pytest.mark.parametrize("transform", [
    lambda f: lambda x: mg.vjp(f, x)[1](mg.ones_like(x))[0], lambda f: lambda x: mg.jvp(f, x, mg.ones_like(x))[1],
    lambda f: lambda x: mg.jacobian(f)(x).sum(), lambda f: lambda x: mg.hvp(lambda x: f(x).sum(), x, mg.ones_like(x)),
    lambda f: lambda x: mg.value_and_grad(lambda x: f(x).sum())(x)[1],
    lambda f: lambda x: mg.value_and_grad(lambda x: f(x).sum())(x)[0],
    lambda f: lambda x: mg.vjp(f, x)[0], lambda f: lambda x: mg.jvp(f, x, mg.ones_like(x))[0],
    lambda f: lambda x: mg.grad(lambda x: (f(x).sum(), 3 * x), has_aux=True)(x)[1]])
def test_every_transform_can_be_differentiated(transform):
    assert gradcheck(transform(lambda x: mg.sin(x) * x), np.array([0.3, -0.7]))
    assert gradgradcheck(transform(lambda x: mg.sin(x) * x * x[::-1]), np.array([0.3, -0.7]))


def test_gradients_have_memory_of_their_own():
    x = np.ones(3)
    (a, b), c = mg.grad(lambda p, c: (p[0] + p[1] + c).sum(), argnums=(0, 1))((x, x), x)
    arrays = [t.data for t in (a, b, c)]
    assert not any(np.shares_memory(p, q) for i, p in enumerate(arrays) for q in [x, *arrays[:i]])
    v = np.ones(3)
    assert not np.shares_memory(mg.vjp(lambda x: x, x)[1](v)[0].data, v)
    assert not np.shares_memory(mg.grad(lambda x: x)(np.ones(())).data, mg.grad(lambda x: x)(np.ones(())).data)


def test_an_input_given_back_and_one_used_twice():
    assert mg.grad(lambda x: x)(2.0).item() == 1
    x = mg.tensor([2.0, 3.0])
    ga, gb = mg.grad(lambda a, b: (a * b).sum(), argnums=(0, 1))(x, x)
    assert ga.tolist() == gb.tolist() == [2, 3]


def test_several_outputs_of_one_operation():
    def f(x):
        first, second = mg.split(x, 2)
        return (first * second**2).sum()

    close(mg.hessian(f)(np.array([2.0, 3.0])), [[0, 6], [6, 4]])


def test_hooks_run_and_may_replace():
    def f(x):
        y = x * x
        y.register_hook(lambda g: 10 * g)
        return y.sum()

    assert mg.grad(f)(np.array([1.0, 2.0])).tolist() == [20, 40]


def test_pull_may_be_called_by_several_threads_and_inside_itself():
    def deep(x):
        for _ in range(50):
            x = mg.sin(x) + x * 0.5
        return x

    _, pull = mg.vjp(deep, np.linspace(0.1, 1, 5))
    expected = pull(np.ones(5))[0].tolist()
    with ThreadPoolExecutor(4) as pool:
        assert all(g[0].tolist() == expected for g in pool.map(pull, [np.ones(5)] * 200))

    inner = []

    def hook(g):
        if not inner:
            inner.append(None)
            inner[0] = pull(np.ones(1))[0].tolist()

    def f(x):
        h = x * 1
        h.register_hook(hook)
        return h * 2

    _, pull = mg.vjp(f, np.array([3.0]))
    assert pull(np.ones(1))[0].tolist() == [2] == inner[0]


def test_an_array_that_is_written_afterwards():
    a = np.array([1.0, 2.0])
    _, pull = mg.vjp(lambda x: x**3, a)
    a[:] = 100
    assert pull(np.ones(2))[0].tolist() == [3, 12]


def test_what_would_leave_the_graph_is_refused():
    with pytest.raises(RuntimeError, match=r"\[to\] this tensor is part of a graph"):
        mg.grad(lambda x: (x.to("numpy") ** 2).sum())(mg.ones(2))
    with pytest.raises(RuntimeError, match=r"\[copy\] only leaves can be copied"):
        mg.grad(lambda x: (copy.copy(x) ** 2).sum())(mg.ones(2))


def test_no_garbage_is_left():
    gc.collect()
    gc.disable()
    try:
        x = mg.tensor([1.0, 2.0], requires_grad=True)
        results = [mg.grad(rosenbrock)(x), mg.hessian(rosenbrock)(x), mg.hvp(rosenbrock, x, x), mg.jvp(rosenbrock, x, x)[1],
                   mg.vjp(rosenbrock, x)[1](1.0)[0]]
        nodes = [weakref.ref(r.node) for r in results]
        del results
        assert [n() for n in nodes] == [None] * 5
    finally:
        gc.enable()


# ---- errors

U = mg.tensor(2.0, requires_grad=True) * 2


@pytest.mark.parametrize("call, error, message", [
    (lambda: mg.grad(lambda x: x)(np.ones(2)), ValueError,
     r"\[grad\] f must return a tensor with one element, found shape \(2,\): reduce it with .sum"),
    (lambda: mg.value_and_grad(lambda x: (x, x))(1.0), TypeError,
     r"\[value_and_grad\] f must return one tensor, found tuple: for several results use vjp or jacobian \(or has_aux=True"),
    (lambda: mg.grad(lambda x: x, has_aux=True)(1.0), TypeError,
     r"\[grad\] with has_aux f must return \(result, aux\), found Tensor"),
    (lambda: mg.grad(lambda x: x)({"w": [np.ones(2, int)]}), TypeError,
     r"\[grad\] argument 0\['w'\]\[0\] is int64, and only floating point .* or choose other arguments with argnums"),
    (lambda: mg.grad(lambda x: x)("text"), TypeError, r"\[grad\] argument 0 is str, and only"),
    (lambda: mg.grad(lambda x: x)(True), TypeError, r"\[grad\] argument 0 is bool, and only"),
    (lambda: mg.grad(lambda x: mg.argmax(x))(np.ones(2)), TypeError, r"\[grad\] f's result is int64, and only floating"),
    (lambda: mg.jacobian(lambda x: {"a": "no"})(1.0), TypeError, r"\[jacobian\] f's result\['a'\] is str"),
    (lambda: mg.grad(lambda x: x, argnums=1)(1.0), ValueError, r"\[grad\] argument 1 does not exist: f was called with 1"),
    (lambda: mg.grad(lambda x: x, argnums=(0, -1))(1.0), ValueError, r"\[grad\] argnums names an argument twice"),
    (lambda: mg.grad(lambda x: x, argnums="x")(1.0), TypeError,
     r"\[grad\] argnums must be an int or a tuple of ints, found 'x'$"),
    (lambda: mg.grad(U), TypeError,
     r"\[grad\] the first argument must be a function, found Tensor: mg\.grad\(f\)\(x\) .*u\.backward\(\)"),
    (lambda: mg.grad(U, np.ones(2)), TypeError, r"\[grad\] the first argument must be a function, found Tensor"),
    (lambda: mg.value_and_grad(mg.Value(2)), TypeError,
     r"\[value_and_grad\] the first argument .* found Value: .*u\.backward\(\)"),
    (lambda: mg.jacobian(None), TypeError, r"\[jacobian\] the first argument must be a function, found NoneType: .*lambda"),
    (lambda: mg.hessian(U, U), TypeError, r"\[hessian\] the first argument must be a function"),
    (lambda: mg.vjp(U, 1.0), TypeError, r"\[vjp\] the first argument must be a function, found Tensor: mg\.vjp\(f, x\)"),
    (lambda: mg.jvp(U, 1.0, 1.0), TypeError, r"\[jvp\] the first argument must be a function"),
    (lambda: mg.hvp(U, 1.0, 1.0), TypeError, r"\[hvp\] the first argument must be a function"),
    *((lambda transform=transform, x=x: transform(lambda x: x, x), TypeError,
       rf"\[{transform.__name__}\] argnums must be .*: the arguments of f are for what \w+ returns, mg\.\w+\(f\)\(x\)")
      for transform in (mg.grad, mg.value_and_grad, mg.jacobian, mg.hessian) for x in (U, np.ones(2), 2.0, [U])),
    (lambda: mg.grad(lambda x: x)(mg.Value(2)), TypeError,
     r"\[grad\] argument 0 is a Value, .*y\.backward\(\) and then x\.grad"),
    (lambda: mg.jvp(lambda x: x, np.ones(2), np.ones(3)), ValueError,
     r"\[jvp\] tangents\[0\] has shape \(3,\), but its counterpart has \(2,\)"),
    (lambda: mg.jvp(lambda x, y: x, (1.0, 2.0), (1.0,)), ValueError,
     r"\[jvp\] primals holds 2 arguments, so tangents must be a tuple of 2"),
    (lambda: mg.vjp(lambda x: {"a": x}, 1.0)[1]({"b": 1.0}), ValueError, r"\[vjp\] v must be nested as its counterpart is"),
    (lambda: mg.hvp(lambda x: x, np.ones(2), np.ones(2)), ValueError, r"\[hvp\] f must return a tensor with one element"),
])
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_seed_on_another_device():
    if mg.ones(1).device == "numpy":
        pytest.skip("there is one device here")
    _, pull = mg.vjp(lambda x: x, mg.ones(2))
    with pytest.raises(ValueError, match=r"\[vjp\] v is on numpy, but its counterpart is on native: move one"):
        pull(mg.ones(2).to("numpy"))
