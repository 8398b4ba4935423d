"""Schedules of the learning rate: stepped after every epoch, or after every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minigrad.optim import LRScheduler, ReduceLROnPlateau
from minigrad.train.callbacks.callback import Callback

if TYPE_CHECKING:
    from minigrad.train.run import Run


class Schedule(Callback):
    """Steps a schedule after each "epoch" (its row has the rate that the epoch ended with) or after each "step".

    A ReduceLROnPlateau is shown the validation loss, or the training loss where that is not measured. Checkpoints keep it.
    """

    def __init__(self, schedule: Any, each: str = "epoch", op: str = "Schedule") -> None:
        if each not in ("epoch", "step"):
            raise ValueError(f"[{op}] {'each' if op == 'Schedule' else 'schedule_each'} must be 'epoch' or 'step', "
                             f"found {each!r}")
        if not isinstance(schedule, LRScheduler):
            raise TypeError(f"[{op}] schedule must be one such as optim.StepLR(optimizer, 10), found {type(schedule).__name__}")
        if isinstance(schedule, ReduceLROnPlateau) and each == "step":
            raise ValueError(f"[{op}] a ReduceLROnPlateau goes by the loss of an epoch: "
                             f"leave {'each' if op == 'Schedule' else 'schedule_each'} out")
        self.schedule, self.each, self._op = schedule, each, op

    def on_start(self, run: Run) -> None:
        if self.schedule.optimizer is not run.optimizer:
            raise ValueError(f"[{self._op}] the {type(self.schedule).__name__} moves the learning rate of another optimiser "
                             "than the one given: make it from this one")

    def on_step(self, run: Run) -> None:
        if self.each == "step":
            self.schedule.step()

    def on_epoch(self, run: Run) -> None:
        if self.each == "epoch":
            if isinstance(self.schedule, ReduceLROnPlateau):
                losses = [run.history[-1].get(name) for name in ("validation_loss", "train_loss", "train_loss_running")]
                self.schedule.step(next(loss for loss in losses if loss is not None))
            else:
                self.schedule.step()

    def state_dict(self) -> dict[str, Any]:
        return {"schedule": self.schedule.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.schedule.load_state_dict(state["schedule"])
