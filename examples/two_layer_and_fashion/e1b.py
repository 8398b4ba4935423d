"""E1b. The smallest network that bends: two inputs, two ReLU neurons, two outputs, trained on 200 points of two classes.

How many of the points does it get right, and which part of the plane does it give to which class? With twelve parameters the
answer depends on where the training starts: many starts end in a poor place that no small step leads out of. So it is started
anew many times, from seeded initial values, trained with L-BFGS (a second-order method), and the answer is the best of them,
with the distribution of all.
"""

import numpy as np

import minigrad as mg
from minigrad import nn, optim
from minigrad.piecewise import draw_decisions
from minigrad.worksheet import worksheet

CORNERS = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]])     # the points of E1a: two of class 1, two of class 2
COLOURS = "#4477aa", "#ee7733"


def work(sheet):
    points = mg.data.apm598()
    x, y = points.images.astype(np.float64), points.labels
    restarts, groups = (40, 4) if sheet.quick else (150, 5)
    nets = [trained(x, y, sheet.seed + k) for k in range(restarts)]
    losses = np.array([loss_of(net, x, y) for net in nets])
    accuracies = np.array([(classes(net, x) == y).mean() for net in nets])
    best = nets[int(losses.argmin())]       # by the loss, which is what was minimised

    sheet.answer("points of class 1 and of class 2", np.bincount(y), [100, 100])
    sheet.answer("parameters", sum(p.size for p in best.parameters()), 12)
    sheet.say("", f"{restarts} restarts; an independent check of 150, also with a second-order method: median .745, best .935.")
    sheet.answer("best accuracy", accuracies.max(), .935, within=.01)
    sheet.answer("accuracy of the restart with the smallest loss", accuracies[losses.argmin()], .935, within=.01)
    sheet.answer("median accuracy", np.median(accuracies), .745, within=.03)
    low, *quartiles = np.quantile(accuracies, [0, .25, .75])
    sheet.say(f"   the worst {low:.3f}; a quarter is below {quartiles[0]:.3f}, a quarter above {quartiles[1]:.3f}")
    sheet.answer(f"best of each {restarts // groups} restarts in a row", accuracies.reshape(groups, -1).max(1), [.935] * groups,
                 within=.03)
    strip = np.array([(classes(net, CORNERS) == [0, 0, 1, 1]).all() for net in nets])
    sheet.answer("every network above .76, and no other, gives the four points of E1a to the right classes",
                 bool((strip == (accuracies > .76)).all()), True)
    sheet.say("Class 1 lies around (-1, 0) and (1, 0), class 2 around (0, -1) and (0, 1): the four points of E1a, with noise.",
              f"{strip.sum()} of {restarts} networks found the strip that has class 2 on both sides. The others give one of",
              "the four groups up, which leaves three quarters of the points right at best, and small steps lead to nothing",
              "better: a single run says little. All points were trained on, so these are training accuracies.")

    with sheet.figure("e1b-restarts") as figure:
        axes = figure.subplots()
        axes.hist([accuracies[~strip], accuracies[strip]], np.arange(.4875, .9625, .025), stacked=True,
                  color=("#bbbbbb", "#228833"), label=["a group is given up", "the strip is found"])
        axes.axvline(np.median(accuracies), color="black", linestyle=":", label=f"median {np.median(accuracies):.3f}")
        axes.set(xlabel="accuracy on the 200 points", ylabel="restarts", title=f"E1b. Where {restarts} restarts end")
        axes.legend(loc="upper left")
    with sheet.figure("e1b-regions") as figure:
        draw(figure.subplots(), best, x, y, f"E1b. The best of {restarts}: accuracy {accuracies[losses.argmin()]:.3f}")


def trained(x, y, seed):
    """A 2-2-2 network, trained from the initial values of a seed."""
    mg.manual_seed(seed)
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)).to(np.float64)
    criterion = nn.CrossEntropyLoss()
    lbfgs = optim.LBFGS(net.parameters(), max_iter=300, tolerance_grad=1e-6, line_search_fn="strong_wolfe")

    def closure():
        lbfgs.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        return loss

    lbfgs.step(closure)
    return net


def loss_of(net, x, y):
    with mg.no_grad():
        return nn.functional.cross_entropy(net(x), y).item()


def classes(net, x):
    """The class, 0 or 1, that the network gives to each of the points x (N, 2)."""
    with mg.no_grad():
        return net(x).numpy().argmax(1)


def draw(axes, net, x, y, title):
    """The plane as the network divides it, exactly; its two neurons' kinks, which are the edges of its regions; the points."""
    box = -2, 2, -2, 2
    draw_decisions(axes, net, box, ["class 1 here", "class 2 here"], COLOURS)
    axes.plot([], [], color="#555555", label="a neuron's kink")
    for c in (0, 1):
        axes.plot(*x[y == c].T, "os"[c], color=COLOURS[c], markersize=3.5, label=f"point of class {c + 1}")
    wrong = x[classes(net, x) != y]
    axes.plot(*wrong.T, "o", color="black", markersize=7, markerfacecolor="none", label=f"wrong ({len(wrong)})")
    axes.set(title=title)
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))


if __name__ == "__main__":
    worksheet(work)
