"""The whole reference table: outputs are written where asked, and nothing warns."""

import inspect

import numpy as np
import pytest

from minigrad import kernels
from minigrad.kernels.reference import Kernels
from minigrad.kernels.taps import whole
from minigrad.rules import OPERATIONS

R = np.random.default_rng(0)
K = kernels.table("numpy")
A, B, G4 = R.uniform(0.5, 2, (3, 4)), R.uniform(0.5, 2, (3, 4)), R.standard_normal((2, 3, 4, 4))
IMAGES, FILTERS = R.standard_normal((2, 3, 5, 5)), R.standard_normal((4, 3, 3, 3))
GEOMETRY = (1, 1), (1, 1), (1, 1), 1
POOL = (2, 2), (2, 2), (0, 0)
BYTES = R.integers(0, 256, (2, 3, 5, 5), dtype=np.uint8)
INDEX = K.max_pool2d(G4, *POOL)[1]
ONES = np.ones(3)
SQUARE = R.standard_normal((3, 3)) * 0.1 + np.diag([1.0, 2, 3])
STEPS, STATES, STATE, WEIGHT = (R.standard_normal(shape) for shape in ((5, 2, 16), (5, 2, 4), (2, 4), (16, 4)))
CALLS = {                           # every kernel that takes out=: arguments
    **{name: (A, B)[:rule.inputs] for name, rule in OPERATIONS.items()},
    **dict.fromkeys("sign copy sum mean any all count_nonzero var std".split(), (A,)),
    **dict.fromkeys("min argmin prod cumsum cumprod cummax cummin cummax_index logcumsumexp sort argsort".split(), (A, 1)),
    **dict.fromkeys("floor ceil trunc round isnan isinf isfinite signbit logical_not real imag conj angle".split(), (A,)),
    **dict.fromkeys("mod fmod floor_divide copysign logical_and logical_or logical_xor".split(), (A, B)),
    **dict.fromkeys("silu_backward gelu_backward gelu_tanh_backward complex".split(), (A, B)),
    **dict.fromkeys("bitwise_and bitwise_or bitwise_xor left_shift right_shift".split(), (np.arange(6), np.arange(6) % 3)),
    "invert": (np.arange(6),), "isclose": (A, B, 1e-5, 1e-8, False),
    **dict.fromkeys(("leaky_relu", "elu"), (A, 0.3)), **dict.fromkeys(("leaky_relu_backward", "elu_backward"), (A, B, 0.3)),
    "dft": (A + 1j * B, (1,), False, "backward"), "real_dft": (A, 1, "backward"),
    "inverse_real_dft": (A + 1j * B, 6, 1, "backward"), "weigh_interior": (A + 1j * B, 6, 1, 2),
    "recurrence": (A, B, 0), "searchsorted": (np.sort(A[0]), B),
    **dict.fromkeys("relu_backward sigmoid_backward tanh_backward".split(), (A, B)),
    **dict.fromkeys("greater greater_equal less less_equal equal not_equal".split(), (A, B)),
    "astype": (A, np.float32), "where": (A > B, A, B), "max": (A, 1), "argmax": (A, 0), "finite_max": (A, 1),
                                    "sum_to": (A, (1, 4)),
    "concatenate": ([A, B], 1), "pad": (A, ((1, 0), (0, 2)), 7), "put": (A[0], 1, (3, 4)),
    "add_at": (A, ([0, 0], [1, 1]), B[0, :2]), "overwrite_along": (A, np.array([[1], [0], [3]]), B[:, :1], 1),
    "add_along": (A, np.array([[1], [0], [3]]), B[:, :1], 1),
    "put_diagonal": (A[0, :3], 1, 0, 1, (3, 4)), "overwrite": (A, ([0, 2], [1, 1]), B[0, :2]),
    "add_windows": (R.standard_normal((2, 2, 3)), 1, 5, 2, 1), "take_along": (A, np.array([[1], [0], [3]]), 1),
    "put_along": (A[:, :1], np.array([[1], [0], [3]]), 1, (3, 4)),
    "matmul": (A, B.T), "linear": (A, B, ONES), "conv2d": (IMAGES, FILTERS, np.ones(4), GEOMETRY),
    "conv2d_input_grad": (R.standard_normal((2, 4, 5, 5)), FILTERS, GEOMETRY, IMAGES.shape),
    "conv2d_weight_grad": (R.standard_normal((2, 4, 5, 5)), IMAGES, GEOMETRY, FILTERS.shape),
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
    "sample_words": (np.array([4, 0]), np.array([1, 2], np.uint64), 3),
    "crop_batch": (BYTES, np.array([[-1, 2, 1], [0, 0, 0]]), (4, 4), True, 0, ONES.astype(np.float32), ONES.astype(np.float32)),
    "paste_boxes": (BYTES, np.array([1, 2, 3], np.uint8), np.array([[0, 1, 2, 3], [1, 1, 1, 1]])),
    "jitter_batch": (BYTES, np.array([[9, 70_000, 3], [1, 2, 90_000]]), np.array([3, 5])),
    "mix_batch": (BYTES, BYTES[::-1].copy(), np.array([9, 65_000])),
    "affine_batch": (BYTES, np.array([[65536, 99, 5, 70, 65536, 99_999]] * 2), 7),
    "resize_batch": (BYTES, whole(5, 3, True), whole(5, 9, True), None, None),
    "running_update": (A, B, 0.1), "clip": (A, 0.7, 1.5), "count_correct": (A, np.array([0, 3, 1])),
    "rows": (A, np.array([2, 0])), "group_norm": (IMAGES, ONES, ONES, 3, 1e-5),
    "resample": (IMAGES, (np.array([[0, 4], [2, 2]]), np.ones((2, 2))), None, 3),
    **dict.fromkeys(("cholesky", "cofactor", "det", "eigvalsh", "expm", "inv", "pinv", "svdvals"), (SQUARE,)),
    **dict.fromkeys(("solve", "solve_triangular"), (SQUARE, SQUARE[:, :1])), "triangle": (SQUARE, True, 0),
    **dict.fromkeys(("eigen_spread", "singular_spread"), (SQUARE, SQUARE[0])),
    "over_gaps": (SQUARE, SQUARE[0], SQUARE, SQUARE, SQUARE, -1),
    "lstm": (STEPS, STATE, STATE, WEIGHT, False), "gru": (STEPS[..., :12], STATE, WEIGHT[:12], None, True),
    "rnn": (STEPS[..., :4], STATE, WEIGHT[:4], False, False),
}
G_IMAGES = R.standard_normal((2, 4, 5, 5))
SEVERAL = {
    **dict.fromkeys(("eigh", "qr", "slogdet", "svd"), (SQUARE,)),
    "max_pool2d": (G4, *POOL), "batch_norm": (IMAGES, ONES, ONES, 1e-5),
    "linear_backward": (A @ B.T, A, B, (True,) * 3),
    "conv2d_backward": (G_IMAGES, IMAGES, FILTERS, None, (True,) * 3, GEOMETRY),
    "batch_norm_backward": (IMAGES, IMAGES, ONES, None, 1e-5),
    "group_norm_backward": (IMAGES, IMAGES, ONES, None, (True,) * 3, 1, 1e-5),
    "batch_norm_inference_backward": (IMAGES, IMAGES, ONES, ONES, ONES, 1e-5),
    "lstm_backward": (STATES, STATE, STEPS, STATE, STATE, WEIGHT, None, True),
    "gru_backward": (STATES, STEPS[..., :12], STATE, WEIGHT[:12], np.ones(12), None, False),
    "rnn_backward": (STATES, np.tanh(STATES), STATE, WEIGHT[:4], True, True),
}
COUNTS = {"next_key"}       # what it gives is another each time


