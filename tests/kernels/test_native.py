"""The C++ kernels against the reference table: every instruction set of this machine, 1, 2 and 4 threads to the same bits."""

import itertools

import numpy as np
import pytest

from minigrad import kernels

_native = pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")

NATIVE, REFERENCE = kernels.table("native"), kernels.table("numpy")
SPECIAL = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-40, -1e-40, 1e-38, 3e38, -3e38, 88.8, -100, 1.5, -2], np.float32)
SIZES = (0, 1, 3, 7, 8, 16, 17, 31, 33, 100, 400)


@pytest.fixture(autouse=True, params=_native.available_isas())
def isa(request):
    """Each test runs on each instruction set."""
    chosen, threads = _native.isa(), _native.num_threads()
    _native.set_isa(request.param)
    yield request.param
    _native.set_isa(chosen)
    _native.set_num_threads(threads)


def normal(*shape, seed=0, scale=1.0):
    return (np.random.default_rng([seed, *shape]).standard_normal(shape) * scale).astype(np.float32)


def special(*shape, seed=0):
    """Ordinary numbers with every special one strewn in."""
    a = normal(*shape, seed=seed, scale=3)
    flat = a.reshape(-1)
    where = np.random.default_rng(seed).permutation(a.size)[:2 * len(SPECIAL)]
    flat[where] = np.resize(SPECIAL, where.size)
    return a


def channels_last(a):
    """The same array with axis 1 innermost in memory."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1)


def gapped(a):
    """The same array with gaps between its elements."""
    wide = np.zeros([2 * n for n in a.shape], a.dtype)
    view = wide[tuple(slice(None, None, 2) for _ in a.shape)]
    view[...] = a
    return view


def backwards(a):
    return np.ascontiguousarray(a[::-1])[::-1]


def flat(result):
    """The arrays of a result, however nested; None and caches (aux) left out."""
    if isinstance(result, tuple):
        return [a for part in result for a in flat(part)]
    return [result] if result is not None else []


def run(name, *args, threads=(1, 2, 4), served=True):
    """The native result, the same bits for every number of threads; `served`: by C++, not by falling back."""
    if served and hasattr(_native, name):
        native_args = args[:-1] if name == "batch_norm_backward" else args
        assert getattr(_native, name)(*native_args, None) is not None, f"{name} fell back to the reference"
    results = []
    for n in threads:
        _native.set_num_threads(n)
        with np.errstate(all="ignore"):         # numpy's, where it falls back
            results.append(getattr(NATIVE, name)(*args))
    for other in results[1:]:
        for a, b in zip(flat(results[0]), flat(other), strict=True):
            assert a.tobytes() == b.tobytes(), f"{name} depends on the number of threads"
    return results[0]


def check(name, *args, rtol=2e-5, atol=2e-6, served=True, parts=None):
    """The native result against the reference's: shape, dtype, values. parts: how many results to compare (aux differ)."""
    got = run(name, *args, served=served)
    with np.errstate(all="ignore"):
        expected = getattr(REFERENCE, name)(*args)
    if isinstance(got, tuple):
        got, expected = got[:parts], expected[:parts]
    for a, b in zip(flat(got), flat(expected), strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype, name
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol * max(1, np.abs(b[np.isfinite(b)]).max(initial=0)), err_msg=name)
    return got


# ---- elementwise

def layouts(a):
    """(memory order, the array in it, does C++ serve it alone)."""
    yield "C", a, True
    yield "F", np.asfortranarray(a), True
    if a.ndim >= 3:
        yield "channels-last", channels_last(a), True
    yield "gaps", gapped(a), False
    yield "backwards", backwards(a), False


EXACT = ("neg", "abs", "relu", "sqrt")
HARD = {"exp": 3, "log": 3, "tanh": 4, "sigmoid": 4}   # units in the last place
BINARY = ("add", "sub", "mul", "div", "pick_mul", "pick_div", "maximum", "minimum")


@pytest.mark.parametrize("name", EXACT)
def test_exact_functions(name):
    for n in SIZES:
        check(name, special(n), rtol=0, atol=0)
    for _, x, served in layouts(special(3, 5, 4, 7)):
        check(name, x, rtol=0, atol=0, served=served and x.size > 1)
    check(name, special(300_001), rtol=0, atol=0)


def test_signs_of_zero():
    zeros = np.array([0.0, -0.0], np.float32)
    assert np.signbit(NATIVE.neg(zeros)).tolist() == [True, False]
    assert np.signbit(NATIVE.abs(zeros)).tolist() == [False, False]
    for name in ("sqrt", "tanh"):
        assert np.signbit(getattr(NATIVE, name)(zeros)).tolist() == [False, True]


@pytest.mark.parametrize("name", HARD)
def test_units_in_the_last_place(name):
    everywhere = np.random.default_rng(1).integers(0, 2**32, 200_000, dtype=np.uint32).view(np.float32)
    x = np.concatenate([everywhere, normal(50_000, scale=20), np.linspace(-105, 90, 50_000, dtype=np.float32), SPECIAL])
    got = run(name, x)
    with np.errstate(all="ignore"):
        exact = getattr(REFERENCE, name)(x.astype(np.float64))
        expected = exact.astype(np.float32)
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(got[~finite], expected[~finite])
    error = np.abs(got[finite].astype(np.float64) - exact[finite]) / np.spacing(np.abs(expected[finite])).astype(np.float64)
    assert error.max() <= HARD[name], f"{error.max()} units at {x[finite][error.argmax()]!r}"


