"""Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019)."""

from typing import Any

from minigrad.optim.optimizer import Optimizer, number
from minigrad.types import Params


class Adam(Optimizer):
    """p -= lr mhat / (sqrt(vhat) + eps): m and v are running means of g and g^2, the hats correct for their start at 0.

    betas: the share of the old in m and in v. weight_decay p is added to the gradient (AdamW shrinks p instead).
    """

    kind = "adam"
    decoupled = False

    def __init__(self, params: Params, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0.0):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    @classmethod
    def checked(cls, options: dict[str, Any]) -> dict[str, Any]:
        checked: dict[str, Any] = {name: number(cls.__name__, options, name) for name in ("lr", "eps", "weight_decay")}
        betas = options["betas"]
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise ValueError(f"[{cls.__name__}] betas must be a pair, found {betas!r}")
        named = {"betas[0]": betas[0], "betas[1]": betas[1]}
        checked["betas"] = tuple(number(cls.__name__, named, name, below=1) for name in named)
        return checked

    @staticmethod
    def state_names(options: dict[str, Any]) -> tuple[str, ...]:
        return "mean", "square"

    def _update(self, group, cohort, grads):
        o = group.options
        beta1, beta2 = o["betas"]
        group.k.adam_step(cohort.arrays, grads, cohort.state["mean"], cohort.state["square"], cohort.step,
                          group.rate, beta1, beta2, o["eps"], o["weight_decay"], self.decoupled)


class AdamW(Adam):
    """Adam with decoupled weight decay: p shrinks by lr weight_decay p, beside the step and not through it."""

    kind = "adamw"
    decoupled = True

    def __init__(self, params: Params, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0.01):
        super().__init__(params, lr, betas, eps, weight_decay)
