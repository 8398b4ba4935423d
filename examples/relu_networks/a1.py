"""A1. Three functions made of a few ReLU neurons, (z)+ = max(z, 0).

(a) f(x) = 2 (x - 0.5)+ - 2 (2x - 1)+ + 4 (0.5x - 2)+. Plot it. Where are its kinks?
(b) A ramp: 0 up to x = -1, rising to 1 at x = 1, and 1 from there on. Make it of two neurons v_j (w_j x + b_j)+.
(c) A classifier sign(f), with sign(0) = -1, that says -1 if and only if both inputs are <= 0.
"""

from fractions import Fraction

import numpy as np

from minigrad.piecewise import PiecewiseLinear, as_module, decisions, draw_decisions
from minigrad.worksheet import worksheet

half = Fraction(1, 2)


def work(sheet):
    kinks(sheet)
    ramp(sheet)
    classifier(sheet)


def kinks(sheet):
    sheet.say("(a) Three neurons, and their kinks are computed from the weights: no grid is looked at.")
    neurons = [(2, 1, -half), (-2, 2, -1), (4, half, -2)]                       # v (w x + b)+
    parts = [v*PiecewiseLinear.line(w, b).relu() for v, w, b in neurons]
    f = sum(parts, PiecewiseLinear.line(0, 0))
    for (v, w, b), part in zip(neurons, parts):
        sheet.say(f"   v = {v:2}, w = {w}, b = {b}: v (w x + b)+ bends at x = -b/w = {part.kinks[0]}")
    sheet.answer("kinks of f", f.kinks, [half, Fraction(4)])
    sheet.answer("slopes of f", f.slopes, [0, -2, 0])
    sheet.answer("f in pieces", str(f), "0 for x <= 1/2; -2 x + 1 for 1/2 <= x <= 4; -7 for x >= 4")
    sheet.say("Three neurons, but two kinks: the first two bend in the same place, where their slopes 2 and -4 add up to -2.",
              "The third adds 2 from x = 4 on, and f stays at -7.")
    with sheet.figure("a1a") as figure:
        axes = figure.subplots()
        x = np.array([-1, .5, 4, 6])
        for (v, w, b), part, style, colour in zip(neurons, parts, ("--", ":", "-."), ("#4477aa", "#ee7733", "#228833")):
            axes.plot(x, part(x), style, color=colour, label=f"{v} ({'' if w == 1 else f'{float(w):g}'}x - {float(-b):g})₊")
        axes.plot(x, f(x), color="black", linewidth=2, label="f, their sum")
        axes.plot(f.kinks, f.values, "o", color="black", label="kinks at 1/2 and 4")
        axes.set(xlabel="x", ylabel="value", title="A1a: three neurons, two kinks", ylim=(-24, 14))
        axes.grid(alpha=.3)
        axes.legend(fontsize="small", loc="upper left")


def ramp(sheet):
    sheet.say("", "(b) The first neuron starts to rise at -1 with slope 1/2; the second takes that slope away again from 1 on.")
    network = [([[half], [half]], [half, -half]), ([[1, -1]], [0])]
    f = PiecewiseLinear.of(network)
    sheet.answer("the ramp in pieces", str(f), "0 for x <= -1; 1/2 x + 1/2 for -1 <= x <= 1; 1 for x >= 1")
    sheet.answer("values at its kinks -1 and 1", f.values, [0, 1])
    x = np.linspace(-3, 3, 25)
    y = as_module(network)(x[:, None])
    sheet.answer("the same network in the engine, at 25 points: largest difference from clip((x + 1)/2, 0, 1)",
                 abs(y[:, 0] - np.clip((x + 1)/2, 0, 1)).max(), 0)
    with sheet.figure("a1b", size=(6, 3)) as figure:
        left, right = figure.subplots(1, 2)
        left.plot(x, f(x), color="#4477aa", linewidth=2, label="f = (x/2 + 1/2)₊ - (x/2 - 1/2)₊")
        left.plot([-1, 1], [0, 1], "o", color="#4477aa", label="kinks")
        left.set(xlabel="x", ylabel="f(x)", title="A1b: a ramp", ylim=(-.2, 1.6))
        left.grid(alpha=.3)
        left.legend(fontsize="small", loc="upper left")
        draw_network(right)


def draw_network(axes):
    """x, the two neurons and their sum, as circles; weights on the arrows."""
    places = {"x": (0, 0), "( )₊": (1, .6), "( )₊ ": (1, -.6), "f": (2, 0)}
    arrows = ("x", "( )₊", "w = 1/2"), ("x", "( )₊ ", "w = 1/2"), ("( )₊", "f", "v = 1"), ("( )₊ ", "f", "v = -1")
    for a, b, text in arrows:
        (x0, y0), (x1, y1) = places[a], places[b]
        axes.annotate("", (x1, y1), (x0, y0), arrowprops=dict(arrowstyle="-|>", shrinkA=17, shrinkB=17, color="#555555"))
        away = -.12 if x0 == 0 else .12, .16 if y0 + y1 > 0 else -.16
        axes.text((x0 + x1)/2 + away[0], (y0 + y1)/2 + away[1], text, ha="center", va="center", fontsize="small")
    for name, (x, y) in places.items():
        axes.plot([x], [y], "o", markersize=33, color="#ddeeff", markeredgecolor="#4477aa")
        axes.text(x, y, name.strip(), ha="center", va="center")
    axes.text(1, .98, "b = 1/2", ha="center", fontsize="small")
    axes.text(1, -1.04, "b = -1/2", ha="center", fontsize="small")
    axes.set(xlim=(-.4, 2.4), ylim=(-1.3, 1.3), title="its network")
    axes.axis("off")


def classifier(sheet):
    sheet.say("", "(c) f(x) = (x1)+ + (x2)+ is a sum of two things that are never negative: it is 0 only if both are,",
              "that is, if both inputs are <= 0; and sign(0) = -1.")
    network = [([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])]
    parts = decisions(network, (-2, 2, -2, 2))
    minus = [part for part in parts if part.label == 0]
    sheet.answer("area where it says -1, in the box [-2, 2] x [-2, 2]", sum(part.area for part in minus), 4)
    sheet.answer("corners of that region", sorted(minus[0].polygon), [(-2, -2), (-2, 0), (0, -2), (0, 0)])
    grid = np.stack(np.meshgrid(np.arange(-3, 4), np.arange(-3, 4)), -1).reshape(-1, 2)
    f = as_module(network)(grid.astype(float)).detach().numpy()[:, 0]
    sheet.answer("points of a 7 x 7 grid, axes included, that the network in the engine classifies wrongly",
                 int(((f <= 0) != (grid <= 0).all(1)).sum()), 0)
    with sheet.figure("a1c", size=(4.2, 4)) as figure:
        axes = figure.subplots()
        draw_decisions(axes, network, (-2, 2, -2, 2), ["-1: both inputs <= 0", "+1"], colours=("#4477aa", "#ee7733"))
        axes.set_title("A1c: sign((x₁)₊ + (x₂)₊)")


if __name__ == "__main__":
    worksheet(work)
