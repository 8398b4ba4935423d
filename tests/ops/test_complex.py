"""Complex tensors: what docs/conventions.md says of them, dtypes, errors; and who does not serve them says so."""

import copy
import pickle
import re

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels
from minigrad.kernels.complex import SERVED
from minigrad.kernels.reference import Kernels
from minigrad.testing.operations import descriptions
from minigrad.testing.running import Case, is_float

from .samples import drawn, of_floats

Z = np.array([1 + 2j, -3j, 0.5])
SERVES = {name for name, several in descriptions().items() for d in several if "complex numbers" in d.about}


def leaf(a=Z):
    return mg.tensor(a, requires_grad=True)


# ---- gradients

def test_the_worked_example():
    """docs/conventions.md: f(z) = |z|^2 = x^2 + y^2 grows fastest along 2 z."""
    z = mg.tensor(3 + 4j, requires_grad=True)
    (mg.abs(z) ** 2).backward()
    assert z.grad.item() == pytest.approx(6 + 8j)
    z.grad = None
    mg.real(z * mg.conj(z)).backward()
    assert z.grad.item() == pytest.approx(6 + 8j)


def test_a_holomorphic_function_has_the_conjugate_of_its_derivative():
    z = leaf()
    (z ** 3).backward(gradient=np.ones(3))
    np.testing.assert_allclose(z.grad.numpy(), np.conj(3 * Z**2), rtol=1e-6)


def test_a_step_against_the_gradient_descends():
    z, target = leaf(), np.array([1j, 2, -1 - 1j])
    for _ in range(100):
        z.grad = None
        loss = (mg.abs(z - target) ** 2).sum()
        loss.backward()
        with mg.no_grad():
            z -= 0.1 * z.grad
    assert float(loss) < 1e-8


def test_real_numbers_beside_complex_ones_have_real_gradients():
    x, z = mg.tensor([1.0, 2, 3], requires_grad=True), leaf(Z.astype(np.complex64))
    y = x * z
    assert y.dtype == np.complex64
    mg.real(y).sum().backward()
    assert x.grad.dtype == np.float32 and z.grad.dtype == np.complex64
    np.testing.assert_allclose(x.grad.numpy(), Z.real, rtol=1e-6)
    np.testing.assert_allclose(z.grad.numpy(), [1, 2, 3], rtol=1e-6)


def test_conjugates_are_taken_where_gradients_leave_and_nowhere_else():
    """`.grad`, hooks, retained gradients, transforms and functions of one's own all show the same one; a hook's replacement and
    `gradient=` are read so, too."""
    expected = np.conj(2 * Z)                          # of sum Re(z^2)
    seen = []
    z = leaf()
    w = z * 1
    w.retain_grad()
    w.register_hook(lambda g: seen.append(g.numpy().copy()))
    mg.real(w * w).sum().backward()
    for found in (z.grad, w.grad):
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(seen[0], expected, rtol=1e-6)

    z = leaf()
    w = z * 1j
    w.register_hook(lambda g: g * 2j)
    mg.real(w).sum().backward()                        # dw: 1, replaced by 2i; dz = conj(i) 2i = 2
    np.testing.assert_allclose(z.grad.numpy(), [2, 2, 2], rtol=1e-6)

    f = lambda z: mg.real(z * z).sum()                 # noqa: E731
    np.testing.assert_allclose(mg.grad(f)(mg.tensor(Z)).numpy(), expected, rtol=1e-6)
    _, pull = mg.vjp(lambda z: z * z, mg.tensor(Z))
    np.testing.assert_allclose(pull(np.array([1, 1j, 2]))[0].numpy(), np.conj(2 * Z) * [1, 1j, 2], rtol=1e-6)

    @mg.custom_function
    def square(z):
        return z * z

    @square.gradient
    def square_gradient(g, y, z):
        if not g.requires_grad:
            seen.append(g.numpy().copy())
        return g * mg.conj(2 * z)

    z, g = leaf(), np.array([1, 1j, 2 - 1j])
    square(z).backward(gradient=g)
    np.testing.assert_allclose(seen[-1], g, rtol=1e-6)
    np.testing.assert_allclose(z.grad.numpy(), g * np.conj(2 * Z), rtol=1e-6)
    mg.testing.gradcheck(square, Z)
    mg.testing.gradgradcheck(square, Z)


