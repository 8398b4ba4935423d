"""Averaged stochastic gradient descent (Polyak & Juditsky 1992), with the rate that Bottou's and PyTorch's have."""

from typing import Any, ClassVar

import numpy as np

from minigrad.optim.optimizer import Optimizer
from minigrad.optim.options import flag, number
from minigrad.types import Params


class ASGD(Optimizer):
    """p = (1 - lambd eta) p - eta g. eta is lr at first, after step t lr / (1 + lambd lr t)^alpha. From step t0 on
    `averages()` are the means of p over the steps."""

    kind = "asgd"
    checks: ClassVar = {"lr": number, "lambd": number, "alpha": number, "t0": number, "weight_decay": number, "maximize": flag}
    counts: ClassVar = {"eta": 0.0}

    def __init__(self, params: Params, lr: float = 1e-2, lambd: float = 1e-4, alpha: float = 0.75, t0: float = 1e6,
                 weight_decay: float = 0.0, *, maximize: bool = False):
        super().__init__(params, lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=weight_decay, maximize=maximize)

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        return {"average": 0}

    def averages(self) -> list[np.ndarray]:
        """The mean of each parameter, in the order of the groups, as numpy arrays."""
        return [state["average"] for group in self.param_groups for state in group.states()]

    def _update(self, group, cohort, grads):
        o = group.options
        group.k.asgd_step(cohort.arrays, grads, cohort.state["average"], cohort.step, cohort.counts["eta"], group.rate,
                          o["lambd"], o["alpha"], o["t0"], o["weight_decay"], o["maximize"])
