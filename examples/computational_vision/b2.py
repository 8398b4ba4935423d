"""B2. What stands still: a classifier of zeros, and a saddle point.

1. A ReLU classifier with a softmax starts at 0. Which gradients are not 0, for one sample or an unbalanced batch? What moves?
2. Is w = 0 a stationary point of w -> f(x, w), the network's output, without biases? And with them?
3. Gradient descent with momentum 0.9 arrives at a saddle point with velocity a. What is the next step?
4. Are the steps after that 0.9^t a?  5. Does the iterate return to the saddle? Simulated on x^2 - y^2.
"""

from fractions import Fraction

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.worksheet import worksheet

LR, MOMENTUM = Fraction(1, 10), Fraction(9, 10)


def train(x, y, steps):
    """(names of the gradients that are not 0 at the start, names of the parameters that moved, the net), begun at 0."""
    net, first = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3)).double(), []
    net.load_state_dict({name: np.zeros(p.shape) for name, p in net.named_parameters()})
    optimizer = mg.optim.SGD(net.parameters(), lr=0.5)
    for step in range(steps):
        optimizer.zero_grad()
        mg.cross_entropy(net(x), y).backward()
        if not step:
            first = [name for name, p in net.named_parameters() if np.abs(p.grad.numpy()).max() > 1e-12]
        optimizer.step()
    return first, [name for name, p in net.named_parameters() if np.abs(p.detach().numpy()).max() > 1e-12], net


def factors(net, x, y):
    """The recursion of one sample, with its numbers; of arrays the largest size of an entry."""
    w1, b1, w2, b2 = (p.detach().numpy() for p in net.parameters())
    z1 = w1 @ x + b1
    h = np.maximum(z1, 0)
    delta2 = mg.softmax(w2 @ h + b2).numpy() - np.eye(3)[y]
    delta1 = w2.T @ delta2 * (z1 > 0)
    dw2, numbers = np.outer(delta2, h), ", ".join(f"{d:.3f}" for d in delta2)
    sizes = [np.abs(a).max() for a in (h, dw2, w2, 1 * (z1 > 0), delta1)]
    return "delta2 = ({}), h = {:g}, dW2 = {:g}, W2 = {:g}, 1[z1 > 0] = {:g}, delta1 = {:g}".format(numbers, *sizes)


def descend(a, steps, lr=LR):
    """Positions (x, y) on x^2 - y^2, from the saddle with velocity a; the engine's gradients, exact for Fractions."""
    path, v = [(0 * a[0], 0 * a[1])], a
    for _ in range(steps):
        x, y = map(mg.Value, path[-1])
        (x * x - y * y).backward()
        v = [MOMENTUM * v[0] - lr * x.grad, MOMENTUM * v[1] - lr * y.grad]
        path.append((x.data + v[0], y.data + v[1]))
    return path


