"""RMSprop (Hinton 2012), Adagrad (Duchi et al. 2011) and Adadelta (Zeiler 2012)."""

from typing import Any, ClassVar

from minigrad.optim.optimizer import Optimizer
from minigrad.optim.options import flag, number, share
from minigrad.types import Params


class RMSprop(Optimizer):
    """p -= lr g / (sqrt(s) + eps), s the running mean of g^2 with the share alpha of the old.

    momentum: p -= lr v, v = momentum v + g / (sqrt(s) + eps). centered: s is a variance, less the square of the running
    mean of g, and at least 0 (PyTorch: NaN where rounding makes it negative). Keras has eps under the root, and alpha 0.9.
    """

    kind = "rmsprop"
    checks: ClassVar = {"lr": number, "alpha": share, "eps": number, "weight_decay": number, "momentum": number,
                        "centered": flag, "maximize": flag}

    def __init__(self, params: Params, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0.0,
                 momentum: float = 0.0, centered: bool = False, *, maximize: bool = False):
        super().__init__(params, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum, centered=centered,
                         maximize=maximize)

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        return ({"square": 0.0} | ({"mean": 0.0} if options["centered"] else {})
                | ({"velocity": 0.0} if options["momentum"] else {}))

    def _update(self, group, cohort, grads):
        o, state = group.options, cohort.state
        group.k.rmsprop_step(cohort.arrays, grads, state["square"], state.get("mean"), state.get("velocity"), group.rate,
                             o["alpha"], o["eps"], o["weight_decay"], o["momentum"], o["maximize"])


class Adagrad(Optimizer):
    """p -= lr / (1 + t lr_decay) g / (sqrt(s) + eps), s the sum of all g^2 so far, t the steps before this one.

    initial_accumulator_value: what s starts from (Keras: 0.1).
    """

    kind = "adagrad"
    checks: ClassVar = {"lr": number, "lr_decay": number, "weight_decay": number, "initial_accumulator_value": number,
                        "eps": number, "maximize": flag}

    def __init__(self, params: Params, lr: float = 1e-2, lr_decay: float = 0.0, weight_decay: float = 0.0,
                 initial_accumulator_value: float = 0.0, eps: float = 1e-10, *, maximize: bool = False):
        super().__init__(params, lr=lr, lr_decay=lr_decay, weight_decay=weight_decay,
                         initial_accumulator_value=initial_accumulator_value, eps=eps, maximize=maximize)

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        return {"sum": options["initial_accumulator_value"]}

    def _update(self, group, cohort, grads):
        o = group.options
        group.k.adagrad_step(cohort.arrays, grads, cohort.state["sum"], cohort.step, group.rate, o["lr_decay"], o["eps"],
                             o["weight_decay"], o["maximize"])


class Adadelta(Optimizer):
    """p -= lr d, d = sqrt(u + eps) / sqrt(s + eps) g: s and u are running means of g^2 and d^2, rho the share of the old."""

    kind = "adadelta"
    checks: ClassVar = {"lr": number, "rho": share, "eps": number, "weight_decay": number, "maximize": flag}

    def __init__(self, params: Params, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0.0, *,
                 maximize: bool = False):
        super().__init__(params, lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize)

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        return {"square": 0, "change": 0}

    def _update(self, group, cohort, grads):
        o = group.options
        group.k.adadelta_step(cohort.arrays, grads, cohort.state["square"], cohort.state["change"], group.rate, o["rho"],
                              o["eps"], o["weight_decay"], o["maximize"])
