"""Operations that move elements: values against numpy, edges, errors. Gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg

A = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def same(y, expected):
    assert y.shape == expected.shape and y.dtype == expected.dtype
    np.testing.assert_array_equal(y.numpy(), expected)


def test_values(device):
    for a in (A, A.transpose(1, 2, 0).copy().transpose(2, 0, 1)):
        x = mg.from_numpy(a)
        same(mg.reshape(x, (4, -1)), a.reshape(4, -1))
        same(x.reshape(6, 4), a.reshape(6, 4))
        same(x.reshape((24,)), a.reshape(24))
        same(x.reshape(-1), a.reshape(-1))
        same(mg.reshape(x, np.array([3, 8])), a.reshape(3, 8))
        same(x.transpose(), a.transpose())
        same(x.T, a.T)
        same(x.transpose(2, 0, 1), a.transpose(2, 0, 1))
        same(x.transpose((0, -1, 1)), a.transpose(0, -1, 1))
        same(x.flatten(), a.reshape(-1))
        same(mg.flatten(x, 1), a.reshape(2, 12))
        same(mg.flatten(x, 3), a[..., None])
        same(mg.broadcast_to(x, (5, 2, 3, 4)), np.broadcast_to(a, (5, 2, 3, 4)))
        same(mg.concatenate([x, a[:, :1], x], 1), np.concatenate([a, a[:, :1], a], 1))
        same(mg.stack([x, x], -1), np.stack([a, a], -1))
        same(mg.pad(x, 1), np.pad(a, 1))
        same(mg.pad(x, ((0, 1), (2, 0), (0, 0)), constant_values=7), np.pad(a, ((0, 1), (2, 0), (0, 0)), constant_values=7))
        for found, expected in zip(mg.split(x, (1, 1), 2), np.split(a, [1, 1], 2), strict=True):
            same(found, expected)
        for found, expected in zip(mg.split(x, 3, -2), np.split(a, 3, 1), strict=True):
            same(found, expected)
        same(mg.ops.shape.sum_to(x, (3, 1)), a.sum((0, 2))[:, None])


def test_numbers_and_nothing(device):
    x, nothing = mg.Tensor(2.0, requires_grad=True), mg.zeros((0, 3), requires_grad=True)
    for y, shape in [(x.reshape(1, 1), (1, 1)), (x.reshape(()), ()), (x.T, ()), (x.flatten(), (1,)), (mg.pad(x, 1), ()),
                     (mg.stack([x, x]), (2,)), (mg.broadcast_to(x, 3), (3,))]:
        assert y.shape == shape and isinstance(y.data, y.k.array)
        x.grad = None
        y.sum().backward(create_graph=True)
        assert x.grad.item() == y.size
    for y, shape in [(nothing.reshape(3, 0), (3, 0)), (nothing.reshape(-1), (0,)), (nothing.T, (3, 0)),
                     (mg.pad(nothing, 1), (2, 5)), (mg.concatenate([nothing, nothing]), (0, 3)),
                     (mg.split(nothing, 1)[0], (0, 3)),
                     (mg.stack([nothing]), (1, 0, 3)),
                     (mg.broadcast_to(nothing, (2, 0, 3)), (2, 0, 3))]:
        assert y.shape == shape
        nothing.grad = None
        y.sum().backward(create_graph=True)
        assert nothing.grad.shape == (0, 3)


def test_an_untouched_piece_of_split_gets_zeros(device):
    x = mg.Tensor([1.0, 2, 3, 4], requires_grad=True)
    a, b, c = mg.split(x, (1, 3))
    (b * 5).sum().backward()
    assert x.grad.tolist() == [0, 5, 5, 0]
    assert a.requires_grad and c.requires_grad


def test_two_dtypes(device):
    a, b = mg.Tensor([1.0], requires_grad=True), mg.Tensor(np.array([2.0]), requires_grad=True)
    y = mg.concatenate([a, b, a])
    assert y.dtype == np.float64
    y.sum().backward()
    assert a.grad.dtype == np.float32 and a.grad.tolist() == [2] and b.grad.dtype == np.float64
    for y in (mg.concatenate([a, np.ones(2)]), mg.concatenate([np.ones(2), a]), mg.stack([[1], a])):
        assert y.dtype == np.float32        # raw arrays take the tensor's dtype
    assert mg.concatenate([np.ones(2), np.ones(1)]).dtype == np.float64


def test_flatten_is_logical_nchw(device):
    a = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    last = np.ascontiguousarray(a.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    assert mg.flatten(mg.from_numpy(last), 1).tolist() == [list(range(24))]


VIEWS = {
    "squeeze": lambda x: mg.squeeze(x[:1]), "expand_dims": lambda x: mg.expand_dims(x, 1),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "moveaxis": lambda x: x.moveaxis(0, -1), "flip": mg.flip, "rot90": mg.rot90, "ravel": mg.ravel, "flatten": mg.flatten,
    "diagonal": mg.diagonal, "split": lambda x: mg.split(x, 2)[1], "unstack": lambda x: mg.unstack(x)[1],
    "broadcast_arrays": lambda x: mg.broadcast_arrays(x, mg.ones((5, 1, 1, 1)))[0], "atleast_3d": lambda x: mg.atleast_3d(x[0]),
    "sliding_window_view": lambda x: mg.sliding_window_view(x, 2, -1), "trim_zeros": mg.trim_zeros,
    "cropping": lambda x: mg.pad(x, -1 * np.eye(3, 2, dtype=int))}


@pytest.mark.parametrize("name", VIEWS)
def test_views_where_numpy_has_them(name, device):
    x = mg.from_numpy(A + 1)
    assert np.shares_memory(VIEWS[name](x).numpy(), x.numpy())


def test_places_without_axes(device):
    """A 0-d tensor has what numpy gives it: axis 0 and -1 of a reduction, and of squeeze."""
    x = mg.Tensor(3.0, requires_grad=True)
    for f in (mg.sum, mg.mean, mg.max, mg.min, mg.argmax, mg.squeeze):
        for axis in (0, -1):
            y = f(x, axis)
            assert y.shape == () and y.item() == (0 if f is mg.argmax else 3)
    assert mg.sum(x, 0, keepdims=True).shape == ()
    for axis in (1, -2, (0,)):
        with pytest.raises(ValueError, match=r"\[sum\] axis .* does not exist: the tensor has 0 axes"):
            mg.sum(x, axis)


def test_split_is_numpys(device):
    x = mg.Tensor(np.arange(6.0), requires_grad=True)
    assert [p.tolist() for p in mg.split(x, [1, 4])] == [[0], [1, 2, 3], [4, 5]]
    assert [p.tolist() for p in x.split(3)] == [[0, 1], [2, 3], [4, 5]]
    assert [p.tolist() for p in mg.split(x, np.array([4, 2]))] == [[0, 1, 2, 3], [], [2, 3, 4, 5]]
    assert [p.shape for p in mg.array_split(x, 4)] == [(2,), (2,), (1,), (1,)]
    assert [p.shape for p in mg.chunk(x, 4)] == [(2,), (2,), (2,)]
    sum(p.sum() * i for i, p in enumerate(mg.split(x, [4, 2, 5]))).backward()
    assert x.grad.tolist() == [0, 0, 2, 2, 2, 3]


@pytest.mark.parametrize("mode", ["edge", "reflect", "symmetric", "wrap"])
@pytest.mark.parametrize("width", [1, 3, 11, (0, 7), (4, 0)])
def test_pad_by_its_own_elements_is_numpys(mode, width, device):
    a = A[:, :, :3]
    same(mg.pad(mg.from_numpy(a), width, mode), np.pad(a, width, mode))
    last = np.broadcast_to(width, 2).tolist()
    same(mg.pad(mg.from_numpy(a), {-1: width}, mode), np.pad(a, ((0, 0), (0, 0), last), mode))


def test_pad_with_several_constants(device):
    x = mg.from_numpy(A[0])
    for values in ((1, 2), ((1, 2), (3, 4)), ((1,), (2,)), [5], np.array(7)):
        same(mg.pad(x, ((1, 2), (0, 3)), constant_values=values), np.pad(A[0], ((1, 2), (0, 3)), constant_values=values))
    same(mg.pad(x, ((-1, 2), (2, -3))), np.pad(A[0], ((0, 2), (2, 0)))[1:, :-3])


def test_triangles_pick(device):
    """What is left out has no gradient and no say, NaN or not; integers and booleans stay what they are."""
    x = mg.Tensor([[1.0, np.nan], [2, 3]], requires_grad=True)
    y = mg.tril(x)
    y.sum().backward()
    assert y.tolist() == [[1, 0], [2, 3]] and x.grad.tolist() == [[1, 0], [1, 1]]
    assert mg.triu(np.ones((2, 2), bool)).tolist() == [[True, True], [False, True]]
    assert mg.tril(np.ones((2, 2), np.uint8), -1).dtype == np.uint8


def test_unfold_times_weights_is_a_convolution(device):
    x, w = mg.randn(2, 3, 6, 5), mg.randn(4, 3, 3, 2)
    columns = mg.unfold(x, (3, 2), padding=1, stride=(2, 1))
    y = mg.matmul(w.reshape(4, -1), columns)
    expected = mg.conv2d(x, w, stride=(2, 1), padding=1)
    np.testing.assert_allclose(y.reshape(expected.shape).numpy(), expected.numpy(), atol=1e-5)


@pytest.mark.parametrize("call, text", [
    (lambda x: x.reshape(5, 5), "[reshape] shape (2, 3) has 6 elements, but (5, 5) has 25"),
    (lambda x: x.reshape(4, -1), "[reshape] shape (2, 3) with 6 elements does not fit (4, -1)"),
    (lambda x: x.reshape(-1, -1), "[reshape] shape (2, 3) with 6 elements does not fit (-1, -1)"),
    (lambda x: x.reshape(-2, -3), "[reshape] shape (2, 3) has 6 elements, but (-2, -3) has 6"),
    (lambda x: mg.zeros((0, 3)).reshape(0, -1), "[reshape] shape (0, 3) with 0 elements does not fit (0, -1)"),
    (lambda x: mg.flatten(x, 3), "[flatten] start 3 is not an axis of shape (2, 3)"),
    (lambda x: mg.flatten(x, -3), "[flatten] start -3 is not an axis of shape (2, 3)"),
    (lambda x: mg.flatten(x, 0, 2), "[flatten] end 2 is not an axis of shape (2, 3) from start 0 on"),
    (lambda x: mg.flatten(x, 1, 0), "[flatten] end 0 is not an axis of shape (2, 3) from start 1 on"),
    (lambda x: mg.squeeze(x, 1), "[squeeze] axis 1 of shape (2, 3) has size 3: only size 1 can be taken away"),
    (lambda x: mg.expand_dims(x, (0, 0)), "[expand_dims] an axis is named twice in (0, 0)"),
    (lambda x: mg.expand_dims(x, 3), "[expand_dims] axis 3 does not exist: there are 3"),
    (lambda x: mg.moveaxis(x, (0, 1), 0), "[moveaxis] source (0, 1) and destination 0 must be as many axes, each once"),
    (lambda x: mg.swapaxes(x, 0, 2), "[swapaxes] axis 2 does not exist: there are 2"),
    (lambda x: mg.broadcast_arrays(x, mg.ones(2)), "[broadcast_arrays] shapes [(2, 3), (2,)] do not broadcast"),
    (lambda x: mg.meshgrid(x, x), "[meshgrid] expected tensors of one axis each, found shapes [(2, 3), (2, 3)]"),
    (lambda x: mg.meshgrid(x[0], indexing="yx"), "[meshgrid] indexing must be 'xy' or 'ij', found 'yx'"),
    (lambda x: mg.repeat(x, [1, 2], 1), "[repeat] repeats must be one int >= 0, or one for each of the 3 places on axis 1 of"),
    (lambda x: mg.repeat(x, -1), "[repeat] repeats must be one int >= 0, or one for each of the 6 places on axis 0 of"),
    (lambda x: mg.tile(x, -1), "[tile] reps must be >= 0, found (-1,)"),
    (lambda x: mg.fliplr(x[0]), "[fliplr] expected 2 axes or more, found shape (3,)"),
    (lambda x: mg.rot90(x, 1, (0, 0)), "[rot90] axes must be two different ones of the 2, found (0, 0)"),
    (lambda x: mg.roll(x, (1, 2), (0, 1, 0)), "[roll] shift (1, 2) and axis (0, 1, 0) must be as many, or one of them one"),
    (lambda x: mg.diagonal(x, 0, 1, 1), "[diagonal] axis1 and axis2 must be two axes, found 1 and 1 of shape (2, 3)"),
    (lambda x: mg.diag(x[None]), "[diag] expected a vector or a matrix, found shape (1, 2, 3): mg.diagonal takes any two axes"),
    (lambda x: mg.tril(x[0, 0]), "[tril] expected matrices, or a vector, found a tensor without axes"),
    (lambda x: mg.append(x, x[0], 0), "[append] values have shape (3,), one axis less than (2, 3): write mg.expand_dims("),
    (lambda x: mg.hstack([x, x.T]), "[hstack] shapes [(2, 3), (3, 2)] differ beyond axis 1"),
    (lambda x: mg.vstack([x, x.T]), "[vstack] shapes [(2, 3), (3, 2)] differ beyond axis 0"),
    (lambda x: mg.hsplit(x[0, 0], 1), "[hsplit] expected 1 axes or more, found shape ()"),
    (lambda x: mg.chunk(x, 0), "[chunk] chunks must be an int >= 1, found 0"),
    (lambda x: mg.unstack(x, 2), "[unstack] axis 2 does not exist: there are 2"),
    (lambda x: mg.sliding_window_view(x, 3, 0), "[sliding_window_view] a window of 3 does not fit axis 0 of shape (2, 3)"),
    (lambda x: mg.sliding_window_view(x, 2), "[sliding_window_view] window_shape (2,) has 1 sizes for 2 axes of shape (2, 3)"),
    (lambda x: mg.unfold(x, 2), "[unfold] expected images (N, C, H, W) or one (C, H, W), found shape (2, 3)"),
    (lambda x: mg.unfold(x[None], 3),
     "[unfold] windows (3, 3) with dilation (1, 1) do not fit images (2, 3) with padding (0, 0)"),
    (lambda x: mg.fold(x, 2, 2),
     "[fold] shape (2, 3) must have a multiple of 4 rows for windows (2, 2), and 1 columns for 1 x 1"),
    (lambda x: x.transpose(0, 0), "[transpose] axes (0, 0) are no order of the 2 axes of shape (2, 3)"),
    (lambda x: x.transpose(0), "[transpose] axes (0,) are no order of the 2 axes of shape (2, 3)"),
    (lambda x: mg.broadcast_to(x, (2, 4)),
     "[broadcast_to] shape (2, 3) cannot be broadcast to (2, 4): sizes must be equal, or 1"),
    (lambda x: mg.broadcast_to(x, (3,)), "[broadcast_to] shape (2, 3) cannot be broadcast to (3,)"),
    (lambda x: mg.ops.shape.sum_to(x, (2,)), "[sum_to] shape (2,) does not broadcast to (2, 3)"),
    (lambda x: mg.concatenate([]), "[concatenate] expected at least one tensor"),
    (lambda x: mg.stack([]), "[stack] expected at least one tensor"),
    (lambda x: mg.concatenate([x, x.T]), "[concatenate] shapes [(2, 3), (3, 2)] differ beyond axis 0"),
    (lambda x: mg.concatenate([x, x[0]]), "[concatenate] shapes [(2, 3), (3,)] differ in their number of axes"),
    (lambda x: mg.concatenate([x, x], 2), "[concatenate] axis 2 does not exist: there are 2"),
    (lambda x: mg.stack([x, x.T]), "[stack] shapes [(2, 3), (3, 2)] differ"),
    (lambda x: mg.stack([x, x], 3), "[stack] axis 3 does not exist: there are 3"),
    (lambda x: mg.split(x, 2, 1), "[split] axis 1 of shape (2, 3) does not divide into 2 equal pieces"),
    (lambda x: mg.split(x, 0), "[split] axis 0 of shape (2, 3) does not divide into 0 equal pieces"),
    (lambda x: mg.pad(x, -2),
     "[pad] axis 0 of shape (2, 3) has 2 elements, and 4 are to be cut off"),
    (lambda x: mg.pad(x, ((1, 1, 1), (2, 2, 2))),
     "[pad] pad_width must be one number, (before, after), or one (before, after)"),
    (lambda x: mg.pad(x, ((1, 1),) * 3),
     "[pad] pad_width must be one number, (before, after), or one (before, after) for each of"),
    (lambda x: mg.pad(x, 0.5), "[pad] pad_width must be one number, (before, after), or one (before, after) for each of the 2"),
    (lambda x: mg.pad(x, {2: 1}), "[pad] axis 2 does not exist: there are 2"),
    (lambda x: mg.pad(x, 1, 7),
     "[pad] mode must be one of constant, edge, reflect, symmetric, wrap, found 7: the number goes into"),
    (lambda x: mg.pad(x, 1, "mean"), "[pad] mode must be one of constant, edge, reflect, symmetric, wrap, found 'mean'"),
    (lambda x: mg.pad(x, 1, "wrap", 3), "[pad] constant_values go with mode='constant', found mode 'wrap'"),
    (lambda x: mg.pad(x[:0], 1, "edge"), "[pad] mode 'edge' has nothing to continue on axis 0 of shape (0, 3)"),
])
def test_wrong_values(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call(mg.zeros((2, 3)))


@pytest.mark.parametrize("call, text", [
    (lambda x: x.reshape(2.0, 3), "[reshape] a shape is an int or a sequence of ints, found (2.0, 3)"),
    (lambda x: mg.zeros("3"), "[zeros] a shape is an int or a sequence of ints, found '3'"),
    (lambda x: mg.broadcast_to(x, None), "[broadcast_to] a shape is an int or a sequence of ints, found None"),
    (lambda x: mg.concatenate([x, x], 0.5), "[concatenate] axis must be an int, found 0.5"),
    (lambda x: mg.diag(x, 0.5), "[diag] a diagonal's number must be an int, found 0.5"),
])
def test_wrong_types(call, text):
    with pytest.raises(TypeError, match=re.escape(text)):
        call(mg.zeros((2, 3)))
