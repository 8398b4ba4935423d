"""D4. Show that the gradient of -y.log softmax(w) in w is softmax(w) - y, for a vector y of probabilities.

With p = softmax(w): log p_i = w_i - log sum_k exp(w_k), so d log p_i / dw_j = [i = j] - p_j, and

    d/dw_j (- sum_i y_i log p_i) = - y_j + p_j sum_i y_i = p_j - y_j,   since the y_i sum to 1.

By the engine, by the formula, and with symbols.
"""

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.worksheet import worksheet


def loss(w, y):
    return -mg.sum(y * mg.log(mg.softmax(w, axis=-1)), axis=-1)


def work(sheet):
    random = np.random.default_rng(sheet.seed)
    w, y = random.normal(size=10), random.dirichlet(np.ones(10))
    p = np.exp(w) / np.exp(w).sum()
    engine = mg.grad(lambda w: loss(w, y))(mg.Tensor(w)).numpy()
    sheet.answer("engine less formula, 10 classes, float64", np.abs(engine - (p - y)).max(), 0, within=1e-12)
    step = 1e-5
    differences = [(loss(w + step * e, y).item() - loss(w - step * e, y).item()) / (2 * step) for e in np.eye(10)]
    sheet.answer("finite differences less formula", np.abs(differences - (p - y)).max(), 0, within=1e-8)
    sheet.answer("sum of the gradient: adding a constant to w changes nothing", engine.sum(), 0, within=1e-12)

    y2 = np.full(10, .2)        # sums to 2
    engine = mg.grad(lambda w: loss(w, y2))(mg.Tensor(w)).numpy()
    sheet.answer("less 2 softmax(w) - y where y sums to 2", np.abs(engine - (2 * p - y2)).max(), 0, within=1e-12)
    sheet.answer("and softmax(w) - y is off by the largest p", np.abs(engine - (p - y2)).max(), p.max(), within=1e-12)
    sheet.say("So that y sums to 1 is needed, not decoration.")

    far = np.array([1000.0, 0.0, -1000.0])
    stable = mg.grad(lambda w: nn.functional.cross_entropy(w, np.array([0.0, 0.0, 1.0])))(mg.Tensor(far)).numpy()
    sheet.answer("the gradient of cross_entropy at w = (1000, 0, -1000), y = (0, 0, 1)", stable, [1.0, 0.0, -1.0], within=1e-12)
    sheet.say("There softmax has zeros, and their logarithm is -inf; cross_entropy never forms it: it uses the formula.")
    symbols(sheet)

    along = np.linspace(-6, 6, 241)
    y3 = np.array([.5, .3, .2])
    points = mg.Tensor(np.stack([along, 0 * along, 0 * along], -1), requires_grad=True)
    heights = loss(points, y3)
    mg.sum(heights).backward()
    with sheet.figure("d4") as figure:
        axes = figure.subplots()
        axes.plot(along, heights.detach().numpy(), color="#4477aa", label="-y.log softmax(w)")
        axes.plot(along, points.grad.numpy()[:, 0], color="#ee7733", label="its slope in w₁: softmax(w)₁ - y₁")
        axes.axhline(0, color="grey", linewidth=.8)
        axes.axvline(0, color="grey", linewidth=.8)
        axes.plot(np.log(2), 0, "o", color="black", label="softmax(w)₁ = y₁")
        axes.set(xlabel="w₁, where w₂ = w₃ = 0", ylabel="loss and slope", title="D4. y = (.5, .3, .2)")
        axes.legend()


def symbols(sheet):
    try:
        import sympy
    except ImportError:
        sheet.say("SymPy is not installed, so the gradient is not shown with symbols: pip install 'minigrad-engine[symbolic]'")
        return
    names, (y1, y2) = sympy.symbols("w1:4", real=True), sympy.symbols("y1 y2", positive=True)
    y = y1, y2, 1 - y1 - y2
    w = [mg.Value(name) for name in names]
    total = sum(v.exp() for v in w)
    (-sum(c * (v.exp() / total).log() for c, v in zip(y, w))).backward()
    softmax = [sympy.exp(name) / sum(map(sympy.exp, names)) for name in names]
    for i, v in enumerate(w):
        off = sympy.simplify(v.grad - (softmax[i] - y[i]))
        sheet.answer(f"with symbols, dL/dw{i + 1} less softmax(w){i + 1} - y{i + 1}, where y3 = 1 - y1 - y2", off, 0)


if __name__ == "__main__":
    worksheet(work)
