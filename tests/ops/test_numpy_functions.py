"""numpy's functions on tensors: the same values, shapes and argument names, with gradients; or one clear sentence."""

import inspect
import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad.ops.numpy_functions import ADOPTED, FUNCTIONS, NEUTRAL
from minigrad.ops.numpy_protocol import HINTS, QUESTIONS
from minigrad.testing import gradcheck, gradgradcheck
from minigrad.testing.operations import descriptions

from . import numpy_linalg_calls
from .samples import drawn, is_float

x = np.array([[1.5, -2.0, 0.25], [0.5, 3.0, -1.25]])
y = np.array([[0.75, 1.0, 2.5], [-3.5, 0.125, 4.0]])
v = np.array([2.0, -1.0, 0.5])
positions = np.array([[2, 0], [1, 1]])
NUMPY = np.lib.NumpyVersion(np.__version__)         # some argument names came with 2.1

# function: calls of it, on arrays and on tensors alike
CALLS = {
    np.sum: [lambda a: np.sum(a), lambda a: np.sum(a, 0), lambda a: np.sum(a, axis=(0, 1), keepdims=True),
             lambda a: np.sum(a, -1, None, None, True)],
    np.mean: [lambda a: np.mean(a), lambda a: np.mean(a, axis=1, keepdims=True)],
    np.max: [lambda a: np.max(a), lambda a: np.max(a, 0), lambda a: np.max(a, axis=1, keepdims=True)],
    np.amax: [lambda a: np.amax(a, axis=(0, 1))],
    np.min: [lambda a: np.min(a), lambda a: np.min(a, 1)],
    np.amin: [lambda a: np.amin(a, axis=0)],
    np.argmax: [lambda a: np.argmax(a), lambda a: np.argmax(a, axis=1, keepdims=True)],
    np.argmin: [lambda a: np.argmin(a, 0)],
    np.concatenate: [lambda a, b: np.concatenate([a, b]), lambda a, b: np.concatenate((a, b, a), axis=-1),
                     lambda a, b: np.concatenate([a, b], axis=None)],
    np.stack: [lambda a, b: np.stack([a, b]), lambda a, b: np.stack((a, b), axis=-1), lambda a, b: np.stack([a, b], 1)],
    np.vstack: [lambda a, b: np.vstack([a, b, a[0]])],
    np.hstack: [lambda a, b: np.hstack([a, b]), lambda a, b: np.hstack((a[0], b[1]))],
    np.column_stack: [lambda a, b: np.column_stack([a, b, a[:, 0]])],
    np.split: [lambda a: np.split(a, 2)[1], lambda a: np.split(a, [1, 2], axis=1)[1], lambda a: np.split(a, [1, 9], 1)[2]],
    np.array_split: [lambda a: np.array_split(a, 2, axis=1)[0], lambda a: np.array_split(a, 4, axis=-1)[1]],
    np.reshape: [lambda a: np.reshape(a, -1), lambda a: np.reshape(a, (3, 2)),
                 *([lambda a: np.reshape(a, shape=(1, -1))] if NUMPY >= "2.1.0" else [])],
    np.ravel: [lambda a: np.ravel(a)],
    np.transpose: [lambda a: np.transpose(a), lambda a: np.transpose(a, axes=(1, 0))],
    np.matrix_transpose: [lambda a: np.matrix_transpose(a[None])],
    np.linalg.matrix_transpose: [lambda a: np.linalg.matrix_transpose(a)],
    np.swapaxes: [lambda a: np.swapaxes(a[None], 0, -1)],
    np.moveaxis: [lambda a: np.moveaxis(a[None], 0, -1), lambda a: np.moveaxis(a[None], (0, 1), (-1, 0))],
    np.expand_dims: [lambda a: np.expand_dims(a, 0), lambda a: np.expand_dims(a, axis=(0, -1))],
    np.squeeze: [lambda a: np.squeeze(a[None, :, None]), lambda a: np.squeeze(a[None, :, None], axis=2)],
    np.broadcast_to: [lambda a: np.broadcast_to(a, (4, 2, 3))],
    np.pad: [lambda a: np.pad(a, 1), lambda a: np.pad(a, (1, 2), constant_values=7.0), lambda a: np.pad(a, ((0, 1), (2, 0))),
             lambda a: np.pad(a, ((1,), (2,)), "constant")],
    np.flip: [lambda a: np.flip(a), lambda a: np.flip(a, 1), lambda a: np.flip(a, axis=(0, -1))],
    np.linalg.diagonal: [lambda a: np.linalg.diagonal(a, offset=1)],
    np.broadcast_arrays: [lambda a, b: np.broadcast_arrays(a[0], b)[0], lambda a: np.broadcast_arrays(a, None)[0]],
    np.lib.stride_tricks.sliding_window_view: [lambda a: np.lib.stride_tricks.sliding_window_view(a, 2, axis=1)],
    np.where: [lambda a, b: np.where(a > 0, a, b), lambda a: np.where(x > 1, a, 0.0),
               lambda a, b: np.where(np.array([1, 0, 2]), a, b)],
    np.clip: [lambda a: np.clip(a, -1, 1), lambda a: np.clip(a, None, 0.3), lambda a: np.clip(a, a_min=-1.1, a_max=None),
              *([lambda a: np.clip(a, min=0.3)] if NUMPY >= "2.1.0" else [])],
    np.take: [lambda a: np.take(a, [0, 2, 2], axis=1), lambda a: np.take(a, 4), lambda a: np.take(a, positions, 1)],
    np.take_along_axis: [lambda a: np.take_along_axis(a, positions, axis=1), lambda a: np.take_along_axis(a, positions, 1)],
    **numpy_linalg_calls.CALLS,
    np.zeros_like: [lambda a: np.zeros_like(a), lambda a: np.zeros_like(a, dtype=np.int64)],
    np.empty_like: [lambda a: np.empty_like(a) * 0],
    np.ones_like: [lambda a: np.ones_like(a, np.float32)],
    np.full_like: [lambda a: np.full_like(a, 7), lambda a: np.full_like(a, fill_value=2.5, order="C")],
    **({np.astype: [lambda a: np.astype(a, np.float64)]} if hasattr(np, "astype") else {}),
}
EVERY = [pytest.param(f, call, id=f"{f.__name__}-{i}") for f, calls in CALLS.items() for i, call in enumerate(calls)]
OPERATION = {np.sum: mg.sum, np.mean: mg.mean, np.max: mg.max, np.stack: mg.stack, np.pad: mg.pad}


