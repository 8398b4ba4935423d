"""D2, worked in process."""


from minigrad.piecewise import forward
from minigrad.worksheet import Worksheet

SET = "svm_mnist_alexnet"


def test_answers(tmp_path, script):
    d2 = script("d2")
    sheet = Worksheet(tmp_path, quick=True)
    d2.work(sheet)
    assert [row["question"] for row in sheet.rows if not row["right"]] == [] and sheet.figures == ["d2.png"]
    found = {row["question"]: row["found"] for row in sheet.rows}
    assert found["units"] == "4" and found["regions"] == "4" and found["gradient at (0.0, 0.0): of the network"] == "[0, 0]"
    assert forward(d2.NETWORK, [-10**9, -10**9 - 1]) == [-10**9]
