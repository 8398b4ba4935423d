"""B1: in whole numbers, in fractions and in symbols, at both inputs; and what was published."""

import sys
from fractions import Fraction

import pytest

from minigrad.worksheet import Worksheet

SET = "computational_vision"
RIGHT = {"(0, 3)": ("4", "[0, 0, 0, 0, 3, 1, 0, 3, 1]"), "(0, -3)": ("0", "[0, 0, 0, 0, 0, 0, 0, 0, 0]")}


@pytest.fixture
def rows(script):
    pytest.importorskip("sympy", reason="SymPy is an extra: pip install minigrad-engine[symbolic]")
    sheet = Worksheet(quick=True)
    script("b1").work(sheet)
    return sheet.rows


def test_every_answer_at_both_inputs(rows):
    assert all(row["right"] for row in rows), [row for row in rows if not row["right"]]
    for x, (y, gradient) in RIGHT.items():
        assert [row["found"] for row in rows if row["question"].startswith(f"y at x = {x}")] == [y] * 3, "three forms"
        assert [row["found"] for row in rows if row["question"] == f"its gradient at x = {x}"] == [gradient] * 3
    assert [row["found"] for row in rows if row["question"].startswith("types")] == ["[int]"] * 2 + ["[Fraction]"] * 2
    symbols = {row["question"]: row["found"] for row in rows if row["question"].startswith("dy/dw")}
    assert len(symbols) == 9 and symbols["dy/dw4"] == "w8*x1*H(z2)*H(z3)" and symbols["dy/dw7"] == "H(z3)*relu(z1)"


def test_the_published_answer_is_that_without_the_last_relu(rows):
    wrong = {row["question"]: row for row in rows if row["published"]}
    assert [row["published"] for row in wrong.values()] == ["-5", "[0, 3, -1, 0, 0, 0, 6, 0, 1]"]
    assert all("z3" in row["because"] for row in wrong.values())


def test_the_gradient_is_of_the_kind_that_was_put_in(script):
    b1 = script("b1")
    value, slopes = b1.gradient(3, [Fraction(w, 3) for w in b1.W], (Fraction(0), Fraction(3)))
    assert value == Fraction(2, 3) and slopes == [0, 0, 0, 0, 1, Fraction(1, 3), 0, 1, 1]
    assert all(isinstance(slope, Fraction) for slope in slopes[4:6])


def test_without_sympy_the_numbers_remain(script, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sympy", None)
    sheet = Worksheet(quick=True)
    script("b1").work(sheet)
    assert all(row["right"] for row in sheet.rows) and not any(row["question"].startswith("dy/dw") for row in sheet.rows)
    assert "pip install sympy" in capsys.readouterr().out
