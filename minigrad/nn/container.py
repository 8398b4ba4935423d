"""Modules made of modules: one after the other, or kept under numbers or names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, overload

from minigrad.nn.module import Module
from minigrad.tensor import Tensor


class _Holder(Module):
    """Modules by name in `_layers`, found under their own names."""

    _private = Module._private | {"_layers"}            # which _members adds

    def _members(self):
        yield from super()._members()
        yield from self._layers.items()

    def __len__(self) -> int:
        return len(self._layers)

    def __getattr__(self, name):
        """Only asked for what is no ordinary attribute: a module by its name."""
        try:
            return vars(self)["_layers"][name]
        except KeyError:
            return object.__getattribute__(self, name)      # or the error of a property that fails

    def __delattr__(self, name):
        if name in self._layers:
            del self[name]
        else:
            super().__delattr__(name)

    def _put(self, name, module):
        if not isinstance(module, Module):
            hint, kind = "", type(self).__name__
            if callable(module):
                hint = ": make one of it (nn.ReLU() rather than a function or nn.ReLU)"
            elif isinstance(module, Iterable) and not isinstance(module, str):
                hint = f": write nn.{kind}(*layers), with a star" if kind == "Sequential" else ""
            elif module is None:
                hint = ": nn.Identity() is the module that does nothing"
            raise TypeError(f"[{kind}] expected modules, found {type(module).__name__} at {name}{hint}")
        self._layers[name] = module


class _Listed(_Holder):
    """What Sequential and ModuleList have of a list. Names are numbers, but for those that were given."""

    def append(self, module: Module) -> Self:
        """Put a module at the end, under the next free number; returns self."""
        number = len(self)
        while str(number) in self._layers:      # a slice keeps its names: [1:] of three has 1 and 2
            number += 1
        self._put(str(number), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Append each; returns self."""
        for module in self._checked(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Put a module before the one at `index`. Numbers are counted anew, names stay; returns self."""
        self._put("", module)                   # it is checked
        del self._layers[""]
        items = list(self._layers.items())
        items.insert(index, (None, module))
        return self._renumbered(items)

    def pop(self, index: int | str = -1) -> Module:
        """Take a module out, by default the last; numbers are counted anew."""
        module = self._layers[self._name(index)]
        del self[index]
        return module

    def __delitem__(self, index: int | str | slice) -> None:
        names = list(self._layers)[index] if isinstance(index, slice) else [self._name(index)]
        self._renumbered([(name, module) for name, module in self._layers.items() if name not in names])

    def __setitem__(self, index: int | str, module: Module) -> None:
        self._put(self._name(index), module)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._layers.values())

    def __reversed__(self) -> Iterator[Module]:
        return reversed(self._layers.values())

    def __contains__(self, module: object) -> bool:
        return any(module is m for m in self)

    def __add__(self, others: Iterable[Module]) -> Self:
        both = type(self)()
        return both.extend(self).extend(others)

    def __iadd__(self, others: Iterable[Module]) -> Self:
        return self.extend(others)

    def _checked(self, modules):
        kind = type(self).__name__
        if isinstance(modules, Module) and not isinstance(modules, _Listed) or isinstance(modules, (str, Mapping)):
            raise TypeError(f"[{kind}] expected modules to add, found one {type(modules).__name__}: give a list of modules")
        if not isinstance(modules, Iterable):
            raise TypeError(f"[{kind}] expected modules to add, found {type(modules).__name__}: give a list of modules")
        return list(modules)

    def _renumbered(self, items):
        """Take these (name, module), numbers as they now stand; None is a name to be given."""
        named = {name for name, _ in items if name is not None and not name.isdecimal()}
        layers = {}
        for i, (name, module) in enumerate(items):
            layers[name if name in named else str(i)] = module
        object.__setattr__(self, "_layers", layers)
        return self

    def _name(self, index):
        kind = type(self).__name__
        if isinstance(index, str):
            if index not in self._layers:
                raise KeyError(f"[{kind}] there is no module {index!r}: the names are {', '.join(self._layers)}")
            return index
        if not -len(self) <= index < len(self):
            raise IndexError(f"[{kind}] there is no module {index}: there are {len(self)}")
        return list(self._layers)[index]


class Sequential(_Listed):
    """Modules, one after the other: Sequential(a, b) names them 0, 1 ..., Sequential({"conv": a, "relu": b}) by key.

    Indexing gives a module (by int or name) or a shorter Sequential of the same modules (by slice); append, extend, insert,
    pop, del and + are a list's. A module put into an attribute joins the end, or replaces the one of that name.
    """

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

    @overload
    def __getitem__(self, index: int | str) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> "Sequential": ...
    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._layers.items())[index]))
        return self._layers[self._name(index)]

    def __setattr__(self, name, value):
        if isinstance(value, Module):
            self._put(name, value)
        else:
            super().__setattr__(name, value)


class ModuleList(_Listed):
    """A list of modules, found under 0, 1 ...; it computes nothing by itself. A plain list in an attribute does as well.

    Indexing gives a module, or by slice a ModuleList of the same modules, numbered from 0.
    """

    def __init__(self, modules: Iterable[Module] | None = None):
        object.__setattr__(self, "_layers", {})
        self.extend(() if modules is None else modules)

    @overload
    def __getitem__(self, index: int | str) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> "ModuleList": ...
    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList(list(self._layers.values())[index])
        return self._layers[self._name(index)]


class ModuleDict(_Holder):
    """Modules by name, with a dict's methods; it computes nothing by itself. A plain dict in an attribute does as well."""

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None):
        object.__setattr__(self, "_layers", {})
        if modules is not None:
            self.update(modules)

    def update(self, modules: Any) -> None:
        """Take the (name, module) pairs of a mapping, or of an iterable of pairs."""
        if not isinstance(modules, Iterable) or isinstance(modules, (str, ModuleList, Sequential)):
            raise TypeError(f"[ModuleDict] expected names with modules, found {type(modules).__name__}: give a dict")
        for name, module in modules.items() if isinstance(modules, (Mapping, ModuleDict)) else modules:
            self[name] = module

    def __getitem__(self, name: str) -> Module:
        if name not in self._layers:
            raise KeyError(f"[ModuleDict] there is no module {name!r}: the names are {', '.join(self._layers)}")
        return self._layers[name]

    def __setitem__(self, name: str, module: Module) -> None:
        if not isinstance(name, str) or not name or "." in name:
            raise KeyError(f"[ModuleDict] a name is a string, not empty and without a dot, found {name!r}")
        if hasattr(ModuleDict, name):
            raise KeyError(f"[ModuleDict] the name {name!r} is that of a method: choose another")
        self._put(name, module)

    def __delitem__(self, name: str) -> None:
        del self._layers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __contains__(self, name: object) -> bool:
        return name in self._layers

    def keys(self) -> Any:
        return self._layers.keys()

    def values(self) -> Any:
        return self._layers.values()

    def items(self) -> Any:
        return self._layers.items()

    def pop(self, name: str) -> Module:
        """Take a module out."""
        module = self[name]
        del self[name]
        return module

    def clear(self) -> None:
        self._layers.clear()
