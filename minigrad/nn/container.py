"""Modules made of modules."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, overload

from minigrad.nn.module import Module
from minigrad.tensor import Tensor


class Sequential(Module):
    """Modules, one after the other: Sequential(a, b) names them 0, 1 ..., Sequential({"conv": a, "relu": b}) by key.

    Indexing gives a module (by int or name) or a shorter Sequential of the same modules (by slice). A module put into
    an attribute joins the end, or replaces the one of that name.
    """

    _private = Module._private | {"_layers"}            # which _members adds under their own names

    def __init__(self, *modules: Module | Mapping[str, Module]):
        object.__setattr__(self, "_layers", {})
        named = modules[0].items() if len(modules) == 1 and isinstance(modules[0], dict) else enumerate(modules)
        for name, module in named:
            if str(name) in self._layers:
                raise ValueError(f"[Sequential] two modules are called {name}, and one would be lost: rename a key")
            self._put(str(name), module)

    def forward(self, x: Any) -> Tensor:
        before = None
        try:
            for layer in self._layers.values():
                x = layer(x)
                before = layer
        except Exception as error:
            if x is None and before is not None:
                name = next(name for name, module in self._layers.items() if module is before)
                raise TypeError(f"[Sequential] module {name}, a {type(before).__name__}, returned None, and the next one "
                                "needs what it computed: does its forward end with a return?") from error
            raise
        return x

    def append(self, module: Module) -> Self:
        """Put a module at the end, under the next free number; returns self."""
        number = len(self)
        while str(number) in self._layers:      # a slice keeps its names: [1:] of three has 1 and 2
            number += 1
        self._put(str(number), module)
        return self

    def __len__(self) -> int:
        return len(self._layers)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._layers.values())

    @overload
    def __getitem__(self, index: int | str) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> "Sequential": ...
    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._layers.items())[index]))
        return self._layers[self._name(index)]

    def __setitem__(self, index: int | str, module: Module) -> None:
        self._put(self._name(index), module)

    def _name(self, index):
        if isinstance(index, str):
            if index not in self._layers:
                raise KeyError(f"[Sequential] there is no module {index!r}: the names are {', '.join(self._layers)}")
            return index
        if not -len(self) <= index < len(self):
            raise IndexError(f"[Sequential] there is no module {index}: there are {len(self)}")
        return list(self._layers)[index]

    def _put(self, name, module):
        if not isinstance(module, Module):
            hint = ""
            if callable(module):
                hint = ": make one of it (nn.ReLU() rather than a function or nn.ReLU)"
            elif isinstance(module, Iterable) and not isinstance(module, str):
                hint = ": write nn.Sequential(*layers), with a star"
            elif module is None:
                hint = ": nn.Identity() is the module that does nothing"
            raise TypeError(f"[Sequential] expected modules, found {type(module).__name__} at {name}{hint}")
        self._layers[name] = module

    def _members(self):
        yield from super()._members()
        yield from self._layers.items()

    def __setattr__(self, name, value):
        if isinstance(value, Module):
            self._put(name, value)
        else:
            super().__setattr__(name, value)

    def __getattr__(self, name):
        """Only asked for what is no ordinary attribute: a module by its name."""
        try:
            return vars(self)["_layers"][name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}") from None
