"""Elementwise operations: values, dtypes, broadcasting and errors. Gradients, at kinks too: test_every_operation.py."""

import re
import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad.ops.elementwise import pick_both, pick_div, pick_mul
from minigrad.ops.elementwise.otherwise import through_floats
from minigrad.rules import OPERATIONS
from minigrad.testing.operations import descriptions

SPECIAL = np.array([0.0, -0.0, 1, -1, 0.5, -2.5, 30, -30, 1e4, -1e4, np.inf, -np.inf, np.nan, 1e-40])
ORACLES = {name: descriptions(name)[name][0].oracle for name in [*OPERATIONS, "sign"] if not name.startswith("pick_")}
BINARY = {name: oracle for name, oracle in ORACLES.items() if name != "sign" and OPERATIONS[name].inputs == 2}
UNARY = {name: oracle for name, oracle in ORACLES.items() if name not in BINARY}


def leaf(a, dtype=np.float64, **kwargs):
    return mg.Tensor(a, dtype=dtype, requires_grad=True, **kwargs)


def gradient(f, a, **kwargs):
    x = leaf(a, **kwargs)
    f(x).sum().backward()
    return x.grad.numpy()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", UNARY)
def test_unary_values(name, dtype, device):
    a = SPECIAL.astype(dtype)
    a = a[np.abs(a) < 1e3] if name in ("sin", "cos") else a
    with np.errstate(all="ignore"):
        expected = UNARY[name](a.astype(np.float64)).astype(dtype)
    y = getattr(mg, name)(mg.Tensor(a))
    assert y.dtype == dtype and y.device == device
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-6 if dtype == np.float32 else 1e-14, atol=1e-44)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", BINARY)
def test_binary_values(name, dtype, device):
    a, b = SPECIAL.astype(dtype), SPECIAL.astype(dtype)[:, None]
    with np.errstate(all="ignore"):
        expected = BINARY[name](a, b)
    for y in (getattr(mg, name)(mg.Tensor(a), mg.Tensor(b)), getattr(mg, name)(mg.Tensor(a), b)):
        assert y.dtype == dtype
        np.testing.assert_allclose(y.numpy(), expected, rtol=1e-6)
    for number in (0, 2, -1, 0.5):
        with np.errstate(all="ignore"):
            expected = BINARY[name](a, dtype(number)), BINARY[name](dtype(number), a)
        np.testing.assert_allclose(getattr(mg, name)(mg.Tensor(a), number).numpy(), expected[0], rtol=1e-6)
        np.testing.assert_allclose(getattr(mg, name)(number, mg.Tensor(a)).numpy(), expected[1], rtol=1e-6)


@pytest.mark.parametrize("s, t", [((0,), (0,)), ((0, 3), (3,)), ((2, 0), (1, 1)), ((), (0,)), ((), ())])
@pytest.mark.parametrize("name", BINARY)
def test_empty_and_0d(name, s, t, device):
    a, b = leaf(np.ones(s), np.float32), leaf(np.ones(t), np.float32)
    y = getattr(mg, name)(a, b)
    assert y.shape == np.broadcast_shapes(s, t) and isinstance(y.data, y.k.array)
    y.sum().backward(create_graph=True)
    assert a.grad.shape == s and b.grad.shape == t and isinstance(a.grad.data, a.grad.k.array)


@pytest.mark.parametrize("name", UNARY)
def test_unary_of_nothing_and_of_a_number(name, device):
    f = getattr(mg, name)
    assert f(mg.zeros((0, 2))).shape == (0, 2)
    y = f(mg.Tensor(0.25))
    assert y.shape == () and isinstance(y.data, y.k.array) and y.dtype == np.float32


def test_integers_become_the_default_dtype_where_they_must():
    i = mg.Tensor(np.array([1, 4]))
    assert mg.sqrt(i).dtype == mg.exp(i).dtype == (i / 2).dtype == (1 / i).dtype == (i / i).dtype == np.float32
    assert (i + 1).dtype == (i * i).dtype == (i**2).dtype == (2**i).dtype == abs(i).dtype == np.int64
    assert (i + 0.5).dtype == (0.5 * i).dtype == (i ** -1).dtype == (2.0**i).dtype == np.float32
    mg.set_default_dtype(np.float64)
    assert (i / 2).dtype == mg.log(i).dtype == (i + 0.5).dtype == np.float64


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("other", [2, 2.5, True, np.float64(2.5), np.float32(2.5), np.int64(2), np.full(3, 2.5),
                                   [1, 2, 3], np.arange(3)], ids=str)
