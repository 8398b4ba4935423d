"""Making tensors: values, dtypes, seeds, errors."""

import re

import numpy as np
import pytest

import minigrad as mg


def test_constants(device):
    for t, a in [(mg.zeros((2, 3)), np.zeros((2, 3))), (mg.ones(3), np.ones(3)), (mg.full((), 7), np.array(7)),
                 (mg.eye(3), np.eye(3)), (mg.zeros((0, 2)), np.zeros((0, 2))),
                 (mg.zeros_like(mg.ones((2, 2))), np.zeros((2, 2))),
                 (mg.ones_like(np.zeros(3, np.float32)), np.ones(3)), (mg.zeros(np.array([2, 1])), np.zeros((2, 1)))]:
        assert t.dtype == np.float32 and t.device == device and not t.requires_grad
        np.testing.assert_array_equal(t.numpy(), a)
    assert mg.zeros(3, dtype=int).dtype == np.int64 and mg.full(2, True, dtype=bool).tolist() == [True, True]
    assert mg.eye(2, dtype=np.dtype(np.float64)).dtype == np.float64
    assert mg.zeros_like(mg.Tensor(np.array([1, 2]))).dtype == np.int64
    assert mg.ones(3, requires_grad=True).is_leaf and mg.ones(3, requires_grad=True).requires_grad
    mg.set_default_dtype(np.float64)
    assert all(t.dtype == np.float64 for t in (mg.ones(3), mg.eye(2), mg.randn(3), mg.rand(3), mg.arange(0.5, 2)))


def test_the_dtype_of_what_is_filled(device):
    """Booleans stay booleans, complex numbers complex; other numbers are in the default dtype."""
    for value, dtype in ((True, np.bool_), (np.False_, np.bool_), ([True, False], np.bool_), (mg.tensor(True), np.bool_),
                         (3, np.float32), (2.5, np.float32), (1j, np.complex64), (np.int64(3), np.float32)):
        assert mg.full((2,), value).dtype == dtype
    assert mg.full(2, True, dtype="float32").tolist() == [1, 1] and mg.full(2, True, requires_grad=False).tolist() == [True] * 2
    assert mg.full_like(mg.ones(2), True).dtype == np.float32
    assert mg.full_like(mg.ones(2, dtype="complex64"), 1j).tolist() == [1j, 1j]
    for name, call in (("full", lambda: mg.full(2, 1j, "float32")), ("full_like", lambda: mg.full_like(mg.ones(2), 1j))):
        with pytest.raises(TypeError, match=rf"\[{name}\] the value is complex128, but expected float32, which has no imag"):
            call()


def test_likes_in_another_dtype(device):
    t = mg.ones(2, 3)
    for y, value in ((mg.zeros_like(t, np.int64), 0), (mg.ones_like(t, dtype="int64"), 1), (mg.full_like(t, 2.5, np.int64), 2),
                     (mg.empty_like(t, np.int64), 0)):
        assert y.dtype == np.int64 and y.device == device and (y.numpy() == value).all() and y.shape == (2, 3)
    assert mg.full_like(t, [1, 2, 3]).tolist() == [[1, 2, 3], [1, 2, 3]]
    assert mg.zeros_like(t, requires_grad=True).is_leaf and mg.zeros_like(t, requires_grad=True).requires_grad


def test_likes_on_another_device():
    t = mg.ones(2, 3)
    for like in (mg.zeros_like, mg.ones_like):
        y = like(t, device="numpy")
        assert y.device == "numpy" and y.shape == (2, 3) and y.dtype == np.float32


@pytest.mark.parametrize("args, kwargs", [((5,), {}), ((2, 5), {}), ((5, 1, -2), {}), ((5,), {"step": 2}),
                                          ((0, 1, 0.25), {}), ((2.5,), {}),
                                          ((0,), {}), ((1, 4), {"dtype": np.float32})])
def test_arange(args, kwargs):
    expected = np.arange(*((0, *args) if "step" in kwargs else args), **kwargs)
    t = mg.arange(*args, **kwargs)
    np.testing.assert_array_equal(t.numpy(), expected)
    assert t.dtype == (np.int64 if expected.dtype.kind == "i" else np.float32)


def test_random_numbers(device):
    n, u = mg.randn((200, 500)).numpy(), mg.rand((200, 500)).numpy()
    assert abs(n.mean()) < 0.02 and abs(n.std() - 1) < 0.02
    assert abs(u.mean() - 0.5) < 0.01 and u.min() >= 0 and u.max() < 1
    assert n.dtype == u.dtype == np.float32
    mg.manual_seed(1)
    a, b = mg.randn(5).tolist(), mg.randn(5).tolist()
    mg.manual_seed(1)
    assert mg.randn(5).tolist() == a != b
    assert mg.rand((), requires_grad=True).requires_grad and mg.randn((0, 2)).shape == (0, 2)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_rand_never_reaches_one(dtype, monkeypatch):
    class Extreme:
        def __init__(self, given=None):
            assert given is None

        def random(self, shape):
            return np.full(shape, np.nextafter(1, 0))

    monkeypatch.setattr(mg.random, "generator", Extreme)
    assert mg.rand(3, dtype=dtype).numpy().max() < 1 and mg.rand(3, dtype=dtype).dtype == dtype


