"""What comes at any moment: Ctrl-C, a signal handler that computes, a fork. graph/test_choice.py runs this on the other graph
too.

MINIGRAD_FORKS=200 forks that often (12 by default), MINIGRAD_INTERRUPTS=20000 interrupts that often (2000).
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
import traceback

import numpy as np
import pytest

import minigrad as mg
from minigrad import graph, kernels, nn

needs_timer = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timers")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
INTERRUPTS = int(os.environ.get("MINIGRAD_INTERRUPTS", "2000"))
FORKS = int(os.environ.get("MINIGRAD_FORKS", "12"))


@pytest.fixture
def alarm():
    """alarm(handler): the handler is called in a fraction of a millisecond, again and again while `with` lasts."""
    before = signal.getsignal(signal.SIGALRM)
    yield lambda handler: signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def frames(error):
    """(code, line) of the frames of a traceback."""
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code, trace.tb_lineno
        trace = trace.tb_next


def soon():
    signal.setitimer(signal.ITIMER_REAL, random.uniform(5e-6, 60e-6))


@needs_timer
def test_an_interrupt_never_leaves_gradients_off(alarm):
    """Wherever Ctrl-C meets `with no_grad()`: before, in, between, behind. The plain graph has one instruction where nothing
    can be done, the first of __exit__, as every context manager that is written in Python; the compiled one has none."""
    def interrupt(*_):
        raise KeyboardInterrupt

    alarm(interrupt)
    interrupted, left_off = 0, []
    contexts = (mg.no_grad, lambda: mg.no_grad(), mg.anomaly_mode)
    while interrupted < INTERRUPTS:
        try:
            soon()
            while True:
                with contexts[interrupted % 3]():
                    pass
        except KeyboardInterrupt as error:
            interrupted += 1
            where = [(code.co_name, line - code.co_firstlineno) for code, line in frames(error)]
        signal.setitimer(signal.ITIMER_REAL, 0)
        if graph.mode.get() != graph.GRAD or graph.entered.get() is not None:
            left_off.append(where[-2])          # the last is the handler
            graph.mode.set(graph.GRAD)
            graph.entered.set(None)
    assert set(left_off) <= (set() if graph.kind == "compiled" else {("__exit__", 0)})


@needs_timer
def test_a_handler_that_runs_backward(alarm):
    """It may come while the main program delivers to the same leaves: nothing is lost, nothing waits for ever."""
    x, value = mg.tensor([1.0, 2.0], dtype=np.float64, requires_grad=True), mg.Value(2)
    called, over = 0, False

    def handler(*_):
        nonlocal called
        called += 1
        (x * 5).sum().backward()
        (value * 5).backward()
        mg.dropout(x, 0.5)
        if not over:
            soon()

    alarm(handler)
    own = 0
    soon()
    end = time.monotonic() + 20
    while called < 300 and time.monotonic() < end:
        (x * 2).sum().backward()
        (value * 2).backward()
        mg.dropout(x, 0.5)
        own += 1
    over = True                                             # one that is on its way sets no timer any more
    signal.setitimer(signal.ITIMER_REAL, 0)
    time.sleep(0.001)
    assert called >= 300
    assert x.grad.tolist() == [2 * own + 5 * called] * 2 and value.grad == 2 * own + 5 * called


@needs_fork
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forks_while_another_thread_runs_backward():
    """The child computes, whatever the other thread was doing; it is given ten seconds."""
    model = nn.Sequential(nn.Linear(6, 300), nn.ReLU(), nn.Linear(300, 4))
    # numpy's BLAS has threads of its own for large products, and may wait for ever if a fork comes in their midst.
    rows = 400 if kernels.default_table().name == "native" else 20
    stop = threading.Event()
    sys_interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)

    def work():
        while not stop.is_set():
            (model(mg.ones((rows, 6))) ** 2).sum().backward()

    def child():
        model.zero_grad()
        loss = (mg.dropout(model(mg.ones((rows, 6))), 0.5) ** 2).sum()
        loss.backward()
        with mg.no_grad():
            model[0].weight[...] = 0
        (mg.Value(2) * 3).backward()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for t in workers:
        t.start()
    hung = failed = 0
    try:
        for _ in range(FORKS):
            time.sleep(random.uniform(0, 0.003))
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    child()
                    code = 0
                except BaseException:
                    traceback.print_exc()       # pytest shows it, if the test fails
                finally:
                    os._exit(code)
            end = time.monotonic() + 10
            while True:
                done, status = os.waitpid(pid, os.WNOHANG)
                if done:
                    failed += status != 0
                    break
                if time.monotonic() > end:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                    hung += 1
                    break
                time.sleep(0.001)
    finally:
        stop.set()
        for t in workers:
            t.join()
        sys.setswitchinterval(sys_interval)
    assert (hung, failed) == (0, 0)


AT_ONCE = """
import os, random, threading, time
import minigrad as mg
from minigrad import nn

model = nn.Sequential(nn.Linear(6, 300), nn.Linear(300, 4))
rows = 400 if mg.ones(1).device == "native" else 20         # numpy's BLAS has threads of its own
def work():
    for _ in range(20):
        model(mg.ones((rows, 6))).sum().backward()
threading.Thread(target=work).start()
time.sleep(random.uniform(0, .002))
if os.fork() == 0:
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)
raise SystemExit(os.wait()[1])
"""


@needs_fork
def test_forks_while_the_first_calls_of_a_process_are_made():
    """Whatever is made at a first use is there before: half made at a fork, it would be so for ever in the child."""
    for _ in range(max(4, FORKS // 3)):
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", AT_ONCE], capture_output=True, text=True, timeout=60,
                              env=dict(os.environ, PYTHONPATH=os.path.dirname(os.path.dirname(mg.__file__))))
        assert done.returncode == 0, done.stderr


def test_the_engine_holds_no_lock():
    """A lock could be found taken: by a child after a fork, by a handler that came while its own thread held it. The register
    of optimisers has one, which its own thread may take again and a child begins anew."""
    held = {f"{module}.{name}": value for module, contents in list(sys.modules.items()) if module.split(".")[0] == "minigrad"
            for name, value in vars(contents).items() if isinstance(value, (type(threading.Lock()), type(threading.RLock())))}
    assert held.keys() <= {"minigrad.nn.ownership._lock"}
    assert all(isinstance(lock, type(threading.RLock())) for lock in held.values())
