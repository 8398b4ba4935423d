"""Convolution: values against loops, "same", channels-last, errors. Gradients: test_every_operation.py."""

import itertools
import re

import numpy as np
import pytest

import minigrad as mg

RNG = np.random.default_rng(0)
GEOMETRIES = [                          # x, w, stride, padding, dilation, groups
    ((2, 3, 5, 6), (4, 3, 3, 3), (1, 1), (0, 0), (1, 1), 1),
    ((2, 3, 5, 6), (4, 3, 1, 1), (1, 1), (0, 0), (1, 1), 1),
    ((1, 2, 6, 7), (3, 2, 2, 4), (2, 3), (1, 2), (1, 1), 1),
    ((1, 2, 7, 7), (3, 2, 3, 2), (1, 1), (2, 1), (2, 3), 1),
    ((2, 4, 5, 5), (6, 2, 3, 3), (2, 1), (1, 1), (1, 1), 2),
    ((1, 3, 6, 6), (6, 1, 3, 3), (1, 1), (1, 1), (1, 2), 3),
    ((1, 1, 2, 2), (1, 1, 4, 4), (1, 1), (2, 3), (1, 1), 1),
    ((0, 2, 4, 4), (3, 2, 3, 3), (1, 1), (0, 0), (1, 1), 1),
]


def by_loops(x, w, stride, padding, dilation, groups):
    """The definition, one window at a time."""
    x = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    kh, kw = ((n - 1) * d + 1 for n, d in zip(w.shape[2:], dilation, strict=True))
    oh, ow = (x.shape[2] - kh) // stride[0] + 1, (x.shape[3] - kw) // stride[1] + 1
    y = np.zeros((len(x), len(w), oh, ow))
    c, share = w.shape[1], len(w) // groups
    for n, o, i, j in itertools.product(*map(range, y.shape)):
        first, top, left = o // share * c, i * stride[0], j * stride[1]
        window = x[n, first:first + c, top:top + kh:dilation[0], left:left + kw:dilation[1]]
        y[n, o, i, j] = (window * w[o]).sum()
    return y


def last(a):
    """a in channels-last memory."""
    return np.ascontiguousarray(a.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_values(geometry, dtype, device):
    s, t, *options = geometry
    x, w, b = (RNG.standard_normal(shape).astype(dtype) for shape in (s, t, t[:1]))
    expected = by_loops(x, w, *options)
    for a, c in ((x, w), (last(x), w), (x, last(w))):
        for bias in (None, b):
            y = mg.conv2d(mg.from_numpy(a), mg.from_numpy(c), bias, *options)
            assert y.shape == expected.shape and y.dtype == dtype
            offset = 0 if bias is None else b[:, None, None]
            np.testing.assert_allclose(y.numpy(), expected + offset, rtol=1e-4,
                                       atol=1e-4 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 3), (2, 5), (4, 3)])
