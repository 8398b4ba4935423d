"""What tensors do not have and other libraries' tensors do: asked for, it says so, and where it is here.

Each such name is an attribute that raises AttributeError. A __getattr__ could answer for all names, but of objects whose class
has one Python looks every attribute up more slowly: a small network's training step takes 2.5 % longer.
"""

from collections.abc import Iterable
from typing import Any

from minigrad.system import elsewhere, names


class Absent:
    """An attribute that is not there."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __get__(self, tensor: Any, cls: type) -> Any:
        raise AttributeError(names.missing_method(self.name), name=self.name, obj=cls if tensor is None else tensor)


class _Listed(type):
    def __dir__(cls) -> list[str]:
        """What is there: `dir` and `help` see nothing absent."""
        return [name for name in super().__dir__() if hasattr(cls, name)]


class Telling(metaclass=_Listed):
    """A base of Tensor: the absent attributes stand in it, behind all that there is."""

    __slots__ = ()

    def __dir__(self) -> list[str]:
        """What users use of a tensor: completion by tab shows it."""
        return names.shown([*dir(type(self)), *getattr(self, "__dict__", ())])


def tell_of_absent(functions: Iterable[str]) -> None:
    """Let tensors tell of names of other libraries' tensors, and of functions that are no methods."""
    theirs = (name for space in elsewhere.SPACES["Tensor"] for name in elsewhere.names()[space])
    for name in {*functions, *names.METHODS, *names.ELSEWHERE, *theirs}:
        if name[0] != "_":
            setattr(Telling, name, Absent(name))
