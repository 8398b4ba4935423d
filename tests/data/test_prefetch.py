"""Batches made ahead in a thread: the same batches, errors where they are consumed, and never a thread left behind."""

import contextvars
import gc
import os
import signal
import subprocess
import sys
import threading
import time
import traceback

import numpy as np
import pytest

from minigrad.data import Loader, prefetch


class Slow:
    """A data set in which each sample takes its time."""

    def __init__(self, n, seconds=0.0):
        self.n, self.seconds, self.made = n, seconds, 0

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if self.seconds:
            time.sleep(self.seconds)
        self.made += 1
        return np.full(1, i, np.float32), i


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "minigrad-prefetch"]


@pytest.fixture(autouse=True)
def nothing_left_behind():
    assert not threads()
    yield
    gc.collect()
    assert not threads()


def labels(loader):
    return [y.tolist() for _, y in loader]


@pytest.mark.parametrize("ahead", [1, 2, 5, 100])
def test_the_same_batches_in_the_same_order(ahead):
    options = dict(batch_size=3, shuffle=True, seed=1)
    want = Loader(Slow(20), prefetch=0, **options)
    loader = Loader(Slow(20), prefetch=ahead, **options)
    assert [labels(loader) for _ in range(3)] == [labels(want) for _ in range(3)] and loader.epoch == 3
    x, y = np.arange(20.), np.arange(20)
    assert labels(Loader(x, y, prefetch=ahead, **options)) == labels(Loader(x, y, **options))


@pytest.mark.parametrize("ahead", [1, 2, 3])
def test_no_more_than_asked_for_are_made_ahead(ahead):
    data = Slow(100)
    passing = iter(Loader(data, batch_size=1, prefetch=ahead))
    for taken in range(1, 4):
        next(passing)
        deadline = time.monotonic() + 10
        while data.made < taken + ahead and time.monotonic() < deadline:
            time.sleep(.001)
        time.sleep(.01)
        assert data.made == taken + ahead
    assert len(threads()) == 1
    del passing


@pytest.mark.parametrize(("seconds", "use", "thread"), [(0.0, .004, 0), (.004, 0.0, 0), (.004, .004, 1)])
def test_a_thread_is_there_where_it_has_something_to_save(seconds, use, thread, monkeypatch):
    monkeypatch.setattr(prefetch, "_PAYS", .002)
    for loader in (Loader(Slow(8, seconds), batch_size=1), Loader(np.zeros((8, 1), np.float32), np.arange(8), batch_size=1,
                                                                  transform=lambda x: time.sleep(seconds) or x)):
        for taken, (_, y) in enumerate(loader):
            assert y.tolist() == [taken]
            time.sleep(use)
            if taken in (2, 3, 4):
                assert len(threads()) == (thread if taken > 2 else 0)
        assert taken == 7 and loader.epoch == 1 and not threads() and 8 * seconds * .3 <= loader.waited < 5
        for taken, _ in enumerate(loader):
            if taken == 1:
                break               # before it is decided


def test_a_thread_begins_with_the_first_batch_and_ends_with_the_last():
    loader = Loader(Slow(3), batch_size=1, prefetch=2)
    passing = iter(loader)
    assert not threads()
    assert next(passing)[1].tolist() == [0] and len(threads()) == 1
    assert [y.tolist() for _, y in passing] == [[1], [2]] and not threads() and loader.epoch == 1


def test_a_thousand_passes_broken_off_leave_no_thread():
    loader = Loader(Slow(50), batch_size=5, shuffle=True, prefetch=2)
    for i in range(1000):
        for step, _ in enumerate(loader):
            if step == i % 4:
                break
        assert not threads() and loader.epoch == 0
    passes = [iter(loader) for _ in range(20)]
    for passing in passes:
        next(passing)
    assert len(threads()) == 20
    del passes, passing
    assert not threads()


def test_a_pass_broken_off_by_an_error_of_the_consumer():
    loader = Loader(Slow(50), batch_size=5, prefetch=2)
    with pytest.raises(ZeroDivisionError):
        for _ in loader:
            _ = 1 / 0
    assert not threads()


def test_a_pass_in_a_cycle_ends_with_the_garbage():
    loader = Loader(Slow(50), batch_size=5, prefetch=2)
    ring = [iter(loader)]
    ring.append(ring)
    next(ring[0])
    del loader, ring
    gc.collect()
    assert not threads()


def test_breaking_off_waits_for_one_sample_not_for_a_batch():
    data = Slow(200)
    passing = iter(Loader(data, batch_size=100, prefetch=1))
    next(passing)
    data.seconds = .1               # the second batch would take ten seconds
    while data.made < 103:
        time.sleep(.001)
    del passing
    assert data.made < 150 and not threads()


def test_errors_come_where_batches_are_consumed_with_both_tracebacks():
    class Broken(Slow):
        def __getitem__(self, i):
            if i == 7:
                raise KeyError("seven")
            return super().__getitem__(i)

    def consume():
        seen = 0
        try:
            for _ in loader:
                seen += 1
        except KeyError as error:
            return seen, "".join(traceback.format_exception(error))
        return None

    loader = Loader(Broken(20), batch_size=2, prefetch=3)
    seen, text = consume()
    assert seen == 3 and "in consume" in text and "__getitem__" in text and "this was sample 7 of a Broken" in text
    gc.disable()
    try:
        consume()
        assert not [thing for thing in gc.get_objects() if type(thing) is KeyError and thing.args == ("seven",)], \
            "the error is in no cycle with its own traceback"
    finally:
        gc.enable()


