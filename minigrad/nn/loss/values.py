"""Losses of numbers and their targets, of scores and signs, and of vectors."""

from __future__ import annotations

from minigrad.nn.functions import Distance, triplet_margin_with_distance_loss
from minigrad.nn.loss.base import Loss
from minigrad.nn.module import Module
from minigrad.ops.loss import (
    REDUCTIONS,
    cosine_embedding_loss,
    cosine_similarity,
    gaussian_nll_loss,
    hinge_embedding_loss,
    hinge_loss,
    huber_loss,
    kl_div,
    l1_loss,
    margin_ranking_loss,
    mse,
    pairwise_distance,
    poisson_nll_loss,
    smooth_l1_loss,
    soft_margin_loss,
    squared_hinge_loss,
    triplet_margin_loss,
)
from minigrad.ops.loss.common import a_number
from minigrad.tensor import Tensor
from minigrad.types import Input, Operand, Reduction

__all__ = ["CosineEmbeddingLoss", "CosineSimilarity", "GaussianNLLLoss", "HingeEmbeddingLoss", "HingeLoss", "HuberLoss",
           "KLDivLoss", "L1Loss", "MSELoss", "MarginRankingLoss", "PairwiseDistance", "PoissonNLLLoss", "SmoothL1Loss",
           "SoftMarginLoss", "SquaredHingeLoss", "TripletMarginLoss", "TripletMarginWithDistanceLoss"]

# ---- of numbers and their targets


class MSELoss(Loss):
    """(x - target)^2: the mean over every element, "sum" or "none"."""

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_pair(x, target)
        return mse(x, target, self.reduction)


class L1Loss(Loss):
    """|x - target|"""

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_pair(x, target)
        return l1_loss(x, target, self.reduction)


class HuberLoss(Loss):
    """d^2 / 2 where d = |x - target| is less than delta, delta (d - delta / 2) elsewhere."""

    def __init__(self, reduction: Reduction = "mean", delta: float = 1.0):
        super().__init__(reduction)
        self.delta = self.number("delta", delta, 0, above=True)

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_pair(x, target)
        return huber_loss(x, target, self.reduction, self.delta)


class SmoothL1Loss(Loss):
    """d^2 / (2 beta) where d = |x - target| is less than beta, d - beta / 2 elsewhere."""

    def __init__(self, reduction: Reduction = "mean", beta: float = 1.0):
        super().__init__(reduction)
        self.beta = self.number("beta", beta, 0)

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_pair(x, target)
        return smooth_l1_loss(x, target, self.reduction, self.beta)


class KLDivLoss(Loss):
    """p (log p - x), p the target, x the logarithm of what approximates it. "batchmean" is the divergence: see kl_div."""

    known_reductions = (*REDUCTIONS, "batchmean")

    def __init__(self, reduction: str = "mean", log_target: bool = False):
        super().__init__(reduction)         # type: ignore[arg-type]    # one reduction more than others have
        self.log_target = self.flag("log_target", log_target)

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_pair(x, target)
        return kl_div(x, target, self.reduction, self.log_target)


class PoissonNLLLoss(Loss):
    """exp(x) - t x for counts t, or x - t log(x + eps) without log_input; full: with log t!. See poisson_nll_loss."""

    def __init__(self, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: Reduction = "mean"):
        super().__init__(reduction)
        self.log_input, self.full = self.flag("log_input", log_input), self.flag("full", full)
        self.eps = self.number("eps", eps, 0)

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_given(x)             # counts may be uint8
        return poisson_nll_loss(x, target, self.log_input, self.full, self.eps, self.reduction)


class GaussianNLLLoss(Loss):
    """(log v + (x - target)^2 / v) / 2, v = max(var, eps); called with (x, target, var). See gaussian_nll_loss."""

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: Reduction = "mean"):
        super().__init__(reduction)
        self.full, self.eps = self.flag("full", full), self.number("eps", eps, 0, above=True)

    def forward(self, x: Input, target: Operand, var: Operand) -> Tensor:
        self.check_pair(x, target)
        return gaussian_nll_loss(x, target, var, self.full, self.eps, self.reduction)


# ---- of scores and signs, 1 and -1

class HingeLoss(Loss):
    """max(0, 1 - t x)"""

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_given(x)
        return hinge_loss(x, target, self.reduction)


class SquaredHingeLoss(Loss):
    """max(0, 1 - t x)^2"""

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_given(x)
        return squared_hinge_loss(x, target, self.reduction)


