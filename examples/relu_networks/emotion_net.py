"""The network of A4, how it is trained, and its cross-validation. a4.py asks the questions.

A run is a table, a row per epoch: training accuracy as Keras shows it (the *running* mean over the epoch, each face judged just
before the step that it causes), training accuracy *after* the epoch, and accuracy on faces that were left out.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

import minigrad as mg
from minigrad import nn, optim
from minigrad.data import Loader, face_emotion

EPOCHS, FOLDS = 99, 8
RUNNING, AFTER, LEFT_OUT = range(3)


def faces() -> tuple[Any, Any]:
    """x (128, 10), a constant 1 before the nine distances, and y (128, 1), 1 for happy and 0 for mad; float32."""
    x, y = face_emotion().arrays()
    return np.column_stack([np.ones(len(x), np.float32), x]), y[:, None].astype(np.float32)


def network() -> nn.Sequential:
    """10-32-1, logistic at both layers; Glorot-uniform weights and zero biases, which is what "keras" means."""
    return nn.Sequential(nn.Linear(10, 32, init="keras"), nn.Sigmoid(), nn.Linear(32, 1, init="keras"), nn.Sigmoid())


def accuracy(net: nn.Module, x: Any, y: Any) -> float:
    """The fraction of the faces x on whose right side of 1/2 the output is."""
    with mg.no_grad():
        return float(((net(x).numpy() > 0.5) == y).mean())


def train(x: Any, y: Any, epochs: int, seed: int, half: bool = False, left_out: tuple[Any, Any] | None = None) -> Any:
    """A fresh network, trained on one face after the other -> its table (epochs, 3). half: a factor 1/2 in the loss."""
    mg.manual_seed(seed)
    net = network()
    sgd, loss = optim.SGD(net.parameters(), lr=0.05), nn.MSELoss()
    loader = Loader(x, y, batch_size=1, shuffle=True, seed=seed)        # a new order every epoch
    table = np.full((epochs, 3), np.nan)
    for row in table:
        right = 0
        for face, happy in loader:
            sgd.zero_grad()
            found = net(face)
            right += (found.item() > 0.5) == happy.item()
            (loss(found, happy) * 0.5 if half else loss(found, happy)).backward()
            sgd.step()
        row[RUNNING], row[AFTER] = right / len(x), accuracy(net, x, y)
        row[LEFT_OUT] = np.nan if left_out is None else accuracy(net, *left_out)
    return table


def first_perfect(accuracies: Any) -> int | None:
    """The first epoch, from 1, whose accuracy is 100 %."""
    perfect = np.flatnonzero(np.asarray(accuracies) == 1)
    return int(perfect[0]) + 1 if len(perfect) else None


def one_fold(seed: int, fold: int, epochs: int, fresh: bool = False) -> Any:
    """Accuracy on the 16 faces of a fold after each of so many epochs of training on the other 112.

    One run serves all counts of epochs; fresh: every count has a run of its own, from initial values of its own.
    """
    x, y = faces()
    order = np.random.default_rng(seed).permutation(len(x))
    inside = np.sort(order[fold::FOLDS])
    outside = np.sort(np.setdiff1d(order, inside))

    def run(n: int, key: int) -> Any:
        return train(x[outside], y[outside], n, key, left_out=(x[inside], y[inside]))[:, LEFT_OUT]

    key = 1000 * (seed * FOLDS + fold)
    return np.array([run(n, key + n)[-1] for n in range(1, epochs + 1)]) if fresh else run(epochs, key)


def cross_validation(seeds: Iterable[int], epochs: int = EPOCHS, fresh: bool = False) -> Any:
    """Mean accuracy on the fold that was left out, (seeds, epochs): the folds of all seeds side by side."""
    seeds = list(seeds)
    folds = in_parallel(one_fold, [(seed, fold, epochs, fresh) for seed in seeds for fold in range(FOLDS)])
    return np.reshape(folds, (len(seeds), FOLDS, epochs)).mean(1)


def in_parallel(work: Callable[..., Any], tasks: list[tuple[Any, ...]]) -> list[Any]:
    """[work(*task) for task in tasks], on all cores where joblib is installed; the results are the same either way."""
    try:
        from joblib import Parallel, delayed
    except ImportError:
        return [work(*task) for task in tasks]
    return Parallel(n_jobs=-1)(delayed(work)(*task) for task in tasks)
