"""What `fit(callbacks=[...])` takes: each does one thing, at the moments that callback.py names.

    Callback         callback.py      the moments of a run: the base of your own
    Checkpoint       keeping.py       the whole run in one file, to go on from; the best weights in another
    EarlyStop        stopping.py      ends a run that gets no better
    StopAtNaN        stopping.py      ends it before the step that a loss of nan or inf would lead to
    ClipGradients    gradients.py     by their norm, or each number
    Schedule         rates.py         of the learning rate, after each epoch or step
    Average          averaging.py     a running mean of the weights that goes with them
    Log              logs.py          a CSV or JSON file, whole after each epoch
    TensorBoard      tensorboard.py   curves for TensorBoard (an extra)
"""

from minigrad.train.callbacks.averaging import Average
from minigrad.train.callbacks.callback import Callback
from minigrad.train.callbacks.gradients import ClipGradients
from minigrad.train.callbacks.keeping import Checkpoint
from minigrad.train.callbacks.logs import Log
from minigrad.train.callbacks.rates import Schedule
from minigrad.train.callbacks.stopping import EarlyStop, StopAtNaN
from minigrad.train.callbacks.tensorboard import TensorBoard

__all__ = ["Average", "Callback", "Checkpoint", "ClipGradients", "EarlyStop", "Log", "Schedule", "StopAtNaN", "TensorBoard"]
