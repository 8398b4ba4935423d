"""Measuring a model: loss and accuracy over data, predictions for inputs. Evaluation mode, no graph, batch by batch."""

from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.data import Loader
from minigrad.modes import no_grad
from minigrad.tensor import Tensor, plain
from minigrad.train.batches import Accuracy, Feed, Sums, counter, in_order, inputs, mode, pairs
from minigrad.train.slips import check_function, check_loss, check_model, check_output, check_value

Loss = Callable[[Tensor, Any], Tensor]      # (predictions, targets) -> the mean over the batch, 0-d


def evaluate(model: Any, data: Any, loss: Loss | None = None, batch_size: int = 1000,
             accuracy: Accuracy | bool | None = None) -> dict[str, float]:
    """{"loss": ..., "accuracy": ...} of the model over all of the data, in evaluation mode; the model is left as found.

    data      a Dataset, a Loader (all of its samples, once each, no random transform), (x, y), or whatever else a Loader takes:
              a data set with __len__ and __getitem__, PyTorch's DataLoader, a list of batches, a generator ...
    loss      a function (predictions, targets) -> mean over the batch; without one there is no "loss"
    accuracy  None: the fraction of rows whose largest entry is at the target, where targets are classes or one-hot;
              False: none; or a function (predictions, targets) -> how many rows are right, both as numpy arrays

    ValueError when there are no samples, or nothing to measure.
    """
    check_model("evaluate", model)
    if loss is not None:
        check_loss("evaluate", loss)
    check_function("evaluate", "accuracy", accuracy, (None, True, False))
    result = measure("evaluate", model, in_order("evaluate", data, batch_size), loss, accuracy)
    if not result:
        raise ValueError("[evaluate] nothing to measure: the targets are no classes, so pass loss=, or "
                         "accuracy= a function (predictions, targets) -> how many rows are right")
    return result


def measure(op: str, model: Any, loader: Loader, loss: Loss | None, accuracy: Accuracy | bool | None,
            stopped: Callable[[], bool] = lambda: False) -> dict[str, float]:
    """`evaluate` without its checks; {} when stopped() says so between two batches."""
    feed = Feed(model, op, loader)
    sums = Sums(feed.k)
    tally, count = feed.k.tally, None
    with mode(model, training=False), no_grad():
        for x, target in pairs(op, loader):
            if stopped():
                return {}
            target = feed.target(target)
            z = model(feed.x(x))
            if not sums.seen:
                check_output(op, z)
                count = counter(op, accuracy, z, target)
            n = target.shape[0]
            if loss is not None:
                value = loss(z, target)
                check_value(op, value)
                tally(sums.loss, value.data, n)
            if count is not None:
                tally(sums.right, count(z.data, target))
            sums.seen += n
    return (({} if loss is None else {"loss": sums.mean_loss()}) | ({} if count is None else {"accuracy": sums.accuracy()}))


def predict(model: Any, x: Any, batch_size: int = 1000) -> np.ndarray:
    """The model's outputs for all of x, a numpy array (N, ...), in evaluation mode; the model is left as found.

    x: an array or a Tensor (N, ...); a Dataset, a Loader (in the order of its data), or whatever else a Loader takes, of pairs
    (x, y) or of x alone. uint8 pixels are divided by 255, as a Loader does. ValueError when it is empty.
    """
    check_model("predict", model)
    if isinstance(x, tuple):
        raise TypeError("[predict] expected the inputs alone, found a tuple: pass x rather than (x, y)")
    if isinstance(x, Tensor) or not _hands_out(x):
        array = x.k.to_numpy(plain(x)) if isinstance(x, Tensor) else np.asarray(x)
        if array.ndim == 0:
            raise ValueError(f"[predict] expected samples (N, ...), found {x!r}: for one sample pass x[None]")
        x = array, np.zeros(len(array), np.int64)
    loader = in_order("predict", x, batch_size)
    feed, outputs = Feed(model, "predict", loader), []
    with mode(model, training=False), no_grad():
        for batch in inputs("predict", loader):
            z = model(feed.x(batch))
            check_output("predict", z)
            if not isinstance(z, Tensor):
                raise TypeError(f"[predict] the model must return one Tensor, found {type(z).__name__}: wrap it in a Module "
                                "that returns the part that is wanted")
            outputs.append(feed.k.to_numpy(z.data))
    return np.concatenate(outputs)


def _hands_out(x: Any) -> bool:
    """Whether it gives samples or batches, rather than being an array or a list of numbers."""
    if isinstance(x, list):
        return bool(x) and isinstance(x[0], tuple) and len(x[0]) == 2 and np.ndim(x[0][0]) > 0     # pairs (x, y)
    return isinstance(x, Loader) or not hasattr(x, "__array__") and (hasattr(x, "__getitem__") or hasattr(x, "__iter__")
                                                                     or callable(x))
