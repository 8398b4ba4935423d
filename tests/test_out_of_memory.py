"""Memory that cannot be had, at every single allocation: a MemoryError each time, never the end of the process, and no state
half-written. The native allocators count, and one of them is told to fail.

The suite lets each allocation of a training step fail once, and then all that follow it. The figure for a release:

    MINIGRAD_FAULT_ROUNDS=20 python -m pytest -s tests/test_out_of_memory.py

repeats that with other shapes in each round, and prints how many allocations failed.
"""

import os
import subprocess
import sys

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import minigrad as mg
from minigrad import kernels
from minigrad.testing.kernels.claims import KERNELS

_native = pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")

ROUNDS = int(os.environ.get("MINIGRAD_FAULT_ROUNDS", "1"))
NATIVE = kernels.table("native")


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    monkeypatch.setattr(kernels, "default_table_and_reason", lambda: (NATIVE, "chosen by the test"))
    threads = _native.num_threads()
    yield
    _native.fail_allocation(0)
    _native.set_num_threads(threads)


def network(channels, optimizer):
    """A small CNN with all that keeps state: batch norm, dropout, momentum; sizes that need scratch in every product."""
    nn = mg.nn
    mg.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(channels, 2 * channels, 3, padding=1, stride=2), nn.BatchNorm2d(2 * channels), nn.ReLU(), nn.Flatten(),
        nn.Dropout(0.5), nn.Linear(2 * channels * 16, 300), nn.Tanh(), nn.Linear(300, 10))
    if optimizer == "sgd":
        return model, mg.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
    return model, mg.optim.Adam([{"params": [p]} for p in model.parameters()])      # many groups: all step, or none


def step(model, optimizer, x, y):
    mg.manual_seed(1)                       # the same dropout in every attempt
    optimizer.zero_grad()
    loss = mg.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


def state(model, optimizer):
    return {name: np.asarray(a).tobytes() for name, a in {**optimizer.state_dict(), **model.state_dict()}.items()}


def restore(model, optimizer, saved):
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("every", [False, True])
def test_a_training_step(optimizer, threads, every):
    _native.set_num_threads(threads)
    failures = 0
    for round_ in range(ROUNDS):
        rng = np.random.default_rng(round_)
        channels, batch = int(rng.integers(5, 40)), int(rng.integers(2, 40))
        x, y = rng.normal(size=(batch, 3, 16, 16)).astype(np.float32), rng.integers(0, 10, batch)
        model, optim = network(channels, optimizer)
        step(model, optim, x, y)
        start = state(model, optim)
        saved = {n: np.array(a) for n, a in model.state_dict().items()}, optim.state_dict()
        loss = step(model, optim, x, y)
        after = state(model, optim)
        restore(model, optim, saved)
        n = 0
        while True:
            n += 1
            mg.empty_cache()                # so that scratch is asked for anew
            _native.fail_allocation(n, every)
            try:
                step(model, optim, x, y)
                failed = False
            except MemoryError as error:
                assert "memory" in str(error) or "allocate" in str(error), error
                failed = True
            finally:
                counted = _native.fail_allocation(0)
            if not failed:
                assert counted < n, f"allocation {n} of {counted} failed, and nobody said so"
                assert state(model, optim) == after
                break
            failures += 1
            found = state(model, optim)
            moved = {name for name in found if found[name] != start[name]}
            for layer in {name.rpartition(".")[0] for name in moved}:   # batch norm, once its forward is over, as a whole
                whole = {f"{layer}.{name}" for name in ("running_mean", "running_var", "num_batches_tracked")}
                assert moved & whole == whole and all(found[name] == after[name] for name in whole)
                moved -= whole
            assert not moved, f"allocation {n}"
            restore(model, optim, saved)
            if n % 7 == 0:                  # and the same step may be made again
                assert step(model, optim, x, y) == loss and state(model, optim) == after
                restore(model, optim, saved)
    assert failures > 30
    print(f"\n{optimizer}, {threads} threads: {failures} allocations failed, no aborts")


def contents(args):
    """The bytes of every array in args."""
    if isinstance(args, (tuple, list)):
        return [contents(a) for a in args]
    return args.tobytes() if isinstance(args, np.ndarray) else None


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_every_kernel(name):
    """With each of its allocations failing a kernel raises MemoryError, or serves nevertheless; what it was given, parameters
    and their state included, is as before, and the next call gives what it always gives."""
    kernel = getattr(NATIVE, name)

    @hypothesis.settings(max_examples=25 * ROUNDS, deadline=None, database=None,
                         suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(KERNELS[name].arguments, st.booleans())
    def fails(args, every):
        before = contents(args)
        for n in range(1, 40):
            mg.empty_cache()
            _native.fail_allocation(n, every)
            try:
                with np.errstate(all="ignore"):
                    kernel(*args)
            except MemoryError:
                assert contents(args) == before
                continue
            finally:
                _native.fail_allocation(0)
            return

    fails()


@pytest.mark.skipif(_native.build_info()["sanitized"], reason="a sanitizer takes more addresses than the limit leaves")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")
def test_where_the_system_has_no_more():
    """The process may take half a GiB more: what does not fit is a MemoryError, and what fits still works, in every thread."""
    done = subprocess.run([sys.executable, "-c", """
import resource, numpy as np, minigrad as mg
from minigrad import _native
_native.set_num_threads(4)
x, w = np.ones((4, 3, 40, 40), "f"), np.ones((8, 3, 3, 3), "f")
def train():
    weight = mg.tensor(w, requires_grad=True)
    loss = mg.conv2d(mg.tensor(x), weight, padding=1).sum()
    loss.backward()
    return weight.grad.numpy().sum()
before = train()
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + (512 << 20), resource.getrlimit(resource.RLIMIT_AS)[1]))
one, two = np.ones((1, 1, 1, 1), "f"), np.ones((1, 1, 1, 2), "f")
failed = 0
for call in (lambda: mg.conv2d(one, two, stride=(1, 2**30), padding=(0, 10**9)),
             lambda: mg.conv2d(np.ones((8, 64, 64, 64), "f"), np.ones((64, 64, 3, 3), "f"), padding=600),
             lambda: mg.exp(np.broadcast_to(np.float32(1), (300 << 20,))),
             lambda: [mg.exp(np.ones(1 << 20, "f")) for _ in range(1000)]):
    try: call()
    except MemoryError: failed += 1
    assert train() == before
print(failed)
"""], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "4", (done.stdout, done.stderr)
