"""Stochastic gradient descent."""

from typing import Any

import numpy as np

from minigrad.optim.optimizer import Optimizer, number
from minigrad.types import Params

FORMS = "torch", "keras"


class SGD(Optimizer):
    """p -= lr v with v = momentum v + g + weight_decay p ("torch"), or p += v with v = momentum v - lr g ("keras").

    The two forms agree while lr stays the same; after a change of lr the velocity of the first follows at once, that of
    the second bit by bit. nesterov looks one step ahead: g + momentum v in place of v, or momentum v - lr g.
    In either form weight_decay p is added to the gradient. Without momentum there is no velocity. What follows momentum
    goes by name: PyTorch has a dampening in its fourth place.
    """

    def __init__(self, params: Params, lr: float, momentum: float = 0.0, *, weight_decay: float = 0.0,
                 nesterov: bool = False, form: str = "torch"):
        if form not in FORMS:
            raise ValueError(f"[SGD] form must be one of {', '.join(map(repr, FORMS))}, found {form!r}")
        self.form = form
        self.kind = "sgd" if form == "torch" else "sgd_keras"
        super().__init__(params, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov)

    @classmethod
    def checked(cls, options: dict[str, Any]) -> dict[str, Any]:
        names = "lr", "momentum", "weight_decay"
        checked: dict[str, Any] = {name: number(cls.__name__, options, name) for name in names}
        if not isinstance(options["nesterov"], (bool, np.bool_)):
            raise TypeError(f"[{cls.__name__}] nesterov must be True or False, found {options['nesterov']!r}")
        checked["nesterov"] = bool(options["nesterov"])
        if checked["nesterov"] and not checked["momentum"]:
            raise ValueError(f"[{cls.__name__}] nesterov needs momentum > 0: there is no velocity to look ahead along")
        return checked

    @staticmethod
    def state_names(options: dict[str, Any]) -> tuple[str, ...]:
        return ("velocity",) if options["momentum"] else ()

    def _update(self, group, cohort, grads):
        o = group.options
        group.k.sgd_step(cohort.arrays, grads, cohort.state.get("velocity"), group.rate, o["momentum"],
                         o["weight_decay"], o["nesterov"], self.form == "keras")
