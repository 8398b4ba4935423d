"""Operations of one's own: the class form, the decorator, and what they check."""

import gc
import weakref

import numpy as np
import pytest

import minigrad as mg
from minigrad.testing import gradcheck, gradgradcheck

X = np.array([[0.3, -0.7, 1.2], [2.0, 0.1, -1.5]])


class Softplus(mg.Function):
    """log(1 + exp(scale x)), forward in numpy; backward in minigrad's operations."""

    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(x)
        ctx.scale = scale
        return np.log1p(np.exp(scale * x.numpy()))

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * mg.sigmoid(ctx.scale * x) * ctx.scale, None


@mg.custom_function
def hypotenuse(a, b):
    """The longest side."""
    return mg.sqrt(a * a + b * b)


@hypotenuse.gradient
def hypotenuse_gradient(g, y, a, b):
    return g * a / y, g * b / y


class Polar(mg.Function):
    """Two outputs: the length and the angle of (a, b); the length is saved, an output."""

    @staticmethod
    def forward(ctx, a, b):
        r = mg.sqrt(a * a + b * b)
        ctx.save_for_backward(a, b, r)
        return r, np.arctan2(b.numpy(), a.numpy())

    @staticmethod
    def backward(ctx, gr, gt):
        a, b, r = ctx.saved_tensors
        return gr * a / r - gt * b / (r * r), gr * b / r + gt * a / (r * r)


def test_class_form(device):
    y = Softplus.apply(mg.tensor(X), 2)
    np.testing.assert_allclose(y.numpy(), np.log1p(np.exp(2 * X)))
    assert y.device == device and not y.requires_grad
    assert gradcheck(lambda x: Softplus.apply(x, 2), X) and gradgradcheck(lambda x: Softplus.apply(x, 2), X)
    third = mg.grad(mg.grad(mg.grad(lambda x: Softplus.apply(x, 1).sum())))(0.5)
    s = 1 / (1 + np.exp(-0.5))
    assert third.item() == pytest.approx(s * (1 - s) * (1 - 2 * s), rel=1e-5)


def test_decorator(device):
    assert hypotenuse.__name__ == "hypotenuse" and hypotenuse.__doc__ == "The longest side."
    assert hypotenuse(mg.tensor(3.0), mg.tensor(4.0)).item() == 5
    assert gradcheck(hypotenuse, X, X + 3) and gradgradcheck(hypotenuse, X, X + 3)
    a = mg.tensor(3.0, requires_grad=True)
    y = hypotenuse(a, mg.tensor(4.0))
    assert y.node.name == "hypotenuse"
    y.backward()
    assert a.grad.item() == pytest.approx(0.6)


def test_several_outputs_one_of_them_untouched():
    assert gradcheck(Polar.apply, X, X + 3) and gradgradcheck(Polar.apply, X, X + 3)
    assert gradcheck(lambda a, b: Polar.apply(a, b)[1], X, X + 3) and gradgradcheck(lambda a, b: Polar.apply(a, b)[1], X, X + 3)
    assert isinstance(Polar.apply(mg.ones(2), mg.ones(2)), tuple)

    @mg.custom_function
    def both(x, power=2):
        return x**power, x + 1

    @both.gradient
    def both_gradient(gs, ys, x, power=2):
        return gs[0] * power * x ** (power - 1) + gs[1] * (ys[1] - x)

    assert gradcheck(both, X) and gradcheck(lambda x: both(x, power=3)[0], X)


def test_options_and_other_arguments_reach_both():
    @mg.custom_function
    def scaled(x, factor, *, shift=0):
        return x * factor + shift

    @scaled.gradient
    def scaled_gradient(g, y, x, factor, *, shift=0):
        assert shift == 5 and isinstance(y, mg.Tensor)
        return g * factor           # the gradient of `factor`, a number, may be left out

    assert scaled(mg.ones(2), 3, shift=5).tolist() == [8, 8]
    assert gradcheck(lambda x: scaled(x, 3, shift=5), X)


