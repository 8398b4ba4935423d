"""Gradients of several batches added up before a step: what one batch of all their samples would give, in less memory."""

from typing import Any

from minigrad.tensor import constant


class Accumulation:
    """`count` batches for each step of the optimiser, weighed by their samples; `size` is a full batch's, None: the first
    one's."""

    def __init__(self, optimizer: Any, count: int, size: int | None) -> None:
        self.optimizer, self.count = optimizer, count
        self._nominal = count * (size or 0)
        self._batches = self._samples = 0

    @property
    def pending(self) -> bool:
        """Whether there are gradients that no step has used."""
        return self._batches > 0

    def backward(self, value: Any, n: int) -> bool:
        """Add the gradient of the loss of n samples; whether a step is due."""
        self._nominal = self._nominal or self.count * n
        value.backward(constant(value.k, value.k.full((), n / self._nominal, value.dtype)))
        self._batches, self._samples = self._batches + 1, self._samples + n
        return self._batches == self.count

    def complete(self) -> None:
        """Before the step: were there fewer samples than planned, their mean is made the mean of those."""
        if self._samples != self._nominal:
            factor = self._nominal / self._samples
            for group in self.optimizer.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        p.grad.k.mul(p.grad.data, factor, out=p.grad.data)
                        p.grad.touch()
        self._batches = self._samples = 0
