"""Parameters in a list or by name, as a module; a plain list or dict of Parameters in an attribute does as well."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, overload

import numpy as np

from minigrad.nn.module import Module
from minigrad.nn.parameter import Parameter
from minigrad.tensor import Tensor


def _as_parameter(kind, value):
    """A Parameter as it is; a tensor or array as a new one."""
    if isinstance(value, Parameter):
        return value
    if isinstance(value, (Tensor, np.ndarray)):
        return Parameter(value)
    raise TypeError(f"[{kind}] expected a Parameter, a tensor or an array, found {type(value).__name__}")


class ParameterList(Module):
    """A list of Parameters, found under 0, 1 ...; tensors and arrays become Parameters, with a copy of their data."""

    _private = Module._private | {"_entries"}

    def __init__(self, values: Iterable[Any] | None = None):
        self._entries: list[Parameter] = []
        self.extend(() if values is None else values)

    def append(self, value: Any) -> Self:
        """Put a parameter at the end; returns self."""
        self._entries.append(_as_parameter("ParameterList", value))
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Append each; returns self."""
        if isinstance(values, Tensor) or not isinstance(values, Iterable):
            raise TypeError(f"[ParameterList] expected several parameters, found one {type(values).__name__}: give a list")
        self._entries += [_as_parameter("ParameterList", value) for value in values]
        return self

    @overload
    def __getitem__(self, index: int) -> Parameter: ...
    @overload
    def __getitem__(self, index: slice) -> "ParameterList": ...
    def __getitem__(self, index):
        return ParameterList(self._entries[index]) if isinstance(index, slice) else self._entries[index]

    def __setitem__(self, index: int, value: Any) -> None:
        self._entries[index] = _as_parameter("ParameterList", value)

    def __delitem__(self, index: int | slice) -> None:
        del self._entries[index]

    def pop(self, index: int = -1) -> Parameter:
        """Take a parameter out, by default the last."""
        return self._entries.pop(index)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self._entries)

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def _members(self):
        yield from super()._members()
        yield from ((str(i), p) for i, p in enumerate(self._entries))


class ParameterDict(Module):
    """Parameters by name, with a dict's methods; tensors and arrays become Parameters, with a copy of their data."""

    _private = Module._private | {"_entries"}

    def __init__(self, parameters: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None):
        self._entries: dict[str, Parameter] = {}
        if parameters is not None:
            self.update(parameters)

    def update(self, parameters: Any) -> None:
        """Take the (name, parameter) pairs of a mapping, or of an iterable of pairs."""
        pairs = parameters.items() if isinstance(parameters, (Mapping, ParameterDict)) else parameters
        for name, value in pairs:
            self[name] = value

    def __getitem__(self, name: str) -> Parameter:
        if name not in self._entries:
            raise KeyError(f"[ParameterDict] there is no parameter {name!r}: the names are {', '.join(self._entries)}")
        return self._entries[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if not isinstance(name, str):
            raise TypeError(f"[ParameterDict] a name is a string, found {name!r}")
        self._entries[name] = _as_parameter("ParameterDict", value)

    def __delitem__(self, name: str) -> None:
        del self._entries[name]

    def __getattr__(self, name):
        try:
            return vars(self)["_entries"][name]
        except KeyError:
            return object.__getattribute__(self, name)      # or the error of a property that fails

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __or__(self, others: Any) -> "ParameterDict":
        both = self.copy()
        both.update(others)
        return both

    def __ior__(self, others: Any) -> Self:
        self.update(others)
        return self

    def keys(self) -> Any:
        return self._entries.keys()

    def values(self) -> Any:
        return self._entries.values()

    def items(self) -> Any:
        return self._entries.items()

    def get(self, name: str, default: Any = None) -> Any:
        return self._entries.get(name, default)

    def setdefault(self, name: str, default: Any = None) -> Parameter:
        if name not in self._entries:
            self[name] = default
        return self._entries[name]

    def pop(self, name: str) -> Parameter:
        """Take a parameter out."""
        value = self[name]
        del self[name]
        return value

    def popitem(self) -> tuple[str, Parameter]:
        """Take the last one out, with its name."""
        return self._entries.popitem()

    def clear(self) -> None:
        self._entries.clear()

    def _members(self):
        yield from super()._members()
        yield from self._entries.items()

    def copy(self) -> "ParameterDict":
        """Another dict of the same Parameters."""
        return ParameterDict(self._entries)
