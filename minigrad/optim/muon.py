"""Muon (Jordan et al. 2024): matrices move along an orthogonalised momentum, everything else by AdamW."""

import math
from typing import Any, ClassVar

from minigrad.optim.group import Group, as_groups
from minigrad.optim.optimizer import Optimizer
from minigrad.optim.options import count, flag, number, share, shares
from minigrad.types import Params

ADJUSTMENTS = None, "original", "match_rms_adamw"


def coefficients(op: str, name: str, value: Any) -> tuple[float, ...]:
    """Three numbers."""
    if not isinstance(value, (tuple, list)) or len(value) != 3:
        raise ValueError(f"[{op}] {name} must be three numbers, found {value!r}")
    return tuple(map(float, value))


class Muon(Optimizer):
    """p -= lr (scale O + weight_decay p): O is v = momentum v + (1 - momentum) g, or, with nesterov, g + momentum (v - g), with
    its singular values brought near 1 by ns_steps rounds of Newton and Schulz.

    Parameters of one axis or none step by AdamW with betas and adamw_eps, and with vector_lr as their lr if it is given; so do
    those of a group with "matrices": False, as the reference advises for embeddings and the last layer. One of more than two
    axes is a matrix (the first, all others), as there. A group that has both becomes two, the matrices' first.
    adjust_lr_fn: scale is sqrt(max(1, A / B)) for a matrix (A, B) (None, "original"), or 0.2 sqrt(max(A, B)), with which
    AdamW's lr and weight_decay serve ("match_rms_adamw"). Products are computed in the parameter's dtype (PyTorch: bfloat16).
    """

    kind = "muon"
    checks: ClassVar = {"lr": number, "weight_decay": number, "momentum": share, "nesterov": flag,
                        "ns_coefficients": coefficients, "eps": number, "ns_steps": count, "betas": shares, "adamw_eps": number,
                        "matrices": flag, "maximize": flag}

    def __init__(self, params: Params, lr: float = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95,
                 nesterov: bool = True, ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
                 eps: float = 1e-7, ns_steps: int = 5, adjust_lr_fn: str | None = None, *,
                 betas: tuple[float, float] = (0.9, 0.95), adamw_eps: float = 1e-10, vector_lr: float | None = None,
                 matrices: bool = True, maximize: bool = False):
        if adjust_lr_fn not in ADJUSTMENTS:
            raise ValueError(f"[Muon] adjust_lr_fn must be one of {', '.join(map(repr, ADJUSTMENTS))}, found {adjust_lr_fn!r}")
        self.adjust_lr_fn = adjust_lr_fn
        self.vector_lr = vector_lr
        super().__init__(params, lr=lr, weight_decay=weight_decay, momentum=momentum, nesterov=nesterov,
                         ns_coefficients=ns_coefficients, eps=eps, ns_steps=ns_steps, betas=betas, adamw_eps=adamw_eps,
                         matrices=matrices, maximize=maximize)

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        return {"velocity": 0} if options["matrices"] else {"mean": 0, "square": 0}

    def _groups_of(self, params: Params) -> list[Group]:
        groups = []
        for own, options in as_groups(type(self).__name__, params, self.defaults):
            matrices = [p for p in own if p.ndim >= 2 and options["matrices"]]
            others = [p for p in own if p.ndim < 2 or not options["matrices"]]
            rate = options["lr"] if self.vector_lr is None else self.vector_lr
            groups += [Group(type(self), ps, options | changed) for ps, changed in
                       ((matrices, {}), (others, {"matrices": False, "lr": rate})) if ps]
        return groups

    def _update(self, group, cohort, grads):
        o, state = group.options, cohort.state
        if o["matrices"]:
            group.k.muon_step(cohort.arrays, grads, state["velocity"], group.rate, o["momentum"], o["weight_decay"],
                              o["nesterov"], o["ns_coefficients"], o["eps"], o["ns_steps"],
                              [self._scale(a.shape) for a in cohort.arrays], o["maximize"])
        else:
            group.k.adam_step(cohort.arrays, grads, state["mean"], state["square"], cohort.step, group.rate, *o["betas"],
                              o["adamw_eps"], o["weight_decay"], True, None, o["maximize"])

    def _scale(self, shape):
        a, b = shape[0], math.prod(shape[1:])
        if self.adjust_lr_fn == "match_rms_adamw":
            return 0.2 * math.sqrt(max(a, b))
        return math.sqrt(max(1, a / b)) if b else 1.0
