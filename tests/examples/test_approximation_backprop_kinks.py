"""C1 to C5 and C7, worked in process: every answer right, and the ones that exercises ask for among them."""


import pytest

from minigrad.worksheet import Worksheet

SET = "approximation_backprop"



@pytest.mark.parametrize("name, expected, published, figures", [
    ("c1_c3", {"W1, b1, W2, b2: all that fit": "[[(7, 1), (7, 1), (1, 7), (1, 1)]]",
               "W1, b1, W2, b2, W3, b3: all that fit": "[[(7, 1), (7, 1), (7, 7), (7, 1), (1, 7), (1, 1)]]",
               "a ramp, relu(x) - relu(x - 1): convex, concave": "(False, False)",
               "|x| = relu(x) + relu(-x): convex, concave": "(True, False)"}, {}, ["c1_c3.png"]),
    ("c4", {"k = 1: N2 against N1 = 2 for l = 3 ... 7": "[above, above, above, above, above]",
            "k = 2: N2 against N1 = 4 for l = 3 ... 7": "[below, equal, above, above, above]",
            "all five are below up to k = 100, from k": "3", "N2 falls with l throughout up to k = 100, from k": "13",
            "kinks on [0, 1] of a 1-2-2-1 net whose units are all positive there": "0"},
     {"k = 2: N2 against N1 = 4 for l = 3 ... 7": "[below, below, below, below, below]",
      "most kinks of two hidden layers of 3 units: those of the zigzag, and no net has more": "36"},
     ["c4_units.png", "c4_zigzag.png"]),
    ("c5", {"f": "0 for all x", "kinks of f": "0", "the same weights with biases of 1: kinks": "3"}, {}, ["c5.png"]),
    ("c7", {"share of the box [-2, 2]^2 where f > 0": "3/4", "area of f > 0 in the box of area 16: two quadrants": "8"},
     {"f(-2, 1) = min(2, 1)": "2"}, ["c7.png"])])
def test_answers(name, expected, published, figures, tmp_path, script):
    sheet = Worksheet(tmp_path, quick=True)
    script(name).work(sheet)
    assert [row["question"] for row in sheet.rows if not row["right"]] == []
    assert expected.items() <= {row["question"]: row["found"] for row in sheet.rows}.items() and sheet.figures == figures
    assert published.items() <= {row["question"]: row["published"] for row in sheet.rows}.items()


@pytest.mark.parametrize("k", [1, 2, 3, 12, 13, 50])
def test_c4_units_in_floats(k):
    """The comparisons in integers are those of l (2k)^(2/l) / 2, where floats can tell."""
    counts = [n*(2*k)**(2/n)/2 for n in range(3, 8)]
    assert (max(counts) < 2*k) == (k >= 3) and (counts == sorted(counts, reverse=True)) == (k >= 13)


def test_c4_says_why_the_published_answers_are_wrong(script):
    sheet = Worksheet(quick=True)
    script("c4").work(sheet)
    because = {row["question"]: row["because"] for row in sheet.rows if row["published"]}
    assert because["k = 1: N2 against N1 = 2 for l = 3 ... 7"] == "for k = 1, N2 is 2.38, 2.83, 3.30, 3.78, 4.27."
    assert because["most kinks of two hidden layers of 3 units: those of the zigzag, and no net has more"].endswith("15 kinks.")


def test_c1_tries_every_shape(script):
    """Where a hidden layer has one unit all sides are 1, and with no hidden layer W1 is a number."""
    fitting = script("c1_c3").fitting
    assert fitting(1, 2)[0] == [(1, 1)]*4 and {tuple(shapes) for shapes in fitting(1, 2)} == {((1, 1),)*4}
    assert fitting(3, 1) == [[(1, 1), (1, 1)]]