def test_every_function_is_called_below():
    """... but for those that are an operation as it stands, which is fuzzed as that."""
    assert FUNCTIONS.keys() - ADOPTED.keys() <= CALLS.keys() <= FUNCTIONS.keys()


@pytest.mark.parametrize("function", [f for f in ADOPTED if f not in CALLS], ids=lambda f: f.__name__)
def test_an_operation_answers_numpys_name(function):
    """The operation's own tests say that it is right: here is that numpy's name with numpy's arguments reaches it."""
    for description in descriptions(ADOPTED[function].__name__)[ADOPTED[function].__name__]:
        if description.call is not ADOPTED[function]:
            continue                            # its arguments are in an order of their own
        args, options = drawn(description, 1)[0]
        options = {name: value for name, value in options.items() if name in inspect.signature(function).parameters}
        args = [mg.tensor(a, requires_grad=True) if is_float(a) else mg.tensor(a) if isinstance(a, np.ndarray) else a
                for a in args]
        if any(isinstance(a, mg.Tensor) for a in args):
            found, expected = function(*args, **options), ADOPTED[function](*args, **options)
            for one, other in zip(*(y if isinstance(y, (list, tuple)) else [y] for y in (found, expected)), strict=True):
                assert type(one) is type(other) and one.requires_grad == other.requires_grad
                np.testing.assert_array_equal(one.detach(), other.detach())


