"""fit: the training loop with a bar, honest figures and a tidy end. What it does per step is what a plain loop does:

    optimizer.zero_grad(); loss(model(x), target).backward(); optimizer.step()
"""

import math
import operator
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

from minigrad.data import Loader
from minigrad.system.console import stderr_is_a_terminal
from minigrad.train.batches import Accuracy, Feed, Sums, asleep, counter, in_order, mode
from minigrad.train.facts import engine_facts
from minigrad.train.history import History, Row
from minigrad.train.measure import Loss, measure
from minigrad.train.schedule import both, check_schedule, step_schedule
from minigrad.train.slips import (
    check_count,
    check_function,
    check_loss,
    check_model,
    check_optimizer,
    check_output,
    check_value,
)

_EVALUATION_BATCH = 1000
_BAR_SECONDS = .05      # between two refreshes


def fit(model: Any, data: Any, loss: Loss, optimizer: Any, epochs: int = 1, batch_size: int | None = None,
        validation: Any = None, seed: int | None = None, *, first_epoch: int | None = None,
        evaluate_train: bool = False, accuracy: Accuracy | bool | None = None,
        on_epoch: Callable[[History], bool | None] | None = None, progress: bool | None = None,
        schedule: Any = None, schedule_each: str = "epoch") -> History:
    """Train the model and return its History.

    data            a Dataset, or (x, y) arrays: shuffled batches of batch_size (32), in an order that seed (0) and
                    epoch fix; or a Loader, which has its own batch size, order and seed
    loss            a function (predictions, targets) -> mean over the batch: mg.cross_entropy, nn.MSELoss() ...
    optimizer       optim.SGD(model.parameters(), lr=0.1) ...
    epochs          how many more epochs to train
    validation      data to measure after each epoch, never trained on
    first_epoch     the number of epochs trained before, for a run that is resumed; 0, or a Loader's own count
    evaluate_train  measure the training data too after each epoch, in evaluation mode: costs about a third of an epoch
    accuracy        see `evaluate`
    on_epoch        called with the History after each epoch; return True to stop there
    progress        a bar on stderr: True, False, or None for "if it is a terminal"
    schedule        of the learning rate: optim.CosineAnnealingLR(optimizer, epochs) ...; it goes one step on after every epoch
                    (before on_epoch), or after every batch with schedule_each="step". A ReduceLROnPlateau is shown the
                    validation loss, or the training loss where that is not measured

    The running figures are means over an epoch in which the weights move and dropout is on; those measured after the
    epoch are not, and the names say which is which (`History`). The model's training flags are left as found, and what is
    in evaluation mode while the model is in training mode, say a frozen batch norm, stays so while training.

    A loss that becomes nan or inf is recorded and reported by one RuntimeWarning. Ctrl-C stops at the next step and
    fit returns: the weights and whole epochs are kept, `history.interrupted` is set; a second Ctrl-C does not wait.
    """
    check_model("fit", model)
    loader = _training_loader(data, batch_size, seed)
    if first_epoch is not None:
        loader.set_epoch(first_epoch)
    check_loss("fit", loss)
    check_optimizer("fit", model, loss, optimizer)
    epochs = check_count("fit", "epochs", epochs)
    check_function("fit", "accuracy", accuracy, (None, True, False))
    check_function("fit", "on_epoch", on_epoch)
    check_schedule("fit", schedule, schedule_each, optimizer)
    run = _Run(model, loader, loss, optimizer, accuracy)
    if schedule is not None and schedule_each == "step":
        run.after_step = schedule.step
    if evaluate_train:
        run.measured["train"] = in_order("fit", data, _EVALUATION_BATCH)
    if validation is not None:
        run.measured["validation"] = in_order("fit", validation, _EVALUATION_BATCH)
    show = stderr_is_a_terminal() if progress is None else progress
    bar = _Bar(len(loader), epochs, stays=on_epoch is None) if show else None
    with run.ctrl_c:
        try:
            for _ in range(epochs):
                if not run.epoch(bar):
                    break
                if bar is not None:
                    bar.hide()      # out of the way of what is printed
                _warn_if_diverged(run.history)
                if schedule is not None and schedule_each == "epoch":
                    step_schedule(schedule, run.history[-1])
                if on_epoch is not None and on_epoch(run.history):
                    break
        except KeyboardInterrupt:       # a second Ctrl-C, or one raised by the user's own code
            run.ctrl_c.pressed = True
        finally:
            if bar is not None:
                bar.close()
    if run.ctrl_c.pressed:
        run.history.interrupted = True
        run.history.facts["interrupted_at"] = {"epoch": loader.epoch + (run.step < len(loader)), "step": run.step}
    return run.history


