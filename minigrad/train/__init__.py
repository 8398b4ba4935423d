"""Training: the loop, what it measured, and checkpoints. A plain loop over a Loader does as well (examples/mnist.py).

    fit                                loop.py        trains a model -> History
    Callback, Checkpoint, EarlyStop ...  callbacks/   what happens beside the steps
    evaluate, predict                  measure.py     loss and accuracy; predictions, batch by batch
    History                            history.py     one row per epoch, and the facts of the run
    save_checkpoint, load_checkpoint   checkpoint.py  model, optimiser, random streams and epoch in one file

Beneath: run.py (one call of fit), resume.py (the run in a file), progress.py (bar and lines), interrupt.py (Ctrl-C),
accumulation.py, batches.py (what they share), facts.py (what a result depends on).
"""

from minigrad.train.callbacks import Average, Callback, Checkpoint, ClipGradients, EarlyStop, Log, Schedule, StopAtNaN
from minigrad.train.checkpoint import load_checkpoint, save_checkpoint
from minigrad.train.history import History
from minigrad.train.loop import fit
from minigrad.train.measure import evaluate, predict

__all__ = ["Average", "Callback", "Checkpoint", "ClipGradients", "EarlyStop", "History", "Log", "Schedule", "StopAtNaN",
           "evaluate", "fit", "load_checkpoint", "predict", "save_checkpoint"]
