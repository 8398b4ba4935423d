"""A schedule by what was measured."""

import math
from typing import Any

from minigrad.optim.lr_scheduler.scheduler import LRScheduler, choice, per_group
from minigrad.optim.optimizer import Optimizer


class ReduceLROnPlateau(LRScheduler):
    """factor lr, at least min_lr, when step(metrics) has seen no improvement more than `patience` times in a row.

    mode: whether less ("min") or more ("max") is better. An improvement is one by more than the share `threshold` of the
    best so far, or by more than threshold itself (threshold_mode "rel", "abs"). cooldown: how many steps after a reduction
    count nothing. A change of lr by no more than eps is left out.
    """

    def __init__(self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10,
                 threshold: float = 1e-4, threshold_mode: str = "rel", cooldown: int = 0, min_lr: float | list[float] = 0.0,
                 eps: float = 1e-8):
        self._take(optimizer)
        if not 0 <= factor < 1:
            raise ValueError(f"[ReduceLROnPlateau] factor must be in [0, 1), found {factor}")
        self.mode = choice("ReduceLROnPlateau", "mode", mode, ("min", "max"))
        self.threshold_mode = choice("ReduceLROnPlateau", "threshold_mode", threshold_mode, ("rel", "abs"))
        self.min_lrs = per_group("ReduceLROnPlateau", "min_lr", optimizer, min_lr)
        self.factor, self.patience, self.threshold, self.cooldown, self.eps = factor, patience, threshold, cooldown, eps
        self.best = math.inf if mode == "min" else -math.inf
        self.last_epoch = self.cooldown_counter = self.num_bad_epochs = 0
        self._last_lr = self.rates()

    def step(self, metrics: Any = None) -> None:
        """Go one step on. metrics: a number, or a 0-d tensor, which is read. TypeError without it."""
        if metrics is None:
            raise TypeError("[ReduceLROnPlateau] step needs what was measured, say the loss on data not trained on: step(loss)")
        current = float(metrics)
        self.last_epoch += 1
        if self._is_better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = self.rates()

    def _reduce(self):
        lower = [max(rate * self.factor, least) for rate, least in zip(self.rates(), self.min_lrs, strict=True)]
        self._write([new if rate - new > self.eps else rate for rate, new in zip(self.rates(), lower, strict=True)])

    def _is_better(self, current):
        by = self.threshold if self.threshold_mode == "abs" else None
        if self.mode == "min":
            return current < (self.best * (1.0 - self.threshold) if by is None else self.best - by)
        return current > (self.best * (self.threshold + 1.0) if by is None else self.best + by)