def test_an_exit_in_the_data_set_reaches_the_consumer():
    class Leaving(Slow):
        def __getitem__(self, i):
            raise SystemExit(3)

    with pytest.raises(SystemExit):
        list(Loader(Leaving(3), prefetch=2))


def test_the_thread_runs_in_the_context_of_the_pass():
    word = contextvars.ContextVar("word", default="none")

    class Told(Slow):
        def __getitem__(self, i):
            return np.zeros(1), len(word.get())

    token = word.set("five!")
    try:
        assert labels(Loader(Told(2), prefetch=2)) == [[5, 5]]
    finally:
        word.reset(token)
    assert labels(Loader(Told(2), prefetch=2)) == [[4, 4]]


def test_two_loaders_and_two_consumers_at_once():
    loaders = [Loader(Slow(60), batch_size=4, shuffle=True, seed=seed, prefetch=2) for seed in (1, 2)]
    want = [labels(Loader(Slow(60), batch_size=4, shuffle=True, seed=seed, prefetch=0)) for seed in (1, 2)]
    pairs = [[one[1].tolist(), other[1].tolist()] for one, other in zip(*loaders)]
    assert pairs == [list(pair) for pair in zip(*want)]
    found = {}

    def consume(name, loader):
        found[name] = [labels(loader) for _ in range(5)]

    loaders = [Loader(Slow(60), batch_size=4, seed=1, shuffle=True, prefetch=2) for _ in range(4)]
    consumers = [threading.Thread(target=consume, args=(i, loader)) for i, loader in enumerate(loaders)]
    for thread in consumers:
        thread.start()
    for thread in consumers:
        thread.join()
    assert all(found[i] == found[0] for i in range(4)) and found[0][0] == want[0]


def test_interleaved_passes():
    loader = Loader(Slow(20), batch_size=6, shuffle=True, prefetch=2)
    for (a, _), (b, _) in zip(loader, loader, strict=True):
        np.testing.assert_array_equal(a, b)
    assert loader.epoch == 1


def test_the_seconds_waited_are_counted():
    loader = Loader(Slow(8, .005), batch_size=4, prefetch=0)
    assert loader.waited == 0
    list(loader)
    assert .04 <= loader.waited < 2
    ahead = Loader(Slow(8, .005), batch_size=4, prefetch=2)
    for _ in ahead:
        time.sleep(.05)
    assert .02 <= ahead.waited < loader.waited + .5, "the first batch has to be waited for"
    arrays = Loader(np.zeros((50, 3)), np.zeros(50), batch_size=3)
    list(arrays)
    assert 0 < arrays.waited < 1
    for _ in ahead:
        break
    assert ahead.waited >= .02, "of the pass that was broken off, too"


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")     # Python 3.12 on, at a fork
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_a_forked_process_begins_passes_of_its_own():
    loader = Loader(Slow(20), batch_size=4, prefetch=2)
    passing = iter(loader)
    next(passing)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            try:
                next(passing)
            except RuntimeError as error:
                code = 2 if "was begun before the process was forked" in str(error) else 3
            if code == 2 and labels(loader) == labels(Loader(Slow(20), batch_size=4, prefetch=0)) and not threads():
                del passing
                code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [y.tolist() for _, y in passing] == labels(Loader(Slow(20), batch_size=4, prefetch=0))[1:], "the parent goes on"


def run(script, **options):
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, **options)


SCRIPT = """
import signal, sys, threading, time
import numpy as np
from minigrad.data import Loader, prefetch

class Data:
    def __len__(self):
        return 100

    def __getitem__(self, i):
        time.sleep({seconds})
        return np.zeros(3), i

loader = Loader(Data(), batch_size=1, prefetch=2)
"""


def test_the_interpreter_exits_within_a_pass():
    done = run(SCRIPT.format(seconds=.01) + "passing = iter(loader); next(passing); print('out')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "out\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="a signal cannot be sent to a process alone")
def test_ctrl_c_ends_the_wait_for_a_batch():
    done = run(SCRIPT.format(seconds=3) + f"""
import os
threading.Timer(.3, lambda: os.kill(os.getpid(), {int(signal.SIGINT)})).start()
began = time.monotonic()
try:
    for _ in loader:
        pass
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - began < 20)
print([t.name for t in threading.enumerate() if t.name == "minigrad-prefetch"])
""")
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted True\n[]\n", "")


def test_ctrl_c_while_the_thread_starts_leaves_no_thread(monkeypatch):
    start = threading.Thread.start

    def interrupted(thread):
        start(thread)
        raise KeyboardInterrupt         # where it most likely comes: start waits for the thread to say that it runs

    loader = Loader(Slow(9), batch_size=2, prefetch=2)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(iter(loader))
    assert not threads() and loader.epoch == 0
    assert len(labels(loader)) == 5


def test_where_there_are_no_threads_batches_are_made_when_asked_for(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    loader = Loader(Slow(7), batch_size=3, prefetch=2)
    assert labels(loader) == [[0, 1, 2], [3, 4, 5], [6]] and loader.epoch == 1 and loader.waited > 0
    for _ in loader:
        break