def test_every_kernel_with_an_output_is_here():
    takes_out = {name for name, f in inspect.getmembers(Kernels)
                 if inspect.isfunction(f) and "out" in inspect.signature(f).parameters}
    takes_out |= {"relu_backward", "sigmoid_backward", "tanh_backward"}
    assert set(CALLS) | set(SEVERAL) | COUNTS == {name for name in takes_out if not name.startswith("_")}


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


@pytest.mark.parametrize("name", [name for name in SEVERAL if name.endswith("backward")])
def test_out_of_the_gradients(name):
    expected = getattr(K, name)(*SEVERAL[name])
    out = tuple(np.full(a.shape, 99, a.dtype) for a in expected)
    for a, b, c in zip(getattr(K, name)(*SEVERAL[name], out=out), out, expected, strict=True):
        assert a is b
        np.testing.assert_array_equal(a, c)


def test_out_of_a_key():
    state, out = np.array([3, 5], np.uint64), np.zeros(2, np.uint64)
    assert K.next_key(state, out=out) is out and out.tolist() == [3, 5] and state.tolist() == [3, 6]


def test_out_of_several_results():
    expected = K.max_pool2d(G4, *POOL)
    out = np.empty_like(expected[0]), np.empty_like(expected[1])
    assert K.max_pool2d(G4, *POOL, out=out)[0] is out[0]
    for a, b in zip(out, expected, strict=True):
        np.testing.assert_array_equal(a, b)
    y = np.empty_like(IMAGES)
    assert K.batch_norm(IMAGES, ONES, ONES, 1e-5, out=y)[0] is y
    np.testing.assert_array_equal(y, K.batch_norm(IMAGES, ONES, ONES, 1e-5)[0])


