"""fit: what it trains, what it records, and how it ends."""

import io
import math
import os
import signal
import sys
import threading
import types

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.data import Dataset, Loader
from minigrad.train import Callback, Checkpoint, History, evaluate, fit


def sgd(model, lr=.1, **options):
    return optim.SGD(model.parameters(), lr=lr, **options)


def weights(model):
    return [array.tobytes() for array in model.state_dict().values()]


class Probe(nn.Module):
    """Passes its input through, and tells `seen` whether it was training; `at` may do something in a step."""

    def __init__(self, at=None):
        self.seen, self.at = [], at

    def forward(self, x):
        self.seen.append(self.training)
        if self.at is not None:
            self.at(len(self.seen))
        return x


def test_it_learns_and_records_every_epoch(device, small, blobs):
    model = small()
    history = fit(model, blobs, mg.cross_entropy, sgd(model), epochs=8, batch_size=10, validation=blobs)
    assert isinstance(history, History) and not history.interrupted and history.diverged is None
    assert history.epochs == list(range(1, 9))
    assert history.columns == ["epoch", "train_loss_running", "train_accuracy_running", "validation_loss",
                               "validation_accuracy", "lr", "train_seconds", "data_seconds", "evaluation_seconds",
                               *["peak_memory_mb"] * (os.name == "posix")]
    assert history["train_loss_running"][-1] < history["train_loss_running"][0] / 2
    assert history["validation_accuracy"][-1] > .95
    assert history["lr"] == [.1] * 8 and min(history["train_seconds"]) > 0
    facts = history.facts
    assert (facts["table"], facts["seed"], facts["batch_size"], facts["steps_per_epoch"], facts["samples"],
            facts["parameters"]) == (device, 0, 10, 9, 90, 67)


def test_it_does_what_a_plain_loop_does(device, small, blobs):
    plain, fitted = small(.3), small(.3)
    mg.manual_seed(5)
    optimizer = sgd(plain, momentum=.9)
    for _ in range(3):
        loader = Loader(blobs, batch_size=8, shuffle=True, seed=4)
        loader.set_epoch(_)
        for x, target in loader:
            optimizer.zero_grad()
            mg.cross_entropy(plain(x), target).backward()
            optimizer.step()
    mg.manual_seed(5)
    fit(fitted, blobs, nn.CrossEntropyLoss(), sgd(fitted, momentum=.9), epochs=3, batch_size=8, seed=4)
    assert weights(fitted) == weights(plain)


def test_running_figures_are_taken_before_the_steps_with_dropout_on(small, blobs):
    """With a learning rate of 0 nothing moves: then only dropout stands between the running figures and the others."""
    still = small()
    history = fit(still, blobs, mg.cross_entropy, sgd(still, lr=0), batch_size=7, evaluate_train=True)
    row = history[0]
    assert row["train_loss_running"] == pytest.approx(row["train_loss"], rel=1e-5)
    assert row["train_accuracy_running"] == row["train_accuracy"]
    dropping = small(.5)
    row = fit(dropping, blobs, mg.cross_entropy, sgd(dropping, lr=0), batch_size=7, evaluate_train=True)[0]
    assert row["train_loss"] == pytest.approx(history[0]["train_loss"], rel=1e-6)
    assert abs(row["train_loss_running"] - row["train_loss"]) > 1e-3


def test_figures_after_the_epoch_are_those_of_evaluate(small, blobs):
    model = small(.5)
    x, y = blobs
    history = fit(model, (x[:60], y[:60]), mg.cross_entropy, sgd(model), epochs=3, batch_size=7, evaluate_train=True,
                  validation=(x[60:], y[60:]))
    for name, rows in (("train", slice(60)), ("validation", slice(60, 90))):
        found = evaluate(model, (x[rows], y[rows]), mg.cross_entropy)
        assert found == {"loss": history[-1][f"{name}_loss"], "accuracy": history[-1][f"{name}_accuracy"]}
    assert history[-1]["train_loss_running"] != history[-1]["train_loss"]


