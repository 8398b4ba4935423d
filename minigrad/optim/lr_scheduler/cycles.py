"""Schedules that go up and down, and move momentum the other way (Smith 2017, Smith & Topin 2019). Step them after each
batch."""

import math
from collections.abc import Callable
from typing import Any, ClassVar

from minigrad.optim.lr_scheduler.scheduler import LRScheduler, choice, per_group, whole
from minigrad.optim.optimizer import Optimizer


class Cycle(LRScheduler):
    """What the two share: momentum, or the first of Adam's betas."""

    def _take_momentum(self, optimizer: Optimizer, cycle_momentum: bool, base_momentum: Any, max_momentum: Any,
                       last_epoch: int) -> None:
        self._take(optimizer)
        name = type(self).__name__
        self.cycle_momentum = bool(cycle_momentum)
        self.use_beta1 = "betas" in optimizer.defaults
        self.base_momentums = per_group(name, "base_momentum", optimizer, base_momentum)
        self.max_momentums = per_group(name, "max_momentum", optimizer, max_momentum)
        if not cycle_momentum:
            return
        if not self.use_beta1 and "momentum" not in optimizer.defaults:
            raise ValueError(f"[{name}] {type(optimizer).__name__} has neither momentum nor betas: give cycle_momentum=False")
        if last_epoch == -1:
            self._move(self.max_momentums)

    def _move(self, momentums):
        for group, momentum in zip(self.optimizer.param_groups, momentums, strict=True):
            if self.use_beta1:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum


class OneCycleLR(Cycle):
    """Up from max_lr / div_factor to max_lr in the share pct_start of all steps, then down to that start / final_div_factor.

    total_steps, or epochs and steps_per_epoch. anneal_strategy: "cos" or "linear". cycle_momentum: momentum, or beta1, goes
    from max_momentum to base_momentum and back. three_phase: down to the start as it went up, and then to the end.
    """

    def __init__(self, optimizer: Optimizer, max_lr: float | list[float], total_steps: int | None = None,
                 epochs: int | None = None, steps_per_epoch: int | None = None, pct_start: float = 0.3,
                 anneal_strategy: str = "cos", cycle_momentum: bool = True, base_momentum: float | list[float] = 0.85,
                 max_momentum: float | list[float] = 0.95, div_factor: float = 25.0, final_div_factor: float = 1e4,
                 three_phase: bool = False, last_epoch: int = -1):
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ValueError("[OneCycleLR] expected total_steps, or epochs and steps_per_epoch, found neither")
        self.total_steps = (whole("OneCycleLR", "total_steps", total_steps) if total_steps is not None else
                            whole("OneCycleLR", "epochs", epochs) * whole("OneCycleLR", "steps_per_epoch", steps_per_epoch))
        if not 0 <= pct_start <= 1:
            raise ValueError(f"[OneCycleLR] pct_start must be a share of the steps, in [0, 1], found {pct_start}")
        self.anneal_strategy = choice("OneCycleLR", "anneal_strategy", anneal_strategy, ("cos", "linear"))
        self._take_momentum(optimizer, cycle_momentum, base_momentum, max_momentum, last_epoch)
        self.max_lrs = per_group("OneCycleLR", "max_lr", optimizer, max_lr)
        self.min_lrs = [top / div_factor / final_div_factor for top in self.max_lrs]
        # of each phase: where it ends, and the rates and the momenta between which it goes
        up: tuple = float(pct_start * self.total_steps) - 1, "initial", "max", "max", "base"
        end = self.total_steps - 1
        self.phases: list[list[Any]] = [list(phase) for phase in (
            (up, (float(2 * pct_start * self.total_steps) - 2, "max", "initial", "base", "max"),
             (end, "initial", "min", "max", "max")) if three_phase else (up, (end, "max", "min", "base", "max")))]
        if last_epoch == -1:
            for group, top in zip(optimizer.param_groups, self.max_lrs, strict=True):
                group.initial_lr = top / div_factor
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        t, start = self.last_epoch, 0.0
        if t > self.total_steps:
            raise ValueError(f"[OneCycleLR] this is step {t} of a cycle of {self.total_steps}: give a larger total_steps")
        for phase in self.phases:
            end, *way = phase
            if t <= end or phase is self.phases[-1]:
                break
            start = end
        share = (t - start) / (end - start)
        rates = {"initial": self.base_lrs, "max": self.max_lrs, "min": self.min_lrs}
        momenta = {"base": self.base_momentums, "max": self.max_momentums}
        if self.cycle_momentum:
            self._move([self._between(a, b, share) for a, b in zip(momenta[way[2]], momenta[way[3]], strict=True)])
        return [self._between(a, b, share) for a, b in zip(rates[way[0]], rates[way[1]], strict=True)]

    def _between(self, start, end, share):
        if self.anneal_strategy == "linear":
            return (end - start) * share + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)


class CyclicLR(Cycle):
    """base_lr + (max_lr - base_lr) h scale: h goes from 0 to 1 in step_size_up steps, and back in step_size_down.

    mode: "triangular" (scale 1), "triangular2" (halved with every cycle), "exp_range" (gamma^t), or scale_fn, a function of the
    cycle, from 1, or, with scale_mode="iterations", of t; it is not saved. momentum goes the other way, if cycle_momentum.
    """

    not_saved: ClassVar = ("optimizer", "scale_fn")

    def __init__(self, optimizer: Optimizer, base_lr: float | list[float], max_lr: float | list[float],
                 step_size_up: int = 2000, step_size_down: int | None = None, mode: str = "triangular", gamma: float = 1.0,
                 scale_fn: Callable[[float], float] | None = None, scale_mode: str = "cycle", cycle_momentum: bool = True,
                 base_momentum: float | list[float] = 0.8, max_momentum: float | list[float] = 0.9, last_epoch: int = -1):
        self.step_size_up = whole("CyclicLR", "step_size_up", step_size_up)
        down = self.step_size_up if step_size_down is None else whole("CyclicLR", "step_size_down", step_size_down)
        self.total_size = float(self.step_size_up + down)
        self.step_ratio = self.step_size_up / self.total_size
        if scale_fn is None:
            choice("CyclicLR", "mode", mode, ("triangular", "triangular2", "exp_range"))
            scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self.mode, self.gamma, self.scale_fn = mode, float(gamma), scale_fn
        self.scale_mode = choice("CyclicLR", "scale_mode", scale_mode, ("cycle", "iterations"))
        self._take_momentum(optimizer, cycle_momentum, base_momentum, max_momentum, last_epoch)
        self.max_lrs = per_group("CyclicLR", "max_lr", optimizer, max_lr)
        for group, rate in zip(optimizer.param_groups, per_group("CyclicLR", "base_lr", optimizer, base_lr), strict=True):
            if last_epoch == -1:
                group["lr"] = group.initial_lr = rate
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        height *= self._scale(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            self._move([top - (top - base) * height
                        for base, top in zip(self.base_momentums, self.max_momentums, strict=True)])
        return [base + (top - base) * height for base, top in zip(self.base_lrs, self.max_lrs, strict=True)]

    def _scale(self, x):
        if self.scale_fn is not None:
            return self.scale_fn(x)
        return 1.0 if self.mode == "triangular" else 1 / 2.0 ** (x - 1) if self.mode == "triangular2" else self.gamma**x
