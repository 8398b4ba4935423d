"""Counting kernels: each call once, of the right table, and nothing left behind."""

import re
import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels
from minigrad.kernels.profiling import counting


@pytest.fixture(params=kernels.available())
def device(request):
    with kernels.use(request.param):
        yield request.param


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


def test_a_fallback_is_named():
    if "native" not in kernels.available():
        pytest.skip("no native kernels here")
    x = mg.tensor(np.ones(100, np.float32), device="native")
    found = mg.profile(lambda: mg.sin(x) + 1, steps=2)
    assert found.fallbacks == ["sin"] and "left to numpy: sin" in str(found)
    assert not mg.profile(lambda: mg.exp(x)).fallbacks
    assert mg.profile(lambda: mg.exp(x.astype("float64"))).fallbacks


def test_the_table(device):
    x = mg.randn(64, 64)
    found = mg.profile(lambda a: (a @ a).sum(), x, steps=4)
    text = str(found)
    assert found.steps == 4 and text.startswith(f"{found.seconds / 4 * 1e3:.3f} ms a step, 4 steps\n")
    head, *lines = text.splitlines()[1:]
    assert head.split()[:3] == ["kernel", "on", "calls"] and any(line.split()[0] == "matmul" for line in lines)
    assert re.search(r"everything else\s+python", text)
    shares = [float(m) for m in re.findall(r"([\d.]+) %", text)]
    assert sum(shares) == pytest.approx(100, abs=1)


@pytest.mark.parametrize("step, steps, error, message", [
    (3, 1, TypeError, r"^\[profile\] expected a function that makes one step, found int: profile\(lambda"),
    (lambda: None, 0, ValueError, r"^\[profile\] steps must be an int of at least 1, found 0"),
    (lambda: None, True, ValueError, r"^\[profile\] steps must be an int of at least 1, found True"),
])
def test_what_cannot_be_profiled(step, steps, error, message):
    with pytest.raises(error, match=message):
        mg.profile(step, steps=steps)
