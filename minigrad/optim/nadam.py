"""NAdam (Dozat 2016), RAdam (Liu et al. 2020) and Adamax (Kingma & Ba 2015, section 7)."""

from typing import Any, ClassVar

from minigrad.optim.optimizer import Optimizer
from minigrad.optim.options import flag, number, shares
from minigrad.types import Params


class NAdam(Optimizer):
    """Adam with Nesterov's look ahead: with mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2) and their products P_t,

    p -= lr ((1 - mu_t) / (1 - P_t) g + mu_t+1 / (1 - P_t+1) m) / (sqrt(vhat) + eps), as in PyTorch.
    decoupled_weight_decay: p shrinks by lr weight_decay p, as with AdamW; else weight_decay p is added to the gradient.
    """

    kind = "nadam"
    checks: ClassVar = {"lr": number, "betas": shares, "eps": number, "weight_decay": number, "momentum_decay": number,
                        "decoupled_weight_decay": flag, "maximize": flag}
    counts: ClassVar = {"product": 1.0}

    def __init__(self, params: Params, lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0.0, momentum_decay: float = 4e-3, decoupled_weight_decay: bool = False, *,
                 maximize: bool = False):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay,
                         decoupled_weight_decay=decoupled_weight_decay, maximize=maximize)

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        return {"mean": 0, "square": 0}

    def _update(self, group, cohort, grads):
        o = group.options
        group.k.nadam_step(cohort.arrays, grads, cohort.state["mean"], cohort.state["square"], cohort.step,
                           cohort.counts["product"], group.rate, *o["betas"], o["eps"], o["weight_decay"],
                           o["momentum_decay"], o["decoupled_weight_decay"], o["maximize"])


class RAdam(Optimizer):
    """Adam whose adaptive part waits until the variance of 1 / sqrt(v) is known, and is rectified then (PyTorch's form).

    decoupled_weight_decay: p shrinks by lr weight_decay p, as with AdamW; else weight_decay p is added to the gradient.
    """

    kind = "radam"
    checks: ClassVar = {"lr": number, "betas": shares, "eps": number, "weight_decay": number, "decoupled_weight_decay": flag,
                        "maximize": flag}

    def __init__(self, params: Params, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0.0, decoupled_weight_decay: bool = False, *, maximize: bool = False):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
                         decoupled_weight_decay=decoupled_weight_decay, maximize=maximize)

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        return {"mean": 0, "square": 0}

    def _update(self, group, cohort, grads):
        o = group.options
        group.k.radam_step(cohort.arrays, grads, cohort.state["mean"], cohort.state["square"], cohort.step, group.rate,
                           *o["betas"], o["eps"], o["weight_decay"], o["decoupled_weight_decay"], o["maximize"])


class Adamax(Optimizer):
    """p -= lr mhat / u, u = max(beta2 u, |g| + eps): Adam with the largest gradient in the place of their mean square."""

    kind = "adamax"
    checks: ClassVar = {"lr": number, "betas": shares, "eps": number, "weight_decay": number, "maximize": flag}

    def __init__(self, params: Params, lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0.0, *, maximize: bool = False):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, maximize=maximize)

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        return {"mean": 0, "norm": 0}

    def _update(self, group, cohort, grads):
        o = group.options
        group.k.adamax_step(cohort.arrays, grads, cohort.state["mean"], cohort.state["norm"], cohort.step, group.rate,
                            *o["betas"], o["eps"], o["weight_decay"], o["maximize"])
