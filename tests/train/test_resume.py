"""A run that is broken off and goes on ends with the bits of one that was not."""

import json
import signal

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.data import Loader
from minigrad.nn.serialize import read_with_metadata, write_arrays
from minigrad.train import Callback, Checkpoint, EarlyStop, Schedule, fit, load_checkpoint, save_checkpoint

TIMES = "train_seconds", "data_seconds", "evaluation_seconds", "peak_memory_mb"


class Break(Callback):
    """Raises in the middle of a run: after that step of that epoch, or after the epoch (step None)."""

    last = True

    def __init__(self, epoch, step=None):
        self.at = epoch, step

    def on_step(self, run):
        if (run.epoch, run.step) == self.at:
            raise InterruptedError

    def on_epoch(self, run):
        if (run.epoch, None) == self.at:
            raise InterruptedError


def train(small, blobs, path, more=(), resume=False, seed=3, **options):
    """A run of 6 epochs with dropout, Adam, a schedule for each step, a mean and early stopping -> bits, rows."""
    mg.manual_seed(seed)
    model = small(.5)
    mg.manual_seed(seed)
    optimizer = optim.Adam(model.parameters(), lr=.02)
    ema = optim.EMA(model, .9)
    callbacks = [EarlyStop("average_loss", patience=4), Schedule(optim.CosineAnnealingLR(optimizer, 60), "step"),
                 Checkpoint(path, seconds=0, best=path.with_name("best.safetensors"), by="validation_accuracy"), *more]
    history = fit(model, blobs, mg.cross_entropy, optimizer, epochs=6, batch_size=10, validation=blobs, callbacks=callbacks,
                  average=ema, resume=resume, progress=False, **options)
    bits = [a.tobytes() for module in (model, ema) for a in module.state_dict().values()]
    rows = [{name: value for name, value in row.items() if name not in TIMES} for row in history.rows]
    return bits, rows, history, optimizer.lr


@pytest.mark.parametrize("at", [(1, 1), (1, 9), (2, 4), (3, None), (6, 8), (6, 9)], ids=str)
def test_it_ends_with_the_same_bits(device, small, blobs, tmp_path, at):
    whole = train(small, blobs, tmp_path / "whole" / "run.safetensors")
    path = tmp_path / "run.safetensors"
    with pytest.raises(InterruptedError):
        train(small, blobs, path, [Break(*at)])
    bits, rows, history, rate = train(small, blobs, path, resume=True, seed=99)
    assert bits == whole[0] and rows == whole[1] and rate == whole[3]
    assert len(history.facts["resumed_at"]) == 1
    best = [tmp_path / folder / "best.safetensors" for folder in ("whole", ".")]
    assert best[0].read_bytes() == best[1].read_bytes()


