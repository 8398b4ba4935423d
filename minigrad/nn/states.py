"""`mg.save` and `mg.load`: a state dict on disk, under the names that PyTorch's users type.

The files are those of `nn.save`: safetensors, which hold names, shapes and numbers and no code, and which PyTorch reads, too.
"""

import os
from typing import Any

import numpy as np

from minigrad.graph import Variable
from minigrad.nn.module import Module
from minigrad.nn.parameter import read
from minigrad.nn.serialize import read_arrays, write_arrays

INSTEAD = "save(model.state_dict(), path) is what a file takes; a model with its optimiser: mg.train.save_checkpoint(path, ...)"


def save(state: Any, path: str | os.PathLike[str]) -> None:
    """Write a state dict, named tensors or arrays, or a module's, to a safetensors file. TypeError for anything else."""
    if isinstance(state, Module):
        state = state.state_dict()
    if not isinstance(state, dict):
        raise TypeError(f"[save] found {type(state).__name__} but expected a state dict, named arrays: {INSTEAD}")
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, (Variable, np.ndarray)):
            raise TypeError(f"[save] found {name!r}: {type(value).__name__} but expected arrays by name: {INSTEAD}")
    write_arrays({name: read(value) if isinstance(value, Variable) else value for name, value in state.items()}, path)


def load(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """The state dict of a safetensors file: model.load_state_dict(mg.load(path)).

    ValueError if it is no whole file of that kind, as a pickle of PyTorch's is none; FileNotFoundError if there is none.
    """
    if isinstance(path, Module):
        raise TypeError("[load] found a module but expected a path: mg.load(path) gives a state dict, mg.nn.load(model, path) "
                        "loads into a model")
    return read_arrays(path)
