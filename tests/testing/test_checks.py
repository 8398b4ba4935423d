"""Every check passes what is right and names what is wrong."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.graph import constant, record
from minigrad.testing import GradientError, checks, running
from minigrad.testing.checks import Case, CheckFailed
from minigrad.testing.memory import LAYOUTS, arrange

A = np.array([[0.5, -1.5, 2.0], [1.0, 3.0, -0.25]])
B = np.array([[1.25, -2.5, 0.75], [-1.0, 0.3, 2.25]])
ALL = "gradient", "second", "dtype", "layout", "aliasing", "devices"

RIGHT = [
    (Case(mg.mul, (A, B)), np.multiply),
    (Case(mg.matmul, (A, B.T)), np.matmul),
    (Case(mg.power, (np.abs(A), 2.5)), np.power),
    (Case(mg.sum, (A,), {"axis": 1}), np.sum),
    (Case(mg.split, (A, 3, 1)), np.split),
    (Case(mg.argmax, (A,), {"axis": 0}), np.argmax),
    (Case(mg.greater, (A, B)), np.greater),
    (Case(mg.relu, (np.array(0.5),)), lambda x: x),
    (Case(mg.mul, (np.zeros((0, 3)), B[:1])), np.multiply),
]


@pytest.mark.parametrize(("case", "oracle"), RIGHT, ids=lambda x: str(x) if isinstance(x, Case) else "")
def test_right_operations_pass(case, oracle):
    checks.forward(case, oracle)
    for layout in LAYOUTS:
        laid = case._replace(args=tuple(arrange(a, layout) if isinstance(a, np.ndarray) else a for a in case.args))
        checks.layout(laid)
    for name in ALL:
        getattr(checks, name)(case)


def custom(forward, gradient):
    """An operation of one input with a gradient (g, y, x), written by hand."""
    operation = mg.custom_function(forward)
    operation.gradient(gradient)
    operation.__name__ = "mine"
    return operation


def raw(name, forward, rule, saved=(0,)):
    """An operation whose rule (arrays in, arrays out) nobody watches over."""
    def operation(x):
        return record(x.k, forward(x.data), (x,), rule, saved)

    operation.__name__ = name
    return operation


def double_in_place(k, g, need, x):
    g *= 2
    return (g,)


def writes_its_input(x):
    y = x.data * 2
    x.data[...] = 0
    return record(x.k, y, (x,), lambda k, g, need: (g * 2,), ())


def only_rows(x):
    """Right for arrays that are contiguous: reads the memory as it lies."""
    memory = np.lib.stride_tricks.as_strided(x.data, x.shape, np.empty(x.shape, x.dtype).strides)
    return constant(x.k, np.where(x.data.flags.c_contiguous, x.data, np.nan_to_num(memory))) if x.ndim else x


WRONG = [
    ("gradient", custom(lambda x: x * 2, lambda g, y, x: g * 2.002), GradientError, r"input 0, index \(.*gradient is"),
    ("second", custom(lambda x: x**3, lambda g, y, x: 3 * x.detach() ** 2 * g), GradientError, "gradgradcheck"),
    ("dtype", lambda x: x.astype(np.float64) * 2, CheckFailed, "output 0 is float64 for float32 inputs, expected float32"),
    ("dtype", lambda x: x + 1e9 - 1e9, CheckFailed, "float64 gives"),
    ("layout", only_rows, CheckFailed, "output 0, index .* contiguous copies give"),
    ("aliasing", writes_its_input, CheckFailed, "input 0 was written to, by the operation or by its gradient"),
    ("aliasing", raw("mine", lambda a: a * 2, double_in_place), CheckFailed, "the gradient that arrived at output 0 was"),
    ("devices", lambda x: x * (1 if x.device == "numpy" and x.dtype == np.float64 else 1.001), CheckFailed,
     "output 0 on numpy.* the numpy table gives"),
]


@pytest.mark.parametrize(("name", "op", "error", "message"), WRONG, ids=[f"{w[0]}-{i}" for i, w in enumerate(WRONG)])
def test_wrong_operations_are_caught(name, op, error, message):
    with pytest.raises(error, match=message):
        getattr(checks, name)(Case(op, (arrange(A, "strided"),)))


def test_a_gradient_in_memory_of_another(monkeypatch):
    """The engine copies what a rule returns, so a leaf is given a shared gradient here behind its back."""
    honest = running.backward

    def shared(*args, **options):
        leaves, outputs, seeds, _ = honest(*args, **options)
        return leaves, outputs, seeds, {0: leaves[0].detach().numpy()}

    monkeypatch.setattr(running, "backward", shared)
    with pytest.raises(CheckFailed, match="the gradient of input 0 shares its memory with input 0: return a copy"):
        checks.aliasing(Case(mg.exp, (A,)))


def test_a_tensor_given_twice():
    def product(a, b):
        return a * b if a is not b else a * b.detach()

    checks.aliasing(Case(mg.mul, (A, B)))
    with pytest.raises(CheckFailed, match=r"the gradient of one tensor given as inputs 0 and 1, index .* add up to"):
        checks.aliasing(Case(product, (A, B)))


@pytest.mark.parametrize(("oracle", "message"), [
    (lambda a: a * 2.0001, r"\[forward\] neg\(float64 \(2, 3\)\): output 0, index \(0, 0\), is -0.5, .* \(6 of 6 differ\)"),
    (lambda a: a[0], r"output 0 has shape \(2, 3\), the oracle gives \(3,\)"),
    (lambda a: (-a, a), "1 outputs, the oracle gives 2"),
    (lambda a: -np.where(a == 3, np.nan, a), r"output 0, index \(1, 1\), is -3.0, the oracle gives nan \(1 of 6 differ\)"),
    (lambda a: -np.where(a == 3, np.inf, a), "the oracle gives -inf"),
])
def test_forward_against_a_wrong_oracle(oracle, message):
    with pytest.raises(CheckFailed, match=message):
        checks.forward(Case(mg.neg, (A,)), oracle)


def test_integers_and_booleans_are_compared_exactly():
    checks.forward(Case(mg.argmax, (A,), {"axis": 1}), np.argmax)
    with pytest.raises(CheckFailed, match="is 2, the oracle gives 0"):
        checks.forward(Case(mg.argmax, (A,), {"axis": 1}), lambda a, axis: 0 * np.argmax(a, axis))
    with pytest.raises(CheckFailed, match="output 0 is bool, the oracle gives int64"):
        checks.forward(Case(mg.greater, (A, B)), lambda a, b: (a > b).astype(np.int64))


def test_special_numbers_agree_with_themselves():
    x = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324])
    checks.forward(Case(mg.neg, (x,)), np.negative)


def test_operations_without_gradient():
    for name in ("gradient", "second"):
        check = getattr(checks, name)
        check(Case(mg.argmax, (A,)))
        check(Case(mg.sign, (A,)), constant_outputs=0)
        check(Case(mg.sign, (A,)), differentiable=False)
        for options in ({}, {"differentiable": True}):
            with pytest.raises(CheckFailed, match=rf"\[{name}\] sign\(.*no output requires grad, though .*constant_outputs="):
                check(Case(mg.sign, (A,)), **options)


def test_an_output_that_lost_its_graph():
    def both(x):
        return x * x, mg.sin(x.detach())

    for name in ("gradient", "second"):
        check = getattr(checks, name)
        with pytest.raises(GradientError, match=r"output 1 has no graph, though others have"):
            check(Case(both, (A,)))
        check(Case(both, (A,)), constant_outputs=(1,))


def test_numbers_beside_arrays_are_not_differentiated():
    checks.gradient(Case(lambda a, n: a * (3.0 if isinstance(n, float) else 1 / 0), (A, 0.5)))


def test_against_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch, the second oracle, is not installed here")
    checks.torch_parity(Case(mg.matmul, (A, B.T)), torch.matmul)
    checks.torch_parity(Case(mg.where, (A > 0, A, B)), torch.where)
    checks.torch_parity(Case(mg.greater, (A, B)), torch.gt)
    with pytest.raises(CheckFailed, match=r"\[torch_parity\] mul.*: output 0, index"):
        checks.torch_parity(Case(mg.mul, (A, B)), torch.add)
    with pytest.raises(CheckFailed, match=r"second gradient of input 0, index .* PyTorch gives"):
        wrong = custom(lambda x: x**3, lambda g, y, x: 3 * x.detach() ** 2 * g)
        checks.torch_parity(Case(wrong, (A,)), lambda x: x**3)
    checks.torch_parity(Case(wrong, (A,)), lambda x: x**3, order=1)


def test_an_operation_that_holds_a_tensor_cannot_change_devices():
    """Where there is one table of kernels, the error that the second would give is given in its place."""
    held = mg.tensor(A)

    def scaled(x):
        if held.device == x.device and len(checks.device_names()) == 1:
            raise ValueError("[mul] the operands are on two devices, numpy and native: move one with .to()")
        return x * held

    advice = r'\[devices\] scaled.*: with its inputs on .*on two devices.* leave "devices" out of checks='
    with pytest.raises(CheckFailed, match=advice):
        checks.devices(Case(scaled, (A,)))

    def refuses(x):
        raise ValueError("a matrix, please")

    with pytest.raises(ValueError, match="a matrix, please"):
        checks.devices(Case(refuses, (A,)))


def test_on_device():
    before = mg.zeros(1).device
    with checks.on_device("numpy"):
        assert mg.zeros(1).device == "numpy"
    assert mg.zeros(1).device == before
    assert checks.device_names()[0] == "numpy"
