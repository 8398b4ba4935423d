"""C1-C3. ReLU networks with two and three layers of weights, for one input x and k hidden units in each hidden layer.

What shapes have their weights and biases, if x is a column (1 x 1)? Need such a network be convex? Concave?
"""

from itertools import product

import numpy as np

import minigrad as mg
from minigrad.piecewise import PiecewiseLinear, as_module
from minigrad.worksheet import worksheet


def work(sheet):
    shapes(sheet)
    convex_or_not(sheet)


def shapes(sheet):
    k, random = 7, np.random.default_rng(sheet.seed)
    x = mg.tensor([[random.normal()]], dtype="float64")
    sheet.say("Two layers: f(x) = W2 relu(W1 x + b1) + b2. W1 x + b1 has k rows, and W2 turns k rows into one.",
              "Three layers: f(x) = W3 relu(W2 relu(W1 x + b1) + b2) + b3. In the middle k rows become k rows.",
              f"All shapes with sides 1 and k = {k} are tried; these are those with which the formula can be computed:")
    for count, size in ((2, 3*k + 1), (3, k*k + 4*k + 1)):
        names = ", ".join(f"W{i}, b{i}" for i in range(1, count + 1))
        found = fitting(k, count)
        sheet.answer(f"{names}: all that fit", found, [[(k, 1), (k, 1), *[(k, k), (k, 1)]*(count - 2), (1, k), (1, 1)]])
        layers = [(random.normal(size=W), random.normal(size=b)) for W, b in zip(found[0][::2], found[0][1::2])]
        y = x
        for i, (W, b) in enumerate(layers):
            y = mg.tensor(W) @ (mg.relu(y) if i else y) + b
        net = as_module([(W, b[:, 0]) for W, b in layers])
        sheet.answer(f"   nn.Sequential of {count} nn.Linear with such weights, at the same x: difference",
                     net(x.T).item() - y.item(), 0, within=1e-12)
        sheet.answer("   its parameters, 3k + 1" if count == 2 else "   its parameters, k^2 + 4k + 1",
                     sum(p.size for p in net.parameters()), size)
    sheet.say("(nn.Linear holds the same matrices; its input is a row for each sample, so it computes x W^T + b.)")


def fitting(k, layers):
    """All [W1, b1, W2, ...] of shapes with sides 1 and k that compute W h + b without broadcasting, k rows in every hidden
    layer, and one number at the end."""
    sides = list(product((1, k), repeat=2))
    found = [([], mg.ones((1, 1)))]
    for rows in [k]*(layers - 1) + [1]:
        longer = []
        for (shapes, h), W, b in product(found, sides, sides):
            try:
                z = mg.ones(W) @ h
            except ValueError:
                continue
            if z.shape == b == (rows, 1):
                longer.append(([*shapes, W, b], mg.relu(z + mg.ones(b))))
        found = longer
    return [shapes for shapes, _ in found]


def convex_or_not(sheet):
    sheet.say("", "A function is convex if no chord runs below it: f((a + b)/2) <= (f(a) + f(b))/2. One chord that fails",
              "proves that it is not; and a piecewise linear function is convex exactly if its slopes never fall.")
    ramp = [([[1], [1]], [0, -1]), ([[1, -1]], [0])]
    f = PiecewiseLinear.of(ramp)
    named = [("a ramp, relu(x) - relu(x - 1)", f, (False, False)),
             ("the same with three layers, relu(relu(x) - relu(x - 1) - 1/4)",
              PiecewiseLinear.of([([[1], [1]], [0, -1]), ([[1, -1], [0, 0]], [-.25, 0]), ([[1, 1]], [0])]), (False, False)),
             ("|x| = relu(x) + relu(-x)", PiecewiseLinear.of([([[1], [-1]], None), ([[1, 1]], None)]), (True, False)),
             ("-|x|", PiecewiseLinear.of([([[1], [-1]], None), ([[-1, -1]], None)]), (False, True))]
    for name, g, expected in named:
        convex, concave = g.convex(), g.concave()
        sheet.answer(f"{name}: convex, concave", (bool(convex), bool(concave)), expected)
        for word, found in (("convex", convex), ("concave", concave)):
            move = "fall" if word == "convex" else "rise"
            slopes = ", ".join(map(str, g.slopes))
            sheet.say(f"      {word}: its slopes {slopes} never {move}" if found else f"      not {word}: {found}")
    sheet.answer("the ramp's chord from 0 to 2: f(1) and the chord's middle", (f(1), (f(0) + f(2))/2), (1, .5))
    sheet.say("So it need be neither. A sum of ReLUs with weights >= 0 is convex, as each of them is, and deeper nets stay so",
              "if all weights after the first layer are >= 0 (relu is convex and increasing). A negative one bends down.")
    random = np.random.default_rng(sheet.seed)
    tries = 20 if sheet.quick else 200
    convex = 0
    for _ in range(tries):
        (W1, W2, W3), (b1, b2) = (random.normal(size=s) for s in ((4, 1), (4, 4), (1, 4))), random.normal(size=(2, 4))
        convex += bool(PiecewiseLinear.of([(W1, b1), (abs(W2), b2), (abs(W3), [0])]).convex())
    sheet.answer(f"of {tries} random three-layer nets with such weights, convex", convex, tries)
    with sheet.figure("c1_c3", size=(6.4, 3.2)) as figure:
        pictures = ("C1-C3: a ramp is neither", f, 0, 2), ("|x| is convex", named[2][1], -1, 2)
        for axes, (title, g, a, b) in zip(figure.subplots(1, 2), pictures):
            x = np.linspace(-2, 3, 11)
            axes.plot(x, g(x), color="#4477aa", linewidth=2, label="f")
            axes.plot([a, b], [g(float(a)), g(float(b))], "--", color="#ee7733", label="a chord")
            if g is f:
                axes.plot([-1, 1], [0, 1], ":", color="#228833", label="another")
                axes.plot([1, 0], [1, 0], "ko", markersize=4, label="f at their middles")
            axes.set(xlabel="x", ylabel="f(x)", title=title, ylim=(-.3, 3.2 if g is not f else 2.2))
            axes.grid(alpha=.3)
            axes.legend(fontsize="small", loc="upper left" if g is f else "upper center")


if __name__ == "__main__":
    worksheet(work)
