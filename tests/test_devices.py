"""A device of one's own: everything that trains stays on it, and the numbers are those of the numpy table.

The device is the stand-in of minigrad.testing, whose arrays are no numpy arrays: whoever takes them for some is found out.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, nn, optim, random
from minigrad.data import Dataset, Loader
from minigrad.kernels import registry
from minigrad.testing import suite
from minigrad.testing.kernels.stand_in import Remote, StandIn
from minigrad.testing.operations import discover
from minigrad.train import evaluate, fit, load_checkpoint, predict, save_checkpoint

R = np.random.default_rng(0)
IMAGES, LABELS = R.integers(0, 256, (40, 1, 8, 8)).astype(np.uint8), R.integers(0, 3, 40)


@pytest.fixture
def k(monkeypatch):
    """The stand-in, registered."""
    monkeypatch.setattr(registry, "_factories", dict(registry._factories))
    monkeypatch.setattr(registry, "_tables", dict(registry._tables))
    kernels.register("stand-in", StandIn)
    return kernels.table("stand-in")


def network(device):
    mg.manual_seed(3)
    return nn.Sequential(nn.Conv2d(1, 4, 3, padding="same", device=device), nn.BatchNorm2d(4, device=device), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(), nn.Linear(64, 3, device=device))


OPTIMIZERS = {"momentum": lambda ps: optim.SGD(ps, 0.05, momentum=0.9), "adam": lambda ps: optim.Adam(ps, 0.01)}


def trained(device, optimizer, loader_device=None, **options):
    model = network(device)
    optimizer = OPTIMIZERS[optimizer](model.parameters())
    data = Dataset(IMAGES, LABELS).normalize(0.5, 0.25)
    loader = Loader(data, batch_size=8, shuffle=True, device=loader_device)
    history = fit(model, loader, mg.cross_entropy, optimizer, epochs=2, validation=data, **options)
    return model, optimizer, history


def everything(model, optimizer):
    """All arrays of a model and its optimiser."""
    yield from (t.data for t in (*model.parameters(), *model.buffers()))
    for group in optimizer.param_groups:
        yield group.rate
        for cohort in group.cohorts:
            yield from (cohort.step, *cohort.arrays, *(a for arrays in cohort.state.values() for a in arrays))


@pytest.mark.parametrize("loader_device", [None, "stand-in"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_on_another_device_is_the_same_run_there(k, optimizer, loader_device):
    with kernels.use("numpy"):          # which gathers batches that are no device's
        model, stepping, history = trained("stand-in", optimizer, loader_device)
        expected, its_optimizer, as_expected = trained("numpy", optimizer)
    assert all(type(a) is Remote for a in everything(model, stepping))
    for column in ("train_loss_running", "train_accuracy_running", "validation_loss", "validation_accuracy"):
        np.testing.assert_allclose(history[column], as_expected[column], rtol=1e-5)
    for found, of in ((model.state_dict(), expected.state_dict()), (stepping.state_dict(), its_optimizer.state_dict())):
        for name, a in of.items():
            np.testing.assert_allclose(found[name], a, rtol=1e-4, atol=1e-6, err_msg=name)
    assert history.facts["table"] == "stand-in" and history.facts["isa"] is None


def test_a_loaders_batches_lie_on_its_device(k):
    for x, y in Loader(Dataset(IMAGES, LABELS, device="stand-in"), batch_size=8):
        assert type(x) is type(y) is Remote and x.dtype == np.float32 and y.dtype == np.int64
    floats = Loader(IMAGES.astype(np.float64), LABELS, batch_size=8, shuffle=True, device="stand-in")
    plain = Loader(IMAGES.astype(np.float64), LABELS, batch_size=8, shuffle=True)
    k.noticed.clear()
    batches = list(floats)
    assert len(k.noticed) == 1      # the order of the epoch went there
    for (x, y), (a, b) in zip(batches, plain, strict=True):
        assert x.dtype == np.float64
        np.testing.assert_array_equal(k.to_numpy(x), a)
        np.testing.assert_array_equal(k.to_numpy(y), b)


def test_a_data_set_in_numpy_stays_there_whatever_the_default(k):
    with kernels.use("stand-in"):
        data = Dataset(IMAGES, LABELS)
        assert isinstance(data[3][0], np.ndarray) and isinstance(data.arrays()[0], np.ndarray)
        assert all(isinstance(x, np.ndarray) for x, _ in Loader(data))


def test_batches_of_a_device_that_the_model_is_not_on(k):
    with pytest.raises(ValueError, match=r"\[fit\] the Loader's batches are on device stand-in, but the model is on numpy"):
        trained("numpy", "adam", "stand-in")


def test_fit_and_evaluate_wait_for_the_device_at_their_ends_only(k):
    """However many batches there are: each epoch reads one loss and one count, and the first of all looks at nothing else."""
    model = network("stand-in")
    optimizer = optim.SGD(model.parameters(), 0.05, momentum=0.9)

    def reads(n, run):
        loader = Loader(Dataset(IMAGES[:n], LABELS[:n]), batch_size=4, device="stand-in")
        before = k.reads
        run(loader)
        return k.reads - before

    for run in (lambda loader: fit(model, loader, mg.cross_entropy, optimizer, progress=False),
                lambda loader: evaluate(model, loader, mg.cross_entropy, batch_size=4)):
        assert reads(8, run) == reads(40, run) <= 3


def test_evaluate_and_predict(k):
    model, _, _ = trained("stand-in", "adam")
    on_numpy = network("numpy")
    on_numpy.load_state_dict(model.state_dict())
    data = Dataset(IMAGES, LABELS)
    np.testing.assert_allclose(predict(model, data), predict(on_numpy, data), rtol=1e-5, atol=1e-6)
    found, expected = (evaluate(m, data, mg.cross_entropy) for m in (model, on_numpy))
    assert found == pytest.approx(expected, rel=1e-5)
    by_hand = evaluate(model, data, accuracy=lambda z, y: int((z.argmax(1) == y).sum()))
    assert by_hand["accuracy"] == expected["accuracy"]


def test_a_checkpoint_goes_on_there(k, tmp_path):
    model, optimizer, _ = trained("stand-in", "adam")
    save_checkpoint(tmp_path / "run.safetensors", model, optimizer, epoch=2)
    state = random.get_state()
    assert "dropout.stand-in" in state
    again = network("stand-in")
    its = OPTIMIZERS["adam"](again.parameters())
    assert load_checkpoint(tmp_path / "run.safetensors", again, its) == 2
    assert all(type(a) is Remote for a in everything(again, its))
    np.testing.assert_array_equal(random.get_state()["dropout.stand-in"], state["dropout.stand-in"])
    losses = []
    for m, o in ((model, optimizer), (again, its)):
        random.set_state(state)
        losses.append(fit(m, Loader(Dataset(IMAGES, LABELS), batch_size=8), mg.cross_entropy, o)["train_loss_running"])
    assert losses[0] == losses[1]
    moved = model.to("numpy") if not optimizer.close() else None
    assert {p.device for p in moved.parameters()} == {"numpy"}


def test_a_class_that_is_none_may_be_told_when_an_array_is_read(k):
    z = mg.tensor(np.zeros((4, 3), np.float32), device="stand-in")
    loss = mg.cross_entropy(z, np.array([0, 3, 1, 2]))
    with pytest.raises(ValueError, match=r"\[cross_entropy\] target 3 at row 1 is not a class: expected 0..2"):
        loss.item()
    assert mg.cross_entropy(z, np.array([0, 2, 1, 2])).item() == pytest.approx(np.log(3))


# ---- what is not an array of the device goes there, or is refused as elsewhere

@pytest.mark.parametrize("call", [
    lambda t: mg.tensor(np.array(["a", "b"]), device="stand-in"), lambda t: mg.tensor(["a", "b"], device="stand-in"),
    lambda t: mg.tensor(np.array(["2020-01-01"], "datetime64[D]"), device="stand-in"), lambda t: t + np.array(["a", "b"]),
    lambda t: mg.cross_entropy(t[None], np.array(["a"])), lambda t: mg.take_along_axis(t, np.array(["a"]), 0)])
def test_what_is_no_number_is_refused(k, call):
    with pytest.raises(TypeError, match=r"^\[\w+\] "):
        call(mg.tensor([1.0, 2.0], device="stand-in"))


def test_numpy_arrays_beside_tensors(k):
    a = R.standard_normal((4, 4)).astype(np.float32)
    t, index, mask = mg.tensor(a, device="stand-in"), np.array([2, 0, 2]), a > 0
    for found, expected in ((t + a, a + a), (a * t, a * a), (t[index], a[index]), (t[mask], a[mask]),
                            (t[:, index], a[:, index]),
                            (t + t.data, a + a), (t @ t.data, a @ a), (mg.where(mask, t, 0.0), np.where(mask, a, 0)),
                            (t[[1, 3]], a[[1, 3]]), (mg.take_along_axis(t, index[:, None], 0), a[index])):
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)
        assert type(found.data) is Remote


def test_writing(k):
    a = np.zeros((3, 4), np.float32)
    t = mg.zeros((3, 4), device="stand-in")
    for index, value in ((0, 1.5), ((slice(None), 1), np.arange(3)), (np.array([0, 2]), [[1, 2, 3, 4]]), (a == 0, 7),
                         (2, mg.ones(4, device="stand-in")), ((1, 1), mg.tensor(3.0))):
        t[index] = value
        a[index] = value.numpy() if isinstance(value, mg.Tensor) else value
    assert t.tolist() == a.tolist()


def test_gradients_of_indexing_pooling_and_functions(k):
    a = R.standard_normal((2, 2, 4, 4)).astype(np.float32)
    index = np.array([1, 0, 1])

    def f(x):
        y = mg.max_pool2d(x, 2) * 2 + mg.avg_pool2d(x, 2)
        return (y[index] ** 2).sum() + (mg.softmax(x.reshape((8, 8)), 1)[:, index] ** 2).sum()

    for transform in (mg.grad(f), mg.grad(lambda x: (mg.grad(f)(x) ** 2).sum()), mg.jacobian(lambda x: mg.tanh(x[0, 0, :2]))):
        found, expected = (transform(mg.tensor(a, device=name)) for name in ("stand-in", "numpy"))
        assert found.device == "stand-in"
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("training", [True, False])
def test_running_estimates_given_in_numpy(k, training):
    a, found = R.standard_normal((5, 3)).astype(np.float32), []
    for device in ("stand-in", "numpy"):
        mean, var = np.zeros(3, np.float32), np.ones(3, np.float32)
        x = mg.tensor(a, device=device)
        y = mg.batch_norm(x, mg.ones(3, device=device), mg.zeros(3, device=device), mean, var, training)
        found.append((y.numpy(), mean, var))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_to_and_from_it(k):
    t = mg.tensor([1.0, 2.0]).to("stand-in")
    assert t.device == "stand-in" and t.tolist() == [1, 2] and (t + 1).to("numpy").tolist() == [2, 3]
    a = np.ones(2, np.float32)
    shared = mg.from_numpy(a, device="stand-in")
    assert shared.device == "stand-in" and shared.tolist() == [1, 1]
    with pytest.raises(ValueError, match=r"\[add\] the operands are on two devices, stand-in and numpy"):
        t + mg.tensor([1.0], device="numpy")


@pytest.mark.parametrize("name", discover())
def test_every_operation_runs_there(k, name):
    """Values and second derivatives, drawn; what tests/ops fuzzes on the devices that can be had everywhere."""
    with kernels.use("stand-in"):
        suite.check_operation(name, examples=1, seed=0, aspects=("forward", "second"))
