"""Checkpoints: a resumed run is the same run, and bad files are told apart."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.nn.serialize import read_with_metadata
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
    with pytest.raises(ValueError, match=r"c: expected the format 'minigrad checkpoint 3', found None; it holds "
                                         r"weights alone: use nn\.load"):
        load_checkpoint(path, model, optimizer)
    save_checkpoint(path, model)
    with pytest.raises(ValueError, match=r"^\[load\] .*c: .*a 'minigrad checkpoint 3': use train\.load_checkpoint\(path"):
        nn.load(model, path, strict=False)
    nn.write_arrays({"epoch": np.array(1)}, path, {"format": "minigrad checkpoint 4"})
    with pytest.raises(ValueError, match="found 'minigrad checkpoint 4'; another version of minigrad wrote it"):
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


def changed(path, put=(), leave_out=()):
    """Write a checkpoint anew with other contents."""
    arrays, metadata = read_with_metadata(path)
    nn.write_arrays({n: a for n, a in {**arrays, **dict(put)}.items() if n not in leave_out}, path, metadata)


@pytest.mark.parametrize(("put", "leave_out", "message"), [
    ({}, ["epoch"], "expected an epoch, one whole number, 0 or more, found none"),
    ({"epoch": np.array(-1)}, [], "found -1"),
    ({"epoch": np.array(1.5)}, [], "found 1.5"),
    ({"epoch": np.array([1])}, [], r"found int64 \(1,\)"),
    ({}, ["random.streams"], r"\[set_state\] expected streams as uint64 \(2,\), a seed and a count, found none"),
    ({"random.streams": np.zeros(3, np.uint64)}, [], r"found uint64 \(3,\)"),
    ({"random.streams": np.zeros(2, np.float32)}, [], r"found float32 \(2,\)"),
    ({"random.dropout.numpy": np.zeros((), np.uint64)}, [], r"expected dropout\.numpy as .*found uint64 \(\)"),
    ({"random.more": np.zeros(2, np.uint64)}, [], "found 'more' too"),
    ({"evil.x": np.zeros(2)}, [], r"expected arrays called model\.<name>, optimizer\.<name>, .* found 'evil\.x'"),
    ({"alone": np.zeros(2)}, [], "found 'alone'"),
    ({"model": np.zeros(2)}, [], "found 'model'"),
    ({}, ["model.0.weight"], r"missing: 0\.weight"),
    ({"model.0.weight": np.zeros((8, 5), np.float32)}, [], r"shape: 0\.weight"),
    ({"STEP": np.array(-1)}, [], r"step\.0\.weight cannot be negative, found -1"),
    ({"SQUARE": np.full((8, 4), -1, np.float32)}, [], r"square\.0\.weight cannot be negative, found -1"),
    ({"MEAN": np.zeros((8, 5), np.float32)}, [], "shape: "),
    ({"LR": np.array(-1.0)}, [], "lr must be finite"),
])
def test_whatever_is_wrong_with_a_checkpoint_nothing_has_changed(small, blobs, tmp_path, put, leave_out, message):
    """Model, optimiser and random streams are as they were, bit by bit, and the error names the file."""
    path = tmp_path / "c"

    def trained(seed):
        mg.manual_seed(seed)
        model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(.5), nn.Linear(8, 3))
        optimizer = optim.Adam(model.parameters(), lr=.01)
        fit(model, blobs, mg.cross_entropy, optimizer, epochs=1)
        return model, optimizer

    save_checkpoint(path, *trained(1), epoch=1)
    names = list(nn.read_arrays(path))
    parts = {"STEP": ".step.0.weight", "SQUARE": ".square.0.weight", "MEAN": ".mean.0.weight", "LR": ".lr"}
    put = {next((n for n in names if parts.get(name, "no such part") in n), name): a for name, a in put.items()}
    changed(path, put, leave_out)

    model, optimizer = trained(2)
    before, streams = contents(model, optimizer), {n: a.tolist() for n, a in mg.random.get_state().items()}
    with pytest.raises(ValueError, match=message) as caught:
        load_checkpoint(path, model, optimizer)
    assert str(caught.value).startswith(f"[load_checkpoint] {path}: ")
    assert contents(model, optimizer) == before
    assert {n: a.tolist() for n, a in mg.random.get_state().items()} == streams


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, ValueError])
def test_an_error_on_the_way_takes_back_what_was_loaded(small, tmp_path, monkeypatch, error):
    model = small()
    save_checkpoint(tmp_path / "c", model, optim.SGD(model.parameters(), lr=.1))
    other = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.0), nn.Linear(8, 3))
    optimizer = optim.SGD(other.parameters(), lr=.2)
    before = contents(other, optimizer)

    def fails(state, model):
        raise error

    monkeypatch.setattr(optimizer, "load_state_dict", fails)
    with pytest.raises(error):
        load_checkpoint(tmp_path / "c", other, optimizer)
    assert contents(other, optimizer) == before


class Net(nn.Module):
    """Two layers of one shape, defined in one order or the other, and a second name for one of them."""

    def __init__(self, turned, tied):
        for name in ("b", "a") if turned else ("a", "b"):
            setattr(self, name, nn.Linear(4, 4))
        if tied:
            self.first_of_all = self.a
            vars(self)["a"] = vars(self).pop("a")       # at the end, so that the other name comes first
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(mg.relu(self.b(mg.relu(self.a(x)))))


def in_groups(model, turned, make):
    """An optimiser in two groups with options of their own, in one order or the other."""
    groups = [{"params": model.a.parameters(), "lr": .02}, {"params": [*model.b.parameters(), *model.head.parameters()]}]
    return make(groups[::-1] if turned else groups)


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("turned_groups", [False, True])
@pytest.mark.parametrize("tied", [False, True])
def test_the_optimisers_state_goes_by_name(make, turned_groups, tied, blobs, tmp_path):
    """Layers in another order, groups in another order, another name first: each parameter keeps its own momenta."""
    model = Net(False, False)
    optimizer = in_groups(model, False, make)
    fit(model, blobs, mg.cross_entropy, optimizer, epochs=1)
    save_checkpoint(tmp_path / "c", model, optimizer)
    if tied:
        with pytest.raises(ValueError, match=r"missing: first_of_all.weight"):
            load_checkpoint(tmp_path / "c", Net(True, True))
        state, positions = optimizer.state_dict(model), Net(True, True)
        positions.load_state_dict(model.state_dict(), strict=False)
        twin, twins = positions, in_groups(positions, turned_groups, make)
        twins.load_state_dict(state, twin)
    else:
        twin = Net(True, False)
        twins = in_groups(twin, turned_groups, make)
        load_checkpoint(tmp_path / "c", twin, twins)
    assert twin.a.weight.tolist() == model.a.weight.tolist()
    for m, o in ((model, optimizer), (twin, twins)):
        fit(m, blobs, mg.cross_entropy, o, epochs=1)
    after = twin.state_dict()
    assert all((after[name] == array).all() for name, array in model.state_dict().items())


def test_a_parameter_without_a_name_cannot_be_saved(small, tmp_path):
    model, scale = small(), nn.Parameter(np.ones(2))
    optimizer = optim.SGD([*model.parameters(), scale], lr=.1)
    with pytest.raises(ValueError, match=r"\[SGD\] parameter 4 \(2,\) is not one of the model's, .* put it into the model"):
        save_checkpoint(tmp_path / "c", model, optimizer)
    assert not list(tmp_path.iterdir())


def test_a_closed_optimiser_is_not_saved_as_none(small, tmp_path):
    model = small()
    optimizer = optim.SGD(model.parameters(), lr=.1)
    optimizer.close()
    with pytest.raises(RuntimeError, match="closed"):
        save_checkpoint(tmp_path / "c", model, optimizer)


def test_the_optimiser_of_a_file_that_goes_by_position_is_refused(small, tmp_path):
    model = small()
    optimizer = optim.Adam(model.parameters())
    save_checkpoint(tmp_path / "new", model, optimizer, epoch=3)
    arrays = {name: a for name, a in nn.read_arrays(tmp_path / "new").items() if not name.startswith("optimizer")}
    old = arrays | {f"optimizer.{name}": a for name, a in optimizer.state_dict().items()}
    nn.write_arrays(old, tmp_path / "c", {"format": "minigrad checkpoint 1"})
    before = contents(model, optimizer)
    with pytest.raises(ValueError, match=r"c: .*found 'minigrad checkpoint 1', whose optimiser state goes by position"):
        load_checkpoint(tmp_path / "c", model, optimizer)
    assert contents(model, optimizer) == before
    assert load_checkpoint(tmp_path / "c", model) == 3


def test_bad_epochs(small, tmp_path):
    with pytest.raises(ValueError, match=r"\[save_checkpoint\] epoch is the number of epochs trained, 0 or more;.*-1"):
        save_checkpoint(tmp_path / "c", small(), epoch=-1)
    with pytest.raises(TypeError):
        save_checkpoint(tmp_path / "c", small(), epoch=1.5)
    assert not list(tmp_path.iterdir())
