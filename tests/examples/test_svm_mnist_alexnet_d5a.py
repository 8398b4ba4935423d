"""D5a: the hand-written backprop is right in every layer, and every mistake made on purpose is named."""

import importlib.util
from pathlib import Path

import numpy as np

from minigrad.worksheet import Worksheet

SCRIPT = Path(__file__).parents[2] / "examples" / "svm_mnist_alexnet" / "d5a.py"


def load():
    spec = importlib.util.spec_from_file_location("d5a", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_answer_is_right(capsys):
    sheet = Worksheet(quick=True)
    load().work(sheet)
    assert [row for row in sheet.rows if not row["right"]] == []
    assert [row["found"] for row in sheet.rows if row["question"].startswith("784-40-10")] == ["4"] * 3
    assert "look again at: delta_z = delta_a * 1[z > 0], at every relu" in capsys.readouterr().out


def test_the_lists_are_per_layer():
    d5a = load()
    _, weights, biases = d5a.build((5, 4, 3))
    db, dw = d5a.Network(weights, biases).backprop(np.ones((5, 1)), np.eye(3)[:, [1]])
    assert [b.shape for b in db] == [(4, 1), (3, 1)] and [w.shape for w in dw] == [(4, 5), (3, 4)]
