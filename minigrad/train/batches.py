"""What `fit`, `evaluate` and `predict` share: a Loader made of any kind of data, arrays moved to the model's device, the
model's training or evaluation mode, and counting which predictions are right."""

import copy
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from minigrad.data import Loader
from minigrad.kernels import default_table, table
from minigrad.tensor import Tensor, constant

Accuracy = Callable[[np.ndarray, np.ndarray], int]      # (predictions (N, ...), targets (N, ...)) -> how many are right


def in_order(op: str, data: Any, batch_size: int) -> Loader:
    """A Loader over all of the data (a Dataset, Loader or (x, y)) in its order. A Loader's own epoch stays as it is."""
    if isinstance(data, Loader):
        loader = copy.copy(data)
        loader.shuffle, loader.drop_last, loader.batch_size = False, False, batch_size
    else:
        loader = Loader(data, batch_size=batch_size)
    if not len(loader):
        raise ValueError(f"[{op}] the data holds no samples")
    return loader


class Feed:
    """Turns a Loader's arrays into what the model takes: on its device, and floating point numbers in its dtype.

    ValueError for a Loader whose batches are on a device that the model's cannot read from.
    """

    def __init__(self, model: Any, op: str = "", loader: Loader | None = None) -> None:
        first = next(iter(model.parameters()), None)
        self.k = default_table() if first is None else first.k
        if loader is not None and loader.device is not None and table(loader.device).array not in (self.k.array, np.ndarray):
            raise ValueError(f"[{op}] the Loader's batches are on device {loader.device}, but the model is on {self.k.name}: "
                             f"make the Loader with device={self.k.name!r}, or move the model with .to()")
        self._dtype = None if first is None else first.dtype
        self._asarray = self.k.asarray

    def x(self, x: np.ndarray) -> Tensor:
        return constant(self.k, self._asarray(x, self._dtype if x.dtype.kind == "f" else None))

    def target(self, target: np.ndarray) -> Any:
        return self._asarray(target)


def asleep(model: Any) -> list[Any]:
    """The modules that the user has put into evaluation mode by themselves, while the model as a whole is in training mode."""
    return [module for module in model.modules() if not module.training] if model.training else []


@contextmanager
def mode(model: Any, training: bool, but: Any = ()) -> Iterator[None]:
    """The whole model in training or evaluation mode; afterwards each of its modules is as it was found.

    but: modules that stay in evaluation mode, say a frozen batch norm, whose statistics training must not move.
    """
    found = [(module, module.training) for module in model.modules()]
    try:
        model.train(training)
        for module in but:
            module.training = False
        yield
    finally:
        for module, was in found:
            module.training = was


class Sums:
    """What a pass over the data adds up: the losses, and how many rows are right. Both stand in 0-d buffers of the table k
    (float64, int64), so a step waits for no number; whoever looks (`mean_loss`, `accuracy`) does.
    """

    def __init__(self, k: Any) -> None:
        self.loss, self.right = k.full((), 0, np.float64), k.full((), 0, np.int64)
        self.seen = 0
        self._k = k

    def mean_loss(self) -> float:
        """The mean of the losses over the samples seen."""
        return self._k.to_numpy(self.loss).item() / self.seen

    def accuracy(self) -> float:
        """The fraction of the samples seen that were right."""
        return self._k.to_numpy(self.right).item() / self.seen


def counter(op: str, accuracy: Accuracy | bool | None, z: Any, target: Any) -> Callable[[Any, Any], Any] | None:
    """How to count the rows of predictions that are right, as a 0-d array of their device, or None if there is no telling.
    Judged by the first batch.

    accuracy None: by the largest entry of a row (N, C), C > 1, where targets are classes (N,) or distributions (N, C):
    rows >= 0 with sum 1, as one-hot rows are. False: not at all. A function (predictions, targets) -> count: that.
    """
    if callable(accuracy):
        if not isinstance(z, Tensor):
            raise TypeError(f"[{op}] accuracy= counts predictions that are one Tensor, but the model returned a "
                            f"{type(z).__name__}: leave it out, or return one Tensor")
        k, count = z.k, accuracy
        return lambda z, target: k.full((), _whole(op, count(k.to_numpy(z), k.to_numpy(target))), np.int64)
    if accuracy is False or not isinstance(z, Tensor) or z.ndim != 2 or z.shape[1] < 2:
        return None
    classes = target.shape == z.shape[:1] and target.dtype.kind in "iu"
    return z.k.count_correct if classes or _distributions(z, target) else None


def _whole(op, count):
    try:
        return operator.index(count)
    except TypeError:
        raise TypeError(f"[{op}] accuracy must return how many rows are right, an int, found {count!r}: their sum, rather "
                        "than their mean") from None


def _distributions(z: Tensor, target: Any) -> bool:
    if target.shape != z.shape:
        return False
    rows = z.k.to_numpy(target)
    return bool((rows >= 0).all() and (np.abs(rows.sum(axis=1) - 1) < 1e-3).all())
