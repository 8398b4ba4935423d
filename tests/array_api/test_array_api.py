"""The array API's functions are there, by the standard's names, and do what numpy's (which follow it) do."""

from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from tests.names import standard

xp = mg.ones(2).__array_namespace__()
NAMES = [name for names in standard.FUNCTIONS.values() for name in names.split()]
x, n = np.array([[3.0, 1.0, 2.0], [0.5, 3.0, 1.0]]), np.array([[2, 1, 2], [5, 1, 1]])

CALLS = {       # where the standard is not numpy's names through minigrad's
    "unique_all": (n,), "unique_counts": (n,), "unique_inverse": (n,), "matrix_transpose": (x,),
    "permute_dims": (x, (1, 0)), "acos": (x / 4,), "atan2": (x, x), "pow": (x, 2), "bitwise_invert": (n,), "positive": (x,),
    "bitwise_left_shift": (n, n), "remainder": (x, 2.0), "linalg.diagonal": (x,), "linalg.cross": (x, x[::-1]),
    "linalg.vector_norm": (x,), "linalg.matrix_norm": (x,), "divide": (n, n), "subtract": (x, 1), "negative": (n,),
    "fft.rfft": (x,), "fft.hfft": (x,), "nonzero": (n > 1,)}


@pytest.mark.parametrize("name", NAMES)
def test_the_standards_name_is_here(name):
    assert standard.found(name) is not standard.missing


@pytest.mark.parametrize("name", standard.MEMBERS)
def test_tensors_have_the_standards_members(name):
    assert hasattr(mg.Tensor, name)


@pytest.mark.parametrize("name", CALLS)
def test_results_are_numpys(name):
    args = CALLS[name]
    theirs = np
    for part in name.split("."):
        theirs = getattr(theirs, part)
    ours = standard.found(name)(*(mg.tensor(a) if isinstance(a, np.ndarray) else a for a in args))
    theirs = theirs(*args)
    for one, other in zip(*((a if isinstance(a, tuple) else (a,)) for a in (ours, theirs)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_keywords_that_are_the_standards_own():
    t = xp.asarray(x)
    np.testing.assert_allclose(xp.std(t, axis=0, correction=1.0), x.std(0, ddof=1))
    np.testing.assert_allclose(xp.var(t, axis=(0, 1), keepdims=True), x.var(keepdims=True))
    assert xp.sum(t, dtype=xp.float32).dtype == xp.float32
    assert xp.cumulative_sum(xp.ones(3), include_initial=True).tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match=r"^\[cumulative_sum\] expected an axis for shape \(2, 3\)"):
        xp.cumulative_sum(t)
    assert xp.sort(t, axis=0, descending=True, stable=False).tolist() == (-np.sort(-x, 0)).tolist()
    order = xp.asarray([2, 0, 1])
    assert xp.searchsorted(xp.asarray([2.0, 3.0, 1.0]), xp.asarray([2.5]), sorter=order).tolist() == [2]
    assert xp.clip(t, min=1, max=2).tolist() == x.clip(1, 2).tolist()
    assert xp.concat([t, t], axis=None).shape == (12,)


def test_makers_keep_the_kind_of_what_is_given():
    assert [xp.asarray(a).dtype for a in (1, [True], [1.0], 1j)] == [xp.int64, xp.bool, xp.float32, xp.complex64]
    assert xp.full(2, 3).dtype == xp.int64 and xp.full((2,), True).dtype == xp.bool and xp.full(2, 0.5).dtype == xp.float32
    assert xp.eye(2, 3, k=1).tolist() == np.eye(2, 3, 1).tolist() and xp.linspace(0, 1, 3).tolist() == [0, 0.5, 1]
    shared = xp.asarray(n)
    assert np.shares_memory(shared.numpy(), n) and not np.shares_memory(xp.asarray(n, copy=True).numpy(), n)


def test_dtypes():
    t = xp.ones(2)
    assert xp.isdtype(t.dtype, "real floating") and xp.isdtype(xp.int8, ("bool", "integral"))
    assert not xp.isdtype(xp.float32, xp.float64) and xp.isdtype(xp.bool, "bool")
    assert xp.result_type(xp.int8, xp.int16, 3) == xp.int16 and xp.result_type(t, 1.5, xp.int64) == xp.float32
    assert xp.result_type(xp.float64, 1j) == xp.complex128 and xp.result_type(xp.int8, 0.5) == xp.float32
    with pytest.raises(ValueError, match=r"^\[result_type\] expected a tensor or a dtype"):
        xp.result_type(1, 2.0)
    assert xp.can_cast(t, xp.float64) and not xp.can_cast(xp.float64, xp.int8)
    assert xp.finfo(t).bits == 32 and xp.iinfo(xp.uint8).max == 255
    assert xp.astype(t, xp.float32, copy=False) is t and xp.astype(t, xp.float32) is not t
    info = xp.__array_namespace_info__()
    assert info.dtypes(kind="bool") == {"bool": xp.bool} and info.default_dtypes()["integral"] == xp.int64
    assert info.default_device() in info.devices() and info.capabilities()["boolean indexing"]


def test_gradients_pass():
    t = mg.tensor(x, requires_grad=True)
    xp.sum(xp.matrix_transpose(xp.multiply(t, t))).backward()
    np.testing.assert_allclose(t.grad, 2 * x)


def test_versions():
    assert mg.ones(1).__array_namespace__(api_version="2022.12") is mg.array_api is xp
    with pytest.raises(ValueError, match=r"^\[__array_namespace__\] expected one of .*2023\.12, found api_version='1999"):
        mg.ones(1).__array_namespace__(api_version="1999.12")


def test_the_page_is_as_it_is_written():
    page = Path(__file__).parents[2] / "docs" / "array-api.md"
    assert standard.text() == page.read_text(encoding="utf-8"), "write it anew: python -m tests.names"