def test_errors():
    with pytest.raises(TypeError, match=re.escape("[arange] expected a dtype, such as 'float32' or np.int64, found 4")):
        mg.arange(1, 2, 3, 4)
    with pytest.raises(TypeError, match=re.escape("[zeros] a shape is an int or a sequence of ints, found 1.5")):
        mg.zeros(1.5)
    with pytest.raises(TypeError, match=re.escape("[randn] a shape is an int or a sequence of ints, found 'ab'")):
        mg.randn("ab")
    with pytest.raises(TypeError, match=re.escape("[requires_grad_] only floating point tensors can require")):
        mg.ones(3, dtype=int, requires_grad=True)
    with pytest.raises(ValueError, match=re.escape("[table] there is no device 'tpu'")):
        mg.zeros(3, device="tpu")


# ---- shapes in every form that PyTorch and numpy have

MAKERS = {name: getattr(mg, name) for name in ("zeros", "ones", "rand", "randn")}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (4, 3, 8, 8), (0, 2), (1,) * 6])
def test_sizes_stand_by_themselves_or_together(name, shape, device):
    make = MAKERS[name]
    calls = [make(shape), make(list(shape)), make(shape=shape), make(np.array(shape, int)), make(tuple(map(np.int64, shape)))]
    if shape:
        calls += [make(*shape), make(*map(np.int32, shape)), make(*shape, dtype=np.float32)]
    for t in calls:
        assert t.shape == shape and t.dtype == np.float32 and not t.requires_grad and t.device == device
    forms = [(shape,), *([shape] if shape else [])]
    for form in forms:
        assert make(*form, np.float64).dtype == make(*form, dtype="float64").dtype == np.float64
        assert make(*form, None, True).requires_grad and make(*form, requires_grad=True).requires_grad
        assert make(*form, np.float64, True, "numpy").device == make(*form, device="numpy").device == "numpy"


def test_draws_do_not_depend_on_the_form_of_the_shape():
    drawn = []
    for call in (lambda: mg.randn(2, 3), lambda: mg.randn((2, 3)), lambda: mg.randn(shape=[2, 3])):
        mg.manual_seed(7)
        drawn.append(call().tolist())
    assert drawn[0] == drawn[1] == drawn[2]


def test_eye_takes_one_size_or_two():
    assert mg.eye(3, 4, 1).tolist() == np.eye(3, 4, 1).tolist() and mg.eye(3, k=-1).tolist() == np.eye(3, k=-1).tolist()
    assert mg.eye(2, 3, -1, np.int64).dtype == np.int64 and mg.identity(2, np.int64).tolist() == [[1, 0], [0, 1]]
    for args in ((3,), (2, 4), (4, 2), (0,), (3, 0)):
        assert mg.eye(*args).tolist() == np.eye(*args).tolist()
    assert mg.eye(2, np.float64).dtype == mg.eye(2, 3, np.float64).dtype == np.float64
    assert mg.eye(2, np.float64, "numpy").device == mg.eye(2, 2, np.float64, "numpy").device == "numpy"


@pytest.mark.parametrize("call, error, message", [
    (lambda: mg.zeros(), TypeError, r"\[zeros\] a shape is missing: mg\.zeros\(2, 3\), .* or mg\.zeros\(\(\)\) for one number"),
    (lambda: mg.randn(2, -3), ValueError, r"\[randn\] sizes must be >= 0, found \(2, -3\)"),
    (lambda: mg.ones(2, 3.0), TypeError, r"\[ones\] expected a dtype, .* found 3\.0: several numbers or sizes go into one"),
    (lambda: mg.ones((2, 3), (4, 5)), TypeError, r"\[ones\] expected a dtype, .* found \(4, 5\)"),
    (lambda: mg.ones((2, 3), 4), TypeError, r"\[ones\] expected a dtype, .* found 4"),
    (lambda: mg.zeros(True), TypeError, r"\[zeros\] a shape is an int or a sequence of ints, found True"),
    (lambda: mg.zeros(3, np.float32, dtype=np.float64), TypeError, r"\[zeros\] dtype is given by position and by name"),
    (lambda: mg.zeros(3, None, False, None, 1), TypeError, r"\[zeros\] expected a shape, dtype, requires_grad and device"),
    (lambda: mg.full(2, 3, 7), TypeError, r"\[full\] the shape is one argument, .*: write mg\.full\(\(2, 3\), 7\)"),
    (lambda: mg.zeros(3, dtype="datetime64[s]"), TypeError, r"\[zeros\] expected a number type, found datetime64\[s\]"),
    (lambda: mg.randn(3, dtype=int), TypeError, r"\[randn\] expected a floating point or complex number type, found int64"),
    (lambda: mg.rand(3, dtype="int8"), TypeError, r"\[rand\] expected a floating point number type, found int8"),
    (lambda: mg.eye(-1), ValueError, r"\[eye\] sizes must be >= 0"),
    (lambda: mg.arange(0, 3, 0.5, dtype=int), ValueError, r"\[arange\] a step of 0\.5 is no number of int64"),
    (lambda: mg.arange(0.5, 3, dtype="int32"), ValueError, r"\[arange\] a start of 0\.5 is no number of int32"),
    (lambda: mg.tensor(2, 3), TypeError, r"\[tensor\] expected a dtype, .* found 3: several numbers or sizes go into one list"),
    (lambda: mg.tensor([2], "float33"), TypeError, r"\[tensor\] expected a dtype, .* found 'float33'$"),
])
def test_shapes_and_dtypes_that_are_none(call, error, message):
    with pytest.raises(error, match=message):
        call()