class _Run:
    """One call of fit: what it trains, and how far it is."""

    def __init__(self, model: Any, loader: Loader, loss: Loss, optimizer: Any,
                 accuracy: Accuracy | bool | None) -> None:
        self.model, self.loader, self.loss, self.optimizer, self.accuracy = model, loader, loss, optimizer, accuracy
        self.feed = Feed(model, "fit", loader)
        self.measured: dict[str, Loader] = {}
        self.after_step: Callable[[], None] | None = None
        self.asleep: list[Any] = []
        self.ctrl_c = _CtrlC()
        self.step = 0           # steps done in this epoch
        self.history = History(facts={**engine_facts(self.feed.k), "seed": operator.index(loader.seed),
                                      "shuffled": loader.shuffle, "batch_size": loader.batch_size,
                                      "steps_per_epoch": len(loader),
                                      "samples": loader.x.shape[0], "parameters": sum(p.size for p in model.parameters())})

    def epoch(self, bar: "_Bar | None") -> bool:
        """Train one epoch, measure, add its row; whether to go on."""
        began = time.perf_counter()
        if self.model.training:                 # else on_epoch left it in evaluation mode: as it was before
            self.asleep = asleep(self.model)
        with mode(self.model, training=True, but=self.asleep):
            running = self._steps(bar)
        trained = time.perf_counter()
        if running is None:
            return False
        row: Row = {"epoch": self.loader.epoch, **running}
        self.history.rows.append(row)
        for name, loader in self.measured.items():
            found = measure("fit", self.model, loader, self.loss, self.accuracy, lambda: self.ctrl_c.pressed)
            row[f"{name}_loss"] = found.get("loss")
            if "accuracy" in found or "train_accuracy_running" in row:
                row[f"{name}_accuracy"] = found.get("accuracy")
        row["lr"] = _rate(self.optimizer)
        row["train_seconds"] = trained - began
        row["evaluation_seconds"] = time.perf_counter() - trained
        return not self.ctrl_c.pressed

    def _steps(self, bar: "_Bar | None") -> Row | None:
        """One pass over the data -> its running means, or None when Ctrl-C broke it off. Lean: this runs every few
        microseconds. No step reads a number: losses and right answers are added up on the device until the bar shows them."""
        model, loss, zero_grad, step = self.model, self.loss, self.optimizer.zero_grad, self.optimizer.step
        if self.after_step is not None:
            step = both(step, self.after_step)
        feed_x, feed_target, ctrl_c = self.feed.x, self.feed.target, self.ctrl_c
        sums, tally, count = Sums(self.feed.k), self.feed.k.tally, None
        total, right, seen = sums.loss, sums.right, 0
        epoch, steps = self.loader.epoch, len(self.loader)
        refresh = math.inf if bar is None else 0.0
        clock = time.perf_counter
        self.step = 0
        for x, target in self.loader:
            target = feed_target(target)
            zero_grad()
            z = model(feed_x(x))
            if not seen:
                check_output("fit", z)
            value = loss(z, target)
            if not seen:
                check_value("fit", value)
            value.backward()
            step()
            self.step += 1
            n = target.shape[0]
            if not seen:
                count = counter("fit", self.accuracy, z, target)
            seen += n
            tally(total, value.data, n)
            if count is not None:
                tally(right, count(z.data, target))
            if bar is not None and (clock() > refresh or self.step == steps):
                sums.seen = seen
                bar.show(epoch, self.step, sums.mean_loss(), None if count is None else sums.accuracy())
                refresh = clock() + _BAR_SECONDS
            if ctrl_c.pressed and self.step < steps:
                return None
        sums.seen = seen
        row: Row = {"train_loss_running": sums.mean_loss()}
        return row if count is None else row | {"train_accuracy_running": sums.accuracy()}


