"""A run that is broken off and goes on ends with the bits of one that was not."""

import json

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
    import signal

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