def test_once_differentiable():
    class Cube(mg.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.numpy() ** 3

        @staticmethod
        @mg.once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 3 * x.numpy() ** 2 * g.numpy()

    assert gradcheck(Cube.apply, X)
    x = mg.tensor(2.0, requires_grad=True)
    Cube.apply(x).backward(create_graph=True)
    assert x.grad.item() == 12
    message = r"\[Cube\] its backward is marked once_differentiable: it has no second derivative"
    with pytest.raises(RuntimeError, match=message):
        x.grad.backward()
    with pytest.raises(RuntimeError, match=message):
        gradgradcheck(Cube.apply, X)

    @mg.custom_function
    def cube(x):
        return x**3

    @cube.gradient
    @mg.once_differentiable
    def cube_gradient(g, y, x):
        return 3 * x.numpy() ** 2 * g.numpy()

    assert gradcheck(cube, X)
    with pytest.raises(RuntimeError, match=r"\[cube\] its backward is marked once_differentiable"):
        mg.grad(mg.grad(lambda x: cube(x)))(2.0)


def test_saving_what_was_computed_on_the_way_is_right_once_and_refused_twice():
    class Wrong(mg.Function):
        @staticmethod
        def forward(ctx, x):
            e = mg.exp(x)
            ctx.save_for_backward(e, x > 0)
            return mg.log(1 + e)

        @staticmethod
        def backward(ctx, g):
            e, positive = ctx.saved_tensors
            assert positive.dtype == bool
            return g * e / (1 + e)

    assert gradcheck(Wrong.apply, X)
    with pytest.raises(RuntimeError, match=r"\[Wrong\] forward saved an array \(2, 3\) that is neither an input nor an output"):
        gradgradcheck(Wrong.apply, X)


def test_needs_input_grad_and_none():
    asked = []

    class Product(mg.Function):
        @staticmethod
        def forward(ctx, a, b):
            asked.append(ctx.needs_input_grad)
            ctx.save_for_backward(a, None, b)
            return a * b

        @staticmethod
        def backward(ctx, g):
            asked.append(ctx.needs_input_grad)
            _, nothing, b = ctx.saved_tensors
            assert nothing is None
            return (g * b if ctx.needs_input_grad[0] else None), None, None     # None more than there are arguments

    a, b = mg.tensor([2.0], requires_grad=True), mg.tensor([3.0])
    Product.apply(a, b).backward()
    assert asked == [(True, False)] * 2 and a.grad.tolist() == [3] and b.grad is None
    Product.apply(a, b.requires_grad_()).backward()
    assert b.grad is None                   # None is a gradient of zero


def test_outputs_that_are_not_differentiable():
    class Largest(mg.Function):
        @staticmethod
        def forward(ctx, x):
            place = mg.argmax(x, 0)
            rounded = x * 0
            ctx.mark_non_differentiable(rounded)
            ctx.place, ctx.shape = place, x.shape
            return mg.max(x, 0), place, rounded

        @staticmethod
        def backward(ctx, g, *_):
            rows = np.arange(ctx.shape[0])[:, None]
            return mg.where(rows == ctx.place.numpy(), g, 0)

    x = mg.tensor(X, requires_grad=True)
    y, place, rounded = Largest.apply(x)
    assert y.requires_grad and not place.requires_grad and not rounded.requires_grad
    y.sum().backward()
    assert x.grad.tolist() == [[0, 0, 1], [1, 1, 0]]


def test_results_of_other_kinds():
    @mg.custom_function
    def total(x):
        return float(x.numpy().sum())

    @total.gradient
    def total_gradient(g, y, x):
        return g * mg.ones_like(x)

    assert gradcheck(total, X)
    x = mg.tensor([1.0], requires_grad=True)

    class Same(mg.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return g

    y = Same.apply(x)
    y.backward()
    assert y is not x and x.grad.tolist() == [1]


def test_gradients_come_in_the_inputs_dtype_with_memory_of_their_own():
    buffer = np.ones(3)

    @mg.custom_function
    def one(x):
        return x * 1

    @one.gradient
    def one_gradient(g, y, x):
        return buffer                       # float64, and used again

    x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    one(x).sum().backward()
    assert x.grad.dtype == np.float32
    y = mg.tensor([1.0, 2.0, 3.0], dtype="float64", requires_grad=True)
    one(y).sum().backward()
    assert not np.shares_memory(y.grad.data, buffer)


def test_what_a_gradient_returns_is_copied_if_it_is_kept():
    class Keeps(mg.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.ready = mg.ones_like(x)
            return x * 1

        @staticmethod
        def backward(ctx, g):
            kept.append(ctx.ready)
            return ctx.ready

    kept = []
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    Keeps.apply(x).sum().backward()
    assert not np.shares_memory(x.grad.data, kept[0].data)


def test_the_functional_transforms_walk_through():
    p = {"a": mg.tensor(3.0), "b": mg.tensor(4.0)}
    h = mg.hessian(lambda p: hypotenuse(p["a"], p["b"]))(p)
    np.testing.assert_allclose([[h[i][j].item() for j in "ab"] for i in "ab"],
                               np.array([[16, -12], [-12, 9]]) / 125, rtol=1e-5)
    assert mg.jvp(hypotenuse, (3.0, 4.0), (1.0, 0.0))[1].item() == pytest.approx(0.6)


def test_nothing_is_kept_alive():
    """The graph holds no tensor, so a gradient that carries a graph of its own closes no cycle."""
    gc.collect()
    gc.disable()
    try:
        for f in (hypotenuse, lambda a, b: Polar.apply(a, b)[0]):
            a, b = mg.tensor(X, requires_grad=True), mg.tensor(X + 3)
            f(a, b).sum().backward(create_graph=True)
            alive = weakref.ref(a)
            del a
            assert alive() is None
    finally:
        gc.enable()


def test_backward_runs_again_on_a_retained_graph_and_forward_under_no_grad():
    a = mg.tensor(3.0, requires_grad=True)
    y = hypotenuse(a, 4.0 * mg.ones(()))
    y.backward(retain_graph=True)
    y.backward()
    assert a.grad.item() == pytest.approx(1.2)
    with pytest.raises(RuntimeError, match="walked before"):
        y.backward()
    with mg.no_grad():
        assert not hypotenuse(a, a).requires_grad


def test_an_input_written_in_place_is_noticed():
    a = mg.tensor([3.0], requires_grad=True)
    y = hypotenuse(a, mg.tensor([4.0]))
    with mg.no_grad():
        a[0] = 1
    with pytest.raises(RuntimeError, match=r"an array that hypotenuse saved for its gradient was written in place"):
        y.backward()


def wrong(returned):
    @mg.custom_function
    def f(a, b):
        return a + b

    f.gradient(lambda g, y, a, b: returned)
    return f


@pytest.mark.parametrize("returned, error, message", [
    (np.ones(3), ValueError, r"\[f\] backward must return one gradient for each of the 2 arguments of forward .* found 1"),
    ((1, 1), TypeError, r"\[f\] the gradient of argument 0 must be a tensor, an array or None, found int"),
    ((np.ones(3), np.ones((2, 3))), ValueError,
     r"\[f\] the gradient of argument 1 has shape \(2, 3\), but the argument has \(3,\): sum it over the axes that were"),
    ((np.ones(()), None), ValueError, r"\[f\] the gradient of argument 0 has shape \(\), but the argument has \(3,\)$"),
    ((np.ones(3),) * 3, ValueError, r"found 3$"),
])
def test_errors_of_backward(returned, error, message):
    a, b = mg.ones(3).requires_grad_(), mg.ones(3).requires_grad_()
    y = wrong(returned)(a, b).sum()
    with pytest.raises(error, match=message):
        y.backward()
    assert a.grad is None and b.grad is None


def test_other_errors():
    class Empty(mg.Function):
        pass

    class Forward(mg.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    class Nothing(mg.Function):
        @staticmethod
        def forward(ctx, x):
            return None

    class Saves(mg.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(3)

    class Reads(mg.Function):
        @staticmethod
        def forward(ctx, x):
            return ctx.saved_tensors

    x = mg.ones(2).requires_grad_()
    with pytest.raises(NotImplementedError, match=r"needs a static method forward\(ctx, ...\)"):
        Empty.apply(x)
    with pytest.raises(NotImplementedError, match=r"needs a static method backward\(ctx, g\)"):
        Forward.apply(x).sum().backward()
    with pytest.raises(TypeError, match=r"\[Nothing\] forward must return a tensor or an array.*; found NoneType"):
        Nothing.apply(x)
    with pytest.raises(TypeError, match=r"\[Saves\] save_for_backward takes tensors and arrays, found int"):
        Saves.apply(x)
    with pytest.raises(RuntimeError, match=r"\[Reads\] saved_tensors is for backward"):
        Reads.apply(x)
    with pytest.raises(TypeError, match=r"\[Polar\] is not made but applied: Polar.apply\(...\)"):
        Polar()

    @mg.custom_function
    def unfinished(x):
        return x

    with pytest.raises(RuntimeError, match=r"\[unfinished\] has no gradient yet: write one under @unfinished.gradient"):
        unfinished(x)


def test_tensors_by_keyword_and_in_lists():
    """By a parameter's name they count as by position; where no gradient could reach them it is an error."""
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    assert mg.grad(lambda x: hypotenuse(b=x, a=mg.zeros(2)).sum())(x).tolist() == [1, 1]
    message = r"\[{}\] a tensor that requires grad is given by keyword or inside a list"

    class Total(mg.Function):
        @staticmethod
        def forward(ctx, xs, scale=1):
            return sum(t.numpy() for t in xs)

    with pytest.raises(TypeError, match=message.format("Total")):
        Total.apply([x, x])
    with pytest.raises(TypeError, match=message.format("Total")):
        Total.apply([], scale=x)
    assert Total.apply([x.detach()]).tolist() == [1, 2]
    with mg.no_grad():
        assert Total.apply([x.detach()], scale=x).tolist() == [1, 2]


def test_a_method():
    class Layer:
        scale = 3

        @mg.custom_function
        def scaled(self, x):
            return x * self.scale

        @scaled.gradient
        def scaled_gradient(g, y, self, x):
            return None, g * self.scale

    assert gradcheck(Layer().scaled, X) and gradgradcheck(Layer().scaled, X)


def test_once_differentiable_refuses_however_backward_got_at_the_input():
    class Cube(mg.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.x = x.numpy()
            return ctx.x**3

        @staticmethod
        @mg.once_differentiable
        def backward(ctx, g):
            return 3 * ctx.x**2 * g.numpy()

    assert gradcheck(Cube.apply, X)
    with pytest.raises(RuntimeError, match=r"\[Cube\] its backward is marked once_differentiable"):
        mg.hessian(lambda x: Cube.apply(x).sum())(X)


def test_an_array_kept_as_an_attribute_is_refused_at_second_order():
    class Exp(mg.Function):
        @staticmethod
        def forward(ctx, x, weights):
            ctx.weights, ctx.mask, ctx.size, ctx.scale = weights, x.numpy() > 0, 2.0, np.float64(2)
            if ctx.needs_input_grad[0]:
                ctx.y = mg.exp(x)
            return mg.exp(x) * weights

        @staticmethod
        def backward(ctx, g):
            return g * ctx.y * ctx.weights, None

    weights = np.ones((2, 3))               # an argument: no result of the inputs
    assert gradcheck(lambda x: Exp.apply(x, weights), X)
    with pytest.raises(RuntimeError, match=r"\[Exp\] forward kept an array as ctx.y that is neither an input nor an output"):
        mg.hessian(lambda x: Exp.apply(x, weights).sum())(X)
    with pytest.raises(RuntimeError, match=r"\[Exp\] forward kept an array as ctx.y that is neither an input nor an output"):
        mg.grad(mg.grad(lambda x: Exp.apply(x, np.ones(()))))(2.0)


@pytest.mark.parametrize("put_away", [lambda y: y, lambda y: [y], lambda y: {"y": (y,)}])
def test_an_array_kept_anywhere_in_ctx_has_no_second_derivative(put_away):
    """How it depends on the inputs is unknown, in a list as by itself."""
    class Exp(mg.Function):
        @staticmethod
        def forward(ctx, x):
            y = mg.exp(x)
            ctx.kept = put_away(y.numpy() * 1)
            return y

        @staticmethod
        def backward(ctx, g):
            kept = ctx.kept
            while not isinstance(kept, np.ndarray):
                kept = kept[0] if isinstance(kept, (list, tuple)) else kept["y"]
            return g * kept

    x = np.array([0.0, 1.0])
    np.testing.assert_allclose(mg.grad(lambda x: Exp.apply(x).sum())(x), np.exp(x))
    with pytest.raises(RuntimeError, match=r"\[Exp\] forward kept an array as ctx.kept that is neither an input nor an output"):
        mg.grad(lambda x: mg.grad(lambda x: Exp.apply(x).sum())(x).sum())(x)
