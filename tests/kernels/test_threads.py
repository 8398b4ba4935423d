"""num_threads and set_num_threads, with the native kernels and without."""

import types

import pytest

from minigrad.kernels import threads


@pytest.fixture
def native(monkeypatch):
    """A stand-in for the extension, which remembers what it was told."""
    module = types.SimpleNamespace(count=2)
    module.num_threads = lambda: module.count
    module.set_num_threads = lambda n: setattr(module, "count", n)
    monkeypatch.setattr(threads, "native", lambda: module)
    monkeypatch.setattr(threads, "_chosen", False)
    return module


def test_with_the_native_kernels(native, monkeypatch):
    monkeypatch.delenv("MINIGRAD_NUM_THREADS", raising=False)
    assert threads.num_threads() == 2 and threads.reason() == "the CPUs that this process may use"
    monkeypatch.setenv("MINIGRAD_NUM_THREADS", "many")
    assert threads.reason() == "the CPUs that this process may use; MINIGRAD_NUM_THREADS=many is no number above 0"
    monkeypatch.setenv("MINIGRAD_NUM_THREADS", "2")
    assert threads.reason() == "MINIGRAD_NUM_THREADS=2"
    threads.set_num_threads(3)
    assert threads.num_threads() == native.count == 3 and threads.reason() == "set_num_threads"


def test_the_extension_that_is_there_does_as_it_is_told(monkeypatch):
    if threads.native() is None:
        pytest.skip("the native kernels are not built here")
    monkeypatch.setattr(threads, "_chosen", False)
    before = threads.num_threads()
    try:
        threads.set_num_threads(3)
        assert threads.num_threads() == threads.native().num_threads() == 3
    finally:
        threads.set_num_threads(before)


def test_without_them_a_warning_says_what_to_do(monkeypatch):
    monkeypatch.setattr(threads, "native", lambda: None)
    assert threads.num_threads() == 1 and threads.reason().startswith("no native kernels")
    with pytest.warns(RuntimeWarning, match=r"\[set_num_threads\] there are no native kernels.*OPENBLAS_NUM_THREADS=4"):
        threads.set_num_threads(4)
    assert threads.num_threads() == 1


@pytest.mark.parametrize(("value", "error", "message"), [
    (0, ValueError, "expected 1 or more threads, found 0"), (-2, ValueError, "found -2"),
    (1.5, TypeError, "expected an int, found float"), (True, TypeError, "found bool"), ("4", TypeError, "found str")])
def test_errors(native, value, error, message):
    with pytest.raises(error, match=r"^\[set_num_threads\] .*" + message):
        threads.set_num_threads(value)
    assert native.count == 2
