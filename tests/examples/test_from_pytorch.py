"""The programs of examples/from_pytorch/: they run, their page is as they are, and beside PyTorch they mean the same."""

import importlib.util
import os
import random
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "from_pytorch"


def loaded(name, monkeypatch):
    """A program as a module, its main part not run."""
    if name.endswith("_torch") and importlib.util.find_spec("torchvision") is None:     # only its data sets are used
        stand_in = types.ModuleType("torchvision")
        stand_in.datasets, stand_in.transforms = None, types.ModuleType("torchvision.transforms")
        stand_in.transforms.ToTensor = None
        monkeypatch.setitem(sys.modules, "torchvision", stand_in)
        monkeypatch.setitem(sys.modules, "torchvision.transforms", stand_in.transforms)
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_and_the_readme_are_up_to_date(monkeypatch):
    compare = loaded("compare", monkeypatch)
    text = compare.page()
    assert (ROOT / "docs" / "from-pytorch.md").read_text(encoding="utf-8") == text, \
        "write it anew: python examples/from_pytorch/compare.py"
    said = compare.total({name: compare.compared(name) for name in compare.PROGRAMS})
    assert said in " ".join((ROOT / "README.md").read_text(encoding="utf-8").split()), f"README.md should say: {said}"
    assert {path.stem.removesuffix("_torch") for path in FOLDER.glob("*.py")} == {"compare", *compare.PROGRAMS}


def test_a_line_without_a_reason_is_found(monkeypatch):
    with pytest.raises(KeyError, match="no reason is given why this line had to change: x = 3"):
        loaded("compare", monkeypatch).reason("x = 3")


@pytest.mark.parametrize(("name", "epochs", "files"), [
    ("cnn", 5, {"cnn.safetensors", "losses.png"}), ("char_lstm", 4, {"written.txt", "losses.png"}),
    ("transformer", 2, {"losses.png"}), ("dcgan", 1, {"epoch-1.png", "losses.png"})])
