"""Several schedules of one optimiser: in turn, or all at once."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, ClassVar

from minigrad.optim.lr_scheduler.plateau import ReduceLROnPlateau
from minigrad.optim.lr_scheduler.scheduler import LRScheduler
from minigrad.optim.optimizer import Optimizer


class Together(LRScheduler):
    """What the two share: the schedules, their state and their checks."""

    not_saved: ClassVar = ("optimizer", "_schedulers")

    def _take_all(self, optimizer, schedulers):
        name = type(self).__name__
        self._schedulers = list(schedulers)
        if not self._schedulers:
            raise ValueError(f"[{name}] expected at least one schedule, found none")
        self._take(self._schedulers[0].optimizer if optimizer is None else optimizer)
        for i, scheduler in enumerate(self._schedulers):
            if not isinstance(scheduler, LRScheduler):
                raise TypeError(f"[{name}] expected schedules, found {type(scheduler).__name__} at {i}")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(f"[{name}] schedule {i} is a ReduceLROnPlateau, whose step() needs what was measured: step it "
                                 "by itself")
            if scheduler.optimizer is not self.optimizer:
                raise ValueError(f"[{name}] schedule {i}, {type(scheduler).__name__}, is of another optimiser")

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(repr, self._schedulers))})"

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        parts = state.get("_schedulers", [])
        if len(parts) != len(self._schedulers):
            raise ValueError(f"[{type(self).__name__}] the state is of {len(parts)} schedules, here there are "
                             f"{len(self._schedulers)}")
        schedulers = self._schedulers
        for scheduler, part in zip(schedulers, parts, strict=True):
            scheduler.load_state_dict(part)
        super().load_state_dict(state)
        self._schedulers = schedulers


class SequentialLR(Together):
    """One schedule after the other: the second begins, at its step 0, when milestones[0] steps were made, and so on.

    All were made over the optimiser as it was at the start: SequentialLR(o, [LinearLR(o, 0.1), CosineAnnealingLR(o, 95)], [5]).
    """

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int],
                 last_epoch: int = -1):
        self._take_all(optimizer, schedulers)
        if len(milestones) != len(self._schedulers) - 1:
            raise ValueError(f"[SequentialLR] {len(self._schedulers)} schedules need {len(self._schedulers) - 1} milestones, "
                             f"found {len(milestones)}")
        self._milestones, self.last_epoch = list(milestones), last_epoch + 1
        for group in self.optimizer.param_groups:               # making the schedules has moved the rates: take that back
            group["lr"] = group["initial_lr"]
        _undo(self)
        first = self._schedulers[bisect_right(self._milestones, 0)]
        first._begin()
        self._last_lr = first.get_last_lr()

    def step(self) -> None:
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            scheduler._update(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(Together):
    """All schedules, one after the other in every step: each goes on from the rate that the one before it set."""

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None):
        self._take_all(optimizer, schedulers)
        self._last_lr = self.rates()

    def step(self) -> None:
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = self.rates()


def _undo(schedule):
    """Take the step back that making a schedule took."""
    for scheduler in schedule._schedulers:
        if isinstance(scheduler, Together):
            _undo(scheduler)
        else:
            scheduler.last_epoch -= 1
