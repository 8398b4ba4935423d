"""D1. The multiclass hinge: why a minimiser makes no training error where the classes can be separated.

For points x_i with classes y_i and a row w_j for each class,

    f(W) = 1/n sum_i max_j (w_j.x_i - w_{y_i}.x_i + 1[j != y_i]),

the *largest* violation, after Crammer and Singer (the sum over j is another loss). The prediction is argmax_j w_j.x. Say that
some W separates the data. Then f has minimum 0 (scale that W up), and where f < 1/n there is no training error. By training:
"""

import numpy as np

import minigrad as mg
from minigrad import optim
from minigrad.piecewise import draw_decisions
from minigrad.worksheet import worksheet

COLOURS = "#4477aa", "#ee7733", "#228833"


def work(sheet):
    x, y = three_groups(sheet.seed)
    n = len(x)
    sheet.say(f"{n} points of three classes, which some W separates; 1/n = {1 / n:.4f}.", "")
    random = np.random.default_rng(sheet.seed).normal(size=(3, 3))
    by_hand = np.mean([max(random[j] @ p - random[c] @ p + (j != c) for j in range(3)) for p, c in zip(x, y)])
    sheet.answer("the engine's loss less the formula, at a random W", f(random, x, y).item() - by_hand, 0, within=1e-12)
    more = mg.weston_watkins_loss(x @ random.T, y).item() - by_hand
    sheet.answer("the sum over j, another loss, is larger by", more, ("between", (1e-3, np.inf)))

    sheet.say("", "At an error some j != y has w_j.x >= w_y.x, so its term is 1 or more; no term is negative (j = y gives 0):",
              "each error adds 1/n at least. So f < 1/n leaves no room for one, and the minimum, which is 0, none either.",
              "Gradient descent from W = 0, for points drawn with several seeds. The first step, from 1, with", "",
              "   seed        no error        f < 1/n        f = 0   1 / margin, of the first W without an error")
    table = []
    for seed in range(sheet.seed, sheet.seed + (3 if sheet.quick else 10)):
        steps = descend(*three_groups(seed))
        losses, errors = (np.array([step[key] for step in steps]) for key in ("f", "errors"))
        first, below = int(np.argmax(errors == 0)), int(np.argmax(losses < 1 / n))
        table.append((steps, first, below, errors[losses < 1 / n].max(), (errors / n > losses).sum()))
        sheet.say(f"   {seed:4} {first + 1:15} {below + 1:14} {len(steps):12} {1 / steps[first]['margin']:14.1f}")
    steps, first, below, *_ = table[0]
    none = [0] * len(table)
    sheet.answer("most errors in a step with f < 1/n, for each seed", [row[3] for row in table], none)
    sheet.answer("steps with errors / n > f, for each seed", [row[4] for row in table], none)
    sheet.answer("f at the end, for each seed", [row[0][-1]["f"] for row in table], none)
    sheet.answer("seeds in which a W without an error came while f >= 1/n", sum(row[1] < row[2] for row in table), len(table))
    sheet.say("So f < 1/n is enough, and not needed.", "")

    W, margin = steps[first]["W"], steps[first]["margin"]
    sheet.answer(f"seed {sheet.seed}, the first W without an error: its margin, the least w_y.x - w_j.x, j != y", margin,
                 ("between", (1e-9, np.inf)))
    scales = np.geomspace(1, 2 / margin, 200)
    scaled = np.array([f(t * W, x, y).item() for t in scales])
    sheet.answer("f(tW) never grows with t", bool((np.diff(scaled) <= 1e-12).all()), True)
    sheet.answer("f(tW) for a t just below 1 / margin, times n", n * f(.999 / margin * W, x, y).item(), .001, within=1e-6)
    sheet.answer("f(tW) for a t just above 1 / margin", f(1.000001 / margin * W, x, y).item(), 0.0)
    sheet.say(f"Scaled by t all margins are t times as large, and from t = 1 / margin = {1 / margin:.1f} on every hinge is 0:",
              "a separator, scaled up, is a minimiser.")
    draw(sheet, steps, x, y, below, scales, scaled)


def draw(sheet, steps, x, y, below, scales, scaled):
    n, count = len(x), np.arange(1, len(steps) + 1)
    with sheet.figure("d1-training") as figure:
        axes = figure.subplots()
        axes.plot(count, [step["f"] for step in steps], color=COLOURS[0], label="f(W)")
        axes.plot(count, [step["errors"] / n for step in steps], "--", color=COLOURS[1], label="training errors / n")
        axes.axhline(1 / n, color="black", linewidth=.8, linestyle=":", label="1/n")
        axes.plot(below + 1, steps[below]["f"], "o", color="black", markersize=5, label="f < 1/n from here")
        axes.set_yscale("symlog", linthresh=1 / n / 10)
        axes.set(xlabel="step of gradient descent, from 1", xscale="log", ylim=(0, 3),
                 ylabel="f and errors / n (log, 0 at the foot)", title="D1. Errors never exceed f")
        axes.legend()
    with sheet.figure("d1-scaling") as figure:
        axes = figure.subplots()
        axes.plot(scales, scaled, color=COLOURS[0], label="f(tW)")
        axes.axhline(1 / n, color="black", linewidth=.8, linestyle=":", label="1/n")
        axes.axvline(scales[-1] / 2, color=COLOURS[1], linestyle="--", label="t = 1 / margin")
        axes.set(xlabel="t", ylabel="f(tW)", xscale="log", title="D1. A separator, scaled up, drives f to 0")
        axes.legend()
    with sheet.figure("d1-regions", size=(4.6, 4.2)) as figure:
        axes, W = figure.subplots(), steps[-1]["W"]
        draw_decisions(axes, [(W[:, :2], W[:, 2])], (-5, 5, -4, 6), [f"class {c}" for c in range(3)], COLOURS, outlines=False)
        for c in range(3):
            axes.plot(*x[y == c, :2].T, "os^"[c], color=COLOURS[c], markersize=4)
        axes.set(title="D1. argmax w.x where f = 0")


def three_groups(seed):
    """x (90, 3): points of the plane in three groups and a constant 1; y (90,): their classes."""
    y = np.repeat(np.arange(3), 30)
    spread = np.clip(.6 * np.random.default_rng(seed).normal(size=(90, 2)), -1.2, 1.2)     # cut off: they can be separated
    return np.column_stack([2.6 * (y - 1) + spread[:, 0], 2 * (y == 1) + spread[:, 1], np.ones(90)]), y


def f(W, x, y):
    return mg.crammer_singer_loss(mg.linear(x, W), y)


def descend(x, y, rate=.1, most=20000):
    """Gradient descent from W = 0 until f is 0 -> for each step f, W, its errors (a tie is one) and its smallest margin."""
    W = mg.Tensor(np.zeros((3, 3)), requires_grad=True)
    sgd, steps = optim.SGD([W], lr=rate), []
    while len(steps) < most:
        loss = f(W, x, y)
        now = W.detach().numpy().copy()
        scores, own = x @ now.T, np.arange(3) == y[:, None]
        margins = scores[own] - np.where(own, -np.inf, scores).max(1)
        steps.append({"f": loss.item(), "W": now, "errors": int((margins <= 0).sum()), "margin": margins.min()})
        if loss.item() == 0:
            break
        sgd.zero_grad()
        loss.backward()
        sgd.step()
    return steps


if __name__ == "__main__":
    worksheet(work)