@pytest.mark.parametrize("name", HARD)
def test_hard_functions_in_every_layout(name):
    for n in SIZES:
        check(name, special(n), rtol=1e-6, atol=0)
    for _, x, served in layouts(special(3, 5, 4, 7)):
        check(name, x, rtol=1e-6, atol=0, served=served)


@pytest.mark.parametrize("name", BINARY)
def test_two_arrays(name):
    for n in SIZES:
        check(name, special(n), special(n, seed=1), rtol=0, atol=0)
    pairs = itertools.product(layouts(special(3, 5, 4, 7)), layouts(special(3, 5, 4, 7, seed=1)))
    for (_, a, served), (_, b, too) in pairs:
        check(name, a, b, rtol=0, atol=0, served=served or too)
    check(name, special(300_001), special(300_001, seed=1), rtol=0, atol=0)


@pytest.mark.parametrize("name", BINARY)
def test_numbers_and_rows(name):
    x = special(6, 5, 4, 33)
    for number in (2, -0.5, 0.0, np.inf, np.nan, np.float32(3), np.array(1.5, np.float32)):
        served = not isinstance(number, np.float32)
        check(name, x, number, rtol=0, atol=0, served=served)
        check(name, number, channels_last(x), rtol=0, atol=0, served=served)
    for row in (special(33), special(4, 33), special(1, 1, 4, 33), special(1)):
        check(name, x, row, rtol=0, atol=0)
        check(name, row, x, rtol=0, atol=0)
    per_channel = special(5).reshape(1, 5, 1, 1)
    for row in (per_channel, per_channel[0]):
        check(name, channels_last(x), row, rtol=0, atol=0)
        check(name, row, channels_last(x), rtol=0, atol=0)
        check(name, x, row, rtol=0, atol=0, served=False)
    check(name, np.broadcast_to(np.float32(2.5), x.shape), x, rtol=0, atol=0)
    check(name, special(6, 1), special(5), rtol=0, atol=0, served=False)
    check(name, special(700, 500), special(500), rtol=0, atol=0)
    check(name, special(0, 5), special(5), rtol=0, atol=0)


def quarters(*shape):
    """Numbers whose squares are exact, so that 1 - y^2 is the same with and without fused multiplication."""
    y = special(*shape, seed=1)
    return np.where(np.abs(y) < 100, np.round(4 * np.clip(y, -100, 100)) / 4, y).astype(np.float32)


@pytest.mark.parametrize("name", ["relu_backward", "sigmoid_backward", "tanh_backward"])
def test_elementwise_backward(name):
    for n in SIZES:
        check(name, special(n), quarters(n), rtol=1e-6, atol=0)
    x = special(3, 5, 4, 7)
    for (_, g, served), (_, y, too) in itertools.product(layouts(x), layouts(quarters(3, 5, 4, 7))):
        check(name, g, y, rtol=1e-6, atol=0, served=served or too)
    check(name, np.broadcast_to(np.float32(2), x.shape), channels_last(x), rtol=1e-5, atol=0)


# ---- out=

def test_out_is_written_and_returned():
    x, b = normal(9, 13), normal(13, seed=1)
    for name, args in (("exp", (x,)), ("add", (x, b)), ("mul", (x, 3)), ("sub", (x, x)), ("relu_backward", (x, x)),
                       ("softmax", (x, 1)), ("matmul", (x, x.T.copy()[:, :9])), ("linear", (x, x, None)), ("sum", (x, 1, True)),
                       ("sum_to", (x, (13,))), ("mean", (x,)), ("max", (x, 1)), ("dropout", (x, 0.5, np.zeros(2, np.uint64)))):
        expected = getattr(NATIVE, name)(*args)
        out = np.full_like(expected, 7)
        assert getattr(NATIVE, name)(*args, out=out) is out, name
        assert out.tobytes() == expected.tobytes(), name


def test_out_may_be_the_input_of_an_elementwise_kernel():
    x, y = special(77), special(77, seed=1)
    for name in BINARY:
        for where in (0, 1):
            args = [x.copy(), y.copy()]
            expected = getattr(NATIVE, name)(*args)
            getattr(NATIVE, name)(*args, out=args[where])
            np.testing.assert_array_equal(args[where], expected)


def test_out_in_another_order_or_place_falls_back_to_a_right_answer():
    x = normal(6, 6)
    out = np.empty((6, 6), np.float32, order="F")
    assert NATIVE.add(x, x, out=out) is out
    np.testing.assert_array_equal(out, x + x)
    memory = normal(40)
    expected = memory[:30] + np.float32(1)
    NATIVE.add(memory[:30], 1, out=memory[10:])     # overlaps its input
    np.testing.assert_array_equal(memory[10:], expected)
    buffer = np.concatenate([x, x])
    expected = buffer[:6] @ x
    NATIVE.matmul(buffer[:6], x, out=buffer[3:9])
    np.testing.assert_allclose(buffer[3:9], expected, rtol=1e-5, atol=1e-5)