def test_forward_derivatives_and_products_with_the_second():
    t = np.array([1j, 2, 1 - 1j])
    _, moved = mg.jvp(lambda z: z * mg.abs(z), mg.tensor(Z.astype(np.complex128)), mg.tensor(t))
    slope = ((Z + 1e-6 * t) * np.abs(Z + 1e-6 * t) - (Z - 1e-6 * t) * np.abs(Z - 1e-6 * t)) / 2e-6
    np.testing.assert_allclose(moved.numpy(), slope, rtol=1e-6)
    f = lambda z: (mg.abs(z) ** 2).sum()               # noqa: E731
    np.testing.assert_allclose(mg.hvp(f, mg.tensor(Z), mg.tensor(t)).numpy(), 2 * t, rtol=1e-6)


def test_abs_and_angle_at_zero():
    z = leaf(np.zeros(2, np.complex64))
    (mg.abs(z) + mg.angle(z)).sum().backward()
    np.testing.assert_array_equal(z.grad.numpy(), 0)


def test_the_checker_sees_a_missing_conjugate_and_a_lost_part():
    wrong = mg.custom_function(lambda z: mg.abs(z) ** 2)
    wrong.gradient(lambda g, y, z: 2 * g * mg.conj(z))
    with pytest.raises(mg.testing.GradientError, match="its imaginary part: the gradient is"):
        mg.testing.gradcheck(wrong, np.array([1 + 2j, 2 - 1j]))
    half = mg.custom_function(lambda z: mg.abs(z) ** 2)
    half.gradient(lambda g, y, z: g * 2 * mg.complex(mg.real(z), 0 * mg.real(z)))
    with pytest.raises(mg.testing.GradientError, match="its imaginary part"):
        mg.testing.gradcheck(half, np.array([1 + 2j, 2 - 1j]), full=True)


# ---- dtypes and making

@pytest.mark.parametrize("make, dtype", [
    (lambda: mg.tensor(1j), np.complex64), (lambda: mg.tensor([1, 2j]), np.complex64),
    (lambda: mg.tensor(Z), np.complex128), (lambda: mg.tensor([1.0], dtype=mg.complex64), np.complex64),
    (lambda: mg.zeros(2, dtype="complex64"), np.complex64), (lambda: mg.full((2,), 1j), np.complex64),
    (lambda: mg.ones_like(mg.tensor(Z)), np.complex128), (lambda: mg.eye(2, dtype=complex), np.complex128),
    (lambda: mg.randn(2, dtype=np.complex128), np.complex128), (lambda: mg.tensor([1.0]) * 1j, np.complex64),
    (lambda: mg.tensor(np.ones(2)) + 1j, np.complex128), (lambda: mg.tensor([1]) + 1j, np.complex64),
    (lambda: mg.tensor([1.0]) * np.array([1j]), np.complex64), (lambda: mg.tensor(Z) * np.float32(2), np.complex128),
    (lambda: mg.tensor([1j]) * mg.tensor(np.ones(1)), np.complex128), (lambda: mg.tensor([1j]) * mg.tensor([2]), np.complex64),
    (lambda: mg.tensor([1.0], dtype=np.float16) * 1j, np.complex64), (lambda: 2j - mg.tensor([1.0]), np.complex64),
    (lambda: mg.complex(mg.tensor([1.0]), 2), np.complex64), (lambda: mg.tensor(Z).real, np.float64),
    (lambda: mg.tensor([1j]).imag, np.float32), (lambda: mg.abs(mg.tensor([1j])), np.float32)])
def test_dtypes(make, dtype):
    assert make().dtype == dtype


def test_randn_has_variance_one():
    z = mg.randn(20000, dtype="complex64").numpy()
    assert np.mean(np.abs(z) ** 2) == pytest.approx(1, abs=0.05) and np.mean(z.real**2) == pytest.approx(0.5, abs=0.05)


def test_numbers_and_copies():
    z = mg.tensor(3 - 4j)
    assert z.item() == 3 - 4j and complex(z) == 3 - 4j and z.tolist() == 3 - 4j
    w = leaf()
    mg.abs(w).sum().backward()
    assert copy.deepcopy(w).grad.dtype == np.complex128
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(w)).detach().numpy(), Z)


def test_equality():
    np.testing.assert_array_equal((mg.tensor(Z) == Z).numpy(), True)
    np.testing.assert_array_equal((mg.tensor(Z) != 0.5).numpy(), [True, True, False])
    np.testing.assert_array_equal((mg.tensor([1.0, 2]) == 1 + 0j).numpy(), [True, False])


