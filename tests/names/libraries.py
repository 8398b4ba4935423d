"""The public names of PyTorch, numpy and Keras, read from what is installed; Keras is looked at, not imported."""

import ast
import importlib.util
import inspect
from pathlib import Path

import numpy as np

KERAS = ("layers", "losses", "ops", "optimizers")


def numpys():
    """{space: names}"""
    return {"numpy": _public(np), "numpy.linalg": _public(np.linalg), "numpy.fft": _public(np.fft),
            "numpy.ndarray": _public(np.ndarray)}


def torchs():
    """{space: names}; {} where PyTorch is not installed."""
    if importlib.util.find_spec("torch") is None:
        return {}
    import torch

    spaces = {"torch": torch, "torch.Tensor": torch.Tensor, "torch.nn": torch.nn, "torch.nn.functional": torch.nn.functional,
              "torch.linalg": torch.linalg, "torch.fft": torch.fft, "torch.optim": torch.optim,
              "torch.optim.lr_scheduler": torch.optim.lr_scheduler}
    return {name: _public(space) for name, space in spaces.items()}


def keras():
    """{space: names}; {} where Keras is not installed."""
    spec = importlib.util.find_spec("keras")
    if spec is None:
        return {}
    folder = Path(spec.submodule_search_locations[0])
    return {f"keras.{part}": _exported(folder / part / "__init__.py") for part in KERAS}


def _public(space):
    """What can be called there, but for exceptions, types of numbers and what starts with an underscore."""
    found = []
    for name in dir(space):
        thing = inspect.getattr_static(space, name, None)       # None: made when it is asked for
        if name[0] != "_" and not inspect.ismodule(thing) and not name.endswith(("Error", "Warning", "Storage", "Type")):
            found.append(name)
    return found


def _exported(path):
    return [alias.asname or alias.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
            for alias in node.names]
