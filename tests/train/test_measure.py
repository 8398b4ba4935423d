"""evaluate and predict."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.data import Dataset, Loader
from minigrad.train import evaluate, fit, predict


def by_hand(model, x, y):
    """(mean loss, accuracy) in plain numpy."""
    z = predict(model, x).astype(np.float64)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -logp[np.arange(len(y)), y].mean(), (z.argmax(axis=1) == y).mean()


def test_predict_is_the_model_in_evaluation_mode(device, small, blobs):
    model = small(.5)
    plain = model.state_dict()
    hidden = np.maximum(blobs[0] @ plain["0.weight"].T + plain["0.bias"], 0)
    expected = hidden @ plain["3.weight"].T + plain["3.bias"]
    for batch_size in (1, 7, 1000):
        found = predict(model, blobs[0], batch_size)
        assert found.dtype == np.float32 and type(found) is np.ndarray
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert all(m.training for m in model.modules())


def test_predict_takes_datasets_tensors_and_pixels(small):
    model = nn.Sequential(nn.Flatten(), small())
    pixels = np.arange(5 * 4).reshape(5, 1, 2, 2).astype(np.uint8)
    expected = predict(model, pixels / 255)
    for x in (pixels, Dataset(pixels, np.zeros(5, int)), mg.tensor(pixels / np.float32(255))):
        np.testing.assert_allclose(predict(model, x), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("batch_size", [1, 40, 90, 1000])
def test_evaluate(device, small, blobs, batch_size):
    model = small(.5)
    found = evaluate(model, blobs, mg.cross_entropy, batch_size)
    loss, accuracy = by_hand(model, *blobs)
    assert found == {"loss": pytest.approx(loss, rel=1e-5), "accuracy": accuracy}
    assert evaluate(model, blobs) == {"accuracy": accuracy}
    assert evaluate(model, blobs, mg.cross_entropy, accuracy=False).keys() == {"loss"}


def test_one_hot_targets_count_like_classes(small, blobs):
    x, y = blobs
    model = small()
    dense = evaluate(model, (x, np.eye(3, dtype=np.float32)[y]), mg.cross_entropy)
    assert dense == pytest.approx(evaluate(model, blobs, mg.cross_entropy), rel=1e-6)


def test_numbers_that_are_no_distributions_are_not_counted(small, blobs):
    x, _ = blobs
    assert evaluate(small(), (x, x[:, :3]), mg.mse).keys() == {"loss"}


def test_accuracy_of_ones_own_gets_numpy_arrays(small, blobs):
    kinds = set()

    def count(output, target):
        kinds.add((type(output), type(target), output.shape[0] == len(target)))
        return 1

    assert evaluate(small(), blobs, batch_size=45, accuracy=count) == {"accuracy": 2 / 90}
    assert kinds == {(np.ndarray, np.ndarray, True)}


def test_no_graph_is_built(small, blobs):
    graphs = []

    def loss(z, target):
        graphs.append(z.requires_grad)
        return mg.cross_entropy(z, target)

    model = small()
    evaluate(model, blobs, loss)
    assert graphs == [False] and all(p.grad is None for p in model.parameters())


def test_a_loader_is_measured_whole_whatever_its_order(small, blobs):
    model = small()
    loader = Loader(blobs, batch_size=40, shuffle=True, drop_last=True)
    assert evaluate(model, loader, mg.cross_entropy) == evaluate(model, blobs, mg.cross_entropy)
    assert loader.epoch == 0


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda m, x, y: evaluate("net", (x, y)), TypeError, r"\[evaluate\] the model must be an nn.Module, found str"),
    (lambda m, x, y: evaluate(m, (x[:0], y[:0])), ValueError, r"\[evaluate\] the data holds no samples"),
    (lambda m, x, y: evaluate(m, (x, x[:, :3])), ValueError, r"\[evaluate\] nothing to measure: the targets are no"),
    (lambda m, x, y: predict(lambda x: x, x), TypeError, r"\[predict\] the model must be an nn.Module, found function"),
    (lambda m, x, y: predict(m, x[:0]), ValueError, r"\[predict\] the data holds no samples"),
    (lambda m, x, y: evaluate(m, (x, y), mg.nn.CrossEntropyLoss), TypeError,
     r"\[evaluate\] loss must .*found the class CrossEntropyLoss: write CrossEntropyLoss\(\), with brackets"),
    (lambda m, x, y: evaluate(m, (x, y), accuracy="all"), TypeError, r"\[evaluate\] accuracy must be a function or None or"),
    (lambda m, x, y: predict(m, (x, y)), TypeError, r"\[predict\] expected the inputs alone, found a tuple: pass x"),
    (lambda m, x, y: predict(m, 3.0), ValueError, r"\[predict\] expected samples \(N, ...\), found 3.0: for one"),
])
def test_errors(small, blobs, call, error, message):
    with pytest.raises(error, match="^" + message):
        call(small(), *blobs)


def test_predict_takes_a_loader_in_the_order_of_its_data(small, blobs):
    model = small()
    loader = Loader(blobs, batch_size=40, shuffle=True, drop_last=True)
    np.testing.assert_array_equal(predict(model, loader), predict(model, blobs[0]))


def test_predict_wants_one_tensor(blobs):
    class Two(nn.Module):
        def forward(self, x):
            return (x, x) if self.training is False else None

    class Nothing(nn.Module):
        def forward(self, x):
            pass

    with pytest.raises(TypeError, match=r"^\[predict\] the model must return one Tensor, found tuple"):
        predict(Two(), blobs[0])
    with pytest.raises(TypeError, match=r"^\[predict\] the model returned None: does its forward end with a return"):
        predict(Nothing(), blobs[0])


def test_pixels_are_scaled_the_same_way_everywhere(small):
    """Dataset, Loader, fit, evaluate and predict see pixels / 255; a model called by hand refuses raw ones."""
    rng = np.random.default_rng(0)
    pixels, y = rng.integers(0, 256, (30, 1, 2, 2), np.uint8), np.arange(30) % 3
    model = nn.Sequential(nn.Flatten(), small())
    floats = (pixels / np.float32(255)).astype(np.float32)
    by_hand = mg.cross_entropy(model(floats), y).item()
    for data in ((pixels, y), Dataset(pixels, y), Loader(pixels, y), (mg.tensor(pixels), y), (floats, y)):
        assert evaluate(model, data, mg.cross_entropy)["loss"] == pytest.approx(by_hand, rel=1e-5)
        history = fit(model, data, mg.cross_entropy, optim.SGD(model.parameters(), lr=0.0))
        assert history["train_loss_running"][0] == pytest.approx(by_hand, rel=1e-5)
    for x in (pixels, Dataset(pixels, y), mg.tensor(pixels)):
        np.testing.assert_allclose(predict(model, x), model(floats).detach().numpy(), rtol=1e-5, atol=1e-6)
    with pytest.raises(TypeError, match=r"^1.0: \[linear\] x is uint8, raw pixels"):
        model(pixels)
