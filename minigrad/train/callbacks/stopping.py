"""Callbacks that end a run before its last epoch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from minigrad.train.callbacks.callback import Callback
from minigrad.train.history import best_is_largest

if TYPE_CHECKING:
    from minigrad.train.run import Run


class EarlyStop(Callback):
    """Ends the run when a column has got no better for `patience` epochs.

    by         a column of the History: "validation_loss" where that is measured, "train_loss_running" elsewhere; the
               smallest loss is best, the largest accuracy
    patience   epochs without a better value, 1 or more
    min_delta  what a value must be better by to count
    restore    put the weights of the best epoch back when the run ends, whatever ends it
    """

    def __init__(self, by: str | None = None, patience: int = 5, min_delta: float = 0.0, restore: bool = True) -> None:
        if isinstance(patience, bool) or not isinstance(patience, int) or patience < 1:
            raise ValueError(f"[EarlyStop] patience is a number of epochs, 1 or more, found {patience!r}")
        if not min_delta >= 0:
            raise ValueError(f"[EarlyStop] min_delta must be 0 or more, found {min_delta!r}")
        self.by, self.patience, self.min_delta, self.restore = by, patience, float(min_delta), restore
        self.reset()

    def reset(self) -> None:
        self.best: float | None = None
        self.best_epoch = self.waited = 0
        self._weights: dict[str, Any] | None = None

    def on_epoch(self, run: Run) -> None:
        by = column_of(run, self.by, "EarlyStop")
        value = run.history[-1][by]
        if value is not None and better(by, value, self.best, self.min_delta):
            self.best, self.best_epoch, self.waited = value, run.history[-1]["epoch"], 0
            self._weights = model_of(run, by).state_dict() if self.restore else None
            return
        self.waited += 1
        if self.waited >= self.patience:
            best = "a finite number" if self.best is None else f"{self.best:.4g} of epoch {self.best_epoch}"
            run.stop(f"{by} has been no better than {best} for {self.waited} epochs")

    def on_end(self, run: Run) -> None:
        if self._weights is not None and (run.between or run.history[-1]["epoch"] != self.best_epoch):
            model_of(run, column_of(run, self.by, "EarlyStop")).load_state_dict(self._weights)
            run.history.facts["restored_epoch"] = self.best_epoch

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "best_epoch": self.best_epoch, "waited": self.waited}

    def arrays(self) -> dict[str, Any]:
        return self._weights or {}

    def load_arrays(self, arrays: dict[str, Any]) -> None:
        self._weights = arrays or None


class StopAtNaN(Callback):
    """Ends the run before the step that a loss of nan or inf would lead to: the weights stay those before it.

    It reads the loss of every `each`th step, which waits for the device.
    """

    def __init__(self, each: int = 1) -> None:
        if isinstance(each, bool) or not isinstance(each, int) or each < 1:
            raise ValueError(f"[StopAtNaN] each is a number of steps, 1 or more, found {each!r}")
        self.each = each

    def before_step(self, run: Run) -> None:
        if run.step % self.each == 0 and not math.isfinite(loss := run.running_loss):
            run.history.facts["diverged_at"] = {"epoch": run.epoch, "step": run.step}
            run.stop(f"the loss became {loss} in epoch {run.epoch}, step {run.step}")


def column_of(run: Run, by: str | None, op: str) -> str:
    """The column that is meant. ValueError for one that the run does not measure."""
    names = run.history.columns
    if by is None:
        return "validation_loss" if "validation_loss" in names else "train_loss_running"
    if by not in names:
        raise ValueError(f"[{op}] by={by!r} is no column of this run, which measures {', '.join(names)}"
                         + ("" if "validation_loss" in names else ": give fit validation= to measure more"))
    return by


def model_of(run: Run, by: str) -> Any:
    """What a column was measured with: the running mean of the weights, or the model."""
    return run.average.module if by.startswith("average_") else run.model


def better(by: str, value: float, best: float | None, delta: float = 0.0) -> bool:
    """Whether a value of this column beats the best so far; what is not finite beats nothing."""
    if not math.isfinite(value):
        return False
    return best is None or (value > best + delta if best_is_largest(by) else value < best - delta)
