"""minigrad/tensor.pyi, written anew by `python -m tests.typed` and compared by test_typed.py.

ops/__init__.py attaches operators and most methods to Tensor, where no type checker sees it. So the stub is made from the class
as it is once minigrad is imported, and from the annotations of tensor.py and ops/. An operation that is attached needs
annotations, and nothing else.
"""

import inspect
import re
import textwrap
from importlib import import_module
from pathlib import Path

from minigrad import ops, types
from minigrad.ops import aliases

tensor = import_module("minigrad.tensor")       # mg.tensor is the function
FILE = Path(tensor.__file__).with_suffix(".pyi")

HEAD = '''\
# Written by `python -m tests.typed` from tensor.py and from what ops/__init__.py attaches to Tensor: change those.

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from minigrad.graph import constant as constant
from minigrad.hooks import Handle
from minigrad.ops.index.updates import At
from minigrad.random import Generator
from minigrad.types import TYPES

FLOATS: tuple[np.dtype[Any], ...]
'''

# What Tensor has of graph.Variable, whose type depends on which graph was chosen, and of ops/table.py. And what makes it one of
# numpy's ArrayLikes, as it is for `np.sum(t)`: there is no buffer, but with __array__ instead, numpy's types would say that
# `array + tensor` is an array.
INHERITED = '''\
def __buffer__(self, flags: int, /) -> memoryview: ...
k: Any
node: Any
differentiable_kernels: Any
_data: Any
_grad: Any
@property
def data(self) -> Array: ...
@data.setter
def data(self, value: Operand) -> None: ...
@property
def grad(self) -> Tensor | None: ...
@grad.setter
def grad(self, value: Tensor | None) -> None: ...
'''

HOLD = "\N{NO-BREAK SPACE}"      # a blank at which no line is broken

OMITTED = {"__array__", "__getattr__",
           "__init_subclass__", "__module__", "__doc__", "__slots__", "_assign_data", "_assign_grad",
           "differentiable_kernels"}


OPERATIONS = FILE.parent / "ops" / "__init__.pyi"
SECOND = "\n# Second names, written by `python -m tests.typed` from ops/aliases.py.\n\n"


def operations():
    """The stub of ops/, whose end are the second names."""
    head = OPERATIONS.read_text(encoding="utf-8").partition(SECOND)[0]
    return head + SECOND + "".join(f"{name} = {meant}\n" for name, meant in sorted(aliases.FUNCTIONS.items())
                                   if hasattr(ops, meant))


def text():
    """The stub."""
    own = [thing for thing in vars(tensor).values() if inspect.isfunction(thing) and thing.__module__ == tensor.__name__]
    functions = [lines for f in own if not f.__name__.startswith("_") for lines in written(f.__name__, f, method=False)]
    members = [textwrap.indent(line, "    ") for name, value in vars(tensor.Tensor).items() if name not in OMITTED
               for line in member(name, value)]
    stub = "\n".join([HEAD, "class Tensor:", textwrap.indent(INHERITED, "    ").rstrip(), *members, "",
                      *functions, ""])
    named = sorted(name for name in types.__all__ if re.search(rf"\b{name}\b", stub))
    return stub.replace("TYPES", ", ".join(named))


def member(name, value):
    """The lines of one attribute of Tensor."""
    bare = name.strip("_")
    if name == "__hash__":
        return ["def __hash__(self) -> int: ..."]
    if name.startswith("__") and (bare in ops.OPERATORS or bare[1:] in ops.OPERATORS):
        return [f"def {name}(self, other: Operand) -> Tensor: ..."]
    if name.startswith("__") and bare in ops.COMPARISONS:
        ignored = "  # type: ignore[override]  # object's gives a bool" if bare in ("eq", "ne") else ""
        return [f"def {name}(self, other: Operand) -> Tensor: ...{ignored}"]
    if name == "__pos__":
        return ["def __pos__(self) -> Tensor: ..."]
    if isinstance(value, property):
        read = ["@property", f"def {name}(self) -> {inspect.signature(value.fget).return_annotation}: ..."]
        return read + ([f"@{name}.setter", *written(name, value.fset)] if value.fset else [])
    if inspect.isfunction(value):
        if name.startswith("__array_"):
            return [f"def {name}(self, *args: Any, **options: Any) -> Any: ..."]
        return written(name, value)
    return [f"{name}: {type(value).__name__ if value is not None else 'Any'}"]


def written(name, function, method=True):
    """`def name(...) -> ...: ...`, in lines. A method's own tensor has no annotation: it is `self`."""
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    if method:
        parameters[0] = parameters[0].replace(name="self", annotation=inspect.Parameter.empty)
        given = [p.annotation for p in parameters[1:]] + [signature.return_annotation]
        if inspect.Parameter.empty in given and not name.startswith("_"):
            raise TypeError(f"Tensor.{name} lacks annotations: write them where it is defined, {function.__module__}."
                            f"{function.__name__}")
    result = "" if signature.return_annotation is signature.empty else f" -> {signature.return_annotation}"
    parts = [text.replace(" ", HOLD) for text in map(parameter, parameters)]       # a line ends between two of them only
    lines = textwrap.wrap(f"def{HOLD}{name}({', '.join(parts)})" + f"{result}: ...".replace(" ", HOLD), 120,
                          subsequent_indent=" " * len(f"def {name}("), break_on_hyphens=False)
    return [line.replace(HOLD, " ") for line in lines]


def parameter(p):
    """One parameter as it stands in a signature."""
    stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
    annotation = "" if p.annotation is p.empty else f": {p.annotation}"
    default = "" if p.default is p.empty else f" = {p.default!r}" if annotation else f"={p.default!r}"
    return f"{stars}{p.name}{annotation}{default}"
