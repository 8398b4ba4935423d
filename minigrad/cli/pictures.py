"""A grid of samples, a row for each class, in a file."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.system.files import whole_file
from minigrad.viz.curves import figure_class
from minigrad.viz.grid import as_bytes

_ROWS = 25              # classes below each other; more stand in a second column
_INCHES = 0.42          # of a picture


def draw_classes(part: Any, path: str | os.PathLike[str], per_class: int = 10) -> None:
    """Draw the first `per_class` samples of each class of a Dataset of images into a file (.png, .svg, .pdf), with their names.

    ValueError for samples that are no pictures: (N, 1, H, W), (N, 3, H, W) or (N, H, W) are.
    """
    images = part.images if part.images.ndim == 4 else part.images[:, None]
    if images.ndim != 4 or images.shape[1] not in (1, 3) or not images.size:
        raise ValueError(f"[draw_classes] the samples of {part.name} are no pictures: expected (N, 1, H, W), (N, 3, H, W) or "
                         f"(N, H, W), found {part.images.shape}")
    labels = range(len(part.classes)) if part.classes is not None else np.unique(part.labels).tolist()
    rows = [(part.classes[label] if part.classes is not None else str(label),
             images[np.flatnonzero(part.labels == label)[:per_class]]) for label in labels]
    blocks = [rows[at:at + _ROWS] for at in range(0, len(rows), _ROWS)]
    height, width = images.shape[2:]
    size = _INCHES * max(1, 32 / max(height, width))
    figure = figure_class("draw_classes")(
        figsize=(len(blocks) * (per_class * size + 2.2), max(map(len, blocks)) * size * height / width + .8),
        layout="constrained")
    for axes, block in zip(figure.subplots(1, len(blocks), squeeze=False)[0], blocks, strict=True):
        axes.imshow(_tiled([pictures for _, pictures in block], per_class, height, width), interpolation="nearest")
        axes.set_yticks([(height + 1) * row + height / 2 for row in range(len(block))], [name for name, _ in block])
        axes.set_xticks([])
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
    figure.suptitle(part.name)
    with whole_file(path) as file:
        figure.savefig(file, dpi=100)


def _tiled(rows: list[NDArray], columns: int, height: int, width: int) -> NDArray:
    """One picture (h, w, 3) uint8 of rows of pictures (n, 1 or 3, H, W), white between them."""
    canvas = np.full((len(rows) * (height + 1), columns * (width + 1), 3), 255, np.uint8)
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            top, left = row * (height + 1), column * (width + 1)
            canvas[top:top + height, left:left + width] = as_bytes(picture).transpose(1, 2, 0)
    return canvas
