"""A4, face emotion: its answers, and what the script does not show."""

import argparse
import importlib
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from minigrad.worksheet import Worksheet

FOLDER = Path(__file__).parents[2] / "examples" / "relu_networks"


@pytest.fixture
def scripts(monkeypatch):
    """The script and its module beside it, imported as where they lie; they need the real faces."""
    if not (Path(os.environ.get("MINIGRAD_DATA") or "nowhere") / "face-emotion").is_dir():
        pytest.skip("MINIGRAD_DATA has no folder face-emotion")
    pytest.importorskip("scipy", reason="scipy is an extra: pip install minigrad-engine[mat]")
    monkeypatch.setitem(sys.modules, "joblib", None)        # one process, unless a test asks for more
    monkeypatch.syspath_prepend(str(FOLDER))
    names = "a4", "emotion_net"
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield tuple(map(importlib.import_module, names))
    for name in names:
        sys.modules.pop(name, None)


def test_every_answer(scripts, tmp_path):
    a4, _ = scripts
    sheet = Worksheet(tmp_path, quick=True)
    a4.work(sheet)
    assert all(row["right"] for row in sheet.rows), [row for row in sheet.rows if not row["right"]]
    questions = [row["question"] for row in sheet.rows]
    assert sum("first epoch at 100 %" in q for q in questions) == 4
    assert [q.split()[3] for q in questions if q.startswith("test accuracy after")] == ["1", "2", "10", "12"]
    perfect = [q for q in questions if "first epoch at 100 %" in q]
    assert all(re.search(r"(after the epoch|running): min \d+, max \d+ of 3 seeds; median$", q) for q in perfect)
    assert "(check: mean 0.755; published run 0.758); mean" in next(q for q in questions if "after 1 epoch" in q)
    assert sheet.figures == ["a4-training.png", "a4-cross-validation.png"]


def test_twenty_seeds_are_the_rule(scripts):
    a4, _ = scripts
    parser = argparse.ArgumentParser()
    a4.options(parser)
    assert vars(parser.parse_args([])) == {"seeds": 20, "from_scratch": False}


def test_both_ways_of_cross_validation(scripts):
    """The folds share no face and hold all; from scratch every number of epochs has networks of its own."""
    _, net = scripts
    one_pass, again = net.cross_validation([3, 4], 2), net.cross_validation([4], 1)
    assert one_pass.shape == (2, 2) and again[0, 0] == one_pass[1, 0], "a run does not depend on those beside it"
    assert not (one_pass * 128 % 1).any(), "each of 128 faces is left out once"
    fresh = net.cross_validation([3], 2, fresh=True)
    assert fresh.shape == (1, 2) and fresh[0].tolist() != one_pass[0].tolist()


def test_several_processes_find_the_same(scripts, monkeypatch):
    _, net = scripts
    monkeypatch.delitem(sys.modules, "joblib")
    joblib = pytest.importorskip("joblib", reason="joblib is an extra: pip install minigrad-engine[parallel]")
    there = net.cross_validation([0], 1)
    monkeypatch.setitem(sys.modules, "joblib", None)
    np.testing.assert_array_equal(there, net.cross_validation([0], 1))
    assert joblib.cpu_count() >= 1


def test_the_running_mean_judges_each_face_before_its_step(scripts):
    """So with a single face it is what was measured after the epoch before."""
    _, net = scripts
    x, y = net.faces()
    assert x.shape == (128, 10) and (x[:, 0] == 1).all() and y.sum() == 69
    table = net.train(x[:1], y[:1], 2, seed=0)
    assert set(table[:, net.RUNNING]) <= {0.0, 1.0} and np.isnan(table[:, net.LEFT_OUT]).all()
    assert table[1, net.RUNNING] == table[0, net.AFTER]


def test_the_first_perfect_epoch(scripts):
    _, net = scripts
    assert net.first_perfect([.5, 1, .9, 1]) == 2 and net.first_perfect([.5, .99]) is None
