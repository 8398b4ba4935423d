"""C8. A weight that is used twice.

y = W x, u = relu(y), v = u + W u, and the loss is L = 1/2 ||v||^2, with x, y, u, v in R^n and W in R^(n x n).

(a) Write dL/dW_ij in terms of v and dv_m/dW_ij.
(b) Find dL/dW. Here it is found three ways, side by side: from the formula, by the engine, and by finite differences.
"""

import numpy as np

import minigrad as mg
from minigrad.testing import check_gradient
from minigrad.worksheet import worksheet

W, X = [[1, -1], [2, 1]], [1, 2]        # whole numbers, so that every answer is exact


def v_of(W, x):
    u = mg.relu(W @ x)
    return u + W @ u


def loss_of(W, x):
    v = v_of(W, x)
    return (v * v).sum() / 2


def formula(W, x):
    """(v u^T, diag(1[y > 0]) (I + W^T) v x^T): the part of each use of W."""
    y = W @ x
    u = np.maximum(y, 0)
    v = u + W @ u
    return np.outer(v, u) + 0.0, np.outer((y > 0) * (v + W.T @ v), x)       # + 0.0: no minus before a 0


def exactly(W, x):
    """dL/dW by the engine with Python's whole numbers: a graph of Values, no array and no rounding."""
    n = range(len(x))
    w = [[mg.Value(number) for number in row] for row in W]
    u = [sum(w[i][j] * x[j] for j in n).relu() for i in n]
    v = [u[i] + sum(w[i][j] * u[j] for j in n) for i in n]
    (sum(a * a for a in v) / 2).backward()
    return [[number.grad for number in row] for row in w]


def differences(W, x, h=1e-6):
    """(L(W + h) - L(W - h)) / 2h, entry by entry."""
    def loss(W):
        return loss_of(mg.Tensor(W), x).item()

    slopes = np.zeros_like(W)
    for at in np.ndindex(W.shape):
        step = np.zeros_like(W)
        step[at] = h
        slopes[at] = (loss(W + step) - loss(W - step)) / (2 * h)
    return slopes


def work(sheet):
    w, x = np.array(W, float), np.array(X, float)
    sheet.say(f"W = {W}, x = {X}: y = (-1, 4), u = (0, 4), v = (-4, 8), L = 40.", "",
              "(a) L = 1/2 sum_m v_m^2, so by the chain rule dL/dW_ij = sum_m v_m dv_m/dW_ij.")
    dv = mg.jacobian(v_of)(mg.Tensor(w), x).numpy()           # (n, n, n): of every v_m in every W_ij
    v = v_of(mg.Tensor(w), x).numpy()
    sheet.answer("(a) sum_m v_m dv_m/dW_ij, from the Jacobian of v", np.einsum("m,mij->ij", v, dv), [[0, -16], [20, 72]], 1e-12)

    sheet.say("", "(b) W is used twice, in y = W x and in v = u + W u, and each use adds its part:",
              "        dL/dW = v u^T + diag(1[y > 0]) (I + W^T) v x^T",
              "    The second use: v_i = u_i + sum_j W_ij u_j, so dL/dW_ij = v_i u_j, that is v u^T.",
              "    The first: u goes into v directly and through W, so dL/du = v + W^T v; the ReLU lets it pass where y > 0;",
              "    and y_i = sum_j W_ij x_j gives (dL/dy)_i x_j.")
    second, first = formula(w, x)
    sheet.answer("the part of the second use, v u^T", second, [[0, -16], [0, 32]])
    sheet.answer("the part of the first use", first, [[0, 0], [20, 40]])
    sheet.answer("dL/dW, the formula", first + second, [[0, -16], [20, 72]], published=(second.T + first).tolist(),
                 because="u_i v_j is written for v_i u_j, its transpose. In entry (0, 1), v_0 u_1 = -16 and u_0 v_1 = 0.")
    sheet.answer("dL/dW, the engine over whole numbers", exactly(W, X), [[0, -16], [20, 72]])
    sheet.answer("dL/dW, finite differences", differences(w, x), [[0, -16], [20, 72]], 1e-6)

    draw = np.random.default_rng(sheet.seed)
    n = 6 if sheet.quick else 12
    w, x = draw.standard_normal((n, n)), draw.standard_normal(n)
    by_engine = mg.grad(loss_of)(mg.Tensor(w), x).numpy()
    off = np.abs(sum(formula(w, x)) - by_engine).max() / np.abs(by_engine).max()
    sheet.say("", f"The same for a random W ({n} x {n}):")
    sheet.answer("formula against engine, largest error relative to the largest entry", off, 0, 1e-12)
    off = np.abs(differences(w, x) - by_engine).max() / np.abs(by_engine).max()
    sheet.answer("finite differences against engine, likewise", off, 0, 1e-6)

    sheet.say("", "What comes out wrong, and how check_gradient names it:")
    t = mg.Tensor(w, requires_grad=True)
    by_second, by_first = formula(w, x)
    for what, wrong, name in (("v u^T alone", by_second, "missing use"), ("the other term alone", by_first, "missing use"),
                              ("u v^T for v u^T", by_second.T + by_first, "outer product turned round")):
        found = check_gradient(wrong, lambda x: loss_of(t, x), x, wrt={"W": t})["W"]
        sheet.answer(what, found.name, name)
        sheet.say(f"      {found.sentence}")

    with sheet.figure("c8_two_uses", size=(6.4, 2.5)) as figure:
        titles = "C8: second use, v uᵀ", "first, [y>0](v + Wᵀv)xᵀ", "dL/dW, their sum"
        for axes, part, title in zip(figure.subplots(1, 3), (second, first, first + second), titles, strict=True):
            picture = axes.imshow(part, cmap="RdBu", vmin=-72, vmax=72)
            for (i, j), number in np.ndenumerate(part):
                colour = "white" if abs(number) > 45 else "black"
                axes.text(j, i, f"{number:g}", ha="center", va="center", fontsize=15, color=colour)
            axes.set(xticks=[0, 1], yticks=[0, 1], xlabel="j", ylabel="i")
            axes.set_title(title, fontsize=9)
        figure.colorbar(picture, ax=figure.axes, label="dL/dWᵢⱼ", shrink=0.9)


if __name__ == "__main__":
    worksheet(work)
