"""A module's parts by their paths, and parts given by name."""

from collections.abc import Callable
from typing import Any

from minigrad.nn.parameter import Buffer, Parameter


class Found:
    """A part of Module."""

    _tree: Callable[..., Any]
    _owned: Callable[..., Any]
    _transient: frozenset[str] = frozenset()            # the names of buffers that are in no state dict

    def get_submodule(self, target: str) -> Any:
        """The module at a path: "features.3"; "" is this one. AttributeError that names those there are."""
        return self._at("get_submodule", "module", target, self._tree(""))

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a path: "features.3.weight"."""
        return self._at("get_parameter", "parameter", target, self._owned(Parameter))

    def get_buffer(self, target: str) -> Buffer:
        """The buffer at a path: "features.1.running_mean"."""
        return self._at("get_buffer", "buffer", target, self._owned(Buffer))

    def _at(self, op, kind, target, named):
        there = dict(named)
        if target in there:
            return there[target]
        names = [name for name in there if name]
        shown = ", ".join(names[:20]) + (" ..." if len(names) > 20 else "")
        raise AttributeError(f"[{op}] this {type(self).__name__} has no {kind} {target!r}: there are {shown or 'none'}")

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """self.name = Buffer(tensor), as PyTorch spells it; None for a buffer that is to come. Without `persistent` it moves
        with the module, but is in no state dict."""
        self._check_name("register_buffer", name)
        self._transient = self._transient - {name} if persistent else self._transient | {name}
        setattr(self, name, tensor if tensor is None or isinstance(tensor, Buffer) else Buffer(tensor))

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """self.name = param, as PyTorch spells it; None for one that is to come."""
        self._check_name("register_parameter", name)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(f"[register_parameter] expected a Parameter or None, found {type(param).__name__}: make one with "
                            "nn.Parameter(...)")
        setattr(self, name, param)

    def register_module(self, name: str, module: Any) -> None:
        """self.name = module, as PyTorch spells it."""
        self._check_name("register_module", name)
        if module is not None and not isinstance(module, Found):
            raise TypeError(f"[register_module] expected a Module or None, found {type(module).__name__}")
        setattr(self, name, module)

    add_module = register_module

    def _check_name(self, op, name):
        if not isinstance(name, str):
            raise TypeError(f"[{op}] the name comes first and is a string, found {type(name).__name__}")
        if not name or "." in name:
            raise KeyError(f"[{op}] a name is not empty and has no dot, found {name!r}")
        if name not in vars(self) and hasattr(type(self), name):
            raise KeyError(f"[{op}] {type(self).__name__} has a {name} already, a method or property: choose another name")