def test_running_means_weigh_every_sample_alike(small, blobs):
    """90 samples in batches of 40, 40 and 10."""
    model = small()
    expected = evaluate(model, blobs, mg.cross_entropy, batch_size=90)
    row = fit(model, blobs, mg.cross_entropy, sgd(model, lr=0), batch_size=40)[0]
    assert row["train_loss_running"] == pytest.approx(expected["loss"], rel=1e-5)
    assert row["train_accuracy_running"] == expected["accuracy"]


def test_modes_are_set_and_left_as_they_were_found(small, blobs):
    probe = Probe()
    model = nn.Sequential(probe, small())
    model.eval()
    probe.train()
    before = [m.training for m in model.modules()]
    fit(model, blobs, mg.cross_entropy, sgd(model), epochs=2, batch_size=45, validation=blobs, evaluate_train=True)
    assert probe.seen == [True, True, False, False] * 2
    assert [m.training for m in model.modules()] == before
    broken = nn.Sequential(Probe(lambda step: 1 / 0), model)
    broken.eval()
    with pytest.raises(ZeroDivisionError):
        fit(broken, blobs, mg.cross_entropy, optim.Adam(model.parameters(), lr=.1))
    assert not any(m.training for m in broken.modules())


def test_what_sleeps_by_itself_is_not_woken(small, blobs):
    """A batch norm in evaluation mode inside a model in training mode: frozen by the user, and left so, to the last bit."""
    body = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Sequential(nn.Dropout(.5), nn.BatchNorm1d(4)))
    probe = Probe()
    model = nn.Sequential(body, probe, small(.5))
    for module in (body[1], body[2]):
        module.eval()
    flags = [m.training for m in model.modules()]
    frozen = [{name: a.tobytes() for name, a in m.state_dict().items() if "running" in name or "tracked" in name}
              for m in (body[1], body[2])]
    history = fit(model, blobs, mg.cross_entropy, sgd(model), epochs=2, batch_size=45, validation=blobs, evaluate_train=True,
                  on_epoch=lambda history: model.eval() and None)          # a slip that may not wake it either
    assert frozen == [{name: a.tobytes() for name, a in m.state_dict().items() if "running" in name or "tracked" in name}
                      for m in (body[1], body[2])]
    assert probe.seen == [True, True, False, False] * 2 and len(history) == 2 and not model.training
    model.train()
    fit(model, blobs, mg.cross_entropy, sgd(model))
    assert body[1].num_batches_tracked.item() == 3
    assert flags == [True, True, True, False, False, False, False, True, True, True, True, True, True]


def test_what_is_put_to_sleep_between_epochs_sleeps_from_then_on(blobs):
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
    counts = []

    def on_epoch(history):
        counts.append(model[1].num_batches_tracked.item())
        if len(history) == 2:
            model[1].eval()

    fit(model, blobs, mg.cross_entropy, sgd(model), epochs=4, batch_size=45, on_epoch=on_epoch)
    assert counts == [2, 4, 4, 4] and model.training and not model[1].training


def test_a_loss_that_diverges_is_recorded_and_reported_once(device, small, blobs):
    model = small()
    with pytest.warns(RuntimeWarning, match=r"\[fit\] training diverged: the loss became (nan|inf) in epoch 1 \(lr "
                                            r"1e\+30\)\. .* smaller learning rate") as caught:
        history = fit(model, blobs, mg.cross_entropy, sgd(model, lr=1e30), epochs=3, batch_size=10, validation=blobs)
    assert len(caught) == 1 and caught[0].filename == __file__
    assert len(history) == 3 and history.diverged == 1
    assert not any(map(math.isfinite, history["train_loss_running"]))


# ---- Ctrl-C

def stopped(model, blobs, step, action, **options):
    """The History of a run of 5 epochs, 9 steps each, in which `action` is called in the middle of that step."""
    probe = Probe(lambda count: action() if count == step else None)
    return fit(nn.Sequential(probe, model), blobs, mg.cross_entropy, sgd(model), epochs=5, batch_size=10, **options)


