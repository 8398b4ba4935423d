"""Numbers taken out of tensors: an error under a transform and in a gradient that is differentiated itself; else fine."""

import copy
import math
import pickle
import threading

import numpy as np
import pytest

import minigrad as mg

x0 = np.float64(0.6)

# every way to get numbers out of a tensor that the language, numpy and minigrad offer; f(x) is x times what comes out
WAYS = {
    "float": float,
    "item": lambda x: x.item(),
    "tolist": lambda x: x.tolist(),
    "complex": lambda x: complex(x).real,
    "numpy": lambda x: x.numpy(),
    "math.sin": math.sin,
    "math.isfinite": lambda x: 1.0 if math.isfinite(x) else 0.0,
    "math.floor": math.floor,
    "np.asarray": np.asarray,
    "np.array": np.array,
    "np.array of a list": lambda x: np.array([x, x]).sum(),
    "np.float64": np.float64,
    "np.arange": lambda x: np.arange(0, 2, x)[1],
    "tensor": mg.tensor,
    "tensor of a list": lambda x: mg.tensor([x, x]).sum(),
    "Parameter": lambda x: mg.nn.Parameter(x),
    "full": lambda x: mg.full((), x),
    "arange": lambda x: mg.arange(0, 2, x)[1],
    "pad": lambda x: mg.pad(mg.zeros((1,)), 1, constant_values=x)[0],
    "beside a list": lambda x: (mg.ones((2,)) * [x, x]).sum(),
    "a step size": lambda x: mg.optim.SGD([mg.nn.Parameter(1.0)], lr=x).lr,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "to": lambda x: x.to("numpy"),
}
# ... and what may be asked of a tensor, for it has no slope or is the graph's
ALLOWED = {
    "bool of a comparison": lambda x: 2.0 if x > 0.5 else 3.0,
    "bool": lambda x: 2.0 if x else 3.0,
    "max": lambda x: max(x, 0.5),
    "int": lambda x: 2 + int(x),
    "repr and str": lambda x: len(repr(x) + str(x)) * 0 + 2.0,
    "format": lambda x: len(f"{x:.3f} {x}") * 0 + 2.0,
    "an array to the left": lambda x: (np.ones(2) * x).sum(),
    "astype": lambda x: x.astype("float32"),
    "shape": lambda x: float(x.ndim + x.size),
}
TRANSFORMS = {
    "grad": lambda f, x: mg.grad(f)(x),
    "grad of grad": lambda f, x: mg.grad(mg.grad(f))(x),
    "value_and_grad": lambda f, x: mg.value_and_grad(f)(x)[1],
    "vjp": lambda f, x: mg.vjp(f, x)[1](np.float64(1))[0],
    "jvp": lambda f, x: mg.jvp(f, x, np.float64(1))[1],
    "jacobian": lambda f, x: mg.jacobian(f)(x),
    "hessian": lambda f, x: mg.hessian(f)(x),
    "hvp": lambda f, x: mg.hvp(f, x, np.float64(1)),
}
SECOND = ("grad of grad", "hessian", "hvp")


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("way", WAYS)
def test_no_number_leaves_a_function_that_a_transform_differentiates(way, name):
    take = WAYS[way]
    for f in (lambda x: x * take(x), lambda x: x * take(mg.sin(x * 2))):        # the input itself, and what is computed from it
        with pytest.raises((RuntimeError, TypeError), match=r"differentiates this tensor|mg\.stack|only leaves|\[to\]"):
            TRANSFORMS[name](f, x0)


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("way", ALLOWED)
def test_what_may_be_asked_gives_right_derivatives(way, name):
    def f(x):
        return (x * ALLOWED[way](x)).sum()

    h = 1e-3

    def value(x):
        return float(f(mg.tensor(x)))

    first = (value(x0 + h) - value(x0 - h)) / (2 * h)
    second = (value(x0 + h) - 2 * value(x0) + value(x0 - h)) / h**2
    found = float(TRANSFORMS[name](f, x0))
    assert found == pytest.approx(second if name in SECOND else first, abs=1e-3 if way != "astype" else 0.2)


def test_the_message_names_the_transform_and_both_ways_out():
    with pytest.raises(RuntimeError, match=r"^\[float\] jvp differentiates .*mg\.sin, not math\.sin.*\.detach\(\)"):
        mg.jvp(lambda x: x * math.sin(x), x0, x0)
    assert float(mg.grad(lambda x: x * float(x.detach()))(x0)) == pytest.approx(0.6)         # meant as a constant: said so
    with mg.no_grad(), pytest.raises(RuntimeError, match=r"\[item\] grad differentiates"):    # outside; f itself is recorded
        mg.grad(lambda x: x * x.item())(x0)


def test_reading_is_free_elsewhere():
    w = mg.tensor(2.0, requires_grad=True)
    assert (float(w), w.item(), (w * 2).tolist(), math.sqrt(w * 2)) == (2.0, 2.0, 4.0, 2.0)
    assert float(mg.grad(lambda x: x * float(w))(x0)) == 2.0            # closed over, not differentiated by this transform
    g = mg.grad(lambda x: x * x)(w)
    assert g.requires_grad and float(g) == 4.0                          # after the transform, a tensor like any other
    seen = []

    def f(x):
        with mg.no_grad():
            seen.append(float((x * 2).sum()))
            seen.append(float(x))                                       # a report, in so many words
        return x * x

    assert float(mg.grad(f)(x0)) == 1.2 and seen == [1.2, 0.6]


