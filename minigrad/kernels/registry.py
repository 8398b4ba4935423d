"""Devices by name: who makes the table of each, and which one is in use here.

    kernels.register("mine", MyTable)       # made when it is first asked for
    with kernels.use("mine"):
        ...                                 # the device of tensors that are told no other
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from minigrad.system.decorating import Decorating

_factories: dict[str, Callable[[], Any]] = {}
_tables: dict[str, Any] = {}                # those made so far
when_made: list[Callable[[Any], None]] = [] # told of each new table: who watches the others' kernels watches its own as well
_in_use: ContextVar[Any] = ContextVar("minigrad device", default=None)      # (a `use`, what was in use before), or None


def register(name: str, factory: Callable[[], Any], replace: bool = False) -> None:
    """Make a device known: `factory()` makes its table, whose `name` is this one, when it is first asked for.

    A table inherits `minigrad.kernels.reference.Kernels` and overrides what its device does otherwise. ValueError for a
    name that is taken, unless replace=True: tensors made before then stay on the table that was there.
    """
    if not isinstance(name, str) or not name or not callable(factory):
        raise TypeError(f"[register] expected a name and a function that makes the table, found {name!r} and "
                        f"{type(factory).__name__}")
    if name in _factories and not replace:
        raise ValueError(f"[register] there is a device {name!r} already: choose another name, or replace it, replace=True")
    _factories[name] = factory
    _tables.pop(name, None)


def names() -> tuple[str, ...]:
    """The names of all devices that are registered, whether or not they can be had here."""
    return tuple(_factories)


def made(name: str) -> Any:
    """The one table of that name."""
    try:
        found = _tables.get(name)
    except TypeError:           # what cannot be a key, a list, say
        raise TypeError(f"[table] expected the name of a device, found {name!r}: choose one of {', '.join(names())}") from None
    if found is not None:
        return found
    if name not in _factories:
        raise ValueError(f"[table] there is no device {name!r}: choose one of {', '.join(names())}")
    try:
        table = _factories[name]()
    except Exception as error:
        error.add_note(f"[table] while the table of device {name!r} was made")
        raise
    called = getattr(table, "name", None)
    if called != name:
        raise ValueError(f"[table] the factory of device {name!r} made a table called {called!r}: tensors know their device by "
                         "the table's name, so the two must agree")
    # Two threads may both find it missing, and make one: tensors of two tables do not mix, so the first one's counts.
    table = _tables.setdefault(name, table)
    for tell in when_made:
        tell(table)
    return table


def all_made() -> tuple[Any, ...]:
    """The tables that have been made so far."""
    return tuple(_tables.values())


def in_use() -> Any:
    """The table that this thread (or task) uses for tensors that are told no other; None where nobody said."""
    entry = _in_use.get()
    return None if entry is None else entry[0].table


class use(Decorating):
    """`with use("numpy") as k:` makes that device the default one within, for this thread (or task); a decorator too, of
    functions, generators and coroutines. They nest, and an error leaves what was before.
    """

    __slots__ = ("table",)
    op, what = "use", "a device"
    variables = (_in_use,)

    def __init__(self, name: str):
        self.table = made(name)

    def __enter__(self):
        _in_use.set((self, _in_use.get()))
        return self.table

    def __exit__(self, kind, error, trace):
        entry = _in_use.get()
        while entry is not None:            # contexts may end in another order than they began in
            if entry[0] is self:
                _in_use.set(entry[1])
                return
            entry = entry[1]
