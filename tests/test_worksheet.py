"""A worked exercise: what it prints, keeps and draws, and how it ends."""

import json
import sys
from fractions import Fraction

import numpy as np
import pytest

import minigrad as mg
from minigrad.worksheet import Worksheet, worksheet


@pytest.mark.parametrize("found, expected, within, right", [
    (Fraction(1, 2), Fraction(1, 2), 0, True), (mg.Value(3), 3, 0, True), (mg.tensor([1.0, 2.0]), [1, 2], 0, True),
    (np.float32(0.1), 0.1, 1e-6, True), (0.5, ("between", (0, 1)), 0, True), (2, ("between", (0, 1)), 0, False),
    ([1.0, 2.5], [1, 2], 0, False), ([1.0], [1, 2], 0, False), ("no", "yes", 0, False), (True, True, 0, True),
    (float("nan"), 0.0, 1.0, False), ((mg.tensor(1.0), [2]), (1, [2]), 0, True)])
def test_answers_beside_what_is_right(found, expected, within, right, capsys):
    sheet = Worksheet()
    assert sheet.answer("how many?", found, expected, within) == right == sheet.rows[0]["right"]
    printed = capsys.readouterr().out
    assert printed.startswith("   how" if right else "!! how") and ("expected" in printed or right and not within)


def test_a_script(tmp_path, monkeypatch, capsys):
    def work(sheet):
        assert sheet.quick and sheet.seed == 3 and sheet.options.times == 2
        sheet.say("Because.")
        sheet.answer("one", 1, 1, published=2)
        with sheet.figure("line") as figure:
            figure.subplots().plot([0, 1])

    out, answers = tmp_path / "figures", tmp_path / "answers.json"
    given = "--quick", "--seed", "3", "--out", str(out), "--answers", str(answers), "--times", "2"
    monkeypatch.setattr(sys, "argv", ["a.py", *given])
    worksheet(work, "A1. What is it?", lambda parser: parser.add_argument("--times", type=int))
    assert capsys.readouterr().out.startswith("A1. What is it?\n\nBecause.\n   one: 1; published: 2\n   figure: ")
    assert {p.name for p in out.iterdir()} == {"line.png", "line.svg"}
    found = json.loads(answers.read_text())
    assert found["figures"] == ["line.png"] and found["answers"][0] == {
        "question": "one", "found": "1", "expected": "1", "right": True, "published": "2"}


def test_a_wrong_answer_ends_with_1(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["a.py"])
    with pytest.raises(SystemExit) as error:
        worksheet(lambda sheet: sheet.answer("one", 1, 2), "A1.")
    assert error.value.code == 1 and "1 answers, 1 wrong: one" in capsys.readouterr().out
