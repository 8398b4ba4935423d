"""Second names are the same functions; dim= is axis=; what is written in place has no gradient, and says so."""

import inspect
import pickle
import re

import numpy as np
import pytest

import minigrad as mg
from minigrad.ops import aliases

x = np.array([[1.0, 5.0, 2.0], [4.0, 3.0, 6.0]])


def leaf(a=x):
    return mg.tensor(a, requires_grad=True)


@pytest.mark.parametrize("name, meant", [(name, meant) for name, meant in aliases.FUNCTIONS.items()
                                         if name not in aliases.VALUES_ALONE])
def test_a_second_name_is_the_same_function(name, meant):
    assert getattr(mg, name) is getattr(mg, meant)
    assert not hasattr(mg.Tensor, meant) or getattr(mg.Tensor, name) is getattr(mg.Tensor, meant)


def test_dim_and_keepdim():
    t = leaf()
    assert mg.sum(t, dim=1, keepdim=True).shape == (2, 1) and t.mean(dim=0).shape == (3,) and t.softmax(dim=0).shape == (2, 3)
    assert mg.cat([t, t], dim=1).shape == (2, 6)
    for call in (lambda: t.sum(axis=0, dim=1), lambda: t.sum(0, keepdims=True, keepdim=True)):
        with pytest.raises(TypeError, match=r"^\[sum\] axis and dim, .* are second names for one another: give one"):
            call()


def test_every_function_with_an_axis_takes_dim():
    for name in mg.ops.__all__:
        operation = getattr(mg, name)
        if inspect.isfunction(operation) and "axis" in inspect.signature(operation).parameters:
            assert "with_second_names" in operation.__code__.co_name, name


def test_what_pytorch_means_by_the_same_name_is_had_by_dim():
    t = leaf()
    values, indices = t.max(dim=1)
    assert values.tolist() == [5, 6] and indices.tolist() == [1, 2]
    assert t.min(dim=0, keepdim=True).values.tolist() == [[1, 3, 2]]
    values.sum().backward()
    assert t.grad.tolist() == [[0, 1, 0], [0, 0, 1]]
    np.testing.assert_allclose(t.std(dim=0).detach(), x.std(0, ddof=1))
    np.testing.assert_allclose(t.var(dim=1, unbiased=False, keepdim=True).detach(), x.var(1, keepdims=True))
    np.testing.assert_allclose(t.std(axis=0).detach(), x.std(0))
    assert t.sort(dim=1, descending=True).indices.tolist() == [[1, 2, 0], [2, 0, 1]]
    assert t.sort(dim=1).values.tolist() == np.sort(x, 1).tolist()
    assert [p.shape for p in t.split(2, dim=1)] == [(2, 2), (2, 1)] and [p.shape for p in t.split(3, 1)] == [(2, 1)] * 3
    assert [p.tolist() for p in mg.arange(6).split(2, dim=0)] == [[0, 1], [2, 3], [4, 5]]
    assert [p.tolist() for p in mg.arange(6).split([1, 3, 2], dim=0)] == [[0], [1, 2, 3], [4, 5]]
    with pytest.raises(ValueError, match=r"^\[split\] the sizes \[1, 3\] along dim 0 make 4, but \(6,\) has 6 there"):
        mg.arange(6).split([1, 3], dim=0)
    with pytest.raises(ValueError, match=r"^\[split\] the size of the pieces along dim 0 must be 1 or more, found 0"):
        mg.arange(6).split(0, dim=0)


def test_median_and_running_extremes_by_dim_are_pytorchs():
    a = np.array([[3.0, 1.0, 2.0, 1.0], [0.0, np.nan, 7.0, 7.0], [5.0, 5.0, 5.0, 4.0]])
    t = leaf(a)
    values, indices = t.median(dim=1)
    np.testing.assert_array_equal(values.detach(), [1, np.nan, 5])          # the lower of the two in the middle
    np.testing.assert_array_equal(np.take_along_axis(a, indices.numpy()[:, None], 1)[:, 0], values.detach())
    assert mg.median(t, dim=0, keepdim=True).values.shape == (1, 4) and t.median(axis=1).shape == (3,)
    for name, sign in (("cummax", 1), ("cummin", -1)):
        values, indices = getattr(mg, name)(t * sign, dim=1)
        np.testing.assert_array_equal(values.detach() * sign, [[3, 3, 3, 3], [0, *[np.nan] * 3], [5] * 4])
        assert indices.tolist() == [[0, 0, 0, 0], [0, 1, 1, 1], [0, 1, 2, 2]]
    t[0].cummin(dim=0).values.sum().backward()
    assert t.grad[0].tolist() == [1, 2, 0, 1]           # PyTorch's: to the place that the indices name


