"""What is printed can be pasted: executed, it makes the same inputs and fails in the same way."""

import functools

import numpy as np
import pytest

import minigrad as mg
from minigrad.testing import CheckFailed, GradientError, gradfuzz
from minigrad.testing.checks import Case
from minigrad.testing.memory import LAYOUTS, arrange, laid
from minigrad.testing.reproduce import as_test, literal, reference
from minigrad.testing.strategies import arrays


@mg.custom_function
def doubled(x):
    return x * 2


@doubled.gradient
def doubled_gradient(g, y, x):
    return mg.where(x > 1, g * 2.01, g * 2)


def squared(x):
    return x * x


class Cube(mg.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        return 2 * ctx.saved_tensors[0] ** 2 * g


fuzz_doubled = gradfuzz(doubled)
fuzz_squared = gradfuzz(squared, oracle=lambda x: x**3, inputs=(arrays(shape=(2, 2), layout="F"),))
fuzz_partial = gradfuzz(functools.partial(mg.mul, 2.0), oracle=np.negative, inputs=(arrays(),))
fuzz_cube = gradfuzz(Cube.apply, inputs=(arrays(),))


@gradfuzz(oracle=np.add)
def fuzz_decorated(a, b):
    return a + b * 2


class InAClass:
    factor = 2

    @gradfuzz(oracle=np.add)
    def fuzz(self, a, b):
        return a + b * self.factor


fuzz_method = InAClass().fuzz
FUZZ = [fuzz_doubled, fuzz_squared, fuzz_cube, fuzz_decorated, fuzz_partial, fuzz_method]


@pytest.mark.parametrize("fuzz", FUZZ, ids=lambda f: f.__name__)
def test_the_text_fails_in_the_same_way(fuzz):
    with pytest.raises((CheckFailed, GradientError)) as caught:
        fuzz()
    namespace = {}
    exec(caught.value.as_test, namespace)
    pasted, = (value for name, value in namespace.items() if name.startswith("test_"))
    with pytest.raises(caught.type) as again:
        pasted()
    assert str(again.value) == str(caught.value)


def run(text, monkeypatch):
    """The case that the text makes."""
    found = []
    monkeypatch.setattr("minigrad.testing.checks.layout", found.append)
    namespace = {}
    exec(text, namespace)
    next(value for name, value in namespace.items() if name.startswith("test_"))()
    return found[0]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(), (0, 2), (3,), (2, 3), (2, 3, 4)])
def test_arrays_come_back_in_their_layout(layout, shape, monkeypatch):
    a = arrange(np.random.default_rng(0).standard_normal(shape), layout)
    b, = run(as_test(Case(mg.exp, (a,)), "layout", fuzz_doubled), monkeypatch).args
    assert b.dtype == a.dtype
    assert a.size == 0 or b.strides == a.strides
    assert b.ctypes.data % 16 == a.ctypes.data % 16
    np.testing.assert_array_equal(a, b)


def test_any_strides(monkeypatch):
    a = laid(np.arange(6.0).reshape(2, 3), (-1, 7))
    text = as_test(Case(mg.exp, (a,)), "layout", fuzz_doubled)
    b, = run(text, monkeypatch).args
    assert "laid(np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]), (-1, 7))" in text
    assert b.strides == a.strides
    np.testing.assert_array_equal(a, b)


def test_numbers_and_options_come_back(monkeypatch):
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324, 0.1 + 0.2])
    args = (special, special[:3].astype(np.float32), np.array([1, 2]), np.array([True]), 0.1, (slice(None), [1, np.inf]))
    case = run(as_test(Case(mg.exp, args, {"axis": (0,), "dtype": np.dtype("float32")}), "layout", fuzz_doubled), monkeypatch)
    assert case.op is mg.exp
    assert case.options == {"axis": (0,), "dtype": np.float32}
    for a, b in zip(args, case.args, strict=True):
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            assert a.tobytes() == b.tobytes()
        else:
            assert a == b


@pytest.mark.parametrize(("value", "text"), [
    (np.float32, "np.float32"), (np.float32(0.1), "np.float32(0.1)"), (np.True_, "np.True_"),
    ({"a": [np.nan]}, "{'a': [np.nan]}"),
    ((1,), "(1,)"), (np.zeros((0, 2)), "np.zeros((0, 2), np.float64)"), (..., "Ellipsis"),
])
def test_literals(value, text):
    assert literal(value, set()) == text


def test_functions_are_named_as_one_would_import_them():
    imports = set()
    assert reference(np.add, fuzz_doubled, "oracle", imports) == "np.add"
    assert reference(mg.exp, fuzz_doubled, "op", imports) == "mg.exp"
    assert reference(Cube.apply, fuzz_doubled, "op", imports) == "Cube.apply"
    assert reference(fuzz_squared.oracle, fuzz_squared, "oracle", imports) == f"{__name__}.fuzz_squared.oracle"
    assert imports == {"import minigrad as mg", f"from {__name__} import Cube", f"import {__name__}"}
    imports.clear()
    assert reference(lambda x: x, gradfuzz(squared), "oracle", imports) == "oracle"
    assert imports == {"oracle = ...     # put <lambda> here: it has no name that could be imported"}
