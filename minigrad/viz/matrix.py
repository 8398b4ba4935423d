"""A confusion matrix as a picture."""

import os
from typing import Any

import numpy as np

from minigrad.viz.curves import figure_class, saved

_WRITTEN = 20       # up to so many classes the counts stand in the squares


def draw_matrix(matrix: Any, path: str | os.PathLike[str] | None = None, title: str | None = None) -> Any:
    """Rows are true classes, columns predicted ones; a square's colour is its fraction of the row, mistakes in red. Where there
    are many classes the colours of mistakes begin at a tenth of the darkest, or single confusions would not be seen."""
    count = len(matrix.classes)
    share = matrix.counts / np.maximum(matrix.support[:, None], 1)
    right = np.eye(count, dtype=bool)
    side = max(3.6, .46 * count if count <= _WRITTEN else .115 * count)
    figure = figure_class("confusion_matrix")(figsize=(side + 1.8, side + 1.4), layout="constrained")
    axes = figure.subplots()
    worst = max(share[~right].max(), 1e-9) if count > 1 else 1.0
    for part, colours, most in ((right, "Blues", 1.0), (~right, "Reds", worst)):
        shown = np.ma.masked_where(~part | (matrix.counts == 0), share if most == 1.0 else np.maximum(share, worst / 10))
        axes.imshow(shown, cmap=colours, vmin=0, vmax=most / .8, interpolation="nearest")      # the darkest can be written on
    size = 8 if count <= 12 else 6.5 if count <= _WRITTEN else 5
    axes.set_xticks(range(count), matrix.classes, rotation=90, fontsize=size)
    axes.set_yticks(range(count), matrix.classes, fontsize=size)
    if count <= _WRITTEN:
        digits = max(size - .8 * max(len(str(matrix.counts.max())) - 4, 0), 4)
        for (i, j), n in np.ndenumerate(matrix.counts):
            if n:
                dark = share[i, j] > .5 if i == j else share[i, j] > .6 * worst
                axes.text(j, i, str(n), ha="center", va="center", fontsize=digits, color="white" if dark else "black")
    axes.set_xticks(np.arange(-.5, count), minor=True)
    axes.set_yticks(np.arange(-.5, count), minor=True)
    axes.grid(which="minor", color="#dddddd", linewidth=.4)
    axes.tick_params(which="minor", length=0)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title(f"{title}: " * bool(title) + f"accuracy {matrix.accuracy:.4f}", fontsize=10)
    return saved(figure, path, dpi=150)
