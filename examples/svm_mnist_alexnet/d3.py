"""D3. The soft support vector machine with squared slack: its dual, and that both have the same value.

    minimise 1/2 ||w||^2 + C/2 sum_i xi_i^2   over w, b, xi   so that   y_i (w.x_i + b) >= 1 - xi_i.

(a) Why is no constraint xi >= 0 needed? (b) The Lagrangian. (c) What holds where its derivatives in w, b, xi are 0? (d) The
dual. Then both are solved with numbers: the primal by automatic differentiation of the squared hinge, the dual by projected
gradients, and their values meet.
"""

import numpy as np

import minigrad as mg
from minigrad import optim
from minigrad.worksheet import worksheet

C = 1.0


def work(sheet):
    y = np.repeat([1.0, -1.0], 20)      # two groups that overlap
    x = np.random.default_rng(sheet.seed).normal(size=(40, 2)) + 1.1 * y[:, None] * [1, .5]
    w, b = solve_primal(x, y)
    a, values = solve_dual(x, y)
    xi = np.maximum(0, 1 - y * (x @ w + b))

    sheet.say("(a) If some xi_i were negative, 0 in its place would satisfy the constraint too and cost less: at the optimum",
              "xi_i = max(0, 1 - y_i (w.x_i + b)), the squared hinge. In the dual xi_i >= 0 would have a multiplier mu_i >= 0:")
    slope = mg.grad(lambda mu: dual(a, x, y, mu))(mg.Tensor(np.zeros(40))).numpy()
    sheet.answer("the dual's slope in mu, at mu = 0, less -a/C", np.abs(slope + a / C).max(), 0, within=1e-12)
    sheet.answer("it is nowhere positive, so mu = 0 is best and the constraint changes nothing", bool((slope <= 0).all()), True)

    sheet.say("", "(b) L = 1/2 ||w||^2 + C/2 sum xi^2 - sum a_i (y_i (w.x_i + b) - 1 + xi_i), a >= 0.",
              "(c) Its derivatives, by the engine, where both solutions are put in:")
    tensors = [mg.Tensor(v, requires_grad=True) for v in (w, np.array(b), xi)]
    lagrangian(*tensors, a, x, y).backward()
    for words, tensor in zip(("w = sum a y x, for dL/dw", "sum a y = 0, for dL/db", "xi = a/C, for dL/dxi"), tensors):
        sheet.answer(f"{words} = 0: largest entry", np.abs(tensor.grad.numpy()).max(), 0, within=1e-6)
    sheet.answer("a > 0 exactly where the margin is below 1", bool(((a > 1e-6) == (xi > 1e-6)).all()), True)

    sheet.say("", "(d) With (c) put in: max sum a - 1/2 sum_ij a_i a_j y_i y_j x_i.x_j - 1/(2C) sum a^2, a >= 0, sum a y = 0.")
    lowest, highest = primal(w, b, x, y).item(), dual(a, x, y).item()
    sheet.answer("the gap: least primal less greatest dual value", lowest - highest, 0, within=1e-6)
    random = np.random.default_rng(sheet.seed)
    gaps = [primal(w + random.normal(size=2), b + random.normal(), x, y).item()
            - dual(onto(a + random.normal(size=40), y), x, y).item() for _ in range(100)]
    sheet.answer("at 100 random pairs of admissible points it is never below 0: the least", min(gaps), ("between", (0, np.inf)))
    sheet.say(f"Both are {lowest:.6f}. {(a > 1e-6).sum()} of 40 points are support vectors; without the others w is the same.",
              "The squared slack adds 1/C to the diagonal of the dual's matrix, where the plain one would ask for a <= C.")

    with sheet.figure("d3-gap") as figure:
        axes = figure.subplots()
        axes.semilogy(np.maximum(lowest - np.array(values), 1e-16), label="least primal value - dual value")
        axes.axhline(1e-6, color="black", linewidth=.8, linestyle=":", label="1e-6")
        axes.set(xlabel="step of projected gradients", ylabel="gap", title="D3. The dual climbs to the primal's minimum")
        axes.legend()
    with sheet.figure("d3-margin") as figure:
        axes = figure.subplots()
        for c, colour in ((1, "#4477aa"), (-1, "#ee7733")):
            axes.scatter(*x[y == c].T, color=colour, s=14, label=f"y = {c}")
        axes.scatter(*x.T, s=150 * a / a.max(), facecolors="none", edgecolors="black", linewidths=.8, label="ring: size of a")
        ends, (low, high) = np.array([x[:, 0].min() - .5, x[:, 0].max() + .5]), (x[:, 1].min() - .5, x[:, 1].max() + .5)
        for level, style in ((0, "-"), (1, "--"), (-1, ":")):
            axes.plot(ends, (level - b - w[0] * ends) / w[1], style, color="grey", linewidth=1, label=f"w.x + b = {level}")
        axes.set(xlabel="x1", ylabel="x2", ylim=(low, high), title="D3. Boundary, margins and support vectors")
        axes.legend(fontsize=8, loc="lower right")


def primal(w, b, x, y):
    return 0.5 * mg.sum(mg.square(w)) + C / 2 * mg.squared_hinge_loss(mg.matmul(x, w) + b, y, reduction="sum")


def lagrangian(w, b, xi, a, x, y):
    return 0.5 * mg.sum(w * w) + C / 2 * mg.sum(xi * xi) - mg.sum(a * (y * (mg.matmul(x, w) + b) - 1 + xi))


def dual(a, x, y, mu=0.0):
    """mu: a multiplier for xi >= 0; 0 in (d)."""
    return mg.sum(a) - 0.5 * mg.sum(mg.square(mg.matmul(mg.multiply(a, y), x))) - mg.sum(mg.square(mg.add(a, mu))) / (2 * C)


def solve_primal(x, y):
    w, b = mg.Tensor(np.zeros(2), requires_grad=True), mg.Tensor(np.zeros(()), requires_grad=True)
    lbfgs = optim.LBFGS([w, b], max_iter=500, tolerance_grad=1e-12, tolerance_change=1e-16, line_search_fn="strong_wolfe")

    def closure():
        lbfgs.zero_grad()
        loss = primal(w, b, x, y)
        loss.backward()
        return loss

    lbfgs.step(closure)
    return w.detach().numpy(), b.item()


def solve_dual(x, y, steps=400):
    """Projected gradients with Nesterov's momentum, from a = 0 -> a, and the dual's value after each step."""
    slope = mg.grad(lambda a: dual(a, x, y))
    rate = 1 / (np.linalg.norm(x * y[:, None], 2) ** 2 + 1 / C)         # the dual bends by 1/C at least, and by 1/rate at most
    ahead = (1 - np.sqrt(rate / C)) / (1 + np.sqrt(rate / C))
    a, before, values = np.zeros(len(y)), np.zeros(len(y)), []
    for _ in range(steps):
        point = a + ahead * (a - before)
        before, a = a, onto(point + rate * slope(mg.Tensor(point)).numpy(), y)
        values.append(dual(a, x, y).item())
    return a, values


def onto(v, y):
    """The a nearest to v with a >= 0 and sum a y = 0: max(0, v - t y) with the t, found by halving, that makes it so."""
    low, high = -np.abs(v).max() - 1, np.abs(v).max() + 1
    for _ in range(100):
        t = (low + high) / 2
        low, high = (t, high) if np.maximum(0, v - t * y) @ y > 0 else (low, t)
    return np.maximum(0, v - t * y)


if __name__ == "__main__":
    worksheet(work)
