"""Losses of scores for classes."""

from __future__ import annotations

from minigrad.nn.loss.base import Loss
from minigrad.ops.loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    crammer_singer_loss,
    cross_entropy,
    ctc_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    nll_loss,
    weston_watkins_loss,
)
from minigrad.ops.loss.sequences import Lengths
from minigrad.tensor import Tensor
from minigrad.types import Input, Operand, Reduction

__all__ = ["BCELoss", "BCEWithLogitsLoss", "CTCLoss", "CrammerSingerLoss", "CrossEntropyLoss", "MultiLabelMarginLoss",
           "MultiLabelSoftMarginLoss", "MultiMarginLoss", "NLLLoss", "WestonWatkinsLoss"]


class _OfClasses(Loss):
    """weight (C,): how much each class counts. ignore_index: the class of rows to leave out."""

    def __init__(self, weight: Operand | None = None, ignore_index: int = -100, reduction: Reduction = "mean"):
        super().__init__(reduction)
        self.weight = self.weights(weight)
        if isinstance(ignore_index, bool) or not hasattr(ignore_index, "__index__"):
            raise TypeError(f"[{type(self).__name__}] ignore_index must be an int, found {ignore_index!r}")
        self.ignore_index = ignore_index


class NLLLoss(_OfClasses):
    """-log-probability of the target's class, of log_softmax's results: see nll_loss.

    weight (C,): how much each class counts. ignore_index: the class of rows to leave out.
    """

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_given(x)
        return nll_loss(x, target, self.weight, self.ignore_index, self.reduction)


class CrossEntropyLoss(_OfClasses):
    """-log softmax(logits) at the target: logits (N, C, ...), target integer classes (N, ...) or dense like the logits.

    reduction: "mean" over the rows, "sum" or "none". weight (C,): how much each class counts. ignore_index: the class of rows
    to leave out. label_smoothing: the share of the target that is spread over all classes. It takes logits: put no Softmax
    before it.
    """

    def __init__(self, weight: Operand | None = None, ignore_index: int = -100, reduction: Reduction = "mean",
                 label_smoothing: float = 0.0):
        super().__init__(weight, ignore_index, reduction)
        self.label_smoothing = self.number("label_smoothing", label_smoothing, 0, 1)

    def forward(self, logits: Input, target: Operand) -> Tensor:
        if logits is None:
            self.check_given(logits)
        return cross_entropy(logits, target, self.reduction, self.weight, self.ignore_index, self.label_smoothing)


class BCELoss(Loss):
    """-(t log x + (1 - t) log(1 - x)) of probabilities x and targets t, the logarithms -100 at least: binary_cross_entropy."""

    def __init__(self, weight: Operand | None = None, reduction: Reduction = "mean"):
        super().__init__(reduction)
        self.weight = self.weights(weight)

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_pair(x, target)
        return binary_cross_entropy(x, target, self.weight, self.reduction)


class BCEWithLogitsLoss(Loss):
    """BCELoss of sigmoid(logits), stable at any logits. pos_weight: how much the yeses count; both weights broadcast to x."""

    def __init__(self, weight: Operand | None = None, reduction: Reduction = "mean", pos_weight: Operand | None = None):
        super().__init__(reduction)
        self.weight = self.weights(weight)
        self.pos_weight = self.weights(pos_weight, "pos_weight")

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_pair(x, target)
        return binary_cross_entropy_with_logits(x, target, self.weight, self.reduction, self.pos_weight)


class MultiLabelSoftMarginLoss(Loss):
    """BCEWithLogitsLoss averaged over the classes, the last axis. weight (C,): how much each class counts."""

    def __init__(self, weight: Operand | None = None, reduction: Reduction = "mean"):
        super().__init__(reduction)
        self.weight = self.weights(weight)

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_pair(x, target)
        return multilabel_soft_margin_loss(x, target, self.weight, self.reduction)


class CrammerSingerLoss(Loss):
    """The multiclass hinge with the largest violation, max_j (s_j - s_y + margin [j != y]): see crammer_singer_loss."""

    def __init__(self, margin: float = 1.0, reduction: Reduction = "mean"):
        super().__init__(reduction)
        self.margin = self.number("margin", margin)

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_given(x)
        return crammer_singer_loss(x, target, self.margin, self.reduction)


class WestonWatkinsLoss(Loss):
    """The multiclass hinge with all violations, sum_{j != y} max(0, s_j - s_y + margin): see weston_watkins_loss."""

    def __init__(self, margin: float = 1.0, reduction: Reduction = "mean"):
        super().__init__(reduction)
        self.margin = self.number("margin", margin)

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_given(x)
        return weston_watkins_loss(x, target, self.margin, self.reduction)


class MultiMarginLoss(Loss):
    """w_y / C sum_{j != y} max(0, s_j - s_y + margin)^p, p 1 or 2: see multi_margin_loss."""

    def __init__(self, p: int = 1, margin: float = 1.0, weight: Operand | None = None, reduction: Reduction = "mean"):
        super().__init__(reduction)
        if self.number("p", p) not in (1, 2):
            raise ValueError(f"[{type(self).__name__}] p must be 1 or 2, found {p}")
        self.p = p
        self.margin = self.number("margin", margin)
        self.weight = self.weights(weight)

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_given(x)
        return multi_margin_loss(x, target, self.p, self.margin, self.weight, self.reduction)


class MultiLabelMarginLoss(Loss):
    """1 / C sum_y sum_j max(0, 1 - s_y + s_j) over a row's own classes y and all others j: see multilabel_margin_loss."""

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_given(x)
        return multilabel_margin_loss(x, target, self.reduction)


class CTCLoss(Loss):
    """-log of the probability that sequences spell their targets, over all alignments (Graves et al. 2006): see ctc_loss.

    Called with log-probabilities (T, N, C), the targets (N, S), and how long each of both is. zero_infinity: a target that
    cannot be spelt in so many steps costs nothing.
    """

    def __init__(self, blank: int = 0, reduction: Reduction = "mean", zero_infinity: bool = False):
        super().__init__(reduction)
        if isinstance(blank, bool) or not hasattr(blank, "__index__"):
            raise TypeError(f"[{type(self).__name__}] blank must be an int, found {blank!r}")
        self.blank, self.zero_infinity = blank, self.flag("zero_infinity", zero_infinity)

    def forward(self, x: Input, target: Operand, input_lengths: Lengths, target_lengths: Lengths) -> Tensor:
        self.check_given(x)
        return ctc_loss(x, target, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity)
