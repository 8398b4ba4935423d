"""The dropout layer."""

import numbers

from minigrad.graph import alike
from minigrad.nn.module import Module
from minigrad.ops.dropout import dropout
from minigrad.ops.pixels import no_raw_pixels
from minigrad.tensor import Tensor
from minigrad.types import Input


class Dropout(Module):
    """In training, x / (1 - p) with probability 1 - p, else 0, drawn anew at each call; in evaluation, x itself."""

    def __init__(self, p: float = 0.5):
        if isinstance(p, bool) or not isinstance(p, numbers.Real):
            raise TypeError(f"[Dropout] p must be a number, the probability to drop, found {p!r}")
        if not 0 <= p <= 1:
            raise ValueError(f"[Dropout] p must be a probability, 0 <= p <= 1, found {p}")
        self.p: float = p

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return dropout(x, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}"
