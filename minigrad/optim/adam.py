"""Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019)."""

from typing import Any, ClassVar

from minigrad.optim.optimizer import Optimizer
from minigrad.optim.options import flag, number, shares
from minigrad.types import Params


class Adam(Optimizer):
    """p -= lr mhat / (sqrt(vhat) + eps): m and v are running means of g and g^2, the hats correct for their start at 0.

    betas: the share of the old in m and in v. weight_decay p is added to the gradient (AdamW shrinks p instead).
    amsgrad: the largest v so far stands in the place of v (Reddi et al. 2018). maximize: the gradient's sign is turned.
    decoupled_weight_decay: the step is AdamW's.
    """

    kind = "adam"
    checks: ClassVar = {"lr": number, "betas": shares, "eps": number, "weight_decay": number, "amsgrad": flag,
                        "maximize": flag, "decoupled_weight_decay": flag}

    def __init__(self, params: Params, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0.0, amsgrad: bool = False, *, maximize: bool = False,
                 decoupled_weight_decay: bool = False):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad, maximize=maximize,
                         decoupled_weight_decay=decoupled_weight_decay)

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        return {"mean": 0.0, "square": 0.0} | ({"largest": 0.0} if options["amsgrad"] else {})

    def _update(self, group, cohort, grads):
        o = group.options
        beta1, beta2 = o["betas"]
        group.k.adam_step(cohort.arrays, grads, cohort.state["mean"], cohort.state["square"], cohort.step,
                          group.rate, beta1, beta2, o["eps"], o["weight_decay"], o["decoupled_weight_decay"],
                          cohort.state.get("largest"), o["maximize"])


class AdamW(Adam):
    """Adam with decoupled weight decay: p shrinks by lr weight_decay p, beside the step and not through it."""

    kind = "adamw"

    def __init__(self, params: Params, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0.01, amsgrad: bool = False, *, maximize: bool = False):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, decoupled_weight_decay=True)
