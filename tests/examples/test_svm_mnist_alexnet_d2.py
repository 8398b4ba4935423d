"""D2, worked in process."""

import importlib.util
from pathlib import Path

from minigrad.piecewise import forward
from minigrad.worksheet import Worksheet

FILE = Path(__file__).parents[2] / "examples" / "svm_mnist_alexnet" / "d2.py"


def test_answers(tmp_path):
    spec = importlib.util.spec_from_file_location("svm_mnist_alexnet_d2", FILE)
    d2 = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(d2)
    sheet = Worksheet(tmp_path, quick=True)
    d2.work(sheet)
    assert [row["question"] for row in sheet.rows if not row["right"]] == [] and sheet.figures == ["d2.png"]
    found = {row["question"]: row["found"] for row in sheet.rows}
    assert found["units"] == "4" and found["regions"] == "4" and found["gradient at (0.0, 0.0): of the network"] == "[0, 0]"
    assert forward(d2.NETWORK, [-10**9, -10**9 - 1]) == [-10**9]
