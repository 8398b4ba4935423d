"""Helpers for networks, under PyTorch's names: parameters as one vector, sequences of several lengths, parametrizations."""

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from minigrad.nn.parameter import write
from minigrad.nn.utils import parametrizations, parametrize, rnn
from minigrad.ops.shape import concatenate, reshape
from minigrad.system.names import missing
from minigrad.tensor import Tensor

__all__ = ["parameters_to_vector", "parametrizations", "parametrize", "rnn", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All numbers of the parameters in one vector, each in C order, one after the other; a differentiable function of them."""
    listed = list(parameters)
    if not listed:
        raise ValueError("[parameters_to_vector] there are no parameters: an empty list, or a generator used up before?")
    return concatenate([reshape(p, (-1,)) for p in listed], 0)


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write the numbers of such a vector into the parameters, in place. ValueError, and nothing written, if they do not fit."""
    listed = list(parameters)
    array = vec.k.to_numpy(vec.data) if isinstance(vec, Tensor) else np.asarray(vec)
    count = sum(p.size for p in listed)
    if array.shape != (count,):
        raise ValueError(f"[vector_to_parameters] the parameters have {count} numbers, but the vector has shape {array.shape}")
    start = 0
    for p in listed:
        write(p, array[start:start + p.size].reshape(p.shape))
        start += p.size


CLIPPING = {"clip_grad_norm_", "clip_grad_value_"}        # the optimisers' floor has them; PyTorch's users look here

if not TYPE_CHECKING:
    def __getattr__(name):
        if name in CLIPPING:
            return getattr(import_module("minigrad.optim"), name)
        raise AttributeError(missing(__name__, name))