def test_numbers_and_raw_arrays_take_the_tensors_dtype(dtype, other, device):
    for operation in (mg.add, mg.sub, mg.mul, mg.div, mg.power, mg.maximum, mg.minimum):
        for swapped in (False, True):
            x = leaf([1.0, 2, 3], dtype)
            y = operation(other, x) if swapped else operation(x, other)
            assert y.dtype == dtype, operation.__name__
            y.sum().backward(create_graph=True)
            assert x.grad.dtype == dtype, operation.__name__
    assert mg.where(mg.Tensor(True), x, other).dtype == dtype


def test_integer_tensors_beside_float_arrays():
    i = mg.Tensor(np.array([1, 2]))
    assert (i * np.array([0.5, 0.5])).dtype == (np.array([0.5, 0.5]) * i).dtype == np.float32
    assert (i * np.array([2, 2])).dtype == np.int64


def test_two_dtypes_promote_and_each_gradient_comes_back_in_its_own(device):
    a, b = leaf([1.0, 2], np.float32), leaf([3.0, 4], np.float64)
    y = a * b
    assert y.dtype == np.float64
    y.sum().backward()
    assert a.grad.dtype == np.float32 and b.grad.dtype == np.float64
    np.testing.assert_array_equal(a.grad.numpy(), [3, 4])
    assert (a + mg.Tensor(np.array([1, 2]))).dtype == np.float32            # a float beats every integer
    assert (mg.Tensor(np.array([1, 2])) + a).dtype == np.float32
    assert (mg.Tensor(np.array([1], np.int32)) + mg.Tensor(np.array([1]))).dtype == np.int64


def test_astype():
    x = leaf([1.5, -2.5], np.float32)
    y = x.astype(np.float64)
    assert y.dtype == np.float64 and x.astype(np.float32) is x
    (y * 3).sum().backward()
    assert x.grad.dtype == np.float32 and x.grad.tolist() == [3, 3]
    assert x.astype(int).tolist() == [1, -2] and not x.astype(int).requires_grad
    assert x.astype(bool).dtype == np.bool_
    with pytest.raises(TypeError, match=re.escape("[astype] expected a number type, found datetime64[s]")):
        x.astype("datetime64[s]")


def test_operators_with_arrays_and_numbers_on_either_side(device):
    a = np.array([1.0, 2, 4], np.float32)
    x = mg.Tensor(a)
    pairs = [(x + a, a + a), (a + x, a + a), (x - 1, a - 1), (1 - x, 1 - a), (a - x, a - a), (x * a, a * a),
             (2 * x, 2 * a), (x / a, a / a), (1 / x, 1 / a), (a / x, a / a), (x**2, a**2), (2**x, 2**a), (a**x, a**a),
             (-x, -a),
             (+x, a), (abs(-x), a), (np.exp(x), np.exp(a)), (np.maximum(a, x), a), (np.float32(2) * x, 2 * a),
             (np.float64(2) * x, 2 * a), ([1, 2, 3] + x, a + [1, 2, 3]), (np.negative(x), -a), (x.add(1), a + 1),
             (x.relu(), a)]
    for found, expected in pairs:
        assert isinstance(found, mg.Tensor) and found.dtype == np.float32
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)


def test_ufuncs_that_have_no_form_here():
    x = mg.Tensor([1.0])
    with pytest.raises(TypeError, match=re.escape("[spacing] numpy's spacing has no differentiable form here")):
        np.spacing(x)
    with pytest.raises(TypeError, match=re.escape("[add] numpy's options ['out'] are not supported on tensors")):
        a = np.ones(1)
        a += x
    with pytest.raises(TypeError, match=re.escape("[add] numpy's add.reduce has no differentiable form here")):
        np.add.reduce(x)


# ---- edges

