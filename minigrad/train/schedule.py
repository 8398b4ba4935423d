"""How `fit` steps a schedule of the learning rate: after every epoch, or after every batch."""

from collections.abc import Callable
from typing import Any

from minigrad.optim import LRScheduler, ReduceLROnPlateau
from minigrad.train.history import Row


def check_schedule(op: str, schedule: Any, each: str, optimizer: Any) -> None:
    """Error unless it is None, or a schedule of this optimiser that can be stepped after each "epoch" or "step"."""
    if each not in ("epoch", "step"):
        raise ValueError(f"[{op}] schedule_each must be 'epoch' or 'step', found {each!r}")
    if schedule is None:
        return
    if not isinstance(schedule, LRScheduler):
        raise TypeError(f"[{op}] schedule must be one such as optim.StepLR(optimizer, 10), found {type(schedule).__name__}")
    if schedule.optimizer is not optimizer:
        raise ValueError(f"[{op}] the {type(schedule).__name__} moves the learning rate of another optimiser than the one "
                         "given: make it from this one")
    if isinstance(schedule, ReduceLROnPlateau) and each == "step":
        raise ValueError(f"[{op}] a ReduceLROnPlateau goes by the loss of an epoch: leave schedule_each out")


def step_schedule(schedule: Any, row: Row) -> None:
    """One step of a schedule that counts epochs; one that goes by a loss is shown the epoch's."""
    if isinstance(schedule, ReduceLROnPlateau):
        losses = [row.get(name) for name in ("validation_loss", "train_loss", "train_loss_running")]
        schedule.step(next(loss for loss in losses if loss is not None))
    else:
        schedule.step()


def both(step: Callable[[], Any], after: Callable[[], None]) -> Callable[[], None]:
    """A step, and what goes one on after it."""
    def stepped() -> None:
        step()
        after()

    return stepped
