"""fit: the training loop with a bar, honest figures and a tidy end. What it does per step is what a plain loop does:

    optimizer.zero_grad(); loss(model(x), target).backward(); optimizer.step()
"""

import functools
import inspect
import os
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from minigrad.train.batches import Accuracy, check_passes, in_order, to_train
from minigrad.train.callbacks import Average, Callback, Checkpoint, Schedule
from minigrad.train.history import History
from minigrad.train.measure import Loss
from minigrad.train.progress import Progress
from minigrad.train.resume import resume_run
from minigrad.train.run import Run
from minigrad.train.slips import check_count, check_function, check_loss, check_model, check_optimizer

_EVALUATION_BATCH = 1000
_KERAS = {"on_train_begin": "on_start", "on_train_end": "on_end", "on_epoch_end": "on_epoch", "on_batch_end": "on_step",
          "on_train_batch_end": "on_step"}


def fit(model: Any, data: Any, loss: Loss, optimizer: Any, epochs: int = 1, batch_size: int | None = None,
        validation: Any = None, seed: int | None = None, *, first_epoch: int | None = None,
        evaluate_train: bool = False, accuracy: Accuracy | bool | None = None,
        on_epoch: Callable[[History], bool | None] | None = None, progress: bool | None = None,
        schedule: Any = None, schedule_each: str = "epoch", callbacks: Iterable[Callback] = (), accumulate: int = 1,
        label_smoothing: float = 0.0, average: Any = None, resume: bool | str | os.PathLike[str] = False) -> History:
    """Train the model and return its History.

    data            a Dataset, (x, y) arrays, or any data set with __len__ and __getitem__: shuffled batches of batch_size (32),
                    in an order that seed (0) and epoch fix; a Loader, which has its own batch size, order and seed; or what
                    gives batches itself: PyTorch's DataLoader, a list of (x, y), a function that makes a generator
    loss            a function (predictions, targets) -> mean over the batch: mg.cross_entropy, nn.MSELoss() ...
    optimizer       optim.SGD(model.parameters(), lr=0.1) ...
    epochs          how many more epochs to train; with resume, how many in all
    validation      data to measure after each epoch, never trained on
    first_epoch     the number of epochs trained before, for a run that is resumed by hand; 0, or a Loader's own count
    evaluate_train  measure the training data too after each epoch, in evaluation mode: costs about a third of an epoch
    accuracy        see `evaluate`
    on_epoch        called with the History after each epoch; return True to stop there
    progress        None: a bar on stderr where that is a terminal, or in a notebook with widgets, and a line for each epoch on
                    stdout; True: both, False: nothing. With on_epoch there are no lines: it says what it likes
    schedule        of the learning rate: optim.CosineAnnealingLR(optimizer, epochs) ...; it goes one step on after every epoch
                    (before on_epoch), or after every batch with schedule_each="step". A ReduceLROnPlateau is shown the
                    validation loss, or the training loss where that is not measured
    callbacks       of the classes in train/callbacks: Checkpoint, EarlyStop, ClipGradients ..., and your own
    accumulate      batches whose gradients are added up for one step: that of one batch with all their samples
    label_smoothing for a loss that has it (cross_entropy): of the training loss; validation is measured without
    average         optim.EMA(model), taken along after every step, or optim.AveragedModel(model) (SWA), after every epoch;
                    average_loss and average_accuracy are the validation figures of it. The model keeps its own weights
    resume          True: go on from the file of the Checkpoint among the callbacks, if it is there; a path: from that file.
                    A run that a callback stopped after an epoch has ended, and is not trained further

    The running figures are means over an epoch in which the weights move and dropout is on; those measured after the
    epoch are not, and the names say which is which (`History`). The model's training flags are left as found, and what is
    in evaluation mode while the model is in training mode, say a frozen batch norm, stays so while training.

    A loss that becomes nan or inf is recorded and reported by one RuntimeWarning (StopAtNaN ends the run). Ctrl-C stops at
    the next step and fit returns: the weights and whole epochs are kept, `history.interrupted` is set; a second Ctrl-C does
    not wait.
    """
    check_model("fit", model)
    loader = to_train("fit", data, batch_size, seed)
    if first_epoch is not None:
        loader.set_epoch(first_epoch)
    check_loss("fit", loss)
    check_optimizer("fit", model, loss, optimizer)
    epochs = check_count("fit", "epochs", epochs)
    if check_count("fit", "accumulate", accumulate) < 1:
        raise ValueError(f"[fit] accumulate is a number of batches, 1 or more, found {accumulate}")
    check_function("fit", "accuracy", accuracy, (None, True, False))
    check_function("fit", "on_epoch", on_epoch)
    own = _callbacks(callbacks, schedule, schedule_each, average)
    run = Run(model, loader, _smoothed(loss, label_smoothing), optimizer, accuracy, callbacks=own, accumulate=accumulate,
              plain_loss=loss, epochs=epochs if resume else loader.epoch + epochs)
    check_passes("fit", loader, epochs + (epochs if evaluate_train else 0), "the training data")
    if evaluate_train:
        run.measured["train"] = in_order("fit", data, _EVALUATION_BATCH)
    if validation is not None:
        run.measured["validation"] = in_order("fit", validation, _EVALUATION_BATCH)
        check_passes("fit", run.measured["validation"], epochs, "the validation data")
    for callback in own:
        callback.reset()
    if resume:
        path = _to_resume(resume, own)
        if path is None:
            loader.set_epoch(first_epoch or 0)      # a Loader's own count may be of another run
        else:
            resume_run(path, run)
    _train(run, Progress(progress, loader.batches, run.epochs, loader.epoch, lines=on_epoch is None), on_epoch)
    return run.history