def press():
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_ends_the_run_after_the_step(small, blobs):
    """Pressed in the middle of step 13, the 4th of epoch 2: that step is made, and no other."""
    model, same = small(), small()
    handler = signal.getsignal(signal.SIGINT)
    history = stopped(model, blobs, 13, press)
    assert signal.getsignal(signal.SIGINT) is handler
    assert history.interrupted and history.epochs == [1]
    assert history.facts["interrupted_at"] == {"epoch": 2, "step": 4}
    optimizer, steps = sgd(same), 0
    for x, target in [*(loader := Loader(blobs, batch_size=10, shuffle=True)), *loader][:13]:
        optimizer.zero_grad()
        mg.cross_entropy(same(x), target).backward()
        optimizer.step()
        steps += 1
    assert steps == 13 and weights(model) == weights(same)


def test_ctrl_c_in_the_last_step_of_an_epoch_keeps_the_epoch(small, blobs):
    model = small()
    history = stopped(model, blobs, 9, press)
    assert history.interrupted and history.epochs == [1]
    assert history.facts["interrupted_at"] == {"epoch": 1, "step": 9}


def test_ctrl_c_while_measuring_leaves_what_is_missing_empty(small, blobs):
    model = small()
    validation = blobs[0].repeat(30, 0), blobs[1].repeat(30)           # three batches
    history = stopped(model, blobs, 10, press, validation=validation)
    assert history.interrupted and history.epochs == [1]
    assert history["validation_loss"] == history["validation_accuracy"] == [None]
    assert math.isfinite(history[0]["train_loss_running"])


@pytest.mark.parametrize("action", [lambda: (press(), press()), lambda: (_ for _ in ()).throw(KeyboardInterrupt)],
                         ids=["pressed twice", "raised"])
def test_ctrl_c_that_does_not_wait(action, small, blobs):
    model, untouched = small(), small()
    history = stopped(model, blobs, 1, action)
    assert history.interrupted and len(history) == 0 and weights(model) == weights(untouched)
    assert history.facts["interrupted_at"] == {"epoch": 1, "step": 0}
    assert all(m.training for m in model.modules())


def test_ctrl_c_between_epochs(small, blobs):
    def stop(history):
        raise KeyboardInterrupt

    model = small()
    history = fit(model, blobs, mg.cross_entropy, sgd(model), epochs=5, on_epoch=stop)
    assert history.interrupted and history.epochs == [1]


def test_a_handler_of_the_users_own_is_left_alone(small, blobs):
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(1))
    try:
        model = small()
        history = stopped(model, blobs, 2, press)
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed == [1] and not history.interrupted and len(history) == 5


def test_in_another_thread(small, blobs):
    model, histories = small(), []

    def train():
        histories.append(fit(model, blobs, mg.cross_entropy, sgd(model), epochs=2))

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert len(histories[0]) == 2


# ---- data, epochs, callbacks

def test_forms_of_data_train_alike(small, blobs):
    x, y = blobs
    results, own = [], {"batch_size": 10, "seed": 3}
    for data, options in ((blobs, own), ((x.astype(np.float64), y), own), (Dataset(x, y), own),
                          (Loader(x, y, shuffle=True, **own), {})):
        model = small()
        fit(model, data, mg.cross_entropy, sgd(model), epochs=2, **options)
        results.append(weights(model))
        assert all(p.dtype == np.float32 for p in model.parameters())
    assert results[0] == results[1] == results[2] == results[3]


def test_a_run_in_two_parts_sees_the_same_batches(small, blobs):
    whole, parts, by_loader = small(), small(), small()
    fit(whole, blobs, mg.cross_entropy, sgd(whole), epochs=4)
    optimizer = sgd(parts)
    fit(parts, blobs, mg.cross_entropy, optimizer, epochs=3)
    history = fit(parts, blobs, mg.cross_entropy, optimizer, epochs=1, first_epoch=3)
    loader, optimizer = Loader(blobs, shuffle=True), sgd(by_loader)
    fit(by_loader, loader, mg.cross_entropy, optimizer, epochs=3)
    assert fit(by_loader, loader, mg.cross_entropy, optimizer, epochs=1).epochs == history.epochs == [4]
    assert weights(whole) == weights(parts) == weights(by_loader)


