"""Has a change made training slower? Two checkouts of minigrad, side by side.

    git worktree add ../before REVISION && (cd ../before && python setup.py build_ext --inplace)
    python setup.py build_ext --inplace
    python bench/revisions.py ../before . [--rounds 15]

In turn, each checkout runs in a process of its own, on one thread: `step` is a training step of 784-40-10 on a batch of 10,
`chain` forty elementwise operations on 4 numbers and a backward call, nearly all bookkeeping. A figure is the least time of 7
repetitions; printed are the medians over the rounds and the median of the paired ratios.
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
    model = mg.nn.Sequential(mg.nn.Linear(784, 40), mg.nn.ReLU(), mg.nn.Linear(40, 10))
    optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
    x, target = rng.random((10, 784), dtype=np.float32), rng.integers(0, 10, 10)
    w, g = mg.ones(4).requires_grad_(), np.ones(4, np.float32)

    def step():
        optimizer.zero_grad()
        mg.cross_entropy(model(x), target).backward()
        optimizer.step()

    def chain():
        y = w
        for _ in range(10):
            y = mg.relu(mg.exp(mg.tanh(y))) * 0.5
        y.backward(g)
        w.grad = None

    return {"step": least_time(step, 500), "chain": least_time(chain, 300)}


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
