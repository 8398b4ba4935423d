"""Which classes a model takes for which: `print(mg.train.confusion_matrix(model, test))`."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from minigrad.train.outputs import classified, names_of

_SHOWN = 20         # classes whose counts are printed; of more, the confusions that happen most


class ConfusionMatrix:
    """counts[i, j] says how many samples of class i the model took for class j: int64 (C, C).

    classes            the names, in order
    accuracy           the fraction of all samples that is right
    recall (C,)        of the samples of each class, the fraction that is right: the accuracy class by class
    precision (C,)     of the samples taken for each class, the fraction that is of it
    f1 (C,)            the harmonic mean of both
    support (C,)       how many samples of each class there are

    A class without samples has recall nan, one that nothing was taken for precision nan. Printed, it is a table of counts,
    in a notebook too; plot() draws it.
    """

    def __init__(self, counts: ArrayLike, classes: Sequence[str] | None = None) -> None:
        given = np.asarray(counts)
        if given.ndim != 2 or given.shape[0] != given.shape[1] or not given.size or given.dtype.kind not in "iu":
            raise ValueError(f"[confusion_matrix] expected whole numbers (C, C), found {given.dtype} {given.shape}")
        self.counts: NDArray[np.int64] = given.astype(np.int64)
        self.classes = names_of("confusion_matrix", None, classes, len(given))

    @classmethod
    def of(cls, true: ArrayLike, predicted: ArrayLike, classes: Sequence[str] | None = None) -> "ConfusionMatrix":
        """Counted from the true and the predicted class of each sample, integers (N,) from 0."""
        t, p = np.asarray(true), np.asarray(predicted)
        for name, array in (("true", t), ("predicted", p)):
            if array.dtype.kind not in "iub" or array.ndim != 1 or array.size and array.min() < 0:
                raise ValueError(f"[confusion_matrix] {name} holds classes, integers (N,) from 0, found {array.dtype} "
                                 f"{array.shape}")
        if len(t) != len(p) or not len(t):
            raise ValueError(f"[confusion_matrix] expected as many predicted classes as true ones, at least one: true "
                             f"{t.shape}, predicted {p.shape}")
        count = max(int(t.max()) + 1, int(p.max()) + 1, 0 if classes is None else len(classes))
        return cls(_count(t, p, count), classes)

    # ---- figures

    @property
    def support(self) -> NDArray[np.int64]:
        return self.counts.sum(axis=1)

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.counts) / max(self.counts.sum(), 1))

    @property
    def recall(self) -> NDArray[np.float64]:
        return _ratio(np.diag(self.counts), self.support)

    @property
    def precision(self) -> NDArray[np.float64]:
        return _ratio(np.diag(self.counts), self.counts.sum(axis=0))

    @property
    def f1(self) -> NDArray[np.float64]:
        return _ratio(2 * np.diag(self.counts), self.support + self.counts.sum(axis=0))

    @property
    def per_class(self) -> dict[str, float]:
        """{class: accuracy}, the recall by name."""
        return dict(zip(self.classes, self.recall.tolist()))

    def confused(self, n: int = 10) -> list[tuple[str, str, int]]:
        """The n mistakes that happen most: (true class, what it was taken for, how often), the most frequent first."""
        wrong = self.counts.copy()
        np.fill_diagonal(wrong, 0)
        order = np.argsort(-wrong, axis=None, kind="stable")[:n]
        return [(self.classes[i], self.classes[j], int(wrong[i, j]))
                for i, j in zip(*np.unravel_index(order, wrong.shape), strict=True) if wrong[i, j]]

    # ---- looking at it

    @property
    def _head(self) -> str:
        total, right = int(self.counts.sum()), int(np.trace(self.counts))
        return f"accuracy {self.accuracy:.4f}: {right:,} of {total:,} samples in {len(self.classes)} classes"

    def _tables(self) -> list[list[list[str]]]:
        figures = [[*map(_text, values)] for values in (self.recall, self.precision, self.f1)]
        if len(self.classes) <= _SHOWN:
            return [[["true \\ predicted", *self.classes, "recall"],
                     *([name, *map(str, row), recall] for name, row, recall in zip(self.classes, self.counts.tolist(),
                                                                                    figures[0])),
                     ["precision", *figures[1], ""]]]
        worst = np.argsort(np.nan_to_num(self.recall, nan=2.0), kind="stable")[:10]
        return [[["hardest classes", "samples", "recall", "precision"],
                 *([self.classes[i], str(self.support[i]), figures[0][i], figures[1][i]] for i in worst)],
                [["taken", "for", "times"], *([a, b, str(n)] for a, b, n in self.confused())]]

    def __str__(self) -> str:
        from minigrad.viz.tables import text_table

        left = "true \\ predicted", "hardest classes", "taken", "for"
        return "\n\n".join([self._head, *(text_table(table, left) for table in self._tables())])

    def __repr__(self) -> str:
        return f"ConfusionMatrix({self._head})"

    def _repr_html_(self) -> str:
        from minigrad.viz.tables import html_table

        return f"<p>{self._head}</p>" + "".join(map(html_table, self._tables()))

    def plot(self, path: str | os.PathLike[str] | None = None, title: str | None = None) -> Any:
        """Draw it: a matplotlib Figure, into a file as well if a path is given. Each row is coloured by its fractions, so that
        classes with few samples show, too; up to 20 classes have their counts written in."""
        from minigrad.viz.matrix import draw_matrix

        return draw_matrix(self, path, title)


def confusion_matrix(model: Any, data: Any, classes: Sequence[str] | None = None, batch_size: int = 1000) -> ConfusionMatrix:
    """Which classes the model takes for which, over all of the data, in evaluation mode; the model is left as found.

    data: what `evaluate` takes, with targets that are classes (N,) or rows (N, C) whose largest entry is the class. The model
    gives (N, C), and its largest entry, the first of equals, is what it takes a sample for. classes: names, if the data have
    none of their own. ValueError where there are no samples, and for targets that are no classes.
    """
    counts: Any = 0
    for said in classified("confusion_matrix", model, data, batch_size):
        counts = counts + _count(said.true, said.predicted, said.outputs.shape[1])
    return ConfusionMatrix(counts, names_of("confusion_matrix", data, classes, len(counts)))


def _count(true: NDArray[Any], predicted: NDArray[Any], count: int) -> NDArray[np.int64]:
    flat = true.astype(np.int64) * count + predicted.astype(np.int64)
    return np.bincount(flat, minlength=count * count).reshape(count, count)


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


def _text(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.3f}"
