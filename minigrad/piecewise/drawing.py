"""Linear regions and decision regions, drawn into matplotlib's axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minigrad.piecewise.layers import layers_of
from minigrad.piecewise.plane import decisions, regions

__all__ = ["draw_decisions", "draw_regions"]

COLOURS = ("#4477aa", "#ee7733", "#228833", "#ccbb44", "#aa3377", "#66ccee", "#bbbbbb", "#222222")


def draw_regions(axes: Any, network: Any, box: Sequence[Any] = (-1, 1, -1, 1), colour: str | None = None) -> int:
    """Outline the linear regions of a network with two inputs; -> how many there are.

    colour: of the outlines, over nothing; without it each region is filled, with the lightness of how many of its units
    are active.
    """
    parts = regions(network, box)
    counts = [sum(map(sum, part.active)) for part in parts]
    for part, count in zip(parts, counts):
        share = (count - min(counts))/max(max(counts) - min(counts), 1)
        fill = "none" if colour else (.97 - .55*share, .98 - .35*share, 1 - .15*share)
        axes.fill(*_columns(part.polygon), facecolor=fill, edgecolor=colour or "#4477aa", linewidth=.8)
    _frame(axes, box)
    return len(parts)


def draw_decisions(axes: Any, network: Any, box: Sequence[Any] = (-1, 1, -1, 1), labels: Sequence[str] | None = None,
                   colours: Sequence[str] = COLOURS, outlines: bool = True) -> None:
    """Fill what a network with two inputs puts into each class, as `decisions` has it.

    labels: what the legend calls them (for one output: [not positive, positive]); outlines: draw the linear regions' edges
    too. ValueError for another number of labels than classes.
    """
    classes = max(2, len(layers_of(network)[-1].b))
    if labels is not None and len(labels) != classes:
        raise ValueError(f"[draw_decisions] found {len(labels)} labels but the network has {classes} classes: one for each")
    named = set()
    for part in sorted(decisions(network, box), key=lambda part: part.label):
        name = labels[part.label] if labels and part.label not in named else None
        named.add(part.label)
        colour = colours[part.label % len(colours)]
        axes.fill(*_columns(part.polygon), facecolor=colour, alpha=.35, edgecolor="none", linewidth=0, label=name)
    if outlines:
        draw_regions(axes, network, box, colour="#555555")
    _frame(axes, box)
    if labels:
        axes.legend(loc="upper right", fontsize="small")


def _columns(polygon: Sequence[Any]) -> tuple[list[float], list[float]]:
    return [float(x) for x, _ in polygon], [float(y) for _, y in polygon]


def _frame(axes: Any, box: Sequence[Any]) -> None:
    axes.set_xlim(float(box[0]), float(box[1]))
    axes.set_ylim(float(box[2]), float(box[3]))
    axes.set_aspect("equal")
    axes.set_xlabel("x₁")
    axes.set_ylabel("x₂")
