"""The one door to the native kernels: a whole training step passes it, is kept there, and made again without Python."""

import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, nn, optim
from minigrad.kernels.recording import Recording

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

    recorded = Training(model, optimizer)
    recorded.step()                         # the first step makes what is kept: gradients' owners, the optimiser's state
    recorded.load(1)
    with Recording() as recording:
        loss = recorded.step()
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


EVERY = {
    "keras": lambda ps: optim.SGD(ps, 0.05, momentum=0.9, decay=0.1, form="keras"),
    "amsgrad": lambda ps: optim.Adam(ps, 0.01, amsgrad=True), "nadam": lambda ps: optim.NAdam(ps, 0.01),
    "radam": lambda ps: optim.RAdam(ps, 0.01, betas=(0.9, 0.9)), "adamax": lambda ps: optim.Adamax(ps, 0.01),
    "rmsprop": lambda ps: optim.RMSprop(ps, 0.01, momentum=0.9, centered=True), "adagrad": lambda ps: optim.Adagrad(ps, 0.1),
    "adadelta": lambda ps: optim.Adadelta(ps), "lion": lambda ps: optim.Lion(ps, 0.01), "rprop": lambda ps: optim.Rprop(ps),
    "asgd": lambda ps: optim.ASGD(ps, 0.01, t0=2),
}


@pytest.mark.parametrize("name", EVERY)
def test_every_optimiser_with_clipping_and_a_mean_of_the_weights_is_made_again(name):
    """What changes from step to step (counts, NAdam's product, ASGD's rate, the norm) is read when it runs."""
    def made():
        mg.manual_seed(3)
        model = nn.Linear(5, 30, device="native")
        for p in model.parameters():
            p.grad = mg.ones(p.shape, device="native")
        return model, EVERY[name](model.parameters()), optim.AveragedModel(model)

    def step(model, optimizer, mean):
        optim.clip_grad_norm_(model.parameters(), 1.0)
        optim.clip_grad_value_(model.parameters(), 0.4)
        optimizer.step()
        mean.update_parameters(model)

    grads = [[np.random.default_rng(i).standard_normal(shape).astype(np.float32) for shape in ((30, 5), (30,))]
             for i in range(12)]
    eager, recorded = made(), made()
    for i, gs in enumerate(grads):
        for run in (eager, recorded):
            for p, g in zip(run[0].parameters(), gs, strict=True):
                p.grad.data[...] = g
            run[1].lr = 0.05 / (1 + i)
        step(*eager)
        if i == 0:
            with Recording() as recording:
                step(*recorded)
            assert recording.beside == {}
        else:
            recording.replay()
        for a, b in zip(eager, recorded, strict=True):
            for key, value in a.state_dict().items():
                np.testing.assert_array_equal(b.state_dict()[key], value, err_msg=key)


def test_nothing_of_a_step_is_computed_beside_the_door():
    """Every kernel that a step calls makes at least one native call, or gives a view."""
    training = Training(cnn, "adam")
    training.step()
    with Recording() as recording:
        training.step()
    assert recording.beside == {} and len(recording.names) > 30


@pytest.mark.parametrize("step, beside", [
    (lambda a: mg.sin(a).exp(), {"sin": "numpy"}),                              # no native kernel
    (lambda a: (a.astype("float64") + 1).exp(), {"astype": "numpy", "add": "numpy", "exp": "numpy"}),
    (lambda a: (mg.exp(a), mg.tensor([1.0], device="numpy").exp()), {"exp": "numpy", "asarray": "numpy"}),
    (lambda a: a[np.array([1, 0])].exp(), {"getitem": "numpy"}),                # a view with other indices
    (lambda a: a.__setitem__(0, 7.0), {"assign": "numpy"}),                     # writes, and gives nothing back
    (lambda a: kernels.table("native").add(a.data, a.data, np.empty((3, 3))[:, 0]), {"add": "numpy"}),
])
def test_what_is_computed_beside_the_door_is_named_and_not_made_again(step, beside):
    a = mg.ones(3, device="native")
    with Recording() as recording, mg.no_grad():
        step(a)
    assert beside.items() <= recording.beside.items()
    with pytest.raises(RuntimeError, match=rf"^\[replay\] found .*{next(iter(beside))} \(on numpy\).*beside the native calls"):
        recording.replay()


def test_views_are_nothing_beside_the_door():
    a = mg.ones(3, 4, device="native")
    with Recording() as recording:
        mg.exp(a[1:].reshape(8)[None])
        mg.tanh(a.T)
    assert recording.beside == {} and recording.names == ["exp", "tanh"]
    recording.replay()


def test_only_the_threads_own_kernels_count():
    """Those of other threads are neither kept nor missing, and hide nothing."""
    a, go, done = mg.ones(1000, device="native"), threading.Event(), threading.Event()

    def others():
        go.wait()
        while not done.is_set():
            mg.exp(a), mg.sin(a)

    thread = threading.Thread(target=others)
    thread.start()
    wide = mg.tensor(np.ones(100_000), device="native")
    with Recording() as recording:
        go.set()
        for _ in range(20):
            mg.cos(wide)
    done.set()
    thread.join()
    assert recording.beside == {"cos": "numpy"} and recording.names == []


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


def test_what_is_replayed_is_counted():
    a = mg.ones(20, 30, device="native")
    with Recording() as recording:
        (a @ a.T).exp()
    found = mg.profile(recording.replay, steps=3)
    rows = {row.name: row for row in found.rows}
    assert rows.keys() == {"matmul", "exp"} and all(row.calls == 3 and row.seconds > 0 for row in found.rows)
    assert rows["matmul"].flops == 3 * 2 * 20 * 30 * 20 and rows["exp"].bytes == 3 * 2 * 4 * 400


def test_a_recording_within_a_profile_and_the_other_way_round():
    a = mg.ones(5, device="native")
    with Recording() as recording:
        found = mg.profile(lambda: mg.sin(a), steps=2)
    assert found.fallbacks == ["sin"] and found.rows[0].calls == 2 and recording.beside == {"sin": "numpy"}

    def step():
        with Recording() as inner:
            mg.exp(mg.sin(a))
        assert inner.beside == {"sin": "numpy"} and inner.names == ["exp"]

    assert {row.name: row.calls for row in mg.profile(step, steps=2).rows} == {"exp": 2, "sin": 2}
    assert not any(name in vars(kernels.table("native")) for name in ("exp", "sin"))
