"""Pictures, as files. matplotlib is imported when something is drawn; no window is opened and no display is needed.

    plot_history   curves.py   loss and accuracy of a training run
"""

from minigrad.viz.curves import plot_history

__all__ = ["plot_history"]