@pytest.mark.parametrize("call, expected", [
    (lambda t: np.flip(m=t, axis=1), lambda a: a[:, ::-1]), (lambda t: np.tile(A=t, reps=2), lambda a: np.tile(a, 2)),
    (lambda t: np.take(t, [4, -1], 1, None, "wrap"), lambda a: a[:, [1, 2]]),
    (lambda t: np.diag(v=t[0], k=1), lambda a: np.diag(a[0], 1)),
    (lambda t: np.meshgrid(t[0], t[1], indexing="ij", copy=True)[1], lambda a: np.meshgrid(a[0], a[1], indexing="ij")[1]),
    (lambda t: np.pad(array=t, pad_width=1, mode="edge"), lambda a: np.pad(a, 1, "edge")),
    (lambda t: np.hstack(tup=(t, t), dtype="float32"), lambda a: np.hstack((a, a)).astype("float32")),
    (lambda t: np.full_like(t, 3.0, order="C"), lambda a: np.full_like(a, 3)),
    (lambda t: np.split(ary=t, indices_or_sections=[1], axis=1)[1], lambda a: a[:, 1:]),
    (lambda t: np.linspace(t, t + 1, 3, False, axis=1), lambda a: np.linspace(a, a + 1, 3, False, axis=1)),
    (lambda t: np.insert(arr=t, obj=1, values=7, axis=0), lambda a: np.insert(a, 1, 7, 0)),
    (lambda t: np.linalg.diagonal(t, offset=1), lambda a: np.diagonal(a, 1)),
    (lambda t: np.lib.stride_tricks.sliding_window_view(t, 2, axis=1), lambda a: np.stack([a[:, :2], a[:, 1:]], 1))])
def test_functions_that_are_operations_take_numpys_arguments(call, expected):
    found = call(mg.tensor(x, requires_grad=True))
    assert type(found) is mg.Tensor and found.dtype == expected(x).dtype
    np.testing.assert_allclose(found.detach(), expected(x))


@pytest.mark.parametrize("function, call", EVERY)
def test_values_and_gradients(function, call, device):
    arrays = (x, y)[:len(inspect.signature(call).parameters)]
    expected = call(*arrays)
    tensors = [mg.tensor(a, requires_grad=True) for a in arrays]
    found = call(*tensors)
    assert type(found) is mg.Tensor and found.dtype == expected.dtype
    np.testing.assert_allclose(found.detach(), expected, rtol=1e-12)
    constant = not found.requires_grad
    assert constant == (function.__name__.endswith("_like") or "arg" in function.__name__ or "rank" in function.__name__)
    if not constant:
        assert gradcheck(call, *arrays) and gradgradcheck(call, *arrays)
    for mixed in ([tensors[0], *arrays[1:]], [arrays[0], *tensors[1:]] if tensors[1:] else tensors):     # arrays beside tensors
        beside = call(*mixed)
        assert type(beside) is mg.Tensor
        np.testing.assert_allclose(beside.detach(), expected, rtol=1e-12)


@pytest.mark.parametrize("function", [f for f in FUNCTIONS if f not in ADOPTED], ids=lambda f: f.__name__)
def test_argument_names_and_order_are_numpys(function):
    """An argument that nothing here can serve may be missing in neither: it is refused by name, not unknown."""
    try:
        theirs = inspect.signature(function).parameters
    except ValueError:
        pytest.skip("this numpy does not say")
    ours = inspect.signature(FUNCTIONS[function]).parameters
    positional = [name for name, p in theirs.items() if p.kind is p.POSITIONAL_ONLY]
    names = [name for name, p in theirs.items() if p.kind not in (p.VAR_KEYWORD, p.POSITIONAL_ONLY)]
    if function in (np.where, np.reshape):
        return                              # by position only; the shape was called newshape before numpy 2.1
    assert [name for name in ours if name in names] == names
    assert len(ours) >= len(positional) + len(names)


