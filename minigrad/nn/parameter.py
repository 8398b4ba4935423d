"""What a module owns: parameters, which are trained, and buffers, which are kept but not trained."""

from minigrad.tensor import Tensor
from minigrad.types import Array, Operand


class Parameter(Tensor):
    """A leaf that training changes: a Tensor with a copy of `data` that requires its gradient.

    Its array never rebinds: initialising, loading and optimiser steps write into it, so whoever holds it sees them.
    """

    __slots__ = ()
    keeps_its_array = True
    takes_any_shape = False             # one that a lazy layer has yet to give its shape does

    def __init__(self, data: Operand, requires_grad: bool = True, device: str | None = None):
        super().__init__(data, requires_grad=requires_grad, device=device)

    def __repr__(self):
        return f"Parameter {super().__repr__()}"


class Buffer(Tensor):
    """State that is saved with a module but has no gradient, like BatchNorm's running mean; a copy of `data`."""

    __slots__ = ()
    keeps_its_array = True
    takes_any_shape = False

    def __init__(self, data: Operand, device: str | None = None):
        super().__init__(data, device=device)


def write(tensor: Tensor, array: Array) -> None:
    """Copy a numpy array into the tensor's own array, cast to its dtype; gradients that need the old refuse."""
    k = tensor.k
    k.copy(k.asarray(array, tensor.data.dtype), out=tensor.data)
    tensor.touch()


def read(tensor: Tensor) -> Array:
    """A copy of the tensor's data as a numpy array, in C order."""
    return tensor.k.to_numpy(tensor.data).copy(order="C")
