"""The networks that `minigrad train` knows by name, and those of the user's own file."""

import importlib.util
import itertools
import math
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import minigrad as mg
from minigrad import nn

NAMED = "cnn", "cnn-4"
FILE = re.compile(r"(?P<path>.+\.py):(?P<name>[A-Za-z_]\w*)")       # my_model.py:make


def build(name: str, shape: Sequence[int] = (1, 28, 28), classes: int = 10) -> nn.Module:
    """A network for images (C, H, W): 784-40-10 (widths, ReLU between), or one of NAMED.

    cnn    two convolutions of 5 x 5 and a layer: 5,994 parameters for MNIST
    cnn-4  four of 3 x 3, dropout, two layers of which the first has 512: 1,250,858 parameters for CIFAR-10 (an example
           of Keras: keras-team/keras, examples/cifar10_cnn.py), with Keras's initial weights
    """
    channels, *sides = shape
    if name == "cnn":
        left = math.prod((side - 4) // 2 for side in ((side - 4) // 2 for side in sides))
        return nn.Sequential(nn.Conv2d(channels, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5), nn.ReLU(),
                             nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * left, classes))
    if name == "cnn-4":
        left = math.prod(((side - 2) // 2 - 2) // 2 for side in sides)
        return _as_keras_begins(nn.Sequential(
            nn.Conv2d(channels, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(.25),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(.25),
            nn.Flatten(), nn.Linear(64 * left, 512), nn.ReLU(), nn.Dropout(.5), nn.Linear(512, classes)))
    layers: list[nn.Module] = [nn.Flatten()]
    for i, o in itertools.pairwise(int(width) for width in name.split("-")):
        layers += [nn.Linear(i, o), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def _as_keras_begins(model: nn.Sequential) -> nn.Sequential:
    """Weights uniform as Glorot and Bengio (2010) have them, biases 0."""
    for p in model.parameters():
        if p.ndim > 1:
            nn.init.xavier_uniform_(p)
        else:
            nn.init.zeros_(p)
    return model


def misfit(name: str, shape: Sequence[int], classes: int) -> str:
    """Why a network of this name does not fit images (C, H, W) of so many classes, or ""."""
    pixels = math.prod(shape)
    fitting = (f"give widths from the {pixels} pixels to the {classes} classes, such as {pixels}-40-{classes}, "
               f"or {', '.join(NAMED)}")
    if name in NAMED:
        return "" if len(shape) == 3 and min(shape[1:]) >= 16 else (
            f"{name} is for images of 16 x 16 or more, and these are {'x'.join(map(str, shape))}: {fitting}")
    widths = name.split("-")
    return "" if (widths[0], widths[-1]) == (str(pixels), str(classes)) else f"{name} is no model for these images: {fitting}"


def own(text: str) -> tuple[Any, Any, Any]:
    """(model, optimiser or None, loss or None) that FILE.py:FUNCTION returns, called without arguments.

    FileNotFoundError where there is no file; ValueError for one without such a function, or that returns something else.
    RuntimeError, with the line, for what the file's own code raises.
    """
    path, name = _parts(text)
    if not path.exists():
        raise FileNotFoundError(f"[train] there is no file {path}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None         # of a .py there always is one
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module                             # pickling and dataclasses look there
    sys.path.insert(0, str(path.parent.resolve()))              # what it imports from beside it
    with _naming(path):
        spec.loader.exec_module(module)
    make: Callable[[], Any] | None = getattr(module, name, None)
    if not callable(make):
        names = ", ".join(n for n, value in vars(module).items() if callable(value) and not n.startswith("_")) or "none"
        raise ValueError(f"[train] {path} has no function {name}: it has {names}")
    with _naming(path):
        made = make()
    model, optimizer, loss = (*made, None, None)[:3] if isinstance(made, tuple) and 1 <= len(made) <= 3 else (made, None, None)
    if not isinstance(model, mg.nn.Module):
        raise ValueError(f"[train] {text} returned {type(made).__name__}: expected an nn.Module, or one with its optimiser, "
                         "return model, optimizer, or with both, return model, optimizer, loss")
    return model, optimizer, loss


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
        at = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
        raise RuntimeError(f"[train] {path}{f', line {at}' if at else ''}: {type(error).__name__}: {error}") from error


def _parts(text: str) -> tuple[Path, str]:
    match = FILE.fullmatch(text)
    assert match is not None                                    # arguments.py has looked
    return Path(match["path"]).expanduser(), match["name"]