def test_arrays_beside_float32_tensors_take_their_dtype():
    t = mg.tensor([[1.0, 2.0]], requires_grad=True)
    a = x[:, :2]
    for found in (np.concatenate([a, t]), np.stack([t, a[:1]]), np.where(t > 1, a[:1], t), np.clip(a, t, 9),
                  np.dot(a[:, :1], t), np.vstack([t, [3.0, 4.0]])):
        assert type(found) is mg.Tensor and found.dtype == np.float32 and found.requires_grad


NAN = float("nan")


@pytest.mark.parametrize("low, high", [(NAN, None), (None, NAN), (-1, NAN), (np.float32(NAN), None), (np.full(3, NAN), 1),
                                       (NAN, np.ones(3)), (np.array([-1, NAN, -1]), 1)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_clip_by_nan_is_nan(low, high, dtype, device):
    t = mg.tensor(np.array([-2, 0, 2]), dtype=dtype)
    np.testing.assert_array_equal(mg.clip(t, low, high).numpy(), np.clip(t.numpy(), low, high))


def test_clip_passes_nothing_to_nan():
    for low in (-1.0, np.array([-1.0, -1])):
        t = mg.tensor(np.array([NAN, 0.0]), requires_grad=True)
        y = mg.clip(t, low, 1.0)
        y.sum().backward()
        assert np.isnan(y.tolist()).tolist() == [True, False] and t.grad.tolist() == [0, 1]


def test_clip_by_numpy_scalars_is_as_by_numbers(device):
    t = mg.tensor([-2.0, 0.0, 2.0])
    for low, high in ((np.float32(-1), np.int8(1)), (np.float64(-1), np.uint64(1))):
        assert mg.clip(t, low, high).tolist() == [-1, 0, 1] and mg.clip(t, low, high).dtype == np.float32


def test_clip_passes_at_the_bounds():
    t = mg.tensor([-2.0, -1.0, 0.0, 1.0, 2.0], requires_grad=True)
    np.clip(t, -1, 1).sum().backward()
    assert t.grad.tolist() == [0, 1, 1, 1, 0]
    low = mg.tensor(0.5, requires_grad=True)
    np.clip(x, low, 9.0).sum().backward()
    assert low.grad.item() == 3                 # as often as it was taken; 0.5 itself is x's


# ---- what is no operation

def test_questions_are_numpys(device):
    t = mg.tensor(x, requires_grad=True)
    for f in (np.shape, np.ndim, np.size, np.isnan, np.isfinite, np.isinf, np.signbit, np.argsort, np.nonzero, np.argwhere,
              np.any, np.all, np.count_nonzero, np.iscomplexobj, np.isreal, np.array_repr):
        found, expected = f(t), f(x)
        assert type(found) is type(expected), f
        np.testing.assert_equal(found, expected)
    assert np.array_equal(t, x) and not np.array_equal(t, x + 1) and np.allclose(t, x) and np.isclose(t, x).all()
    assert np.size(t, axis=1) == 3 and np.result_type(t, np.float32) == np.float64
    assert np.searchsorted(mg.tensor([0.0, 1.0]), t).tolist() == np.searchsorted([0.0, 1.0], x).tolist()
    assert np.logical_and(t > 0, x > 1).tolist() == (x > 1).tolist()
    assert [a.tolist() for a in np.where(t > 0)] == [a.tolist() for a in np.where(x > 0)]
    assert np.may_share_memory(mg.from_numpy(x), x) and not np.may_share_memory(t, x)


def test_what_is_like_an_array_stays_so():
    c = mg.tensor(x)
    for f in (np.copy, np.nanvar, np.nanmedian):
        found = f(c)
        assert isinstance(found, (np.ndarray, np.generic))
        np.testing.assert_array_equal(found, f(x))
    np.testing.assert_allclose(c, x)
    np.testing.assert_equal(c, x)
    np.testing.assert_array_equal(c[0], x[0])
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(c, x + 1)
    assert type(np.asarray(c)) is np.ndarray and np.array([c, c]).shape == (2, 2, 3)
    with pytest.raises(RuntimeError, match=r"\[numpy\] this tensor requires grad, .*\.detach\(\)\.numpy\(\)"):
        np.testing.assert_allclose(mg.tensor(x, requires_grad=True), x)


def test_matplotlib_draws_constants():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    t = mg.tensor(np.abs(x))
    figure, axes = pyplot.subplots()
    try:
        axes.plot(t)
        axes.plot(t[0], t[1])
        axes.bar(t[0], t[1])
        axes.scatter(t[0], t[1])
        axes.hist(t[0])
        axes.imshow(t)
        axes.errorbar(t[0], t[1], yerr=t[0])
        axes.fill_between(t[0], t[1])
        axes.contourf(t)
        figure.canvas.draw()
    finally:
        pyplot.close(figure)


DISPATCHED = {f"{space.__name__}.{name}": f for space in (np, np.linalg, np.fft) for name, f in vars(space).items()
              if type(f).__name__ == "_ArrayFunctionDispatcher"}
ARGUMENTS = (lambda t: (t,), lambda t: (t, t), lambda t: ([t, t],), lambda t: (t, 1), lambda t: (1, t), lambda t: (t, t, t),
             lambda t: (t, 0, t), lambda t: (t > 0, t), lambda t: ("ij,ij", t, t),
             lambda t: (t, np.zeros((2, 1), int), t, 1))


@pytest.mark.parametrize("name", sorted(DISPATCHED))
def test_no_function_of_numpy_loses_a_gradient_silently(name):
    """Each gives tensors of the graph, answers a question, makes constants by name, or refuses."""
    function = DISPATCHED[name]
    refused = 0
    for arguments in ARGUMENTS:
        t = mg.tensor(np.abs(x), requires_grad=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found = function(*arguments(t))
            except (TypeError, ValueError, RuntimeError, IndexError, AttributeError, np.exceptions.AxisError) as error:
                refused += "has no differentiable form here" in str(error) or "cannot write into a tensor" in str(error)
                continue
        constants = "_like", "arg", "astype", "round", "fix", "angle", "imag"      # the last two are, of real numbers
        if function in QUESTIONS or any(word in function.__name__ for word in constants):
            continue
        several = found if isinstance(found, (list, tuple)) else [found]
        for one in several:                     # of several, those that no tensor went into are constants
            if isinstance(one, mg.Tensor):
                assert (one.requires_grad or one.dtype.kind != "f" or any(other.requires_grad for other in several)
                        or function is np.linalg.lstsq)
            else:
                assert function is np.where or np.asarray(one).dtype.kind not in "fc", (name, one)
    if function not in FUNCTIONS and function not in QUESTIONS and refused == 0:
        assert name.rpartition(".")[2] in ("array2string", "busday_count", "busday_offset", "datetime_as_string", "is_busday",
                                           "unravel_index", "ravel_multi_index", "save", "savetxt", "savez",
                                           "savez_compressed"), name


@pytest.mark.parametrize("call, message", [
    (lambda t: np.nanmedian(t),
     r"^\[np\.nanmedian\] this function has no differentiable form.*custom_function; or.*\.detach\(\)"),
    (lambda t: np.copy(t), r"^\[np\.copy\] .*functions of minigrad, here x itself, which nothing writes into;"),
    (lambda t: np.copyto(np.zeros_like(x), t), r"^\[np\.copyto\] this function has no differentiable form"),
    (lambda t: np.sum(t, out=np.zeros(())), r"^\[np\.sum\] numpy's option out= is not supported on tensors: take the result"),
    (lambda t: np.sum(t, where=x > 0), r"^\[np\.sum\] numpy's option where= .*mg\.where\(mask, a, \.\.\.\) first"),
    (lambda t: np.max(t, initial=3), r"^\[np\.max\] numpy's option initial= is not supported on tensors: add it, or compare"),
    (lambda t: np.ravel(t, order="F"), r"^\[np\.ravel\] numpy's option order= "),
    (lambda t: np.take(t, 1, out=np.zeros(())), r"^\[np\.take\] numpy's option out= "),
    (lambda t: np.concatenate([t, t], casting="unsafe"), r"^\[np\.concatenate\] numpy's option casting= .*\.astype"),
    (lambda t: np.zeros_like(t, shape=(3,)), r"^\[np\.zeros_like\] numpy's option shape= .*mg\.zeros"),
    (lambda t: np.pad(t, 1, mode="mean"), r"^\[pad\] mode must be one of constant, edge, .*, found 'mean'"),
    (lambda t: np.pad(t, 1, mode="reflect", reflect_type="odd"), r"^\[np\.pad\] numpy's option reflect_type= "),
    (lambda t: np.where(t > 0, t), r"either both|\[np\.where\] expected"),
    (lambda t: np.squeeze(t, 1), r"^\[squeeze\] axis 1 of shape \(2, 3\) has size 3"),
    (lambda t: np.add.reduce(t), r"^\[add\] numpy's add\.reduce has no differentiable form here: use a reduction .*mg\.sum"),
    (lambda t: np.multiply.outer(t, t), r"^\[multiply\] numpy's multiply\.outer .*broadcasting"),
    (lambda t: np.exp(t, out=np.zeros_like(x)), r"^\[exp\] numpy's options \['out'\] are not supported"),
    (lambda t: np.add(t, t, dtype=np.float32), r"^\[add\] numpy's options \['dtype'\] .*: leave them out; \.astype"),
    (lambda t: np.heaviside(t, t), r"^\[heaviside\] numpy's heaviside has no differentiable form here"),
])
def test_refusals(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call(mg.tensor(x, requires_grad=True))


@pytest.mark.parametrize("write", [
    lambda t: np.copyto(t, 0), lambda t: np.put(t, 0, 9), lambda t: np.place(t, x > 1, 9), lambda t: np.fill_diagonal(t, 9),
    lambda t: np.putmask(t, x > 1, 9), lambda t: np.put_along_axis(t, positions, 9, 1), lambda t: np.copyto(src=x, dst=t),
    lambda t: np.prod(x[None], 0, out=t), lambda t: np.median(x[None], 0, t), lambda t: np.isnan(x, out=t > 0),
    lambda t: np.rollaxis(t, 1).__setitem__(0, 9), lambda t: np.diagonal(t).__setitem__(0, 9)])
@pytest.mark.parametrize("requires_grad", [False, True])
def test_numpy_writes_into_no_tensor(write, requires_grad):
    """It could not be noticed, and a gradient that needs what was there would be wrong."""
    t = mg.tensor(x, requires_grad=requires_grad)
    with pytest.raises((TypeError, ValueError, RuntimeError), match=r"cannot write into a tensor|read-only"
                       "|no differentiable form|is part of the graph|out="):
        write(t)
    assert np.array_equal(t, x)


def test_the_tables_do_not_overlap():
    assert not QUESTIONS & FUNCTIONS.keys() and not HINTS.keys() & FUNCTIONS.keys()
    assert all(isinstance(values, tuple) for values in NEUTRAL.values())


def test_under_transforms():
    assert np.allclose(mg.grad(lambda a: np.sum(np.concatenate([a, a]) ** 2))(x), 4 * x)
    assert np.allclose(mg.hessian(lambda a: np.sum(np.square(a)))(v), 2 * np.eye(3))
    with pytest.raises(TypeError, match=r"\[np\.nancumsum\] this function has no differentiable form"):
        mg.grad(lambda a: np.nancumsum(a).sum())(v)
