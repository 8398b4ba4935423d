"""The samples that a classifier gets wrong: `mg.train.misclassified(model, test).plot("wrong.png")`."""

import os
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.train.outputs import Said, classified, names_of


@dataclass
class Mistakes:
    """What `misclassified` found, the surest mistake first.

    index (n,)          places in the data, in its order
    true, predicted     the classes (n,)
    probability (n,)    what the model gives the class that it took the sample for
    x                   the samples (n, ...), as the data hand them out
    classes             names; total: how many of the `seen` samples are wrong, those that are not here included

    Printed, it is a table; plot() draws a grid of pictures, and a notebook shows that.
    """

    index: NDArray[np.int64]
    true: NDArray[np.int64]
    predicted: NDArray[np.int64]
    probability: NDArray[np.float64]
    x: NDArray[Any]
    classes: tuple[str, ...]
    total: int
    seen: int

    def __len__(self) -> int:
        return len(self.index)

    def _table(self) -> list[list[str]]:
        rows = zip(self.index.tolist(), self.true.tolist(), self.predicted.tolist(), self.probability.tolist())
        return [["sample", "is", "taken for", "probability"],
                *([str(i), self.classes[t], self.classes[p], f"{q:.3f}"] for i, t, p, q in rows)]

    @property
    def _head(self) -> str:
        return f"{self.total:,} of {self.seen:,} samples are misclassified" + (
            f"; the {len(self)} surest" if 0 < len(self) < self.total else "")

    def __str__(self) -> str:
        from minigrad.viz.tables import text_table

        return "\n".join([self._head, *([text_table(self._table(), ("is", "taken for"))] if len(self) else [])])

    def __repr__(self) -> str:
        return f"Mistakes({self._head})"

    def _repr_html_(self) -> str:
        """The pictures, or where there are none to draw, the table."""
        from minigrad.viz.tables import html_table

        if not len(self):
            return f"<p>{self._head}</p>"
        try:
            picture = b64encode(self.plot()._repr_png_()).decode()
        except (ValueError, ImportError):
            return f"<p>{self._head}</p>{html_table(self._table())}"
        return f'<img alt="{self._head}" src="data:image/png;base64,{picture}">'

    def plot(self, path: str | os.PathLike[str] | None = None, shape: tuple[int, ...] | None = None,
             title: str | None = None) -> Any:
        """Each picture with what it is, what it was taken for and how surely: a matplotlib Figure, into a file as well if a
        path is given.

        shape: of one picture, (28, 28) or (3, 32, 32), where the samples are rows of numbers. Numbers outside 0 .. 1, as those
        of normalised data are, are spread from black to white. ValueError for samples that are no pictures, and where there
        is no mistake.
        """
        from minigrad.viz.grid import draw_mistakes

        return draw_mistakes(self, path, shape, title)


def misclassified(model: Any, data: Any, n: int = 25, classes: Sequence[str] | None = None,
                  batch_size: int = 1000) -> Mistakes:
    """The n samples that the model is surest of and wrong about, in evaluation mode; the model is left as found.

    data, classes: as for `confusion_matrix`. The probability is the softmax of the outputs, or they themselves where they are
    probabilities. No more than n samples and a batch are in memory. ValueError for n < 1, and as `confusion_matrix`.
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"[misclassified] n is how many samples to keep, 1 or more, found {n!r}")
    kept: list[NDArray[Any]] = []
    total = seen = outputs = 0
    for said in classified("misclassified", model, data, batch_size):
        found = _wrong(said, seen)
        total, seen, outputs = total + len(found[0]), seen + len(said.true), said.outputs.shape[1]
        kept = _surest([np.concatenate(pair) for pair in zip(kept, found, strict=True)] if kept else found, n)
    index, true, predicted, probability, x = kept
    return Mistakes(index, true, predicted, probability, x, names_of("misclassified", data, classes, outputs), total, seen)


def _wrong(said: Said, before: int) -> list[NDArray[Any]]:
    """[index, true, predicted, probability, x] of the mistakes in a batch that has so many samples before it."""
    if not hasattr(said.x, "shape"):
        raise TypeError(f"[misclassified] expected one array of inputs, found {type(said.x).__name__}: which of several is the "
                        "sample?")
    predicted = said.predicted
    places = np.flatnonzero(predicted != said.true)
    sure = said.probabilities[places, predicted[places]]
    x = (said.x if isinstance(said.x, np.ndarray) else said.k.to_numpy(said.x))[places]
    return [places + before, said.true[places], predicted[places], sure, x]


def _surest(found: list[NDArray[Any]], n: int) -> list[NDArray[Any]]:
    order = np.argsort(-found[3], kind="stable")[:n]
    return [array[order] for array in found]