def test_diagonal():
    t = leaf()
    for name in ("triu", "tril"):
        expected = getattr(np, name)(x, 1)
        for found in (getattr(mg, name)(t, diagonal=1), getattr(t, name)(diagonal=1), getattr(t, name)(1)):
            np.testing.assert_array_equal(found.detach().numpy(), expected)
    assert mg.diag(mg.ones(2), diagonal=1).shape == (3, 3)
    with pytest.raises(TypeError, match=r"^\[triu\] k and diagonal are second names for one another: give one"):
        t.triu(k=1, diagonal=1)


def test_methods():
    t = leaf()
    assert t.view(3, 2).shape == t.view((3, -1)).shape == (3, 2)
    assert t.view_as(mg.zeros(6)).shape == t.reshape_as(mg.zeros(6)).shape == (6,)
    assert t.expand(4, -1, -1).shape == t.expand((4, 2, 3)).shape == t.expand_as(mg.zeros(4, 2, 3)).shape == (4, 2, 3)
    assert t.numel() == 6 and t.dim() == 2 and t.t().shape == (3, 2) and t.contiguous() is t and t.is_floating_point()
    assert t.half().dtype == np.float16 and t.long().dtype == np.int64 and t.bool().dtype == np.bool_
    assert t.float().double().dtype == np.float64 and t.type_as(mg.ones(1)).dtype == np.float32
    c = t.clone()
    c.sum().backward()
    assert t.grad.tolist() == [[1, 1, 1]] * 2 and not np.may_share_memory(t.detach().clone().numpy(), t.data)
    y = t * 2
    assert y.detach_() is y and not y.requires_grad
    with pytest.raises(ValueError, match=r"^\[t\] expected a matrix, found shape \(1, 2, 2\): transpose\(axes\) or swapaxes"):
        mg.zeros(1, 2, 2).t()


def test_in_place():
    t = mg.tensor([1.0, -2.0])
    assert t.add_(1) is t and t.tolist() == [2, -1] and t.mul_(2).tolist() == [4, -2] and t.clamp_(0, 3).tolist() == [3, 0]
    assert t.zero_().tolist() == [0, 0] and t.fill_(7).tolist() == [7, 7] and t.copy_(mg.tensor([1.0, 2])).tolist() == [1, 2]
    w = leaf()
    with mg.no_grad():
        assert w.sub_(w * 0.5).tolist() == (x / 2).tolist()
    for call in (lambda: w.add_(1), lambda: w.zero_(), lambda: (w * 2).relu_(), lambda: w.copy_(w)):
        with pytest.raises(RuntimeError, match=r"^\[\w+_\] a write in place has no gradient, .* under mg\.no_grad\(\)"):
            call()


@pytest.mark.parametrize("call, message", [
    (lambda t: t.cuda(), r"^'Tensor' object has no attribute 'cuda': there is t\.to\(device\)"),
    (lambda t: t.stft(), r"^'Tensor' object has no attribute 'stft': torch\.Tensor\.stft is not here$"),
    (lambda t: mg.stft(t), r"^module 'minigrad' has no attribute 'stft': torch\.stft and keras\.ops\.stft are not here$"),
    (lambda t: mg.nn.FractionalMaxPool2d(2), r"'FractionalMaxPool2d': torch\.nn\.FractionalMaxPool2d is not here$"),
    (lambda t: mg.nn.StringLookup(2), r"'StringLookup': keras\.layers\.StringLookup is not here$"),
    (lambda t: mg.nn.SeparableConv2D(2), r"'SeparableConv2D': there is mg\.nn\.Conv2d with groups=in_channels"),
    (lambda t: t.no_such_thing, r"^'Tensor' object has no attribute 'no_such_thing'$"),
])
def test_what_is_missing_says_who_has_it(call, message):
    with pytest.raises(AttributeError, match=message):
        call(mg.zeros(2))


def test_pieces_of_a_size_and_of_sizes():
    t = mg.arange(10.0)
    assert [p.tolist() for p in t.split(5, dim=0)] == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    assert [p.shape for p in t.split(3, dim=0)] == [(3,), (3,), (3,), (1,)]
    assert [p.shape for p in t.split([1, 4, 5], dim=0)] == [(1,), (4,), (5,)]


