"""`mg.save(obj, path)` and `mg.load(path)`: tensors by name in a safetensors file, which holds numbers and no code."""

import json
import numbers
import os
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.nn.module import Module
from minigrad.nn.serialize import read_with_metadata, write_arrays
from minigrad.tensor import Tensor, tensor

NUMBERS = "minigrad numbers"        # the entry of the file's header that holds what is no tensor
ONE = "tensor"                      # the name of a tensor that was saved alone


def save(obj: Any, path: str | os.PathLike) -> None:
    """Write a module's weights, a state dict, one tensor or array, or a flat dict of tensors, arrays and Python numbers.

    The file is safetensors, there whole or not at all; mg.load(path) reads it, and so does every other reader of the format.
    Raises TypeError for anything else: nothing is pickled.
    """
    if isinstance(path, (Module, Tensor, dict)):
        raise TypeError(f"[save] expected a path, found {type(path).__name__}: save(obj, path), the object first")
    if isinstance(obj, Module):
        obj = obj.state_dict()
    elif isinstance(obj, (Tensor, np.ndarray)):
        obj = {ONE: obj}
    if not isinstance(obj, dict):
        raise TypeError(f"[save] expected a module, a tensor or a dict of tensors by name, found {type(obj).__name__}: save "
                        "model.state_dict(), or a dict with a name for every tensor; train.save_checkpoint keeps an "
                        "optimiser too")
    arrays, plain = {}, {}
    for name, value in obj.items():
        if not isinstance(name, str):
            raise TypeError(f"[save] expected names that are strings, found {name!r}")
        if isinstance(value, Tensor):
            arrays[name] = value.k.to_numpy(value.data)
        elif isinstance(value, (np.ndarray, np.generic)):
            arrays[name] = np.asarray(value)
        elif isinstance(value, (bool, int, float)):
            plain[name] = value
        else:
            hint = ("give its entries names here, such as {'model.weight': ...}; train.save_checkpoint keeps a model and its "
                    "optimiser in one file") if isinstance(value, (dict, list, tuple, Module)) else "leave it out"
            raise TypeError(f"[save] expected tensors, arrays and numbers, found {type(value).__name__} at {name!r}: {hint}")
    write_arrays(arrays, path, {NUMBERS: json.dumps(plain)} if plain else None)


def load(path: str | os.PathLike, device: str | None = None, *, map_location: str | None = None,
         weights_only: bool = True) -> dict[str, Any]:
    """What mg.save wrote, or any safetensors file: {name: tensor}, and the numbers that stood beside them.

    A tensor that was saved alone is called "tensor". map_location is PyTorch's word for device; weights_only must be True: a
    file holds nothing else. Raises FileNotFoundError, and ValueError for what is no such file.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"[load] expected a path, found {type(path).__name__}: mg.load(path) gives a dict of tensors, "
                        "model.load_state_dict(mg.load(path)) puts them into a model")
    if not weights_only:
        raise ValueError("[load] weights_only=False would run code from the file, and no file here holds any: leave it out")
    device = map_location if device is None else device
    where = Path(path)
    if where.is_file():
        with where.open("rb") as file:
            start = file.read(2)
        if start in (b"PK", b"\x80\x02"):
            raise ValueError(f"{path}: expected a safetensors file, found a pickle, as torch.save writes it, which may run any "
                             "code: read it with PyTorch and write it with safetensors.torch.save_file")
    arrays, metadata = read_with_metadata(path)
    found = {name: tensor(a, device=device) for name, a in arrays.items()}
    return found | {name: value for name, value in json.loads(metadata.get(NUMBERS, "{}")).items()
                    if isinstance(value, numbers.Number)}
