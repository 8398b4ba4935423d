"""A running mean of the weights that is kept beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minigrad.optim import AveragedModel
from minigrad.train.callbacks.callback import Callback

if TYPE_CHECKING:
    from minigrad.train.run import Run


class Average(Callback):
    """Takes the weights into the mean: of an optim.EMA after every step, of a plain AveragedModel (SWA) after every epoch.

    each         "step" or "epoch", if it is to be otherwise
    first_epoch  the first epoch, from 1, whose weights count (SWA starts late)

    What is measured on the validation data with the mean stands in average_loss and average_accuracy. Checkpoints keep it.
    Batch norm's estimates of a plain mean are the model's: measure them anew with optim.update_bn(loader, average).
    """

    def __init__(self, average: AveragedModel, each: str | None = None, first_epoch: int = 1) -> None:
        if not isinstance(average, AveragedModel):
            raise TypeError(f"[Average] expected optim.EMA(model) or optim.AveragedModel(model), found "
                            f"{type(average).__name__}")
        if each not in (None, "step", "epoch"):
            raise ValueError(f"[Average] each must be 'step' or 'epoch', found {each!r}")
        self.average, self.first_epoch = average, first_epoch
        self.each = each or ("epoch" if average.decay is None else "step")
        self.reset()

    def reset(self) -> None:
        self.taken = 0          # the last epoch that was taken into the mean as a whole

    def on_start(self, run: Run) -> None:
        if run.average is not None and run.average is not self.average:
            raise ValueError("[Average] found two means of the weights in one run: give one")
        run.average = self.average

    def on_step(self, run: Run) -> None:
        if self.each == "step" and run.epoch >= self.first_epoch:
            self.average.update_parameters(run.model)

    def before_measuring(self, run: Run) -> None:
        if self.each == "epoch" and run.epoch >= self.first_epoch and run.epoch > self.taken:   # not twice, if broken off here
            self.average.update_parameters(run.model)
            self.taken = run.epoch

    def state_dict(self) -> dict[str, Any]:
        return {"taken": self.taken}

    def arrays(self) -> dict[str, Any]:
        return self.average.state_dict()

    def load_arrays(self, arrays: dict[str, Any]) -> None:
        self.average.load_state_dict(arrays)
