"""Callbacks: the moments of a run, and each of those that come with minigrad."""

import csv
import math
import shutil

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.train import (
    Average,
    Callback,
    Checkpoint,
    ClipGradients,
    EarlyStop,
    History,
    Log,
    Schedule,
    StopAtNaN,
    evaluate,
    fit,
)


def sgd(model, lr=.1, **options):
    return optim.SGD(model.parameters(), lr=lr, **options)


def weights(model):
    return [array.tobytes() for array in model.state_dict().values()]


def run(model, data, epochs=3, callbacks=(), lr=.1, optimizer=None, **options):
    return fit(model, data, mg.cross_entropy, optimizer or sgd(model, lr), epochs=epochs, callbacks=callbacks, progress=False,
               **{"batch_size": 30, **options})


class Moments(Callback):
    def __init__(self):
        self.seen = []

    def on_start(self, run):
        self.seen.append(("start", run.epoch, run.step))

    def before_step(self, run):
        self.seen.append(("before", run.epoch, run.step, run.model[0].weight.grad is not None))

    def on_step(self, run):
        self.seen.append(("step", run.epoch, run.step))

    def before_measuring(self, run):
        self.seen.append(("measuring", run.epoch))

    def on_epoch(self, run):
        self.seen.append(("epoch", run.epoch, run.history[-1]["epoch"], run.epochs))

    def on_end(self, run):
        self.seen.append(("end", run.epoch, run.interrupted))


def test_the_moments_of_a_run(device, small, blobs):
    moments = Moments()
    run(small(), blobs, 2, [moments], batch_size=45)
    epoch = [[("before", e, 1, True), ("step", e, 1), ("before", e, 2, True), ("step", e, 2), ("measuring", e),
              ("epoch", e, e, 2)] for e in (1, 2)]
    assert moments.seen == [("start", 1, 0), *epoch[0], *epoch[1], ("end", 2, False)]


def test_callbacks_that_look_change_nothing(device, small, blobs):
    plain, looked = small(.5), small(.5)
    mg.manual_seed(4)
    run(plain, blobs)
    mg.manual_seed(4)
    run(looked, blobs, callbacks=[Moments(), StopAtNaN(), EarlyStop("train_loss_running", patience=9)])
    assert weights(plain) == weights(looked)


def test_one_may_stop_the_run_at_each_moment(small, blobs):
    def stopping(moment):
        return type("Stop", (Callback,), {moment: lambda self, run: run.stop("enough") if run.epoch == 2 else None})()

    for moment, rows in (("before_step", 1), ("on_step", 1), ("before_measuring", 2), ("on_epoch", 2)):
        model = small()
        history = run(model, blobs, 5, [stopping(moment)])
        assert len(history) == rows and history.facts["stopped"] == "enough" and not history.interrupted


def test_on_end_comes_after_an_error_too(small, blobs):
    class Fails(Callback):
        def on_step(self, run):
            raise RuntimeError("on the way")

    moments = Moments()
    with pytest.raises(RuntimeError, match="on the way"):
        run(small(), blobs, callbacks=[moments, Fails()])
    assert moments.seen[-1][0] == "end"


def test_what_is_no_callback_is_refused(small, blobs):
    for wrong, words in (([print], "found builtin_function_or_method: derive its class from mg.train.Callback"),
                         ([StopAtNaN], r"found the class StopAtNaN: write StopAtNaN\(\.\.\.\), with brackets"),
                         (StopAtNaN(), r"callbacks is a list, found StopAtNaN: write \[StopAtNaN\(\.\.\.\)\]")):
        with pytest.raises(TypeError, match=words):
            run(small(), blobs, callbacks=wrong)


# ---- stopping

def test_early_stop_ends_and_restores_the_best_epoch(small, blobs):
    """The validation labels are wrong, so that what is learned makes it worse: the first epoch is the best."""
    x, y = blobs
    model, once = small(), small()
    run(once, blobs, 1)
    history = run(model, blobs, 20, [EarlyStop(patience=3)], validation=(x, (y + 1) % 3))
    losses = history["validation_loss"]
    assert len(history) == 4 and losses[0] == min(losses)
    assert history.facts["stopped"] == (f"validation_loss has been no better than {losses[0]:.4g} of epoch 1 for 3 epochs")
    assert history.facts["restored_epoch"] == 1 and weights(model) == weights(once)
    stays = small()
    run(stays, blobs, 20, [EarlyStop(patience=3, restore=False)], validation=(x, (y + 1) % 3))
    assert weights(stays) != weights(once)


