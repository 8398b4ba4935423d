"""Activations as layers."""

from minigrad.graph import alike
from minigrad.nn.module import Module
from minigrad.ops.elementwise import relu, sigmoid, tanh
from minigrad.ops.pixels import no_raw_pixels
from minigrad.ops.softmax import softmax
from minigrad.tensor import Tensor
from minigrad.types import Input


class ReLU(Module):
    """max(x, 0); relu'(0) = 0."""

    def forward(self, x: Input) -> Tensor:
        return relu(x)


class Sigmoid(Module):
    """1 / (1 + exp(-x))"""

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return sigmoid(x)


class Tanh(Module):
    """tanh(x)"""

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return tanh(x)


class Softmax(Module):
    """exp(x) / sum(exp(x)) along `dim`. CrossEntropyLoss takes logits: it needs no Softmax before it."""

    def __init__(self, dim: int = -1):
        self.dim = dim

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return softmax(x, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
