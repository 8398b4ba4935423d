"""Counting kernels: each call once, of the right table, and nothing left behind."""

import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels
from minigrad.kernels.profiling import counting


def rows(counts):
    return {row.name: row for row in counts.rows}


def test_every_kernel_is_counted_once(device):
    a = mg.randn(50, 40)
    with counting() as counts:
        for _ in range(3):
            (a @ a.T).exp()
    found = rows(counts)
    assert found["matmul"].calls == found["exp"].calls == 3
    assert found["matmul"].where == device and 0 < found["matmul"].seconds < counts.seconds
    assert "transpose" not in found and sum(row.seconds for row in counts.rows) <= counts.seconds


def test_a_kernels_time_is_its_own():
    """softmax of the reference calls other kernels: theirs is not counted twice."""
    z = mg.tensor(np.ones((300, 300)), device=kernels.reference_table().name)
    with counting() as counts:
        mg.softmax(z)
    found = rows(counts)
    assert {"softmax", "exp", "sum", "div"} <= found.keys()
    assert sum(row.seconds for row in counts.rows) <= counts.seconds


def test_nothing_is_left_behind(device):
    table = kernels.default_table()
    before = dict(vars(table))
    with pytest.raises(ZeroDivisionError), counting():
        assert vars(table) != before
        1 / 0  # noqa: B018
    assert vars(table) == before


def test_threads_are_counted_together(device):
    a = mg.randn(100)

    def work():
        for _ in range(20):
            mg.tanh(a)

    with counting() as counts:
        threads = [threading.Thread(target=work) for _ in range(3)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    assert rows(counts)["tanh"].calls == 60


def test_native_calls_of_another_thread_hide_no_fallback():
    if "native" not in kernels.available():
        pytest.skip("no native kernels here")
    small, large = (mg.tensor(np.ones(n, np.float32), device="native") for n in (10, 100_000))
    done = threading.Event()

    def others():
        while not done.is_set():
            mg.exp(small)

    thread = threading.Thread(target=others)
    with counting() as counts:
        thread.start()
        for _ in range(20):
            mg.sin(large)
        done.set()
        thread.join()
    found = rows(counts)
    assert found["sin"].calls == 20 and found["sin"].fallback and not found["exp"].fallback


def test_what_is_written_in_place_is_a_fallback_too():
    if "native" not in kernels.available():
        pytest.skip("no native kernels here")
    w = mg.nn.Parameter(np.ones((3, 2)))
    w.grad = mg.ones_like(w)
    optimizer = mg.optim.SGD([w], lr=0.1)
    assert mg.profile(optimizer.step).fallbacks == ["sgd_step"]


def test_bytes_and_flops_of_native_kernels():
    if "native" not in kernels.available():
        pytest.skip("no native kernels here")
    a = mg.tensor(np.ones((20, 30), np.float32), device="native")
    with counting() as counts:
        a @ a.T
        a + a
    found = rows(counts)
    assert found["matmul"].flops == 2 * 20 * 30 * 20 and found["matmul"].bytes == 4 * (2 * 600 + 400)
    assert found["add"].bytes == 3 * 4 * 600


def test_only_one_counts_at_a_time():
    with counting(), pytest.raises(RuntimeError, match=r"^\[profile\] kernels are being counted already"):
        mg.profile(lambda: mg.ones(2) + 1)
    assert mg.profile(lambda: mg.ones(2) + 1).rows


def test_one_that_could_not_begin_does_not_stand_in_the_next_ones_way(monkeypatch):
    def fails():
        raise ImportError("no table here")

    with monkeypatch.context() as patched:
        patched.setattr("minigrad.kernels.watching.default_table", fails)
        with pytest.raises(ImportError, match="no table here"):
            mg.profile(lambda: None)
    assert mg.profile(lambda: mg.ones(2) + 1).rows
