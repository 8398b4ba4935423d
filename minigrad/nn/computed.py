"""A parametrized tensor among the attributes of a module's class (utils/parametrize.py)."""

from typing import Any


class Computed:
    """What makes module.<name> a function of other parameters: it is asked where the module has no attribute of that name.

    It stands in the class, as a property does, but gives way to an attribute of the object. So nothing is asked of modules
    that are not parametrized: a __getattr__ would make every attribute of every module slower.
    """

    def __init__(self, name: str):
        self.name = name

    def __get__(self, module: Any, cls: type) -> Any:
        entries = None if module is None else vars(module).get("parametrizations")
        if entries is None or self.name not in entries:
            raise AttributeError(f"{cls.__name__!r} object has no attribute {self.name!r}")
        return entries[self.name]()


def declare(cls: type, name: str) -> None:
    """Let objects of the class have a computed attribute of that name."""
    if not isinstance(cls.__dict__.get(name), Computed):
        setattr(cls, name, Computed(name))
