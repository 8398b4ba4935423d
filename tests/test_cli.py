"""The command line: what it prints, what it saves, how it ends."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import cli, nn
from minigrad.cli import info as info_module
from minigrad.cli import train as train_module
from minigrad.data import DataUnavailable, synthetic_digits
from minigrad.train import History, evaluate

FILES = {"weights.safetensors", "history.json", "history.csv", "curves.png"}
PACKAGE = Path(mg.__file__).parents[1]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in, and MNIST in small: 500 digits that were made here."""
    training, test = synthetic_digits(400, 100)     # in MNIST's format
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(train_module, "SIZES", {False: (300, 100, 100), True: (150, 50, 40)})
    monkeypatch.setattr(train_module, "mnist", lambda root: (training, test))
    monkeypatch.setattr(train_module, "fashion_mnist", lambda root: (training, test))
    return tmp_path


def run(*words):
    """main's exit code, argparse's included."""
    try:
        return cli.main([*map(str, words)])
    except SystemExit as leave:
        return leave.code


def start(*words, cwd, **options):
    """`python -m minigrad ...` with no data set to be had; -m finds the package wherever the tests found it."""
    paths = os.pathsep.join(path for path in (str(PACKAGE), os.environ.get("PYTHONPATH")) if path)
    empty = cwd / "nothing"
    environment = {**os.environ, "PYTHONPATH": paths, "MINIGRAD_DATA": str(empty), "MINIGRAD_MIRRORS": "",
                   "XDG_CACHE_HOME": str(empty), "HOME": str(empty), "LOCALAPPDATA": str(empty)}
    return subprocess.Popen([sys.executable, "-m", "minigrad", *map(str, words)], cwd=cwd, env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


# ---- train

def test_train_prints_saves_and_tests(here, capsys):
    assert run("train", "mnist", "--epochs", 3, "--lr", .05, "--seed", 4) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == ""
    assert lines[0] == "MNIST: 300 training, 100 validation and 100 test images"
    assert lines[1].startswith("784-40-10: 31,810 parameters; sgd, lr 0.05, batch 10, seed 4; ")
    assert lines[2].startswith("epoch  train loss~  train acc~  val loss  val acc  train s")
    assert [line.split()[0] for line in lines[3:6]] == ["1", "2", "3"]
    assert len({len(line) for line in lines[3:6]}) == 1, "fixed columns"
    assert re.fullmatch(r"test accuracy 0\.\d{4} \(MNIST\)", lines[-1])

    folder = here / "runs" / "mnist-784-40-10-seed4"
    assert {path.name for path in folder.iterdir()} == FILES
    history = History.load(folder / "history.json")
    assert history.epochs == [1, 2, 3] and history["lr"] == [.05] * 3
    facts = history.facts
    assert (facts["seed"], facts["data"], facts["model"], facts["command"]) == (
        4, "MNIST", "784-40-10", "minigrad train mnist --epochs 3 --lr 0.05 --seed 4")
    assert facts["images"] == {"training": 300, "validation": 100, "test": 100}
    assert f"{facts['test_accuracy']:.4f}" == lines[-1].split()[2]
    model = nn.load(train_module.build("784-40-10"), folder / "weights.safetensors")
    assert evaluate(model, train_module.mnist(None)[1])["accuracy"] == facts["test_accuracy"]


def test_the_defaults_are_the_experiment_of_the_book(here, monkeypatch):
    """784-40-10, batch 10, lr 0.1, SGD, 30 epochs; with --quick 2; Adam starts at 0.001."""
    seen = []

    def fit(model, data, loss, optimizer, epochs, batch_size, validation, seed, **options):
        seen.append((model.num_parameters(), type(optimizer).__name__, optimizer.lr, epochs, batch_size, seed))
        raise RuntimeError("seen enough")

    monkeypatch.setattr("minigrad.train.fit", fit)
    for more in ((), ("--quick",), ("--optimizer", "adam", "--quick", "--epochs", 7)):
        assert run("train", "mnist", *more) == 1
    assert seen == [(31810, "SGD", .1, 30, 10, 0), (31810, "SGD", .1, 2, 10, 0), (31810, "Adam", .001, 7, 10, 0)]
    assert not list((here / "runs").iterdir()), "a run that never was leaves no folder"


def test_the_sizes_are_those_of_the_data():
    assert train_module.SIZES[False] == (50000, 10000, 10000)


def test_same_seed_same_bits_and_another_seed_others(here):
    for seed, out in ((1, "a"), (1, "b"), (2, "c")):
        assert run("train", "mnist", "--quick", "--seed", seed, "--out", out) == 0
    a, b, c = ((here / out / "weights.safetensors").read_bytes() for out in "abc")
    assert a == b != c


@pytest.mark.parametrize(("words", "parameters"), [(("--model", "784-12-11-10"), 9683), (("--model", "784-10"), 7850), (
    ("--model", "cnn", "--optimizer", "adam", "--batch-size", 50), 5994), (("--momentum", .9, "--lr", .01), 31810)])
def test_models_and_optimisers(here, capsys, words, parameters):
    assert run("train", "mnist", "--quick", "--epochs", 1, "--out", "o", *words) == 0
    assert f" {parameters:,} parameters" in capsys.readouterr().out
    assert History.load(here / "o" / "history.json").facts["parameters"] == parameters


def test_another_run_is_never_overwritten(here, capsys):
    quick = "train", "mnist", "--quick", "--epochs", 1
    assert [run(*quick) for _ in range(3)] == [0, 0, 0]
    assert sorted(path.name for path in (here / "runs").iterdir()) == [
        "mnist-784-40-10-seed0", "mnist-784-40-10-seed0-2", "mnist-784-40-10-seed0-3"]
    assert run(*quick, "--force") == 0 and len(list((here / "runs").iterdir())) == 3
    assert run(*quick, "--out", "mine") == 0
    before = (here / "mine" / "history.json").read_text()
    capsys.readouterr()
    assert run(*quick, "--out", "mine") == 2
    assert "--out mine holds a run already: choose another folder, or --force" in capsys.readouterr().err
    assert (here / "mine" / "history.json").read_text() == before
    assert run(*quick, "--out", "mine", "--force", "--seed", 3) == 0
    assert History.load(here / "mine" / "history.json").facts["seed"] == 3


def test_a_folder_with_other_things_in_it_is_no_run(here):
    (here / "o").mkdir()
    (here / "o" / "notes.txt").write_text("mine")
    assert run("train", "mnist", "--quick", "--out", "o") == 0
    assert {path.name for path in (here / "o").iterdir()} == FILES | {"notes.txt"}


def test_without_mnist_it_says_so_and_draws_digits(here, capsys, monkeypatch):
    def unavailable(root):
        raise DataUnavailable("[mnist] 4 of 4 files are missing: no network:\n  more\n  lines")

    monkeypatch.setattr(train_module, "mnist", unavailable)
    monkeypatch.setattr(train_module, "fashion_mnist", unavailable)
    assert run("train", "mnist", "--quick") == 0
    out, err = capsys.readouterr()
    assert err.splitlines()[0] == "MNIST cannot be had: [mnist] 4 of 4 files are missing: no network"
    assert err.splitlines()[1].startswith("So this run trains on synthetic digits") and len(err.splitlines()) == 2
    assert re.fullmatch(r"test accuracy 0\.\d{4} \(synthetic digits\)", out.splitlines()[-1])
    assert (here / "runs" / "synthetic-digits-784-40-10-seed0" / "history.json").exists()
    assert run("train", "fashion-mnist", "--quick") == 1       # digits are no stand-in for clothes
    assert capsys.readouterr().err == "minigrad: [mnist] 4 of 4 files are missing: no network:\n  more\n  lines\n"


def test_fashion_mnist_by_its_name(here, capsys):
    assert run("train", "fashion-mnist", "--quick") == 0
    assert re.fullmatch(r"test accuracy 0\.\d{4} \(Fashion-MNIST\)", capsys.readouterr().out.splitlines()[-1])
    assert (here / "runs" / "fashion-mnist-784-40-10-seed0").is_dir()


def test_data_is_where_the_flag_says(here, monkeypatch):
    asked = []

    def mnist(root):
        asked.append(root)
        raise ValueError("enough")

    monkeypatch.setattr(train_module, "mnist", mnist)
    assert run("train", "mnist", "--data", here) == 1 and asked == [str(here)]


def test_a_run_that_diverges_ends_well_and_says_so(here, capsys, recwarn):
    assert run("train", "mnist", "--quick", "--lr", 1e30, "--out", "o") == 0
    err = capsys.readouterr().err
    assert err.startswith("minigrad: warning: [fit] training diverged") and len(err.splitlines()) == 1
    assert History.load(here / "o" / "history.json").diverged == 1 and (here / "o" / "curves.png").exists()


def test_without_matplotlib_only_the_curves_are_missing(here, capsys, monkeypatch):
    assert run("train", "mnist", "--quick", "--out", "o") == 0
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert run("train", "mnist", "--quick", "--out", "o", "--force") == 0
    err = capsys.readouterr().err
    assert "minigrad: no curves: [plot_history] drawing needs matplotlib" in err
    assert {path.name for path in (here / "o").iterdir()} == FILES - {"curves.png"}, "the old picture is of another run"


# ---- how it ends

def test_ctrl_c_saves_what_there_is(here, capsys, monkeypatch):
    epochs = []

    def print_epoch(history):
        epochs.append(len(history))
        if len(history) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(train_module, "_print_epoch", print_epoch)
    assert run("train", "mnist", "--epochs", 9, "--out", "o") == 130
    out, err = capsys.readouterr()
    assert "test accuracy" not in out
    assert err == "minigrad: interrupted in epoch 2, after 30 of 30 steps; what there is, is in o\n"
    assert {path.name for path in (here / "o").iterdir()} == FILES
    history = History.load(here / "o" / "history.json")
    assert history.interrupted and history.epochs == [1, 2] == epochs


def test_ctrl_c_while_testing_saves_too(here, capsys, monkeypatch):
    def evaluate(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("minigrad.train.evaluate", evaluate)
    assert run("train", "mnist", "--quick", "--out", "o") == 130
    assert capsys.readouterr().err == "minigrad: interrupted before the test; what there is, is in o\n"
    assert {path.name for path in (here / "o").iterdir()} == FILES


def test_ctrl_c_before_there_is_anything(here, capsys, monkeypatch):
    def mnist(root):
        raise KeyboardInterrupt

    monkeypatch.setattr(train_module, "mnist", mnist)
    assert run("train", "mnist") == 130
    assert capsys.readouterr() == ("", "minigrad: interrupted\n") and not list(here.iterdir())


@pytest.mark.parametrize(("words", "reason"), [
    (("--out", "notes.txt/run"), r"\[Errno \d+\] Not a directory: 'notes.txt/run'"),
    (("--model", "784-40-10"), r"\[conv2d\] one line")])
def test_a_failure_is_one_line_and_no_traceback(here, capsys, monkeypatch, words, reason):
    (here / "notes.txt").write_text("")
    if words[0] == "--model":
        def fit(*arguments, **options):
            raise ValueError("[conv2d] one line\nand another")
        monkeypatch.setattr("minigrad.train.fit", fit)
    assert run("train", "mnist", "--quick", *words) == 1
    out, err = capsys.readouterr()
    assert re.fullmatch(f"minigrad: {reason}\n", err) and "test accuracy" not in out


@pytest.mark.parametrize(("words", "message"), [
    ((), "the following arguments are required: command"),
    (("bake",), "invalid choice: 'bake'"),
    (("train",), "the following arguments are required: dataset"),
    (("train", "cifar"), "invalid choice: 'cifar'"),
    (("train", "mnist", "--epochs", "-1"), "argument --epochs: expected a whole number, 1 or more, found '-1'"),
    (("train", "mnist", "--epochs", "2.5"), "expected a whole number, 1 or more, found '2.5'"),
    (("train", "mnist", "--batch-size", "0"), "argument --batch-size: expected a whole number, 1 or more, found '0'"),
    (("train", "mnist", "--lr", "nan"), "argument --lr: expected a number above 0, found 'nan'"),
    (("train", "mnist", "--lr", "inf"), "expected a number above 0, found 'inf'"),
    (("train", "mnist", "--lr", "-0.1"), "expected a number above 0, found '-0.1'"),
    (("train", "mnist", "--lr", "fast"), "expected a number above 0, found 'fast'"),
    (("train", "mnist", "--momentum", "1"), "argument --momentum: expected a number from 0 up to but not 1, found '1'"),
    (("train", "mnist", "--momentum", ".9", "--optimizer", "adam"), "--momentum is sgd's, and --optimizer is adam"),
    (("train", "mnist", "--optimizer", "lion"), "invalid choice: 'lion'"),
    (("train", "mnist", "--seed", "-3"), "expected a whole number, 0 to 18446744073709551615, found '-3'"),
    (("train", "mnist", "--threads", "0"), "argument --threads: expected a whole number, 1 to 256, found '0'"),
    (("train", "mnist", "--model", "40"), "argument --model: '40' is no model: give widths from the 784 pixels"),
    (("train", "mnist", "--model", "784-0-10"), "such as 784-40-10 or 784-100-50-10, or cnn"),
    (("train", "mnist", "--data", "nowhere"), "argument --data: nowhere is not a folder"),
    (("train", "mnist", "--out", "notes.txt"), "--out notes.txt is a file: name a folder"),
])
def test_usage_errors(here, capsys, words, message):
    (here / "notes.txt").write_text("")
    assert run(*words) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("usage: minigrad") and message in err
    assert [path.name for path in here.iterdir()] == ["notes.txt"]


def test_help_and_version(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    for words, parts in (((), ("minigrad train mnist", "minigrad info", "MINIGRAD_DATA=FOLDER")),
                         (("train",), ("examples:", "--model cnn --optimizer adam", "weights.safetensors", "Ctrl-C"))):
        assert run(*words, "--help") == 0
        out = capsys.readouterr().out
        assert all(part in out for part in parts) and max(map(len, out.splitlines())) <= 120
    assert run("--version") == 0 and capsys.readouterr().out == f"minigrad {mg.__version__}\n"


def test_threads(here, monkeypatch):
    seen = []
    monkeypatch.setattr(train_module.threads, "set_num_threads", seen.append)
    assert run("train", "mnist", "--quick", "--threads", 3) == 0 and seen == [3]


# ---- info

def report(capsys, *words):
    assert run("info", *words) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return {line[:14].strip(): line[14:] for line in out.splitlines()}


def test_info(device, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path))
    monkeypatch.setattr(info_module, "user_cache", lambda: tmp_path / "cache")
    facts = report(capsys)
    assert facts["minigrad"].startswith(f"{mg.__version__} in {Path(mg.__file__).parent}; ")
    assert facts["python"].startswith(f"{sys.version.split()[0]}, numpy {np.__version__}, ")
    assert facts["kernels"] == f"{device}: chosen by the test"
    assert facts["graph"] == f"{mg.engine.kind}: {mg.engine.reason}"
    assert re.match(r"\d+: \S+", facts["threads"])
    assert facts["mnist"] == facts["fashion-mnist"] == (
        f"not here (looked in {tmp_path}, {tmp_path / 'cache'}); downloaded when first used")
    if device == "native":
        assert re.match(r"\w+, of baseline", facts["instructions"]) and "kept for reuse" in facts["memory pool"]


def test_info_without_native_kernels(capsys, monkeypatch):
    monkeypatch.setattr(info_module.threads, "native", lambda: None)
    facts = report(capsys)
    assert "instructions" not in facts and facts["threads"].startswith("1: no native kernels")


def test_info_tells_damaged_data(tmp_path, capsys, monkeypatch):
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-images-idx3-ubyte.gz").write_bytes(b"half")
    facts = report(capsys, "--data", tmp_path)
    assert "expected 9912422 bytes" in facts["mnist"] and "the file is damaged or is another one" in facts["mnist"]


@pytest.mark.parametrize(("owners", "text"), [
    ({"minigrad": ["minigrad-engine", "minigrad-engine"]}, "installed as minigrad-engine"),
    ({"minigrad": ["minigrad", "minigrad-engine"]}, "but minigrad 0.9 installs a `minigrad` as well, another project: "
     "pip uninstall minigrad, then install minigrad-engine again"),
    ({}, "a source tree that is not installed")])
def test_info_tells_whose_files_these_are(capsys, monkeypatch, owners, text):
    monkeypatch.setattr("importlib.metadata.packages_distributions", lambda: owners)
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.9")
    assert report(capsys)["minigrad"].endswith(text)


# ---- as a process of its own

def test_a_whole_run_with_no_data_to_be_had(tmp_path):
    process = start("train", "mnist", "--quick", "--out", "o", cwd=tmp_path)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert re.fullmatch(r"test accuracy 0\.[89]\d{3} \(synthetic digits\)", out.splitlines()[-1])
    assert "MNIST cannot be had: [mnist] 4 of 4 files are missing" in err and "step/s" not in err
    assert {path.name for path in (tmp_path / "o").iterdir()} == FILES


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send Ctrl-C to one process alone")
def test_ctrl_c(tmp_path):
    process = start("train", "mnist", "--quick", "--epochs", 1000000, "--out", "o", cwd=tmp_path)
    while not process.stdout.readline().startswith("    1 "):
        assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert re.search(r"^minigrad: interrupted in epoch \d+, after \d+ of 400 steps; what there is, is in o$", err, re.M)
    assert "test accuracy" not in out and "Traceback" not in err
    assert {path.name for path in (tmp_path / "o").iterdir()} == FILES


@pytest.mark.skipif(os.name == "nt", reason="Windows reports a closed pipe as another error")
def test_a_broken_pipe_is_quiet(tmp_path):
    process = start("train", "mnist", "--quick", "--epochs", 1000000, "--out", "o", cwd=tmp_path)
    with process:
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 1 and "Traceback" not in err and "Exception" not in err
    assert not (tmp_path / "o").exists(), "there is nothing in it"
