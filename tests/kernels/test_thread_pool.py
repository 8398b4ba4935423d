"""The thread pool: forks, threads of the user's own, a busy neighbour, many calls. Nothing here is timed; a hang fails."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from minigrad import kernels

_native = pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")

NATIVE = kernels.table("native")
LONG = np.linspace(-3, 3, 1_000_003, dtype=np.float32)      # work enough to wake the pool


@pytest.fixture(autouse=True)
def four_threads():
    before = _native.num_threads()
    _native.set_num_threads(4)
    yield
    _native.set_num_threads(before)


def test_set_and_get():
    for n in (1, 3, 8):
        _native.set_num_threads(n)
        assert _native.num_threads() == n
    _native.set_num_threads(0)
    assert _native.num_threads() == 1
    assert 1 <= _native.default_num_threads() <= (os.cpu_count() or 1)


def test_many_calls_small_and_large():
    small, expected = LONG[:100].copy(), NATIVE.exp(LONG)
    for i in range(300):
        NATIVE.relu(small)
        _native.set_num_threads(1 + i % 5)
        assert NATIVE.exp(LONG)[-1] == expected[-1]
    assert NATIVE.exp(LONG).tobytes() == expected.tobytes()


def test_threads_of_the_users_own():
    expected, wrong = NATIVE.exp(LONG).tobytes(), []

    def work():
        for _ in range(30):
            if NATIVE.exp(LONG).tobytes() != expected:
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert not wrong and not any(t.is_alive() for t in threads)


def test_nested_work_runs_inline():
    """A batch of products is shared out by batch; each product, large enough to be shared out itself, stays whole."""
    a, b = LONG[:8 * 200 * 300].reshape(8, 200, 300), LONG[:8 * 300 * 200].reshape(8, 300, 200)
    together = NATIVE.matmul(a, b)
    for i in range(8):
        assert NATIVE.matmul(a[i], b[i]).tobytes() == together[i].tobytes()


def in_child(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


SETUP = """
import os, threading, numpy as np
from minigrad import _native, kernels
k = kernels.table("native")
_native.set_num_threads(4)
x = np.linspace(-3, 3, 1_000_003, dtype=np.float32)
expected = k.exp(x).tobytes()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_has_a_pool_of_its_own():
    done = in_child(SETUP + """
stop = False
def busy():
    while not stop: k.exp(x)
t = threading.Thread(target=busy); t.start()     # the fork may catch the pool at work
failed = 0
for _ in range(10):
    pid = os.fork()
    if pid == 0:
        os._exit(0 if all(k.exp(x).tobytes() == expected for _ in range(3)) else 1)
    failed += os.waitpid(pid, 0)[1] != 0
stop = True; t.join()
assert k.exp(x).tobytes() == expected
print(failed)
""")
    assert done.stdout.strip() == "0", done.stderr


def test_a_busy_neighbour_stops_nobody():
    done = in_child(SETUP + """
import subprocess, sys
neighbours = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
try:
    same = all(k.exp(x).tobytes() == expected for _ in range(100))
finally:
    for n in neighbours: n.kill(); n.wait()
print(same)
""")
    assert done.stdout.strip() == "True", done.stderr


def test_the_pool_at_exit():
    """Python goes down while workers are parked, and while they are at work in another thread."""
    done = in_child(SETUP + """
t = threading.Thread(target=lambda: [k.exp(x) for _ in range(10_000)], daemon=True); t.start()
print("done")
""")
    assert done.returncode == 0 and done.stdout.strip() == "done", done.stderr
