"""The cross-validation of examples/relu_networks/a4.py beside PyTorch: 8 folds, 99 epochs, one face a step, one thread.

    MINIGRAD_DATA=... python bench/face_emotion.py [--rounds 3] [--epochs 99] [--from-scratch SHARE]

The same network, loss, optimiser, folds and orders, and after every epoch the accuracies on both parts. The two take turns; the
ratio is the median over the rounds. --from-scratch: the published way, a network of its own for every number of epochs, 50
times the work; SHARE of its epochs are run, and the time of the whole is an estimate from them, for an epoch costs the same
everywhere (1: all are run). Seconds are those of computing: with one thread what a clock says on an idle machine. It needs
PyTorch and the data (minigrad.data.face_emotion).
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch

import minigrad as mg
from minigrad.data import Loader

sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "relu_networks"))
from emotion_net import FOLDS, LEFT_OUT, faces, train


def folds(x, y):
    """(x, y, left-out x, left-out y) of each."""
    order = np.random.default_rng(0).permutation(len(x))
    for fold in range(FOLDS):
        inside = np.isin(np.arange(len(x)), order[fold::FOLDS])
        yield x[~inside], y[~inside], x[inside], y[inside]


def by_torch(x, y, x_out, y_out, epochs, seed):
    """What `train` of emotion_net.py does, with PyTorch -> accuracy on the faces left out after each epoch."""
    torch.manual_seed(seed)
    net = torch.nn.Sequential(torch.nn.Linear(10, 32), torch.nn.Sigmoid(), torch.nn.Linear(32, 1), torch.nn.Sigmoid())
    for layer in (net[0], net[2]):
        torch.nn.init.xavier_uniform_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    sgd, loss = torch.optim.SGD(net.parameters(), lr=0.05), torch.nn.MSELoss()
    loader = Loader(x, y, batch_size=1, shuffle=True, seed=seed)        # the same orders, at the same cost
    x_out, y_out = torch.from_numpy(x_out), torch.from_numpy(y_out)
    found = []
    for _ in range(epochs):
        right = 0
        for face, happy in loader:
            sgd.zero_grad()
            output = net(torch.from_numpy(face))
            right += (output.item() > 0.5) == happy.item()
            loss(output, torch.from_numpy(happy)).backward()
            sgd.step()
        with torch.no_grad():
            net(torch.from_numpy(x))        # for the training accuracy after the epoch, which is not kept here
            found.append(((net(x_out) > 0.5) == (y_out > 0.5)).float().mean().item())
    return found


def some(epochs, share):
    """Some of the numbers of epochs 1 ... epochs, evenly spread, about so much of all."""
    every = max(round(1 / share), 1)
    return list(range(min((every + 1) // 2, epochs), epochs + 1, every))


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how many times both (default 3)")
    parser.add_argument("--epochs", type=int, default=99, help="of each fold (default 99)")
    parser.add_argument("--from-scratch", type=float, metavar="SHARE", help="the published way, so much of it: 0.02, 1 for all")
    arguments = parser.parse_args()
    counts, epochs = [arguments.epochs], arguments.epochs
    if arguments.from_scratch is not None:
        if not 0 < arguments.from_scratch <= 1:
            parser.error(f"--from-scratch must be above 0 and at most 1, found {arguments.from_scratch:g}")
        counts, epochs = some(arguments.epochs, arguments.from_scratch), arguments.epochs * (arguments.epochs + 1) // 2
    torch.set_num_threads(1)
    mg.set_num_threads(1)
    parts = list(folds(*faces()))

    def ours(fold, n, seed):
        x, y, *out = fold
        return train(x, y, n, seed, left_out=out)[:, LEFT_OUT]

    def theirs(fold, n, seed):
        return by_torch(*fold, n, seed)

    seconds = {"minigrad": [], "torch": []}
    for n in range(arguments.rounds):
        for name, run in (("minigrad", ours), ("torch", theirs)):
            start = time.process_time()
            accuracy = np.mean([run(part, count, n * FOLDS + fold)[-1] for count in counts for fold, part in enumerate(parts)])
            seconds[name].append(time.process_time() - start)
            print(f"round {n}: {name:8} {seconds[name][-1]:7.2f} s, accuracy on the faces left out {accuracy:.3f}", flush=True)
    ratio = statistics.median(b / a for a, b in zip(*seconds.values()))
    steps = sum(counts) * FOLDS * 112
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"median: {name} {median:.2f} s, {median / steps * 1e6:.1f} us a step")
        if sum(counts) < epochs:
            print(f"        an estimate of all {FOLDS} x {epochs} epochs, from {FOLDS} x {sum(counts)} of them: "
                  f"{median * epochs / sum(counts):.0f} s")
    print(f"minigrad is {ratio:.1f} times as fast")


if __name__ == "__main__":
    main()
