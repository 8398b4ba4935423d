"""C7. Logic from ReLUs, for real inputs: an input counts as true if it is > 0.

(a) OR: find weights with f(x) > 0 if and only if x1 > 0 or x2 > 0.
(b) XOR with a skip connection: s = relu(W1 x), s' = relu(W2 s), f = w . concat(s, s') with the weights below. What is f?
"""

from fractions import Fraction

import numpy as np

import minigrad as mg
from minigrad.piecewise import decisions, draw_decisions, forward, regions
from minigrad.worksheet import worksheet

W1 = [[-1, 0], [0, 1], [1, 0], [0, -1]]
W2 = [[1, -1, 0, 0], [0, 0, 1, -1]]
w = [1, 0, 1, 0, -1, -1]


def xor(x):
    """x (n, 2) -> (n,), as the problem has it: with the skip."""
    s = mg.relu(x @ mg.tensor(W1, dtype="float64").T)
    return mg.concat([s, mg.relu(s @ mg.tensor(W2, dtype="float64").T)], axis=1) @ mg.tensor(w, dtype="float64")


def work(sheet):
    step = 1 if sheet.quick else .25
    grid = np.stack(np.meshgrid(*[np.arange(-3, 3.1, step)]*2), -1).reshape(-1, 2)
    sheet.say("(a) f(x) = relu(x1) + relu(x2): neither is ever negative, so the sum is > 0 if and only if one of them is.")
    either = [([[1, 0], [0, 1]], None), ([[1, 1]], None)]
    f = mg.sum(mg.relu(mg.tensor(grid, dtype="float64")), axis=1).numpy()
    sheet.answer("points of a grid, axes included, where f > 0 is not (x1 > 0 or x2 > 0)",
                 int(((f > 0) != (grid > 0).any(1)).sum()), 0)
    sheet.answer("share of the box [-2, 2]^2 where f > 0", share(either), Fraction(3, 4))

    sheet.say("", "(b) s = (relu(-x1), relu(x2), relu(x1), relu(-x2)), so",
              "   f = |x1| - relu(relu(-x1) - relu(x2)) - relu(relu(x1) - relu(-x2)).",
              "   x1 < 0 < x2:  f = -x1 - relu(-x1 - x2) = min(-x1, x2), and x1 > 0 > x2 in the same way: min(x1, -x2).",
              "   same signs, or a zero: one of the last two terms is |x1| and the other 0, so f = 0; or x1 = 0, and all are.",
              "So f = min(|x1|, |x2|) where the signs differ strictly, else 0: f > 0 exactly if one is > 0 and one < 0.")
    differ = grid[:, 0]*grid[:, 1] < 0
    expected = np.where(differ, abs(grid).min(1), 0)
    sheet.answer(f"{len(grid)} points of a grid: largest difference of f from that",
                 abs(xor(mg.tensor(grid, dtype="float64")) - expected).max(), 0)
    sheet.say("A proof instead of a grid: the skip passes s on, and relu(s) = s as s >= 0, so it is a network without a skip",
              "whose second layer is [I; W2]. Its linear regions, exactly:")
    network = [(W1, None), (np.vstack([np.eye(4, dtype=int), W2]), None), ([w], None)]
    parts = [part for part in regions(network, (-2, 2, -2, 2)) if any(part.outputs[0])]
    for part in parts:
        a, b, _ = map(int, part.outputs[0])
        corners = ", ".join(f"({float(x):g}, {float(y):g})" for x, y in part.polygon)
        sheet.say(f"      f = {'-' if min(a, b) < 0 else ''}{'x1' if a else 'x2'} on {corners}")
    sheet.answer("(a, b, c) of a x1 + b x2 + c on these; on all other regions f = 0",
                 sorted(tuple(map(int, part.outputs[0])) for part in parts), [(-1, 0, 0), (0, -1, 0), (0, 1, 0), (1, 0, 0)])
    sheet.answer("area of f > 0 in the box of area 16: two quadrants", share(network)*16, 8)
    x = [-2, 1]
    sheet.answer("f(-2, 1) = min(2, 1)", forward(network, x)[0], 1, published=2,
                 because="it has f = -x1 for x1 < 0 < x2. At (-2, 1), s = (2, 1, 0, 0), s' = (1, 0): f = 2 - 1 = min(-x1, x2).")
    with sheet.figure("c7", size=(6.4, 3.3)) as figure:
        left, right = figure.subplots(1, 2)
        for axes, net, title in ((left, either, "C7: OR"), (right, network, "XOR, with a skip: f")):
            draw_decisions(axes, net, (-2, 2, -2, 2), ["f = 0", "f > 0"])
            axes.set_title(title)
        for level in (.5, 1):                                       # min(|x1|, |x2|) = level has two corners
            for sign in (1, -1):
                right.plot([-2*sign, -level*sign, -level*sign], [level*sign, level*sign, 2*sign], color="black", linewidth=.8)
            right.text(-1.98, level + .03, f"f = {level:g}", fontsize="small")


def share(network):
    """Of the box [-2, 2]^2: where the network is positive."""
    return sum(part.area for part in decisions(network, (-2, 2, -2, 2)) if part.label)/16


if __name__ == "__main__":
    worksheet(work)
