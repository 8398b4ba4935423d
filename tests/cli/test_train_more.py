"""`minigrad train`: going on with a run, a model of one's own, a file of options, other sets of images."""

import shutil

import numpy as np
import pytest

from minigrad import cli, nn
from minigrad.cli import sets
from minigrad.cli import train as train_module
from minigrad.cli.models import build, misfit
from minigrad.data import Dataset, synthetic_digits
from minigrad.train import History, evaluate

OWN = '''"""A model of one's own."""
from minigrad import nn, optim


def make():
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(16), nn.Tanh(), nn.Linear(16, 10))


def with_optimizer():
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    return model, optim.SGD(model.parameters(), lr=.25)


def with_loss():
    return *with_optimizer(), nn.CrossEntropyLoss(label_smoothing=.1)


def nothing():
    return 3


def fails():
    raise RuntimeError("inside make")
'''


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in, 500 digits for MNIST, and as many coloured noises for CIFAR-10."""
    training, test = synthetic_digits(400, 100)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sets, "SIZES", dict.fromkeys(sets.SIZES, (300, 100, 100)))
    monkeypatch.setattr(sets, "QUICK", (150, 50, 40))
    monkeypatch.setattr(sets, "mnist", lambda root: (training, test))
    random = np.random.default_rng(0)
    colours = [Dataset(random.integers(0, 256, (n, 3, 32, 32), np.uint8), np.arange(n) % 10, "noise", list("abcdefghij"))
               for n in (400, 100)]
    monkeypatch.setattr(sets, "cifar10", lambda root: colours)
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path


def run(*words):
    try:
        return cli.main([*map(str, words)])
    except SystemExit as leave:
        return leave.code


def stopped_in(epoch, monkeypatch, *words):
    """The exit code of a run that Ctrl-C ends after that epoch."""
    def print_epoch(history):
        if history[-1]["epoch"] == epoch:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(train_module, "_print_epoch", print_epoch)
        return run(*words)


def test_a_run_that_was_interrupted_goes_on(here, capsys, monkeypatch):
    words = "train", "mnist", "--epochs", 4, "--seed", 2, "--momentum", .5
    assert run(*words, "--out", "whole") == 0
    assert stopped_in(2, monkeypatch, *words, "--out", "o") == 130
    assert (here / "o" / "unfinished.safetensors").exists() and len(History.load(here / "o" / "history.json")) == 2
    capsys.readouterr()
    assert run("train", "--resume", "o") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:5]] == ["epoch", "3", "4"]
    assert (here / "o" / "weights.safetensors").read_bytes() == (here / "whole" / "weights.safetensors").read_bytes()
    history = History.load(here / "o" / "history.json")
    assert history.epochs == [1, 2, 3, 4] and not history.interrupted
    assert history["validation_loss"] == History.load(here / "whole" / "history.json")["validation_loss"]
    assert not (here / "o" / "unfinished.safetensors").exists()
    assert run("train", "--resume", "o") == 2 and "the run there has ended" in capsys.readouterr().err


def test_a_run_may_go_on_for_longer(here, monkeypatch):
    assert stopped_in(2, monkeypatch, "train", "mnist", "--epochs", 3, "--out", "o") == 130
    assert run("train", "--resume", "o", "--epochs", 5) == 0
    assert History.load(here / "o" / "history.json").epochs == [1, 2, 3, 4, 5]


def test_what_cannot_go_on(here, capsys, monkeypatch):
    assert stopped_in(1, monkeypatch, "train", "mnist", "--quick", "--out", "o") == 130
    shutil.copytree("o", "damaged")
    (here / "damaged" / "unfinished.safetensors").write_bytes(b"{")
    shutil.copytree("o", "weights")
    nn.save(build("784-40-10"), here / "weights" / "unfinished.safetensors")
    capsys.readouterr()
    for words, message in ((("--resume", "nowhere"), "--resume nowhere: there is no run that did not end: expected nowhere/"),
                           (("--resume", "o", "--lr", .1, "--seed", 3), "with what the run was told: leave out lr, seed"),
                           (("mnist", "--resume", "o"), "leave out what"),
                           (("--resume", "damaged"), "expected a whole safetensors file"),
                           (("--resume", "weights"), "it holds weights alone")):
        assert run("train", *words) == 2
        assert message in capsys.readouterr().err.replace("\\", "/")


def test_a_model_of_ones_own(here, capsys):
    assert run("train", "own.py:make", "--data", "mnist", "--epochs", 2, "--out", "o") == 0
    out = capsys.readouterr().out
    assert "own.py:make: 12,730 parameters; adam, lr 0.001, batch 32, seed 0" in out and "test accuracy" in out
    facts = History.load(here / "o" / "history.json").facts
    assert facts["model"] == "own.py:make" and facts["options"]["what"] == f"{here.resolve() / 'own.py'}:make"
    assert run("train", "own.py:with_optimizer", "--data", "mnist", "--quick", "--epochs", 1) == 0
    assert "sgd, lr 0.25" in capsys.readouterr().out and (here / "runs" / "mnist-own-seed0").is_dir()
    assert run("train", "own.py:with_loss", "--data", "mnist", "--quick", "--epochs", 1) == 0
    folder, test = here / "runs" / "mnist-own-seed0-2", sets.load("mnist", None, True).test
    model = nn.load(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), folder / "weights.safetensors")
    assert (History.load(folder / "history.json").facts["test_loss"]
            == evaluate(model, test, nn.CrossEntropyLoss(label_smoothing=.1))["loss"])


def test_a_model_of_ones_own_goes_on(here, monkeypatch):
    words = "train", "own.py:make", "--data", "mnist", "--epochs", 3
    assert run(*words, "--out", "whole") == 0 and stopped_in(1, monkeypatch, *words, "--out", "o") == 130
    assert run("train", "--resume", "o") == 0
    assert (here / "o" / "weights.safetensors").read_bytes() == (here / "whole" / "weights.safetensors").read_bytes()


@pytest.mark.parametrize(("words", "code", "message"), [
    (("own.py:make",), 2, "own.py:make on which data? Give --data one of mnist"),
    (("own.py:make", "--data", "mnist", "--model", "cnn"), 2, "own.py:make is the model: leave one of them out"),
    (("mnist", "--data", "cifar-10"), 2, "--data cifar-10: mnist are the data: leave it out, or name a folder"),
    (("none.py:make", "--data", "mnist"), 1, "none.py"),
    (("own.py:missing", "--data", "mnist"), 1, "own.py has no function missing: it has make, with_optimizer, with_loss"),
    (("own.py:nothing", "--data", "mnist"), 1, "own.py:nothing returned int: expected an nn.Module"),
    (("own.py:fails", "--data", "mnist"), 1, "own.py, line 23: RuntimeError: inside make"),
    (("broken.py:make", "--data", "mnist"), 1, "broken.py, line 2: SyntaxError"),
    (("mnist", "--config", "config.toml"), 2, "--config config.toml: config is no flag of train"),
    (("mnist", "--model", "3072-40-10"), 2, "no model for these images: give widths from the 784 pixels to the 10 classes"),
    (("--config", "none.toml"), 2, "--config none.toml: No such file"),
    (("--config", "own.py"), 2, "--config own.py: expected TOML"),
    (("--config", "list.toml"), 2, "--config list.toml: lr is a list, expected a number, a text, true or false"),
    (("mnist", "--config", "unknown.toml"), 2, "--config unknown.toml: rate is no flag of train"),
])
def test_usage(here, capsys, words, code, message):
    (here / "list.toml").write_text("lr = [1, 2]")
    (here / "unknown.toml").write_text("rate = 3")
    (here / "config.toml").write_text('config = "other.toml"')
    (here / "broken.py").write_text("x = 1\nx = = 2\n")
    assert run("train", *words) == code
    assert message in capsys.readouterr().err


def test_options_from_a_file(here, capsys):
    (here / "run.toml").write_text('what = "mnist"\nlr = 0.02\nbatch-size = 20\nquick = true\nforce = false\nout = "o"\n')
    assert run("train", "--config", "run.toml", "--lr", .03) == 0
    assert "sgd, lr 0.03, batch 20, seed 0" in capsys.readouterr().out
    assert run("train", "mnist", "--config", "run.toml", "--out", "p") == 0


def test_cifar_10_has_a_network_of_its_own(here, capsys):
    assert run("train", "cifar-10", "--quick", "--epochs", 1, "--out", "o") == 0
    out = capsys.readouterr().out
    assert "CIFAR-10: 150 training, 50 validation and 40 test images" in out
    assert "cnn-4: 1,250,858 parameters; adam, lr 0.001, batch 32" in out and "(CIFAR-10)" in out.splitlines()[-1]
    assert run("train", "cifar-10", "--quick", "--epochs", 1, "--model", "3072-20-10") == 0
    assert run("train", "cifar-10", "--quick", "--model", "cnn", "--epochs", 1) == 0


def test_augmented_images_are_others_and_a_run_goes_on(here, monkeypatch):
    words = "train", "cifar-10", "--quick", "--epochs", 3, "--model", "3072-20-10", "--augment"
    assert run(*words, "--out", "a") == run(*words[:-1], "--out", "plain") == 0
    a, plain = (History.load(here / name / "history.json") for name in ("a", "plain"))
    assert a["train_loss_running"] != plain["train_loss_running"] and a.facts["options"]["augment"]
    assert stopped_in(1, monkeypatch, *words, "--out", "o") == 130 and run("train", "--resume", "o") == 0
    assert History.load(here / "o" / "history.json").facts["weights_sha256"] == a.facts["weights_sha256"]


def test_networks_fit_the_images_or_say_why_not():
    assert misfit("cnn-4", (3, 32, 32), 10) == misfit("784-40-10", (1, 28, 28), 10) == ""
    assert "cnn is for images of 16 x 16 or more, and these are 1x8x8" in misfit("cnn", (1, 8, 8), 10)
    assert build("cnn", (3, 20, 24), 7)[-1].weight.shape == (7, 16 * 2 * 3)


@pytest.mark.parametrize("parts", [("",), ("train", "test")])
def test_a_folder_of_images(here, capsys, parts):
    image = pytest.importorskip("PIL.Image", reason="Pillow reads pictures")
    random = np.random.default_rng(0)
    for part in parts:
        for label, name in enumerate(("dark", "light")):
            folder = here / "photos" / part / name
            folder.mkdir(parents=True)
            for i in range(30):
                pixels = random.integers(220 * label, 220 * label + 36, (16, 16), np.uint8)
                image.fromarray(pixels).save(folder / f"{i}.png")
    (here / "two.py").write_text("from minigrad import nn\n\n\ndef make():\n    return nn.Sequential(nn.Flatten(), "
                                 "nn.Linear(256, 2))\n")
    assert run("train", "two.py:make", "--data", "photos", "--epochs", 60, "--lr", 0.01, "--out", "o") == 0
    out = capsys.readouterr().out
    assert f"photos: {'50 training, 10 validation and 60' if len(parts) == 2 else '42 training, 8 validation and 10'}" in out
    assert History.load(here / "o" / "history.json").facts["test_accuracy"] == 1


# ---- what a run has learned

def test_evaluate_says_what_is_right_class_by_class(here, capsys, monkeypatch):
    assert run("train", "mnist", "--quick", "--epochs", 3, "--out", "o") == 0
    accuracy = History.load(here / "o" / "history.json").facts["test_accuracy"]
    capsys.readouterr()
    assert run("evaluate", "o") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "o on 40 test images of MNIST"
    assert lines[1].startswith(f"accuracy {accuracy:.4f}   loss (cross-entropy) ")
    counts = np.array([line.split()[1:3] for line in lines[4:]], int)
    assert counts.sum(0).tolist() == [40, round(accuracy * 40)]
    assert run("evaluate", "o", "--part", "validation") == 0 and "50 validation images" in capsys.readouterr().out
    assert run("train", "own.py:make", "--data", "mnist", "--quick", "--out", "p") == 0
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    assert run("evaluate", "../p") == 0


def test_predict_names_what_it_sees(here, capsys):
    image = pytest.importorskip("PIL.Image", reason="Pillow reads pictures")
    assert run("train", "mnist", "--epochs", 8, "--out", "o") == 0
    _, test = sets.mnist(None)
    names = [f"{i}.png" for i in range(20)]
    for i, name in enumerate(names):
        image.fromarray(test.images[i, 0]).save(name)
    capsys.readouterr()
    assert run("predict", "o", *names, "--top", 1) == 0
    said = [line.split(": ")[1].split()[0] for line in capsys.readouterr().out.splitlines()]
    assert np.mean([int(digit) == label for digit, label in zip(said, test.labels[:20])]) >= .5
    assert run("predict", "o", "0.png", "1.png", "--csv", "found.csv", "--top", 2) == 0
    rows = (here / "found.csv").read_text().splitlines()
    assert rows[0] == "file,rank,class,probability" and rows[1].startswith(f"0.png,1,{said[0]},") and len(rows) == 5
    (here / "no.png").write_text("no picture")
    for words, message in ((("o", "none.png"), "none.png: expected a picture, found nothing"),
                           (("o", "no.png"), "no.png"), (("nowhere", "0.png"), "nowhere holds no run that has ended")):
        assert run("predict", *words) == 1
        assert message in capsys.readouterr().err
