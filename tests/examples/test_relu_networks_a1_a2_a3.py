"""A1 to A3, worked in process: every answer right, and the ones that exercises ask for among them."""


import numpy as np
import pytest

from minigrad.worksheet import Worksheet

SET = "relu_networks"



@pytest.mark.parametrize("name, expected, figures", [
    ("a1", {"kinks of f": "[1/2, 4]", "slopes of f": "[0, -2, 0]", "values at its kinks -1 and 1": "[0, 1]",
            "f in pieces": "0 for x <= 1/2; -2 x + 1 for 1/2 <= x <= 4; -7 for x >= 4",
            "area where it says -1, in the box [-2, 2] x [-2, 2]": "4"}, ["a1a.png", "a1b.png", "a1c.png"]),
    ("a2", {"the loss falls in every step": "True"}, ["a2.png"]),
    ("a3", {"ranks at which the bound is crossed": "[]", "bound at full rank": "0",
            "f(x) = 2 (3 x1 + 4 x2)+, r = 0: the difference at x = (3/5, 4/5), and the bound": "(10, 10)"}, ["a3.png"])])
@pytest.mark.parametrize("seed", [0, 5])
def test_answers(name, expected, figures, seed, tmp_path, script):
    sheet = Worksheet(tmp_path, quick=True, seed=seed)
    script(name).work(sheet)
    assert [row["question"] for row in sheet.rows if not row["right"]] == []
    assert expected.items() <= {row["question"]: row["found"] for row in sheet.rows}.items() and sheet.figures == figures


def test_the_formula_by_hand_against_differences(script):
    """a2's formula stands on its own feet, too."""
    a2, random = script("a2"), np.random.default_rng(1)
    v, W, X, y = random.normal(size=4), random.normal(size=(4, 3)), random.normal(size=(9, 3)), random.normal(size=9)

    def loss(v, W):
        return ((np.maximum(X @ W.T, 0) @ v - y)**2).sum()

    gv, gW = a2.by_hand(v, W, X, y)
    dv, dW, h = random.normal(size=4), random.normal(size=(4, 3)), 1e-6
    difference = (loss(v + h*dv, W + h*dW) - loss(v - h*dv, W - h*dW))/(2*h)
    assert np.isclose(difference, gv @ dv + (gW*dW).sum(), rtol=1e-6)
