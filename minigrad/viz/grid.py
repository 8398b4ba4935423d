"""Pictures in a grid."""

import math
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.viz.curves import figure_class, saved


def draw_mistakes(mistakes: Any, path: str | os.PathLike[str] | None, shape: tuple[int, ...] | None,
                  title: str | None) -> Any:
    """The figure of train.Mistakes.plot."""
    if not len(mistakes):
        raise ValueError(f"[misclassified] there is no mistake among {mistakes.seen} samples, so there is nothing to draw")
    pictures = as_pictures("misclassified", mistakes.x, shape)
    side = max(math.ceil(math.sqrt(len(pictures))), 2)
    columns = min(range(side, side + 3), key=lambda c: -len(pictures) % c)          # leaves the fewest places empty
    rows = -(-len(pictures) // columns)
    figure = figure_class("misclassified")(figsize=(1.45 * columns, 1.95 * rows + .5), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, picture, t, p, sure in zip(panels, pictures, mistakes.true, mistakes.predicted, mistakes.probability):
        axes.imshow(picture, interpolation="nearest")
        axes.set_title(f"{_short(mistakes.classes[t])}\nas {_short(mistakes.classes[p])}: {sure:.2f}", fontsize=7.5)
    figure.suptitle(f"{title}: " * bool(title) + f"{mistakes.total:,} of {mistakes.seen:,} wrong: what each is, as what it was "
                    "taken, how surely", fontsize=9, wrap=True)
    return saved(figure, path)


def as_pictures(op: str, x: NDArray[Any], shape: tuple[int, ...] | None = None) -> list[NDArray[np.uint8]]:
    """Samples (N, C, H, W), (N, H, W, C) or (N, H, W) as pictures (H, W, 3) of bytes. ValueError for others."""
    if shape is not None:
        if math.prod(shape) * len(x) != x.size:
            raise ValueError(f"[{op}] shape={shape} has {math.prod(shape)} numbers, but a sample is {x.shape[1:]}")
        x = x.reshape(len(x), *shape)
    if x.ndim == 3:
        x = x[:, None]
    if x.ndim != 4 or not {x.shape[1], x.shape[3]} & {1, 3}:
        raise ValueError(f"[{op}] the samples {x.shape[1:]} are no pictures, which are (H, W), (1, H, W) or (3, H, W): give "
                         "shape= of one, or print them for a table")
    x = x if x.shape[1] in (1, 3) else x.transpose(0, 3, 1, 2)
    return [np.broadcast_to(as_bytes(picture).transpose(1, 2, 0), (*picture.shape[1:], 3)) for picture in x]


def as_bytes(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """Numbers from 0 to 1 as bytes; others are spread over what there is, from black to white; what is not finite is black."""
    if picture.dtype == np.uint8:
        return picture
    finite = np.isfinite(picture)
    low, high = (float(picture[finite].min()), float(picture[finite].max())) if finite.any() else (0.0, 1.0)
    if low >= 0 and .5 < high <= 1:
        low, high = 0.0, 1.0
    return np.where(finite, (np.where(finite, picture, low) - low) / (high - low or 1) * 255, 0).astype(np.uint8)


def _short(name: str) -> str:
    return name if len(name) <= 16 else name[:15] + "…"
