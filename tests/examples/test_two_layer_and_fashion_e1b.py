"""E1b, the 2-2-2 network on 200 points."""

import os
import runpy
from pathlib import Path

import numpy as np
import pytest

from minigrad.worksheet import Worksheet

SCRIPT = Path(__file__).parents[2] / "examples" / "two_layer_and_fashion" / "e1b.py"


def test_every_answer(tmp_path):
    if not (Path(os.environ.get("MINIGRAD_DATA") or "nowhere") / "apm598").is_dir():
        pytest.skip("MINIGRAD_DATA has no folder apm598")
    sheet = Worksheet(tmp_path, quick=True)
    runpy.run_path(str(SCRIPT))["work"](sheet)
    assert all(row["right"] for row in sheet.rows), [row for row in sheet.rows if not row["right"]]
    found = {row["question"]: row["found"] for row in sheet.rows}
    assert found["points of class 1 and of class 2"] == "[100, 100]" and found["parameters"] == "12"
    assert {"best accuracy", "median accuracy", "best of each 10 restarts in a row"} <= set(found)
    assert sheet.figures == ["e1b-restarts.png", "e1b-regions.png"]


def test_it_learns_the_four_points_of_e1a():
    """Without the course's data: four points are separated by the best of a few restarts, the same ones for the same seeds."""
    script = runpy.run_path(str(SCRIPT))
    y = np.array([0, 0, 1, 1])
    nets = [script["trained"](script["CORNERS"], y, seed) for seed in range(12)]
    right = [(script["classes"](net, script["CORNERS"]) == y).all() for net in nets]
    assert any(right) and not all(right)
    again = script["trained"](script["CORNERS"], y, 0)
    np.testing.assert_array_equal(again[0].weight.detach().numpy(), nets[0][0].weight.detach().numpy())
    assert again[0].weight.dtype == np.float64
