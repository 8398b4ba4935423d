"""Module: a function with parameters, made of smaller ones.

A module's attributes are all there is to know: Parameters, Buffers and Modules among them, in lists and dicts too, are
found when somebody asks (containers.py). So `super().__init__()` need not be called, and reading one costs nothing.

What else a module can do stands in parts: hooks.py, keeping.py (state dicts, copies), moving.py (devices and dtypes),
finding.py (by path).
"""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Self

from minigrad import types
from minigrad.nn.containers import held, joined, once
from minigrad.nn.finding import Found
from minigrad.nn.hooks import Hooked
from minigrad.nn.keeping import IncompatibleKeys, Kept
from minigrad.nn.location import locate
from minigrad.nn.moving import Moved
from minigrad.nn.parameter import Buffer, Parameter
from minigrad.system.names import shown

__all__ = ["IncompatibleKeys", "Module"]

_asked: ContextVar[tuple] = ContextVar("minigrad_train", default=())     # the modules whose train() is running


class Module(Hooked, Kept, Moved, Found):
    """Subclass it, put parameters and modules into attributes, and define forward(); then call the module.

    An error inside a module's forward begins with the module's path: "features.3: [conv2d] ...".
    """

    training: bool = True
    # attributes that hold no members
    _private = frozenset({"_before", "_after", "_backward", "_backward_before", "_transient"})

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"[{type(self).__name__}] this module does not define forward(self, x)")

    def __call__(self: types.Forward[types.P, types.R], *args: types.P.args, **kwargs: types.P.kwargs) -> types.R:
        try:
            if self._before is None and self._after is None:
                return self.forward(*args, **kwargs)
            return self._with_hooks(args, kwargs)
        except Exception as error:
            locate(error, self)
            raise

    # ---- what is in it

    def _members(self) -> Iterator[tuple[str, Any]]:
        """(name, thing) of every module, parameter and buffer here; name.0, name.key ... of those in containers."""
        kinds = Module, Parameter, Buffer
        for name, value in vars(self).items():
            if isinstance(value, kinds):
                yield name, value
            elif name not in self._private:
                yield from held(self, name, value, kinds)

    def named_children(self) -> Iterator[tuple[str, "Module"]]:
        """(name, module) of the modules directly below."""
        return ((name, m) for name, m in self._members() if isinstance(m, Module))

    def children(self) -> Iterator["Module"]:
        return (m for _, m in self.named_children())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, "Module"]]:
        """(path, module) of this module, path "", and all below, each once."""
        return once(self._tree(prefix))

    def modules(self) -> Iterator["Module"]:
        return (m for _, m in self.named_modules())

    def named_parameters(self, prefix: str = "", recurse: bool = True,
                         remove_duplicate: bool = True) -> Iterator[tuple[str, Parameter]]:
        """(path, parameter), a shared one once, under its first name; or under each, without remove_duplicate. recurse: of the
        modules below, too."""
        named = self._owned(Parameter, prefix, recurse)
        return once(named) if remove_duplicate else named

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        return (p for _, p in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True,
                      remove_duplicate: bool = True) -> Iterator[tuple[str, Buffer]]:
        named = self._owned(Buffer, prefix, recurse)
        return once(named) if remove_duplicate else named

    def buffers(self, recurse: bool = True) -> Iterator[Buffer]:
        return (b for _, b in self.named_buffers(recurse=recurse))

    def num_parameters(self, trainable: bool = False) -> int:
        """How many numbers the parameters have, a shared one counted once. trainable: of those that are not frozen."""
        return sum(p.size for p in self.parameters() if p.requires_grad or not trainable)

    def _tree(self, prefix, above=()):
        """(path, module), one that stands in two places twice; a child that refers to a module above it is passed over."""
        yield prefix, self
        above = (*above, self)
        for name, child in self.named_children():
            if not any(child is m for m in above):
                yield from child._tree(joined(prefix, name), above)

    def _owned(self, kind, prefix="", recurse=True):
        for path, module in self._tree(prefix) if recurse else ((prefix, self),):
            for name, value in module._members():
                if isinstance(value, kind):
                    yield joined(path, name), value

    if TYPE_CHECKING:           # who does not see what register_buffer makes
        def __getattr__(self, name: str) -> Any: ...

    def __setattr__(self, name, value):
        old = vars(self).get(name)
        if old is None and "parametrizations" in vars(self) and name in self.parametrizations:
            self.parametrizations[name].assign(value)
            return
        if isinstance(old, (Parameter, Buffer)) and not (value is None or isinstance(value, type(old))):
            raise TypeError(f"[{type(self).__name__}] {name} is a {type(old).__name__}, found {type(value).__name__}: "
                            f"give a nn.{type(old).__name__}, or write into the one that is there with load_state_dict")
        object.__setattr__(self, name, value)

    # ---- modes

    def train(self, mode: bool = True) -> Self:
        """Training mode (dropout drops, batch norm uses the batch's statistics) here and below; returns self.

        A module below whose class has a train() of its own, say one that keeps its batch norm as it is, is asked by it.
        """
        if not isinstance(mode, bool):
            raise TypeError(f"[train] mode must be True or False, found {mode!r}")
        self.training = mode
        above = (*_asked.get(), self)
        token = _asked.set(above)
        try:
            for child in self.children():
                if not any(child is m for m in above):
                    child.train(mode)
        finally:
            _asked.reset(token)
        return self

    def eval(self) -> Self:
        """Evaluation mode; returns self."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget every gradient (or fill it with zeros)."""
        for p in self.parameters():
            if set_to_none:
                p.grad = None
            elif p.grad is not None:
                p.k.copy(p.k.zeros(p.shape, p.data), out=p.grad.data)
                p.grad.touch()

    def freeze(self) -> Self:
        """No parameter is trained from now on: requires_grad_(False); returns self. What an optimiser steps is given to it
        beforehand; batch norm's estimates and dropout follow train() and eval()."""
        return self.requires_grad_(False)

    def unfreeze(self) -> Self:
        """Every parameter is trained again; returns self."""
        return self.requires_grad_(True)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Train every parameter, or none (to freeze a part of a network); returns self."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def apply(self, function: Callable[["Module"], Any]) -> Self:
        """function(module) for every module below and then this one; returns self."""
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    # ---- looking at it

    def extra_repr(self) -> str:
        """The text between the brackets of a module's repr."""
        return ""

    def __dir__(self) -> list[str]:
        """What users use, and its modules by name: completion by tab shows it."""
        return sorted(shown({*object.__dir__(self), *(name for name, _ in self._members() if name.isidentifier())}))

    def __repr__(self):
        return f"{self._text()}\n{self.num_parameters():,} parameters"

    def _text(self):
        head = f"{type(self).__name__}({self.extra_repr()}"
        own = [(name, p) for name, p in self._members() if isinstance(p, Parameter)]
        facts = ", ".join(f"{name} {p.shape}" for name, p in own)
        facts = f"  {facts}: {sum(p.size for _, p in own):,}" if own else ""
        below = [f"  ({name}): " + m._text().replace("\n", "\n  ") for name, m in self.named_children()]
        return "\n".join([head + facts, *below, ")"]) if below else head + ")" + facts
