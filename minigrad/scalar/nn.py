"""micrograd's networks, over Values: Neuron, Layer and MLP under its names, each with call, parameters() and zero_grad().

    from minigrad import Value
    from minigrad.scalar import nn

    model = nn.MLP(2, [16, 16, 1])      # 337 Values
    model([1.0, -2.0]).backward()

They are for reading along, number by number; networks to train with are those of `minigrad.nn`. Initial weights are drawn
from Python's `random`, as there, so that `random.seed` gives micrograd's very numbers.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from minigrad.scalar.value import Value

__all__ = ["MLP", "Layer", "Module", "Neuron"]


class Module:
    """What has parameters."""

    def parameters(self) -> list[Value]:
        """Every Value that training changes."""
        return []

    def zero_grad(self) -> None:
        """Set every gradient to 0, as micrograd does."""
        for p in self.parameters():
            p.grad = 0


class Neuron(Module):
    """w . x + b, and its relu if nonlin. w: nin Values drawn uniformly from -1 to 1; b: 0."""

    def __init__(self, nin: int, nonlin: bool = True) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0)
        self.nonlin = nonlin

    def __call__(self, x: Sequence[Any]) -> Value:
        """x: nin numbers or Values. ValueError for another count."""
        if len(x) != len(self.w):
            raise ValueError(f"[Neuron] x has {len(x)} numbers but expected {len(self.w)}, one for each weight")
        total = self.b
        for w, a in zip(self.w, x):
            total = total + w * a
        return total.relu() if self.nonlin else total

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """nout neurons that see the same nin numbers; nonlin: of each."""

    def __init__(self, nin: int, nout: int, nonlin: bool = True) -> None:
        self.neurons = [Neuron(nin, nonlin) for _ in range(nout)]

    def __call__(self, x: Sequence[Any]) -> Any:
        """A list of the neurons' Values; of a single neuron its Value."""
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """Layers of nouts neurons each, one after the other, the last one without a relu."""

    def __init__(self, nin: int, nouts: Sequence[int]) -> None:
        sizes = [nin, *nouts]
        self.layers = [Layer(sizes[i], sizes[i + 1], nonlin=i != len(nouts) - 1) for i in range(len(nouts))]

    def __call__(self, x: Sequence[Any]) -> Any:
        """A list of Values; of a single output its Value."""
        for layer in self.layers:
            x = layer(x if isinstance(x, Sequence) else [x])
        return x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"
