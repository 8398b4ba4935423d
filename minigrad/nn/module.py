"""Module: a function with parameters, made of smaller ones.

A module's attributes are all there is to know: Parameters, Buffers and Modules among them, in lists and dicts too, are
found when somebody asks (containers.py). So `super().__init__()` need not be called, and reading one costs nothing.
"""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, NamedTuple, Self

import numpy as np

from minigrad import kernels, types
from minigrad.graph import Variable
from minigrad.nn.containers import held
from minigrad.nn.hook import Hook
from minigrad.nn.location import locate
from minigrad.nn.ownership import owner_of
from minigrad.nn.parameter import Buffer, Parameter, read, write


class IncompatibleKeys(NamedTuple):
    """What load_state_dict(strict=False) left alone: names of the module's, and names of the state's."""

    missing_keys: list[str]
    unexpected_keys: list[str]


_asked: ContextVar[tuple] = ContextVar("minigrad_train", default=())     # the modules whose train() is running


class Module:
    """Subclass it, put parameters and modules into attributes, and define forward(); then call the module.

    An error inside a module's forward begins with the module's path: "features.3: [conv2d] ...".
    """

    training: bool = True
    _before: dict[Any, Any] | None = None         # hooks, made when first needed
    _after: dict[Any, Any] | None = None
    _private = frozenset({"_before", "_after"})         # attributes that hold no members

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

    # ---- hooks

    def register_forward_pre_hook(self, hook: Callable) -> Hook:
        """Call hook(module, args) before every forward; what it returns, if anything, replaces the arguments."""
        self._before = {} if self._before is None else self._before
        return Hook(self._before, hook)

    def register_forward_hook(self, hook: Callable) -> Hook:
        """Call hook(module, args, output) after every forward; what it returns, if anything, replaces the output."""
        self._after = {} if self._after is None else self._after
        return Hook(self._after, hook)

    def _with_hooks(self, args, kwargs):
        for hook in tuple((self._before or {}).values()):
            replaced = hook(self, args)
            if replaced is not None:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
        output = self.forward(*args, **kwargs)
        for hook in tuple((self._after or {}).values()):
            replaced = hook(self, args, output)
            if replaced is not None:
                output = replaced
        return output

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
        return _once(self._tree(prefix))

    def modules(self) -> Iterator["Module"]:
        return (m for _, m in self.named_modules())

    def named_parameters(self, prefix: str = "", *, remove_duplicate: bool = True) -> Iterator[tuple[str, Parameter]]:
        """(path, parameter), a shared one once, under its first name; or under each, without remove_duplicate."""
        named = self._owned(Parameter, prefix)
        return _once(named) if remove_duplicate else named

    def parameters(self) -> Iterator[Parameter]:
        return (p for _, p in self.named_parameters())

    def named_buffers(self, prefix: str = "") -> Iterator[tuple[str, Buffer]]:
        return _once(self._owned(Buffer, prefix))

    def buffers(self) -> Iterator[Buffer]:
        return (b for _, b in self.named_buffers())

    def num_parameters(self) -> int:
        """How many numbers training can change; a shared parameter counts once."""
        return sum(p.size for p in self.parameters())

    def register_buffer(self, name: str, tensor: Any) -> None:
        """self.name = Buffer(tensor), as PyTorch spells it."""
        setattr(self, name, Buffer(tensor))

    def _tree(self, prefix, above=()):
        """(path, module), one that stands in two places twice; a child that refers to a module above it is passed over."""
        yield prefix, self
        above = (*above, self)
        for name, child in self.named_children():
            if not any(child is m for m in above):
                yield from child._tree(_joined(prefix, name), above)

    def _owned(self, kind, prefix=""):
        for path, module in self._tree(prefix):
            for name, value in module._members():
                if isinstance(value, kind):
                    yield _joined(path, name), value

    def __setattr__(self, name, value):
        old = vars(self).get(name)
        if isinstance(old, (Parameter, Buffer)) and not (value is None or isinstance(value, type(old))):
            raise TypeError(f"[{type(self).__name__}] {name} is a {type(old).__name__}, found {type(value).__name__}: "
                            f"give a nn.{type(old).__name__}, or write into the one that is there with load_state_dict")
        object.__setattr__(self, name, value)

    def _by_name(self):
        """{path: tensor} of every parameter and buffer. ValueError where two of them have one name."""
        own: dict[str, Any] = {}
        for name, t in self._owned((Parameter, Buffer)):
            if own.setdefault(name, t) is not t:
                raise ValueError(f"[{type(self).__name__}] two tensors are called {name}, so one would be lost: rename an "
                                 "attribute or a dict's key (1 and '1' are one name, and so are 'a.b' and b in a)")
        return own

    # ---- saving and loading

    def state_dict(self) -> dict[str, np.ndarray]:
        """{path: a copy as a numpy array in C order} of every parameter and buffer; names and layouts are PyTorch's."""
        return {name: read(t) for name, t in self._by_name().items()}

    def load_state_dict(self, state: dict[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Copy arrays (numpy's, Tensors or PyTorch's) into the parameters and buffers of the same names.

        Values are cast to the dtype that is here. Raises one ValueError that lists every missing name and unexpected
        name (both unless strict=False), wrong shape and wrong kind of number, before anything is written.
        """
        own = self._by_name()
        missing = [name for name in own if name not in state]
        unexpected = [name for name in state if name not in own]
        arrays = {name: _as_numpy(state[name]) for name in own if name in state}
        problems = []
        if strict:
            problems += [f"missing: {name} {own[name].shape}" for name in missing]
            problems += [f"unexpected: {name} {tuple(np.shape(_as_numpy(state[name])))}" for name in unexpected]
        for name, a in arrays.items():
            if a.shape != own[name].shape:
                problems.append(f"shape: {name} is {own[name].shape} here, found {a.shape}")
            elif not np.can_cast(a.dtype, own[name].dtype, "same_kind"):
                problems.append(f"dtype: {name} is {own[name].dtype} here, found {a.dtype}")
        if problems:
            raise ValueError(f"[load_state_dict] the state does not fit this {type(self).__name__}; nothing was loaded:\n  "
                             + "\n  ".join(problems))
        for name, a in arrays.items():
            write(own[name], a)
        return IncompatibleKeys(missing, unexpected)

    def __getstate__(self):
        """What copy and pickle take. RuntimeError that names an attribute here or below if it keeps part of a graph."""
        for path, module in self.named_modules():
            for name, value in vars(module).items():
                for where, t in held(module, name, value, Variable, strict=False):
                    if not t.is_leaf:
                        raise RuntimeError(f"[copy] {_joined(path, where)} of this {type(self).__name__} was made by "
                                           f"{t.node.name}, and only leaves can be copied or pickled: keep its .detach(), "
                                           "or set the attribute to None first")
        return super().__getstate__()

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

    def to(self, device: str) -> Self:
        """Move every parameter and buffer to another device, in place, gradients forgotten; returns self.

        Raises RuntimeError if an optimiser holds them: its state would stay behind.
        """
        k = kernels.table(device)
        moving = [t for _, t in _once(self._owned((Parameter, Buffer))) if t.k is not k]
        for t in moving:
            owner = owner_of(t)
            if owner is not None:
                raise RuntimeError(f"[to] a live {type(owner).__name__} holds this module's parameters on {t.device}: "
                                   "move the module first and make the optimiser afterwards, or .close() it")
        for t in moving:
            t._data = k.copy(k.asarray(t.k.to_numpy(t.data)))
            t.k = k
            t.grad = None
            t.touch()
        return self

    # ---- looking at it

    def extra_repr(self) -> str:
        """The text between the brackets of a module's repr."""
        return ""

    def __repr__(self):
        return f"{self._text()}\n{self.num_parameters():,} parameters"

    def _text(self):
        head = f"{type(self).__name__}({self.extra_repr()}"
        own = [(name, p) for name, p in self._members() if isinstance(p, Parameter)]
        facts = ", ".join(f"{name} {p.shape}" for name, p in own)
        facts = f"  {facts}: {sum(p.size for _, p in own):,}" if own else ""
        below = [f"  ({name}): " + m._text().replace("\n", "\n  ") for name, m in self.named_children()]
        return "\n".join([head + facts, *below, ")"]) if below else head + ")" + facts


def _joined(prefix, name):
    return f"{prefix}.{name}" if prefix else name


def _once(named):
    """The (name, thing) pairs without repeats; things are compared by identity, for `==` on tensors is elementwise."""
    seen = set()
    for name, thing in named:
        if id(thing) not in seen:
            seen.add(id(thing))
            yield name, thing


def _as_numpy(value):
    if isinstance(value, Variable):
        return value.k.to_numpy(value.data)
    if not isinstance(value, np.ndarray) and hasattr(value, "detach"):
        value = value.detach()                      # PyTorch's parameters
    return np.asarray(value)