def test_amax_and_amin_give_the_values_alone():
    t = mg.tensor([[1.0, 5.0], [4.0, 2.0]], requires_grad=True)
    assert t.amax(dim=1).tolist() == mg.amax(t, dim=1).tolist() == t.amax(1).tolist() == [5, 4]
    assert mg.amin(t, dim=(0, 1), keepdim=True).tolist() == [[1]] and t.amin().item() == 1


def test_size_is_a_number_that_says_what_pytorch_means_by_it():
    t = mg.zeros(2, 3)
    assert t.size == 6 and isinstance(t.size, int) and type(pickle.loads(pickle.dumps(t.size))) is int
    said = "[size] t.size is the number of elements here, 6, as in numpy: for t.size(0) write t.shape[0]"
    with pytest.raises(TypeError, match=re.escape(said)):
        t.size(0)
    with pytest.raises(TypeError, match=r"for t.size\(\) write t.shape$"):
        t.size()


def test_two_axes_swapped():
    t = mg.zeros(2, 3, 4)
    assert t.swapaxes(dim0=0, dim1=2).shape == (4, 3, 2)
    with pytest.raises(ValueError, match=re.escape("0 and 2 in each other's place are swapaxes(0, 2)")):
        t.transpose(0, 2)


def test_dim_of_a_tensor_without_axes():
    t = mg.tensor(3.0, requires_grad=True)
    for y in (t.cumsum(dim=0), t.softmax(dim=-1), t.logsumexp(dim=0, keepdim=True), t.max(dim=0).values, t.sort(dim=0)[0]):
        assert y.shape == ()
    assert t.unsqueeze(dim=0).shape == (1,)
    with pytest.raises(ValueError, match="does not exist"):
        t.cumsum(dim=1)


def test_pytorchs_words_for_arguments():
    t = mg.arange(6.0).reshape(2, 3)
    assert t.flatten(start_dim=0, end_dim=1).shape == (6,)
    assert t.roll(shifts=1, dims=0).tolist() == t.roll(1, 0).tolist() and t.flip(dims=(1,)).tolist() == t.flip(1).tolist()
    assert t.clamp(min=1, max=4).tolist() == t.clip(1, 4).tolist()
    assert mg.fft.fftshift(t, dim=1).tolist() == mg.fft.fftshift(t, axes=1).tolist()
    with pytest.raises(TypeError, match="second name"):
        t.roll(1, axis=0, dims=0)


def test_methods_that_lead_to_other_operations():
    t = mg.arange(8.0)
    assert t.unfold(0, 3, 2).tolist() == [[0, 1, 2], [2, 3, 4], [4, 5, 6]]
    assert t.unflatten(0, (2, 4)).shape == (2, 4) and t[:2].repeat_interleave(2).tolist() == [0, 0, 1, 1]
    assert t.reshape(1, 8).squeeze(dim=1).shape == (1, 8) and t.reshape(1, 8).squeeze(dim=0).shape == (8,)
    at = mg.tensor(np.array([0, 0, 2]))
    assert mg.ones((3,)).scatter(dim=0, index=at, value=2.0, reduce="add").tolist() == [5, 1, 3]
    assert mg.ones((3,)).scatter(dim=0, index=at, value=2.0, reduce="multiply").tolist() == [4, 1, 2]
    with pytest.raises(TypeError, match="expected 'add' or 'multiply'"):
        t.scatter(dim=0, index=at, value=1.0, reduce="sum")


def test_keywords_that_pytorch_alone_has():
    t = leaf()
    np.testing.assert_array_equal(mg.add(t, x, alpha=-2).detach(), -x)
    np.testing.assert_array_equal(t.sub(1, alpha=2).detach(), x - 2)
    with mg.no_grad():
        p = mg.ones(2).requires_grad_()
        p.add_(mg.tensor([1.0, 2.0]), alpha=-0.5)           # a step of gradient descent
        assert p.tolist() == [0.5, 0]
    np.testing.assert_allclose(t.norm(p=1).detach(), np.abs(x).sum())
    np.testing.assert_allclose(mg.norm(t, p=np.inf, dim=0).detach(), x.max(0))
    np.testing.assert_allclose(t.norm(p="nuc").detach(), np.linalg.norm(x, "nuc"))
    np.testing.assert_allclose(t.norm(1).detach(), np.linalg.norm(x, 1))           # numpy's, of a matrix
    for options, axis, ddof in (({"unbiased": False}, None, 0), ({"correction": 0}, None, 0), ({"dim": 0, "ddof": 0}, 0, 0),
                                ({"axis": 1, "correction": 2}, 1, 2)):
        np.testing.assert_allclose(mg.var(t, **options).detach(), x.var(axis, ddof=ddof))
    assert mg.nonzero(mg.tensor([[0.0, 2.0], [3.0, 0.0]]), as_tuple=False).tolist() == [[0, 1], [1, 0]]
    assert t.scatter(1, [[0], [1]], value=9.0).detach().tolist() == [[9, 5, 2], [4, 9, 6]]
    assert t.scatter(1, [[0], [1]], 2.0, reduce="multiply").detach().tolist() == [[2, 5, 2], [4, 6, 6]]
    assert mg.transpose(t, dim0=0, dim1=1).shape == t.transpose(dim0=1, dim1=0).shape == mg.permute(t, dims=(1, 0)).shape
    assert mg.searchsorted([1.0, 2.0], [1.0], right=True).tolist() == [1]
    assert mg.linspace(0, 1, steps=3).tolist() == [0, 0.5, 1] and mg.tensordot(t, x, dims=2).shape == ()
    assert t.diagonal(dim1=1, dim2=0).shape == (2,) and t.quantile(0.5, interpolation="lower").item() == 3
    assert [p.shape for p in mg.split(t, split_size_or_sections=2, dim=1)] == [(2, 2), (2, 1)]
    assert t.sum(dim=()).shape == () and t.topk(2, sorted=False).indices.tolist() == [[1, 2], [2, 0]]


