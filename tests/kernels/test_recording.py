"""The one door to the native kernels: a whole training step passes it, is kept there, and made again without Python."""

import subprocess
import sys
import threading
from inspect import isroutine

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, nn, optim

_native = pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")

STEPS = 100


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 40), nn.ReLU(), nn.Linear(40, 10))


def cnn():
    return nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 12, 3),
                         nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Dropout(0.3), nn.Linear(12 * 36, 10))


OPTIMIZERS = {"sgd": lambda p: optim.SGD(p, lr=0.1), "momentum": lambda p: optim.SGD(p, lr=0.05, momentum=0.9),
              "adam": lambda p: optim.Adam(p, lr=1e-3, weight_decay=1e-2)}


class Training:
    """A model, an optimiser and one batch, whose arrays stay where they are; all of it from one seed."""

    def __init__(self, model, optimizer):
        mg.manual_seed(3)
        self.model = model()
        self.optimizer = OPTIMIZERS[optimizer](self.model.parameters())
        rng = np.random.default_rng(0)
        self.images = rng.random((STEPS, 10, 1, 28, 28), np.float32)
        self.classes = rng.integers(0, 10, (STEPS, 10))
        self.x, self.y = mg.tensor(self.images[0].copy(), device="native"), mg.tensor(self.classes[0].copy(), device="native")

    def load(self, i):
        self.x.data[...] = self.images[i]
        self.y.data[...] = self.classes[i]

    def step(self):
        self.optimizer.zero_grad()
        loss = mg.cross_entropy(self.model(self.x), self.y)
        loss.backward()
        self.optimizer.step()
        return loss

    def state(self):
        return {name: np.array(a) for name, a in self.model.state_dict().items()}


@pytest.fixture(autouse=True)
def native():
    if kernels.default_table().name != "native":
        pytest.skip("MINIGRAD_DEVICE chooses another table")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("model", [mlp, cnn])
def test_a_step_is_kept_and_made_again_with_the_same_bits(model, optimizer):
    eager, losses = Training(model, optimizer), []
    for i in range(STEPS):
        eager.load(i)
        losses.append(eager.step().item())

    recording, recorded = _native.Recording(), Training(model, optimizer)
    recorded.step()                         # the first step makes what is kept: gradients' owners, the optimiser's state
    recorded.load(1)
    recording.start()
    loss = recorded.step()
    recording.stop()
    found = [losses[0], loss.item()]
    for i in range(2, STEPS):
        recorded.load(i)
        recording.replay()
        found.append(float(loss.data))
    assert found == losses
    expected, state = eager.state(), recorded.state()
    for name, a in expected.items():
        np.testing.assert_array_equal(state[name], a, err_msg=name)


def test_learning_rate_and_count_are_read_when_it_runs():
    eager, recorded = Training(mlp, "adam"), Training(mlp, "adam")
    recorded.step()
    recording = _native.Recording()
    recording.start()
    recorded.step()
    recording.stop()
    for t in (eager, recorded):
        for _ in range(2 if t is eager else 0):
            t.step()
        t.optimizer.lr = 1e-2
    for _ in range(5):
        eager.step()
        recording.replay()
    for name, a in eager.state().items():
        np.testing.assert_array_equal(recorded.state()[name], a, err_msg=name)


def test_nothing_of_a_step_is_computed_beside_the_door():
    """Every kernel that a step calls makes at least one native call, or gives a view."""
    training, beside = Training(cnn, "adam"), []
    training.step()
    table = kernels.table("native")

    def counted(name, kernel):
        def call(*args, **keywords):
            before = len(recording.names())
            found = kernel(*args, **keywords)
            arrays = [a for a in (found if isinstance(found, tuple) else (found,)) if isinstance(a, np.ndarray)]
            fresh = [a for a in arrays if a.base is None and a.size]
            if fresh and len(recording.names()) == before:
                beside.append(name)
            return found
        return call

    names = [name for name in dir(table) if not name.startswith("_") and isroutine(getattr(type(table), name, None))]
    recording = _native.Recording()
    recording.start()
    try:
        for name in names:
            setattr(table, name, counted(name, getattr(table, name)))
        training.step()
    finally:
        recording.stop()
        for name in names:
            delattr(table, name)
    assert beside == [] and len(recording.names()) > 30


def test_a_bad_class_in_a_later_batch_is_an_error():
    training = Training(mlp, "sgd")
    recording = _native.Recording()
    recording.start()
    training.step()
    recording.stop()
    training.y.data[3] = 10
    before = training.state()
    with pytest.raises(IndexError, match=r"^\[replay\] cross_entropy found an index or a class out of range, at 3"):
        recording.replay()
    for name, a in training.state().items():
        np.testing.assert_array_equal(a, before[name])


def test_a_recording_keeps_the_arrays_that_it_writes_to():
    a = mg.tensor(np.ones(100_000, np.float32), device="native")
    recording = _native.Recording()
    recording.start()
    y = (a + 1).exp()
    recording.stop()
    kept = y.data
    del y
    others = [(a * 2).data for _ in range(20)]              # would take the memory of the sum, were it free
    a.data[...] = 0
    recording.replay()
    assert kept[0] == np.float32(np.e) and all(o[0] == 2 for o in others)


def test_another_threads_calls_are_not_kept():
    a = np.ones(10, np.float32)
    recording = _native.Recording()
    recording.start()
    thread = threading.Thread(target=lambda: [_native.exp(a, None) for _ in range(10)])
    thread.start()
    thread.join()
    _native.neg(a, None)
    recording.stop()
    assert recording.names() == ["neg"]


def test_the_order_of_starting_and_stopping():
    recording, other = _native.Recording(), _native.Recording()
    recording.start()
    for wrong, message in ((recording.start, "recording already"), (other.start, "recording already"),
                           (recording.replay, "still being recorded")):
        with pytest.raises(RuntimeError, match=message):
            wrong()
    recording.stop()
    recording.stop()
    recording.replay()


def test_one_that_is_dropped_while_it_records_lives_until_it_is_stopped():
    """Also where another thread began it."""
    code = """
import gc, threading
import numpy as np
from minigrad import _native
thread = threading.Thread(target=lambda: _native.Recording().start())
thread.start()
thread.join()
_native.Recording().start()
gc.collect()
_native.exp(np.ones(3, np.float32), None)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
