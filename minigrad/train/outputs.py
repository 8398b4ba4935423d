"""What a classifier says of data, batch by batch: beneath the confusion matrix and the list of its mistakes."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from minigrad.modes import no_grad
from minigrad.tensor import Tensor
from minigrad.train.batches import Feed, in_order, mode, pairs
from minigrad.train.slips import check_model, check_output


class Said(NamedTuple):
    """Of one batch: the table of kernels, the inputs as the data gave them, outputs (N, C), each sample's true class (N,)."""

    k: Any
    x: Any
    outputs: NDArray[Any]
    true: NDArray[np.int64]

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The class with the largest output, the first of equals."""
        return self.outputs.argmax(axis=1)

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """(N, C): the softmax of the outputs, or the outputs where they are probabilities already."""
        z = self.outputs.astype(np.float64)
        if (z >= 0).all() and np.allclose(z.sum(axis=1), 1, atol=1e-4):
            return z
        with np.errstate(invalid="ignore"):         # inf - inf, of a network that diverged
            e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)


def classified(op: str, model: Any, data: Any, batch_size: int) -> Iterator[Said]:
    """One Said for each batch of the data, in their order, in evaluation mode; the model is left as found.

    TypeError and ValueError where the outputs are not (N, C), or the targets neither classes (N,) nor rows (N, C).
    """
    check_model(op, model)
    loader = in_order(op, data, batch_size)
    feed = Feed(model, op, loader)
    with mode(model, training=False), no_grad():
        for x, target in pairs(op, loader):
            z = model(feed.x(x))
            check_output(op, z)
            outputs = feed.k.to_numpy(z.data) if isinstance(z, Tensor) else None
            if outputs is None or outputs.ndim != 2:
                found = f"shape {outputs.shape}" if outputs is not None else type(z).__name__
                raise TypeError(f"[{op}] expected outputs (N, C), a number for each class, found {found}: of a model with one "
                                "number for two classes make the matrix from numbers, ConfusionMatrix.of(true, predicted)")
            yield Said(feed.k, x, outputs, _classes(op, feed.k.to_numpy(feed.target(target)), outputs))


def names_of(op: str, data: Any, classes: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """The names of so many classes: those given, the data's own, or numbers. ValueError for another number of names."""
    for names in (classes, getattr(data, "classes", None), getattr(getattr(data, "dataset", None), "classes", None)):
        if isinstance(names, Sequence) and not isinstance(names, str):
            if len(names) == count:
                return tuple(map(str, names))
            if names is classes:
                raise ValueError(f"[{op}] {len(names)} names were given for {count} classes: one for each output is expected")
    if classes is not None and not isinstance(classes, Sequence) or isinstance(classes, str):
        raise TypeError(f"[{op}] classes is a list of names, found {type(classes).__name__}")
    return tuple(map(str, range(count)))


def _classes(op: str, target: NDArray[Any], outputs: NDArray[Any]) -> NDArray[np.int64]:
    count = outputs.shape[1]
    if target.shape == outputs.shape and count > 1:
        return target.argmax(axis=1)
    if target.shape != outputs.shape[:1] or target.dtype.kind not in "iub":
        raise ValueError(f"[{op}] expected targets that are classes, integers {outputs.shape[:1]}, or rows {outputs.shape}, "
                         f"found {target.dtype} {target.shape}: of numbers there is no telling which are right")
    target = target.astype(np.int64)
    if target.size and not 0 <= target.min() <= target.max() < count:
        raise ValueError(f"[{op}] expected classes from 0 to {count - 1}, one for each output, found {target.min()} to "
                         f"{target.max()}")
    return target
