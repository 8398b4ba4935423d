"""B2 and B3: every answer is right, and the expected ones are there."""

from fractions import Fraction

import numpy as np
import pytest

import minigrad as mg
from minigrad.worksheet import Worksheet

SET = "computational_vision"



@pytest.mark.parametrize("name, figures, found", [
    ("b2", ["b2_saddle.png"], {
        "one sample: gradients that are not 0": "[2.bias]", "one sample: parameters that moved in 50 steps": "[2.bias]",
        "a batch with classes 0, 0, 0, 1: parameters that moved in 50 steps": "[2.bias]",
        "a balanced batch, each class once: gradients that are not 0": "[]",
        "without biases, the largest entry of the Jacobian at 0": "0", "the first step, exactly": "(9/10, 9/200)",
        "the second step, exactly": "(63/100, 99/2000)",
        "a = (1, 0.001): growth of y in step 120": "1.5",
        "their imaginary parts, not 0: it oscillates": "[-0.421307, 0.421307]"}),
    ("b3", ["b3_solutions.png"], {
        "rank": "1", "row space: all multiples of r": "[0.6, 0.8]", "singular values": None,
        "the unit vectors that minimise ||A x||": "[(-4/5, 3/5), (4/5, -3/5)]", "U Sigma V^T with these": "[[3, 4], [3, 4]]",
        "A+ = [[3, 3], [4, 4]] / 50": "[[0.06, 0.06], [0.08, 0.08]]",
        "the least-squares solution of smallest norm, x* = A+ b": "[0.3, 0.4]", "dx*/db, by the engine, is A+": None,
        "dA+/dt at t = 1 is -A+": None})])
def test_every_answer_is_right(name, figures, found, tmp_path, script):
    sheet = Worksheet(tmp_path, quick=True)
    script(name).work(sheet)
    assert [row for row in sheet.rows if not row["right"]] == []
    rows = {row["question"]: row["found"] for row in sheet.rows}
    assert {question: rows[question] if value else None for question, value in found.items()} == found
    assert sheet.figures == figures


@pytest.mark.parametrize("name, published", [
    ("b2", {"the second step, exactly": "(81/100, 81/2000)",
            "a = (1, 0.001): growth of y in step 120": "it returns"}),
    ("b3", {"the unit vectors that minimise ||A x||": "these and two more"})])
def test_what_was_published_and_why_it_is_wrong(name, published, script):
    sheet = Worksheet(quick=True)
    script(name).work(sheet)
    rows = {row["question"]: row for row in sheet.rows if row["published"]}
    assert {question: row["published"] for question, row in rows.items()} == published
    assert all(row["because"] for row in rows.values())


def test_a_path_from_the_saddle_is_the_recurrence(script):
    """x_{t+1} = 1.9 x_t - 0.9 x_{t-1} - lr 2 x_t, and with + in y, over Fractions."""
    lr = Fraction(1, 7)
    path = script("b2").descend((Fraction(1), Fraction(1, 3)), 12, lr)
    for before, at, after in zip(path, path[1:], path[2:]):
        for axis, sign in ((0, -1), (1, 1)):
            assert after[axis] == Fraction(19, 10) * at[axis] - Fraction(9, 10) * before[axis] + sign * 2 * lr * at[axis]


def test_the_optimiser_with_momentum_takes_these_steps(script):
    """SGD with momentum: the first step makes the velocity a, then it is put on the saddle."""
    a, lr = np.array([1.0, 0.05]), 0.1
    w = mg.Tensor([0.0, 0.0], dtype=np.float64, requires_grad=True)
    optimizer = mg.optim.SGD([w], lr=lr, momentum=0.9)
    (w * (-a / lr)).sum().backward()
    optimizer.step()
    with mg.no_grad():
        w[...] = 0.0
    for expected in script("b2").descend(tuple(a), 20, lr)[1:]:
        optimizer.zero_grad()
        (w[0] * w[0] - w[1] * w[1]).backward()
        optimizer.step()
        np.testing.assert_allclose(w.detach().numpy(), np.array(expected, float), rtol=1e-9)


def test_only_two_unit_vectors_reach_zero(script):
    b3 = script("b3")
    for v in np.array([[0.8, 0.6], [0.6, -0.8], [-0.6, 0.8], [0.6, 0.8]]):
        assert np.linalg.norm(b3.A @ v) > 0.1
    assert np.abs(b3.A @ [-0.8, 0.6]).max() < 1e-15
