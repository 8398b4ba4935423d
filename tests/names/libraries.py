"""The public names of PyTorch, numpy and Keras, read from what is installed; Keras is looked at, not imported."""

import ast
import importlib.util
import inspect
import pkgutil
from importlib import import_module
from pathlib import Path

import numpy as np

KERAS = ("initializers", "layers", "losses", "ops", "optimizers", "optimizers.schedules")
TORCH = ("", "Tensor", "fft", "linalg", "nn", "nn.functional", "nn.init", "nn.utils", "nn.utils.parametrizations",
         "nn.utils.parametrize", "nn.utils.rnn", "optim", "optim.lr_scheduler", "optim.swa_utils", "utils.data")
WITH_MODULES = {"torch", "torch.nn", "torch.nn.utils"}      # whose modules are names of their own


def numpys():
    """{space: names}"""
    return {"numpy": _public(np), "numpy.linalg": _public(np.linalg), "numpy.fft": _public(np.fft),
            "numpy.ndarray": _public(np.ndarray)}


def torchs():
    """{space: names}; {} where PyTorch is not installed."""
    if importlib.util.find_spec("torch") is None:
        return {}
    import torch

    found = {}
    for path in TORCH:
        space = torch.Tensor if path == "Tensor" else import_module(f"torch.{path}".rstrip("."))
        found[f"torch.{path}".rstrip(".")] = sorted({*_public(space, listed="." in path), *_modules(space)})
    return found


def keras():
    """{space: names}; {} where Keras is not installed."""
    spec = importlib.util.find_spec("keras")
    if spec is None:
        return {}
    folder = Path(spec.submodule_search_locations[0])
    return {f"keras.{part}": _exported(folder.joinpath(*part.split("."), "__init__.py")) for part in KERAS}


def _modules(space):
    """The public modules in it."""
    if getattr(space, "__name__", "") not in WITH_MODULES:
        return []
    return [module.name for module in pkgutil.iter_modules(space.__path__) if module.name[0] != "_"]


def _public(space, listed=False):
    """What can be called there, but for exceptions, types of numbers and what starts with an underscore. listed: no more than
    the module says in __all__, if it does."""
    found = []
    for name in getattr(space, "__all__", dir(space)) if listed else dir(space):
        thing = inspect.getattr_static(space, name, None)       # None: made when it is asked for
        if name[0] != "_" and not inspect.ismodule(thing) and not name.endswith(("Error", "Warning", "Storage", "Type")):
            found.append(name)
    return found


def _exported(path):
    return [alias.asname or alias.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
            for alias in node.names]