def test_nothing_warns():
    """NaN, infinities and overflow are results, not accidents (a warning is an error in this suite)."""
    for dtype in (np.float32, np.float64):
        big = np.finfo(dtype).max
        a = np.array([[np.nan, np.inf, -np.inf, 0, big, -big]], dtype)
        for name, rule in OPERATIONS.items():
            getattr(K, name)(*(a, a.T)[:rule.inputs])
        for name in "sign sum mean has_nan".split():
            getattr(K, name)(a)
        for name in "greater equal".split():
            getattr(K, name)(a, a.T)
        for name in ("relu_backward", "sigmoid_backward", "tanh_backward"):
            getattr(K, name)(a, a)
        K.astype(a, np.float16), K.astype(a, np.int32)
        K.max(a, 1), K.argmax(a, 1), K.softmax(a, 1), K.log_softmax(a, 1), K.logsumexp(a, 1), K.sum_to(a, (1, 1))
        K.matmul(a, a.T), K.mse(a, a[:, ::-1], "mean"), K.cross_entropy(a, np.array([1]), "mean")
        K.dropout(a, 0.5, np.zeros(2, np.uint64))
        K.put(a[0], np.zeros(6, int), (2,)), K.put_along(a, np.zeros((1, 6), int), 1, (1, 2))
        images = np.tile(a, (6, 1)).reshape(1, 1, 6, 6)
        y = K.conv2d(images, images[:, :, :2, :2], None, ((1, 1), (0, 0), (1, 1), 1))[0]
        K.conv2d_input_grad(y, images[:, :, :2, :2], ((1, 1), (0, 0), (1, 1), 1), images.shape)
        K.conv2d_weight_grad(y, images, ((1, 1), (0, 0), (1, 1), 1), (1, 1, 2, 2))
        p, index = K.max_pool2d(images, (2, 2), (1, 1), (1, 1))
        K.max_pool2d_scatter(p, index, (2, 2), (1, 1), (1, 1), images.shape), K.max_pool2d_gather(images, index, (2, 2),
                                                                                                  (1, 1), (1, 1))
        K.avg_pool2d_backward(K.avg_pool2d(images, (2, 2), (1, 1), (1, 1)), (2, 2), (1, 1), (1, 1), images.shape)
        K.batch_norm(a.T, a[0, :1], a[0, :1], 1e-5), K.batch_norm_backward(a.T, a.T, a[0, :1], None, 1e-5)