def test_powers_at_their_edges(device):
    a, b = leaf([0.0, 0, 2, -2]), leaf([0.0, 3, 0, 2])
    (y := a**b).sum().backward()
    assert y.tolist() == [1, 0, 1, 4]
    np.testing.assert_allclose(b.grad.numpy(), [0, 0, np.log(2), np.nan])      # a negative base has no slope in b
    assert gradient(lambda x: 0**x, [2.0]).tolist() == [0]


def test_the_gradient_of_a_python_base_is_exact():
    np.testing.assert_allclose(gradient(lambda x: 3.3**x, [1.7, -0.3]), 3.3 ** np.array([1.7, -0.3]) * np.log(3.3),
                               rtol=1e-15)
    x = leaf([1.7])
    (np.array([3.3]) ** x).sum().backward(create_graph=True)
    np.testing.assert_allclose(x.grad.item(), 3.3**1.7 * np.log(3.3), rtol=1e-15)


def test_sigmoid_and_tanh_far_out(device):
    x = [-1e4, -100, 100, 1e4]
    assert mg.sigmoid(mg.Tensor(x)).tolist() == pytest.approx([0, 0, 1, 1], abs=1e-30)
    assert gradient(mg.sigmoid, x, dtype=np.float32).tolist() == pytest.approx([0, 0, 0, 0], abs=1e-30)
    assert gradient(mg.tanh, x, dtype=np.float32).tolist() == [0, 0, 0, 0]


def test_sign_is_a_constant():
    assert not mg.sign(leaf([1.0])).requires_grad


# ---- where

def test_where(device):
    a, b = leaf([[1.0, 2]], np.float32), leaf([3.0, 4], np.float32)
    condition = np.array([[True, False], [False, False]])
    y = mg.where(condition, a, b)
    assert y.tolist() == [[1, 4], [3, 4]]
    y.sum().backward()
    assert a.grad.tolist() == [[1, 0]] and b.grad.tolist() == [1, 2]
    assert mg.where(True, 1, 2.0).item() == 1 and mg.where([True, False], a, 0).tolist() == [[1, 0]]
    assert mg.where(mg.Tensor([True, False]), 0, b).tolist() == [0, 4]


def test_where_keeps_infinities_of_the_other_branch_out_of_the_gradient(device):
    x = leaf([0.0, 4], np.float32)
    mg.where(x > 0, mg.sqrt(mg.where(x > 0, x, 1)), 0).sum().backward()
    assert x.grad.tolist() == [0, 0.25]


def test_a_condition_written_in_place_is_noticed():
    x, condition = leaf([1.0, 2]), mg.Tensor([True, False])
    y = mg.where(condition, x, 0).sum()
    condition[0] = False
    with pytest.raises(RuntimeError, match="written in place"):
        y.backward()


# ---- errors

@pytest.mark.parametrize("name", BINARY)
def test_shapes_that_do_not_broadcast(name):
    text = f"[{name}] shapes (2, 3) and (4, 3) do not broadcast: 2 against 4, and neither is 1"
    with pytest.raises(ValueError, match=re.escape(text)):
        getattr(mg, name)(mg.zeros((2, 3)), mg.zeros((4, 3)))


@pytest.mark.parametrize("other, found", [("3", "str"), (None, "NoneType")])
def test_operands_that_are_no_numbers(other, found):
    x = mg.Tensor([1.0])
    text = f"[mul] expected a number, an array or a tensor beside a tensor, found {found}"
    for pair in ((x, other), (other, x)):
        with pytest.raises(TypeError, match=re.escape(text)):
            mg.mul(*pair)
    with pytest.raises(TypeError, match=r"unsupported operand|can be an index"):      # a str would be repeated
        x * other
    with pytest.raises(TypeError, match=re.escape("[mul] expected numbers beside a tensor, found dtype <U1")):
        x * np.array(["a"])


def test_two_devices():
    if mg.Tensor(1.0).device == "numpy":
        other = mg.Tensor([1.0])
        other.k = type(other.k)(np)         # another table under the same name
    else:
        other = mg.Tensor([1.0], device="numpy")
    x = mg.Tensor([1.0])
    names = f"{x.device} and {other.device}"
    with pytest.raises(ValueError, match=re.escape(f"[add] the operands are on two devices, {names}: move one")):
        x + other
    with pytest.raises(ValueError, match=re.escape(f"[matmul] the operands are on two devices, {names}")):
        x @ other
    with pytest.raises(ValueError, match=re.escape(f"[concatenate] the tensors are on two devices, {names}")):
        mg.concatenate([x, other])
    with pytest.raises(ValueError, match=r"\[where\] the condition is on \w+ and the operands are on \w+: move one"):
        mg.where(other > 0, x, 0)
    with pytest.raises(ValueError, match=r"\[cross_entropy\] the logits are on \w+ and the target is on \w+: move"):
        mg.cross_entropy(x.reshape(1, 1), other.astype(int))


