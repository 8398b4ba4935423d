"""Gradients that are clipped before each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minigrad.optim.clip import clip_grad_norm_, clip_grad_value_
from minigrad.optim.options import number
from minigrad.train.callbacks.callback import Callback

if TYPE_CHECKING:
    from minigrad.train.run import Run


class ClipGradients(Callback):
    """Before each step: all gradients as one vector at most `norm` long, each number from -value to value, or both.

    They are those of the optimiser's parameters. A norm that is nan or inf makes gradients 0 or nan: StopAtNaN, given
    before this, ends the run first. ValueError for neither of them, or numbers that are not positive.
    """

    def __init__(self, norm: float | None = None, value: float | None = None) -> None:
        if norm is None and value is None:
            raise ValueError("[ClipGradients] expected norm= (of all gradients together) or value= (of each number), found "
                             "neither")
        for name, limit in (("norm", norm), ("value", value)):
            if limit is not None and not number("ClipGradients", name, limit) > 0:
                raise ValueError(f"[ClipGradients] {name} must be a number > 0, found {limit}")
        self.norm, self.value = norm, value

    def before_step(self, run: Run) -> None:
        parameters = [p for group in run.optimizer.param_groups for p in group["params"]]
        if self.norm is not None:
            clip_grad_norm_(parameters, self.norm)
        if self.value is not None:
            clip_grad_value_(parameters, self.value)
