"""fit with a schedule: after every epoch or batch, by a loss, across a checkpoint; what people pass by mistake."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.train import fit, load_checkpoint, save_checkpoint


def test_after_every_epoch_before_on_epoch(device, small, blobs):
    model, seen = small(), []
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    history = fit(model, blobs, mg.cross_entropy, optimizer, epochs=4, schedule=optim.ExponentialLR(optimizer, 0.5),
                  on_epoch=lambda h: seen.append(optimizer.lr))
    assert history["lr"] == [0.1, 0.05, 0.025, 0.0125] and seen == [0.05, 0.025, 0.0125, 0.00625]


def test_after_every_batch(device, small, blobs):
    model = small()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    schedule = optim.InverseTimeDecay(optimizer, 1, 0.01)
    history = fit(model, blobs, mg.cross_entropy, optimizer, epochs=2, batch_size=8, schedule=schedule, schedule_each="step")
    steps = history.facts["steps_per_epoch"]
    assert schedule.last_epoch == 2 * steps and history["lr"] == [0.1 / (1 + 0.01 * steps), 0.1 / (1 + 0.01 * 2 * steps)]


@pytest.mark.parametrize("validated", [False, True])
def test_a_plateau_is_shown_the_loss(small, blobs, validated):
    model = small()
    optimizer = optim.SGD(model.parameters(), lr=0.0)           # nothing moves: a plateau from the start
    schedule = optim.ReduceLROnPlateau(optimizer, patience=0, eps=0)
    history = fit(model, blobs, mg.cross_entropy, optimizer, epochs=3, schedule=schedule,
                  validation=blobs if validated else None)
    assert schedule.last_epoch == 3 and schedule.best == history["validation_loss" if validated else "train_loss_running"][0]


@pytest.mark.parametrize("each", ["epoch", "step"])
def test_a_run_that_is_resumed_from_a_checkpoint_ends_with_the_same_bits(device, small, blobs, tmp_path, each):
    def made():
        model = small(.5)
        optimizer = optim.NAdam(model.parameters(), lr=0.05)
        first, second = optim.LinearLR(optimizer, 0.1, total_iters=3), optim.CosineAnnealingLR(optimizer, 40)
        return model, optimizer, optim.SequentialLR(optimizer, [first, second], [3])

    def train(model, optimizer, schedule, epochs, first_epoch):
        fit(model, blobs, mg.cross_entropy, optimizer, epochs=epochs, first_epoch=first_epoch, schedule=schedule,
            schedule_each=each)
        return [a.tobytes() for a in model.state_dict().values()], optimizer.lr

    run = made()
    mg.manual_seed(3)
    train(*run, 2, 0)
    save_checkpoint(tmp_path / "c.safetensors", run[0], run[1], 2, schedule=run[2])
    expected = train(*run, 3, 2)
    mg.manual_seed(99)
    run = made()
    epoch = load_checkpoint(tmp_path / "c.safetensors", run[0], run[1], schedule=run[2])
    assert train(*run, 3, epoch) == expected


def test_a_checkpoint_that_does_not_fit_changes_nothing(small, tmp_path):
    model = small()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    schedule = optim.StepLR(optimizer, 1)
    save_checkpoint(tmp_path / "without.safetensors", model, optimizer)
    save_checkpoint(tmp_path / "with.safetensors", model, optimizer, schedule=schedule)
    schedule.step()
    before = schedule.state_dict(), optimizer.lr
    with pytest.raises(ValueError, match="expected the state of a StepLR, but the file was saved without a schedule"):
        load_checkpoint(tmp_path / "without.safetensors", model, optimizer, schedule=schedule)
    with pytest.raises(ValueError, match="does not fit"):
        load_checkpoint(tmp_path / "with.safetensors", nn.Linear(1, 1), schedule=schedule)
    with pytest.raises(ValueError, match="It is another schedule's"):
        load_checkpoint(tmp_path / "with.safetensors", model, schedule=optim.ExponentialLR(optimizer, 1.0))
    assert (schedule.state_dict(), optimizer.lr) == before


def test_errors(small, blobs):
    model = small()
    optimizer, other = optim.SGD(model.parameters(), lr=0.1), optim.SGD([nn.Parameter(np.ones(1))], lr=0.1)
    for kind, options, message in (
            (TypeError, {"schedule": lambda epoch: 0.1}, r"\[fit\] schedule must be one such as .*, found function"),
            (ValueError, {"schedule": optim.StepLR(other, 1)}, r"the StepLR moves the learning rate of another optimiser"),
            (ValueError, {"schedule_each": "batch"}, r"schedule_each must be 'epoch' or 'step', found 'batch'"),
            (ValueError, {"schedule": optim.ReduceLROnPlateau(optimizer), "schedule_each": "step"}, "by the loss of an")):
        with pytest.raises(kind, match=message):
            fit(model, blobs, mg.cross_entropy, optimizer, **options)
