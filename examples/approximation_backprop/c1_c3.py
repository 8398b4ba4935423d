"""C1-C3. ReLU networks with two and three layers of weights, for one input x and k hidden units in each hidden layer.

What shapes have their weights and biases, if x is a column (1 x 1)? Need such a network be convex? Concave?
"""

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.piecewise import PiecewiseLinear, as_module
from minigrad.worksheet import worksheet


def work(sheet):
    shapes(sheet)
    convex_or_not(sheet)


def shapes(sheet):
    k = 7
    random = np.random.default_rng(sheet.seed)

    def made(rows, columns):
        return mg.tensor(random.normal(size=(rows, columns)), dtype="float64")

    sheet.say(f"Two layers: f(x) = W2 relu(W1 x + b1) + b2. W1 x + b1 has k rows, and W2 turns k rows into one. k = {k}:")
    x = made(1, 1)
    W1, b1, W2, b2 = made(k, 1), made(k, 1), made(1, k), made(1, 1)
    two = W2 @ mg.relu(W1 @ x + b1) + b2
    sheet.answer("W1, b1, W2, b2", [p.shape for p in (W1, b1, W2, b2)], [(k, 1), (k, 1), (1, k), (1, 1)])
    sheet.answer("f(x)", two.shape, (1, 1))
    sheet.say("Three layers: f(x) = W3 relu(W2 relu(W1 x + b1) + b2) + b3. In the middle k rows become k rows.")
    V2, c2, W3, b3 = made(k, k), made(k, 1), made(1, k), made(1, 1)
    three = W3 @ mg.relu(V2 @ mg.relu(W1 @ x + b1) + c2) + b3
    sheet.answer("W1, b1, W2, b2, W3, b3", [p.shape for p in (W1, b1, V2, c2, W3, b3)],
                 [(k, 1), (k, 1), (k, k), (k, 1), (1, k), (1, 1)])
    sheet.answer("f(x)", three.shape, (1, 1))
    sheet.say("nn.Linear holds the same matrices; its input is a row for each sample, so it computes x W^T + b:")
    for name, y, layers in (("two", two, [(W1, b1), (W2, b2)]), ("three", three, [(W1, b1), (V2, c2), (W3, b3)])):
        net = as_module([(W, b[:, 0]) for W, b in layers])
        sheet.answer(f"{name} layers: nn.Sequential at the same x, difference", net(x.T).item() - y.item(), 0, within=1e-12)
    for net, count in ((nn.Sequential(nn.Linear(1, k), nn.ReLU(), nn.Linear(k, 1)), 3*k + 1),
                       (nn.Sequential(nn.Linear(1, k), nn.ReLU(), nn.Linear(k, k), nn.ReLU(), nn.Linear(k, 1)), k*k + 4*k + 1)):
        sheet.answer(f"parameters with {len(net)//2 + 1} layers", sum(p.size for p in net.parameters()), count)


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
        pictures = ("neither: a ramp", f, 0, 2), ("convex: |x|", named[2][1], -1, 2)
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
