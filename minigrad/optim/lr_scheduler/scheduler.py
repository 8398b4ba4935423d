"""What all schedules share: where they write, when they step, saving and loading."""

import copy
from typing import Any, ClassVar

from minigrad.optim.optimizer import Optimizer


class LRScheduler:
    """Sets the learning rate of each of the optimiser's groups. Making one sets that of step 0; `step()` goes one on.

    last_epoch counts the steps, be they epochs or batches. A schedule of your own defines `get_lr()`, which gives a list with
    the learning rate of each group from last_epoch, base_lrs (those at the start, also if another schedule was made before)
    and the present rates. last_epoch=n resumes after n steps; load_state_dict is the better way.

    The rates are written into buffers of the device; what is read is what the host knows of them, so no step waits.
    """

    not_saved: ClassVar[tuple[str, ...]] = ("optimizer",)

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1):
        self._take(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if group.initial_lr is None:
                if last_epoch != -1:
                    raise ValueError(f"[{type(self).__name__}] found last_epoch {last_epoch}, but nothing is known of the rate "
                                     f"that group {i} started with: set param_groups[{i}].initial_lr, or leave last_epoch out "
                                     "and use load_state_dict")
                group.initial_lr = group.options["lr"]
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._begin()

    def _take(self, optimizer):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"[{type(self).__name__}] expected an optimiser first, found {type(optimizer).__name__}")
        optimizer.check_open()
        self.optimizer = optimizer

    def _begin(self):
        self._step_count, self._initial = 0, True
        try:
            self.step()
        finally:
            self._initial = False

    # ---- what a kind of schedule defines

    def get_lr(self) -> list[float]:
        """The learning rate of each group after last_epoch steps."""
        raise NotImplementedError

    # ---- stepping

    def step(self) -> None:
        """Go one step on: call it once after every epoch, or after every batch, whichever the schedule counts."""
        self._step_count += 1
        self._update()

    def _update(self, epoch=None):
        """Go one step on, or to `epoch`, by the closed form where there is one."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed = None if epoch is None else getattr(self, "_closed_form", None)
        self._write(self.get_lr() if closed is None else closed())

    def _write(self, rates):
        groups = self.optimizer.param_groups
        if len(rates) != len(groups):
            raise ValueError(f"[{type(self).__name__}] expected {len(rates)} groups, found {len(groups)} in the optimiser: add "
                             "groups before the schedule is made")
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = self.rates()

    def rates(self) -> list[float]:
        """The present learning rate of each group."""
        return [group.options["lr"] for group in self.optimizer.param_groups]

    def get_last_lr(self) -> list[float]:
        """The learning rates that the last step set."""
        return self._last_lr

    def __repr__(self):
        return f"{type(self).__name__}(step {self.last_epoch}, lr={self._last_lr})"

    # ---- saving and loading

    def state_dict(self) -> dict[str, Any]:
        """All that the next step depends on, as numbers, strings and lists (JSON holds them); functions are not in it."""
        return {name: copy.deepcopy(value) for name, value in vars(self).items() if name not in self.not_saved}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state_dict: the optimiser has the learning rates that it had then, and the following steps are the
        same. Momenta that a schedule moves come with the optimiser's own state. ValueError for another schedule's state."""
        own = self.state_dict()
        wrong = sorted(own.keys() ^ state.keys())
        if wrong:
            raise ValueError(f"[{type(self).__name__}] expected a state with {', '.join(own)}; missing or unexpected: "
                             f"{', '.join(wrong)}. It is another schedule's")
        if len(state["_last_lr"]) != len(self.optimizer.param_groups):
            raise ValueError(f"[{type(self).__name__}] the state is of {len(state['_last_lr'])} groups, the optimiser has "
                             f"{len(self.optimizer.param_groups)}")
        vars(self).update(copy.deepcopy(state))
        self._write(self._last_lr)
        for group, rate in zip(self.optimizer.param_groups, state.get("base_lrs", ()), strict=False):
            group.initial_lr = rate


def per_group(op: str, name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """One value for each group, or a list of them. ValueError for one of another length."""
    groups = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        return [value] * groups
    if len(value) != groups:
        raise ValueError(f"[{op}] {name} has {len(value)} values, but the optimiser {groups} groups")
    return list(value)


def whole(op: str, name: str, value: Any) -> int:
    """An int, 1 or more."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < 1:
        raise ValueError(f"[{op}] {name} must be an int, 1 or more, found {value!r}")
    return value.__index__()


def choice(op: str, name: str, value: Any, choices: tuple[str, ...]) -> str:
    """One of some words."""
    if value not in choices:
        raise ValueError(f"[{op}] {name} must be one of {', '.join(map(repr, choices))}, found {value!r}")
    return value
