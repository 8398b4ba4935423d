"""What the inputs of every operation look like, and what it should give: from this the suite fuzzes all of them.

`discover()` finds the operations in minigrad.ops itself; one file here per family describes them. An operation that is
added there and not described here is an error that names the file to describe it in: it cannot be forgotten.

    describe("sqrt", inputs=unary(positive), oracle=np.sqrt, torch="sqrt")
"""

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules, walk_packages
from typing import Any, NamedTuple

from hypothesis import strategies as st

import minigrad as mg
from minigrad import ops
from minigrad.testing.report import ASPECTS


class Kink(NamedTuple):
    """Inputs at a kink or a tie, and the exact gradients there, of the sum of the outputs, as docs/conventions.md has them.

    args: as in a case; options: keyword arguments; gradients: one for each float array of args.
    """

    args: tuple[Any, ...]
    gradients: tuple[Any, ...]
    options: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Description:
    """One kind of inputs of one operation; see `describe`."""

    operation: str
    about: str
    inputs: Any
    oracle: Callable[..., Any]
    call: Callable[..., Any]
    torch: str | Callable[..., Any] | None
    kinks: tuple[Kink, ...]
    without: Mapping[str, str]
    keeps_dtype: bool
    constant_outputs: tuple[int, ...]


_descriptions: dict[str, list[Description]] = {}


def describe(operation: str, inputs: Any, oracle: Callable[..., Any], torch: str | Callable[..., Any] | None = None, *,
             about: str = "", call: Callable[..., Any] | None = None, kinks: Sequence[Kink] = (),
             without: Mapping[str, str] | None = None, keeps_dtype: bool = True,
             constant_outputs: tuple[int, ...] = ()) -> None:
    """Say what the inputs of an operation look like; an operation may have several descriptions.

    inputs: a function of hypothesis' draw -> (args, options), or a strategy of such pairs. Float arrays among the args
        (float64, or complex128) become tensors, everything else and the options are passed as they are.
    oracle: the same by numpy, (*args, **options) -> an array or several; it knows nothing of minigrad.
    torch: the same by PyTorch: a name in torch ("nn.functional.conv2d"), or a function (torch, *args, **options).
    about: what is special about these inputs. call: what to call instead of the operation itself, where its arguments are
        no plain tensors. kinks: inputs with exact gradients. keeps_dtype: whether float32 in means float32 out.
    constant_outputs: the numbers of outputs that have no graph on purpose; any other output of floating point must have one.
    without: for each aspect that does not apply, the reason: {"first": "integers have no gradient"}.
    """
    without = dict(without or {})
    if unknown := without.keys() - set(ASPECTS[1:]):
        raise ValueError(f"[describe] {operation}: there are no aspects {sorted(unknown)} to leave out, "
                         f"only {', '.join(ASPECTS[1:])}")
    if (torch is None) != ("torch" in without):
        raise ValueError(f"[describe] {operation}: give either torch= or the reason, without={{'torch': ...}}")
    if callable(inputs) and not isinstance(inputs, st.SearchStrategy):
        inputs = st.composite(inputs)()
    _descriptions.setdefault(operation, []).append(Description(
        operation, about, inputs, oracle, call or find(operation), torch, tuple(kinks), without, keeps_dtype,
        tuple(constant_outputs)))


_known: dict[str, Callable[..., Any]] = {}      # what discover found last: it looks into every file


def find(operation: str) -> Callable[..., Any]:
    """The operation of that name. Raises ValueError if there is none."""
    if operation in _known:
        known = _known[operation]
        if getattr(sys.modules[known.__module__], known.__name__, None) is known:       # as it is now
            return known
    found = discover()
    _known.update(found)
    if operation not in found:
        raise ValueError(f"there is no operation {operation!r}: there are {', '.join(found)}")
    return found[operation]


def discover() -> dict[str, Callable[..., Any]]:
    """Every operation by name: the functions of minigrad.ops that are public (as mg.<name>, mg.fft.<name>, mg.linalg.<name>)
    or that record a rule."""
    found: dict[str, Callable[..., Any]] = {}
    for info in walk_packages(ops.__path__, "minigrad.ops."):
        module = import_module(info.name)
        for name, f in vars(module).items():
            if not inspect.isfunction(f) or f.__module__ != module.__name__ or name.startswith("_"):
                continue
            public = getattr(mg, name, None) is f or name in mg.fft.__all__ and getattr(mg.fft, name) is f
            if not public and module.__name__.startswith(ops.linalg.__name__) and name in ops.linalg.__all__:
                name, public = f"linalg.{name}", True
            if public or {"record", "record_many", "unary", "binary"} & set(inspect.unwrap(f).__code__.co_names):
                if name in found:
                    raise ValueError(f"two operations are called {name}: {found[name].__module__}.{name} and "
                                     f"{module.__name__}.{name}")
                found[name] = f
    return dict(sorted(found.items()))


@cache
def _load() -> None:
    for info in iter_modules(__path__):
        import_module(f"{__name__}.{info.name}")


def descriptions(operation: str | None = None) -> dict[str, list[Description]]:
    """The descriptions of every operation, or of one. Raises ValueError for an operation that has none."""
    _load()
    found = discover() if operation is None else {operation: find(operation)}
    for name, f in found.items():
        if name not in _descriptions:
            family = f.__module__.split(".")[2]
            raise ValueError(f"[{name}] nobody has said what this operation's inputs look like: add describe({name!r}, ...) "
                             f"to minigrad/testing/operations/{family}.py, and the suite will fuzz it")
    return {name: _descriptions[name] for name in found}
