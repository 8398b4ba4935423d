"""The command line: what it prints, what it saves, how it ends."""

import os
import re
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import cli, nn
from minigrad.cli import info as info_module
from minigrad.cli import sets
from minigrad.cli import train as train_module
from minigrad.cli.models import build
from minigrad.data import DataUnavailable, synthetic_digits
from minigrad.train import History, evaluate, load_checkpoint

FILES = {"weights.safetensors", "history.json", "history.csv", "curves.png"}
BROKEN_OFF = FILES | {"unfinished.safetensors"}         # what --resume goes on with
GOES_ON = "what there is, is in o: minigrad train --resume o goes on"
PACKAGE = Path(mg.__file__).parents[1]
STARTED = []        # processes
posix = pytest.mark.skipif(os.name != "posix", reason="signals and devices of this kind are POSIX's")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in, and MNIST in small: 500 digits that were made here."""
    training, test = synthetic_digits(400, 100)     # in MNIST's format
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sets, "SIZES", dict.fromkeys(sets.SIZES, (300, 100, 100)))
    monkeypatch.setattr(sets, "QUICK", (150, 50, 40))
    monkeypatch.setattr(sets, "mnist", lambda root: (training, test))
    monkeypatch.setattr(sets, "fashion_mnist", lambda root: (training, test))
    return tmp_path


def run(*words):
    """main's exit code, argparse's included."""
    try:
        return cli.main([*map(str, words)])
    except SystemExit as leave:
        return leave.code


SMALL = """
import sys
from minigrad import __main__
from minigrad.cli import sets
from minigrad.data import synthetic_digits
training, test = synthetic_digits(400, 100)
sets.QUICK, sets.mnist = (300, 100, 100), lambda root: (training, test)
sys.exit(__main__.main())
"""


def start(*words, cwd, **options):
    """`python -m minigrad ...` with no data set to be had; -m finds the package wherever the tests found it."""
    return _start("-m", "minigrad", *words, cwd=cwd, **options)


def start_small(*words, cwd, **options):
    """The same with 500 digits, which are drawn at once: for tests of how a run ends."""
    return _start("-c", SMALL, *words, cwd=cwd, **options)


def _start(*words, cwd, **options):
    paths = os.pathsep.join(path for path in (str(PACKAGE), os.environ.get("PYTHONPATH")) if path)
    empty = cwd / "nothing"
    environment = {**os.environ, "PYTHONPATH": paths, "MINIGRAD_DATA": str(empty), "MINIGRAD_MIRRORS": "",
                   "XDG_CACHE_HOME": str(empty), "HOME": str(empty), "LOCALAPPDATA": str(empty)}
    environment |= options.pop("env", {})
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    process = subprocess.Popen([sys.executable, *map(str, words)], cwd=cwd,
                               env=environment, text=True, **options)
    STARTED.append(process)
    return process


@pytest.fixture(autouse=True)
def _ended():
    """No process outlives a test that failed."""
    yield
    while STARTED:
        with STARTED.pop() as process:
            process.kill()


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
    model = nn.load(build("784-40-10"), folder / "weights.safetensors")
    assert evaluate(model, sets.mnist(None)[1])["accuracy"] == facts["test_accuracy"]


def test_the_defaults_are_the_experiment_of_the_book(here, monkeypatch):
    """784-40-10, batch 10, lr 0.1, SGD, 30 epochs; with --quick 2; Adam starts at 0.001."""
    seen = []

    def fit(model, data, loss, optimizer, epochs, **options):
        seen.append((model.num_parameters(), type(optimizer).__name__, optimizer.lr, epochs, data.batch_size, data.seed))
        raise RuntimeError("seen enough")

    monkeypatch.setattr("minigrad.train.fit", fit)
    for more in ((), ("--quick",), ("--optimizer", "adam", "--quick", "--epochs", 7)):
        assert run("train", "mnist", *more) == 1
    assert seen == [(31810, "SGD", .1, 30, 10, 0), (31810, "SGD", .1, 2, 10, 0), (31810, "Adam", .001, 7, 10, 0)]
    assert not list((here / "runs").iterdir()), "a run that never was leaves no folder"


def test_the_sizes_are_those_of_the_data():
    assert sets.SIZES["mnist"] == sets.SIZES["fashion-mnist"] == (50000, 10000, 10000)
    assert sets.SIZES["cifar-10"] == (40000, 10000, 10000)


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

    monkeypatch.setattr(sets, "mnist", unavailable)
    monkeypatch.setattr(sets, "fashion_mnist", unavailable)
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

    monkeypatch.setattr(sets, "mnist", mnist)
    assert run("train", "mnist", "--data", here) == 1 and asked == [str(here)]


@pytest.mark.parametrize("filter", ["default", "error"])
def test_a_run_that_diverges_has_failed_and_keeps_what_there_is(here, capsys, recwarn, filter):
    """Whatever Python is told to do about warnings."""
    warnings.simplefilter(filter)
    assert run("train", "mnist", "--quick", "--lr", 1e30, "--out", "o") == 1
    first, last = capsys.readouterr().err.splitlines()
    assert first.startswith("minigrad: warning: [fit] training diverged")
    assert last == "minigrad: training diverged in epoch 1; what there is, is in o: try a smaller --lr"
    assert {path.name for path in (here / "o").iterdir()} == FILES
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
    assert err == f"minigrad: interrupted in epoch 2, after 30 of 30 steps; {GOES_ON}\n"
    assert {path.name for path in (here / "o").iterdir()} == BROKEN_OFF
    history = History.load(here / "o" / "history.json")
    assert history.interrupted and history.epochs == [1, 2] == epochs


def test_ctrl_c_while_testing_saves_too(here, capsys, monkeypatch):
    def evaluate(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("minigrad.train.evaluate", evaluate)
    assert run("train", "mnist", "--quick", "--out", "o") == 130
    assert capsys.readouterr().err == f"minigrad: interrupted before the test; {GOES_ON}\n"
    assert {path.name for path in (here / "o").iterdir()} == BROKEN_OFF


def test_ctrl_c_before_there_is_anything(here, capsys, monkeypatch):
    def mnist(root):
        raise KeyboardInterrupt

    monkeypatch.setattr(sets, "mnist", mnist)
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
    (("train",), "what is to be trained? Name one of mnist, fashion-mnist, cifar-10, or FILE.py:FUNCTION"),
    (("train", "cifar"), "'cifar' is no data set: choose from mnist, fashion-mnist, cifar-10, or name FILE.py:FUNCTION"),
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
    (("train", "mnist", "--epoch", "3"), "unrecognized arguments: --epoch 3"),
    (("gradcheck", "--op", "add"), "unrecognized arguments: --op add"),
    (("info", "--dat", "."), "unrecognized arguments: --dat ."),
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


def test_a_run_that_ended_while_another_one_started_is_not_overwritten(here, capsys, monkeypatch):
    """Both found the folder free when they looked at their flags; the second looks again when the folder is its own."""
    monkeypatch.setattr("minigrad.cli.arguments.taken", lambda path: "")
    assert run("train", "mnist", "--quick", "--out", "o") == 0
    before = {path.name: path.read_bytes() for path in (here / "o").iterdir()}
    assert run("train", "mnist", "--quick", "--out", "o", "--seed", 1) == 2
    assert "--out o holds a run already: choose another folder, or --force" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in (here / "o").iterdir()} == before


def kept_in(folder):
    model = build("784-40-10")
    load_checkpoint(folder / "unfinished.safetensors", model)
    return model.state_dict()


def test_weights_are_kept_on_the_way(here, monkeypatch):
    """After the first epoch, and then from time to time; a run that fails leaves them."""
    kept = []

    def print_epoch(history):
        kept.append(kept_in(here / "o"))
        if len(history) == 3:
            raise ValueError("[fit] something unforeseen")

    monkeypatch.setattr(train_module, "_print_epoch", print_epoch)
    assert run("train", "mnist", "--quick", "--epochs", 9, "--out", "o") == 1
    assert {path.name for path in (here / "o").iterdir()} == {"unfinished.safetensors"}
    first, second = (state["1.weight"].tobytes() for state in kept[:2])
    assert first == second, "not after every epoch: ten seconds are not over"
    last = kept_in(here / "o")
    assert last["1.weight"].tobytes() != first, "those of the moment when it failed"
    assert run("train", "mnist", "--quick", "--out", "o") == 2, "they are not overwritten without --force"


def test_a_run_that_cannot_be_kept_on_the_way_ends_well(here, capsys, monkeypatch):
    def full(path, run):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("minigrad.train.resume.save_run", full)
    assert run("train", "mnist", "--quick", "--out", "o") == 0
    assert capsys.readouterr().err == ("minigrad: warning: [Checkpoint] o/unfinished.safetensors cannot be written: No space "
                                       "left on device. The one before it stands, and the training goes on\n")
    assert {path.name for path in (here / "o").iterdir()} == FILES


@pytest.mark.parametrize("name", ["history.json", "history.csv", "curves.png"])
def test_a_disk_that_is_full_at_the_end_leaves_the_old_run_and_the_new_weights(here, capsys, monkeypatch, name):
    assert run("train", "mnist", "--quick", "--out", "o") == 0
    before = {path.name: path.read_bytes() for path in (here / "o").iterdir()}

    def full(*args):
        if list((here / "o" / ".minigrad-run" / "new").glob(f".{name.replace('.', '.*.')}")):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    code = run("train", "mnist", "--quick", "--out", "o", "--force", "--seed", 5)
    monkeypatch.undo()
    assert code == 1 and "No space left on device" in capsys.readouterr().err
    after = {path.name: path.read_bytes() for path in (here / "o").iterdir()}
    if name == "curves.png":
        assert after.keys() == FILES - {name} and after["weights.safetensors"] != before["weights.safetensors"]
        return
    assert after.pop("unfinished.safetensors") != before["weights.safetensors"] and after == before


def test_a_folder_that_may_not_be_looked_into_is_one_line(here, capsys, monkeypatch):
    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", denied)
    assert run("train", "mnist", "--quick", "--out", "o") == 1
    assert capsys.readouterr().err == "minigrad: [Errno 13] Permission denied: 'o'\n"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_without_a_stream_a_run_ends_well(here, monkeypatch, stream):
    monkeypatch.setattr(sys, stream, None)
    assert run("train", "mnist", "--quick", "--out", "o") == 0
    assert {path.name for path in (here / "o").iterdir()} == FILES


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
    assert facts["graph"] == f"{mg.graph.kind}: {mg.graph.reason}"
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


LONG = "train", "mnist", "--quick", "--epochs", 1000000, "--out", "o"


def until_it_trains(process):
    while not process.stdout.readline().startswith("    1 "):
        assert process.poll() is None, process.stderr.read()


@posix
@pytest.mark.parametrize(("name", "code", "words"), [
    ("SIGINT", 130, "interrupted"), ("SIGTERM", 143, "ended by SIGTERM"), ("SIGHUP", 129, "ended by SIGHUP")])
def test_signals_end_a_run_and_save_what_there_is(tmp_path, name, code, words):
    process = start_small(*LONG, cwd=tmp_path)
    until_it_trains(process)
    process.send_signal(signal.Signals[name])
    out, err = process.communicate(timeout=120)
    assert process.returncode == code
    assert re.search(rf"^minigrad: {words} in epoch \d+, after \d+ of 30 steps; {GOES_ON}$", err, re.M)
    assert "test accuracy" not in out and "Traceback" not in err
    assert {path.name for path in (tmp_path / "o").iterdir()} == BROKEN_OFF
    assert History.load(tmp_path / "o" / "history.json").interrupted


@posix
def test_signals_that_are_ignored_stay_so_and_the_others_work(tmp_path):
    """nohup ignores SIGHUP, a shell SIGINT for what runs in the background."""
    def ignore():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    process = start_small(*LONG, cwd=tmp_path, preexec_fn=ignore)
    until_it_trains(process)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGHUP)
    for _ in range(3):
        assert process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    err = process.communicate(timeout=120)[1]
    assert process.returncode == 143 and "minigrad: ended by SIGTERM in epoch" in err and "Traceback" not in err
    assert {path.name for path in (tmp_path / "o").iterdir()} == BROKEN_OFF


@posix
def test_two_runs_in_one_folder(tmp_path):
    process = start_small(*LONG, cwd=tmp_path)
    until_it_trains(process)
    other = start_small("train", "mnist", "--quick", "--out", "o", "--force", cwd=tmp_path)
    out, err = other.communicate(timeout=120)
    assert other.returncode == 1 and "epoch" not in out
    assert err.splitlines()[-1].startswith("minigrad: --out o is in use, another run is writing into it")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == 143 and {path.name for path in (tmp_path / "o").iterdir()} == BROKEN_OFF


@posix
def test_a_disk_without_room_is_found_before_training(tmp_path):
    """Here a limit on the size of files: 64 KiB, and the weights have 127."""
    import resource

    process = start_small("train", "mnist", "--quick", "--out", "o", cwd=tmp_path,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)))
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1 and out == ""
    assert err.splitlines()[-1] == "minigrad: [Errno 27] File too large: 'o/unfinished.safetensors'"
    assert not (tmp_path / "o").exists()


@posix
@pytest.mark.parametrize("words", [("info",), ("train", "mnist", "--quick", "--out", "o")], ids=lambda words: words[0])
def test_a_full_stdout_is_a_failure_that_loses_nothing(tmp_path, words):
    with open("/dev/full", "w") as full:
        process = start_small(*words, cwd=tmp_path, stdout=full)
        err = process.communicate(timeout=120)[1]
    assert process.returncode == 1 and "Traceback" not in err and "Exception ignored" not in err
    assert err.splitlines()[-1] == "minigrad: stdout: [Errno 28] No space left on device"
    if words[0] == "train":
        assert {path.name for path in (tmp_path / "o").iterdir()} == FILES
        assert "test_accuracy" in History.load(tmp_path / "o" / "history.json").facts, "the run went on"


@posix
@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)])
def test_without_standard_streams(tmp_path, closed):
    def close():
        for descriptor in closed:
            os.close(descriptor)

    process = start_small("train", "mnist", "--quick", "--out", "o", cwd=tmp_path, preexec_fn=close)
    err = process.communicate(timeout=120)[1]
    assert process.returncode == 0, err
    assert {path.name for path in (tmp_path / "o").iterdir()} == FILES


def test_a_bad_backend_of_matplotlib_costs_the_picture_alone(tmp_path):
    process = start_small("train", "mnist", "--quick", "--out", "o", cwd=tmp_path, env={"MPLBACKEND": "no such thing"})
    err = process.communicate(timeout=120)[1]
    assert process.returncode == 0
    assert "minigrad: no curves: [plot_history] matplotlib does not start" in err
    assert {path.name for path in (tmp_path / "o").iterdir()} == FILES - {"curves.png"}


@pytest.mark.parametrize("words", [("info",), ("train", "--help")], ids=" ".join)
def test_without_docstrings_and_assertions(tmp_path, words):
    process = _start("-OO", "-m", "minigrad", *words, cwd=tmp_path)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0 and err == "" and "minigrad" in out


@pytest.mark.parametrize(("variable", "value", "reason"), [
    ("MINIGRAD_GRAPH", "cython", "MINIGRAD_GRAPH is 'cython': expected 'python', 'compiled' or nothing"),
    ("MINIGRAD_DEVICE", "tpu", "[default_table] MINIGRAD_DEVICE=tpu is no device: choose one of numpy, native")])
def test_a_bad_environment_is_one_line(tmp_path, variable, value, reason):
    process = start("info", cwd=tmp_path, env={variable: value})
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (1, "", f"minigrad: {reason}\n")


@pytest.mark.parametrize("module", ["numpy", "tqdm", "pooch"])
def test_ctrl_c_while_it_is_still_importing(tmp_path, module):
    """A module of that name which comes first on the path stands for the moment of the key."""
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / f"{module}.py").write_text("raise KeyboardInterrupt")
    paths = os.pathsep.join([str(tmp_path / "path"), str(PACKAGE), os.environ.get("PYTHONPATH", "")])
    process = start("train", "mnist", cwd=tmp_path, env={"PYTHONPATH": paths, "MINIGRAD_MIRRORS": "http://127.0.0.1:9/"})
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (130, "", "minigrad: interrupted\n")


@pytest.mark.skipif(os.name == "nt", reason="Windows reports a closed pipe as another error")
def test_a_broken_pipe_ends_the_run_and_keeps_what_there_is(tmp_path):
    process = start_small("train", "mnist", "--quick", "--epochs", 1000000, "--out", "o", cwd=tmp_path)
    with process:
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 1 and "Traceback" not in err and "Exception" not in err
    assert err.splitlines()[-1] == "minigrad: nobody reads stdout any more; what there is, is in o"
    assert {path.name for path in (tmp_path / "o").iterdir()} == BROKEN_OFF
