"""E1a. A 2-2-2 ReLU network that separates {(1, 0), (-1, 0)}, class 1, from {(0, 1), (0, -1)}, class 2.

Find its weights by hand. Class 1 is where the first score is the larger one.
"""

from fractions import Fraction

import numpy as np

from minigrad.piecewise import as_module, decisions, draw_decisions, forward
from minigrad.worksheet import worksheet

half = Fraction(1, 2)
NETWORK = [([[1, 0], [-1, 0]], [0, 0]), ([[1, 1], [0, 0]], [0, half])]
POINTS = {(1, 0): 1, (-1, 0): 1, (0, 1): 2, (0, -1): 2}


def work(sheet):
    sheet.say("No line can do it: it would have the middle of each class on that class's side, and both have the middle (0,",
              "0). A hidden layer folds the plane first: relu(x1) + relu(-x1) = |x1|, and there the classes differ.",
              "   h = relu([[1, 0], [-1, 0]] x),   s1 = h1 + h2 = |x1|,   s2 = 1/2:   class 1 where |x1| > 1/2.", "")
    for x, label in POINTS.items():
        s = forward(NETWORK, list(x))
        sheet.answer(f"scores at {x}", s, [abs(x[0]), half])
        sheet.answer(f"   class of {x}, 1 where s1 > s2", 1 if s[0] > s[1] else 2, label)
    net = as_module(NETWORK)
    scores = net(np.array(list(POINTS), float)).detach().numpy()
    sheet.answer("accuracy of the same network in the engine", np.mean(scores.argmax(1) + 1 == list(POINTS.values())), 1.0)
    sheet.answer("parameters of a 2-2-2 network with biases", sum(p.size for p in net.parameters()), 12)

    parts = decisions(NETWORK, (-2, 2, -2, 2))
    sheet.answer("area of class 2 in the box [-2, 2]^2: the strip |x1| <= 1/2", sum(p.area for p in parts if p.label == 1), 4)
    edges = {abs(s1 - s2) for part in parts for x, y in part.polygon if abs(x) == half for s1, s2 in [forward(NETWORK, [x, y])]}
    sheet.answer("|s1 - s2| at the corners on its edges", sorted(edges), [0])
    sheet.say("(On the edge itself argmax says class 1, the first of equal scores.)")
    with sheet.figure("e1a", size=(4.4, 4.1)) as figure:
        axes = figure.subplots()
        draw_decisions(axes, NETWORK, (-2, 2, -2, 2), ["class 1: |x₁| > 1/2", "class 2"])
        for label, marker, colour in ((1, "o", "#4477aa"), (2, "s", "#ee7733")):
            points = np.array([x for x, of in POINTS.items() if of == label])
            axes.plot(*points.T, marker, color=colour, markeredgecolor="black", label=f"points of class {label}")
        axes.legend(fontsize="small", loc="upper center", ncols=2)
        axes.set_title("E1a: decision regions (line: x₁ = 0)")


if __name__ == "__main__":
    worksheet(work)
