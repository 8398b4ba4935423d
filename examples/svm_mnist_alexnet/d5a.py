"""D5a. Backpropagation by hand, for one sample: backprop(x, y) -> (db, dw), two lists with an array for each layer.

The network is 784-40-10, the one for MNIST, with ReLU between its layers and the cross-entropy of a softmax at its end.
The engine checks every layer, on images of digits; then it is given mistakes made on purpose, and names them.
"""

from itertools import pairwise

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.testing import check_gradient
from minigrad.worksheet import worksheet


class Network:
    """As in Nielsen's book: weights[l] (out, in), biases[l] (out, 1), a sample is a column (784, 1)."""

    def __init__(self, weights, biases):
        self.weights, self.biases = weights, biases

    def backprop(self, x, y):
        """(db, dw): the gradient of -log p_y, where p = softmax of what the last layer gives, in each bias and weight."""
        activations, zs = [x], []
        for w, b in zip(self.weights, self.biases):
            zs.append(w @ activations[-1] + b)
            activations.append(np.maximum(zs[-1], 0))
        p = np.exp(zs[-1] - zs[-1].max())
        delta = p / p.sum() - y                                 # dL/dz of the last layer: softmax - onehot
        db, dw = [], []
        for layer in reversed(range(len(self.weights))):
            db.insert(0, delta)                                 # z = w a + b, so dL/db = dL/dz
            dw.insert(0, delta @ activations[layer].T)          # and dL/dw_ij = dL/dz_i a_j
            if layer:
                delta = self.before(self.weights[layer].T @ delta, zs[layer - 1])
        return db, dw

    def before(self, delta, z):
        """The gradient before a ReLU: it passes where z > 0."""
        return delta * (z > 0)


class NoMask(Network):
    def before(self, delta, z):
        return delta


class NoOneHot(Network):
    def backprop(self, x, y):
        return super().backprop(x, np.zeros_like(y))


class TurnedRound(Network):
    def backprop(self, x, y):
        db, dw = super().backprop(x, y)
        return db, [w.T for w in dw]


class Appended(Network):
    def backprop(self, x, y):
        db, dw = super().backprop(x, y)
        return db[::-1], dw[::-1]


MISTAKES = ((NoMask, "delta is not multiplied by 1[z > 0]", "missing mask"), (TurnedRound, "dw = a delta^T", "transposed"),
            (NoOneHot, "delta = softmax(z)", "softmax without - onehot"),
            (Appended, "lists that are filled from the last layer on, by append", "layers in reverse"))


def build(sizes):
    """The engine's network, and its weights and biases for the one by hand."""
    layers = [nn.Linear(*pair) for pair in pairwise(sizes)]
    weights, biases = ([getattr(layer, name).detach().numpy().astype(float) for layer in layers] for name in ("weight", "bias"))
    modules = [module for layer in layers for module in (layer, nn.ReLU())]
    return nn.Sequential(*modules[:-1]), weights, [b[:, None] for b in biases]


def work(sheet):
    mg.manual_seed(sheet.seed)
    digits, _ = mg.data.synthetic_digits(n_train=3, n_test=0, seed=sheet.seed)      # like MNIST's, made here
    samples = [(image.reshape(784, 1).astype(float), np.eye(10)[:, [label]]) for image, label in digits]
    sheet.say("delta_l = dL/dz_l. At the output delta = softmax(z) - onehot(y); one layer nearer to the input it is",
              "W^T delta * 1[z > 0], with the z of that layer. If a came into layer l: db_l = delta_l, dW_l = delta_l a^T.", "")
    for sizes in ((784, 40, 10), (784, 30, 20, 10)):
        net, weights, biases = build(sizes)
        backprop, name, gradients = Network(weights, biases).backprop, "-".join(map(str, sizes)), 2 * len(weights)
        for number, sample in enumerate(samples if sizes == (784, 40, 10) else samples[:1]):
            right = sum(map(bool, check_gradient(backprop, net, *sample)))
            sheet.answer(f"{name}, image {number}: gradients that are right, of {gradients}", right, gradients)
    sheet.say("", "The same with a mistake in it, made on purpose, in 784-30-20-10:")
    for wrong, words, name in MISTAKES:
        report = check_gradient(wrong(weights, biases).backprop, net, *samples[0])
        sheet.answer(words, report.mistakes[0].name, name)
    draw(sheet, net, weights, biases, *samples[0])
    report = check_gradient(NoMask(weights, biases).backprop, net, *samples[0])
    sheet.say("", "What a student reads who forgot the mask:", "", str(report))


def draw(sheet, net, weights, biases, x, y):
    net.double().zero_grad()
    mg.cross_entropy(net(x.T), y.T).backward()
    engine = {name: p.grad.numpy() for name, p in net.named_parameters()}
    row = max(engine["0.weight"], key=np.ptp)                   # of the unit with the largest gradient
    with sheet.figure("d5a", size=(6.4, 3.2)) as figure:
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.2])
        picture = left.imshow(row.reshape(28, 28), cmap="RdBu", vmin=-np.ptp(row), vmax=np.ptp(row))
        left.set(title="D5a: dL/dW of one unit", xticks=[0, 27], yticks=[0, 27], xlabel="pixel", ylabel="pixel")
        figure.colorbar(picture, ax=left, shrink=.6)
        for cls, mark, label in ((Network, "o", "right"), (NoMask, "^", "missing mask"), (NoOneHot, "s", "no onehot")):
            mine = [g for pair in zip(*cls(weights, biases).backprop(x, y)[::-1]) for g in pair]
            off = [np.abs(a.reshape(b.shape) - b).max() / np.abs(b).max() for a, b in zip(mine, engine.values())]
            right.semilogy(np.arange(6) + ("^os".index(mark) - 1) / 5, np.maximum(off, 1e-17), mark, label=label)
        right.set(ylabel="difference / largest entry", title="beside the engine", ylim=(1e-19, 1e2))
        right.set_xticks(range(6), engine, rotation=40, fontsize=8)
        right.legend(fontsize=8, loc=(.5, .45))


if __name__ == "__main__":
    worksheet(work)