class SoftMarginLoss(Loss):
    """log(1 + exp(-t x))"""

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_given(x)
        return soft_margin_loss(x, target, self.reduction)


class HingeEmbeddingLoss(Loss):
    """Of distances x: x where the target is 1, max(0, margin - x) where it is -1."""

    def __init__(self, margin: float = 1.0, reduction: Reduction = "mean"):
        super().__init__(reduction)
        self.margin = self.number("margin", margin)

    def forward(self, x: Input, target: Operand) -> Tensor:
        self.check_given(x)
        return hinge_embedding_loss(x, target, self.margin, self.reduction)


# ---- of vectors

class CosineSimilarity(Module):
    """The cosine of the angle between two vectors along `dim`: see cosine_similarity."""

    def __init__(self, dim: int = 1, eps: float = 1e-8):
        if isinstance(dim, bool) or not hasattr(dim, "__index__"):
            raise TypeError(f"[CosineSimilarity] dim must be an int, found {dim!r}")
        self.dim, self.eps = dim, a_number("CosineSimilarity", "eps", eps, 0)

    def forward(self, x1: Input, x2: Input) -> Tensor:
        return cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """|x1 - x2 + eps|_p along the last axis: see pairwise_distance."""

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False):
        self.p, self.eps = a_number("PairwiseDistance", "p", p, 0, above=True), a_number("PairwiseDistance", "eps", eps)
        if not isinstance(keepdim, bool):
            raise TypeError(f"[PairwiseDistance] keepdim must be True or False, found {keepdim!r}")
        self.keepdim = keepdim

    def forward(self, x1: Input, x2: Input) -> Tensor:
        return pairwise_distance(x1, x2, self.p, self.eps, self.keepdim)


class CosineEmbeddingLoss(Loss):
    """1 - cos(x1, x2) where the target is 1, max(0, cos(x1, x2) - margin) where it is -1."""

    def __init__(self, margin: float = 0.0, reduction: Reduction = "mean"):
        super().__init__(reduction)
        self.margin = self.number("margin", margin)

    def forward(self, x1: Input, x2: Input, target: Operand) -> Tensor:
        self.check_given(x1)
        return cosine_embedding_loss(x1, x2, target, self.margin, self.reduction)


class MarginRankingLoss(Loss):
    """max(0, margin - t (x1 - x2)): x1 above x2 where the target t is 1, below where it is -1."""

    def __init__(self, margin: float = 0.0, reduction: Reduction = "mean"):
        super().__init__(reduction)
        self.margin = self.number("margin", margin)

    def forward(self, x1: Input, x2: Input, target: Operand) -> Tensor:
        self.check_given(x1)
        return margin_ranking_loss(x1, x2, target, self.margin, self.reduction)


class TripletMarginLoss(Loss):
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), d the p-distance: see triplet_margin_loss."""

    def __init__(self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False,
                 reduction: Reduction = "mean"):
        super().__init__(reduction)
        self.margin, self.p = self.number("margin", margin), self.number("p", p, 0, above=True)
        self.eps, self.swap = self.number("eps", eps), self.flag("swap", swap)

    def forward(self, anchor: Input, positive: Input, negative: Input) -> Tensor:
        self.check_given(anchor)
        return triplet_margin_loss(anchor, positive, negative, self.margin, self.p, self.eps, self.swap, self.reduction)


class TripletMarginWithDistanceLoss(Loss):
    """TripletMarginLoss with a distance of one's own, a function of two tensors: see triplet_margin_with_distance_loss."""

    def __init__(self, *, distance_function: Distance | None = None, margin: float = 1.0, swap: bool = False,
                 reduction: Reduction = "mean"):
        super().__init__(reduction)
        if not (distance_function is None or callable(distance_function)):
            raise TypeError(f"[TripletMarginWithDistanceLoss] distance_function must be a function of two tensors or None, "
                            f"found {distance_function!r}")
        self.distance_function, self.swap = distance_function, self.flag("swap", swap)
        self.margin = self.number("margin", margin, 0, above=True)

    def forward(self, anchor: Input, positive: Input, negative: Input) -> Tensor:
        self.check_given(anchor)
        return triplet_margin_with_distance_loss(anchor, positive, negative, distance_function=self.distance_function,
                                                 margin=self.margin, swap=self.swap, reduction=self.reduction)
