"""D2. The larger of two numbers from four ReLU neurons: find weights with f(x1, x2) = max(x1, x2) for all real x1, x2."""

from fractions import Fraction

import numpy as np

import minigrad as mg
from minigrad.piecewise import as_module, draw_regions, forward, regions
from minigrad.worksheet import worksheet

half = Fraction(1, 2)
NETWORK = [([[1, 1], [-1, -1], [1, -1], [-1, 1]], None), ([[half, -half, half, half]], None)]


def work(sheet):
    sheet.say("max(x1, x2) = (x1 + x2)/2 + |x1 - x2|/2, and ReLUs make both parts: z = (z)+ - (-z)+ and |z| = (z)+ + (-z)+. So",
              "   max(x1, x2) = 1/2 [ (x1 + x2)+ - (-x1 - x2)+ + (x1 - x2)+ + (x2 - x1)+ ].", "")
    sheet.answer("units", len(NETWORK[0][0]), 4)
    numbers = [Fraction(i, 3) for i in range(-7, 8)]
    sheet.answer("pairs of a grid of 15 x 15 fractions at which f is not max(x1, x2)",
                 sum(forward(NETWORK, [a, b])[0] != max(a, b) for a in numbers for b in numbers), 0)
    x = np.random.default_rng(sheet.seed).normal(size=(100 if sheet.quick else 10000, 2))
    sheet.answer("the same network in the engine, in float64, at random points: largest difference",
                 abs(as_module(NETWORK)(x)[:, 0] - x.max(1)).max(), 0, within=1e-14)

    sheet.say("", "A proof: the lines x1 + x2 = 0 and x1 - x2 = 0 cut the plane into four regions, and f is affine on each. A",
              "box around 0 meets all of them, and f(t x) = t f(x) for t > 0 takes it from there to the whole plane.")
    parts = regions(NETWORK, (-1, 1, -1, 1))
    sheet.answer("regions", len(parts), 4)
    for part in parts:
        middle = [sum(p[i] for p in part.polygon)/len(part.polygon) for i in (0, 1)]
        a, b, c = map(int, part.outputs[0])
        where = ", ".join(f"{float(m):.2g}" for m in middle)
        sheet.answer(f"(a, b, c) of f = a x1 + b x2 + c in the region around ({where})", (a, b, c),
                     (1, 0, 0) if middle[0] > middle[1] else (0, 1, 0))

    sheet.say("", "Its gradient where x1 = x2 != 0: the two units at their kink have slope 0, and half of each input remains,",
              "as mg.maximum shares a tie, too. At 0 all four are at their kink, and the gradient is 0; that of maximum is",
              "not. The slope at a kink is one of the formula, not of the function.")

    def gradient(f, at):
        return mg.grad(f)(mg.tensor(at, dtype="float64"))

    net = as_module(NETWORK)
    for at, ours in (([2., 1.], [1, 0]), ([1., 1.], [.5, .5]), ([0., 0.], [0, 0])):
        sheet.answer(f"gradient at {tuple(at)}: of the network", gradient(lambda x: net(x)[0], at), ours)
        sheet.answer(f"gradient at {tuple(at)}: of mg.maximum", gradient(lambda x: mg.maximum(x[0], x[1]), at),
                     ours if any(ours) else [.5, .5])
    with sheet.figure("d2", size=(4.4, 4.6)) as figure:
        axes = figure.subplots()
        draw_regions(axes, NETWORK, (-2, 2, -2, 2), colour="#4477aa")
        for level in np.arange(-1.5, 2, .5):
            axes.plot([-2, level, level], [level, level, -2], color="#ee7733", linewidth=2)
            axes.text(level + .04, -1.97, f"{level:g}", fontsize="small")
        axes.plot([], [], color="#4477aa", label="edges of the 4 linear regions")
        axes.plot([], [], color="#ee7733", label="where f = max(x₁, x₂) has this value")
        axes.legend(fontsize="small", loc="upper center", bbox_to_anchor=(.5, -.13))
        axes.set_title("D2: max from four ReLUs")


if __name__ == "__main__":
    worksheet(work)