def test_a_failed_function_and_another_thread_leave_nothing_behind():
    x = mg.tensor(x0, requires_grad=True)
    kept = []
    with pytest.raises(RuntimeError, match="differentiates"):
        mg.grad(lambda x: kept.append(x) or float(x))(x)
    assert float(kept[0]) == 0.6

    started, over = threading.Event(), threading.Event()
    found = []

    def f(x):
        kept.append(x)
        started.set()
        assert over.wait(30)
        return x * x

    thread = threading.Thread(target=lambda: found.append(mg.grad(f)(x0)))
    thread.start()
    assert started.wait(30)
    assert float(mg.tensor(3.0, requires_grad=True) * 2) == 6.0
    over.set()
    thread.join()
    assert float(found[0]) == 1.2


def test_a_deep_graph_is_searched_without_recursion():
    def f(x):
        y = x
        for _ in range(20_000):
            y = y + 1.0
        return y * float(y)

    with pytest.raises(RuntimeError, match=r"\[float\] grad differentiates"):
        mg.grad(f)(x0)


# ---- gradients of one's own

OUT = {
    "numpy": lambda x: x.numpy(),
    "detach.numpy": lambda x: x.detach().numpy(),
    "np.asarray(detach)": lambda x: np.asarray(x.detach()),
    "float": float,
    "item": lambda x: x.item(),
    "detach.item": lambda x: x.detach().item(),
    "tensor": lambda x: mg.tensor(x),
    "tensor(detach)": lambda x: mg.tensor(x.detach()),
}


def cube(take, mark=lambda f: f):
    """x ** 3 with a gradient that computes with what `take` gives."""
    @mg.custom_function
    def cube(x):
        return x.numpy() ** 3                           # forward runs on constants, also inside somebody's gradient

    @cube.gradient
    @mark
    def cube_gradient(g, y, x):
        return g * (3 * take(x) ** 2)

    return cube


@pytest.mark.parametrize("mark", [lambda f: f, mg.once_differentiable], ids=["unmarked", "marked"])
@pytest.mark.parametrize("way", OUT)
def test_a_gradient_in_numpy_is_right_once_and_refused_twice(way, mark):
    f = cube(OUT[way], mark)
    assert float(mg.grad(f)(x0)) == pytest.approx(1.08)
    x = mg.tensor(x0, requires_grad=True)
    for second in (lambda: mg.grad(mg.grad(f))(x0), lambda: mg.hvp(f, x0, np.float64(1)),
                   lambda: f(x).backward(create_graph=True) or x.grad.backward()):
        with pytest.raises(RuntimeError, match="once_differentiable"):
            second()


def test_the_advice_for_a_gradient_in_numpy_is_right():
    with pytest.raises(RuntimeError) as found:
        mg.grad(mg.grad(cube(OUT["numpy"])))(x0)
    assert str(found.value).startswith("[numpy] the gradient of cube is itself differentiated here")
    assert "minigrad's functions" in str(found.value) and "@mg.once_differentiable" in str(found.value)
    assert float(mg.grad(mg.grad(cube(lambda x: x)))(x0)) == pytest.approx(3.6)       # the first advice, followed
    with pytest.raises(RuntimeError, match="it has no second derivative"):            # the second
        mg.grad(mg.grad(cube(OUT["numpy"], mg.once_differentiable)))(x0)


def test_a_kernel_as_a_function_of_ones_own_inside_a_gradient():
    square = mg.custom_function(lambda x: x.detach().numpy() ** 2)
    square.gradient(lambda g, y, x: 2 * g * x)
    f = cube(lambda x: mg.sqrt(square(x)))
    assert float(mg.grad(mg.grad(f))(x0)) == pytest.approx(3.6)


def test_what_does_not_depend_on_the_arguments_may_be_read():
    scale = mg.tensor(2.0, requires_grad=True)
    f = cube(lambda x: x * (scale.item() + float(scale.detach()) - 3))
    assert float(mg.grad(mg.grad(f))(x0)) == pytest.approx(3.6)
    nested = cube(lambda x: mg.grad(lambda z: z * z / 2 * float(z.detach()) / float(z.detach()))(x))
    assert float(mg.grad(nested)(x0)) == pytest.approx(1.08)
    with pytest.raises(RuntimeError, match="the gradient of cube is itself differentiated here"):
        mg.grad(mg.grad(nested))(x0)


def test_a_gradient_that_lost_the_graph_of_g():
    @mg.custom_function
    def double(x):
        return 2 * x

    @double.gradient
    def double_gradient(g, y, x):
        with mg.no_grad():
            return 2 * g

    def f(x):
        return double(x) ** 2

    assert float(mg.grad(f)(x0)) == pytest.approx(4.8)
    with pytest.raises(RuntimeError, match=r"\[double\] .*argument 0 that lost the graph of g.*once_differentiable"):
        mg.grad(mg.grad(f))(x0)

    @mg.custom_function
    def step(x):
        return (x > 0).astype("float64")

    step.gradient(lambda g, y, x: mg.zeros_like(x))     # zero needs no graph
    assert float(mg.grad(mg.grad(lambda x: step(x) * x * x))(x0)) == 2.0
