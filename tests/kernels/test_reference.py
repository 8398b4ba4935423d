"""The reference table: outputs written where asked, memory, sums and scatters, optimiser steps and batches."""

import inspect
import re

import numpy as np
import pytest

from minigrad import kernels
from minigrad.kernels.reference import Kernels, bad_class, count_along

R = np.random.default_rng(0)
K = kernels.table("numpy")
A, B, G4 = R.uniform(0.5, 2, (3, 4)), R.uniform(0.5, 2, (3, 4)), R.standard_normal((2, 3, 4, 4))
IMAGES, FILTERS = R.standard_normal((2, 3, 5, 5)), R.standard_normal((4, 3, 3, 3))
GEOMETRY = (1, 1), (1, 1), (1, 1), 1
POOL = (2, 2), (2, 2), (0, 0)
INDEX = K.max_pool2d(G4, *POOL)[1]
ONES = np.ones(3)
CALLS = {                           # every kernel that takes out=: arguments
    **dict.fromkeys("neg exp log sqrt tanh sigmoid relu abs sign sin cos copy sum mean".split(), (A,)),
    **dict.fromkeys("add sub mul div pick_mul pick_div pick_both power maximum minimum relu_backward sigmoid_backward "
                    "tanh_backward".split(), (A, B)),
    **dict.fromkeys("greater greater_equal less less_equal equal not_equal".split(), (A, B)),
    "astype": (A, np.float32), "where": (A > B, A, B), "max": (A, 1), "argmax": (A, 0), "largest": (A, 1),
                                    "sum_to": (A, (1, 4)),
    "concatenate": ([A, B], 1), "pad": (A, ((1, 0), (0, 2)), 7), "put": (A[0], 1, (3, 4)),
    "take_along": (A, np.array([[1], [0], [3]]), 1), "put_along": (A[:, :1], np.array([[1], [0], [3]]), 1, (3, 4)),
    "matmul": (A, B.T), "linear": (A, B, ONES), "conv2d": (IMAGES, FILTERS, np.ones(4), *GEOMETRY),
    "conv2d_input_grad": (R.standard_normal((2, 4, 5, 5)), FILTERS, *GEOMETRY, IMAGES.shape),
    "conv2d_weight_grad": (R.standard_normal((2, 4, 5, 5)), IMAGES, *GEOMETRY, FILTERS.shape),
    "max_pool2d_gather": (G4, INDEX, *POOL), "max_pool2d_scatter": (G4[:, :, :2, :2], INDEX, *POOL, G4.shape),
    "avg_pool2d": (G4, *POOL), "avg_pool2d_backward": (G4[:, :, :2, :2], *POOL, G4.shape),
    "softmax": (A, 1), "softmax_backward": (A, B, 1), "log_softmax": (A, 1), "log_softmax_backward": (A, B, 1),
                                    "logsumexp": (A, 1),
    "one_hot": (np.array([2, 0]), 3, np.float64), "cross_entropy": (A, np.array([0, 3, 1]), "mean"),
    "cross_entropy_backward": (np.array(1.0), A, np.array([0, 3, 1]), None, "mean"),
    "cross_entropy_target_grad": (np.array(1.0), A, "mean"), "mse": (A, B, "sum"),
                                    "mse_backward": (np.array(1.0), A, B, "mean"),
    "batch_norm_inference": (IMAGES, ONES, ONES, ONES, ONES, 1e-5), "dropout": (A, 0.5, np.array([1, 2], np.uint64)),
    "gather_batch": (np.full((5, 1, 2, 2), 255, np.uint8), np.array([4, 0]), np.ones(1, np.float32),
                     np.zeros(1, np.float32)),
    "running_update": (A, B, 0.1),
}
SEVERAL = {"max_pool2d": (G4, *POOL), "batch_norm": (IMAGES, ONES, ONES, 1e-5)}


