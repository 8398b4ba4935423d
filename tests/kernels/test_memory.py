"""The memory that native kernels keep: how much, when it goes back, and how much this process may have."""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels

_native = pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")

NATIVE = kernels.table("native")
KEPT_BY_A_THREAD = 8 * (8 << 20)    # bytes: eight slots
LARGE = np.ones((1, 16, 4, 100), np.float32), np.ones((1, 16, 1, 2), np.float32)


def convolve(x, w):
    """Its border is wide: every row takes 19 MB of scratch."""
    return NATIVE.conv2d(x, w, None, ((1, 1), (0, 150_000), (1, 1), 1))[0]


def stats():
    return _native.memory_stats()


@pytest.fixture(autouse=True)
def nothing_kept():
    before = _native.num_threads()
    mg.empty_cache()
    yield
    _native.set_num_threads(before)


def test_empty_cache_gives_everything_back():
    x = NATIVE.exp(np.zeros(1_000_000, np.float32))
    NATIVE.exp(x)
    convolve(*LARGE)
    assert stats()["cached_bytes"] > 0 and stats()["scratch_bytes"] > 0
    mg.empty_cache()
    assert stats()["cached_bytes"] == stats()["scratch_bytes"] == 0
    assert stats()["in_use_bytes"] >= x.nbytes and (x == 1).all()


def test_without_native_kernels_there_is_nothing_to_give_back(monkeypatch):
    monkeypatch.setattr("minigrad.kernels.memory.native", lambda: None)
    mg.empty_cache()


@pytest.mark.parametrize("threads", [1, 4])
def test_one_large_call_leaves_little_scratch(threads):
    _native.set_num_threads(threads)
    mg.empty_cache()
    before = stats()["fresh"]
    convolve(*LARGE)
    fresh = stats()["fresh"] - before
    assert stats()["scratch_bytes"] <= threads * KEPT_BY_A_THREAD and stats()["cached_bytes"] > 16 << 20
    if threads == 1:                        # the same call finds the same blocks in the pool again
        convolve(*LARGE)
        assert stats()["fresh"] - before == fresh


def test_a_usual_step_finds_its_scratch_again():
    """No block of the pool is asked for beyond results: they are larger than 8 KiB here, and counted."""
    _native.set_num_threads(1)
    x, w = np.ones((8, 16, 28, 28), np.float32), np.ones((32, 16, 3, 3), np.float32)
    g = NATIVE.conv2d(x, w, None, ((1, 1), (1, 1), (1, 1), 1))[0]

    def step():
        return (NATIVE.conv2d(x, w, None, ((1, 1), (1, 1), (1, 1), 1))[0],
                NATIVE.conv2d_input_grad(g, w, ((1, 1), (1, 1), (1, 1), 1), x.shape),
                NATIVE.conv2d_weight_grad(g, x, ((1, 1), (1, 1), (1, 1), 1), w.shape))

    g = step()[0]                           # channels-last from here on
    x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    step()
    before = stats()
    step()
    after = stats()
    assert after["scratch_bytes"] == before["scratch_bytes"] > 0
    assert after["reused"] + after["fresh"] - before["reused"] - before["fresh"] == 3


def test_empty_cache_reaches_the_scratch_of_other_threads():
    _native.set_num_threads(1)              # so that each thread works alone, in scratch of its own
    worked, checked = threading.Barrier(4), threading.Barrier(4)
    a = np.ones((300, 300), np.float32)

    def work():
        NATIVE.matmul(a, a)
        worked.wait(60)
        checked.wait(60)
        NATIVE.matmul(a, a)                 # finds none, and asks again

    others = [threading.Thread(target=work) for _ in range(3)]
    for t in others:
        t.start()
    worked.wait(60)
    held = stats()["scratch_bytes"]
    mg.empty_cache()
    left = stats()["scratch_bytes"]
    checked.wait(60)
    for t in others:
        t.join(60)
    assert held >= 3 * 4 * a.size and left == 0
    end = time.monotonic() + 60             # a thread that ends leaves none; the system's ends a little after Python's
    while stats()["scratch_bytes"] and time.monotonic() < end:
        time.sleep(0.001)
    assert stats()["scratch_bytes"] == 0


def test_empty_cache_beside_threads_at_work():
    """Nobody's scratch is taken while it is in use: results stay right."""
    a = np.random.default_rng(0).normal(size=(200, 700)).astype(np.float32)
    expected, wrong, stop = NATIVE.matmul(a, a.T), [], threading.Event()

    def work():
        while not stop.is_set():
            if (NATIVE.matmul(a, a.T) != expected).any():
                wrong.append(1)

    others = [threading.Thread(target=work) for _ in range(3)]
    for t in others:
        t.start()
    for _ in range(200):
        mg.empty_cache()
    stop.set()
    for t in others:
        t.join(60)
    assert not wrong