def test_broken_off_again_and_again(small, blobs, tmp_path):
    whole = train(small, blobs, tmp_path / "whole.safetensors")
    path = tmp_path / "run.safetensors"
    for step in range(1, 10):
        with pytest.raises(InterruptedError):
            train(small, blobs, path, [Break(1 + step // 2, step)], resume=True, seed=3 if step == 1 else step)
    bits, rows, history, _ = train(small, blobs, path, resume=True)
    assert bits == whole[0] and rows == whole[1] and len(history.facts["resumed_at"]) == 9
    again = train(small, blobs, path, resume=True)         # there is nothing left to do
    assert again[0] == bits and again[1] == rows


def test_ctrl_c_leaves_a_run_to_go_on_with(small, blobs, tmp_path):
    whole = train(small, blobs, tmp_path / "whole.safetensors")
    path = tmp_path / "run.safetensors"

    class Press(Callback):
        def on_step(self, run):
            if (run.epoch, run.step) == (2, 5):
                signal.raise_signal(signal.SIGINT)

    history = train(small, blobs, path, [Press()])[2]
    assert history.interrupted and history.facts["interrupted_at"] == {"epoch": 2, "step": 5}
    bits, rows, history, _ = train(small, blobs, path, resume=True)
    assert bits == whole[0] and rows == whole[1] and not history.interrupted
    assert history.facts["resumed_at"] == [{"epoch": 2, "step": 5}]


def test_accumulated_gradients_are_not_cut(small, blobs, tmp_path):
    """Three batches for a step: a run goes on between two steps."""
    whole = train(small, blobs, tmp_path / "whole.safetensors", accumulate=3)
    with pytest.raises(InterruptedError):
        train(small, blobs, tmp_path / "run.safetensors", [Break(2, 6)], accumulate=3)
    assert train(small, blobs, tmp_path / "run.safetensors", resume=True, accumulate=3)[:2] == whole[:2]


def test_a_path_must_be_there_and_true_need_not(small, blobs, tmp_path):
    path = tmp_path / "run.safetensors"
    assert len(train(small, blobs, path, resume=True)[1]) == 6
    with pytest.raises(FileNotFoundError, match=r"other\.safetensors"):
        train(small, blobs, path, resume=tmp_path / "other.safetensors")
    model = small()
    with pytest.raises(ValueError, match=r"resume=True goes on from the file of a Checkpoint, and there is none"):
        fit(model, blobs, mg.cross_entropy, optim.SGD(model.parameters(), lr=.1), resume=True)


def test_what_does_not_fit_changes_nothing(small, blobs, tmp_path):
    path = tmp_path / "run.safetensors"
    with pytest.raises(InterruptedError):
        train(small, blobs, path, [Break(2, 4)])
    model = small()
    optimizer = optim.Adam(model.parameters(), lr=.02)
    before = [a.tobytes() for a in model.state_dict().values()]

    def go_on(data, optimizer=optimizer, source=path, **options):
        return fit(model, data, mg.cross_entropy, optimizer, resume=source, progress=False, **options)

    with pytest.raises(ValueError, match=r"in the middle of an epoch, whose rest would be another: seed 0 was 1, batch_size 10 "
                                         r"was 32; go on"):
        go_on(Loader(blobs, shuffle=True, seed=1))
    other = small()
    with pytest.raises(ValueError, match=r"run\.safetensors: "):
        fit(other, blobs, mg.cross_entropy, optim.SGD(other.parameters(), lr=.1, momentum=.9), batch_size=10, resume=path)
    save_checkpoint(tmp_path / "plain.safetensors", model, optimizer)
    with pytest.raises(ValueError, match="expected a run that a Checkpoint of fit has kept, found what save_checkpoint writes"):
        go_on(blobs, source=tmp_path / "plain.safetensors")
    arrays, metadata = read_with_metadata(path)
    for change, words in (({"history": "{"}, "expected the JSON that History.save writes"),
                          ({"callbacks": "[["}, r"broken\.safetensors: "),
                          ({"callbacks": json.dumps([["EarlyStop", 3]])}, "callbacks")):
        write_arrays(arrays, tmp_path / "broken.safetensors", metadata | change)
        with pytest.raises(ValueError, match=words):
            go_on(blobs, source=tmp_path / "broken.safetensors", batch_size=10)
    for name in ("place.step", "place.loss"):
        write_arrays({n: a for n, a in arrays.items() if n != name}, tmp_path / "broken.safetensors", metadata)
        with pytest.raises(ValueError, match=name.partition(".")[2]):
            go_on(blobs, source=tmp_path / "broken.safetensors", batch_size=10)
    write_arrays(arrays | {"place.step": np.array(-3)}, tmp_path / "broken.safetensors", metadata)
    with pytest.raises(ValueError, match="step"):
        go_on(blobs, source=tmp_path / "broken.safetensors", batch_size=10)
    assert [a.tobytes() for a in model.state_dict().values()] == before


def test_load_checkpoint_takes_model_and_optimiser_out_of_a_run(small, blobs, tmp_path):
    path = tmp_path / "run.safetensors"
    bits = train(small, blobs, path)[0]
    model = small()
    assert load_checkpoint(path, model, optim.Adam(model.parameters(), lr=.02)) == 6
    assert [a.tobytes() for a in model.state_dict().values()] == bits[:4]
    with pytest.raises(ValueError, match=r"use train.load_checkpoint"):
        nn.load(model, path)


# ---- whatever ends it

def plateaued(small, blobs, path, more=(), resume=False, validation=None, **options):
    """A run of 4 epochs whose rate goes by the validation loss, and by epochs -> bits, losses, rates."""
    mg.manual_seed(2)
    model = small(.5)
    mg.manual_seed(2)
    optimizer = optim.Adam(model.parameters(), lr=.02)
    swa = optim.AveragedModel(model)
    history = fit(model, blobs, mg.cross_entropy, optimizer, epochs=4, batch_size=10, validation=validation or blobs,
                  schedule=optim.ReduceLROnPlateau(optimizer, patience=0, threshold=.3), average=swa, progress=False,
                  callbacks=[*more, EarlyStop("train_loss_running", patience=1, min_delta=.9), Checkpoint(path)] if options.pop(
                      "early", False) else [*more, Checkpoint(path)], resume=resume, **options)
    bits = [a.tobytes() for module in (model, swa) for a in module.state_dict().values()]
    return bits, history["validation_loss"], history["lr"], history


class Signal(Callback):
    """Ctrl-C, at a moment of an epoch."""

    def __init__(self, moment, epoch, step=None):
        self.at = moment, epoch, step

    def _press(self, moment, run):
        if self.at in ((moment, run.epoch, run.step), (moment, run.epoch, None)):
            signal.raise_signal(signal.SIGINT)

    def on_step(self, run):
        self._press("on_step", run)

    def before_measuring(self, run):
        self._press("before_measuring", run)

    def on_epoch(self, run):
        self._press("on_epoch", run)


@pytest.mark.parametrize("at", [("on_step", 2, 4), ("before_measuring", 2), ("on_epoch", 2), ("on_step", 1, 9)], ids=str)
def test_ctrl_c_at_any_moment(small, blobs, tmp_path, at):
    """Measuring that was broken off is made when the run goes on."""
    whole = plateaued(small, blobs, tmp_path / "whole.safetensors")
    path = tmp_path / "run.safetensors"
    assert plateaued(small, blobs, path, [Signal(*at)])[3].interrupted
    assert plateaued(small, blobs, path, resume=True)[:3] == whole[:3]


def test_ctrl_c_before_early_stopping_restores(small, blobs, tmp_path):
    """What is kept is the run, not the best weights that are put back at its end."""
    whole = train(small, blobs, tmp_path / "whole" / "run.safetensors")
    path = tmp_path / "run.safetensors"
    early = EarlyStop("train_loss_running", patience=5, min_delta=.5)
    assert train(small, blobs, path, [early, Signal("on_step", 4, 5)])[2].interrupted
    assert train(small, blobs, path, resume=True)[:2] == whole[:2]


class Broken:
    """Validation data that fail once, in the second epoch."""

    def __init__(self, blobs):
        self.blobs, self.passes = blobs, 0

    def __call__(self):
        self.passes += 1
        if self.passes == 2:
            raise OSError("the disk has gone")
        return iter([self.blobs])


def test_an_error_while_measuring_or_in_a_callback_counts_no_half_epoch(small, blobs, tmp_path):
    whole = plateaued(small, blobs, tmp_path / "whole.safetensors", validation=lambda: iter([blobs]))
    path = tmp_path / "run.safetensors"
    with pytest.raises(OSError, match="the disk has gone"):
        plateaued(small, blobs, path, validation=Broken(blobs))
    assert plateaued(small, blobs, path, resume=True, validation=lambda: iter([blobs]))[:3] == whole[:3]
    other = tmp_path / "other.safetensors"
    raises = type("Raises", (Callback,), {"on_epoch": lambda self, run: 1 / 0 if run.epoch == 2 else None})
    with pytest.raises(ZeroDivisionError):
        plateaued(small, blobs, other, [raises()], validation=lambda: iter([blobs]))
    assert plateaued(small, blobs, other, resume=True, validation=lambda: iter([blobs]))[:3] == whole[:3]


def test_ctrl_c_between_accumulated_batches(small, blobs, tmp_path):
    whole = train(small, blobs, tmp_path / "whole.safetensors", accumulate=3)
    path, presses = tmp_path / "run.safetensors", []

    def loss(z, target):
        presses.append(1)
        if len(presses) == 14:          # the 5th batch of epoch 2, the 2nd of its group
            signal.raise_signal(signal.SIGINT)
        return mg.cross_entropy(z, target)

    mg.manual_seed(3)
    model = small(.5)
    mg.manual_seed(3)
    optimizer = optim.Adam(model.parameters(), lr=.02)
    fit(model, blobs, loss, optimizer, epochs=6, batch_size=10, accumulate=3, average=optim.EMA(model, .9), progress=False,
        callbacks=[Schedule(optim.CosineAnnealingLR(optimizer, 60), "step"), Checkpoint(path)])
    bits, _, history, _ = train(small, blobs, path, resume=True, accumulate=3)
    assert bits == whole[0] and history.facts["resumed_at"] == [{"epoch": 2, "step": 6}]
    with pytest.raises(ValueError, match="accumulate 3 was 2"):
        broken = tmp_path / "broken.safetensors"
        with pytest.raises(InterruptedError):
            train(small, blobs, broken, [Break(2, 6)], accumulate=3)
        train(small, blobs, broken, resume=True, accumulate=2)


def test_a_run_with_a_budget_goes_on_and_one_that_was_stopped_early_has_ended(small, blobs, tmp_path):
    whole = plateaued(small, blobs, tmp_path / "whole.safetensors")
    path = tmp_path / "run.safetensors"
    budget = type("Budget", (Callback,), {"on_step": lambda self, run: run.stop("no more time") if run.epoch == 2 else None})
    assert plateaued(small, blobs, path, [budget()])[3].facts["stopped"] == "no more time"
    assert plateaued(small, blobs, path, resume=True)[:3] == whole[:3]
    early = tmp_path / "early.safetensors"
    first = plateaued(small, blobs, early, early=True, resume=True)
    again = plateaued(small, blobs, early, early=True, resume=True)
    assert len(first[3]) == len(again[3]) == 2 and first[0] == again[0]


def test_callbacks_and_loaders_that_are_used_again_begin_anew(small, blobs, tmp_path):
    stop, keep = EarlyStop("train_loss_running", patience=3), Checkpoint(tmp_path / "a", best=tmp_path / "best")
    loader, lengths = Loader(blobs, batch_size=10, shuffle=True), []
    for path in ("a", "b"):
        keep.path, model = tmp_path / path, small()
        history = fit(model, loader, mg.cross_entropy, optim.SGD(model.parameters(), lr=.1), epochs=5, callbacks=[stop, keep],
                      resume=True, progress=False)
        lengths.append(len(history))
        best = nn.load(small(), tmp_path / "best")
        assert [a.tobytes() for a in best.state_dict().values()] == [a.tobytes() for a in model.state_dict().values()]
    assert lengths == [5, 5]


def test_every_callback_ends_though_one_fails(small, blobs, tmp_path, monkeypatch):
    path, model = tmp_path / "run.safetensors", small()
    fails = type("Fails", (Callback,), {"on_end": lambda self, run: 1 / 0})
    with pytest.raises(ZeroDivisionError):
        fit(model, blobs, mg.cross_entropy, optim.SGD(model.parameters(), lr=.1), progress=False,
            callbacks=[fails(), Checkpoint(path, each=None, seconds=1000)])
    assert path.exists()
    ended, model = [], small()
    starts = type("Starts", (Callback,), {"on_end": lambda self, run: ended.append("first")})
    refuses = type("Refuses", (Callback,), {"on_start": lambda self, run: 1 / 0,
                                            "on_end": lambda self, run: ended.append("second")})
    with pytest.raises(ZeroDivisionError):
        fit(model, blobs, mg.cross_entropy, optim.SGD(model.parameters(), lr=.1), progress=False,
            callbacks=[starts(), refuses()])
    assert ended == ["first", "second"]


def test_the_mean_is_kept_where_the_mean_was_measured(small, blobs, tmp_path):
    model = small()
    ema = optim.EMA(model, .99)
    fit(model, blobs, mg.cross_entropy, optim.SGD(model.parameters(), lr=.1), epochs=3, validation=blobs, average=ema,
        callbacks=[Checkpoint(tmp_path / "c", best=tmp_path / "best", by="average_loss")], progress=False)
    best = nn.load(small(), tmp_path / "best")
    assert [a.tobytes() for a in best.state_dict().values()] == [a.tobytes() for a in ema.module.state_dict().values()]


def test_slips_of_callbacks_are_said(small, blobs, tmp_path):
    model = small()
    optimizer = optim.SGD(model.parameters(), lr=.1)
    schedule = optim.StepLR(optimizer, 1)
    with pytest.raises(ValueError, match="the StepLR is given twice"):
        fit(model, blobs, mg.cross_entropy, optimizer, schedule=schedule, callbacks=[Schedule(schedule)])
    keras = type("Mine", (Callback,), {"on_epoch_end": lambda self, epoch, logs: None})
    with pytest.raises(TypeError, match=r"Mine has on_epoch_end, Keras's name, which nobody calls here: call it on_epoch"):
        fit(model, blobs, mg.cross_entropy, optimizer, callbacks=[keras()])
    state = type("State", (Callback,), {"state_dict": lambda self: {"a": np.float32(1), "b": object()}})
    with pytest.raises(TypeError, match="the state_dict of State holds a object, which JSON cannot"):
        fit(model, blobs, mg.cross_entropy, optimizer, callbacks=[state(), Checkpoint(tmp_path / "c")], progress=False)
