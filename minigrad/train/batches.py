"""What `fit`, `evaluate` and `predict` share: a Loader made of any kind of data, arrays moved to the model's device, the
model's training or evaluation mode, and counting which predictions are right."""

import operator
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from minigrad.data import Loader
from minigrad.kernels import default_table, table
from minigrad.tensor import Tensor, constant

Accuracy = Callable[[np.ndarray, np.ndarray], int]      # (predictions (N, ...), targets (N, ...)) -> how many are right


def in_order(op: str, data: Any, batch_size: int) -> Loader:
    """A Loader over all of the data, whatever a Loader takes, in its order, without random transforms. A Loader's own epoch
    stays as it is. ValueError where it is known that there are no samples."""
    loader = (data if isinstance(data, Loader) else Loader(data)).in_order(batch_size)
    if loader.batches == 0:
        raise ValueError(f"[{op}] the data holds no samples")
    return loader


def to_train(op: str, data: Any, batch_size: int | None, seed: int | None) -> Loader:
    """The Loader that data are trained with: the one given, or one with this batch size and seed, shuffled where the data have
    no order of their own and do not come in batches. ValueError where it is known that there is no batch."""
    if isinstance(data, Loader):
        if batch_size is not None or seed is not None:
            raise ValueError(f"[{op}] a Loader has its own batch size ({data.batch_size}) and seed ({data.seed}): leave "
                             f"out batch_size= ({batch_size}) and seed= ({seed}), or pass the data itself")
        loader = data
    else:
        loader = Loader(data, batch_size=batch_size, seed=0 if seed is None else seed)
        loader.shuffle = True if loader.source.ordered and loader.batch_size is not None else loader.shuffle
    if loader.batches == 0:
        raise ValueError(f"[{op}] the data holds no batch: {loader.samples} samples, batches of {loader.batch_size}"
                         + (", drop_last" if loader.drop_last else ""))
    return loader


def check_passes(op: str, loader: Loader, passes: int, what: str) -> None:
    """ValueError where data that can be gone through once are needed more often. what: "the training data" ..."""
    if loader.once and passes > 1:
        raise ValueError(f"[{op}] {what} are needed {passes} times, but {loader.source} come once: pass the function that "
                         "makes them, without calling it, or a list of batches")


def pairs(op: str, loader: Loader, skip: int = 0) -> Iterable[tuple[Any, Any]]:
    """The batches (x, target) of a pass, from number `skip` on. Of arrays they are known to be pairs, and cost nothing more.

    TypeError for batches that are no pairs, or whose target is not one array; ValueError where there turns out to be none.
    """
    batches = loader.from_batch(skip)
    return batches if loader.paired else _checked(op, batches, empty=skip == 0)


def _checked(op: str, batches: Iterator[Any], empty: bool) -> Iterator[tuple[Any, Any]]:
    for batch in batches:
        if not isinstance(batch, tuple) or len(batch) != 2 or not hasattr(batch[1], "shape"):
            found = (f"a dictionary of {', '.join(map(repr, batch))}" if isinstance(batch, dict) else
                     f"({', '.join(type(part).__name__ for part in batch)})" if isinstance(batch, tuple) else
                     f"{type(batch).__name__} alone")
            raise TypeError(f"[{op}] expected batches (x, y), y one array, found {found}: let the data give pairs, or pass a "
                            "Loader with collate= a function that makes them; several inputs are ((x1, x2), y)")
        empty = False
        yield batch
    if empty:
        raise ValueError(f"[{op}] the data holds no batch: not one has come")


def inputs(op: str, loader: Loader) -> Iterator[Any]:
    """The inputs of each batch of a pass: of pairs (x, y) the x, else the batch. ValueError where there is none."""
    empty = True
    for batch in loader:
        empty = False
        yield batch[0] if isinstance(batch, tuple) and len(batch) == 2 else batch
    if empty:
        raise ValueError(f"[{op}] the data holds no batch: not one has come")


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

    def x(self, x: Any) -> Any:
        """The inputs as a Tensor; several of them, a tuple or dictionary of arrays, as one of Tensors."""
        try:
            floats = x.dtype.kind == "f"
        except AttributeError:
            return self._several(x)
        return constant(self.k, self._asarray(x, self._dtype if floats else None))

    def _several(self, x: Any) -> Any:
        if isinstance(x, dict):
            return {key: self.x(part) for key, part in x.items()}
        if isinstance(x, tuple):
            parts = [self.x(part) for part in x]
            return type(x)(*parts) if hasattr(x, "_fields") else tuple(parts)
        return x                # texts, and whatever else the model may know what to do with

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
