"""Lion (Chen et al. 2023) and Rprop (Riedmiller & Braun 1993): of a gradient's coordinates only the signs count."""

from typing import Any, ClassVar

from minigrad.optim.optimizer import Optimizer
from minigrad.optim.options import flag, number, numbers, shares
from minigrad.types import Params


class Lion(Optimizer):
    """p -= lr (sign(beta1 m + (1 - beta1) g) + weight_decay p), then m = beta2 m + (1 - beta2) g.

    The paper advises a learning rate 3 to 10 times smaller than AdamW's, and a weight decay larger by as much.
    """

    kind = "lion"
    checks: ClassVar = {"lr": number, "betas": shares, "weight_decay": number, "maximize": flag}

    def __init__(self, params: Params, lr: float = 1e-4, betas: tuple[float, float] = (0.9, 0.99), weight_decay: float = 0.0, *,
                 maximize: bool = False):
        super().__init__(params, lr=lr, betas=betas, weight_decay=weight_decay, maximize=maximize)

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        return {"mean": 0}

    def _update(self, group, cohort, grads):
        o = group.options
        group.k.lion_step(cohort.arrays, grads, cohort.state["mean"], group.rate, *o["betas"], o["weight_decay"], o["maximize"])


class Rprop(Optimizer):
    """p -= size sign(g), for whole batches. A coordinate's size, lr at first, is multiplied by etas[1] while the sign of its
    gradient stays; where it turned the size is multiplied by etas[0], and the coordinate waits. step_sizes: its limits."""

    kind = "rprop"
    checks: ClassVar = {"lr": number, "etas": numbers, "step_sizes": numbers, "maximize": flag}

    def __init__(self, params: Params, lr: float = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
                 step_sizes: tuple[float, float] = (1e-6, 50.0), *, maximize: bool = False):
        super().__init__(params, lr=lr, etas=etas, step_sizes=step_sizes, maximize=maximize)

    @classmethod
    def checked(cls, options: dict[str, Any]) -> dict[str, Any]:
        checked = super().checked(options)
        shrink, grow = checked["etas"]
        if not 0 < shrink < 1 < grow:
            raise ValueError(f"[{cls.__name__}] etas must be (below 1, above 1), found {options['etas']}")
        return checked

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        return {"before": 0, "size": 0}

    def _update(self, group, cohort, grads):
        o = group.options
        group.k.rprop_step(cohort.arrays, grads, cohort.state["before"], cohort.state["size"], cohort.step, group.rate,
                           *o["etas"], *o["step_sizes"], o["maximize"])
