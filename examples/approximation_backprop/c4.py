"""C4. The kinks of a ReLU network with one input and l hidden layers of k units.

(a) How many can there be? The classic bound is (2k)^l.   (b) Why is the network piecewise linear?
(c) (i) What is the least number of kinks? (iii) How does the bound grow? (iv) A net with two hidden layers needs N1 = 2k units
    for the bound (2k)^2. One with l layers of k' units has the same bound where (2k')^l = (2k)^2, with N2 = l k' units:
    draw N1 and N2 for l = 3 ... 7 and k = 1 ... 100.
(d) Compare ReLU and tanh near 0.
"""

from fractions import Fraction
from itertools import pairwise

import numpy as np

import minigrad as mg
from minigrad.piecewise import PiecewiseLinear, forward, kink_bounds, zigzag
from minigrad.worksheet import worksheet

LAYERS = range(3, 8)


def work(sheet):
    for part in (how_many, pieces, few_and_many, units, near_zero):
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
    random, tries, held = np.random.default_rng(sheet.seed), 5 if sheet.quick else 40, True
    for k, depth in ((1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3), (4, 2), (5, 2)):
        counts = [kinks(random_net(random, k, depth)) for _ in range(tries)]
        made = kinks(zigzag(k, depth))
        classic, sharp = kink_bounds(k, depth)
        held = held and max(*counts, made) <= sharp < classic
        sheet.say(f"    {k}  {depth}   {min(counts):3} to {max(counts):3}   {made:9}   {sharp:9}   {classic:9}")
    sheet.answer("every count is at most (k+1)^l - 1, which is below (2k)^l", held, True)
    for k in (3, 4, 5):
        sheet.answer(f"most kinks of two hidden layers of {k} units: those of the zigzag, and no net has more",
                     kinks(zigzag(k, 2)), (k + 1)**2 - 1, published=4*k**2)
    sheet.say("The bound (2k)^l holds but is loose: from k = 3 on zigzag nets reach (k+1)^l - 1. Random ones stay far below.")


def pieces(sheet):
    sheet.say("", "(b) W x + b is affine, (z)+ is so on each side of 0; a composition of piecewise affine functions is one.")
    network = random_net(np.random.default_rng(sheet.seed), 4, 2)
    f, off = PiecewiseLinear.of(network), []
    for piece in f.pieces[1:-1]:
        for share in (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)):
            x = piece.low + share*(piece.high - piece.low)
            off.append(forward(network, x)[0] - (piece.slope*x + piece.intercept))
    sheet.answer("the network itself at 3 points inside each piece, minus the piece's line, exactly", max(map(abs, off)), 0)


def few_and_many(sheet):
    sheet.say("", "(c i) On an interval the least number is 0: with biases so large that no unit crosses zero, nothing bends.")
    network = [([[1], [-2]], [1, 5]), ([[1, 1], [2, -1]], [1, 9]), ([[1, -3]], [0])]
    sheet.answer("kinks on [0, 1] of a 1-2-2-1 net whose units are all positive there", kinks(network, 0, 1), 0)
    sheet.say("(c iii) One layer more, k^2 + k parameters, multiplies (2k)^l by 2k and (k+1)^l by k + 1: exponential growth.")
    depths = [1, 2, 3] if sheet.quick else [1, 2, 3, 4]
    nets = [PiecewiseLinear.of(zigzag(3, depth)) for depth in depths]
    sheet.answer(f"kinks of the zigzag with k = 3 and l = {depths}", [len(f.kinks) for f in nets],
                 [4**depth - 1 for depth in depths])
    with sheet.figure("c4_zigzag") as figure:
        figure.suptitle("C4: zigzag networks")
        for axes, depth, f in zip(figure.subplots(3, 1, sharex=True), depths, nets):
            x = [0, *(float(x) for x in f.kinks if 0 < x < 1), 1]
            axes.plot(x, f(x), color="#4477aa", linewidth=1, label=f"l = {depth}: {len(f.kinks)} kinks from {3*depth} units")
            axes.set(ylabel="f(x)", ylim=(-.1, 1.75), yticks=[0, 1])
            axes.legend(fontsize="small", loc="upper right")
        axes.set_xlabel("x  (hidden layers of k = 3 units)")


def units(sheet):
    sheet.say("", "(c iv) N2 < N1 means l (2k)^(2/l) / 2 < 2k, that is l^l (2k)^2 < (4k)^l: compared so, in integers.")

    def side(k, n):
        ours, theirs = n**n*(2*k)**2, (4*k)**n
        return "below" if ours < theirs else "equal" if ours == theirs else "above"

    sheet.answer("k = 1: N2 against N1 for l = 3 ... 7", [side(1, n) for n in LAYERS], ["above"]*5, published="all below")
    sheet.answer("k = 2", [side(2, n) for n in LAYERS], ["below", "equal", "above", "above", "above"], published="all below")
    below = [all(side(k, n) == "below" for n in LAYERS) for k in range(1, 101)]
    falls = [all(n**(n*(n + 1))*(2*k)**2 > (n + 1)**(n*(n + 1)) for n in range(3, 7)) for k in range(1, 101)]
    for what, holds, first in (("all five are below", below, 3), ("N2 falls with l throughout", falls, 13)):
        sheet.answer(f"{what} up to k = 100, from k", 1 + min(i for i in range(100) if all(holds[i:])), first)
    sheet.say("So depth saves units where many kinks are wanted; for a few kinks two layers do as well.")
    k = np.arange(1, 101)
    with sheet.figure("c4_units", size=(6.4, 3.4)) as figure:
        for axes, last in zip(figure.subplots(1, 2), (100, 13)):
            axes.plot(k[:last], 2*k[:last], "--", color="black", label="N1 = 2k, two layers")
            for n in LAYERS:
                axes.plot(k[:last], n*(2*k[:last])**(2/n)/2, marker="." if last < 100 else None, label=f"N2, l = {n}")
            axes.set(xlabel="k", xticks=range(1, last + 1, last//6), ylabel="hidden units",
                     title="C4: the same bound" if last == 100 else "small k")
            axes.grid(alpha=.3)
        axes.legend(fontsize="small")


def near_zero(sheet):
    relu, tanh = mg.grad(mg.relu), mg.grad(mg.tanh)
    gaps = [[abs(f(mg.tensor(h)) - f(mg.tensor(-h))).item() for h in (.1, .001)] for f in (relu, lambda x: tanh(x - .2))]
    sheet.say("", "(d) Slopes at h and -h, for h = 0.1 and 0.001: those of ReLU differ by 1 however near 0, a kink; those of",
              "tanh (moved by 0.2, so that its slope changes at 0) come together: smooth.")
    sheet.answer("ReLU: differences of slope", gaps[0], [1, 1])
    sheet.answer("tanh(x - 0.2): the second difference is so much of the first", gaps[1][1]/gaps[1][0], .01, within=.001)


if __name__ == "__main__":
    worksheet(work)
