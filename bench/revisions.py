"""Has a change made training slower? Two checkouts of minigrad, side by side.

    git worktree add ../before REVISION && (cd ../before && python setup.py build_ext --inplace)
    python setup.py build_ext --inplace
    python bench/revisions.py ../before . [--rounds 15]

In turn, each checkout runs in a process of its own, on one thread:

    step        a training step of 784-40-10 on a batch of 10
    logistic    one of 10-32-1 (sigmoid, mean squared error) on a batch of 1
    cnn         one of the CIFAR-10 network Conv32 Conv32 MaxPool Conv64 Conv64 MaxPool 512 10, dropout and momentum, batch 8
    chain       forty elementwise operations on 4 numbers and a backward call, nearly all bookkeeping
    where       1,000,000 choices between two arrays; compare: as many comparisons; flatten: (64, 64, 8, 8) and its gradient

A figure is the least time of 7 repetitions; printed are the medians over the rounds and the median of the paired ratios.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path


def measure():
    """{name: microseconds} of the minigrad that this process imports."""
    import numpy as np

    import minigrad as mg

    mg.set_num_threads(1)
    rng = np.random.default_rng(0)
    nn = mg.nn

    def training(layers, x, target, loss):
        model = nn.Sequential(*layers)
        optimizer = mg.optim.SGD(model.parameters(), lr=0.01, momentum=0.9 if len(layers) > 4 else 0)

        def step():
            optimizer.zero_grad()
            loss(model(x), target).backward()
            optimizer.step()

        return step

    def convolutions(i, o):
        return [nn.Conv2d(i, o, 3, padding=1), nn.ReLU(), nn.Conv2d(o, o, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25)]

    step = training([nn.Linear(784, 40), nn.ReLU(), nn.Linear(40, 10)], rng.random((10, 784), dtype=np.float32),
                    rng.integers(0, 10, 10), mg.cross_entropy)
    logistic = training([nn.Linear(10, 32), nn.Sigmoid(), nn.Linear(32, 1), nn.Sigmoid()],
                        rng.random((1, 10), dtype=np.float32), np.ones((1, 1), np.float32), mg.mse)
    cnn = training([*convolutions(3, 32), *convolutions(32, 64), nn.Flatten(), nn.Linear(64 * 36, 512), nn.ReLU(),
                    nn.Dropout(0.5), nn.Linear(512, 10)],
                   rng.random((8, 3, 32, 32), dtype=np.float32), rng.integers(0, 10, 8), mg.cross_entropy)
    w, g = mg.ones(4).requires_grad_(), np.ones(4, np.float32)
    a, b = (mg.tensor(rng.random(1_000_000, dtype=np.float32)) for _ in range(2))
    larger = a > b
    images = mg.relu(mg.conv2d(mg.randn(64, 3, 8, 8), mg.randn(64, 3, 1, 1))).detach().requires_grad_()
    incoming = np.ones((64, 4096), np.float32)

    def chain():
        y = w
        for _ in range(10):
            y = mg.relu(mg.exp(mg.tanh(y))) * 0.5
        y.backward(g)
        w.grad = None

    def flatten():
        images.grad = None
        mg.flatten(mg.relu(images), 1).backward(incoming)

    return {"step": least_time(step, 500), "logistic": least_time(logistic, 500), "cnn": least_time(cnn, 2),
            "chain": least_time(chain, 300), "where": least_time(lambda: mg.where(larger, a, b), 10),
            "compare": least_time(lambda: a > b, 10), "flatten": least_time(flatten, 10)}


def least_time(function, calls):
    """Microseconds a call, the least of 7 repetitions of so many calls."""
    times = []
    for _ in range(8):                      # the first warms up
        start = time.perf_counter()
        for _ in range(calls):
            function()
        times.append((time.perf_counter() - start) / calls * 1e6)
    return min(times[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path, help="a checkout, built in place")
    parser.add_argument("after", type=Path, help="another")
    parser.add_argument("--rounds", type=int, default=15, help="pairs of processes (default %(default)s)")
    args = parser.parse_args()
    rounds = []
    for i in range(args.rounds):
        order = (args.before, args.after) if i % 2 == 0 else (args.after, args.before)
        pair = {}
        for tree in order:
            environment = os.environ | {"PYTHONPATH": str(tree.resolve())}
            done = subprocess.run([sys.executable, __file__], env=environment | {"MEASURE": "1"}, check=True, text=True,
                                  stdout=subprocess.PIPE)
            pair[tree] = json.loads(done.stdout)
        rounds.append(pair)
    print(f"{'microseconds':14}{'before':>10}{'after':>10}{'after / before':>18}")
    for name in rounds[0][args.before]:
        before, after = ([pair[tree][name] for pair in rounds] for tree in (args.before, args.after))
        ratio = statistics.median(b / a for a, b in zip(before, after))
        print(f"{name:14}{statistics.median(before):10.1f}{statistics.median(after):10.1f}{ratio:18.3f}")


if os.environ.get("MEASURE"):
    print(json.dumps(measure()))
else:
    main()
