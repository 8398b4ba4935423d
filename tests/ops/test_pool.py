"""Pooling: values against loops, ties, NaN, infinities, padding, errors. Smooth gradients: test_every_operation.py."""

import itertools
import re

import numpy as np
import pytest

import minigrad as mg

RNG = np.random.default_rng(0)
GEOMETRIES = [((2, 2, 4, 4), 2, None, 0), ((1, 3, 7, 6), 3, 2, 1), ((2, 1, 5, 6), (2, 3), (1, 2), (1, 0)),
              ((1, 2, 6, 6), (2, 2), 3, 0), ((1, 1, 3, 3), 3, 1, 0), ((1, 2, 4, 4), 1, 1, 0), ((0, 2, 4, 4), 2, 2, 0),
              ((1, 1, 20, 20), 17, 1, 8)]


def by_loops(x, size, stride, padding, reduce, fill):
    kh, kw = size if isinstance(size, tuple) else (size, size)
    sh, sw = (kh, kw) if stride is None else stride if isinstance(stride, tuple) else (stride, stride)
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=fill)
    y = np.zeros((*x.shape[:2], (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1))
    for n, c, i, j in itertools.product(*map(range, y.shape)):
        y[n, c, i, j] = reduce(x[n, c, i * sh:i * sh + kh, j * sw:j * sw + kw])
    return y


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
@pytest.mark.parametrize("name, reduce, fill", [("max_pool2d", np.max, -np.inf), ("avg_pool2d", np.mean, 0)])
def test_values(name, reduce, fill, geometry, dtype, device):
    s, *options = geometry
    a = RNG.standard_normal(s).astype(dtype)
    expected = by_loops(a, *options, reduce, fill)
    for x in (a, np.ascontiguousarray(a.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2), a[:, :, ::-1].copy()[:, :, ::-1]):
        leaf = mg.from_numpy(x).requires_grad_()
        y = getattr(mg, name)(leaf, *options)
        assert y.shape == expected.shape and y.dtype == dtype
        np.testing.assert_allclose(y.detach().numpy(), expected, rtol=1e-5, atol=1e-6)
        y.sum().backward()
        assert leaf.grad.shape == s and leaf.grad.dtype == dtype


def pooled(a, *options):
    x = mg.Tensor(a, dtype=np.float32, requires_grad=True)
    y = mg.max_pool2d(x.reshape(1, 1, *x.shape), *options)
    y.sum().backward()
    return y[0, 0].tolist(), x.grad.tolist()


def test_the_first_winner_takes_all(device):
    assert pooled([[3, 3], [3, 3]], 2) == ([[3]], [[1, 0], [0, 0]])
    assert pooled([[0, 5], [5, 5]], 2) == ([[5]], [[0, 1], [0, 0]])
    assert pooled([[1, 2, 1], [2, 9, 2], [1, 2, 1]], 2, 1) == ([[9, 9], [9, 9]], [[0, 0, 0], [0, 4, 0], [0, 0, 0]])


def test_nan_wins_the_first_of_them(device):
    nan = np.nan
    y, g = pooled([[5, nan], [nan, np.inf]], 2)
    assert np.isnan(y).all() and g == [[0, 1], [0, 0]]
    y, g = pooled([[nan, 1, 2, 3], [4, 5, 6, 7]], 2)
    np.testing.assert_array_equal(y, [[nan, 7]])
    assert g == [[1, 0, 0, 0], [0, 0, 0, 1]]


def test_padding_never_wins(device):
    minus = -np.inf
    assert pooled([[-3, -4], [-5, -6]], 2, 2, 1) == ([[-3, -4], [-5, -6]], [[1, 1], [1, 1]])
    assert pooled([[minus, minus], [minus, minus]], 2) == ([[minus]], [[1, 0], [0, 0]])
    for padding, stride, shape in ((1, 2, (3, 3)), (1, 1, (2, 2)), ((1, 0), (2, 1), (4, 4))):
        y, g = pooled(np.full(shape, minus), 3 if shape != (2, 2) else 2, stride, padding)
        assert np.all(np.array(y) == minus)
        assert np.sum(g) == np.size(y)          # every window's gradient reaches the image


def test_average_counts_the_padding(device):
    x = mg.ones((1, 1, 2, 2), requires_grad=True)
    y = mg.avg_pool2d(x, 2, 2, 1)
    assert y.tolist() == [[[[0.25, 0.25], [0.25, 0.25]]]]
    y.sum().backward()
    assert x.grad.tolist() == [[[[0.25, 0.25], [0.25, 0.25]]]]
    special = mg.Tensor([[[[np.inf, -np.inf, 1.0, np.nan]]]])
    np.testing.assert_array_equal(mg.avg_pool2d(special, (1, 2), (1, 1)).numpy(), [[[[np.nan, -np.inf, np.nan]]]])


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_integers_and_errors(name):
    f = getattr(mg, name)
    image = mg.Tensor(np.full((1, 1, 2, 2), 255, np.uint8))
    assert f(image, 2).item() == 255 and f(image, 2).dtype == (np.uint8 if name == "max_pool2d" else np.float32)
    low = mg.Tensor(np.full((1, 1, 2, 2), -7))
    assert f(low, 2, padding=1).tolist() == [[[[-7, -7], [-7, -7]]]] if name == "max_pool2d" else [[[[-1.75] * 2] * 2]]
    for s, options, text in [
        ((4, 4), (2,), "expected x (N, C, H, W), or (C, H, W) without a batch axis, found (4, 4)"),
        ((3, 4, 4), (5,), "the window is 5 in H, but x offers only 4 with its padding: x (1, 3, 4, 4)"),
        ((1, 1, 4, 4), (0,), "kernel_size must be an int >= 1 or a pair of them, found 0"),
        ((1, 1, 4, 4), (2, 0), "stride must be an int >= 1 or a pair of them, found 0"),
        ((1, 1, 4, 4), (2, 1, -1), "padding must be an int >= 0 or a pair of them, found -1"),
        ((1, 1, 4, 4), ((2, 3), 1, (1, 2)), "padding (1, 2) is more than half of kernel_size (2, 3)"),
        ((1, 1, 4, 1), (2,), "the window is 2 in W, but x offers only 1 with its padding: x (1, 1, 4, 1), "
                             "kernel_size (2, 2), padding (0, 0)"),
    ]:
        with pytest.raises(ValueError, match=re.escape(f"[{name}] {text}")):
            f(mg.zeros(s), *options)
