"""`minigrad train` killed at random moments: old run whole, or new run whole, or one to go on with; no torn file. A run that
is killed again and again, and goes on each time, ends with the bits of one that was left alone.

    MINIGRAD_KILLS=300 python -m pytest -s tests/cli/test_kills.py      three hundred times instead of four
"""

import csv
import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import minigrad as mg
from minigrad import nn
from minigrad.cli.folder import RUN_FILES, UNFINISHED
from minigrad.cli.models import build
from minigrad.train import History, load_checkpoint

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the signals are POSIX's")

KILLS = int(os.environ.get("MINIGRAD_KILLS", "4"))
PACKAGE = Path(mg.__file__).parents[1]
CHILD = """
import sys
from minigrad import cli
from minigrad.cli import sets, train
from minigrad.data import synthetic_digits
training, test = synthetic_digits(400, 100)
sets.SIZES, train.KEEP_SECONDS = {"mnist": (300, 100, 100)}, 0
sets.mnist = lambda root: (training, test)
sys.exit(cli.main(sys.argv[1:]))
"""
CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "SIGKILL": -9}


def start(out, seed):
    paths = os.pathsep.join(path for path in (str(PACKAGE), os.environ.get("PYTHONPATH")) if path)
    words = ["train", "mnist", "--epochs", "60", "--seed", str(seed), "--out", str(out), "--force"]
    return subprocess.Popen([sys.executable, "-c", CHILD, *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env={**os.environ, "PYTHONPATH": paths, "MPLBACKEND": "Agg"})


def seed_of(out):
    """The seed of the whole run in the folder, None where there is none; AssertionError for one that is not whole."""
    found = {name for name in RUN_FILES if (out / name).exists()}
    if (out / UNFINISHED).exists():
        load_checkpoint(out / UNFINISHED, build("784-40-10"))
    if not found:
        return None
    assert found >= set(RUN_FILES[:3]), found
    weights, json_file, csv_file, picture = (out / name for name in RUN_FILES)
    nn.load(build("784-40-10"), weights)
    history = History.load(json_file)
    assert history.facts["weights_sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest(), "of two runs"
    rows = list(csv.DictReader(csv_file.read_text().splitlines()))
    assert [row["train_loss_running"] for row in rows] == [str(loss) for loss in history["train_loss_running"]]
    assert picture.read_bytes()[:4] == b"\x89PNG" and b"IEND" in picture.read_bytes()[-12:]
    return history.facts["seed"]


def test_killed_at_random_moments(tmp_path):
    moments = random.Random(0)
    began = time.monotonic()
    first = start(tmp_path / "old", 1000)
    err = first.communicate(timeout=120)[1]
    assert first.returncode == 0, err
    length = time.monotonic() - began
    counts = {"new": 0, "old": 0, "unfinished": 0, "nothing": 0}
    for kill in range(KILLS):
        name = list(CODES)[kill % 4]
        folder = tmp_path / ("old" if (kill + kill // 4) % 2 else f"fresh{kill}")
        before = seed_of(folder) if folder.exists() else None
        process = start(folder, kill)
        trained = False
        with process:
            error: list[str] = []
            listener = threading.Thread(target=lambda stream, into: into.append(stream.read()), args=(process.stderr, error))
            listener.start()
            if moments.random() < .8:           # most of them once it trains: the rest of it is starting Python
                while not (line := process.stdout.readline()).startswith("    1 "):
                    assert line, error
                trained = True
                time.sleep(moments.uniform(0, .7 * length))
            else:
                time.sleep(moments.uniform(0, .5 * length))
            process.send_signal(signal.Signals[name])
            process.stdout.read()
            code = process.wait(120)
            listener.join()
        where = f"{name}, kill {kill}, exit code {code}: {error[0]}"
        after = seed_of(folder) if folder.exists() else None
        assert after in (before, kill), where
        if name != "SIGKILL" and trained:       # a run that has begun saves what there is; one that is over may just end
            assert code in (0, CODES[name], -signal.Signals[name]), where
            assert after == kill and "Traceback" not in error[0], where
        if code == 0:
            assert after == kill, where
        counts["new" if after == kill else "old" if after is not None else
               "unfinished" if (folder / UNFINISHED).exists() else "nothing"] += 1
        if name == "SIGKILL" and trained:
            assert after is not None or (folder / UNFINISHED).exists(), where
    print(counts)
    last = start(tmp_path / "old", 2000)
    last.communicate(timeout=120)
    assert last.returncode == 0 and seed_of(tmp_path / "old") == 2000
    assert {path.name for path in (tmp_path / "old").iterdir()} == set(RUN_FILES), "what kills left is cleared"


def test_a_run_that_is_killed_and_goes_on_ends_with_the_same_bits(tmp_path):
    """SIGKILL at any moment: while it starts, in a step, while it writes; the command to go on is the one that it names."""
    def train(*words):
        paths = os.pathsep.join(path for path in (str(PACKAGE), os.environ.get("PYTHONPATH")) if path)
        return subprocess.Popen([sys.executable, "-c", CHILD, "train", *words], text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths, "MPLBACKEND": "Agg"})

    first = "mnist", "--epochs", "40", "--seed", "5", "--momentum", ".9"
    whole = train(*first, "--out", str(tmp_path / "whole"))
    began = time.monotonic()
    assert whole.wait(120) == 0, whole.communicate()[1]
    length = time.monotonic() - began
    whole.communicate()
    expected = History.load(tmp_path / "whole" / "history.json")
    moments, kills, runs = random.Random(1), 0, 0
    while kills < KILLS:
        folder, words = tmp_path / f"run{runs}", [*first, "--out", str(tmp_path / f"run{runs}")]
        runs += 1
        for at in range(999):
            with train(*words) as process:
                timer = threading.Timer(moments.uniform(.2, .9) * length if kills < KILLS else 120, process.kill)
                timer.start()
                err = process.communicate()[1]
                timer.cancel()
            if process.returncode == 0:
                break
            assert process.returncode == -signal.SIGKILL, (at, err)
            kills += 1
            if (folder / UNFINISHED).exists():
                words = ["--resume", str(folder)]
            elif (folder / RUN_FILES[0]).exists():
                break                                               # it had just ended
            else:
                words = [*first, "--out", str(folder), "--force"]
        history = History.load(folder / "history.json")
        for column in ("train_loss_running", "train_accuracy_running", "validation_loss", "validation_accuracy"):
            assert history[column] == expected[column], (folder, at)
        assert history.facts["weights_sha256"] == expected.facts["weights_sha256"], (folder, at)
        assert history.facts["test_loss"] == expected.facts["test_loss"]
    print(f"{kills} kills in {runs} runs, every one ended with the bits of the run that was left alone")
