"""E2. Interpolation by a network with one hidden layer of ReLUs.

(a) Given y0, y1, y2 at x = 0, 1/2, 1: f(x) = y0 + 2 (y1 - y0) relu(x) + 2 (y2 - 2 y1 + y0) relu(x - 1/2).
(b) Given x_0 < ... < x_N and y_0 ... y_N: find such a network, with N units, that passes through every point.
Extra: if g is continuous on [0, 1], and the points lie on it with x_0 = 0, x_N = 1 and gaps of at most h, then
max |g - f| <= omega_g(h), the most that g changes over a distance of h.
"""

from fractions import Fraction

import numpy as np

from minigrad.piecewise import PiecewiseLinear, as_module, interpolate
from minigrad.worksheet import worksheet

half = Fraction(1, 2)
COLOURS = ("#4477aa", "#228833", "#ee7733")


def work(sheet):
    three_points(sheet)
    many_points(sheet)
    how_near(sheet)


def three_points(sheet):
    sheet.say("(a) f(0) = y0. Up to 1/2 the slope is 2 (y1 - y0), then it must be 2 (y2 - y1): it changes by 2 (y2 - 2 y1 +",
              "y0). f is linear in (y0, y1, y2), so it is right for all if it is for (1, 0, 0), (0, 1, 0) and (0, 0, 1):")
    x = PiecewiseLinear.line()
    for y in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        y0, y1, y2 = y
        f = y0 + 2*(y1 - y0)*x.relu() + 2*(y2 - 2*y1 + y0)*(x - half).relu()
        sheet.answer(f"y = {y}: f(0), f(1/2), f(1)", (f(0), f(half), f(1)), y)
    (W1, b1), (W2, b2) = interpolate([0, half, 1], [3, 1, 4])
    sheet.answer("weights for y = (3, 1, 4): units relu(1 x + b), b =", (W1, b1), ([[1], [1]], [0, -half]))
    sheet.answer("and y0, 2 (y1 - y0), 2 (y2 - 2 y1 + y0) =", [*b2, *W2[0]], [3, -4, 10])


def many_points(sheet):
    sheet.say("", "(b) f(x) = y_0 + sum_i (s_i - s_{i-1}) relu(x - x_i), i < N, with s_i the slope from point i to the next,",
              "and s_{-1} = 0. On [x_i, x_{i+1}] the units 0 ... i are on, and their weights add up to s_i: f starts at y_0,",
              "and has on each interval the slope that leads to the next point.")
    random = np.random.default_rng(sheet.seed)
    n = 12
    xs = sorted({Fraction(int(p), 97) for p in random.choice(500, n + 1, replace=False)})
    ys = [Fraction(int(p), 7) for p in random.integers(-20, 20, n + 1)]
    network = interpolate(xs, ys)
    f = PiecewiseLinear.of(network)
    sheet.answer(f"units for {n + 1} points", len(network[0][0]), n)
    sheet.answer("largest |f(x_i) - y_i| over Fractions", max(abs(f(x) - y) for x, y in zip(xs, ys)), 0)
    x = np.array(xs, float)
    off = as_module(network)(x[:, None])[:, 0] - np.array(ys, float)
    sheet.answer("the same in the engine, in float64", abs(off).max(), 0, within=1e-12)
    sheet.answer("kinks of f lie at points other than the last", set(f.kinks) <= set(xs[:-1]), True)
    with sheet.figure("e2_points") as figure:
        axes = figure.subplots()
        far = np.array([float(xs[0]) - .4, *x, float(xs[-1]) + .2])
        axes.plot(far, f(far), color="#4477aa", label=f"network with {n} units")
        axes.plot(x, np.array(ys, float), "o", color="#ee7733", label=f"{n + 1} given points")
        axes.set(xlabel="x", ylabel="y", title="E2b: through every point", ylim=(-4.2, 3))
        axes.grid(alpha=.3)
        axes.legend(fontsize="small", loc="lower center", ncols=2)


def how_near(sheet):
    sheet.say("", "Extra: between two of the points f(x) is a weighted mean of their values, and g(x) is within omega_g(h) of",
              "both. Uniform continuity: omega_g(h) -> 0 as h -> 0, so for any eps there is an N with max |g - f| < eps.")
    steps = 64 if sheet.quick else 256
    counts = [n for n in (2, 4, 8, 16, 32, 64) if n < steps]
    random = np.random.default_rng(sheet.seed)
    walk = PiecewiseLinear([Fraction(i, steps) for i in range(steps + 1)],
                           [Fraction(int(s), 16) for s in np.cumsum([0, *random.choice([-1, 1], steps)])])
    third = PiecewiseLinear([Fraction(1, 3)], [0], -1, 1)
    functions = {"sin x": (np.sin, np.sin, lambda f, n: max(abs(f(t) - np.sin(t)) for t in np.linspace(0, 1, 20*n + 1))),
                 "|x - 1/3|": (third, lambda h: min(h, 2/3), None), "a random walk": (walk, None, None)}
    with sheet.figure("e2_error") as figure:
        axes = figure.subplots()
        for (name, (g, omega, measure)), colour in zip(functions.items(), COLOURS):
            errors, bounds = [], []
            for n in counts:
                xs = [Fraction(i, n) for i in range(n + 1)]
                f = PiecewiseLinear.of(interpolate(xs, [g(x) if omega is not np.sin else float(np.sin(float(x))) for x in xs]))
                errors.append(measure(f, n) if measure else float(max(map(abs, (g - f).extremes(0, 1)))))
                bounds.append(float(omega(1/n)) if omega else float(most_change(g, steps, steps//n)))
            sheet.answer(f"{name}: error of N = {counts} over omega(1/N), largest ratio", max(np.divide(errors, bounds)),
                         ("between", (0, 1)))
            axes.loglog(counts, bounds, linestyle=(4*(g is third), (4, 4)), color=colour, label=f"{name}: bound ω(1/N)")
            axes.loglog(counts, errors, "o-", color=colour, label=f"{name}: max |g - f|", markersize=4)
        axes.minorticks_off()
        axes.set_xticks(counts, map(str, counts))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.set(xlabel="N, units of the network", ylabel="uniform error on [0, 1]", title="E2: how near")
        axes.grid(alpha=.3)
        axes.legend(fontsize="x-small", loc="lower left")
    sheet.say("All lie below their bounds. The smooth function's error falls as 1/N^2, far faster; at a kink it falls as",
              "1/N, that of the random walk hardly faster than its bound. The last two are exact: differences at kinks.")


def most_change(g, steps, reach):
    """omega_g(reach/steps) of a function that is straight between multiples of 1/steps: it is attained at two of these."""
    values = [g(Fraction(i, steps)) for i in range(steps + 1)]
    return max(max(values[i:i + reach + 1]) - min(values[i:i + reach + 1]) for i in range(steps + 1))


if __name__ == "__main__":
    worksheet(work)
