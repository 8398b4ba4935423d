"""Checkpoints: a resumed run is the same run, and bad files are told apart."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.train import fit, load_checkpoint, save_checkpoint

OPTIMIZERS = {"sgd": lambda p: optim.SGD(p, lr=.1, momentum=.9), "adam": lambda p: optim.Adam(p, lr=.01)}


def contents(model, optimizer):
    state = {**model.state_dict(), **{f"optimizer {name}": a for name, a in optimizer.state_dict().items()}}
    return {name: (a.dtype, a.shape, a.tobytes()) for name, a in state.items()}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_resumed_run_ends_with_the_same_bits(device, make, small, blobs, tmp_path):
    """4 epochs at once; and 2, save, all forgotten, load, 2 more. With dropout and the optimiser's memory."""
    model = small(.5)
    optimizer = make(model.parameters())
    mg.manual_seed(3)
    fit(model, blobs, mg.cross_entropy, optimizer, epochs=4)
    expected = contents(model, optimizer)

    model = small(.5)
    optimizer = make(model.parameters())
    mg.manual_seed(3)
    history = fit(model, blobs, mg.cross_entropy, optimizer, epochs=2)
    save_checkpoint(tmp_path / "c.safetensors", model, optimizer, epoch=len(history))

    mg.manual_seed(99)
    model = nn.Sequential(nn.Linear(4, 8, init="keras"), nn.ReLU(), nn.Dropout(.5), nn.Linear(8, 3))
    optimizer = make(model.parameters())
    epoch = load_checkpoint(tmp_path / "c.safetensors", model, optimizer)
    assert epoch == 2
    history = fit(model, blobs, mg.cross_entropy, optimizer, epochs=2, first_epoch=epoch)
    assert history.epochs == [3, 4]
    assert contents(model, optimizer) == expected


def test_batch_norm_statistics_and_the_next_weights_come_back(tmp_path):
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    model(np.ones((4, 2), np.float32))
    save_checkpoint(tmp_path / "c", model)
    drawn = nn.Linear(3, 3).state_dict()["weight"]
    mg.manual_seed(1)
    other = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    assert load_checkpoint(tmp_path / "c", other) == 0
    before, after = model.state_dict(), other.state_dict()
    assert {n: a.tobytes() for n, a in after.items()} == {n: a.tobytes() for n, a in before.items()}
    np.testing.assert_array_equal(nn.Linear(3, 3).state_dict()["weight"], drawn)


def test_the_optimiser_in_a_file_may_be_left_alone(small, tmp_path):
    model = small()
    save_checkpoint(tmp_path / "c", model, optim.SGD(model.parameters(), lr=.1), epoch=5)
    assert load_checkpoint(tmp_path / "c", small()) == 5


def test_saving_replaces_the_file_whole(small, tmp_path, monkeypatch):
    model = small()
    save_checkpoint(tmp_path / "c", model, epoch=1)

    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.numpy.save", full)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(tmp_path / "c", model, epoch=2)
    assert [path.name for path in tmp_path.iterdir()] == ["c"] and load_checkpoint(tmp_path / "c", model) == 1


def test_bad_files_change_nothing(small, tmp_path):
    model = small()
    optimizer = optim.SGD(model.parameters(), lr=.1)
    before = contents(model, optimizer)
    path = tmp_path / "c"

    with pytest.raises(FileNotFoundError, match="c: expected a safetensors file, found nothing"):
        load_checkpoint(path, model, optimizer)
    path.write_bytes(b"not one")
    with pytest.raises(ValueError, match="c: expected a whole safetensors file"):
        load_checkpoint(path, model, optimizer)
    nn.save(model, path)
    with pytest.raises(ValueError, match=r"c: expected the format 'minigrad checkpoint 1', found None; it holds "
                                         r"weights alone: use nn\.load"):
        load_checkpoint(path, model, optimizer)
    nn.write_arrays({"epoch": np.array(1)}, path, {"format": "minigrad checkpoint 2"})
    with pytest.raises(ValueError, match="found 'minigrad checkpoint 2'; another version of minigrad wrote it"):
        load_checkpoint(path, model, optimizer)
    save_checkpoint(path, small())
    with pytest.raises(ValueError, match="c: expected the state of a SGD, but the file was saved without an optimiser"):
        load_checkpoint(path, model, optimizer)
    other = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(.5), nn.Linear(8, 3))
    assert other[0].state_dict()["weight"].tobytes() != model[0].state_dict()["weight"].tobytes()
    save_checkpoint(path, other, optim.Adam(other.parameters(), lr=.1))
    with pytest.raises(ValueError, match=r"^\[load_checkpoint\] .*c: \[SGD\]"):
        load_checkpoint(path, model, optimizer)
    save_checkpoint(path, nn.Linear(4, 8))
    with pytest.raises(ValueError, match=r"^\[load_checkpoint\] .*c: \[load_state_dict\] the state does not fit"):
        load_checkpoint(path, model)
    assert contents(model, optimizer) == before


def test_bad_epochs(small, tmp_path):
    with pytest.raises(ValueError, match=r"\[save_checkpoint\] epoch is the number of epochs trained, 0 or more;.*-1"):
        save_checkpoint(tmp_path / "c", small(), epoch=-1)
    with pytest.raises(TypeError):
        save_checkpoint(tmp_path / "c", small(), epoch=1.5)
    assert not list(tmp_path.iterdir())
