"""C4. The kinks of a ReLU network with one input and l hidden layers of k units.

(a) How many can there be? The classic bound is (2k)^l.   (b) Why is the network piecewise linear?
(c) (i) What is the least number of kinks? (iii) How does the bound grow? (iv) A net with two hidden layers needs N1 = 2k units
    for the bound (2k)^2. One with l layers of k' units has the same bound where (2k')^l = (2k)^2, with N2 = l k' units:
    draw N1 and N2 for l = 3 ... 7 and k = 1 ... 100.
(d) Compare ReLU and tanh near 0.
"""

from itertools import pairwise

import numpy as np

import minigrad as mg
from minigrad.piecewise import PiecewiseLinear, forward, kink_bounds, zigzag
from minigrad.worksheet import worksheet

LAYERS = range(3, 8)


def work(sheet):
    for part in (how_many, pieces, few_and_many, units, near_zero, draw):
        part(sheet)


def random_net(random, k, depth):
    sizes = [1, *[k]*depth, 1]
    return [(random.normal(size=(o, i)), random.normal(size=o)) for i, o in pairwise(sizes)]


def kinks(network, *interval):
    return len(PiecewiseLinear.of(network, *interval).kinks)


def how_many(sheet):
    sheet.say("(a) A layer's k units cross zero at most once on each piece, so a piece falls into k + 1 at most: after l",
              "layers there are at most (k+1)^l pieces, and (k+1)^l - 1 kinks. Kinks are found by propagating them through the",
              "layers, without a grid.", "", "    k  l   random nets    zigzag   (k+1)^l - 1   (2k)^l")
    random, tries, held = np.random.default_rng(sheet.seed), 5 if sheet.quick else 40, []
    for k, depth in ((1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3), (4, 2), (5, 2)):
        counts = [kinks(random_net(random, k, depth)) for _ in range(tries)]
        made = kinks(zigzag(k, depth))
        classic, sharp = kink_bounds(k, depth)
        held.append(max(*counts, made) <= sharp < classic)
        sheet.say(f"    {k}  {depth}   {min(counts):3} to {max(counts):3}   {made:9}   {sharp:9}   {classic:9}")
    sheet.answer("rows in which a count is above (k+1)^l - 1, or that is not below (2k)^l", held.count(False), 0)
    for k in (3, 4, 5):
        sheet.answer(f"most kinks of two hidden layers of {k} units: those of the zigzag, and no net has more",
                     kinks(zigzag(k, 2)), (k + 1)**2 - 1, published=4*k**2,
                     because=f"{k} units cut a piece into {k + 1} at most: {k + 1} x {k + 1} pieces, {(k + 1)**2 - 1} kinks.")
    sheet.say("The bound (2k)^l holds but is loose: from k = 3 on zigzag nets reach (k+1)^l - 1. Random ones stay far below.")


def pieces(sheet):
    sheet.say("", "(b) W x + b is affine, (z)+ is so on each side of 0; a composition of piecewise affine functions is one.")
    network = random_net(np.random.default_rng(sheet.seed), 4, 2)
    inside = [(p, p.low + (p.high - p.low)*share/4) for p in PiecewiseLinear.of(network).pieces[1:-1] for share in (1, 2, 3)]
    off = [forward(network, x)[0] - (p.slope*x + p.intercept) for p, x in inside]
    sheet.answer("the network itself at 3 points inside each piece, minus the piece's line, exactly", max(map(abs, off)), 0)


def few_and_many(sheet):
    sheet.say("", "(c i) On an interval the least number is 0: with biases so large that no unit crosses zero, nothing bends.")
    network = [([[1], [-2]], [1, 5]), ([[1, 1], [2, -1]], [1, 9]), ([[1, -3]], [0])]
    sheet.answer("kinks on [0, 1] of a 1-2-2-1 net whose units are all positive there", kinks(network, 0, 1), 0)
    sheet.say("(c iii) One layer more, k^2 + k parameters, multiplies (2k)^l by 2k and (k+1)^l by k + 1: exponential growth.")
    sheet.answer("kinks of the zigzag with k = 3, l = 1, 2, 3", [kinks(zigzag(3, depth)) for depth in (1, 2, 3)], [3, 15, 63])


