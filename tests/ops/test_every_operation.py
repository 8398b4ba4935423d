"""What holds of every differentiable operation, on the sample inputs of cases.py."""

import contextlib

import numpy as np
import pytest

import minigrad as mg
from minigrad.testing import gradcheck, gradgradcheck

from .cases import CASES, names

each = pytest.mark.parametrize("case", CASES, ids=names())


def test_every_operation_has_a_case():
    assert {c.op for c in CASES} == set(mg.ops.DIFFERENTIABLE)


@each
def test_gradients_against_finite_differences(case):
    gradcheck(case.f, *case.inputs)
    gradgradcheck(case.f, *case.inputs)


def derivatives(f, tensors):
    """The values of f, its gradients (projected on cosines) and the gradients of those, as float arrays."""
    def project(ys):
        return sum((y * np.cos(np.arange(y.size)).reshape(y.shape)).sum() for y in ys if y.requires_grad)

    def walk(y, **options):
        for t in tensors:
            t.grad = None
        if isinstance(y, mg.Tensor):
            y.backward(**options)
        return [mg.zeros_like(t) if t.grad is None else t.grad for t in tensors]

    ys = f(*tensors)
    ys = list(ys) if isinstance(ys, (list, tuple)) else [ys]
    first = walk(project(ys), create_graph=True)
    second = walk(project(first))
    return [[t.detach().numpy() for t in ts] for ts in (ys, first, second)]


def by_torch(torch, f, arrays):
    """The same by PyTorch."""
    def project(ys):
        return sum((y * torch.cos(torch.arange(y.numel(), dtype=y.dtype)).reshape(y.shape)).sum() for y in ys)

    def walk(y, **options):
        if not getattr(y, "requires_grad", False):
            return [torch.zeros_like(t) for t in tensors]
        gs = torch.autograd.grad(y, tensors, allow_unused=True, **options)
        return [torch.zeros_like(t) if g is None else g for t, g in zip(tensors, gs, strict=True)]

    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    ys = f(torch, *tensors)
    ys = list(ys) if isinstance(ys, (list, tuple)) else [ys]
    first = walk(project(ys), create_graph=True)
    second = walk(project(first))
    return [[t.detach().numpy() for t in ts] for ts in (ys, first, second)]


def assert_close(found, expected, tolerance):
    for order, (fs, es) in enumerate(zip(found, expected, strict=True)):
        for i, (a, b) in enumerate(zip(fs, es, strict=True)):
            assert a.shape == b.shape, (order, i)
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * max(1, np.abs(b).max(initial=0)),
                                       err_msg=f"derivative {order}, number {i}")


@each
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_against_pytorch(case):
    torch = pytest.importorskip("torch", reason="PyTorch, the second oracle, is not installed here")
    if case.torch is None:
        assert case.op == "dropout"         # another generator
        return
    assert_close(exact(case), by_torch(torch, case.torch, case.inputs), 1e-10)


def exact(case):
    """In float64 on the reference table, which is not the default one where the native one is built."""
    return derivatives(case.f, [mg.Tensor(a, requires_grad=True, device="numpy") for a in case.inputs])


@each
def test_float32_on_every_table(case, device):
    tensors = [mg.Tensor(a, dtype=np.float32, requires_grad=True) for a in case.inputs]
    assert all(t.device == device for t in tensors)
    found = derivatives(case.f, tensors)
    if case.op != "astype":
        assert all(a.dtype == np.float32 for order in found for a in order)
    assert_close(found, exact(case), 2e-5)


LAYOUTS = {
    "fortran": lambda a: np.asfortranarray(a) if a.ndim else a,
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    "reversed": lambda a: np.ascontiguousarray(a[..., ::-1])[..., ::-1] if a.ndim else a,
    "channels-last": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1) if a.ndim > 2 else a,
}


@each
def test_memory_order_does_not_matter(case, device):
    expected = exact(case)
    for arrange in LAYOUTS.values():
        arrays = [arrange(a.astype(np.float32)) for a in case.inputs]
        tensors = [mg.from_numpy(a).requires_grad_() for a in arrays]
        assert all(t.data.strides == a.strides for t, a in zip(tensors, arrays, strict=True))
        assert_close(derivatives(case.f, tensors), expected, 2e-5)


@each
def test_inputs_and_gradients_are_left_alone(case):
    """No operation and no rule writes into its inputs, and each gradient has an array of its own."""
    tensors = [mg.Tensor(a, requires_grad=True) for a in case.inputs]
    ys = case.f(*tensors)
    ys = list(ys) if isinstance(ys, (list, tuple)) else [ys]
    seeds = [np.ones(y.shape, y.dtype) for y in ys]
    for y, seed in zip(ys, seeds, strict=True):
        y.backward(seed, retain_graph=True)
    for t, a in zip(tensors, case.inputs, strict=True):
        np.testing.assert_array_equal(t.data, a)
    assert all((seed == 1).all() for seed in seeds)
    grads = [t.grad.data for t in tensors]
    others = [t.data for t in tensors] + seeds + [y.data for y in ys]
    for i, g in enumerate(grads):
        assert not any(np.shares_memory(g, other) for other in grads[:i] + others)


@each
def test_no_gradient_is_asked_of_constants(case):
    """Each input alone: the others are constants, and get none."""
    for i in range(len(case.inputs)):
        tensors = [mg.Tensor(a, requires_grad=i == j) for j, a in enumerate(case.inputs)]
        ys = case.f(*tensors)
        for y in ys if isinstance(ys, (list, tuple)) else [ys]:
            with contextlib.suppress(RuntimeError):
                y.backward(np.ones(y.shape), retain_graph=True)
        assert [t.grad is not None for t in tensors] == [i == j for j in range(len(tensors))]


@each
def test_no_grad_records_nothing(case):
    with mg.no_grad():
        ys = case.f(*[mg.Tensor(a, requires_grad=True) for a in case.inputs])
    assert not any(y.requires_grad for y in (ys if isinstance(ys, (list, tuple)) else [ys]))