def test_a_validation_loader_is_measured_whole_and_left_as_it_was(small, blobs):
    model = small()
    loader = Loader(blobs, batch_size=40, shuffle=True, drop_last=True)
    history = fit(model, blobs, mg.cross_entropy, sgd(model), epochs=2, validation=loader)
    assert history[-1]["validation_loss"] == evaluate(model, blobs, mg.cross_entropy)["loss"]
    assert (loader.epoch, loader.shuffle, loader.drop_last, loader.batch_size) == (0, True, True, 40)


def test_on_epoch_sees_the_history_and_may_stop(small, blobs):
    model, lengths = small(), []

    def on_epoch(history):
        lengths.append(len(history))
        return len(history) == 3

    history = fit(model, blobs, mg.cross_entropy, sgd(model), epochs=9, on_epoch=on_epoch)
    assert lengths == [1, 2, 3] and len(history) == 3 and not history.interrupted


def test_targets_without_classes_have_no_accuracy(small, blobs):
    x, _ = blobs
    model = small()
    history = fit(model, (x, x[:, :3]), mg.mse, sgd(model), epochs=2, validation=(x, x[:, :3]))
    assert [name for name in history.columns if "accuracy" in name] == []


def test_accuracy_of_ones_own(small, blobs):
    x, y = blobs
    model = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
    target = (y == 0).astype(np.float32)[:, None]
    history = fit(model, (x, target), mg.mse, optim.Adam(model.parameters(), lr=.05), epochs=20, validation=(x, target),
                  accuracy=lambda output, target: int(((output > .5) == (target > .5)).sum()))
    assert history["validation_accuracy"][-1] > .95 and 0 < history["train_accuracy_running"][0] < 1


def test_a_model_on_another_device_than_the_default(small, blobs):
    model = small().to("numpy")
    history = fit(model, blobs, mg.cross_entropy, sgd(model), validation=blobs)
    assert history.facts["table"] == "numpy" and math.isfinite(history[0]["validation_loss"])


def test_several_learning_rates_are_not_one(small, blobs):
    model = small()
    groups = [{"params": list(model[0].parameters())}, {"params": list(model[3].parameters()), "lr": .01}]
    assert fit(model, blobs, mg.cross_entropy, optim.SGD(groups, lr=.1))["lr"] == [None]


# ---- the bar

def test_a_line_per_epoch_and_a_bar_where_somebody_watches(small, blobs, capsys):
    """Captured, stderr is no terminal: then there are the lines alone."""
    model = small()
    optimizer = sgd(model)
    fit(model, blobs, mg.cross_entropy, optimizer, progress=False)
    assert capsys.readouterr() == ("", "")
    fit(model, blobs, mg.cross_entropy, optimizer, epochs=2, on_epoch=lambda history: None)
    assert capsys.readouterr() == ("", "")
    history = fit(model, blobs, mg.cross_entropy, optimizer, epochs=2, validation=blobs)
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == "" and len(lines) == 3
    assert "train loss~" in lines[0] and "val loss" in lines[0] and "val acc" in lines[0]
    assert f"{history[-1]['validation_loss']:.4f}" in lines[2] and lines[2].startswith("    2 ")
    fit(model, blobs, mg.cross_entropy, optimizer, epochs=2, batch_size=10, validation=blobs, progress=True)
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 3 and "epoch 2/2" in err and "18/18" in err and "loss " in err and "accuracy " in err
    assert "| validation loss " in err


@pytest.mark.parametrize("stream", ["closed", None, "full"])
def test_lines_that_nobody_can_read_stop_no_training(small, blobs, monkeypatch, stream):
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr("sys.stdout", {"closed": closed, "full": Full(), None: None}[stream])
    model = small()
    history = fit(model, blobs, mg.cross_entropy, sgd(model), epochs=3)
    assert len(history) == 3


@pytest.mark.parametrize("when", [0, 4])
def test_a_bar_that_nobody_can_read_stops_no_training(small, blobs, monkeypatch, when):
    """stderr that is full, closed or not there, from the start or in the middle."""
    class Broken(io.StringIO):
        def write(self, text):
            if len(model_seen) >= when:
                raise OSError(28, "No space left on device")
            return super().write(text)

        flush = write

        def isatty(self):
            return True

    closed, model_seen = io.StringIO(), []
    closed.close()
    for stream in (Broken(), closed, None, object()):
        model, optimizer = small(), None
        optimizer = sgd(model)
        monkeypatch.setattr("sys.stderr", stream)
        monkeypatch.setattr(Broken, "flush", lambda self: self.write(""))
        model_seen.clear()
        probe = Probe(lambda count: model_seen.append(count))
        for progress in (None, True):
            history = fit(nn.Sequential(probe, model), blobs, mg.cross_entropy, optimizer, batch_size=10, progress=progress)
            assert len(history) == 1 and history.facts["samples"] == 90
    monkeypatch.undo()