def units(sheet):
    sheet.say("", "(c iv) N2 < N1 means l (2k)^(2/l) / 2 < 2k, that is l^l (2k)^2 < (4k)^l: compared so, in integers.")

    def side(k, n):
        ours, theirs = n**n*(2*k)**2, (4*k)**n
        return "below" if ours < theirs else "equal" if ours == theirs else "above"

    few = {n: [n*(2*k)**(2/n)/2 for k in (1, 2)] for n in LAYERS}
    for k, expected in ((1, ["above"]*5), (2, ["below", "equal", "above", "above", "above"])):
        sheet.answer(f"k = {k}: N2 against N1 = {2*k} for l = 3 ... 7", [side(k, n) for n in LAYERS], expected,
                     published=["below"]*5, because=f"for k = {k}, N2 is {', '.join(f'{few[n][k - 1]:.2f}' for n in LAYERS)}.")
    below = [all(side(k, n) == "below" for n in LAYERS) for k in range(1, 101)]
    falls = [all(n**(n*(n + 1))*(2*k)**2 > (n + 1)**(n*(n + 1)) for n in range(3, 7)) for k in range(1, 101)]
    for what, holds, first in (("all five are below", below, 3), ("N2 falls with l throughout", falls, 13)):
        sheet.answer(f"{what} up to k = 100, from k", 1 + min(i for i in range(100) if all(holds[i:])), first)
    sheet.say("So depth saves units where many kinks are wanted; for a few kinks two layers do as well.")


def near_zero(sheet):
    relu, tanh = mg.grad(mg.relu), mg.grad(mg.tanh)
    gaps = [[abs(f(mg.tensor(h)) - f(mg.tensor(-h))).item() for h in (.1, .001)] for f in (relu, lambda x: tanh(x - .2))]
    sheet.say("", "(d) Slopes at h and -h, for h = 0.1 and 0.001: those of ReLU differ by 1 however near 0, a kink; those of",
              "tanh (moved by 0.2, so that its slope changes at 0) come together: smooth.")
    sheet.answer("ReLU: differences of slope", gaps[0], [1, 1])
    sheet.answer("tanh(x - 0.2): that for 0.001 over that for 0.1", gaps[1][1]/gaps[1][0], .01, within=.001)


def draw(sheet):
    k = np.arange(1, 101)
    with sheet.figure("c4_units", size=(6.4, 3.4)) as figure:
        for axes, last, title in zip(figure.subplots(1, 2), (100, 5), ("C4: units for the same bound", "small k")):
            axes.plot(k[:last], 2*k[:last], "--", color="black", label="N1 = 2k")
            for n, colour, mark in zip(LAYERS, ("#440154", "#3b528b", "#21918c", "#5ec962", "#ccaa22"), "osD^v"):
                axes.plot(k[:last], n*(2*k[:last])**(2/n)/2, marker=mark if last < 100 else None, markersize=4, color=colour,
                          label=f"N2, l = {n}")
            axes.set(xlabel="k", xticks=range(1, 6) if last == 5 else range(0, 101, 20), ylabel="hidden units", title=title)
            axes.grid(alpha=.3)
        axes.legend(fontsize="small")
    nets = [PiecewiseLinear.of(zigzag(3, depth)) for depth in (1, 2, 3)]
    with sheet.figure("c4_zigzag") as figure:
        figure.suptitle("C4: zigzag networks")
        for axes, depth, f in zip(figure.subplots(3, 1, sharex=True), (1, 2, 3), nets):
            x = [0, *(float(x) for x in f.kinks if 0 < x < 1), 1]
            axes.plot(x, f(x), color="#4477aa", linewidth=1, label=f"l = {depth}: {len(f.kinks)} kinks from {3*depth} units")
            axes.set(ylabel="f(x)", ylim=(-.1, 1.75), yticks=[0, 1])
            axes.legend(fontsize="small", loc="upper right")
        axes.set_xlabel("x  (hidden layers of k = 3 units)")


if __name__ == "__main__":
    worksheet(work)
