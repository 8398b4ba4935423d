"""Schedules by steps, powers and functions. t is the number of steps, lr0 the rate at the start."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from minigrad.optim.lr_scheduler.scheduler import LRScheduler, per_group, whole
from minigrad.optim.optimizer import Optimizer


class LambdaLR(LRScheduler):
    """lr0 f(t). lr_lambda: f, or a list with one for each group; it is not saved."""

    not_saved: ClassVar = ("optimizer", "lr_lambdas")

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
                 last_epoch: int = -1):
        self._take(optimizer)
        self.lr_lambdas = per_group(type(self).__name__, "lr_lambda", optimizer, lr_lambda)
        for f in self.lr_lambdas:
            if not callable(f):
                raise TypeError(f"[{type(self).__name__}] lr_lambda must be a function of the step, found {type(f).__name__}")
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [base * f(self.last_epoch) for base, f in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class MultiplicativeLR(LambdaLR):
    """lr f(t): the present rate is multiplied in each step but the first."""

    def get_lr(self) -> list[float]:
        if self._initial:
            return self.rates()
        return [rate * f(self.last_epoch) for rate, f in zip(self.rates(), self.lr_lambdas, strict=True)]


class StepLR(LRScheduler):
    """lr0 gamma^(t // step_size)."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1):
        self.step_size, self.gamma = whole("StepLR", "step_size", step_size), float(gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self.last_epoch == 0 or self.last_epoch % self.step_size:
            return self.rates()
        return [rate * self.gamma for rate in self.rates()]

    def _closed_form(self):
        return [base * self.gamma ** (self.last_epoch // self.step_size) for base in self.base_lrs]


class MultiStepLR(LRScheduler):
    """lr0 gamma^n, n the number of milestones reached; one that is listed twice counts twice."""

    def __init__(self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1):
        self.milestones, self.gamma = sorted(milestones), float(gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        reached = self.milestones.count(self.last_epoch)
        return [rate * self.gamma**reached for rate in self.rates()] if reached else self.rates()

    def _closed_form(self):
        return [base * self.gamma ** sum(m <= self.last_epoch for m in self.milestones) for base in self.base_lrs]


class ConstantLR(LRScheduler):
    """lr0 factor until step total_iters, then lr0."""

    def __init__(self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5, last_epoch: int = -1):
        if not 0 <= factor <= 1:
            raise ValueError(f"[ConstantLR] factor must be in [0, 1], found {factor}")
        self.factor, self.total_iters = float(factor), total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self.last_epoch == 0:
            return [rate * self.factor for rate in self.rates()]
        if self.last_epoch != self.total_iters:
            return self.rates()
        if self.factor == 0:                    # nothing is left that could be multiplied
            return list(self.base_lrs)
        return [rate * (1.0 / self.factor) for rate in self.rates()]

    def _closed_form(self):
        return [base * (self.factor + (self.last_epoch >= self.total_iters) * (1 - self.factor)) for base in self.base_lrs]


class LinearLR(LRScheduler):
    """lr0 times a factor that goes from start_factor to end_factor in total_iters steps: a warm-up."""

    def __init__(self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5,
                 last_epoch: int = -1):
        if not 0 < start_factor <= 1 or not 0 <= end_factor <= 1:
            raise ValueError("[LinearLR] start_factor must be in (0, 1] and end_factor in [0, 1], found "
                             f"{start_factor} and {end_factor}")
        self.start_factor, self.end_factor, self.total_iters = float(start_factor), float(end_factor), total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self.last_epoch == 0:
            return [rate * self.start_factor for rate in self.rates()]
        if self._initial or self.last_epoch > self.total_iters:
            return self.rates()
        by = self.end_factor - self.start_factor
        return [rate * (1.0 + by / (self.total_iters * self.start_factor + (self.last_epoch - 1) * by))
                for rate in self.rates()]

    def _closed_form(self):
        way = min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * (self.start_factor + (self.end_factor - self.start_factor) * way) for base in self.base_lrs]


class WarmupLR(LRScheduler):
    """The present rate times min(1, (t + 1) / total_iters): from lr0 / total_iters in the first step to lr0 in the last of
    total_iters. It multiplies what another schedule sets: ChainedScheduler([WarmupLR(o, 100), CosineAnnealingLR(o, 9000)])."""

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, last_epoch: int = -1):
        self.total_iters = whole("WarmupLR", "total_iters", total_iters)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self.last_epoch == 0:
            return [rate / self.total_iters for rate in self.rates()]
        if self._initial or self.last_epoch >= self.total_iters:
            return self.rates()
        return [rate * ((self.last_epoch + 1) / self.last_epoch) for rate in self.rates()]

    def _closed_form(self):
        return [base * min(1, (self.last_epoch + 1) / self.total_iters) for base in self.base_lrs]


class ExponentialLR(LRScheduler):
    """lr0 gamma^t."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1):
        self.gamma = float(gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return self.rates() if self._initial else [rate * self.gamma for rate in self.rates()]

    def _closed_form(self):
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


class PolynomialLR(LRScheduler):
    """lr0 (1 - t / total_iters)^power, 0 from total_iters on."""

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1):
        self.total_iters, self.power = total_iters, float(power)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self._initial or self.last_epoch > self.total_iters:
            return self.rates()
        now, before = (1.0 - t / self.total_iters for t in (self.last_epoch, self.last_epoch - 1))
        return [rate * (now / before) ** self.power for rate in self.rates()]

    def _closed_form(self):
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * left**self.power for base in self.base_lrs]


class InverseTimeDecay(LRScheduler):
    """lr0 / (1 + decay_rate t / decay_steps), with staircase of whole t // decay_steps: Keras's schedule of this name, with
    which its optimisers' old decay= is InverseTimeDecay(optimizer, 1, decay), stepped after every batch."""

    def __init__(self, optimizer: Optimizer, decay_steps: int, decay_rate: float, staircase: bool = False,
                 last_epoch: int = -1):
        self.decay_steps = whole("InverseTimeDecay", "decay_steps", decay_steps)
        self.decay_rate, self.staircase = float(decay_rate), bool(staircase)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        t = self.last_epoch // self.decay_steps if self.staircase else self.last_epoch / self.decay_steps
        return [base / (1 + self.decay_rate * t) for base in self.base_lrs]
