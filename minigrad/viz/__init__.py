"""Pictures, as files and in notebooks. matplotlib is imported when something is drawn; no window is opened and no display is
needed.

    plot_history   curves.py       loss and accuracy of a training run
    compare        comparison.py   several runs: a table, and their curves
    watch          health.py       activations, dead units, gradients and steps, layer by layer: a table that can be drawn
    draw, explain  graph/          a graph as a picture; each step of a gradient in words and numbers

Beneath: figure.py (a Figure that notebooks show), matrix.py and grid.py (what a confusion matrix and the mistakes of a
classifier look like), scatter.py (a sweep).
"""

from minigrad.system.names import listed
from minigrad.viz.comparison import Comparison, compare
from minigrad.viz.curves import plot_history
from minigrad.viz.graph import Explanation, Picture, draw, explain
from minigrad.viz.health import Health, watch

__all__ = ["Comparison", "Explanation", "Health", "Picture", "compare", "draw", "explain", "plot_history", "watch"]


def __dir__() -> list[str]:
    return listed(globals())