def test_out_that_does_not_fit_is_an_error():
    x = normal(4)
    with pytest.raises(ValueError):
        NATIVE.exp(x, out=np.empty(5, np.float32))
    with pytest.raises(ValueError):
        read_only = np.empty(4, np.float32)
        read_only.flags.writeable = False
        NATIVE.exp(x, out=read_only)


# ---- what C++ does not serve

@pytest.mark.parametrize("name, args", [
    ("exp", (np.ones(3),)), ("exp", (np.ones(3, np.float16),)), ("exp", (np.ones(3, np.int32),)),
    ("exp", (np.ones(3, ">f4"),)), ("exp", (np.zeros(13, np.uint8)[1:].view(np.float32),)),
    ("add", (np.ones(3, np.float32), np.ones(3))), ("add", (np.ones(3, np.float32), np.float64(2))),
    ("add", (np.ones((2, 3), np.float32), np.ones((2, 1), np.float32))),
    ("matmul", (np.ones((2, 3), np.float32), np.ones(3, np.float32))),
    ("sum", (np.ones((2, 3, 4), np.float32), (0, 2), False)), ("max", (np.ones((2, 3), np.float32), 0, False)),
    ("softmax", (np.ones((2, 3), np.float32), 0)),
])
def test_fallback(name, args):
    assert getattr(_native, name)(*args, None) is None
    check(name, *args, served=False)


def test_results_own_their_memory():
    for x in (normal(10), normal(100_000), channels_last(normal(8, 16, 32, 32))):
        y = NATIVE.relu(x)
        assert y.base is None and y.flags.owndata and y.flags.writeable
        assert y.ctypes.data % 64 == 0 or y.nbytes < 64 << 10


def test_large_results_reuse_memory_and_others_keep_theirs():
    x = normal(300_000)
    NATIVE.exp(x)
    before = _native.memory_stats()
    for _ in range(5):
        NATIVE.exp(x)
    after = _native.memory_stats()
    assert after["reused"] - before["reused"] == 5 and after["fresh"] == before["fresh"]
    np.exp(x)
    assert _native.memory_stats() == after
    y = NATIVE.exp(x)
    y.resize(1_000_000, refcheck=False)     # through our allocator's realloc
    np.testing.assert_array_equal(y[:300_000], NATIVE.exp(x))
    assert not y[300_000:].any()
    held = _native.memory_stats()["in_use_bytes"]
    del y
    assert _native.memory_stats()["in_use_bytes"] < held
    _native.release_memory()
    assert _native.memory_stats()["cached_bytes"] == 0


def test_wrong_isa():
    with pytest.raises(ValueError, match=r'\[set_isa\] no kernels for "mmx": this build on this machine has '):
        _native.set_isa("mmx")


# ---- reductions

AXES = [
    ((5,), 0), ((5,), None), ((4, 7), 0), ((4, 7), 1), ((4, 7), (0, 1)), ((0, 4), 0), ((4, 0), 1), ((1, 9), 0), ((9, 1), 1),
    ((17, 1), 0), ((10, 40), 0), ((3, 4, 5), 1), ((3, 4, 5), (1, 2)), ((3, 4, 5), -1), ((3, 4, 5), (0, 1)),
    ((2, 3, 4, 5), (2, 3)), ((1000, 3), 0), ((1000, 40), 0), ((2, 5000), 1), ((300, 700), 0), ((70_000, 5), 0),
    ((200_001,), None),
]


@pytest.mark.parametrize("shape, axis", AXES)
def test_sum_and_mean(shape, axis):
    x = normal(*shape)
    for keepdims in (False, True):
        with np.errstate(all="ignore"):
            expected = x.astype(np.float64).sum(axis=axis, keepdims=keepdims)
        got = run("sum", x, axis, keepdims)
        assert got.shape == expected.shape and got.dtype == np.float32
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-6 * max(1, x.size) ** 0.5)
        check("mean", x, axis, keepdims, rtol=2e-5, atol=1e-6)


def test_sum_of_images():
    x = normal(4, 5, 6, 7)
    for axis in ((0, 2, 3), (2, 3), None, (0, 1, 2, 3)):
        check("sum", channels_last(x), axis, False, atol=3e-6)
    check("sum", x, (0, 2, 3), False, served=False)


def test_sum_is_as_accurate_as_pairwise():
    x = np.random.default_rng(0).random(1_000_003, dtype=np.float32)
    exact = x.astype(np.float64).sum()
    assert abs(run("sum", x, None, False) - exact) <= 2 * np.spacing(np.float32(exact))
    assert abs(run("sum", x.reshape(-1, 1), 0, False)[0] - exact) <= 2 * np.spacing(np.float32(exact))
    columns = run("sum", x[:999_999].reshape(-1, 3), 0, False)
    np.testing.assert_allclose(columns, x[:999_999].reshape(-1, 3).astype(np.float64).sum(0), rtol=3e-7)


