"""A whole training step against PyTorch eager and numpy by hand, in one interleaved run.

    python bench/steps.py [--quick] [--threads 1] [--seconds 20]

Two networks that people learn with: 784-40-10 (ReLU, softmax cross-entropy, SGD 0.1, batch 10; the step that MNIST takes
150,000 times in 30 epochs) and the 10-32-1 logistic network of a 9-feature problem (sigmoid, mean squared error, SGD 0.05,
batch 1). minigrad and PyTorch both use their own nn modules and optimisers on the same data from ready arrays.

The systems alternate in blocks of about 50 ms; a ratio is the median over the rounds of PyTorch's block time over the
other's in the same round. Without PyTorch the ratios are to numpy.
"""

import argparse
import os
import statistics
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
parser.add_argument("--quick", action="store_true", help="about four seconds in all")
parser.add_argument("--threads", type=int, default=1, help="threads for every system (default 1)")
parser.add_argument("--seconds", type=float, default=20, help="time for each network (default 20)")


def batches(inputs, classes, batch, count=64):
    """`count` random batches, the same for every system."""
    import numpy as np

    random = np.random.default_rng(0)
    x = random.random((count, batch, inputs), np.float32)
    if classes:
        return list(zip(x, random.integers(0, classes, (count, batch)), strict=True))
    return list(zip(x, random.integers(0, 2, (count, batch, 1)).astype(np.float32), strict=True))


def minigrad_step(sizes, logistic, lr):
    """One step of this engine, as its user writes it."""
    import minigrad as mg

    mg.manual_seed(0)
    act, loss_of = (mg.nn.Sigmoid, mg.nn.MSELoss()) if logistic else (mg.nn.ReLU, mg.nn.CrossEntropyLoss())
    layers = [mg.nn.Linear(sizes[0], sizes[1]), act(), mg.nn.Linear(sizes[1], sizes[2])] + [act()] * logistic
    model = mg.nn.Sequential(*layers)
    optimizer = mg.optim.SGD(model.parameters(), lr=lr)

    def step(x, y):
        loss = loss_of(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step, lambda loss: loss.item()


def torch_step(sizes, logistic, lr):
    """The same in PyTorch eager; its batches are made into tensors beforehand."""
    import torch

    torch.manual_seed(0)
    act, loss_of = (torch.nn.Sigmoid, torch.nn.MSELoss()) if logistic else (torch.nn.ReLU, torch.nn.CrossEntropyLoss())
    layers = [torch.nn.Linear(sizes[0], sizes[1]), act(), torch.nn.Linear(sizes[1], sizes[2])] + [act()] * logistic
    model = torch.nn.Sequential(*layers)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)

    def step(x, y):
        loss = loss_of(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step, lambda loss: loss.item()


def numpy_step(sizes, logistic, lr):
    """The same gradients written out by hand."""
    import numpy as np

    random = np.random.default_rng(0)
    i, h, o = sizes
    w1, w2 = (random.uniform(-1, 1, s).astype(np.float32) / np.float32(s[1] ** 0.5) for s in ((h, i), (o, h)))
    b1, b2 = np.zeros(h, np.float32), np.zeros(o, np.float32)
    lr = np.float32(lr)

    def step(x, y):
        z = x @ w1.T + b1
        if logistic:
            a = 1 / (1 + np.exp(-z))
            p = 1 / (1 + np.exp(-(a @ w2.T + b2)))
            d = p - y
            loss = (d * d).mean()
            g = 2 / d.size * d * p * (1 - p)
            ga = g @ w2 * a * (1 - a)
        else:
            a = np.maximum(z, 0)
            s = a @ w2.T + b2
            e = np.exp(s - s.max(1, keepdims=True))
            p = e / e.sum(1, keepdims=True)
            rows = np.arange(len(x))
            loss = -np.log(p[rows, y]).mean()
            p[rows, y] -= 1
            g = p / len(x)
            ga = g @ w2 * (z > 0)
        for w, grad in ((w2, g.T @ a), (b2, g.sum(0)), (w1, ga.T @ x), (b1, ga.sum(0))):
            w -= lr * grad
        return loss

    return step, float


def compare(name, sizes, logistic, lr, batch, seconds, threads):
    """Time one network's step on every system and print a line for each."""
    data = batches(sizes[0], 0 if logistic else sizes[2], batch)
    systems = {"minigrad": (minigrad_step(sizes, logistic, lr), data),
               "numpy by hand": (numpy_step(sizes, logistic, lr), data)}
    try:
        import torch
    except ImportError:
        base = "numpy by hand"
        print("PyTorch is not installed (pip install torch): ratios are to numpy")
    else:
        base = "PyTorch eager"
        torch.set_num_threads(threads)
        ready = [(torch.tensor(x), torch.tensor(y)) for x, y in data]
        systems[base] = torch_step(sizes, logistic, lr), ready

    def block(system, steps):
        (step, _), ready = systems[system]
        start = time.perf_counter()
        for i in range(steps):
            step(*ready[i % len(ready)])
        return (time.perf_counter() - start) / steps

    steps = {s: max(int(0.05 / block(s, 100)), 1) for s in systems}
    times = {s: [] for s in systems}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times[base]) < 5:
        for s in systems:
            times[s].append(block(s, steps[s]))
    print(f"{name}: microseconds per step, {len(times[base])} rounds, {threads} thread(s)")
    for s in sorted(systems, key=lambda s: statistics.median(times[s])):
        ratio = statistics.median(a / b for a, b in zip(times[base], times[s], strict=True))
        print(f"  {s:14} median {statistics.median(times[s]) * 1e6:7.1f}  least {min(times[s]) * 1e6:7.1f}"
              + ("" if s == base else f"  {ratio:5.2f} times as fast as {base}"))


def main():
    arguments = parser.parse_args()
    for variable in ("MINIGRAD_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(arguments.threads)
    seconds = 2 if arguments.quick else arguments.seconds
    compare("784-40-10, batch 10", (784, 40, 10), False, 0.1, 10, seconds, arguments.threads)
    compare("10-32-1 logistic, batch 1", (10, 32, 1), True, 0.05, 1, seconds, arguments.threads)


if __name__ == "__main__":
    main()
