"""Parameters that are computed: a module's tensor as a function of others, which are trained in its place.

    parametrize.register_parametrization(layer, "weight", Symmetric())

From then on layer.weight is Symmetric()(layer.parametrizations.weight.original), computed each time it is read. Names are
PyTorch's, so state dicts exchange.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from minigrad.graph import Variable
from minigrad.modes import no_grad
from minigrad.nn.computed import declare
from minigrad.nn.container import ModuleDict, ModuleList
from minigrad.nn.module import Module
from minigrad.nn.parameter import Parameter, write
from minigrad.system.names import missing

__all__ = ["ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations"]

_cache: ContextVar[dict | None] = ContextVar("minigrad parametrizations", default=None)


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, one after the other, and what they begin with: original, or original0, 1 ..."""

    def __init__(self, originals: list[Parameter], one: bool):
        super().__init__()
        names = ["original"] if one else [f"original{i}" for i in range(len(originals))]
        object.__setattr__(self, "originals", tuple(names))
        for name, p in zip(names, originals, strict=True):
            setattr(self, name, p)

    def forward(self) -> Any:
        kept = _cache.get()
        if kept is not None and id(self) in kept:
            return kept[id(self)][1]
        x: Any = [getattr(self, name) for name in self.originals]
        for module in self:
            x = module(*x) if isinstance(x, list) else module(x)
        x = x[0] if isinstance(x, list) else x
        if kept is not None:
            kept[id(self)] = self, x
        return x

    def assign(self, value: Any) -> None:
        """Write what the originals must be for the tensor to be `value`: through right_inverse, from the last to the first."""
        with no_grad():
            for module in reversed(self):
                value = right_inverse(module, value)
            values = value if isinstance(value, (tuple, list)) else (value,)
            for name, a in zip(self.originals, values, strict=True):
                own = getattr(self, name)
                if tuple(a.shape) != own.shape:
                    raise ValueError(f"[parametrize] {name} has shape {own.shape}, but the value needs {tuple(a.shape)}")
                write(own, a.k.to_numpy(a.data) if isinstance(a, Variable) else a)


def right_inverse(module: Module, value: Any) -> Any:
    """What a parametrization must be given to make `value`. NotImplementedError where it does not say."""
    if not hasattr(module, "right_inverse"):
        raise NotImplementedError(f"[parametrize] {type(module).__name__} has no right_inverse(self, value), so its tensor "
                                  "cannot be assigned: define it, or write into the original")
    return module.right_inverse(value)


def register_parametrization(module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> Module:
    """Compute module.tensor_name by `parametrization` from now on; returns the module.

    The parameter's numbers become the original's, through parametrization.right_inverse where there is one (which may give
    several). A second parametrization of a tensor is applied to what the first gives. ValueError, and nothing changed, where
    the shape or dtype would be another, unless unsafe.
    """
    if not isinstance(parametrization, Module):
        raise TypeError(f"[register_parametrization] expected a Module, found {type(parametrization).__name__}")
    if is_parametrized(module, tensor_name):
        entry: Any = module.parametrizations[tensor_name]
        before = getattr(module, tensor_name)
        if not unsafe:
            _check(module, tensor_name, before, parametrization(before))
        if hasattr(parametrization, "right_inverse"):
            with no_grad():
                value = parametrization.right_inverse(before)
            entry.assign(value)
        entry.append(parametrization)
        return module
    own = vars(module).get(tensor_name)
    if not isinstance(own, Parameter):
        there = ", ".join(name for name, _ in module.named_parameters(recurse=False))
        raise ValueError(f"[register_parametrization] {type(module).__name__} has no parameter {tensor_name!r}: there are "
                         f"{there or 'none'}")
    with no_grad():
        value = parametrization.right_inverse(own) if hasattr(parametrization, "right_inverse") else own
        several = isinstance(value, (tuple, list))
        made = parametrization(*value) if several else parametrization(value)
    if not unsafe:
        _check(module, tensor_name, own, made)
    given = list(value) if several else [value]
    originals = [own if a is own else Parameter(a, own.requires_grad, own.device) for a in given]
    entry = ParametrizationList(originals, not several)
    entry.append(parametrization)
    if "parametrizations" not in vars(module):
        module.parametrizations = ModuleDict()
    object.__delattr__(module, tensor_name)
    declare(type(module), tensor_name)
    module.parametrizations[tensor_name] = entry
    return module


def _check(module, name, before, made):
    if made.shape != before.shape or made.dtype != before.dtype:
        raise ValueError(f"[register_parametrization] {name} of {type(module).__name__} is {before.dtype} {before.shape}, but "
                         f"the parametrization gives {made.dtype} {made.shape}: unsafe=True takes that")


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a tensor of the module, or any, is parametrized."""
    entries = vars(module).get("parametrizations")
    if entries is None:
        return False
    return len(entries) > 0 if tensor_name is None else tensor_name in entries


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make module.tensor_name a parameter again: of the numbers that it is computed to be now, or of the original's; returns
    the module. ValueError where there is none, or where several originals were to be left."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"[remove_parametrizations] {tensor_name} of this {type(module).__name__} is not parametrized")
    entry: Any = module.parametrizations[tensor_name]
    if leave_parametrized:
        with no_grad():
            value = getattr(module, tensor_name)
        first = getattr(entry, entry.originals[0])
        own = Parameter(value.detach(), first.requires_grad, first.device)
    elif len(entry.originals) > 1:
        raise ValueError(f"[remove_parametrizations] {tensor_name} is computed from {', '.join(entry.originals)}, and no one "
                         "of them is it: leave_parametrized=True keeps what they make")
    else:
        own = entry.original
    del module.parametrizations[tensor_name]
    if not len(module.parametrizations):
        object.__delattr__(module, "parametrizations")
    setattr(module, tensor_name, own)
    return module


@contextmanager
def cached() -> Iterator[None]:
    """Within it a parametrized tensor is computed when it is first read, and kept: for weights that are used many times."""
    if _cache.get() is not None:
        yield
        return
    token = _cache.set({})
    try:
        yield
    finally:
        _cache.reset(token)


if not TYPE_CHECKING:
    def __getattr__(name: str) -> None:
        raise AttributeError(missing(__name__, name))