def test_sums_of_special_numbers():
    for row in itertools.product((np.nan, np.inf, -np.inf, 1.0), repeat=2):
        x = np.ones(20, np.float32)
        x[[3, 17]] = row
        check("sum", x, None, False)


@pytest.mark.parametrize("shape, to", [((10, 40), (40,)), ((10, 40), (1, 40)), ((10, 40), (10, 1)), ((10, 40), (1, 1)),
                                       ((10, 40), ()),
                                       ((2, 3, 4), (4,)), ((2, 3, 4), (2, 3, 1))])
def test_sum_to(shape, to):
    check("sum_to", normal(*shape), to)
    check("sum_to", normal(*shape), shape, served=False)


@pytest.mark.parametrize("name", ["max", "argmax"])
def test_max_and_argmax(name):
    for shape in ((5, 10), (3, 1), (2, 3, 17), (40, 100), (300, 1000), (16,), (0, 3)):
        axis = len(shape) - 1
        check(name, special(*shape), axis, False, rtol=0, atol=0)
        check(name, np.round(normal(*shape)), -1, True, rtol=0, atol=0)      # many ties
    nans = np.full((4, 33), -np.inf, np.float32)
    nans[1, 20] = nans[1, 30] = np.nan
    nans[2, 32] = -1
    check(name, nans, 1, False, rtol=0, atol=0)
    check(name, normal(4, 5), 0, False, rtol=0, atol=0, served=False)


# ---- products

SHAPES = [(1, 1, 1), (1, 5, 1), (2, 3, 4), (10, 784, 40), (784, 10, 40), (10, 40, 10), (17, 31, 33), (64, 96, 128),
          (5, 1, 7), (130, 70, 50)]


@pytest.mark.parametrize("m, k, n", SHAPES)
def test_matmul(m, k, n):
    a, b = normal(m, k), normal(k, n, seed=1)
    exact, atol = a.astype(np.float64) @ b.astype(np.float64), 4e-6 * k ** 0.5
    for x, y in itertools.product((a, np.asfortranarray(a), gapped(a), backwards(a)), (b, np.asfortranarray(b), gapped(b))):
        got = run("matmul", x, y)
        np.testing.assert_allclose(got, exact, rtol=0, atol=atol)
    bias = normal(n, seed=2)
    np.testing.assert_allclose(run("linear", a, np.ascontiguousarray(b.T), bias), exact + bias, rtol=0, atol=atol)
    np.testing.assert_allclose(run("linear", a, b.T, None), exact, rtol=0, atol=atol)


@pytest.mark.parametrize("m, k, n", [(0, 3, 4), (3, 0, 4), (3, 4, 0), (0, 0, 0)])
def test_matmul_of_nothing(m, k, n):
    check("matmul", normal(m, k), normal(k, n))
    check("linear", normal(m, k), normal(n, k), normal(n))


def test_batched_matmul():
    for a, b in (((3, 4, 5), (3, 5, 6)), ((3, 4, 5), (5, 6)), ((4, 5), (2, 3, 5, 6)), ((2, 1, 4, 5), (3, 5, 6)),
                 ((0, 4, 5), (0, 5, 6)), ((20, 40, 50), (20, 50, 60))):
        check("matmul", normal(*a), normal(*b, seed=1))
        check("matmul", normal(*a), normal(*b[:-2], b[-1], b[-2], seed=1).swapaxes(-1, -2))
        check("matmul", gapped(normal(*a)), gapped(normal(*b, seed=1)))
    with pytest.raises(ValueError):
        NATIVE.matmul(normal(2, 3), normal(4, 5))


def test_products_of_special_numbers():
    a, b = normal(20, 30), normal(30, 25, seed=1)
    a[3, 4], a[7, 29], b[0, 5], b[12, 24], a[9, 2], b[2, 6] = np.nan, np.inf, -np.inf, np.nan, 0, np.inf
    with np.errstate(all="ignore"):
        exact = a.astype(np.float64) @ b.astype(np.float64)
    np.testing.assert_allclose(run("matmul", a, b), exact, rtol=1e-5, atol=1e-5)


# ---- convolution, pooling, batch norm

CONVOLUTIONS = [  # x, w, stride, padding, dilation, groups
    ((2, 1, 28, 28), (4, 1, 5, 5), (1, 1), (0, 0), (1, 1), 1),
    ((2, 3, 9, 8), (5, 3, 3, 3), (1, 1), (1, 1), (1, 1), 1),
    ((2, 3, 9, 8), (5, 3, 3, 2), (2, 3), (2, 1), (1, 2), 1),
    ((2, 4, 7, 7), (6, 2, 3, 3), (1, 1), (1, 1), (1, 1), 2),
    ((2, 6, 7, 7), (6, 1, 3, 3), (2, 2), (1, 1), (1, 1), 6),
    ((1, 32, 8, 8), (32, 32, 3, 3), (1, 1), (0, 0), (1, 1), 1),
    ((3, 16, 6, 5), (48, 16, 1, 1), (1, 1), (0, 0), (1, 1), 1),
    ((1, 1, 1, 1), (1, 1, 1, 1), (1, 1), (0, 0), (1, 1), 1),
    ((2, 3, 5, 5), (2, 3, 5, 5), (1, 1), (0, 0), (1, 1), 1),
    ((2, 2, 11, 13), (3, 2, 3, 3), (4, 4), (0, 0), (1, 1), 1),
    ((8, 16, 20, 20), (32, 16, 3, 3), (1, 1), (1, 1), (1, 1), 1),
    ((0, 3, 5, 5), (2, 3, 3, 3), (1, 1), (0, 0), (1, 1), 1),
]