def test_quick(name, epochs, files, tmp_path):
    paths = os.pathsep.join(path for path in (str(Path(mg.__file__).parents[1]), os.environ.get("PYTHONPATH")) if path)
    environment = {**os.environ, "PYTHONPATH": paths, "MINIGRAD_DATA": str(tmp_path), "MINIGRAD_MIRRORS": "",
                   "MPLBACKEND": "agg"}
    command = [sys.executable, FOLDER / f"{name}.py", "--quick", "--out", tmp_path / "o"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert sum(line.startswith("epoch ") for line in done.stdout.splitlines()) == epochs
    assert {path.name for path in (tmp_path / "o").iterdir()} == files


def test_the_quickstart_runs_with_five_lines_changed(tmp_path, monkeypatch):
    paths = os.pathsep.join(path for path in (str(Path(mg.__file__).parents[1]), os.environ.get("PYTHONPATH")) if path)
    done = subprocess.run([sys.executable, FOLDER / "quickstart.py", "--quick", "--epochs", "2"], check=True,
                          capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths}, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert lines[:3] == ["X [N, C, H, W]: [64, 1, 28, 28]", "y: [64]", "Using cpu device"]
    assert sum(line.startswith("test: accuracy ") for line in lines) == 2 and lines[-1].startswith('predicted: "')
    assert (tmp_path / "quickstart.pth").exists()
    assert loaded("compare", monkeypatch).compared("quickstart").changed == 5


# ---- beside PyTorch: the same weights and the same batches give the same losses

@pytest.fixture
def twins(request, monkeypatch):
    """(PyTorch, its program, ours)"""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    torch.manual_seed(0)
    mg.manual_seed(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)                    # its threads wait for one another where others work, too
    yield torch, loaded(f"{request.param}_torch", monkeypatch), loaded(request.param, monkeypatch)
    torch.set_num_threads(threads)


def adams(torch, theirs, ours, **options):
    ours.load_state_dict(theirs.state_dict())
    return torch.optim.Adam(theirs.parameters(), **options), mg.optim.Adam(ours.parameters(), **options)


def images(count, size=32):
    x, y = mg.data.synthetic_digits(count * size, 1)[0].arrays()
    return [(x[i:i + size], y[i:i + size]) for i in range(0, count * size, size)]


@pytest.mark.parametrize("twins", ["cnn"], indirect=True)
def test_cnn(twins, tmp_path):
    torch, program, port = twins
    safetensors = pytest.importorskip("safetensors.torch")
    theirs, ours = program.CNN(dropout=0.0).to(program.device), port.CNN(dropout=0.0)
    their_adam, adam = adams(torch, theirs, ours, lr=1e-3)
    batches = images(12)
    expected = program.train([(torch.tensor(x), torch.tensor(y)) for x, y in batches], theirs, torch.nn.CrossEntropyLoss(),
                             their_adam)
    np.testing.assert_allclose(port.train(batches, ours, nn.CrossEntropyLoss(), adam), expected, rtol=1e-4)
    assert expected[-1] < expected[0]

    # Weights that were trained here give the same logits there, and the other way round, through files.
    x = batches[0][0]
    logits = lambda: theirs.eval()(torch.tensor(x).to(program.device)).detach().cpu().numpy()     # noqa: E731
    mg.save(ours.state_dict(), tmp_path / "ours.safetensors")
    theirs.load_state_dict(safetensors.load_file(tmp_path / "ours.safetensors"))
    np.testing.assert_allclose(ours.eval()(x).detach().numpy(), logits(), rtol=1e-4, atol=1e-5)
    program.train([(torch.tensor(x), torch.tensor(y)) for x, y in batches[:3]], theirs, torch.nn.CrossEntropyLoss(), their_adam)
    safetensors.save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    ours.load_state_dict(mg.load(tmp_path / "theirs.safetensors"))
    np.testing.assert_allclose(ours.eval()(x).detach().numpy(), logits(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("twins", ["char_lstm"], indirect=True)
def test_char_lstm(twins):
    torch, program, port = twins
    theirs, ours = program.CharLSTM(20, 32, dropout=0.0), port.CharLSTM(20, 32, dropout=0.0)
    their_adam, adam = adams(torch, theirs, ours, lr=5e-3)
    data = np.random.default_rng(0).integers(0, 20, (4, 101)) // 5 * 5          # some of them only, to have something to learn
    expected = program.train(torch.tensor(data), theirs, their_adam, seq_len=9)
    assert len(expected) == 12 and expected[-1] < expected[0]
    np.testing.assert_allclose(port.train(mg.tensor(data), ours, adam, seq_len=9), expected, rtol=1e-4)


@pytest.mark.parametrize("twins", ["transformer"], indirect=True)
def test_transformer(twins):
    torch, program, port = twins
    theirs, ours = program.TransformerModel(len(port.CHARS)), port.TransformerModel(len(port.CHARS))
    their_adam, adam = adams(torch, theirs, ours, lr=1e-3)
    their_steps = torch.optim.lr_scheduler.StepLR(their_adam, step_size=1, gamma=0.5)
    steps = mg.optim.lr_scheduler.StepLR(adam, step_size=1, gamma=0.5)
    their_rng, rng = random.Random(0), random.Random(0)
    for _ in range(2):                                                          # two epochs, between which the schedule steps
        expected = program.train([program.make_batch(their_rng, 8) for _ in range(6)], theirs, their_adam, their_steps)
        found = port.train([port.make_batch(rng, 8) for _ in range(6)], ours, adam, steps)
        np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert port.turn_round(ours, "abc") == program.turn_round(theirs, "abc")


@pytest.mark.parametrize("twins", ["dcgan"], indirect=True)
def test_dcgan(twins):
    torch, program, port = twins
    theirs = [program.Generator(8, 8).apply(program.weights_init), program.Discriminator(8).apply(program.weights_init)]
    ours = [port.Generator(8, 8).apply(port.weights_init), port.Discriminator(8).apply(port.weights_init)]
    both = [adams(torch, their, our, lr=2e-4, betas=(0.5, 0.999)) for their, our in zip(theirs, ours, strict=True)]
    rng = np.random.default_rng(0)
    batches = [(x * 2 - 1, rng.standard_normal((len(x), 8, 1, 1)).astype(np.float32)) for x, _ in images(6, 16)]
    expected = program.train([(torch.tensor(x), torch.tensor(z)) for x, z in batches], *theirs, both[0][0], both[1][0])
    found = port.train([(mg.tensor(x), mg.tensor(z)) for x, z in batches], *ours, both[0][1], both[1][1])
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_the_weights_that_the_gan_begins_with(monkeypatch):
    net = loaded("dcgan", monkeypatch).Generator().apply(loaded("dcgan", monkeypatch).weights_init)
    assert 0.018 < net.main[0].weight.detach().numpy().std() < 0.022
    assert 0.9 < net.main[1].weight.detach().numpy().mean() < 1.1 and not net.main[1].bias.detach().numpy().any()
