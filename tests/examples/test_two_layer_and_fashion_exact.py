"""E1a and E2, worked in process."""


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
        assert sum("largest ratio" in row["question"] for row in sheet.rows) == 3