def in_child(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_has_scratch_of_its_own():
    """It is born while others are at work, and neither waits for them nor takes their memory."""
    done = in_child("""
import os, threading, numpy as np, minigrad as mg
from minigrad import _native, kernels
k = kernels.table("native")
a = np.random.default_rng(0).normal(size=(200, 700)).astype(np.float32)
expected = k.matmul(a, a.T)
stop = False
def busy():
    while not stop: k.matmul(a, a.T)
threads = [threading.Thread(target=busy) for _ in range(2)]
for t in threads: t.start()
failed = 0
for _ in range(20):
    pid = os.fork()
    if pid == 0:
        right = (k.matmul(a, a.T) == expected).all()
        mg.empty_cache()
        right = right and _native.memory_stats()["cached_bytes"] == 0 and (k.matmul(a, a.T) == expected).all()
        os._exit(0 if right else 1)
    failed += os.waitpid(pid, 0)[1] != 0
stop = True
for t in threads: t.join()
print(failed)
""")
    assert done.stdout.strip() == "0", done.stderr


# ---- what the process may have

GIB = 1 << 30
V2 = "0::/outer/inner\n"
V1 = "5:memory:/outer/inner\n4:cpuacct,cpu:/outer/inner\n0::/\n"


def machine(tmp_path, groups, files):
    """A folder that looks like the root of a machine, with /proc/self/cgroup and the files below /sys/fs/cgroup."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(groups)
    for name, text in files.items():
        path = tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    return str(tmp_path)


PHYSICAL = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("groups, files, expected", [
    ("", {}, PHYSICAL),
    (V2, {"memory.max": "max", "outer/memory.max": "max"}, PHYSICAL),
    (V2, {"memory.max": 500 << 20}, 500 << 20),                                             # a container's own root
    (V2, {"outer/inner/memory.max": 300 << 20, "outer/memory.max": 400 << 20}, 300 << 20),
    (V2, {"outer/inner/memory.max": 300 << 20, "outer/memory.max": 200 << 20}, 200 << 20),  # the group around ours
    (V2, {"outer/inner/memory.max": "max", "outer/inner/memory.high": 100 << 20}, 100 << 20),
    (V2, {"unified/outer/memory.max": 150 << 20}, 150 << 20),                               # both versions mounted
    ("0::/../sibling\n", {"memory.max": 500 << 20}, 500 << 20),                             # nothing of it to be seen here
    (V1, {"memory/memory.limit_in_bytes": 9223372036854771712}, PHYSICAL),                  # version 1 for "max"
    (V1, {"memory/memory.limit_in_bytes": 500 << 20}, 500 << 20),
    (V1, {"memory/outer/memory.limit_in_bytes": 90 << 20, "memory/outer/inner/memory.limit_in_bytes": GIB}, 90 << 20),
    ("2:memory:/docker/0123\n", {"memory/memory.limit_in_bytes": 70 << 20}, 70 << 20),      # the host's name of a container
    (V2, {"memory.max": "nonsense"}, PHYSICAL),
    ("no colons\n:\n::\n", {"memory.max": 600 << 20}, 600 << 20),
])
def test_memory_limit(tmp_path, groups, files, expected):
    assert _native.memory_limit(machine(tmp_path, groups, files)) == min(expected, PHYSICAL)


@pytest.mark.parametrize("groups, files, expected", [
    ("", {}, 0),
    (V2, {"cpu.max": "max 100000"}, 0),
    (V2, {"cpu.max": "150000 100000"}, 2),
    (V2, {"outer/cpu.max": "100000 100000", "outer/inner/cpu.max": "400000 100000"}, 1),
    (V1, {"cpu/cpu.cfs_quota_us": -1, "cpu/cpu.cfs_period_us": 100000}, 0),
    (V1, {"cpu/outer/cpu.cfs_quota_us": 250000, "cpu/outer/cpu.cfs_period_us": 100000}, 3),
])
def test_cpu_limit(tmp_path, groups, files, expected):
    assert _native.cpu_limit(machine(tmp_path, groups, files)) == expected


def test_this_process_may_have_some():
    assert 0 < _native.memory_limit() <= PHYSICAL


def test_a_container_of_100_megabytes():
    """The pool keeps a quarter at most, and together with what is in use no more than half: others need some, too."""
    mb = 1 << 20
    _native.set_memory_limit(100 * mb)
    try:
        already, held = stats()["in_use_bytes"], []
        for _ in range(12):
            a = NATIVE.exp(np.zeros(mb, np.float32))                    # 4 MB
            b, c = NATIVE.exp(a), NATIVE.exp(a[: mb // 2])
            held.append(a)
            del b, c
            now = stats()
            assert now["cached_bytes"] <= 25 * mb
            assert now["cached_bytes"] == 0 or now["in_use_bytes"] + now["cached_bytes"] <= 50 * mb
        assert stats()["in_use_bytes"] - already >= 48 * mb
        with pytest.raises(MemoryError):
            NATIVE.exp(np.zeros(101 * mb // 4, np.float32))
        held.clear()
        assert 0 < stats()["cached_bytes"] <= 25 * mb
    finally:
        _native.set_memory_limit(0)


def test_more_than_there_is_is_refused_at_once():
    """An array larger than all memory and swap would be had, and the process killed when it is filled."""
    one = np.broadcast_to(np.float32(1), (1 << 20, 1 << 20))
    with pytest.raises(MemoryError):
        NATIVE.matmul(one[:, :1], one[:1])
