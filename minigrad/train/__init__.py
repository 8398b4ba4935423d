"""Training: the loop, what it measured, and checkpoints. A plain loop over a Loader does as well (examples/mnist.py).

    fit                                loop.py        trains a model -> History
    Callback, Checkpoint, EarlyStop ...  callbacks/   what happens beside the steps
    evaluate, predict                  measure.py     loss and accuracy; predictions, batch by batch
    confusion_matrix                   confusion.py   which classes are taken for which; accuracy class by class
    misclassified                      mistakes.py    the samples that are wrong, as a table and a grid of pictures
    sweep                              sweeping.py    the same training with many settings -> Sweep
    History                            history.py     one row per epoch, and the facts of the run
    save_checkpoint, load_checkpoint   checkpoint.py  model, optimiser, random streams and epoch in one file

Beneath: run.py (one call of fit), resume.py (the run in a file), progress.py (bar and lines), interrupt.py (Ctrl-C),
accumulation.py, batches.py (what they share), outputs.py (what a classifier says),
trials.py (what a sweep has found, and its file), facts.py (what a result depends on).
"""

from minigrad.system.names import listed
from minigrad.train.callbacks import (
    Average,
    Callback,
    Checkpoint,
    ClipGradients,
    EarlyStop,
    Log,
    Schedule,
    StopAtNaN,
    TensorBoard,
)
from minigrad.train.checkpoint import load_checkpoint, save_checkpoint
from minigrad.train.confusion import ConfusionMatrix, confusion_matrix
from minigrad.train.history import History
from minigrad.train.loop import fit
from minigrad.train.measure import evaluate, predict
from minigrad.train.mistakes import Mistakes, misclassified
from minigrad.train.sweeping import sweep
from minigrad.train.trials import Sweep, Trial

__all__ = ["Average", "Callback", "Checkpoint", "ClipGradients", "ConfusionMatrix", "EarlyStop", "History", "Log", "Mistakes",
           "Schedule", "StopAtNaN", "Sweep", "TensorBoard", "Trial", "confusion_matrix", "evaluate", "fit",
           "load_checkpoint", "misclassified", "predict", "save_checkpoint", "sweep"]


def __dir__() -> list[str]:
    return listed(globals(), ["callbacks"])
