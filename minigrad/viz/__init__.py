"""Pictures, as files. matplotlib is imported when something is drawn; no window is opened and no display is needed.

    plot_history   curves.py   loss and accuracy of a training run
    watch          health.py   activations, dead units, gradients and steps, layer by layer: a table that can be drawn
    draw, explain  graph/      a graph as a picture; each step of a gradient in words and numbers
"""

from minigrad.viz.curves import plot_history
from minigrad.viz.graph import Explanation, Picture, draw, explain
from minigrad.viz.health import Health, watch

__all__ = ["Explanation", "Health", "Picture", "draw", "explain", "plot_history", "watch"]