def test_seeds_and_sizes_of_numpys_can_be_saved(small, blobs, tmp_path):
    model = small()
    history = fit(model, blobs, mg.cross_entropy, sgd(model, lr=np.float32(.1)), np.int64(1), np.int64(30), seed=np.int64(7))
    history.save(tmp_path / "h.json")
    facts = History.load(tmp_path / "h.json").facts
    assert facts == history.facts and facts["seed"] == 7 and type(history.facts["seed"]) is int


# ---- what else gives batches

def test_lists_functions_and_data_sets_train_as_arrays_do(small, blobs):
    x, y = blobs
    batches = [(x[i:i + 10], y[i:i + 10]) for i in range(0, 90, 10)]

    class Samples:
        def __len__(self):
            return len(x)

        def __getitem__(self, i):
            return x[i], int(y[i])

    results = []
    for data in (Loader(x, y, batch_size=10), Loader(batches), lambda: iter(batches), Loader(Samples(), batch_size=10)):
        model = small(.5)
        mg.manual_seed(7)
        history = fit(model, data, mg.cross_entropy, sgd(model), epochs=3, validation=blobs, progress=False, accumulate=2)
        results.append((weights(model), history["train_loss_running"], history["validation_loss"]))
        assert min(history["data_seconds"]) >= 0
    assert all(found == results[0] for found in results)


def test_a_generator_serves_one_epoch(small, blobs):
    x, y = blobs
    model = small()
    history = fit(model, ((x[i:i + 10], y[i:i + 10]) for i in range(0, 90, 10)), mg.cross_entropy, sgd(model), progress=False)
    assert len(history) == 1 and history.facts["samples"] is None and history.facts["steps_per_epoch"] is None
    with pytest.raises(ValueError, match=r"the training data are needed 2 times, but .* come once: pass the function"):
        fit(model, ((x, y) for _ in range(3)), mg.cross_entropy, sgd(model), epochs=2)


def test_a_bar_over_batches_that_nobody_has_counted(small, blobs, capsys):
    model = small()
    fit(model, lambda: iter([blobs] * 3), mg.cross_entropy, sgd(model), epochs=2, progress=True)
    assert "6step" in capsys.readouterr().err.replace(" ", "")


def test_a_run_over_a_function_goes_on(small, blobs, tmp_path):
    x, y = blobs

    def made(stop=None, resume=False):
        mg.manual_seed(3)
        model = small(.5)

        class Stop(Callback):
            def on_step(self, run):
                if (run.epoch, run.step) == stop:
                    raise InterruptedError

        optimizer = optim.Adam(model.parameters(), lr=.01)
        fit(model, lambda: ((x[i:i + 10], y[i:i + 10]) for i in range(0, 90, 10)), mg.cross_entropy, optimizer, epochs=3,
            progress=False, callbacks=[Checkpoint(tmp_path / f"{stop is None and not resume}.safetensors", seconds=0), Stop()],
            resume=resume)
        return weights(model)

    whole = made()
    with pytest.raises(InterruptedError):
        made((2, 5))
    assert made(resume=True) == whole


def test_a_notebook_has_a_bar_where_it_has_widgets(small, blobs, monkeypatch, capsys):
    """Elsewhere a bar of characters would be a heap of lines: there are the lines of the epochs."""
    class Shell:
        config = {"IPKernelApp": {}}        # noqa: RUF012

    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: Shell()
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    model = small()
    for there in (False, True):
        monkeypatch.setattr("minigrad.system.console.find_spec", lambda name, there=there: name if there else None)
        fit(model, blobs, mg.cross_entropy, sgd(model), epochs=2)
        out, err = capsys.readouterr()
        assert len(out.splitlines()) == 3 and bool(err) == there
