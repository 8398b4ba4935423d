"""A3. Compressing a layer: W (J x d) is replaced by its best approximation of rank r.

f(x) = sum_j v_j (w_j . x)+ and f_r the same with the rows of W_r. Show that |f(x) - f_r(x)| <= ||v||_2 sigma_{r+1} for every x
of length 1, and draw the bound and the largest difference that is found, against r.
"""

import numpy as np

from minigrad.piecewise import low_rank
from minigrad.worksheet import worksheet


def f(v, W, x):
    """x (n, d) -> (n,)"""
    return np.maximum(x @ W.T, 0) @ v


def work(sheet):
    sheet.say("|f - f_r| <= sum_j |v_j| |(w_j.x)+ - (w'_j.x)+|",
              "          <= sum_j |v_j| |((W - W_r) x)_j|        ( )+ moves by no more than its input",
              "          <= ||v||_2 ||(W - W_r) x||_2            Cauchy and Schwarz",
              "          <= ||v||_2 sigma_{r+1} ||x||_2          the largest singular value of W - W_r",
              "and for ||x|| = 1 that is the bound; the SVD, cut off after r terms, leaves sigma_{r+1} as the largest.", "")
    random = np.random.default_rng(sheet.seed)
    J, d = 24, 16
    u, _ = np.linalg.qr(random.normal(size=(J, J)))
    w, _ = np.linalg.qr(random.normal(size=(d, d)))
    W = (u[:, :d]*.75**np.arange(d)) @ w                        # singular values 1, .75, .75^2 ...
    v = random.normal(size=J)
    ranks, bounds, found = range(d + 1), [], []
    sheet.say("    r   numbers kept   bound      largest difference found")
    for r in ranks:
        small = low_rank(W, r)
        bounds.append(small.bound(v))
        found.append(largest(v, W, small.matrix, random, 300 if sheet.quick else 5000))
        sheet.say(f"   {r:2}   {r*(J + d):4} of {J*d}    {bounds[-1]:.6f}   {found[-1]:.6f}")
    sheet.answer("ranks at which the bound is crossed", [r for r in ranks if found[r] > bounds[r] + 1e-12], [])
    sheet.answer("bound at full rank", bounds[-1], 0)
    sheet.answer("largest difference at full rank: rounding", found[-1], 0, within=1e-13)
    sheet.answer("sigma_{r+1} is the spectral norm of W - W_r: largest difference", max(
        abs(np.linalg.norm(W - low_rank(W, r).matrix, 2) - low_rank(W, r).error) for r in ranks), 0, within=1e-13)
    sheet.answer("two factors are fewer numbers than W up to rank", max(r for r in ranks if r*(J + d) < J*d), 9)
    sheet.say("Here the bound is not reached: neurons that are off in f and in f_r add nothing to the difference, and what the",
              "others add has both signs. But no smaller bound holds for all networks, for a single neuron reaches this one:")
    one, at = low_rank([[3, 4]], 0), np.array([[.6, .8]])
    sheet.answer("f(x) = 2 (3 x1 + 4 x2)+, r = 0: the difference at x = (3/5, 4/5), and the bound",
                 (f(np.array([2]), np.array([[3, 4]]), at)[0], one.bound([2])), (10, 10), within=1e-12)
    with sheet.figure("a3") as figure:
        axes = figure.subplots()
        axes.plot(ranks, bounds, "s--", color="#ee7733", label="bound ‖v‖ σᵣ₊₁", markersize=4)
        axes.plot(ranks, found, "o-", color="#4477aa", label="largest |f(x) - fᵣ(x)| found, ‖x‖ = 1", markersize=4)
        axes.set(xlabel="rank r (W is 24 x 16)", ylabel="difference", title="A3: how far off a layer of rank r is")
        axes.grid(alpha=.3)
        axes.legend(fontsize="small")


def largest(v, W, W_r, random, tries):
    """The largest |f - f_r| on the unit sphere that a climb from the best random x finds."""
    x = random.normal(size=(tries, W.shape[1]))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    best = x[np.argsort(-abs(f(v, W, x) - f(v, W_r, x)))[:20]]
    most = abs(f(v, W, x) - f(v, W_r, x)).max()
    for step in np.geomspace(.5, .001, 60):
        off = f(v, W, best) - f(v, W_r, best)
        slope = np.sign(off)[:, None]*(((best @ W.T > 0)*v) @ W - ((best @ W_r.T > 0)*v) @ W_r)
        best = best + step*slope/(np.linalg.norm(slope, axis=1, keepdims=True) + 1e-30)
        best /= np.linalg.norm(best, axis=1, keepdims=True)
        most = max(most, abs(f(v, W, best) - f(v, W_r, best)).max())
    return most


if __name__ == "__main__":
    worksheet(work)