@pytest.mark.parametrize("dilation", [1, 2])
def test_same_keeps_the_size_and_puts_the_odd_zero_after(size, dilation, device):
    x, w = RNG.standard_normal((1, 2, 5, 6)), RNG.standard_normal((3, 2, *size))
    total = [(n - 1) * dilation for n in size]
    padded = np.pad(x, ((0, 0), (0, 0), *((t // 2, t - t // 2) for t in total)))
    y = mg.conv2d(x, mg.Tensor(w), padding="same", dilation=dilation)
    assert y.shape == (1, 3, 5, 6)
    np.testing.assert_allclose(y.numpy(), by_loops(padded, w, (1, 1), (0, 0), (dilation,) * 2, 1), atol=1e-12)


def test_numpys_integers_are_integers():
    x, w, two = mg.ones(1, 1, 6, 6), mg.ones(1, 1, 2, 2), np.int64(2)
    assert mg.conv2d(x, w, stride=two, padding=np.uint8(1), dilation=two).shape == (1, 1, 3, 3)
    assert mg.max_pool2d(x, two).shape == mg.avg_pool2d(x, np.int32(2), (two, 2)).shape == (1, 1, 3, 3)


def test_valid_is_no_padding():
    x, w = mg.ones((1, 1, 4, 4)), mg.ones((1, 1, 3, 3))
    assert mg.conv2d(x, w, padding="valid").tolist() == mg.conv2d(x, w).tolist() == [[[[9, 9], [9, 9]]]]


def test_each_gradient_has_its_own_dtype():
    x, w, b = mg.ones((1, 1, 3, 3)), mg.ones((2, 1, 2, 2)), mg.zeros(2, dtype=np.float64)
    for t in (x, w, b):
        t.requires_grad_()
    y = mg.conv2d(x, w, b)
    y.sum().backward()
    assert y.dtype == np.float64 and [t.grad.dtype for t in (x, w, b)] == [np.float32, np.float32, np.float64]
    assert mg.conv2d(np.ones((1, 1, 3, 3), np.uint8), w).dtype == np.float32


def test_special_numbers(device):
    x = np.ones((1, 1, 3, 4), np.float32)
    x[0, 0, 1, 1], x[0, 0, 0, 3] = np.nan, np.inf
    y = mg.conv2d(x, mg.ones((1, 1, 2, 2)))
    np.testing.assert_array_equal(y.numpy()[0, 0], [[np.nan, np.nan, np.inf], [np.nan, np.nan, 4]])


@pytest.mark.parametrize("s, t, options, text", [
    ((8, 3, 28, 28), (16, 1, 5, 5), {}, "[conv2d] x has 3 channels but w expects 1: x (8, 3, 28, 28), w (16, 1, 5, 5)"),
    ((8, 4, 8, 8), (16, 4, 5, 5), {"groups": 2},
     "[conv2d] x has 4 channels but w expects 8: x (8, 4, 8, 8), w (16, 4, 5, 5), groups 2"),
    ((8, 4, 8, 8), (15, 2, 5, 5), {"groups": 2},
     "[conv2d] groups must divide the channels of x and of w's outputs: groups 2"),
    ((8, 4, 8, 8), (16, 4, 5, 5), {"groups": 0},
     "[conv2d] groups must divide the channels of x and of w's outputs: groups 0"),
    ((8, 4, 8, 8), (16, 4, 5, 5), {"groups": 1.0},
     "[conv2d] groups must divide the channels of x and of w's outputs: groups 1.0"),
    ((8, 8), (1, 3, 2, 2), {"padding": "same"},
     "[conv2d] expected x (N, C, H, W) and w (O, C/groups, KH, KW), found x (8, 8)"),
    ((1, 3, 8, 8), (3, 3), {"padding": "same"},
     "[conv2d] expected x (N, C, H, W) and w (O, C/groups, KH, KW), found x (1, 3, 8, 8)"),
    ((1, 1, 4, 9), (1, 1, 5, 5), {},
     "[conv2d] the window spans 5 in H, but x offers only 4 with its padding: x (1, 1, 4, 9)"),
    ((1, 1, 9, 4), (1, 1, 3, 3), {"dilation": 3, "padding": 1},
     "[conv2d] the window spans 7 in W, but x offers only 6"),
    ((1, 1, 4, 4), (1, 1, 0, 1), {}, "[conv2d] the window spans 0 in H"),
    ((1, 1, 4, 4), (1, 1, 3, 3), {"stride": 0}, "[conv2d] stride must be an int >= 1 or a pair of them, found 0"),
    ((1, 1, 4, 4), (1, 1, 3, 3), {"padding": (1, -1)},
     "[conv2d] padding must be an int >= 0 or a pair of them, found (1, -1)"),
    ((1, 1, 4, 4), (1, 1, 3, 3), {"dilation": (1, 1, 1)},
     "[conv2d] dilation must be an int >= 1 or a pair of them, found (1, 1, 1)"),
    ((1, 1, 4, 4), (1, 1, 3, 3), {"padding": "full"},
     "[conv2d] padding must be an int, a pair, 'same' or 'valid', found 'full'"),
    ((1, 1, 4, 4), (1, 1, 3, 3), {"padding": "same", "stride": 2},
     "[conv2d] padding='same' needs stride 1, found (2, 2)"),
])
def test_errors(s, t, options, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        mg.conv2d(mg.zeros(s), mg.zeros(t), **options)


def test_bias_error():
    with pytest.raises(ValueError, match=re.escape("[conv2d] b must have shape (2,) for w (2, 1, 3, 3), found (3,)")):
        mg.conv2d(mg.zeros((1, 1, 3, 3)), mg.zeros((2, 1, 3, 3)), mg.zeros(3))
