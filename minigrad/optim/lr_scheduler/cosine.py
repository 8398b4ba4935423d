"""Schedules along a cosine, without and with warm restarts (Loshchilov & Hutter 2017), and towards the rate at which weights
are averaged (Izmailov et al. 2018)."""

import math

from minigrad.optim.lr_scheduler.scheduler import LRScheduler, choice, per_group, whole
from minigrad.optim.optimizer import Optimizer


class CosineAnnealingLR(LRScheduler):
    """eta_min + (lr0 - eta_min) (1 + cos(pi t / T_max)) / 2: down in T_max steps, and, if it goes on, up again."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1):
        self.T_max, self.eta_min = T_max, float(eta_min)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self._initial:
            return self.rates()
        t, T, low = self.last_epoch, self.T_max, self.eta_min
        if self._step_count == 1 and t > 0:
            return self._closed_form()
        if (t - 1 - T) % (2 * T) == 0:          # up from the bottom, where the quotient below is 0 / 0
            return [rate + (base - low) * (1 - math.cos(math.pi / T)) / 2
                    for rate, base in zip(self.rates(), self.base_lrs, strict=True)]
        quotient = (1 + math.cos(math.pi * t / T)) / (1 + math.cos(math.pi * (t - 1) / T))
        return [quotient * (rate - low) + low for rate in self.rates()]

    def _closed_form(self):
        return [self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
                for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """eta_min + (lr0 - eta_min) (1 + cos(pi T_cur / T_i)) / 2: T_cur counts the steps since the last restart;
    T_i, the steps from one to the next, is T_0 at first and T_mult times as many each time."""

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1):
        self.T_0, self.T_mult = whole(type(self).__name__, "T_0", T_0), whole(type(self).__name__, "T_mult", T_mult)
        self.T_i, self.T_cur, self.eta_min = self.T_0, float(last_epoch), float(eta_min)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        way = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * way for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go one step on, or to `epoch`, which may be a fraction: step(epoch + batch / batches) within an epoch."""
        if epoch is not None and epoch < 0:
            raise ValueError(f"[{type(self).__name__}] epoch must be 0 or more, found {epoch}")
        self._step_count += 1
        self._update(0 if epoch is None and self.last_epoch < 0 else epoch)

    def _update(self, epoch=None):
        if epoch is None:
            self.last_epoch += 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        else:
            n, self.T_i = 0, self.T_0
            if epoch >= self.T_0 and self.T_mult == 1:
                self.T_cur = epoch % self.T_0
            elif epoch >= self.T_0:
                n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
                self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
                self.T_i = self.T_0 * self.T_mult**n
            else:
                self.T_cur = epoch
            self.last_epoch = math.floor(epoch)
        self._write(self.get_lr())


class SWALR(LRScheduler):
    """From the present rate to swa_lr in anneal_epochs steps, along a cosine or a line, and there it stays: what goes with
    AveragedModel."""

    def __init__(self, optimizer: Optimizer, swa_lr: float | list[float], anneal_epochs: int = 10, anneal_strategy: str = "cos",
                 last_epoch: int = -1):
        self._take(optimizer)
        self.swa_lrs = per_group("SWALR", "swa_lr", optimizer, swa_lr)
        self.anneal_strategy = choice("SWALR", "anneal_strategy", anneal_strategy, ("cos", "linear"))
        if isinstance(anneal_epochs, bool) or not hasattr(anneal_epochs, "__index__") or anneal_epochs < 0:
            raise ValueError(f"[SWALR] anneal_epochs must be an int, 0 or more, found {anneal_epochs!r}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        step = self._step_count - 1
        step = max(1, step) if self.anneal_epochs == 0 else step
        before, now = (self._share(t) for t in (step - 1, step))
        # the rate that the way began with, of the present one, which is a part of the way on
        starts = [swa if before == 1 else (rate - before * swa) / (1 - before)
                  for rate, swa in zip(self.rates(), self.swa_lrs, strict=True)]
        return [swa * now + start * (1 - now) for start, swa in zip(starts, self.swa_lrs, strict=True)]

    def _share(self, step):
        t = max(0, min(1, step / max(1, self.anneal_epochs)))
        return t if self.anneal_strategy == "linear" else (1 - math.cos(math.pi * t)) / 2
