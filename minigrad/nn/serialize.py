"""Weights on disk, in the safetensors format: names, shapes and numbers, no code. PyTorch reads the same files.

A file is written beside its place under another name and then moved there, so that a crash leaves no half of one.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.nn.module import Module


def save(module: Module, path: str | os.PathLike) -> None:
    """Write a module's state_dict to a file."""
    write_arrays(module.state_dict(), path)


def load(module: Module, path: str | os.PathLike, strict: bool = True) -> Module:
    """Copy a file's arrays into a module; returns it. Raises ValueError, and changes nothing, if they do not fit."""
    state = read_arrays(path)
    try:
        module.load_state_dict(state, strict)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return module


def write_arrays(arrays: dict[str, Any], path: str | os.PathLike, metadata: dict[str, str] | None = None) -> None:
    """Write named arrays to a file. metadata: strings by name, kept in its header."""
    from safetensors.numpy import save as as_bytes

    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    contiguous = {name: np.array(a, order="C") for name, a in arrays.items()}      # the format stores memory as it lies
    try:
        part.write_bytes(as_bytes(contiguous, metadata))            # save_file would hide it from all but its owner
        os.replace(part, path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if not path.parent.is_dir():
            raise FileNotFoundError(f"{path}: there is no directory {path.parent}: make it first") from error
        raise


def read_arrays(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """The named arrays of a file. ValueError if it is no whole safetensors file, FileNotFoundError if there is none."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected a safetensors file, found "
                                f"{'a directory' if path.is_dir() else 'nothing'}")
    try:
        return load_file(path)
    except (SafetensorError, OSError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: expected a whole safetensors file of numbers that numpy knows, found "
                         f"{path.stat().st_size} bytes "
                         f"that cannot be read as one ({error}): save or download it again") from error
