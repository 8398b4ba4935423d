"""D5a: the hand-written backprop is right in every layer, and every mistake made on purpose is named."""


import numpy as np

from minigrad.worksheet import Worksheet

SET = "svm_mnist_alexnet"



def test_every_answer_is_right(tmp_path, capsys, script):
    sheet = Worksheet(tmp_path, quick=True)
    script("d5a").work(sheet)
    assert sheet.figures == ["d5a.png"]
    assert [row for row in sheet.rows if not row["right"]] == []
    assert [row["found"] for row in sheet.rows if row["question"].startswith("784-40-10")] == ["4"] * 3
    assert "look again at: delta_z = delta_a * 1[z > 0], at every relu" in capsys.readouterr().out


def test_the_lists_are_per_layer(script):
    d5a = script("d5a")
    _, weights, biases = d5a.build((5, 4, 3))
    db, dw = d5a.Network(weights, biases).backprop(np.ones((5, 1)), np.eye(3)[:, [1]])
    assert [b.shape for b in db] == [(4, 1), (3, 1)] and [w.shape for w in dw] == [(4, 5), (3, 4)]