def work(sheet):
    draw = np.random.default_rng(sheet.seed)
    x, steps = draw.standard_normal((4, 4)), 50 if sheet.quick else 300
    one, skew, even = (x[:1], np.array([0])), (x, np.array([0, 0, 0, 1])), (x[:3], np.array([0, 1, 2]))
    sheet.say("1. z1 = W1 x + b1 = 0, h = relu(z1) = 0, p = softmax(W2 h + b2) = (1/3, 1/3, 1/3). On the way back",
              "   db2 = delta2 = p - onehot is not 0. But dW2 = delta2 h^T = 0, as h = 0; and db1 = delta1 = W2^T delta2 *",
              "   1[z1 > 0] = 0, as W2 = 0; so is dW1 = delta1 x^T. A step moves b2 alone: h, W2 stay 0, for ever. In numbers:")
    sheet.say(*(f"   after {n:2} steps: {factors(train(*one, n)[2], x[0], 0)}" for n in (0, 1, 10)))
    for name, (x_, y_), expected in (("one sample", one, ["2.bias"]), ("a batch with classes 0, 0, 0, 1", skew, ["2.bias"]),
                                     ("a balanced batch, each class once", even, [])):
        first, moved, _ = train(x_, y_, steps)
        sheet.answer(f"{name}: gradients that are not 0", first, expected)
        sheet.answer(f"{name}: parameters that moved in {steps} steps", moved, expected)
    sheet.say("   On the balanced batch the sum of delta2 is 0, too: the mean of p - onehot(y) is 1/3 - 1/3 for each class.")
    sheet.answer("the unbalanced batch: softmax(b2) goes to the shares of the classes",
                 mg.softmax(train(*skew, steps)[2][2].bias), [0.75, 0.25, 0], 0.03)

    sheet.say("", "2. Without biases f = W2 relu(W1 x): each derivative has a factor W2 or relu(W1 x), both 0 at w = 0.",
              "   With them df/db2 = I, whatever the weights are: no stationary point.")
    w1, b1, w2, b2 = map(np.zeros, ((5, 4), 5, (3, 5), 3))
    bare = mg.jacobian(lambda w1, w2: w2 @ mg.relu(w1 @ x[0]), (0, 1))(w1, w2)
    sheet.answer("without biases, the largest entry of the Jacobian at 0", max(abs(j.numpy()).max() for j in bare), 0)
    *others, last = mg.jacobian(lambda w1, b1, w2, b2: w2 @ mg.relu(w1 @ x[0] + b1) + b2, (0, 1, 2, 3))(w1, b1, w2, b2)
    sheet.answer("with biases, df/db2 at 0", last, np.eye(3))
    sheet.answer("with biases, the largest entry of the others", max(abs(j.numpy()).max() for j in others), 0)

    _, first, second = descend((Fraction(1), Fraction(1, 20)), 2)
    sheet.say("", "3. v <- 0.9 v - lr grad, w <- w + v; at the saddle grad = 0: the step is 0.9 a. a = (1, 1/20), lr = 0.1:")
    sheet.answer("the first step, exactly", first, (Fraction(9, 10), Fraction(9, 200)))
    sheet.say("", "4. That step has left the saddle: the gradient (2x, -2y) is no longer 0, so the second is not 0.9^2 a:")
    step, published = (second[0] - first[0], second[1] - first[1]), (Fraction(81, 100), Fraction(81, 2000))
    sheet.answer("the second step, exactly", step, (Fraction(63, 100), Fraction(99, 2000)), published=published,
                 because="0.9^t a needs a gradient of 0; at (9/10, 9/200), after the first step, it is (9/5, -9/100).")
    sheet.say("   Along each axis it is a linear recurrence, with the roots of z^2 - (1.9 -+ 2 lr) z + 0.9, - in x, + in y:")
    in_x, in_y = (np.roots([1, -1.9 + sign * 2 * float(LR), 0.9]) for sign in (1, -1))
    sheet.answer("modulus of the two roots in x: x falls as its powers", np.abs(in_x), [np.sqrt(0.9)] * 2, 1e-12)
    sheet.answer("their imaginary parts, not 0: it oscillates", np.sort(in_x.imag), [-np.sqrt(0.1775), np.sqrt(0.1775)], 1e-12)
    sheet.answer("roots in y: one is greater than 1", np.sort(in_y), [0.6, 1.5], 1e-12)
    along, off = (np.array(descend(v, 120, lr=float(LR)), float) for v in ((1.0, 0.0), (1.0, 1e-3)))
    sheet.say("", "5. Along x alone it returns, but not with steps of 0.9^t a; with any a_y that is not 0 it never does.")
    sheet.answer("a = (1, 0): distance from the saddle after 120 steps", np.abs(along[-1]).max(), 0, 0.01)
    sheet.answer("a = (1, 0.001): growth of y in step 120", off[-1, 1] / off[-2, 1], 1.5, 1e-9, published="it returns",
                 because=f"y grows, to {off[-1, 1]:.1e} in 120 steps. Only for a_y = 0 does the iterate return.")
    with sheet.figure("b2_saddle", size=(6.4, 3.4)) as figure:
        left, right = figure.subplots(1, 2)
        u, v = np.meshgrid(np.linspace(-3, 4, 80), np.linspace(-3, 3, 80))
        left.contour(u, v, u * u - v * v, levels=np.arange(-8, 15, 2), colors="#bbbbbb", linewidths=0.7)
        left.plot(*along.T, "o-", color="#4477aa", markersize=2.5, linewidth=1, label="a = (1, 0): returns")
        left.plot(*off[:22].T, "o-", color="#ee7733", markersize=3, linewidth=1, label="a = (1, 0.001): leaves")
        left.plot(0, 0, "k*", markersize=9, label="the saddle point")
        left.set(xlim=(-3, 4), ylim=(-2.6, 3), xlabel="x", ylabel="y", title="B2: paths from the saddle")
        left.legend(loc="lower left", fontsize=8)
        t = np.arange(1, 61)
        for path, colour, name in ((along, "#4477aa", "a = (1, 0)"), (off, "#ee7733", "a = (1, 0.001)")):
            right.semilogy(t, np.linalg.norm(np.diff(path[:61], axis=0), axis=1), color=colour, label=name)
        right.semilogy(t, 0.9 ** t, "k--", linewidth=1, label="0.9ᵗ")
        right.semilogy(t, 2 * 0.9 ** (t / 2), "k:", linewidth=1, label="2 √0.9ᵗ, as peaks fall")
        right.yaxis.set_major_formatter("{x:g}")
        right.set(xlabel="step t", ylabel="length of the step", ylim=(1e-3, 1e5), title="the steps")
        right.legend(loc="upper left", fontsize=8)


if __name__ == "__main__":
    worksheet(work)