def test_early_stop_goes_by_the_largest_accuracy_and_a_least_gain(small, blobs):
    history = run(small(), blobs, 30, [EarlyStop("validation_accuracy", patience=2)], validation=blobs)
    accuracies = history["validation_accuracy"]
    assert len(history) < 30 and max(accuracies[:-2]) >= max(accuracies[-2:])
    history = run(small(), blobs, 30, [EarlyStop(patience=1, min_delta=.5)], validation=blobs)
    assert len(history) == 2


def test_early_stop_says_which_columns_there_are(small, blobs):
    with pytest.raises(ValueError, match=r"by='val_loss' is no column of this run, which measures epoch, .*: give fit"):
        run(small(), blobs, 3, [EarlyStop("val_loss")])
    for options, words in (({"patience": 0}, "a number of epochs, 1 or more, found 0"),
                           ({"min_delta": -1}, "min_delta must be 0 or more, found -1")):
        with pytest.raises(ValueError, match=words):
            EarlyStop(**options)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
def test_stop_at_nan_leaves_the_last_finite_weights(device, small, blobs):
    model = small()
    history = run(model, blobs, 5, [StopAtNaN()], lr=1e30)
    assert all(np.isfinite(p.detach().numpy()).all() for p in model.parameters())
    assert len(history) == 0 and history.facts["stopped"].startswith("the loss became ")
    assert history.facts["stopped"].endswith(("in epoch 1, step 2", "in epoch 1, step 3"))
    with pytest.raises(ValueError, match="each is a number of steps, 1 or more, found 0"):
        StopAtNaN(0)


# ---- gradients

def test_clipping_is_what_the_functions_do(device, small, blobs):
    for options, clip in (({"norm": .01}, lambda ps: optim.clip_grad_norm_(ps, .01)),
                          ({"value": .001}, lambda ps: optim.clip_grad_value_(ps, .001))):
        fitted, plain = small(), small()
        run(fitted, blobs, 1, [ClipGradients(**options)], batch_size=90)
        loader = mg.data.Loader(blobs, batch_size=90, shuffle=True)
        for x, y in loader:
            mg.cross_entropy(plain(x), y).backward()
            clip(list(plain.parameters()))
            sgd(plain).step()
        assert weights(fitted) == weights(plain)
    with pytest.raises(ValueError, match="found neither"):
        ClipGradients()
    with pytest.raises(ValueError, match="norm must be a number > 0, found 0"):
        ClipGradients(norm=0)


def test_accumulated_gradients_are_those_of_one_batch(device, small, blobs):
    """90 samples: batches of 15, four for a step, are steps of 60 and 30 samples, as batches of 60 are."""
    one, several = small(), small()
    run(one, blobs, 2, batch_size=60, optimizer=optim.Adam(one.parameters(), lr=.01))
    moments = Moments()
    run(several, blobs, 2, [moments], batch_size=15, accumulate=4, optimizer=optim.Adam(several.parameters(), lr=.01))
    for p, q in zip(one.parameters(), several.parameters()):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=2e-4, atol=2e-6)
    assert sum(moment[0] == "step" for moment in moments.seen) == 4
    with pytest.raises(ValueError, match="accumulate is a number of batches, 1 or more, found 0"):
        run(one, blobs, accumulate=0)


def test_label_smoothing_is_of_the_training_loss_alone(small, blobs):
    model = small()
    history = run(model, blobs, 1, lr=1e-30, label_smoothing=.2, validation=blobs, batch_size=90)
    z = model(blobs[0])
    assert history[0]["train_loss_running"] == pytest.approx(mg.cross_entropy(z, blobs[1], label_smoothing=.2).item(), rel=1e-5)
    assert history[0]["validation_loss"] == pytest.approx(mg.cross_entropy(z, blobs[1]).item(), rel=1e-5)
    with pytest.raises(TypeError, match=r"label_smoothing=0.2 is for a function that has it, .*; found CrossEntropyLoss"):
        fit(model, blobs, nn.CrossEntropyLoss(), sgd(model), label_smoothing=.2)


# ---- means of the weights, rates, files

def test_an_ema_follows_every_step_and_is_measured(device, small, blobs):
    model = small()
    ema, plain = optim.EMA(model, .9), small()
    by_hand = optim.EMA(plain, .9)
    history = run(model, blobs, 3, average=ema, validation=blobs)
    run(plain, blobs, 3, [type("Update", (Callback,), {"on_step": lambda self, run: by_hand.update(plain)})()])
    assert weights(ema) == weights(by_hand) and weights(model) == weights(plain)
    assert history[-1]["average_loss"] == evaluate(ema, blobs, mg.cross_entropy)["loss"] != history[-1]["validation_loss"]