def test_numpy_functions():
    t = mg.tensor(Z)
    for name in ("real", "imag", "conj", "angle", "abs", "exp"):
        found = getattr(np, name)(t)
        assert isinstance(found, mg.Tensor)
        np.testing.assert_allclose(found.numpy(), getattr(np, name)(Z))
    np.testing.assert_array_equal(np.isfinite(t), True)


# ---- errors

@pytest.mark.parametrize("call, kind, message", [
    (lambda: leaf().sum().backward(), RuntimeError,
     "[backward] only a real number has a gradient by itself; this tensor is complex128: take mg.real, mg.imag"),
    (lambda: mg.tensor(Z).astype("float32"), TypeError,
     "[astype] expected a complex dtype for complex128, found float32, which has no imaginary part: mg.real(x) drops it"),
    (lambda: mg.tensor(Z, dtype="float32"), TypeError, "[tensor] the data is complex128, but expected float32"),
    (lambda: float(mg.tensor(1j)), TypeError, "[float] expected real numbers, found complex64"),
    (lambda: mg.zeros(3).__setitem__(0, 1j), TypeError, "[setitem] the value is complex128, but expected float32"),
    (lambda: mg.relu(mg.tensor(Z)), TypeError,
     "[relu] expected real numbers, found complex128: mg.real, mg.imag and mg.abs make real ones of them"),
    (lambda: mg.tensor(Z) > 0, TypeError, "[greater] expected real numbers, found complex128"),
    (lambda: mg.min(mg.tensor(Z)), TypeError, "[min] expected real numbers, found complex128"),
    (lambda: mg.softmax(mg.tensor(Z)), TypeError, "[softmax] expected real numbers, found complex128"),
    *[(lambda f=f, a=a: f(mg.tensor(a)), TypeError, f"[{f.__name__}] expected real numbers, found complex128: mg.real")
      for f, a in [(mg.linalg.inv, Z[:1].reshape(1, 1)), (mg.linalg.svdvals, Z.reshape(1, 3)), (mg.linalg.matrix_rank, Z),
                   (mg.nn.functional.hardshrink, Z), (mg.corrcoef, Z)]],
    (lambda: mg.nn.functional.l1_loss(mg.tensor(Z), Z.real), TypeError, "[l1_loss] expected real numbers, found complex128"),
    (lambda: mg.linalg.solve(mg.eye(3), mg.tensor(Z)), TypeError, "[solve] expected real numbers, found complex128"),
    (lambda: mg.nn.functional.layer_norm(mg.tensor(Z), 3), TypeError, "[layer_norm] expected real numbers, found complex128"),
    (lambda: mg.complex(mg.tensor(Z), 1), TypeError, "[complex] expected real numbers, found complex128"),
    (lambda: mg.view_as_real(mg.ones(2)), TypeError, "[view_as_real] expected complex numbers, found float32"),
    (lambda: mg.view_as_complex(mg.ones(3)), ValueError, "[view_as_complex] expected x (..., 2)"),
    (lambda: mg.grad(lambda z: z.sum())(mg.tensor(Z)), TypeError, "[grad] f must return a real number, found complex128"),
    (lambda: mg.jacobian(lambda z: z)(mg.tensor(Z)), TypeError, "[jacobian] f must return real numbers, found complex128"),
    (lambda: mg.ones(3, requires_grad=True).sum().backward(1j), TypeError, "[backward] the gradient is complex128, but"),
])
def test_errors(call, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        call()


@pytest.mark.parametrize("name", sorted(descriptions().keys() - SERVES))
def test_what_does_not_serve_complex_numbers_says_so(name):
    """No operation takes them for real ones: it is described with complex inputs, or it refuses them by name; what does
    neither is made of operations that serve, and gives numpy's results, and gradients of both orders."""
    for description in descriptions(name)[name]:
        if description.inputs is None:
            continue
        for args, options in drawn(description, 1):
            if not any(map(is_float, args)) or name in ("astype", "fftshift", "ifftshift", "ones_like", "zeros_like"):
                continue
            case = Case(description.call, tuple(np.asarray(a + 1j) if is_float(a) else a for a in args), options)
            tensors = [mg.from_numpy(a) if is_float(a) else a for a in case.args]
            try:
                found = description.call(*tensors, **options)
            except TypeError as error:
                assert re.search("expected (real numbers|a floating point number type), found (dtype )?complex", str(error))
            else:                       # it only moves numbers, or is made of operations that serve: as numpy then
                expected = description.oracle(*case.args, **options)
                several = [y if isinstance(y, (tuple, list)) else [y] for y in (found, expected)]
                for y, e in zip(*several, strict=True):
                    np.testing.assert_allclose(np.asarray(y.detach() if isinstance(y, mg.Tensor) else y), e, rtol=1e-6)
                f = of_floats(description.call, case.args, options)
                inputs = [np.array(a, order="C") for a in case.args if is_float(a)]
                if not {"first", "second"} & description.without.keys() and followed(f, inputs):
                    mg.testing.gradcheck(f, *inputs)
                    mg.testing.gradgradcheck(f, *inputs)


def followed(f, inputs):
    """Whether what f gives of complex leaves is of the graph."""
    y = f(*(mg.tensor(a, requires_grad=True) for a in inputs))
    several = y if isinstance(y, (tuple, list)) else [y]
    return any(isinstance(y, mg.Tensor) and y.requires_grad for y in several)


@pytest.mark.parametrize("name", sorted(name for name in SERVED if hasattr(Kernels, name)))
def test_the_native_table_leaves_complex_numbers_to_the_reference(name):
    if "native" not in kernels.available():
        pytest.skip("the C++ extension is not built here")
    native, reference = kernels.table("native"), kernels.table("numpy")
    a, b = Z.astype(np.complex64).reshape(1, 3), np.array([[2j, 1, -1]], np.complex64)
    arguments = {"add": (a, b), "sub": (a, b), "mul": (a, b), "div": (a, b), "pick_mul": (a, b), "pick_div": (a, b),
                 "pick_both": (a, b), "power": (a, b), "where": (a.real > 0, a, b), "equal": (a, b), "not_equal": (a, b),
                 "sum": (a, 0), "mean": (a, 1), "sum_to": (a, (1, 1)), "matmul": (a, b.T), "linear": (a, b),
                 "tanh_backward": (a, b), "concatenate": ([a, b], 0), "pad": (a, ((1, 1), (0, 2))), "copy": (a,),
                 "put": (a, (np.array([1]),), (3, 3)), "take_along": (a, np.array([[2, 0, 0]]), 1),
                 "put_along": (a, np.array([[2, 0, 0]]), 1, (1, 3)), "reshape": (a.T, (3,)), "getitem": (a, (slice(None), 1)),
                 **dict.fromkeys(("logical_and", "logical_or", "logical_xor"), (a, b)),
                 **dict.fromkeys(("prod", "cumsum", "cumprod", "any", "all", "count_nonzero"), (a, 1, False)),
                 "recurrence": (a, b, 1, True), "isclose": (a, b, 1e-5, 1e-8, True), "put_diagonal": (a[0], 1, 0, 1, (4, 4)),
                 "add_windows": (np.stack([a, b]), 0, 4, 1, 1), "add_at": (b, (np.array([0, 0]),), np.concatenate([a, a])),
                 "overwrite": (b, (0, 1), a[0, 1]), "overwrite_along": (b, np.array([[2, 0, 1]]), a, 1),
                 "add_along": (b, np.array([[2, 0, 2]]), a, 1),
                 "linear_backward": (a[:, :1], b, a, (True, True, True)), "transpose": (a,), "rows": (a, np.array([0, 0]))}
    unary = {"neg", "exp", "log", "sqrt", "sin", "cos", "tanh", "abs", "expm1", "log1p", "conj", "real", "imag", "angle",
             "square", "reciprocal", "tan", "sinh", "cosh", "exp2", "log2", "log10", "rsqrt", "arcsin", "arccos", "arctan",
             "arcsinh", "arccosh", "arctanh", "isnan", "isinf", "isfinite", "logical_not"}
    args = arguments.get(name, (a,) if name in unary else None)
    if args is None:
        return                              # it has no native twin, or takes no numbers
    found, expected = getattr(native, name)(*args), getattr(reference, name)(*args)
    for f, e in zip(found if isinstance(found, tuple) else (found,), expected if isinstance(expected, tuple) else (expected,)):
        assert f.dtype == e.dtype
        np.testing.assert_array_equal(f, e)