def _train(run: Run, progress: Progress, on_epoch: Callable[[History], bool | None] | None) -> None:
    with run.ctrl_c:
        try:
            run.begin()
            while run.loader.epoch < run.epochs and run.stopped is None and run.train_epoch(progress):
                progress.epoch(run.history[-1], run.history.columns)
                _warn_if_diverged(run.history)
                run.whole = False               # until all have been told
                run.tell("on_epoch")
                run.whole = True
                if on_epoch is not None and on_epoch(run.history) or run.ctrl_c.pressed:
                    break
            if run.stopped is not None:
                progress.say(f"stopped: {run.stopped}")
        except KeyboardInterrupt:       # a second Ctrl-C, or one raised by the user's own code
            run.ctrl_c.pressed = True
        finally:
            if run.ctrl_c.pressed:
                run.history.interrupted = True
                step = run.step if run.between or run.history.rows else 0
                run.history.facts["interrupted_at"] = {"epoch": run.loader.epoch + (step != run.loader.batches), "step": step}
            try:
                run.end()
            finally:
                progress.close()


def _callbacks(callbacks: Iterable[Callback], schedule: Any, schedule_each: str, average: Any) -> list[Callback]:
    if isinstance(callbacks, Callback) or not isinstance(callbacks, Iterable):
        raise TypeError(f"[fit] callbacks is a list, found {type(callbacks).__name__}: write [{type(callbacks).__name__}(...)]")
    own = list(callbacks)
    for callback in own:
        if not isinstance(callback, Callback):
            what = (f"the class {callback.__name__}: write {callback.__name__}(...), with brackets, which makes one"
                    if isinstance(callback, type) else f"{type(callback).__name__}: derive its class from mg.train.Callback")
            raise TypeError(f"[fit] expected instances of mg.train.Callback, found {what}")
        for theirs, ours in _KERAS.items():
            if hasattr(callback, theirs):
                raise TypeError(f"[fit] {type(callback).__name__} has {theirs}, Keras's name, which nobody calls here: call it "
                                f"{ours}(self, run)")
    if average is not None:
        own.insert(0, average if isinstance(average, Average) else Average(average))
    if schedule is not None or schedule_each not in ("epoch", "step"):
        if any(isinstance(callback, Schedule) and callback.schedule is schedule for callback in own):
            raise ValueError(f"[fit] the {type(schedule).__name__} is given twice, as schedule= and among the callbacks, and "
                             "would be stepped twice: leave one of them out")
        own.insert(0, Schedule(schedule, schedule_each, "fit"))
    return own


def _smoothed(loss: Any, label_smoothing: float) -> Any:
    if not label_smoothing:
        return loss
    if not inspect.isroutine(loss) or "label_smoothing" not in inspect.signature(loss).parameters:
        raise TypeError(f"[fit] label_smoothing={label_smoothing} is for a function that has it, such as mg.cross_entropy; "
                        f"found {getattr(loss, '__name__', type(loss).__name__)}: a module of a loss takes it when it is made, "
                        "nn.CrossEntropyLoss(label_smoothing=0.1)")
    return functools.partial(loss, label_smoothing=label_smoothing)


def _to_resume(resume: bool | str | os.PathLike[str], callbacks: list[Callback]) -> Path | None:
    """The file to go on from, or None to start."""
    if not isinstance(resume, bool):
        return Path(resume)             # which must be there
    path = next((callback.path for callback in callbacks if isinstance(callback, Checkpoint)), None)
    if path is None:
        raise ValueError("[fit] resume=True goes on from the file of a Checkpoint, and there is none among the callbacks: add "
                         "callbacks=[mg.train.Checkpoint('run.safetensors')], or name the file, resume='run.safetensors'")
    return path if path.exists() else None


def _warn_if_diverged(history: History) -> None:
    """One warning, in the first epoch of this run whose loss is not finite."""
    last = history[-1]
    if history.diverged == last["epoch"]:
        warnings.warn(f"[fit] training diverged: the loss became {last['train_loss_running']} in epoch {last['epoch']} "
                      f"(lr {last['lr']}). It goes on and is recorded; try a smaller learning rate",
                      RuntimeWarning, stacklevel=4)
