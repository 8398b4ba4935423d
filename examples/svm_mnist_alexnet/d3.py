"""D3. The soft support vector machine with squared slack: its dual, and that both have the same value.

    minimise 1/2 ||w||^2 + C/2 sum_i xi_i^2   over w, b, xi   so that   y_i (w.x_i + b) >= 1 - xi_i.

(a) Why is no constraint xi >= 0 needed? (b) The Lagrangian. (c) What holds where its derivatives in w, b, xi are 0? (d) The
dual. Then both are solved with numbers (soft_svm.py): the primal by automatic differentiation of the squared hinge, the dual by
projected gradients, and their values meet.
"""

import numpy as np
from soft_svm import C, dual, lagrangian, onto, primal, solve_dual, solve_primal, two_groups

import minigrad as mg
from minigrad.worksheet import worksheet


def work(sheet):
    problems = [two_groups(seed) for seed in range(sheet.seed, sheet.seed + (3 if sheet.quick else 10))]
    solved = [(solve_primal(*problem), *solve_dual(*problem)) for problem in problems]
    (x, y), ((w, b), a, values) = problems[0], solved[0]
    xi = np.maximum(0, 1 - y * (x @ w + b))
    sheet.say("(a) If some xi_i were negative, 0 in its place would satisfy the constraint too and cost less: at the optimum",
              "xi_i = max(0, 1 - y_i (w.x_i + b)), the squared hinge. In the dual xi_i >= 0 would have a multiplier mu_i >= 0:")
    slope = mg.grad(lambda mu: dual(a, x, y, mu))(mg.Tensor(np.zeros(40))).numpy()
    sheet.answer("the dual's slope in mu, at mu = 0, less -a/C", np.abs(slope + a / C).max(), 0, within=1e-12)
    sheet.answer("entries in which it is positive: as there is none, mu = 0 is best, and nothing changes", (slope > 0).sum(), 0)

    sheet.say("", "(b) L = 1/2 ||w||^2 + C/2 sum xi^2 - sum a_i (y_i (w.x_i + b) - 1 + xi_i), a >= 0.",
              "(c) Its derivatives, by the engine, where both solutions are put in:")
    tensors = [mg.Tensor(v, requires_grad=True) for v in (w, np.array(b), xi)]
    lagrangian(*tensors, a, x, y).backward()
    for words, tensor in zip(("w = sum a y x, for dL/dw", "sum a y = 0, for dL/db", "xi = a/C, for dL/dxi"), tensors):
        sheet.answer(f"{words} = 0: largest entry", np.abs(tensor.grad.numpy()).max(), 0, within=1e-6)
    sheet.answer("points with a > 0 but no slack, or with slack but a = 0", ((a > 1e-6) != (xi > 1e-6)).sum(), 0)

    sheet.say("", "(d) (c) put into L: max sum a - 1/2 sum a_i a_j y_i y_j x_i.x_j - 1/(2C) sum a^2, a >= 0, sum a y = 0.")
    random = np.random.default_rng(sheet.seed)
    other = onto(random.normal(size=40), y)
    put_in = lagrangian((other * y) @ x, random.normal(), other / C, other, x, y).item()
    sheet.answer("L with w = sum a y x, xi = a/C and any b, less that, at a random admissible a",
                 put_in - dual(other, x, y).item(), 0, within=1e-12)
    gaps = [primal(*best, *problem).item() - dual_values[-1] for problem, (best, _, dual_values) in zip(problems, solved)]
    support = sorted(int((a > 1e-6).sum()) for _, a, _ in solved)
    sheet.answer(f"least primal less greatest dual value: the largest gap of {len(gaps)} seeds", max(map(abs, gaps)), 0,
                 within=1e-6)
    off = [primal(w + t * random.normal(size=2), b + t * random.normal(), x, y).item()
           - dual(onto(a + t * random.normal(size=40), y), x, y).item() for t in np.geomspace(1e-3, 1, 100)]
    sheet.answer("at 100 other admissible pairs, from near to far, the least gap", min(off), ("between", (0, np.inf)))
    sheet.say(f"Both are {values[-1]:.6f} for seed {sheet.seed}. Of 40 points {support[0]} to {support[-1]}, by the seed, are "
              "support vectors, a > 0.")
    again = solve_primal(x[a > 1e-6], y[a > 1e-6])
    sheet.answer("w and b without the other points: largest change", max(*abs(again[0] - w), abs(again[1] - b)), 0, 1e-6)
    sheet.say("The squared slack adds 1/C to the diagonal of the dual's matrix; the plain one, C sum xi, asks for a <= C.")
    draw(sheet, x, y, w, b, a, primal(w, b, x, y).item() - np.array(values))


def draw(sheet, x, y, w, b, a, gap):
    with sheet.figure("d3", size=(6.4, 3.5)) as figure:
        left, right = figure.subplots(1, 2)
        left.semilogy(gap[:int(np.argmax(gap < 1e-13))], color="#4477aa", label="least primal - dual value")
        left.axhline(1e-6, color="black", linewidth=.8, linestyle=":", label="1e-6")
        left.set(xlabel="step of projected gradients", ylabel="gap, down to rounding", title="D3: the dual climbs")
        left.legend(fontsize=8)
        for c, colour, mark in ((1, "#4477aa", "o"), (-1, "#ee7733", "s")):
            right.scatter(*x[y == c].T, color=colour, s=12, marker=mark, label=f"y = {c}")
        right.scatter(*x.T, s=150 * a / a.max(), facecolors="none", edgecolors="black", linewidths=.8, label="ring: a")
        ends, (low, high) = np.array([x[:, 0].min() - .5, x[:, 0].max() + .5]), (x[:, 1].min() - 3, x[:, 1].max() + .5)
        for level, style in ((0, "-"), (1, "--"), (-1, ":")):
            right.plot(ends, (level - b - w[0] * ends) / w[1], style, color="grey", linewidth=1, label=f"w.x + b = {level}")
        right.set(xlabel="x₁", ylabel="x₂", ylim=(low, high), title="boundary and support vectors")
        right.legend(fontsize=7, loc="lower center", ncols=2)


if __name__ == "__main__":
    worksheet(work)
