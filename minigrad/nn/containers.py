"""What an attribute of a module holds: modules, parameters and other tensors, in every container that Python users nest.

Each gets a path: blocks.0 in a list, tuple or deque, heads.left in a dict, state.scale in a dataclass; and so on inwards.
A set has no order that two processes share, so what it holds cannot be named: that is an error, not an omission.
"""

import array
import dataclasses
import operator
from collections import abc
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

import numpy as np

from minigrad.graph import Variable

_NO_ORDER = object()    # the key of what is in a set
_SIMPLE = frozenset({int, float, complex, bool, str, bytes, type(None)})


def held(owner: Any, name: str, value: Any, kinds: Any, strict: bool = True) -> Iterator[tuple[str, Any]]:
    """(path, thing) of everything of these kinds in `value`, the attribute `name` of `owner`, at any depth.

    strict: TypeError where a path would not be the same in every process, for names that are kept; else any text will do.
    """
    if type(value) in _SIMPLE:
        return iter(())
    return ((".".join((name, *keys)), thing) for keys, thing in _inside(owner, name, value, kinds, strict, ()))


def _inside(owner, name, value, kinds, strict, around):
    """(keys, thing): the keys that lead to it, outermost first. around: the containers that this one stands in."""
    if isinstance(value, kinds):
        yield (), value
        return
    pairs = _pairs(type(value))
    if pairs is None or any(value is outer for outer in around):
        return
    around = (*around, value)
    for key, inner in pairs(value):
        if type(inner) not in _SIMPLE:
            for keys, thing in _inside(owner, name, inner, kinds, strict, around):
                if strict and key is _NO_ORDER:
                    raise TypeError(f"[{type(owner).__name__}] {name} has a {type(value).__name__} that holds a "
                                    f"{type(thing).__name__}: its order is not the same in every process, so what is in "
                                    "it has no name to be saved under; use a list or a dict")
                yield (_text(owner, name, key, strict), *keys), thing


def _text(owner, name, key, strict):
    """A key as a part of a path."""
    if isinstance(key, str):
        return key
    try:
        return str(operator.index(key))
    except TypeError:
        if not strict:
            return "?" if key is _NO_ORDER else str(key)
        raise TypeError(f"[{type(owner).__name__}] {name} has a dict with a module or tensor under the key {key!r}: keys "
                        "become parts of names, so use strings or ints") from None


@lru_cache(maxsize=1024)
def _pairs(cls: type) -> Callable[[Any], Any] | None:
    """How to go through a container of this class: a function -> (key, value) pairs; None for what is no container."""
    if issubclass(cls, (str, bytes, bytearray, memoryview, range, array.array, type, Variable)):
        return None
    if issubclass(cls, np.ndarray):
        return lambda a: ((_NO_ORDER, v) for v in a.flat) if a.dtype.hasobject else ()
    if issubclass(cls, abc.Mapping):
        return lambda mapping: mapping.items()
    if issubclass(cls, abc.Sequence):
        return enumerate
    if issubclass(cls, (abc.Set, abc.MappingView, WeakSet)):
        return lambda things: ((_NO_ORDER, v) for v in things)
    if issubclass(cls, SimpleNamespace):
        return lambda namespace: vars(namespace).items()
    if dataclasses.is_dataclass(cls):
        return _fields([field.name for field in dataclasses.fields(cls)])
    if hasattr(cls, "__attrs_attrs__"):
        return _fields([field.name for field in cls.__attrs_attrs__])
    return None


def _fields(names):
    return lambda record: [(name, getattr(record, name)) for name in names if hasattr(record, name)]


# ---- (path, thing) pairs

def joined(prefix: str, name: str) -> str:
    """The path of `name` below `prefix`, which may be empty."""
    return f"{prefix}.{name}" if prefix else name


def once(named: Any) -> Iterator[tuple[str, Any]]:
    """The (name, thing) pairs without repeats; things are compared by identity, for `==` on tensors is elementwise."""
    seen = set()
    for name, thing in named:
        if id(thing) not in seen:
            seen.add(id(thing))
            yield name, thing
