"""Networks that go from PyTorch to here and back, through safetensors and by state dict: the same numbers come out."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
safetensors = pytest.importorskip("safetensors.torch")


def cnn(n):
    return n.Sequential(n.Conv2d(1, 6, 5, padding=2), n.BatchNorm2d(6), n.ReLU(), n.MaxPool2d(2), n.Conv2d(6, 8, 3, bias=False),
                        n.BatchNorm2d(8), n.ReLU(), n.AvgPool2d(2), n.Flatten(), n.Dropout(0.3), n.Linear(8 * 36, 10))


def text_model(n):
    class Model(n.Module):
        def __init__(self):
            super().__init__()
            self.encode = n.Linear(12, 8)
            self.lstm = n.LSTM(8, 16, num_layers=2, batch_first=True, bidirectional=True)
            self.gru = n.GRU(32, 10, batch_first=True)
            self.heads = n.ModuleDict({"one": n.Linear(10, 3), "two": n.Linear(10, 2)})

        def forward(self, x):
            y, _ = self.lstm(self.encode(x))
            _, h = self.gru(y)
            return self.heads["one"](h[-1])

    return Model()


def transformer(n):
    class Model(n.Module):
        def __init__(self):
            super().__init__()
            self.layers = n.ModuleList([n.TransformerEncoderLayer(12, 3, 24, batch_first=True, norm_first=i > 0)
                                        for i in range(2)])
            self.scales = n.ParameterList([n.Parameter((mg if n is nn else torch).ones(12)) for _ in range(2)])
            self.out = n.Linear(12, 5)

        def forward(self, x):
            for layer, scale in zip(self.layers, self.scales, strict=True):
                x = layer(x) * scale
            return self.out(x)

    return Model()


MODELS = {"cnn": (cnn, (4, 1, 28, 28)), "recurrent": (text_model, (4, 7, 12)), "transformer": (transformer, (4, 7, 12))}


@pytest.fixture(params=MODELS)
def pair(request, device):
    """A network trained a little there, an untrained one here, and an input."""
    make, shape = MODELS[request.param]
    torch.manual_seed(0)
    theirs, ours = make(torch.nn), make(nn)
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    optimizer = torch.optim.Adam(theirs.parameters(), 1e-2)
    for _ in range(3):
        optimizer.zero_grad()
        (theirs(torch.tensor(x)) ** 2).mean().backward()
        optimizer.step()
    theirs.eval(), ours.eval()
    return theirs, ours, x


def same_outputs(theirs, ours, x):
    expected = theirs(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours(x).detach().numpy(), expected, rtol=2e-4, atol=2e-5)


def test_from_pytorch(pair, tmp_path):
    theirs, ours, x = pair
    safetensors.save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    nn.load(ours, tmp_path / "theirs.safetensors")
    same_outputs(theirs, ours, x)


def test_state_dicts_are_taken_as_they_are(pair):
    theirs, ours, x = pair
    ours.load_state_dict(theirs.state_dict())
    same_outputs(theirs, ours, x)
    ours.load_state_dict(dict(theirs.named_parameters()), strict=False)        # they require grad
    ours.load_state_dict({name: p.bfloat16() if p.is_floating_point() else p for name, p in theirs.state_dict().items()})
    name, p = next(iter(theirs.named_parameters()))
    np.testing.assert_array_equal(ours.get_parameter(name).detach().numpy(), p.detach().bfloat16().float().numpy())


def test_to_pytorch(pair, tmp_path):
    theirs, ours, x = pair
    ours.train()
    optimizer = optim.Adam(ours.parameters(), lr=1e-2)
    for _ in range(3):
        optimizer.zero_grad()
        (ours(mg.tensor(x)) ** 2).mean().backward()
        optimizer.step()
    ours.eval()
    nn.save(ours, tmp_path / "ours.safetensors")
    assert not theirs.load_state_dict(safetensors.load_file(tmp_path / "ours.safetensors")).missing_keys
    same_outputs(theirs, ours, x)


def test_training_goes_on_as_there():
    """Five steps of SGD on the same batches, from the same weights: the same losses."""
    theirs, ours = cnn(torch.nn), cnn(nn)
    theirs[9].p = ours[9].p = 0.0
    ours.load_state_dict(theirs.state_dict())
    rng = np.random.default_rng(1)
    mine, their = optim.SGD(ours.parameters(), lr=0.05, momentum=0.9), torch.optim.SGD(theirs.parameters(), 0.05, 0.9)
    for _ in range(5):
        x, y = rng.standard_normal((8, 1, 28, 28)).astype(np.float32), rng.integers(0, 10, 8)
        loss, tloss = mg.cross_entropy(ours(x), y), torch.nn.functional.cross_entropy(theirs(torch.tensor(x)), torch.tensor(y))
        mine.zero_grad(), their.zero_grad()
        loss.backward(), tloss.backward()
        mine.step(), their.step()
        assert loss.item() == pytest.approx(tloss.item(), rel=1e-3)
    for name, a in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[name], a.numpy(), rtol=1e-2, atol=1e-3, err_msg=name)


def test_what_does_not_fit_is_listed(tmp_path):
    theirs = cnn(torch.nn)
    state = theirs.state_dict()
    del state["10.bias"]
    state["0.weight"] = torch.zeros(6, 3, 5, 5)
    state["classifier.weight"] = torch.zeros(2, 2)
    safetensors.save_file(state, tmp_path / "other.safetensors")
    ours = cnn(nn)
    with pytest.raises(ValueError) as error:
        nn.load(ours, tmp_path / "other.safetensors")
    for line in ("missing: 10.bias (10,)", "unexpected: classifier.weight (2, 2)",
                 "shape: 0.weight is (6, 1, 5, 5) here, found (6, 3, 5, 5)", "other.safetensors"):
        assert line in str(error.value)
    del state["0.weight"]
    keys = ours.load_state_dict(state, strict=False)
    assert keys.missing_keys == ["0.weight", "10.bias"] and keys.unexpected_keys == ["classifier.weight"]
