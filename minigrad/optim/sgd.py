"""Stochastic gradient descent."""

from typing import Any, ClassVar

from minigrad.optim.optimizer import Optimizer
from minigrad.optim.options import flag, number
from minigrad.types import Params

FORMS = "torch", "keras"


class SGD(Optimizer):
    """p -= lr v with v = momentum v + (1 - dampening) g ("torch"), or p += v with v = momentum v - lr g ("keras").

    The two forms agree while lr stays the same; after a change of lr the velocity of the first follows at once, that of
    the second bit by bit. nesterov looks one step ahead: g + momentum v in place of v, or momentum v - lr g.
    In either form weight_decay p is added to the gradient. Without momentum there is no velocity; the first one is g,
    undampened. maximize: the gradient's sign is turned. decay: the t-th step, from 0, has the learning rate
    lr / (1 + decay t), as in Keras 2.
    """

    checks: ClassVar = {"lr": number, "momentum": number, "dampening": number, "weight_decay": number, "nesterov": flag,
                        "maximize": flag, "decay": number}

    def __init__(self, params: Params, lr: float = 1e-3, momentum: float = 0.0, dampening: float = 0.0,
                 weight_decay: float = 0.0, nesterov: bool = False, *, maximize: bool = False, form: str = "torch",
                 decay: float = 0.0):
        if form not in FORMS:
            raise ValueError(f"[SGD] form must be one of {', '.join(map(repr, FORMS))}, found {form!r}")
        if form == "keras" and dampening:
            raise ValueError(f"[SGD] found dampening {dampening} in form 'keras': only PyTorch's form has one, leave it out")
        self.form = form
        self.kind = "sgd" if form == "torch" else "sgd_keras"
        super().__init__(params, lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov,
                         maximize=maximize, decay=decay)

    @classmethod
    def checked(cls, options: dict[str, Any]) -> dict[str, Any]:
        checked = super().checked(options)
        if checked["nesterov"] and not checked["momentum"]:
            raise ValueError(f"[{cls.__name__}] nesterov needs momentum > 0: there is no velocity to look ahead along")
        if checked["nesterov"] and checked["dampening"]:
            raise ValueError(f"[{cls.__name__}] nesterov needs dampening 0, found {checked['dampening']}")
        return checked

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        return {"velocity": 0} if options["momentum"] else {}

    def _update(self, group, cohort, grads):
        o = group.options
        group.k.sgd_step(cohort.arrays, grads, cohort.state.get("velocity"), group.rate, o["momentum"], o["weight_decay"],
                         o["nesterov"], self.form == "keras", o["dampening"], o["decay"], o["maximize"], cohort.step)
