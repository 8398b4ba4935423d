"""The dropout layer."""

from minigrad.nn.module import Module
from minigrad.ops.dropout import dropout
from minigrad.tensor import Tensor


class Dropout(Module):
    """In training, x / (1 - p) with probability 1 - p, else 0, drawn anew at each call; in evaluation, x itself."""

    def __init__(self, p: float = 0.5):
        if not 0 <= p <= 1:
            raise ValueError(f"[Dropout] p must be a probability, 0 <= p <= 1, found {p}")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        return dropout(x, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}"
