"""D1. The multiclass hinge: why a minimiser makes no training error where the classes can be separated.

For points x_i with classes y_i and a row w_j for each class,

    f(W) = 1/n sum_i max_j (w_j.x_i - w_{y_i}.x_i + 1[j != y_i]),

the *largest* violation, after Crammer and Singer (the sum over j is another loss). The prediction is argmax_j w_j.x. Say that
some W separates the data. Then f has minimum 0 (scale that W up), and where f < 1/n there is no training error. By training:
"""

import numpy as np

import minigrad as mg
from minigrad import optim
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

    steps = descend(x, y)
    losses, errors = (np.array([step[key] for step in steps]) for key in ("f", "errors"))
    sheet.answer("at every step errors / n <= f", bool((errors / n <= losses).all()), True)
    below = int(np.flatnonzero(losses < 1 / n)[0])
    sheet.answer(f"errors in the first step with f < 1/n, which is {below + 1}", int(errors[below]), 0)
    sheet.answer("errors in any step with f < 1/n, at most", int(errors[losses < 1 / n].max()), 0)
    sheet.answer("f at the end", losses[-1], 0.0)
    sheet.say("At an error some j != y has w_j.x >= w_y.x, so its term is 1 or more, and no term is negative (j = y gives 0):",
              "each error adds 1/n at least. So f < 1/n leaves no room for one, and the minimum, which is 0, none either.", "")

    first = int(np.flatnonzero(errors == 0)[0])
    W, margin = steps[first]["W"], steps[first]["margin"]
    sheet.answer(f"f of the first W without an error, in step {first + 1}", losses[first], ("between", (1 / n, 3)))
    sheet.say("So f < 1/n is enough, and not needed.")
    sheet.answer("its margin, the least w_y.x - w_j.x of all points and j != y", margin, ("between", (1e-9, np.inf)))
    scales = np.geomspace(1, 2 / margin, 200)
    scaled = np.array([f(t * W, x, y).item() for t in scales])
    sheet.answer("f(tW) never grows with t", bool((np.diff(scaled) <= 1e-12).all()), True)
    sheet.answer("f(tW) for a t just above 1 / margin", f(1.000001 / margin * W, x, y).item(), 0.0)
    sheet.say(f"Scaled by t all margins are t times as large, and from t = 1 / margin = {1 / margin:.1f} on every hinge is 0:",
              "a separator, scaled up, is a minimiser.")

    with sheet.figure("d1-training") as figure:
        axes = figure.subplots()
        count = np.arange(1, len(steps) + 1)
        axes.plot(count, losses, color=COLOURS[0], label="f(W)")
        axes.plot(count, errors / n, color=COLOURS[1], label="training errors / n")
        axes.axhline(1 / n, color="black", linewidth=.8, linestyle=":", label="1/n")
        axes.plot(below + 1, losses[below], "o", color="black", markersize=5, label="f < 1/n from here")
        axes.set_yscale("symlog", linthresh=1 / n / 10)
        axes.set(xlabel="step of gradient descent, from 1", xscale="log", ylim=(0, 3),
                 ylabel="f and errors / n (log, 0 at the foot)", title="D1. Errors never exceed f")
        axes.legend()
    with sheet.figure("d1-scaling") as figure:
        axes = figure.subplots()
        axes.plot(scales, scaled, color=COLOURS[0], label="f(tW)")
        axes.axhline(1 / n, color="black", linewidth=.8, linestyle=":", label="1/n")
        axes.axvline(1 / margin, color=COLOURS[1], linestyle="--", label="t = 1 / margin")
        axes.set(xlabel="t", ylabel="f(tW)", xscale="log", title="D1. A separator, scaled up, drives f to 0")
        axes.legend()
    with sheet.figure("d1-regions") as figure:
        axes, ticks = figure.subplots(), np.linspace(-5, 5, 401)
        grid = np.stack([*np.meshgrid(ticks, ticks), np.ones((401, 401))], -1)
        classes = (grid @ steps[-1]["W"].T).argmax(-1)
        axes.contourf(ticks, ticks, classes, levels=[-.5, .5, 1.5, 2.5], colors=COLOURS, alpha=.25)
        for c in range(3):
            axes.plot(*x[y == c, :2].T, "os^"[c], color=COLOURS[c], markersize=4, label=f"class {c}")
        axes.set(xlabel="x1", ylabel="x2", aspect="equal", title="D1. argmax w.x where f = 0")
        axes.legend(loc="upper right")


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