@pytest.mark.parametrize("x_shape, w_shape, stride, padding, dilation, groups", CONVOLUTIONS)
def test_convolution(x_shape, w_shape, stride, padding, dilation, groups):
    x, w, b = normal(*x_shape), normal(*w_shape, seed=1), normal(w_shape[0], seed=2)
    how = stride, padding, dilation, groups
    (y,) = check("conv2d", x, w, b, how, atol=4e-6, parts=1)
    check("conv2d", channels_last(x), channels_last(w), None, how, atol=4e-6, parts=1)
    check("conv2d", gapped(x), w, b, how, atol=4e-6, parts=1)
    g = normal(*y.shape, seed=3)
    for incoming in (g, channels_last(g)):
        check("conv2d_input_grad", incoming, w, how, x_shape, atol=4e-6)
        check("conv2d_weight_grad", incoming, channels_last(x), how, w_shape, atol=1e-5)
    check("conv2d_weight_grad", g, x, how, w_shape, atol=1e-5)
    assert np.moveaxis(y, 1, -1).flags.c_contiguous or y.size == 0
    out = np.full_like(y, 5)
    assert NATIVE.conv2d(x, w, b, how, out=out)[0] is out
    assert out.tobytes() == y.tobytes()


POOLS = [  # x, size, stride, padding
    ((2, 3, 8, 8), (2, 2), (2, 2), (0, 0)), ((2, 16, 9, 7), (2, 2), (2, 2), (0, 0)), ((2, 5, 9, 8), (3, 2), (2, 1), (1, 1)),
    ((1, 1, 4, 4), (4, 4), (4, 4), (0, 0)), ((2, 33, 6, 6), (3, 3), (1, 1), (1, 1)), ((1, 2, 20, 20), (16, 16), (2, 2), (0, 0)),
    ((1, 2, 20, 20), (17, 16), (1, 1), (0, 0)), ((2, 33, 64, 64), (64, 64), (64, 64), (0, 0)),
    ((2, 3, 20, 20), (20, 18), (3, 1), (5, 9)), ((1, 5, 40, 40), (17, 17), (1, 2), (8, 8)),
    ((2, 3, 7, 7), (1, 1), (3, 3), (0, 0)), ((4, 32, 30, 30), (2, 2), (2, 2), (0, 0)), ((0, 3, 4, 4), (2, 2), (2, 2), (0, 0)),
]


@pytest.mark.parametrize("shape, size, stride, padding", POOLS)
def test_pooling(shape, size, stride, padding):
    how = size, stride, padding
    for x in (normal(*shape), np.round(normal(*shape)), special(*shape)):
        y, index = check("max_pool2d", x, *how, rtol=0, atol=0)
        check("max_pool2d", channels_last(x), *how, rtol=0, atol=0)
    g, z = normal(*y.shape, seed=1), normal(*shape, seed=2)
    for order in (np.ascontiguousarray, channels_last):
        check("max_pool2d_gather", order(z), index, *how, rtol=0, atol=0)
        check("max_pool2d_scatter", order(g), index, *how, shape, rtol=1e-6)
        check("avg_pool2d", order(z), *how)
        check("avg_pool2d_backward", order(g), *how, shape)
    out = np.zeros_like(y), np.zeros_like(index)
    again = NATIVE.max_pool2d(x, *how, out=out)
    assert again[0] is out[0] and again[1] is out[1]
    np.testing.assert_array_equal(out[1], index)


def test_max_pool_of_nothing_but_minus_infinity():
    x = np.full((1, 2, 4, 4), -np.inf, np.float32)
    check("max_pool2d", x, (3, 3), (2, 2), (1, 1), rtol=0, atol=0)


def test_windows_above_256_places_have_a_wider_index():
    for size, dtype in (((16, 16), np.uint8), ((17, 16), np.int32)):
        _, index = check("max_pool2d", normal(1, 2, 20, 20), size, (1, 1), (0, 0), rtol=0, atol=0)
        assert index.dtype == dtype
    x, how = normal(1, 2, 20, 20), ((17, 16), (1, 1), (0, 0))
    for place in (-1, 17 * 16, 2**31 - 1, -2**31):      # no place of the window: nothing is read or written
        assert not check("max_pool2d_gather", x, np.full_like(index, place), *how).any()
        assert not check("max_pool2d_scatter", x[:, :, :4, :5], np.full_like(index, place), *how, x.shape).any()


