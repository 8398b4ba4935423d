"""Pictures, as files. matplotlib is imported when something is drawn; no window is opened and no display is needed.

    plot_history   curves.py   loss and accuracy of a training run
    watch          health.py   activations, dead units, gradients and steps, layer by layer: a table that can be drawn
"""

from minigrad.viz.curves import plot_history
from minigrad.viz.health import Health, watch

__all__ = ["Health", "plot_history", "watch"]
