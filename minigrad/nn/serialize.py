"""Weights on disk, in the safetensors format: names, shapes and numbers, no code. PyTorch reads the same files.

A file is there whole or not at all (system/files.py); folders on the way to it are made.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.nn.module import Module
from minigrad.system.files import whole_file


def save(module: Module, path: str | os.PathLike) -> None:
    """Write a module's state_dict to a file."""
    if not isinstance(module, Module):
        hint = ": save(model, path), the model first" if isinstance(path, Module) else ""
        raise TypeError(f"[save] expected a Module, found {type(module).__name__}{hint}")
    write_arrays(module.state_dict(), path)


def load(module: Module, path: str | os.PathLike, strict: bool = True) -> Module:
    """Copy a file's arrays into a module; returns it. Raises ValueError, and changes nothing, if they do not fit."""
    state, metadata = read_with_metadata(path)
    found = metadata.get("format", "")                  # "pt" in files of others
    if found.startswith("minigrad checkpoint"):
        raise ValueError(f"[load] {path}: expected weights alone, as nn.save writes them, found a {found!r}: "
                         "use train.load_checkpoint(path, model)")
    try:
        module.load_state_dict(state, strict)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return module


def write_arrays(arrays: dict[str, Any], path: str | os.PathLike, metadata: dict[str, str] | None = None) -> None:
    """Write named arrays to a file. metadata: strings by name, kept in its header. TypeError for what it cannot hold."""
    from safetensors.numpy import save as as_bytes

    contiguous = {name: np.array(a, order="C") for name, a in arrays.items()}      # the format stores memory as it lies
    try:
        data = as_bytes(contiguous, metadata)           # save_file would hide it from all but its owner
    except (OSError, MemoryError):
        raise
    except Exception as error:                          # KeyError, TypeError, SafetensorError ... by the kind of nonsense
        kinds = ", ".join(f"{name} {a.dtype} {a.shape}" for name, a in contiguous.items() if a.dtype.kind not in "fiub")
        raise TypeError(f"[write_arrays] {os.fspath(path)}: expected arrays of numbers by name that safetensors knows, "
                        f"found {kinds or f'something else ({error})'}: convert them, or leave them out; no dtype of this "
                        "kind is supported") from error
    with whole_file(path) as part:
        part.write_bytes(data)


def read_arrays(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """The named arrays of a file. ValueError if it is no whole safetensors file, FileNotFoundError if there is none."""
    return read_with_metadata(path)[0]


def read_with_metadata(path: str | os.PathLike) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The named arrays and the strings of one and the same file, even if another replaces it meanwhile."""
    from safetensors import safe_open

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected a safetensors file, found "
                                f"{'a directory' if path.is_dir() else 'nothing'}")
    try:
        with safe_open(path, framework="numpy") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}     # noqa: SIM118 (no dict)
    except PermissionError:
        raise
    except MemoryError:
        raise MemoryError(f"{path}: its {path.stat().st_size} bytes do not fit into the memory that is free") from None
    except Exception as error:      # what a damaged file makes of the reader: SafetensorError, KeyError, TypeError ...
        raise ValueError(f"{path}: expected a whole safetensors file of numbers that numpy knows, found "
                         f"{path.stat().st_size} bytes "
                         f"that cannot be read as one ({error}): save or download it again") from error