@pytest.mark.parametrize("shape", [(10, 5), (2, 3), (64, 33), (4, 3, 5, 6), (8, 32, 6, 6), (2, 5, 9), (32, 16, 20, 20)])
def test_batch_norm(shape):
    gamma, beta, g = normal(shape[1], seed=1), normal(shape[1], seed=2), normal(*shape, seed=3)
    for order in (np.ascontiguousarray, channels_last if len(shape) > 2 else np.asfortranarray):
        x = order(normal(*shape) * 3 + 5)
        check("batch_norm", x, gamma, beta, 1e-5, parts=3)
        aux = NATIVE.batch_norm(x, gamma, beta, 1e-5)[3]
        got = run("batch_norm_backward", g, x, gamma, aux, 1e-5)
        exact = REFERENCE.batch_norm_backward(*(a.astype(np.float64) for a in (g, x, gamma)), None, 1e-5)
        for a, b in zip(got, exact, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=2e-5 * max(1, np.abs(b).max()))
        without = NATIVE.batch_norm_backward(g, x, gamma, None, 1e-5)
        for a, b in zip(without, exact, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=5e-5 * max(1, np.abs(b).max()))
        check("batch_norm_inference", x, gamma, beta * beta, gamma, beta, 1e-5)


# ---- softmax and the losses

@pytest.mark.parametrize("shape", [(10, 10), (128, 10), (1, 1), (3, 16), (3, 17), (5, 100), (128, 1000), (2, 3, 5), (7,),
                                   (0, 5)])
def test_softmax(shape):
    axis = len(shape) - 1
    z, g = normal(*shape, scale=4), normal(*shape, seed=1)
    for name in ("softmax", "log_softmax"):
        y = check(name, z, axis, atol=1e-6)
        check(name, z * 1e4, axis, atol=1e-6)
        check(f"{name}_backward", g, y, axis, atol=1e-6)
        check(f"{name}_backward", np.broadcast_to(np.float32(1), shape), y, axis, atol=1e-6)


def test_softmax_of_special_rows():
    rows = np.zeros((6, 19), np.float32)
    rows[0, 3], rows[1, 18], rows[2], rows[3, 4], rows[4, ::2] = np.nan, np.inf, -np.inf, -np.inf, 3e38
    rows[5] = -3e38
    for name in ("softmax", "log_softmax"):
        check(name, rows, 1)


@pytest.mark.parametrize("shape", [(10, 10), (128, 10), (1, 1), (3, 16), (5, 17), (300, 33), (128, 1000)])
@pytest.mark.parametrize("dense", [False, True])
def test_cross_entropy(shape, dense):
    n, c = shape
    classes = np.random.default_rng(0).integers(0, c, n)
    target = REFERENCE.softmax(normal(n, c, seed=9), 1) if dense else classes
    for scale in (1, 1e4):
        z = normal(n, c) * np.float32(scale)
        for reduction in ("mean", "sum", "none"):
            g = normal(n, seed=5) if reduction == "none" else np.array(1.7, np.float32)
            _, aux = run("cross_entropy", z, target, reduction)
            check("cross_entropy", z, target, reduction, parts=1)
            got = run("cross_entropy_backward", g, z, target, aux, reduction)
            for table in (REFERENCE, NATIVE):       # and without what the forward kept
                expected = table.cross_entropy_backward(g, z, target, None, reduction)
                np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def test_cross_entropy_of_a_class_that_is_none():
    for wrong in (-1, 10):
        with pytest.raises(ValueError, match=rf"\[cross_entropy\] target {wrong} at row 2 is not a class: expected 0\.\.9"):
            NATIVE.cross_entropy(normal(4, 10), np.array([0, 9, wrong, 3]), "mean")


@pytest.mark.parametrize("shape", [(1,), (10, 10), (7, 33), (3, 4, 5, 6), (300, 500)])
def test_mse(shape):
    a, b = normal(*shape), normal(*shape, seed=1)
    for reduction in ("mean", "sum", "none"):
        served = reduction != "none"
        check("mse", a, b, reduction, served=served)
        check("mse_backward", normal(*shape) if not served else np.array(0.3, np.float32), a, b, reduction, served=served)
    check("mse", np.asfortranarray(a), np.asfortranarray(b), "mean")


def test_count_correct():
    z = np.round(normal(100, 10))
    target = np.random.default_rng(0).integers(0, 10, 100)
    for t in (target, np.eye(10, dtype=np.float32)[target]):
        count = check("count_correct", z, t)
        assert count.dtype == np.int64 and count.shape == ()


# ---- dropout, optimiser steps, batches

@pytest.mark.parametrize("shape", [(1,), (7,), (33,), (10, 40), (2, 5, 9), (3, 5, 4, 7), (100_003,), (0,), ()])
def test_dropout_draws_the_words_of_philox(shape):
    key = np.array([0x123456789ABCDEF0, 0xFEDCBA9876543210], np.uint64)
    for p in (0.0, 0.25, 0.5, 1.0, 1e-12):
        x = normal(*shape) if shape else np.array(2, np.float32)
        check("dropout", x, p, key, rtol=0, atol=0)
        if len(shape) > 2:
            check("dropout", channels_last(x), p, key, rtol=0, atol=0)
    special_x = special(500)
    check("dropout", special_x, 0.5, key, rtol=0, atol=0)