def _training_loader(data: Any, batch_size: int | None, seed: int | None) -> Loader:
    if isinstance(data, Loader):
        if batch_size is not None or seed is not None:
            raise ValueError(f"[fit] a Loader has its own batch size ({data.batch_size}) and seed ({data.seed}): leave "
                             f"out batch_size= ({batch_size}) and seed= ({seed}), or pass the data itself")
        loader = data
    else:
        loader = Loader(data, batch_size=32 if batch_size is None else batch_size, shuffle=True,
                        seed=0 if seed is None else seed)
    if not len(loader):
        raise ValueError(f"[fit] the data holds no batch: {loader.x.shape[0]} samples, batches of {loader.batch_size}"
                         + (", drop_last" if loader.drop_last else ""))
    return loader


def _warn_if_diverged(history: History) -> None:
    """One warning, in the first epoch of this run whose loss is not finite."""
    last = history[-1]
    if history.diverged == last["epoch"]:
        warnings.warn(f"[fit] training diverged: the loss became {last['train_loss_running']} in epoch {last['epoch']} "
                      f"(lr {last['lr']}). It goes on and is recorded; try a smaller learning rate",
                      RuntimeWarning, stacklevel=3)


def _rate(optimizer: Any) -> float | None:
    """The learning rate, or None where the optimiser has several."""
    try:
        return float(optimizer.lr)
    except (AttributeError, RuntimeError):
        return None


class _CtrlC:
    """While it is entered, the first Ctrl-C only sets `pressed`, so that a step is never cut in two; the second raises.

    Does nothing outside the main thread, or where Ctrl-C has a meaning of its own already.
    """

    def __init__(self) -> None:
        self.pressed = self._ours = False

    def __enter__(self) -> None:
        self._ours = (threading.current_thread() is threading.main_thread()
                      and signal.getsignal(signal.SIGINT) is signal.default_int_handler)
        if self._ours:
            signal.signal(signal.SIGINT, self._press)

    def _press(self, signum: int, frame: Any) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True

    def __exit__(self, *error: object) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


class _Bar:
    """A tqdm bar over all the steps of a run. When nobody can read it any more it is dropped, and the training goes on."""

    def __init__(self, steps: int, epochs: int, stays: bool) -> None:
        self._steps, self._last = steps, 0
        self._epochs, self._first = epochs, -1
        self._bar: Any = None
        self._try(lambda: self._start(stays))

    def _start(self, stays: bool) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=self._steps * self._epochs, unit="step", leave=stays, mininterval=0, miniters=1,
                         dynamic_ncols=True, file=sys.stderr)

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:           # whatever the stream makes of it
            if self._bar is not None:
                self._bar.disable = True
            self._bar = None

    def show(self, epoch: int, step: int, loss: float, accuracy: float | None) -> None:
        if self._bar is not None:
            self._try(lambda: self._show(epoch, step, loss, accuracy))

    def _show(self, epoch: int, step: int, loss: float, accuracy: float | None) -> None:
        if self._first < 0:
            self._first = epoch
        self._bar.set_description(f"epoch {epoch + 1}/{self._first + self._epochs}", refresh=False)
        self._bar.set_postfix_str(f"loss {loss:.4f}" + ("" if accuracy is None else f", accuracy {accuracy:.4f}"),
                                  refresh=False)
        done = (epoch - self._first) * self._steps + step
        self._bar.update(done - self._last)
        self._last = done

    def hide(self) -> None:
        if self._bar is not None:
            self._try(self._bar.clear)

    def close(self) -> None:
        if self._bar is not None:
            self._try(self._bar.close)
