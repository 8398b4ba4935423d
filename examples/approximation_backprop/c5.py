"""C5. f(x) = W2 relu(W1 x), without biases, for one input x.

(a) Give weights, not all of them zero, for which f has no kink. (b) Can f have two kinks?
"""

from itertools import pairwise

import numpy as np

from minigrad.piecewise import PiecewiseLinear
from minigrad.worksheet import worksheet


def work(sheet):
    sheet.say("(a) W1 = (1, 0)^T, W2 = (0, 1): the unit that bends has weight 0 on its way out, and the other one is always 0.")
    f = PiecewiseLinear.of([([[1], [0]], None), ([[0, 1]], None)])
    sheet.answer("f", str(f), "0 for all x")
    sheet.answer("kinks of f", len(f.kinks), 0)
    sheet.say("Nor does f bend where it is a line through 0: W1 = (1, -1)^T, W2 = (1, -1) gives relu(x) - relu(-x) = x.")
    sheet.answer("relu(x) - relu(-x)", str(PiecewiseLinear.of([([[1], [-1]], None), ([[1, -1]], None)])), "x for all x")

    sheet.say("", "(b) No. Without a bias unit j bends where w_j x = 0, at x = 0 (or nowhere, if w_j = 0): all in one place.",
              "f is a line through 0 for x > 0 and one for x < 0, with any number of layers: f(t x) = t f(x) for t > 0.")
    random = np.random.default_rng(sheet.seed)
    tries = 20 if sheet.quick else 200
    for depth in (1, 2, 3):
        sizes = [1, *[8]*depth, 1]
        nets = [[(random.normal(size=(o, i)), None) for i, o in pairwise(sizes)] for _ in range(tries)]
        found = {tuple(PiecewiseLinear.of(net).kinks) for net in nets}
        sheet.answer(f"{tries} random nets without biases, l = {depth} hidden layers of 8 units: kinks at other places than 0",
                     sum(x != 0 for kinks in found for x in kinks), 0)
    W1, W2 = np.array([2., -1, 3]), np.array([1., 4, -1])
    f = PiecewiseLinear.of([(W1[:, None], None), (W2[None], None)])
    sheet.answer("slopes of W1 = (2, -1, 3)^T, W2 = (1, 4, -1): sums of w2 w1 where w1 < 0, and where w1 > 0", f.slopes,
                 [W2[W1 < 0] @ W1[W1 < 0], W2[W1 > 0] @ W1[W1 > 0]])
    biased = PiecewiseLinear.of([(W1[:, None], [1, 1, 1]), (W2[None], None)])
    sheet.answer("the same weights with biases of 1: kinks", len(biased.kinks), 3)
    with sheet.figure("c5") as figure:
        axes = figure.subplots()
        x = np.sort([-1.5, 1.5, *map(float, biased.kinks), 0])
        axes.plot(x, f(x), color="#4477aa", linewidth=2, label="without biases: one kink, at 0")
        axes.plot(x, biased(x), color="#ee7733", label="biases of 1: three kinks")
        axes.plot(0, 0, "o", color="#4477aa")
        axes.plot(biased.kinks, biased.values, "o", color="#ee7733")
        axes.set(xlabel="x", ylabel="f(x)", title="C5: W1 = (2, -1, 3), W2 = (1, 4, -1)")
        axes.grid(alpha=.3)
        axes.legend(fontsize="small")


if __name__ == "__main__":
    worksheet(work)
