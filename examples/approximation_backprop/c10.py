"""C10. Three layers with their backward passes written by hand: linear, ReLU, cross-entropy.

Each has forward(x), which remembers what its backward needs, and backward(g): it is given the gradient of the loss in what the
layer put out, returns that in what came in, and keeps those in its W and b. The engine checks each, then all together.
"""

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.testing import check_gradient
from minigrad.worksheet import worksheet


class Linear:
    """x W^T + b: x (N, in), W (out, in), b (out,)."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W.T + self.b

    def backward(self, g):
        self.gW, self.gb = g.T @ self.x, g.sum(axis=0)
        return g @ self.W


class ReLU:
    def forward(self, x):
        self.on = x > 0
        return np.where(self.on, x, 0)

    def backward(self, g):
        return g * self.on


class CrossEntropy:
    """The mean over the N rows of -log softmax(z) at the row's class."""

    def forward(self, z, y):
        e = np.exp(z - z.max(axis=1, keepdims=True))            # e^(z - max): the same softmax, and nothing overflows
        self.p, self.onehot = e / e.sum(axis=1, keepdims=True), np.eye(z.shape[1])[y]
        return -np.log((self.p * self.onehot).sum(axis=1)).mean()

    def backward(self):
        return (self.p - self.onehot) / len(self.p)


class NoMask(ReLU):
    def backward(self, g):
        return g


def two_moons(n, draw):
    """n points in two half moons, and which moon."""
    angle, y = draw.uniform(0, np.pi, n), np.arange(n) % 2
    x = np.where(y[:, None], np.c_[1 - np.cos(angle), 0.5 - np.sin(angle)], np.c_[np.cos(angle), np.sin(angle)])
    return x + 0.12 * draw.standard_normal((n, 2)), y


def work(sheet):
    draw = np.random.default_rng(sheet.seed)
    x, y = draw.standard_normal((6, 4)), draw.integers(0, 3, 6)
    sheet.say("z_ni = sum_j x_nj W_ij + b_i, so a gradient g in z gives gW_ij = sum_n g_ni x_nj, gb_i = sum_n g_ni and gx_nj =",
              "sum_i g_ni W_ij:  gW = g^T x,  gb = sum of g over the rows,  gx = g W.  A ReLU passes g where x > 0.",
              "With p = softmax(z), -log p_y has the gradient p - onehot(y); the mean over N rows divides it by N.", "")
    for layer, engine, given in ((Linear(np.zeros((3, 4)), np.zeros(3)), nn.Linear(4, 3), (x,)), (ReLU(), mg.relu, (x,)),
                                 (CrossEntropy(), mg.cross_entropy, (x[:, :3], y))):
        report = check_gradient(layer, engine, *given)
        parts = ", ".join(row.parameter for row in report)
        sheet.answer(f"{type(layer).__name__}: {parts}", [row.name for row in report], ["right"] * len(report.findings))
    loss = CrossEntropy()
    loss.forward(x[:, :3], y)
    sheet.answer("the gradient of the cross-entropy, summed over the classes: 0, as p and the one-hot row both add up to 1",
                 loss.backward().sum(axis=1), [0] * 6, 1e-15)
    found = check_gradient(NoMask(), mg.relu, x)["gx"]
    sheet.answer("a ReLU whose backward returns g as it came: gx", found.name, "missing mask")
    sheet.say(f"      {found.sentence}")

    # Training with them, beside the engine: the same start, the same steps.
    x, y = two_moons(200, draw)
    mg.manual_seed(sheet.seed)
    net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2)).double()
    first, last = (Linear(net[i].weight.detach().numpy().copy(), net[i].bias.detach().numpy().copy()) for i in (0, 2))
    layers, optimizer = [first, ReLU(), last], mg.optim.SGD(net.parameters(), lr=0.5)
    mine, engines = [], []
    for _ in range(100 if sheet.quick else 1000):
        h = x
        for layer in layers:
            h = layer.forward(h)
        mine.append(loss.forward(h, y))
        g = loss.backward()
        for layer in reversed(layers):
            g = layer.backward(g)
        for layer in (first, last):
            layer.W, layer.b = layer.W - 0.5 * layer.gW, layer.b - 0.5 * layer.gb

        optimizer.zero_grad()
        scores = net(x)
        error = mg.cross_entropy(scores, y)
        error.backward()
        optimizer.step()
        engines.append(error.item())
    sheet.say("", f"Two half moons, 200 points, a 2-16-2 network, {len(mine)} steps by hand and by the engine:")
    sheet.answer("largest difference of the two losses in any step", np.abs(np.subtract(mine, engines)).max(), 0, 1e-9)
    sheet.answer("training accuracy at the end, beside that of the engine's network", (h.argmax(axis=1) == y).mean(),
                 (scores.detach().numpy().argmax(axis=1) == y).mean())
    with sheet.figure("c10_training") as figure:
        axes = figure.subplots()
        axes.plot(mine, color="#4477aa", linewidth=5, alpha=0.4, label="backward passes by hand")
        axes.plot(engines, color="#ee7733", linewidth=1.4, linestyle="--", label="the engine")
        axes.set(xlabel="step", ylabel="cross-entropy, nats", title="C10: two half moons, 2-16-2", ylim=(0, None))
        axes.legend()


if __name__ == "__main__":
    worksheet(work)
