"""E1a and E2, worked in process."""


import numpy as np
import pytest

from minigrad.worksheet import Worksheet

SET = "two_layer_and_fashion"


@pytest.mark.parametrize("name, expected, figures", [
    ("e1a", {"accuracy of the same network in the engine": "1", "scores at (0, -1)": "[0, 1/2]",
             "area of class 2 in the box [-2, 2]^2: the strip |x1| <= 1/2": "4"}, ["e1a.png"]),
    ("e2", {"y = (0, 1, 0): f(0), f(1/2), f(1)": "(0, 1, 0)", "units for 13 points": "12",
            "largest |f(x_i) - y_i| over Fractions": "0"}, ["e2_points.png", "e2_error.png"])])
@pytest.mark.parametrize("seed", [0, 7])
def test_answers(name, expected, figures, seed, tmp_path, script):
    module = script(name)
    sheet = Worksheet(tmp_path, quick=True, seed=seed)
    module.work(sheet)
    assert [row["question"] for row in sheet.rows if not row["right"]] == []
    assert expected.items() <= {row["question"]: row["found"] for row in sheet.rows}.items() and sheet.figures == figures
    if name == "e2":
        questions = [row["question"] for row in sheet.rows]
        assert sum("over omega(1/N)" in question for question in questions) == 3
        assert sum("slope" in question for question in questions) == 3


@pytest.mark.parametrize("n", [2, 8])
def test_e2_measures_the_error_of_sin_where_it_is_largest(n, script):
    e2 = script("e2")
    f = e2.PiecewiseLinear.of(e2.interpolate([e2.Fraction(i, n) for i in range(n + 1)], np.sin(np.arange(n + 1)/n)))
    x = np.linspace(0, 1, 1001)
    on_a_grid = abs(np.sin(x) - f(x)).max()
    assert on_a_grid <= e2.error(np.sin, n) <= on_a_grid*1.001
