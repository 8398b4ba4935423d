"""C8 and C10: every answer is right, and the expected ones are there."""


import numpy as np
import pytest

import minigrad as mg
from minigrad.worksheet import Worksheet

SET = "approximation_backprop"



@pytest.mark.parametrize("name, figures, questions", [
    ("c8", ["c8_two_uses.png"], {"dL/dW, the formula", "dL/dW, the engine over whole numbers", "dL/dW, finite differences",
                                 "formula against engine, largest error relative to the largest entry", "u v^T for v u^T"}),
    ("c10", ["c10_training.png"], {"Linear: forward, gx, gW, gb", "ReLU: forward, gx", "CrossEntropy: forward, gx",
                                   "largest difference of the two losses in any step"})])
def test_every_answer_is_right(name, figures, questions, tmp_path, script):
    sheet = Worksheet(tmp_path, quick=True)
    script(name).work(sheet)
    assert [row for row in sheet.rows if not row["right"]] == []
    assert questions <= {row["question"] for row in sheet.rows} and sheet.figures == figures


def test_c8_says_where_the_published_term_is_wrong(capsys, script):
    sheet = Worksheet(quick=True)
    script("c8").work(sheet)
    row = next(row for row in sheet.rows if row["published"])
    assert (row["found"], row["published"]) == ("[[0, -16], [20, 72]]", "[[0, 0], [4, 72]]")
    assert "v_0 u_1 = -16 and u_0 v_1 = 0" in row["because"]


@pytest.mark.parametrize("seed", range(5))
def test_c8_for_other_weights(seed, script):
    c8, draw = script("c8"), np.random.default_rng(seed)
    w, x = draw.integers(-3, 4, (3, 3)), draw.integers(-3, 4, 3)
    exact = c8.exactly(w.tolist(), x.tolist())
    assert exact == sum(c8.formula(w, x)).tolist() == mg.grad(c8.loss_of)(mg.Tensor(w.astype(float)), x.astype(float)).tolist()


def test_the_layers_of_c10_in_a_step_equal_the_engines(script):
    c10, draw = script("c10"), np.random.default_rng(1)
    x, y = c10.two_moons(20, draw)
    assert x.shape == (20, 2) and y.tolist() == [0, 1] * 10
    loss = c10.CrossEntropy()
    t = mg.Tensor(x, requires_grad=True)
    mg.cross_entropy(t, y).backward()
    loss.forward(x, y)
    np.testing.assert_allclose(loss.backward(), t.grad.numpy(), rtol=1e-12, atol=1e-15)
