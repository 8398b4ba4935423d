"""Losses as modules."""

from minigrad.graph import alike
from minigrad.nn.module import Module
from minigrad.ops.loss import REDUCTIONS, cross_entropy, mse
from minigrad.ops.pixels import no_raw_pixels
from minigrad.tensor import Tensor
from minigrad.types import Input, Operand, Reduction


class _Loss(Module):
    """reduction: "mean" (the default), "sum" or "none"."""

    def __init__(self, reduction: Reduction = "mean"):
        if reduction not in REDUCTIONS:
            raise ValueError(f"[{type(self).__name__}] reduction must be one of {', '.join(REDUCTIONS)}, found "
                             f"{reduction!r}")
        self.reduction: Reduction = reduction

    def extra_repr(self) -> str:
        return f"reduction={self.reduction!r}" if self.reduction != "mean" else ""


def _nothing(loss):
    return TypeError(f"[{type(loss).__name__}] expected predictions, found None: does the model's forward end with a return?")


class CrossEntropyLoss(_Loss):
    """-log softmax(logits) at the target: logits (N, C, ...), target integer classes (N, ...) or dense like the logits.

    reduction: "mean" over the rows, "sum" or "none". It takes logits: put no Softmax before it.
    """

    def forward(self, logits: Input, target: Operand) -> Tensor:
        if logits is None:
            raise _nothing(self)
        return cross_entropy(logits, target, self.reduction)


class MSELoss(_Loss):
    """(x - target)^2: the mean over every element, "sum" or "none"."""

    def forward(self, x: Input, target: Operand) -> Tensor:
        if x is None:
            raise _nothing(self)
        if not alike(target):
            no_raw_pixels(type(self).__name__, target, "target")
        return mse(x, target, self.reduction)
