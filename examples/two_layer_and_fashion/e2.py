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
    sheet.answer("y = (3, 1, 4): W1 and b1, of units relu(W1 x + b1)", (W1, b1), ([[1], [1]], [0, -half]))
    sheet.answer("y = (3, 1, 4): b2 = y0 and W2 = 2 (y1 - y0), 2 (y2 - 2 y1 + y0)", [*b2, *W2[0]], [3, -4, 10])


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
    sheet.answer("kinks of f that are not at one of the first N points", len(set(f.kinks) - set(xs[:-1])), 0)
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
              "both. Uniform continuity: omega_g(h) -> 0 as h -> 0, so any eps has an N with max |g - f| < eps. With h = 1/N:")
    steps, counts = (512, [2, 4, 8, 16, 32]) if sheet.quick else (2048, [2, 4, 8, 16, 32, 64, 128])
    heights = np.cumsum([0, *np.random.default_rng(sheet.seed).choice([-1, 1], steps)])
    walk = PiecewiseLinear([Fraction(i, steps) for i in range(steps + 1)], [Fraction(int(s), 16) for s in heights])
    functions = {"sin x": np.sin, "|x - 1/3|": PiecewiseLinear([Fraction(1, 3)], [0], -1, 1), "a random walk": walk}
    errors = {name: [error(g, n) for n in counts] for name, g in functions.items()}
    bounds = {"sin x": [np.sin(1/n) for n in counts], "|x - 1/3|": [min(1/n, 2/3) for n in counts],
              "a random walk": [float(most_change(walk, steps, steps//n)) for n in counts]}
    sheet.say("        " + "".join(f"{name:>26}" for name in functions), "     N  " + "   max |g - f|  omega(1/N)"*3)
    for i, n in enumerate(counts):
        sheet.say(f"   {n:3}  " + "".join(f"{float(errors[name][i]):14.3g}{bounds[name][i]:12.3g}" for name in functions))
    sheet.say("")
    for name in functions:
        sheet.answer(f"{name}: max |g - f| over omega(1/N), the largest for any N",
                     max(float(e)/bound for e, bound in zip(errors[name], bounds[name])), ("between", (0, 1)))
    slopes = {name: float(np.polyfit(np.log(counts), np.log(np.array(errors[name], float)), 1)[0]) for name in functions}
    sheet.answer("sin x: slope of log max |g - f| against log N, fitted", slopes["sin x"], -2, within=.1)
    sheet.answer(f"sin x: N^2 max |g - f| at N = {n}, beside max |g''|/8", n**2*errors["sin x"][-1], np.sin(1)/8, within=.002)
    sheet.answer("|x - 1/3|: the fitted slope", slopes["|x - 1/3|"], -1, within=1e-9)
    sheet.answer("|x - 1/3|: N max |g - f|", sorted({n*e for n, e in zip(counts, errors["|x - 1/3|"])}), [Fraction(4, 9)])
    sheet.answer("a random walk: the fitted slope", slopes["a random walk"], ("between", (-.9, -.1)))
    sheet.say("All lie below their bounds. Where g is smooth the error falls as 1/N^2: Taylor's formula leaves max |g''| h^2/8",
              "between two points. At a kink it falls as 1/N, as its bound does; that of the walk more slowly, as its bound.")
    with sheet.figure("e2_error") as figure:
        axes = figure.subplots()
        for i, (name, colour, mark) in enumerate(zip(functions, ("#4477aa", "#228833", "#ee7733"), "os^")):
            axes.loglog(counts, bounds[name], linestyle=(5*i, (5, 5)), color=colour)          # two of them nearly coincide
            axes.loglog(counts, [float(e) for e in errors[name]], f"{mark}-", color=colour, markersize=5,
                        label=f"{name}, slope {slopes[name]:.2f}")
        axes.plot([], [], "--", color="grey", label="bounds ω(1/N)")
        axes.set_xticks(counts, map(str, counts), minor=False)
        axes.yaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
        axes.set(xlabel="N, units of the network", ylabel="max |g - f| on [0, 1]", title="E2: how near")
        axes.grid(alpha=.3)
        axes.legend(fontsize="small", loc="lower left")


def error(g, n):
    """max |g - f| on [0, 1], f through n + 1 points: no grid is looked at."""
    xs = [Fraction(i, n) for i in range(n + 1)]
    if g is np.sin:                     # concave there: on a piece it is farthest from f where cos x is the slope of the piece
        f = PiecewiseLinear.of(interpolate(xs, np.sin(np.array(xs, float))))
        return max(float(np.sin(x) - f(x)) for x in np.arccos(np.array(f.on(0, 1).slopes, float)))
    return max(map(abs, (g - PiecewiseLinear.of(interpolate(xs, [g(x) for x in xs]))).extremes(0, 1)))


def most_change(g, steps, reach):
    """omega_g(reach/steps) of a function that is straight between multiples of 1/steps: it is attained at two of these."""
    values = [g(Fraction(i, steps)) for i in range(steps + 1)]
    return max(max(values[i:i + reach + 1]) - min(values[i:i + reach + 1]) for i in range(steps + 1))


if __name__ == "__main__":
    worksheet(work)