def parameters(*shapes):
    return [normal(*shape, seed=i) for i, shape in enumerate(shapes)]


def copies(*lists):
    return [None if list_ is None else [a.copy(order="K") for a in list_] for list_ in lists]


SHAPES_OF_PARAMETERS = (40, 784), (40,), (10, 40), (10,), (1,), (3, 2, 3, 3), (0,), (200, 1000)


@pytest.mark.parametrize("momentum, nesterov, keras", [(None, False, False), (0.9, False, False), (0.9, True, False),
                                                       (0.9, False, True), (0.9, True, True)])
@pytest.mark.parametrize("decay", [0, 1e-2])
def test_sgd_step(momentum, nesterov, keras, decay):
    p, g = parameters(*SHAPES_OF_PARAMETERS), parameters(*SHAPES_OF_PARAMETERS)[::1]
    g = [a[::-1].copy() * np.float32(0.1) for a in g]
    g[5] = channels_last(g[5])              # dense, in another memory order
    v = parameters(*SHAPES_OF_PARAMETERS) if momentum else None
    rest = np.array(0.1), momentum or 0, decay, nesterov, keras
    bits = []
    for threads in (1, 2, 4):
        _native.set_num_threads(threads)
        p1, v1 = copies(p, v)
        for _ in range(3):
            assert _native.sgd_step(p1, g, v1, *rest) is True
        bits.append([a.tobytes() for a in p1])
    assert bits[0] == bits[1] == bits[2]
    p2, v2 = copies(p, v)
    for _ in range(3):
        REFERENCE.sgd_step(p2, g, v2, *rest)
    for a, b in zip(p1 + (v1 or []), p2 + (v2 or []), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("decay, decoupled", [(0, False), (1e-2, False), (1e-2, True)])
def test_adam_step(decay, decoupled):
    p, g = parameters(*SHAPES_OF_PARAMETERS), [a[::-1].copy() for a in parameters(*SHAPES_OF_PARAMETERS)]
    zeros = [np.zeros_like(a) for a in p]
    states = []
    for kernel in (_native.adam_step, REFERENCE.adam_step):
        p1, m, v = copies(p, zeros, zeros)
        step = np.array(0, np.int64)
        for _ in range(4):
            kernel(p1, g, m, v, step, np.array(0.01), 0.9, 0.999, 1e-8, decay, decoupled)
        assert int(step) == 4
        states.append(p1 + m + v)
    for a, b in zip(*states, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


def test_steps_write_zero_below_the_smallest_normal():
    for table in (NATIVE, REFERENCE):
        p, v = [np.full(20, 2e-38, np.float32)], [np.full(20, 2e-38, np.float32)]
        table.sgd_step(p, [np.full(20, 1e-38, np.float32)], v, np.array(0.5), 0.5, 0, False, False)
        assert not p[0].any()
        np.testing.assert_allclose(v[0], 2e-38, rtol=1e-6)
        m, v, p = [np.full(20, 1e-38, np.float32)], [np.full(20, 1e-38, np.float32)], [np.ones(20, np.float32)]
        table.adam_step(p, [np.zeros(20, np.float32)], m, v, np.array(3), np.array(0.1), 0.9, 0.999, 1e-8, 0, False)
        assert not m[0].any() and not v[0].any() and (p[0] == 1).all()


def test_a_step_that_cannot_be_served_writes_nothing():
    p, g = [normal(4), np.ones(4)], [normal(4, seed=1), np.ones(4)]      # the second is float64
    before = copies(p)[0]
    assert _native.sgd_step(p, g, None, np.array(0.1), 0, 0, False, False) is None
    step = np.array(0)
    assert _native.adam_step(p, g, copies(p)[0], copies(p)[0], step, np.array(0.1), 0.9, 0.99, 1e-8, 0, False) is None
    assert step == 0 and all((a == b).all() for a, b in zip(p, before, strict=True))
    NATIVE.sgd_step(p, g, None, np.array(0.1), 0, 0, False, False)
    np.testing.assert_allclose(p[1], 0.9)
    np.testing.assert_allclose(p[0], before[0] - np.float32(0.1) * g[0], rtol=1e-6)


def test_weight_decay_zero_adds_nothing_of_an_infinite_parameter():
    p = [np.array([np.inf, 1], np.float32)]
    NATIVE.sgd_step(p, [np.ones(2, np.float32)], None, np.array(0.5), 0, 0, False, False)
    assert p[0].tolist() == [np.inf, 0.5]


@pytest.mark.parametrize("shape", [(50, 784), (50, 1, 28, 28), (50, 3, 7, 5), (50, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_gather_batch(shape, dtype):
    images = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
    for count in (0, 1, 64, 500):
        index = np.random.default_rng(1).integers(0, shape[0], count)
        check("gather_batch", images, index, np.array([1 / 255], np.float32), np.array([-0.5], np.float32), rtol=1e-6)
        scale, shift = np.arange(1, shape[1] + 1, dtype=np.float32), normal(shape[1])
        check("gather_batch", images, index, scale, shift, rtol=1e-6, atol=1e-6)
    check("gather_batch", images, np.array([-1]), scale, shift, rtol=1e-6, served=False)
    with pytest.raises(IndexError):
        NATIVE.gather_batch(images, np.array([50]), scale, shift)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4), (2, 3, 4, 5), (1, 3, 4, 2), (2, 1, 1, 3)], ids=str)
def test_sums_over_every_axes_in_every_memory_order(shape):
    """Results are in C order whatever the order of what they are sums of."""
    native = kernels.table("native")
    a = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    everything = range(len(shape))
    for order in itertools.permutations(everything):
        x = np.ascontiguousarray(a.transpose(order)).transpose(np.argsort(order))
        for axes in itertools.chain.from_iterable(itertools.combinations(everything, n) for n in range(len(shape) + 1)):
            for keepdims in (False, True):
                for name in ("sum", "mean"):
                    found, expected = getattr(native, name)(x, axes, keepdims), getattr(np, name)(a, axes, keepdims=keepdims)
                    assert found.shape == expected.shape
                    np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=f"{name} {order} {axes}")
            kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
            np.testing.assert_allclose(native.sum_to(x, kept), a.sum(axes, keepdims=True), atol=1e-5)


def test_a_target_written_over_after_the_forward_is_read_safely():
    z, target = np.zeros((4, 10), np.float32), np.zeros(4, np.int64)
    native = kernels.table("native")
    _, aux = native.cross_entropy(z, target, "mean")
    target[:] = -2**40
    assert not native.cross_entropy_backward(np.ones((), np.float32), z, target, aux, "mean").any()


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("padding, groups", [(0, 1), (1, 1), (1, 3), (0, 3)])
def test_a_weight_that_is_no_number_reaches_only_its_own_pixels(value, padding, groups):
    """Beyond g's border stand zeros that a kernel may multiply with: they are not there."""
    g, w = np.ones((1, 3, 4 - 2 + 2 * padding, 4 - 2 + 2 * padding), np.float32), np.ones((3, 3 // groups, 3, 3), np.float32)
    w[0, 0, 0, 0] = value
    gx = check("conv2d_input_grad", g, w, ((1, 1), (padding, padding), (1, 1), groups), (1, 3, 4, 4))
    found = np.isfinite(gx)
    assert found[0, 0].sum() == (12 if not padding else 16 - 9 if padding == 1 else 0) and found[0, 1:].all()


def test_sums_over_many_classes():
    z = np.random.default_rng(0).standard_normal((2, 70_001)).astype(np.float32)
    g = np.abs(z)
    for table in (REFERENCE, NATIVE):
        exact = table.softmax(z.astype(np.float64), 1)
        np.testing.assert_allclose(table.softmax(z, 1), exact, rtol=1e-6)
        np.testing.assert_allclose(table.softmax(0 * z, 1), 1 / 70_001, rtol=3e-7)
        np.testing.assert_allclose(table.log_softmax(z, 1), np.log(exact), rtol=1e-6)
        logp = np.log(exact).astype(np.float32)
        expected = g - np.exp(logp.astype(np.float64)) * g.astype(np.float64).sum(1, keepdims=True)
        np.testing.assert_allclose(table.log_softmax_backward(g, logp, 1), expected, rtol=1e-6, atol=1e-6)


def test_strides_beyond_the_image_need_no_memory():
    native = kernels.table("native")
    g, w = np.ones((1, 1, 1, 1), np.float32), np.ones((1, 1, 2, 2), np.float32)
    gx = native.conv2d_input_grad(g, w, ((10**6, 10**6), (0, 0), (1, 1), 1), (1, 1, 3, 3))
    np.testing.assert_array_equal(gx[0, 0], [[1, 1, 0], [1, 1, 0], [0, 0, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_put_adds_repeats_in_their_order(dtype):
    """So the bits are those of a plain loop: also where rows are shared out among threads."""
    native, rng = kernels.table("native"), np.random.default_rng(0)
    for rows, width, n in ((7, 1, 5000), (700, 64, 9000), (3, 40, 4000)):
        g, index = rng.standard_normal((n, width)).astype(dtype), rng.integers(-rows, rows, n)
        expected = np.zeros((rows, width), dtype)
        np.add.at(expected, index, g)
        found = native.put(g, index, (rows, width))
        assert found.dtype == dtype and found.tobytes() == expected.tobytes()
        along = native.put_along(g.T.copy(), np.broadcast_to(index, (width, n)), 1, (width, rows))
        assert along.tobytes() == expected.T.tobytes()


def test_put_at_no_place():
    native = kernels.table("native")
    g = np.ones((2, 3), np.float32)
    for index in (np.array([0, 4]), np.array([-5, 0]), np.array([2**62, 0]), np.array([-2**63, 0])):
        with pytest.raises(IndexError):
            native.put(g, index, (4, 3))
        with pytest.raises(IndexError):
            native.put_along(g, index[:, None] + np.zeros((1, 3), int), 0, (4, 3))
    with pytest.raises(IndexError):
        native.put(g, np.array([0, 0]), (0, 3))