def test_every_kernel_with_an_output_is_here():
    takes_out = {name for name, f in inspect.getmembers(Kernels)
                 if inspect.isfunction(f) and "out" in inspect.signature(f).parameters}
    takes_out |= {"relu_backward", "sigmoid_backward", "tanh_backward"}
    assert set(CALLS) | set(SEVERAL) == {name for name in takes_out if not name.startswith("_")}


@pytest.mark.parametrize("name", CALLS)
def test_out_is_written_and_returned(name):
    def run(**kwargs):
        result = getattr(K, name)(*CALLS[name], **kwargs)
        return result[0] if isinstance(result, tuple) else result

    before = [np.array(a) for a in CALLS[name] if isinstance(a, np.ndarray)]
    expected = run() if name != "running_update" else 0.9 * A + 0.1 * B
    assert isinstance(expected, np.ndarray)         # a 0-d array, never a numpy scalar
    for order in "CF":
        out = np.full(expected.shape, 99, expected.dtype, order=order)
        assert run(out=out) is out
        np.testing.assert_array_equal(out, expected)
    for a, b in zip((a for a in CALLS[name] if isinstance(a, np.ndarray)), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_out_of_several_results():
    expected = K.max_pool2d(G4, *POOL)
    out = np.empty_like(expected[0]), np.empty_like(expected[1])
    assert K.max_pool2d(G4, *POOL, out=out)[0] is out[0]
    for a, b in zip(out, expected, strict=True):
        np.testing.assert_array_equal(a, b)
    y = np.empty_like(IMAGES)
    assert K.batch_norm(IMAGES, ONES, ONES, 1e-5, out=y)[0] is y
    np.testing.assert_array_equal(y, K.batch_norm(IMAGES, ONES, ONES, 1e-5)[0])


def test_running_update_in_place():
    running = np.array([1.0, 2])
    assert K.running_update(running, np.array([3.0, 0]), 0.25, out=running) is running
    assert running.tolist() == [1.5, 1.5]


def test_nothing_warns():
    """NaN, infinities and overflow are results, not accidents (a warning is an error in this suite)."""
    for dtype in (np.float32, np.float64):
        big = np.finfo(dtype).max
        a = np.array([[np.nan, np.inf, -np.inf, 0, big, -big]], dtype)
        for name in "neg exp log sqrt tanh sigmoid relu abs sign sin cos sum mean has_nan".split():
            getattr(K, name)(a)
        for name in "add sub mul div power maximum minimum greater equal".split():
            getattr(K, name)(a, a.T)
        for name in ("relu_backward", "sigmoid_backward", "tanh_backward"):
            getattr(K, name)(a, a)
        K.astype(a, np.float16), K.astype(a, np.int32)
        K.max(a, 1), K.argmax(a, 1), K.softmax(a, 1), K.log_softmax(a, 1), K.logsumexp(a, 1), K.sum_to(a, (1, 1))
        K.matmul(a, a.T), K.mse(a, a[:, ::-1], "mean"), K.cross_entropy(a, np.array([1]), "mean")
        K.dropout(a, 0.5, np.zeros(2, np.uint64))
        K.put(a[0], np.zeros(6, int), (2,)), K.put_along(a, np.zeros((1, 6), int), 1, (1, 2))
        images = np.tile(a, (6, 1)).reshape(1, 1, 6, 6)
        y = K.conv2d(images, images[:, :, :2, :2], None, (1, 1), (0, 0), (1, 1), 1)
        K.conv2d_input_grad(y, images[:, :, :2, :2], (1, 1), (0, 0), (1, 1), 1, images.shape)
        K.conv2d_weight_grad(y, images, (1, 1), (0, 0), (1, 1), 1, (1, 1, 2, 2))
        p, index = K.max_pool2d(images, (2, 2), (1, 1), (1, 1))
        K.max_pool2d_scatter(p, index, (2, 2), (1, 1), (1, 1), images.shape), K.max_pool2d_gather(images, index, (2, 2),
                                                                                                  (1, 1), (1, 1))
        K.avg_pool2d_backward(K.avg_pool2d(images, (2, 2), (1, 1), (1, 1)), (2, 2), (1, 1), (1, 1), images.shape)
        K.batch_norm(a.T, a[0, :1], a[0, :1], 1e-5), K.batch_norm_backward(a.T, a.T, a[0, :1], None, 1e-5)


# ---- memory

def test_copy_keeps_the_memory_order():
    nchw = np.zeros((2, 3, 4, 5), np.float32)
    last = np.zeros((2, 4, 5, 3), np.float32).transpose(0, 3, 1, 2)
    for a in (nchw, last, nchw.T, np.zeros((3, 4)).T):
        b = K.copy(a)
        assert b.strides == a.strides and not np.shares_memory(a, b)
    assert K.copy(np.broadcast_to(np.float32(1), (3, 4))).flags.writeable


def test_memory_is_where_an_array_lies():
    a = np.zeros((4, 4))
    start, end = K.memory(a)
    assert end - start == a.nbytes
    assert K.memory(a.T) == K.memory(a[::-1]) == K.memory(np.broadcast_to(a, (2, 4, 4))) == (start, end)
    assert K.memory(a[1:3, 2:]) == (start + 48, end - 32)
    assert K.memory(a[2, 3]) is None and K.memory(a[2, 3, ...]) == (start + 88, start + 96)
    assert K.memory(np.zeros((0, 4))[:, ::2]) is K.memory(1.0) is K.memory(None) is None


def test_what_is_lent_cannot_be_written_to():
    a = np.zeros((2, 3))
    lent = K.read_only(a)
    assert np.shares_memory(a, lent) and a.flags.writeable
    one = K.one(np.dtype(np.float32))
    assert one == 1 and one.shape == () and one.dtype == np.float32 and one is K.one(np.dtype(np.float32))
    for array in (lent, one, one[...]):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 2
    with pytest.raises(ValueError, match="WRITEABLE"):
        one.flags.writeable = True


def test_a_checksum_tells_contents_apart():
    a = np.arange(12.0).reshape(3, 4)
    before = K.checksum(a)
    assert before == K.checksum(a.copy()) == K.checksum(np.asfortranarray(a)) and K.checksum(None) is K.checksum(2.0) is None
    a[1, 2] = np.nextafter(a[1, 2], 9)
    assert K.checksum(a) != before


def test_arrays():
    like = np.zeros(1, np.float32)
    assert K.empty((2, 3), np.float32).shape == (2, 3) and K.full((2,), 3, np.int64).tolist() == [3, 3]
    assert K.zeros((2,), like).dtype == np.float32 and K.asarray(A) is A and K.to_numpy(A) is A
    single, double = np.dtype(np.float32), np.dtype(np.float64)
    assert K.one(single) is K.one(single) and K.one(single).dtype == single and K.one(double).dtype == double
    assert K.has_nan(np.array([1, np.nan])) is True and K.has_nan(A) is False and K.has_nan(np.array([1])) is False


# ---- sums and scatters

@pytest.mark.parametrize("s, to", [((2, 3, 4), (2, 3, 4)), ((2, 3, 4), (3, 4)), ((2, 3, 4), (1, 4)),
                                   ((2, 3, 4), (2, 1, 1)), ((2, 3), ()),
                                   ((2, 3), (1, 1)), ((1, 3), (1, 3)), ((0, 3), (1, 3)), ((2, 0), (2, 0)), ((), ())])
def test_sum_to_is_the_adjoint_of_broadcast_to(s, to):
    a, b = R.standard_normal(s), R.standard_normal(to)
    found = K.sum_to(a, to)
    assert found.shape == to
    np.testing.assert_allclose((a * K.broadcast_to(b, s)).sum(), (found * b).sum(), atol=1e-12)


@pytest.mark.parametrize("index", [1, slice(None, None, -2), (Ellipsis, 0), None, ([0, 2, 0],),
                                   (slice(None), np.array([[1, 1], [0, 3]])),
                                   A > 1, np.array(2), True, np.int64(1), (0, [1, 1, 1])], ids=str)
def test_put_is_the_adjoint_of_getitem(index):
    a = R.standard_normal((3, 4))
    g = R.standard_normal(a[index].shape)
    found = K.put(g, index, (3, 4))
    assert found.shape == (3, 4)
    np.testing.assert_allclose((K.getitem(a, index) * g).sum(), (a * found).sum(), atol=1e-12)


def test_put_adds_repeats_up():
    assert K.put(np.array([1.0, 2, 4]), [1, 1, -1], (3,)).tolist() == [0, 3, 4]
    assert K.put(np.array([[1.0, 2]]), (np.array([[0, 0]]), np.array([[1, 1]])), (1, 2)).tolist() == [[0, 3]]


@pytest.mark.parametrize("axis", [0, 1])
def test_put_along_is_the_adjoint_of_take_along(axis):
    index = R.integers(-2, 3, (5, 4) if axis == 0 else (3, 6))
    a, g = R.standard_normal((3, 4)), R.standard_normal(index.shape)
    found = K.put_along(g, index, axis, (3, 4))
    np.testing.assert_allclose((K.take_along(a, index, axis) * g).sum(), (a * found).sum(), atol=1e-12)


def test_count_along():
    assert [count_along((2, 3, 4), axis) for axis in (None, 1, (0, 2), ())] == [24, 3, 8, 1]


# ---- metrics, batches, errors

def test_count_correct(table):
    z = np.array([[1, 2, 3], [3, 2, 1], [1, 1, 0], [0, 0, 0]], np.float32)
    for target in (np.array([2, 0, 1, 0]), np.eye(3, dtype=np.float32)[[2, 0, 1, 0]]):
        n = table.count_correct(z, target)
        assert n.shape == () and n.dtype == np.int64 and n == 3         # of equals the first counts
    assert table.count_correct(z[:0], np.zeros(0, np.int64)) == 0


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("shape", [(6, 3, 2, 2), (6, 1, 4, 4), (6, 5)])
def test_gather_batch(shape, dtype, table):
    images = R.integers(0, 256, shape).astype(dtype)
    index = np.array([5, 0, 0, 3])
    c = shape[1]
    for scale, shift in ((R.uniform(size=c), R.uniform(size=c)), (np.array([1 / 255]), np.array([0.5]))):
        scale, shift = scale.astype(np.float32), shift.astype(np.float32)
        y = table.gather_batch(images, index, scale, shift)
        assert y.dtype == np.float32 and y.shape == (4, *shape[1:])
        per_channel = (-1,) + (1,) * (len(shape) - 2)
        np.testing.assert_allclose(y, images[index] * scale.reshape(per_channel) + shift.reshape(per_channel),
                                   rtol=1e-6)


def test_check_classes(table):
    table.check_classes(np.array([0, 2]), 3)
    table.check_classes(np.zeros(0, int), 3)
    with pytest.raises(ValueError, match=re.escape(str(bad_class(3, 1, 3)))):
        table.check_classes(np.array([0, 3, -1]), 3)
    assert str(bad_class(3, 1, 3)) == ("[cross_entropy] target 3 at row 1 is not a class: expected 0..2, for logits "
                                       "with 3 columns (classes count from 0: subtract 1?)")
    assert "subtract" not in str(bad_class(-1, 1, 3))


def test_next_key_counts_up(table):
    state = np.array([7, 2**32 - 1], np.uint64)
    assert [table.next_key(state).tolist() for _ in range(2)] == [[7, 2**32 - 1], [7, 2**32]]
    assert state.tolist() == [7, 2**32 + 1]


# ---- optimiser steps

@pytest.mark.parametrize("decay", [0, 0.1])
@pytest.mark.parametrize("keras", [False, True])
@pytest.mark.parametrize("momentum, nesterov", [(0, False), (0.9, False), (0.9, True)])
def test_sgd_step(momentum, nesterov, keras, decay, table):
    p, v = R.standard_normal((3, 2)).astype(np.float32), np.zeros((3, 2), np.float32)
    q, u = p.astype(float), v.astype(float)
    lr = np.array(0.1, np.float32)
    for _ in range(3):
        g = R.standard_normal((3, 2)).astype(np.float32)
        table.sgd_step([p], [g], [v] if momentum else None, lr, momentum, decay, nesterov, keras)
        h = g + decay * q
        if keras:
            u = momentum * u - 0.1 * h
            q = q + (momentum * u - 0.1 * h if nesterov else u)
        else:
            u = momentum * u + h
            q = q - 0.1 * (h + momentum * u if nesterov else u)
    np.testing.assert_allclose(p, q, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(v, u if momentum else 0, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("decay, decoupled", [(0, False), (0.1, False), (0.1, True)])
def test_adam_step(decay, decoupled, table):
    p = R.standard_normal((3, 2)).astype(np.float32)
    m, v, step, lr = np.zeros_like(p), np.zeros_like(p), np.array(0), np.array(0.01, np.float32)
    q, a, b = p.astype(float), 0, 0
    for t in range(1, 4):
        g = R.standard_normal((3, 2)).astype(np.float32)
        table.adam_step([p], [g], [m], [v], step, lr, 0.9, 0.99, 1e-8, decay, decoupled)
        h = g.astype(float) if decoupled else g + decay * q
        q = q * (1 - 0.01 * decay) if decoupled else q
        a, b = 0.9 * a + 0.1 * h, 0.99 * b + 0.01 * h * h
        q = q - 0.01 * (a / (1 - 0.9**t)) / (np.sqrt(b / (1 - 0.99**t)) + 1e-8)
    assert step == 3
    np.testing.assert_allclose(p, q, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_write_zero_below_the_smallest_normal(dtype, table):
    tiny = np.finfo(dtype).tiny
    p, g, v = (np.array([x, 1], dtype) for x in (tiny / 2, 0, tiny))
    lr = np.array(0.5, dtype)
    table.sgd_step([p], [g], [v], lr, 0.5, 0, False, False)
    assert p[0] == 0 and v[0] == 0 and p[1] != 0 and v[1] != 0
    p, g, m, s = (np.array([x, 1], dtype) for x in (tiny / 2, 0, tiny, tiny))
    table.adam_step([p], [g], [m], [s], np.array(0), np.array(0, dtype), 0.5, 0.5, 1e-8, 0, False)
    assert p[0] == 0 and m[0] == 0 and s[0] == 0 and p[1] != 0 and m[1] != 0 and s[1] != 0
    big = np.array([tiny, -tiny], dtype)
    table.sgd_step([big], [np.zeros(2, dtype)], None, lr, 0, 0, False, False)
    assert big.tolist() == [tiny, -tiny]        # the smallest normal itself stays


@pytest.mark.parametrize("groups", [1, 2**31, 2**62])
def test_convolution_without_channels_does_not_count_its_groups(groups):
    how = (1, 1), (0, 0), (1, 1), groups
    x, w, g = np.ones((2, 0, 4, 4)), np.ones((0, 0, 3, 3)), np.ones((2, 0, 2, 2))
    assert K.conv2d(x, w, None, *how).shape == (2, 0, 2, 2)
    assert K.conv2d_input_grad(g, w, *how, x.shape).shape == x.shape
    assert K.conv2d_weight_grad(g, x, *how, w.shape).shape == w.shape


def test_convolution_of_no_channels_is_its_bias():
    y = K.conv2d(np.ones((2, 0, 4, 4)), np.ones((6, 0, 3, 3)), np.arange(6.0), (1, 1), (0, 0), (1, 1), 3)
    np.testing.assert_array_equal(y, np.broadcast_to(np.arange(6.0)[:, None, None], (2, 6, 2, 2)))