def test_where_errors():
    x = mg.zeros(3)
    with pytest.raises(TypeError, match=re.escape("[where] the condition must be boolean, found float32: compare it")):
        mg.where(x, x, 0)
    with pytest.raises(ValueError, match=re.escape("[where] shapes (2,) and (3,) do not broadcast")):
        mg.where(np.array([True, False]), x, 0)


def test_where_of_a_broadcast_condition_and_the_gradient_of_a_sum(device):
    """That gradient is one element which stands for all."""
    column = np.array([[True], [False]])
    x = mg.tensor([[1.0], [2.0]], requires_grad=True)
    mg.where(column, x, mg.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert x.grad.tolist() == [[3.0], [0.0]]
    x = mg.tensor(np.ones((2, 3), np.float32), requires_grad=True)
    mg.where(column, x, 0.0).sum().backward()
    assert x.grad.tolist() == [[1.0] * 3, [0.0] * 3]
    assert mg.where(np.array([True]), mg.broadcast_to(mg.ones(1), (4,)), 0.0).tolist() == [1.0] * 4


def test_numbers_beyond_the_dtype_give_no_warning(device):
    half, one = mg.tensor(np.ones(1, np.float16)), mg.tensor([1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert mg.clip(half, 0, 1e6).tolist() == [1] and mg.clip(one, -1e300, 1).tolist() == [1]
        assert not (half > 1e6).item() and (one < 1e300).item() and not (one == 1e300).item()
        assert mg.maximum(one, -1e300).tolist() == [1] and mg.minimum(half, 1e6).tolist() == [1]
        assert mg.where(one > 0, one, 1e300).tolist() == [1]


def test_what_is_nothing_in_the_dtype_picks_nothing(device):
    """A number below the smallest of the dtype is 0 there, on every table."""
    infinite, tiny = mg.tensor([np.inf]), 1e-60
    for found in (pick_mul(tiny, infinite), pick_both(tiny, infinite), pick_both(infinite, tiny)):
        assert found.tolist() == [0]
    assert pick_div(tiny, mg.tensor([0.0])).tolist() == [0]


def test_the_slope_of_expm1_far_below_zero(device):
    x = mg.tensor(np.array([-20, -17, -15], np.float32), requires_grad=True)
    mg.expm1(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.exp([-20.0, -17, -15]), rtol=1e-6)


HUGE = 10**400
BESIDE_HUGE = {
    "add": lambda x: x + HUGE, "sub": lambda x: HUGE - x, "mul": lambda x: x * -HUGE, "div": lambda x: x / HUGE,
    "power": lambda x: x**HUGE, "maximum": lambda x: mg.maximum(HUGE, x), "pad": lambda x: mg.pad(x, 1, constant_values=HUGE),
    "where": lambda x: mg.where(x > 0, x, HUGE), "clip": lambda x: x.clip(0, HUGE), "less": lambda x: x < HUGE}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", BESIDE_HUGE)
def test_an_integer_beyond_every_float(name, dtype, device):
    message = f"[{name}] found an integer of 1329 bits beside {dtype}, but floats end at 1.8e308: scale it first"
    with pytest.raises(OverflowError, match=re.escape(message)):
        BESIDE_HUGE[name](mg.ones(2, dtype=dtype))


def test_the_largest_integers_that_become_floats(device):
    x, largest = mg.ones(2, dtype="float64"), 2**1024 - 2**970 - 1
    assert (x * largest).tolist() == (x * -largest).neg().tolist() == x.clip(largest).tolist() == [float(largest)] * 2
    with pytest.raises(OverflowError, match=r"\[mul\] found an integer of 1024 bits"):
        x * (largest + 1)


# ---- integers

@pytest.mark.parametrize("name", [name for name in UNARY if through_floats.__name__ in getattr(mg, name).__code__.co_names])
def test_functions_of_integers_are_those_of_float64(name, device):
    """... rounded once to the default dtype: the sine of 2 ** 24 + 1 is not that of 2 ** 24."""
    a = np.array([0, 1, 2, 2**24 + 1])
    with np.errstate(all="ignore"):
        expected = UNARY[name](a.astype(np.float64)).astype(np.float32)
    y = getattr(mg, name)(mg.Tensor(a))
    assert y.dtype == np.float32 and not y.requires_grad
    np.testing.assert_array_equal(y.numpy(), expected)


def test_integers_divide_in_float64(device):
    a, b = mg.Tensor(np.array([2**24 + 1])), mg.Tensor(np.array([2]))
    for y in (a / b, a / 2, mg.Tensor(np.array([2**24 + 1], np.int32)) / 2):
        assert y.dtype == np.float32 and y.item() == np.float32((2**24 + 1) / 2)
    assert (1 / b).item() == 0.5 and (a ** -1).item() == np.float32(1 / (2**24 + 1))
    assert (integers([2], np.uint8) ** -1).item() == (integers([2], np.uint64) ** -1).item() == 0.5


def integers(values, kind=np.int64):
    return mg.Tensor(np.array(values, kind))


@pytest.mark.parametrize("f, error, text", [
    (lambda: integers([2]) ** integers([-1]), ValueError, "[power] an integer to a negative integer power is no integer"),
    (lambda: 2 ** integers([-1]), ValueError, "[power] an integer to a negative integer power is no integer"),
    (lambda: (-2) ** integers([1], np.uint8), OverflowError, "[power] -2 does not fit into uint8, 0 to 255"),
    (lambda: integers([1], np.uint8) + 300, OverflowError, "[add] 300 does not fit into uint8, 0 to 255"),
    (lambda: integers([1], np.uint8) + 10**5000, OverflowError, "[add] an integer of 16610 bits does not fit into uint8"),
    (lambda: integers([1], np.uint8) / HUGE, OverflowError, "[div] found an integer of 1329 bits beside uint8"),
    (lambda: -1 - integers([1], np.uint8), OverflowError, "[sub] -1 does not fit into uint8, 0 to 255"),
    (lambda: mg.where(np.array(True), integers([1], np.int8), 128), OverflowError, "[where] 128 does not fit into int8"),
    (lambda: -integers([True], bool), TypeError, "[neg] booleans have no sign"),
    (lambda: mg.sign(integers([True], bool)), TypeError, "[sign] booleans have no sign"),
    (lambda: integers([True], bool) - integers([True], bool), TypeError, "[sub] booleans have no sign"),
    (lambda: mg.pad(integers([1]), 1, constant_values=0.5), TypeError,
     "[pad] the value 0.5 is no integer, but the tensor is int64"),
    (lambda: mg.batch_norm(integers([[1], [2]]), integers([1]), integers([1])), TypeError,
     "[batch_norm] expected floating point numbers, found int64")])
def test_what_integers_have_not(f, error, text):
    """In the words of the operation, not numpy's."""
    with pytest.raises(error, match=re.escape(text)):
        f()


def test_nan_has_no_sign(device):
    x = mg.tensor([np.nan, -2.0], requires_grad=True)
    mg.abs(x).sum().backward()
    np.testing.assert_array_equal(mg.sign(x).numpy(), [np.nan, -1])
    np.testing.assert_array_equal(x.grad.numpy(), [np.nan, -1])


@pytest.mark.parametrize("table", ["numpy", "native"])
def test_two_numbers_live_where_the_condition_does(table):
    y = mg.where(mg.tensor([True, False], device=table), 0.5, 1)
    assert y.device == table and y.tolist() == [0.5, 1]


@pytest.mark.parametrize("name, slope", [
    ("hardsigmoid", 1 / 6), ("hardswish", np.nan), ("elu", np.nan), ("selu", np.nan), ("celu", np.nan)])
def test_slopes_of_activations_at_nan(name, slope, device):
    x = mg.tensor([np.nan, 1.0], requires_grad=True)
    y = getattr(mg, name)(x)
    assert np.isnan(y.tolist()[0])
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy()[0], slope, rtol=1e-6)
