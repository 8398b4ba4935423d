"""minigrad/tensor.pyi, written anew by `python -m tests.typed` and compared by test_typed.py.

ops/__init__.py attaches operators and most methods to Tensor, where no type checker sees it. So the stub is made from the class
as it is once minigrad is imported, and from the annotations of tensor.py and ops/. An operation that is attached needs
annotations, and nothing else.
"""

import inspect
import re
import textwrap
from importlib import import_module
from inspect import signature
from pathlib import Path

from minigrad import ops, types
from minigrad.ops import aliases
from minigrad.ops.by_dim import BY_DIM, BY_WORD

tensor = import_module("minigrad.tensor")       # mg.tensor is the function
FILE = Path(tensor.__file__).with_suffix(".pyi")

HEAD = '''\
# Written by `python -m tests.typed` from tensor.py and from what ops/__init__.py attaches to Tensor: change those.

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self, overload

import numpy as np

from minigrad.graph import constant as constant
from minigrad.hooks import Handle
from minigrad.ops.by_dim import ValuesAndIndices
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
OPERATIONS_HEAD = '''\
"""What type checkers see of the operations: each from its family, or as it may be called with PyTorch's keywords too.

Written by `python -m tests.typed` from ops/ and ops/aliases.py: change those.
"""

# ruff: noqa: I001
from collections.abc import Sequence
from typing import Any, overload

from minigrad.ops.by_dim import ValuesAndIndices
from minigrad.tensor import Tensor
from minigrad.types import TYPES
'''
OPERATORS = """
OPERATORS: dict[str, Any]
COMPARISONS: dict[str, Any]
"""


def operations():
    """The stub of ops/."""
    second = {name: meant for name, meant in sorted(aliases.FUNCTIONS.items())
              if hasattr(ops, meant) and name not in aliases.VALUES_ALONE}
    families, functions = {}, []
    for name in sorted(set(ops.__all__) - set(second)):
        function = getattr(ops, name)
        if second_keywords(name) or by_word(name):
            functions += written(name, function, method=False)
        else:
            families.setdefault(function.__module__, []).append(name)
    imports = [f"from {family} import {imported(names)}" for family, names in sorted(families.items())]
    aliased = [f"{name} = {meant}" for name, meant in second.items()]
    return typed(OPERATIONS_HEAD + "\n".join([*imports, OPERATORS, *functions, "", *aliased, ""]))


def imported(names):
    """`name as name`, of each: what a stub imports is its own in this form alone."""
    parts = [f"{name} as {name}".replace(" ", HOLD) for name in names]
    lines = textwrap.fill(", ".join(parts), 120, initial_indent="    ", subsequent_indent="    ").replace(HOLD, " ")
    return f"(\n{lines},\n)"


def typed(stub):
    """The stub with the names of minigrad.types that it needs."""
    return stub.replace("TYPES", ", ".join(sorted(name for name in types.__all__ if re.search(rf"\b{name}\b", stub))))


def text():
    """The stub."""
    own = [thing for thing in vars(tensor).values() if inspect.isfunction(thing) and thing.__module__ == tensor.__name__]
    functions = [lines for f in own if not f.__name__.startswith("_") for lines in written(f.__name__, f, method=False)]
    members = [textwrap.indent(line, "    ") for name, value in vars(tensor.Tensor).items() if name not in OMITTED
               for line in member(name, value)]
    return typed("\n".join([HEAD, "class Tensor:", textwrap.indent(INHERITED, "    ").rstrip(), *members, "", *functions, ""]))


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


def second_keywords(name):
    """{PyTorch's keyword: the function's} of an operation, by aliases.py."""
    name = aliases.FUNCTIONS.get(name, name)
    known = signature(getattr(ops, name)).parameters if name in ops.__all__ else ()
    pairs = {"dim": "axis", "keepdim": "keepdims"} if "axis" in known else {}
    return {theirs: ours for theirs, ours in {**pairs, **aliases.KEYWORDS.get(name, {})}.items() if ours in known}


def signatures(name, function):
    """How it may be called: as it is written, with PyTorch's keywords beside its own where it can do without its own; and
    with all of its arguments by keyword, PyTorch's, where it cannot, or where they mean another thing."""
    own = signature(function)
    second = second_keywords(name)
    by_dim = BY_DIM.get(aliases.FUNCTIONS.get(name, name)) if "dim" in second and name not in aliases.VALUES_ALONE else None
    required = [ours for ours in second.values() if own.parameters[ours].default is inspect.Parameter.empty]
    beside = [own.parameters[ours].replace(name=theirs, kind=inspect.Parameter.KEYWORD_ONLY, default=...)
              for theirs, ours in second.items() if ours not in required and not (by_dim and theirs == "dim")]
    ways = [own.replace(parameters=[*own.parameters.values(), *beside])]
    if by_dim or required:
        theirs = {ours: theirs for theirs, ours in second.items()}
        meant = signature(by_dim) if by_dim else own.replace(parameters=[
            p.replace(name=theirs.get(p.name, p.name)) for p in own.parameters.values()])
        first, *others = meant.parameters.values()
        before = [p for p in others if p.name != "dim" and not required and p.default is p.empty]
        others = [p.replace(kind=p.KEYWORD_ONLY, default=p.empty if p.name == "dim" else p.default)
                  for p in others if p not in before]
        ways.append(meant.replace(parameters=[first, *before, *others]))
    if by_word(name):
        ways.append(signature(BY_WORD[name][1]))
    return ways


def by_word(name):
    """Whether the operation has a form of its own for keywords of PyTorch's, beside that for dim=."""
    return name in BY_WORD and name not in BY_DIM


def written(name, function, method=True):
    """`def name(...) -> ...: ...`, in lines, once for each way to call it. A method's own tensor, self, has no annotation."""
    ways = signatures(name, function)
    lines = []
    for way in ways:
        parameters = list(way.parameters.values())
        if method:
            parameters[0] = parameters[0].replace(name="self", annotation=inspect.Parameter.empty)
            given = [p.annotation for p in parameters[1:]] + [way.return_annotation]
            if inspect.Parameter.empty in given and not name.startswith("_"):
                raise TypeError(f"Tensor.{name} lacks annotations: write them where it is defined, {function.__module__}."
                                f"{function.__name__}")
        lines += ["@overload"] if ways[1:] else []
        lines += one_way(name, parameters, way.return_annotation)
    return lines


def one_way(name, parameters, result):
    """`def name(...) -> ...: ...`, in lines."""
    parts = [parameter(p) for p in parameters]
    kinds = [p.kind for p in parameters]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        parts.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    parts = [text.replace(" ", HOLD) for text in parts]       # a line ends between two of them only
    result = "" if result is inspect.Signature.empty else f" -> {result}"
    lines = textwrap.wrap(f"def{HOLD}{name}({', '.join(parts)})" + f"{result}: ...".replace(" ", HOLD), 120,
                          subsequent_indent=" " * len(f"def {name}("), break_on_hyphens=False)
    return [line.replace(HOLD, " ") for line in lines]


def parameter(p):
    """One parameter as it stands in a signature."""
    stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
    annotation = "" if p.annotation is p.empty else f": {p.annotation}"
    value = "..." if p.default is ... else repr(p.default)
    default = "" if p.default is p.empty else f" = {value}" if annotation else f"={value}"
    return f"{stars}{p.name}{annotation}{default}"
