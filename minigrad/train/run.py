"""Run: one call of fit, what it trains and how far it is. Callbacks look at it."""

import math
import operator
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from minigrad.data import Loader
from minigrad.system.memory import peak_megabytes
from minigrad.train.accumulation import Accumulation
from minigrad.train.batches import Accuracy, Feed, Sums, asleep, counter, mode, pairs
from minigrad.train.callbacks.callback import Callback, overriding
from minigrad.train.facts import engine_facts
from minigrad.train.history import History, Row
from minigrad.train.interrupt import CtrlC
from minigrad.train.measure import measure
from minigrad.train.progress import Progress
from minigrad.train.slips import check_output, check_value

_BAR_SECONDS = .05      # between two refreshes


class Run:
    """What `fit` trains, for callbacks to look at.

    model, loss, optimizer, loader   as they were given; loss may be smoothed
    average    the running mean of the weights that goes with it, or None
    history    its History: rows of whole epochs
    epochs     the number of the last epoch to train
    epoch      the number of the epoch, from 1: the one that is being trained, or was trained last
    step       batches done in this epoch, the present one included; skip: so many of the next were done before
    whole      whether it stands between two steps or two epochs, so that it can go on from here
    between    whether it is between two steps of an epoch, rather than between two epochs
    """

    def __init__(self, model: Any, loader: Loader, loss: Any, optimizer: Any, accuracy: Accuracy | bool | None, *,
                 epochs: int, callbacks: Sequence[Callback] = (), accumulate: int = 1, plain_loss: Any = None) -> None:
        self.model, self.loader, self.loss, self.optimizer, self.accuracy = model, loader, loss, optimizer, accuracy
        self.epochs, self.callbacks = epochs, sorted(callbacks, key=lambda callback: callback.last)
        self._told: list[Callback] = []
        self.average: Any = None
        self.plain_loss = loss if plain_loss is None else plain_loss
        self.feed = Feed(model, "fit", loader)
        self.measured: dict[str, Loader] = {}
        self.asleep: list[Any] = []
        self.ctrl_c = CtrlC()
        self.whole, self.between = True, False
        self._left_out = False      # whether a callback refused the step
        self.epoch, self.step, self.skip = loader.epoch + 1, 0, 0
        self.sums, self.counts = Sums(self.feed.k), False
        self.stopped: str | None = None
        self._accumulation = Accumulation(optimizer, accumulate, loader.batch_size) if accumulate > 1 else None
        self.history = History(facts={**engine_facts(self.feed.k), "seed": operator.index(loader.seed),
                                      "shuffled": loader.shuffle, "batch_size": loader.batch_size,
                                      "steps_per_epoch": loader.batches,
                                      "samples": loader.samples, "accumulate": accumulate,
                                      "parameters": sum(p.size for p in model.parameters())})

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self.ctrl_c.pressed

    @property
    def running_loss(self) -> float:
        """The mean of this epoch's losses so far. Waits for the device."""
        return self.sums.mean_loss() if self.sums.seen else math.nan

    def stop(self, reason: str) -> None:
        """End the run: after this step where a step is being made, else after this epoch. facts["stopped"] keeps the reason."""
        self.stopped = reason
        self.history.facts["stopped"] = reason

    def tell(self, moment: str) -> None:
        """Call every callback that does something at this moment."""
        for call in overriding(self.callbacks, moment):
            call(self)

    def begin(self) -> None:
        """Tell the callbacks that it starts."""
        for callback in self.callbacks:
            self._told.append(callback)
            callback.on_start(self)

    def end(self) -> None:
        """Tell those who were told of the start that it has ended: all of them, then the first error is raised."""
        errors: list[Exception] = []
        for moment in ("before_end", "on_end"):
            for call in overriding(self._told, moment):
                try:
                    call(self)
                except Exception as error:
                    errors.append(error)
        if errors:
            raise errors[0]

    # ---- an epoch

    def train_epoch(self, progress: Progress) -> bool:
        """Train one epoch, or what is left of it, measure, add its row; whether it is whole."""
        began, self.epoch = time.perf_counter(), self.loader.epoch + 1
        if self.model.training:                 # else on_epoch left it in evaluation mode: as it was before
            self.asleep = asleep(self.model)
        with mode(self.model, training=True, but=self.asleep):
            running = self._steps(progress)
        trained = time.perf_counter()
        if running is None:
            return False
        row: Row = {"epoch": self.loader.epoch, **running}
        self.history.rows.append(row)
        self.tell("before_measuring")
        for name, loader in self.measured.items():
            self._measure(row, name, self.model, loader)
        if self.average is not None and "validation" in self.measured:
            self._measure(row, "average", self.average, self.measured["validation"])
        row["lr"] = _rate(self.optimizer)
        row["train_seconds"] = trained - began
        row["data_seconds"] = self.loader.waited
        row["evaluation_seconds"] = time.perf_counter() - trained
        if (memory := peak_megabytes()) is not None:
            row["peak_memory_mb"] = memory
        if self.measured and self.ctrl_c.pressed and None in row.values():
            return False            # going on, it is measured
        self.between = False
        return True

    def _measure(self, row: Row, name: str, model: Any, loader: Loader) -> None:
        found = measure("fit", model, loader, self.plain_loss, self.accuracy, lambda: self.ctrl_c.pressed)
        row[f"{name}_loss"] = found.get("loss")
        if "accuracy" in found or "train_accuracy_running" in row:
            row[f"{name}_accuracy"] = found.get("accuracy")

    def _steps(self, progress: Progress) -> Row | None:
        """One pass over the data -> its running means, or None when it was broken off. Lean: this runs every few
        microseconds. No step reads a number: losses and right answers are added up on the device until the bar shows them."""
        model, loss, zero_grad, step = self.model, self.loss, self.optimizer.zero_grad, self._stepper()
        feed_x, feed_target, ctrl_c = self.feed.x, self.feed.target, self.ctrl_c
        accumulation, bar = self._accumulation, progress.bar
        batches, self.between = self._batches(), True
        sums, tally, count = self.sums, self.feed.k.tally, None
        total, right, first = sums.loss, sums.right, True
        epoch, steps = self.loader.epoch, self.loader.batches
        refresh = math.inf if bar is None else 0.0
        clock = time.perf_counter
        for x, target in batches:
            self.whole = False
            target = feed_target(target)
            if accumulation is None or not accumulation.pending:
                zero_grad()
            z = model(feed_x(x))
            if first:
                check_output("fit", z)
            value = loss(z, target)
            if first:
                check_value("fit", value)
                count, first = counter("fit", self.accuracy, z, target), False
                self.counts = count is not None
            n = target.shape[0]
            due = True
            if accumulation is None:
                value.backward()
            else:
                due = accumulation.backward(value, n)
            tally(total, value.data, n)
            if count is not None:
                tally(right, count(z.data, target))
            sums.seen += n
            self.step += 1
            if due:
                step()
            self.whole = due and not self._left_out
            if bar is not None and (clock() > refresh or self.step == steps):
                bar.show(epoch, self.step, sums.mean_loss(), None if count is None else sums.accuracy())
                refresh = clock() + _BAR_SECONDS
            if (ctrl_c.pressed and due or self.stopped is not None) and self.step != steps:
                return None
        if accumulation is not None and accumulation.pending:
            step()
        self.whole = not self._left_out
        if bar is not None and steps is None:
            bar.show(epoch, self.step, sums.mean_loss(), sums.accuracy() if self.counts else None)
        row: Row = {"train_loss_running": sums.mean_loss()}
        return row | {"train_accuracy_running": sums.accuracy()} if self.counts else row

    def _batches(self) -> Iterable[Any]:
        """The batches of this epoch that are not done; the sums are those of the batches that are."""
        skip, self.skip = self.skip, 0
        if not skip:
            self.step, self.sums = 0, Sums(self.feed.k)
        return pairs("fit", self.loader, skip)

    def _stepper(self) -> Callable[[], Any]:
        """The optimiser's step, with what callbacks do before and after it."""
        step, accumulation = self.optimizer.step, self._accumulation
        before, after = overriding(self.callbacks, "before_step"), overriding(self.callbacks, "on_step")
        if not before and not after and accumulation is None:
            return step

        def stepped() -> None:
            if accumulation is not None:
                accumulation.complete()
            for call in before:
                call(self)
            if before and self.stopped is not None:
                self._left_out = True
                return
            step()
            for call in after:
                call(self)

        return stepped


def _rate(optimizer: Any) -> float | None:
    """The learning rate, or None where the optimiser has several."""
    try:
        return float(optimizer.lr)
    except (AttributeError, RuntimeError):
        return None
