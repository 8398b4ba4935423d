"""A2. The gradient of a network with one hidden layer, by hand.

f(x) = sum_j v_j (w_j . x)+ and L = sum_i (f(x_i) - y_i)^2. Derive dL/dv_j and dL/dw_j, and write out the steps of gradient
descent. Here the formulae stand beside the engine's gradient, and a step by hand beside a step of the engine's SGD.
"""

from fractions import Fraction

import numpy as np

import minigrad as mg
from minigrad.worksheet import worksheet

RATE = 0.002


def network(v, W, X):
    return mg.relu(X @ W.T) @ v


def by_hand(v, W, X, y):
    """dL/dv (J,) and dL/dW (J, d), a row for each w_j."""
    z = X @ W.T                                                 # z_ij = w_j . x_i
    off = 2*(np.maximum(z, 0) @ v - y)                          # dL/df(x_i) = 2 (f(x_i) - y_i)
    return off @ np.maximum(z, 0), ((z > 0)*off[:, None]*v).T @ X


def work(sheet):
    sheet.say("L depends on v_j and w_j through each f(x_i), and the derivative of the square is 2 (f(x_i) - y_i). Then",
              "   df/dv_j = (w_j.x)+  and  df/dw_j = v_j 1[w_j.x > 0] x,  for (z)+ has slope 1 where z > 0 and 0 elsewhere:",
              "   dL/dv_j = sum_i 2 (f(x_i) - y_i) (w_j.x_i)+,     dL/dw_j = sum_i 2 (f(x_i) - y_i) v_j 1[w_j.x_i > 0] x_i", "")
    random = np.random.default_rng(sheet.seed)
    J, d, n = 5, 3, 20
    v, W, X, y = random.normal(size=J), random.normal(size=(J, d)), random.normal(size=(n, d)), random.normal(size=n)
    a, B = (mg.tensor(p, requires_grad=True, dtype="float64") for p in (v, W))
    mg.sum((network(a, B, mg.tensor(X, dtype="float64")) - y)**2).backward()
    gv, gW = by_hand(v, W, X, y)
    sheet.answer("dL/dv: formula against engine, largest difference", abs(a.grad - gv).max(), 0, within=1e-12)
    sheet.answer("dL/dw: formula against engine, largest difference", abs(B.grad - gW).max(), 0, within=1e-12)
    in_fractions(sheet)

    sheet.say("", f"One step of gradient descent with all samples, a = {RATE}:",
              "   v_j <- v_j - a dL/dv_j,     w_j <- w_j - a dL/dw_j", "",
              "              before    by hand     engine")
    mg.optim.SGD([a, B], lr=RATE).step()
    v1, W1 = v - RATE*gv, W - RATE*gW
    for j in range(2):
        sheet.say(f"   v_{j}       {v[j]:9.6f}  {v1[j]:9.6f}  {a[j].item():9.6f}")
        for i in range(d):
            sheet.say(f"   w_{j}[{i}]    {W[j, i]:9.6f}  {W1[j, i]:9.6f}  {B[j, i].item():9.6f}")
    sheet.say("   ...")
    found = np.concatenate([a.detach().numpy(), B.detach().numpy().ravel()])
    sheet.answer("after the step: largest difference", abs(found - np.concatenate([v1, W1.ravel()])).max(), 0, within=1e-12)
    both_ways(sheet, v, W, X, y)


def in_fractions(sheet):
    """The same over exact numbers: not near each other, but equal; and a sample on the kink, w.x = 0."""
    v, W = [Fraction(1, 2), Fraction(-3)], [[1, Fraction(-1, 3)], [2, 1]]
    X, y = [[1, 3], [Fraction(1, 4), -2], [2, 1]], [1, Fraction(1, 5), -2]
    a, B = [mg.Value(p) for p in v], [[mg.Value(p) for p in row] for row in W]
    loss = sum((sum(vj*(row[0]*x[0] + row[1]*x[1]).relu() for vj, row in zip(a, B)) - t)**2 for x, t in zip(X, y))
    loss.backward()
    gv, gW = by_hand(*(np.array(p, dtype=object) for p in (v, W, X, y)))
    sheet.answer("over Fractions: the engine's dL/dv and dL/dw are the formulae's",
                 ([p.grad for p in a], [[p.grad for p in row] for row in B]), (gv.tolist(), gW.tolist()))
    sheet.say(f"   (one sample lies on a kink, w_0.x_0 = 0, where both take slope 0; dL/dv = {', '.join(map(str, gv))})")


def both_ways(sheet, v, W, X, y):
    steps = 30 if sheet.quick else 300
    a, B, mine = *(mg.tensor(p, requires_grad=True, dtype="float64") for p in (v, W)), [v.copy(), W.copy()]
    optimiser, losses = mg.optim.SGD([a, B], lr=RATE), ([], [])
    for _ in range(steps):
        optimiser.zero_grad()
        loss = mg.sum((network(a, B, mg.tensor(X, dtype="float64")) - y)**2)
        loss.backward()
        losses[0].append(((np.maximum(X @ mine[1].T, 0) @ mine[0] - y)**2).sum())
        losses[1].append(loss.item())
        mine = [p - RATE*g for p, g in zip(mine, by_hand(*mine, X, y))]
        optimiser.step()
    sheet.answer(f"{steps} steps both ways: largest difference of the losses", np.abs(np.subtract(*losses)).max(), 0,
                 within=1e-9)
    sheet.answer("the loss falls in every step", bool((np.diff(losses[1]) < 0).all()), True)
    with sheet.figure("a2") as figure:
        axes = figure.subplots()
        axes.plot(losses[1], color="#4477aa", label="the engine's gradient, SGD")
        axes.plot(range(0, steps, max(steps//15, 1)), losses[0][::max(steps//15, 1)], "o", color="#ee7733", label="by hand")
        axes.set(xlabel="step", ylabel="L", title="A2: gradient descent both ways", ylim=(0, None))
        axes.grid(alpha=.3)
        axes.legend(fontsize="small")


if __name__ == "__main__":
    worksheet(work)
