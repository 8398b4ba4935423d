"""The cross-validation of examples/relu_networks/a4.py beside PyTorch: 8 folds, 99 epochs, one face a step, one thread.

    MINIGRAD_DATA=... python bench/face_emotion.py [--rounds 3] [--epochs 99]

The same network, loss, optimiser, folds and orders, and after every epoch the accuracies on both parts. The two take turns; the
ratio is the median over the rounds. It needs PyTorch, scipy and the data (minigrad.data.face_emotion).
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how many times both (default 3)")
    parser.add_argument("--epochs", type=int, default=99, help="of each fold (default 99)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    mg.set_num_threads(1)
    parts = list(folds(*faces()))

    def ours(part, seed):
        x, y, *out = part
        return train(x, y, arguments.epochs, seed, left_out=out)[:, LEFT_OUT]

    def theirs(part, seed):
        return by_torch(*part, arguments.epochs, seed)

    seconds = {"minigrad": [], "torch": []}
    for n in range(arguments.rounds):
        for name, run in (("minigrad", ours), ("torch", theirs)):
            start = time.perf_counter()
            accuracy = np.mean([run(part, n * FOLDS + fold)[-1] for fold, part in enumerate(parts)])
            seconds[name].append(time.perf_counter() - start)
            print(f"round {n}: {name:8} {seconds[name][-1]:7.2f} s, accuracy on the faces left out {accuracy:.3f}", flush=True)
    ratio = statistics.median(b / a for a, b in zip(*seconds.values()))
    steps = arguments.epochs * FOLDS * 112
    for name, times in seconds.items():
        print(f"median: {name} {statistics.median(times):.2f} s, {statistics.median(times) / steps * 1e6:.1f} us a step")
    print(f"minigrad is {ratio:.1f} times as fast")


if __name__ == "__main__":
    main()
