"""D1, D3 and D4: hinges, the soft support vector machine and softmax."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from minigrad.worksheet import Worksheet

FOLDER = Path(__file__).parents[2] / "examples" / "svm_mnist_alexnet"


@pytest.fixture(autouse=True)
def beside(monkeypatch):
    """d3 imports soft_svm, which lies beside it."""
    monkeypatch.syspath_prepend(str(FOLDER))


def script(name):
    return runpy.run_path(str(FOLDER / f"{name}.py"))


@pytest.mark.parametrize(("name", "answers", "figures"), [
    ("d1", ["steps with errors / n > f, for each seed", "most errors in a step with f < 1/n, for each seed",
            "f at the end, for each seed", "f(tW) never grows with t"], ["d1-training", "d1-scaling", "d1-regions"]),
    ("d3", ["least primal less greatest dual value: the largest gap of 3 seeds",
            "L with w = sum a y x, xi = a/C and any b, less that, at a random admissible a",
            "w and b without the other points: largest change", "w = sum a y x, for dL/dw = 0: largest entry",
            "sum a y = 0, for dL/db = 0: largest entry", "xi = a/C, for dL/dxi = 0: largest entry"], ["d3"]),
    ("d4", ["engine less formula, 10 classes, float64"], ["d4"])])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_answer(name, answers, figures, seed, tmp_path):
    sheet = Worksheet(tmp_path, quick=True, seed=seed)
    script(name)["work"](sheet)
    assert all(row["right"] for row in sheet.rows), [row for row in sheet.rows if not row["right"]]
    assert set(answers) <= {row["question"] for row in sheet.rows}
    assert sheet.figures == [f"{figure}.png" for figure in figures]


def test_d1_begins_with_errors_and_ends_without():
    d1 = script("d1")
    steps = d1["descend"](*d1["three_groups"](3))
    errors, f = [step["errors"] for step in steps], [step["f"] for step in steps]
    assert errors[0] == 90 and f[0] == 1, "at W = 0 every score is a tie"
    assert errors[-1] == 0 and f[-1] == 0 and steps[-1]["margin"] >= 1


def test_d3_support_vectors_are_all_that_counts():
    d3 = script("soft_svm")
    y = np.repeat([1.0, -1.0], 20)
    x = np.random.default_rng(5).normal(size=(40, 2)) + y[:, None]
    a, _ = d3["solve_dual"](x, y)
    w, b = d3["solve_primal"](x, y)
    support = a > 1e-6
    assert 0 < support.sum() < 40
    again = d3["solve_primal"](x[support], y[support])
    np.testing.assert_allclose([*again[0], again[1]], [*w, b], atol=1e-7)


def test_d3_the_nearest_admissible_point():
    onto, random = script("soft_svm")["onto"], np.random.default_rng(0)
    y = np.repeat([1.0, -1.0], 5)
    v = random.normal(size=10)
    a = onto(v, y)
    assert a.min() >= 0 and abs(a @ y) < 1e-12
    for _ in range(50):
        other = onto(random.normal(size=10), y)
        assert (v - a) @ (other - a) <= 1e-12, "an obtuse angle: nothing admissible is nearer"


def test_d4_without_sympy(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sympy", None)
    sheet = Worksheet()
    script("d4")["work"](sheet)
    assert all(row["right"] for row in sheet.rows) and "SymPy is not installed" in capsys.readouterr().out
    assert not any("symbols" in row["question"] for row in sheet.rows)