def test_a_plain_mean_is_of_epochs_from_the_first_that_counts(small, blobs):
    model, taken = small(), []
    swa = optim.AveragedModel(model)
    run(model, blobs, 4, [Average(swa, first_epoch=3), type("Take", (Callback,), {
        "on_epoch": lambda self, run: taken.append(run.model.state_dict()['0.weight'].copy())})()])
    np.testing.assert_allclose(swa.state_dict()['module.0.weight'], (taken[2] + taken[3]) / 2, rtol=1e-5, atol=1e-7)
    assert swa.n_averaged.item() == 2
    with pytest.raises(ValueError, match="found two means"):
        run(model, blobs, 1, [Average(swa), Average(optim.EMA(model))])
    with pytest.raises(TypeError, match=r"expected optim.EMA\(model\) or .*, found Sequential"):
        Average(model)
    with pytest.raises(ValueError, match="each must be 'step' or 'epoch', found 'batch'"):
        Average(swa, "batch")


def test_a_schedule_may_be_a_callback(small, blobs):
    model = small()
    optimizer = sgd(model)
    history = run(model, blobs, 3, [Schedule(optim.ExponentialLR(optimizer, .5))], optimizer=optimizer)
    assert history["lr"] == [.1, .05, .025]
    with pytest.raises(ValueError, match=r"\[Schedule\] each must be 'epoch' or 'step', found 'batch'"):
        Schedule(optim.ExponentialLR(optimizer, .5), "batch")


def test_logs_are_whole_after_every_epoch(small, blobs, tmp_path):
    rows = []

    class Look(Callback):
        def on_epoch(self, run):
            rows.append(len(list(csv.DictReader((tmp_path / "log.csv").read_text().splitlines()))))
            assert len(History.load(tmp_path / "log.json")) == rows[-1]

    history = run(small(), blobs, 3, [Log(tmp_path / "log.csv"), Log(tmp_path / "log.json"), Look()])
    assert rows == [1, 2, 3] and History.load(tmp_path / "log.json").rows == history.rows
    with pytest.raises(ValueError, match=r"expected a file \.csv or \.json, found 'log.txt'"):
        Log("log.txt")


# ---- checkpoints

def test_the_best_weights_are_kept_beside_the_last(small, blobs, tmp_path):
    x, y = blobs
    model, once = small(), small()
    run(once, blobs, 1)
    run(model, blobs, 4, [Checkpoint(tmp_path / "last.safetensors", best=tmp_path / "best.safetensors")],
        validation=(x, (y + 1) % 3))
    assert weights(nn.load(small(), tmp_path / "best.safetensors")) == weights(once) != weights(model)
    assert {path.name for path in tmp_path.iterdir()} == {"last.safetensors", "best.safetensors"}


def test_checkpoint_says_what_does_not_go(small, blobs, tmp_path, monkeypatch):
    for options, words in (({"each": 0}, "each is a number of epochs, 1 or more, found 0"),
                           ({"seconds": -1}, "seconds must be 0 or more, found -1"),
                           ({"by": "validation_loss"}, "there is no best=FILE to keep it in")):
        with pytest.raises(ValueError, match=words):
            Checkpoint(tmp_path / "c", **options)
    usage = shutil.disk_usage(tmp_path)._replace(free=100)
    with monkeypatch.context() as patch:
        patch.setattr("minigrad.train.callbacks.keeping.shutil.disk_usage", lambda path: usage)
        with pytest.raises(OSError, match=r"No space left on device: 100 bytes are free, a checkpoint needs [0-9,]+"):
            run(small(), blobs, 1, [Checkpoint(tmp_path / "c")])
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        run(small(), blobs, 1, [Checkpoint(tmp_path / "file" / "c")])


def test_a_checkpoint_that_cannot_be_written_any_more_stops_no_training(small, blobs, tmp_path, monkeypatch):
    path = tmp_path / "c.safetensors"
    kept = []

    def full(path, run):
        raise OSError(28, "No space left on device", str(path))

    class Fill(Callback):
        def on_epoch(self, run):
            if run.epoch == 2:
                kept.append(path.read_bytes())
                monkeypatch.setattr("minigrad.train.resume.save_run", full)

    with pytest.warns(RuntimeWarning, match="cannot be written: No space left on device. The one before it stands") as caught:
        history = run(small(), blobs, 5, [Fill(), Checkpoint(path)])
    assert len(history) == 5 and len(caught) == 1 and path.read_bytes() == kept[0]
    assert math.isfinite(history[-1]["train_loss_running"])
