"""A worked exercise: what it prints, keeps and draws, and how it ends."""

import json
import math
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad.data import DataUnavailable
from minigrad.worksheet import Worksheet, worksheet


@pytest.mark.parametrize("found, expected, within, right", [
    (Fraction(1, 2), Fraction(1, 2), 0, True), (mg.Value(3), 3, 0, True), (mg.tensor([1.0, 2.0]), [1, 2], 0, True),
    (np.float32(0.1), 0.1, 1e-6, True), (0.5, ("between", (0, 1)), 0, True), (2, ("between", (0, 1)), 0, False),
    (2, ("between", (1, math.inf)), 0, True), (0, ("between", (1, math.inf)), 0, False),
    ([1.0, 2.5], [1, 2], 0, False), ([1.0], [1, 2], 0, False), ("no", "yes", 0, False), (True, True, 0, True),
    (float("nan"), 0.0, 1.0, False), ((mg.tensor(1.0), [2]), (1, [2]), 0, True)])
def test_answers_beside_what_is_right(found, expected, within, right, capsys):
    sheet = Worksheet()
    assert sheet.answer("how many?", found, expected, within) == right == sheet.rows[0]["right"]
    printed = capsys.readouterr().out
    assert printed.startswith("   how" if right else "!! how") and ("expected" in printed or right and not within)


def test_a_range_without_an_upper_end(capsys):
    Worksheet().answer("how many?", 2, ("between", (1, math.inf)))
    assert capsys.readouterr().out == "   how many?: 2   expected at least 1\n"


def test_a_published_answer_stands_beside_the_reason(capsys):
    sheet = Worksheet()
    sheet.answer("y", 0, 0, published=-5, because="the last ReLU is left out.")
    assert capsys.readouterr().out == "   y: 0\n      published: -5. Wrong: the last ReLU is left out.\n"
    assert sheet.rows[0]["published"] == "-5" and sheet.rows[0]["because"] == "the last ReLU is left out."


def test_a_published_answer_that_holds_is_refused():
    with pytest.raises(ValueError, match=r"\[answer\] found the published answer 0\.5 to 'y', which holds, but expected"):
        Worksheet().answer("y", Fraction(1, 2), Fraction(1, 2), published=0.5)


def run(monkeypatch, work, *arguments, options=None):
    """The exit code of a script that is started with these arguments."""
    monkeypatch.setattr(sys, "argv", ["a.py", *map(str, arguments)])
    try:
        worksheet(work, "A1. What is it?", options)
    except SystemExit as error:
        return error.code
    return 0


def test_a_script(tmp_path, monkeypatch, capsys):
    def work(sheet):
        assert sheet.quick and sheet.seed == 3 and sheet.options.times == 2
        sheet.say("Because.")
        sheet.answer("one", 1, 1)
        with sheet.figure("line") as figure:
            axes = figure.subplots()
            axes.plot([0, 1])
            axes.set_title("A line")

    out, answers = tmp_path / "figures", tmp_path / "answers.json"
    code = run(monkeypatch, work, "--quick", "--seed", 3, "--out", out, "--answers", answers, "--times", 2,
               options=lambda parser: parser.add_argument("--times", type=int))
    printed = capsys.readouterr().out
    assert code == 0 and printed.startswith("A1. What is it?\n\nBecause.\n   one: 1\n   figure: ")
    assert printed.endswith("\n1 answers, all right\n")
    assert {p.name for p in out.iterdir()} == {"line.png", "line.svg"}
    assert json.loads(answers.read_text()) == {
        "answers": [{"question": "one", "found": "1", "expected": "1", "right": True, "published": None, "because": ""}],
        "figures": ["line.png"], "titles": {"line.png": "A line"}, "ended": ""}


def fails(sheet):
    sheet.answer("one", 1, 1)
    raise ZeroDivisionError("by zero")


def no_data(sheet):
    sheet.answer("one", 1, 1)
    raise DataUnavailable("[faces] found no file: put it there")


def interrupted(sheet):
    sheet.answer("one", 1, 1)
    raise KeyboardInterrupt


@pytest.mark.parametrize("work, code, rows, why", [
    (lambda sheet: sheet.answer("one", 1, 2), 1, 1, ""), (fails, 1, 1, "ZeroDivisionError: by zero"),
    (no_data, 3, 1, "[faces] found no file: put it there"), (interrupted, 130, 1, "interrupted"),
    (lambda sheet: sheet.say("Nothing."), 1, 0, "no question was answered")])
def test_how_it_ends(work, code, rows, why, tmp_path, monkeypatch, capsys):
    """Whatever happens, what was found until then is kept, and the last line says why it ended."""
    answers = tmp_path / "answers.json"
    assert run(monkeypatch, work, "--answers", answers) == code
    found, printed = json.loads(answers.read_text()), capsys.readouterr()
    assert len(found["answers"]) == rows and found["ended"] == why
    last = printed.out.splitlines()[-1]
    words = "1 answers, all right" if rows else "0 answers, so none is right"
    assert last == (f"{words}; it ended early: {why}" if why else "1 answers, 1 wrong: one")
    assert ("Traceback" in printed.err) == (work is fails), "where an error was is shown, and only that"


SCRIPT = """
from minigrad.worksheet import worksheet


def work(sheet):
    for _ in range(20000):
        sheet.say("x \u2212 1")
    sheet.answer("one", 1, 1)


worksheet(work, "A1. What is it?")
"""


def test_nobody_who_reads_to_the_end_is_no_traceback():
    """`python b1.py | head`"""
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as script:
        assert script.stdout.readline() == "A1. What is it?\n"
        script.stdout.close()
        assert script.stderr.read() == "" and script.wait() == 1


def test_a_sign_that_the_terminal_lacks_ends_no_script():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True,
                          env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0 and "x \\u2212 1" in done.stdout and done.stderr == ""


def test_folders_that_can_not_be_written_are_refused_before_the_work(tmp_path, monkeypatch, capsys):
    def work(sheet):
        raise AssertionError("it was worked all the same")

    file = tmp_path / "file"
    file.write_text("")
    for given, words in ((("--out", file), f"argument --out: {file} is a file but a folder is expected"),
                         (("--out", file / "inside"), "Not a directory; a folder that can be written is expected"),
                         (("--answers", tmp_path), f"argument --answers: {tmp_path} is a folder but a file is expected"),
                         (("--answers", file / "a.json"), f"argument --answers: {file} is a file but a folder is expected")):
        assert run(monkeypatch, work, *given) == 2
        assert capsys.readouterr().err.strip().endswith(words)
    assert [p.name for p in tmp_path.iterdir()] == ["file"] and file.read_text() == ""


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="without /proc no folder is sure to be write-protected for root")
def test_a_folder_that_no_file_can_be_made_in_is_refused(monkeypatch, capsys):
    assert run(monkeypatch, lambda sheet: sheet.answer("one", 1, 1), "--out", "/proc") == 2
    assert "argument --out: /proc: " in capsys.readouterr().err
