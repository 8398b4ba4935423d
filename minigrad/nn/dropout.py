"""Dropout layers."""

import numbers

from minigrad.graph import alike
from minigrad.nn.channels import alpha_dropout, channel_dropout
from minigrad.nn.module import Module
from minigrad.ops.dropout import dropout
from minigrad.ops.pixels import no_raw_pixels
from minigrad.tensor import Tensor
from minigrad.types import Input


class _Dropout(Module):
    """p: the probability to drop."""

    def __init__(self, p: float = 0.5):
        layer = type(self).__name__
        if isinstance(p, bool) or not isinstance(p, numbers.Real):
            raise TypeError(f"[{layer}] p must be a number, the probability to drop, found {p!r}")
        if not 0 <= p <= 1:
            raise ValueError(f"[{layer}] p must be a probability, 0 <= p <= 1, found {p}")
        self.p: float = p

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return self._drop(x)

    def extra_repr(self) -> str:
        return f"p={self.p}"


class Dropout(_Dropout):
    """In training, x / (1 - p) with probability 1 - p, else 0, drawn anew at each call; in evaluation, x itself."""

    def _drop(self, x):
        return dropout(x, self.p, self.training)


class Dropout1d(_Dropout):
    """In training whole channels of x (N, C, L) or (C, L) are 0 with probability p, the others x / (1 - p)."""

    sides = 1

    def _drop(self, x):
        return channel_dropout(type(self).__name__, x, self.sides, self.p, self.training)


class Dropout2d(Dropout1d):
    """In training whole channels of x (N, C, H, W) or (C, H, W) are 0 with probability p, the others x / (1 - p)."""

    sides = 2


class Dropout3d(Dropout1d):
    """In training whole channels of x (N, C, D, H, W) or (C, D, H, W) are 0 with probability p, the others x / (1 - p)."""

    sides = 3


class AlphaDropout(_Dropout):
    """For networks of SELU (Klambauer et al. 2017): what is dropped takes selu's value at minus infinity, and all of it is
    scaled and shifted so that mean 0 and variance 1 stay what they are."""

    def _drop(self, x):
        return alpha_dropout(x, self.p, self.training)


class FeatureAlphaDropout(_Dropout):
    """AlphaDropout of whole channels of x (N, C, ...)."""

    def _drop(self, x):
        return alpha_dropout(x, self.p, self.training, whole_channels=True)