def test_axes_and_sizes_one_by_one():
    t = leaf()
    assert t.flip(0, 1).tolist() == t.flip((0, 1)).tolist() == t.flip(dims=(0, 1)).tolist() == x[::-1, ::-1].tolist()
    assert t.flip(1).tolist() == t.flip(-1).tolist() == x[:, ::-1].tolist() and t.tile(2, 1).shape == (4, 3)
    assert t.tile(2).shape == (2, 6) and t.tile(dims=(2, 2)).shape == (4, 6)
    a, b = mg.meshgrid([mg.arange(2), mg.arange(3)], indexing="ij")
    assert a.shape == b.shape == (2, 3) and mg.meshgrid([1, 2, 3])[0].shape == (3,)


@pytest.mark.parametrize("call, message", [
    (lambda t: mg.max(t, t), r"^\[max\] axis must be None, an int or a tuple of ints, found a tensor of shape .*: the larger"),
    (lambda t: t.min(dim=(0, 1)), r"^\[min\] dim must be one axis, found \(0, 1\): with several, amin gives the values"),
    (lambda t: mg.transpose(t, 0, 1), r"^\[transpose\] expected the axes in one tuple, found 0 and 1: two axes in each"),
    (lambda t: t.var(dim=0, ddof=0, correction=1), r"^\[var\] ddof and correction are second names"),
    (lambda t: mg.arange(3).mul_(0.5), r"^\[mul_\] the result is float32 and does not fit into this tensor of int64"),
    (lambda t: (mg.arange(3) > 1).add_(1), r"^\[add_\] the result is int64 and does not fit into this tensor of bool"),
])
def test_what_is_refused(call, message):
    with pytest.raises(TypeError, match=message):
        call(leaf())


def test_writes_through_views_and_of_graphs():
    t = mg.ones(3)
    t.select(0, 1).fill_(5)
    t[2].fill_(7)
    assert t.tolist() == [1, 5, 7]
    with pytest.raises(RuntimeError, match=r"^\[setitem\] this value is part of the graph"):
        t.copy_(mg.ones(3).requires_grad_() * 2)
    with mg.no_grad():
        assert t.copy_(mg.ones(3).requires_grad_() * 2).tolist() == [2, 2, 2]


def test_bits_read_as_other_numbers():
    a = np.array([[1.5, -2.0]])
    t = mg.tensor(a)
    for dtype in (np.float32, np.int64, "uint8"):
        found = t.view(dtype)
        assert found.dtype == dtype and found.numpy().tolist() == a.view(dtype).tolist()
    t.view(np.int64)[0, 1] = 0
    assert t.tolist() == [[1.5, 0]]                     # one memory
    with pytest.raises(RuntimeError, match=r"^\[view\] bits that are read as other numbers have no gradient"):
        leaf().view(np.float32)
    with pytest.raises(ValueError, match=r"^\[view\] float32 of shape \(3,\) cannot be read as float64"):
        mg.ones(3).view(np.float64)


def test_to_a_dtype():
    t = leaf()
    half = t.to(np.float16)
    half.sum().backward()
    assert half.dtype == np.float16 and t.grad.dtype == np.float64
    assert t.to("int64").dtype == t.to(mg.arange(2)).dtype == np.int64
    with pytest.raises(TypeError, match=r"^\[to\] expected a device, a dtype or a tensor"):
        t.to()
