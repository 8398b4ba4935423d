"""Devices are tables of kernels: `table("numpy")` in plain numpy, `table("native")` in C++, with the same methods.

`register` makes others known, `names` lists them, `use` chooses one for a while. Environment:
    MINIGRAD_DEVICE=<name>         the default table; without it native if the extension is there
    MINIGRAD_REQUIRE_NATIVE=1      a missing extension is an ImportError, not a slower run
"""

import functools
import os
import sys

from minigrad.kernels.registry import in_use, made, names, register, use
from minigrad.system import startup

__all__ = ["available", "default_table", "default_table_and_reason", "host_table", "names", "reference_table", "register",
           "table", "use"]


def _reference():
    import numpy

    from minigrad.kernels.reference import Kernels

    return Kernels(numpy)


def _native():
    try:
        from minigrad.kernels.native import Native
    except ImportError as error:
        remedy = f". {_remedy()}" if isinstance(error, ModuleNotFoundError) else ""
        raise ImportError(f"[table] the native kernels cannot be loaded: {error}{remedy}") from error
    return Native()


register("numpy", _reference)
register("native", _native)


def table(name=None):
    """The one table of that name, made when first asked for; without a name the default one, for "cpu" the host's.

    ValueError for a device that nobody registered, ImportError if the native one is not there.
    """
    if name is None:
        return default_table()
    return host_table() if name == "cpu" and name not in names() else made(name)


def default_table():
    """The table on which tensors live unless told otherwise."""
    found = in_use()
    return default_table_and_reason()[0] if found is None else found


def reference_table():
    """The table in plain numpy: the specification, to which every other is held."""
    return made("numpy")


def host_table():
    """The table to compute with on numpy arrays: the default one if its arrays are numpy's, else the fastest that has such."""
    found = default_table()
    if found.array is reference_table().array:
        return found
    try:
        return made("native")
    except ImportError:
        return reference_table()


def available():
    """The names of the devices that can be had here: all that load; with MINIGRAD_DEVICE only that one and the reference."""
    only = os.environ.get("MINIGRAD_DEVICE", "")
    return tuple(name for name in names() if (not only or name in (only, reference_table().name)) and _loads(name))


def _loads(name):
    try:
        return made(name) is not None
    except Exception:           # whatever keeps a device from being made, a driver that is missing, say: it is not to be had
        return False


def default_table_and_reason():
    """(table, why it was chosen), for `minigrad info`: what holds where nobody uses another."""
    name, why = _default_and_reason()
    return made(name), why


@functools.cache
def _default_and_reason():
    """The same with the table's name: what is registered anew under it is the default from then on."""
    wanted = os.environ.get("MINIGRAD_DEVICE", "")
    required = os.environ.get("MINIGRAD_REQUIRE_NATIVE", "") not in ("", "0")
    if wanted and wanted not in names():
        raise ValueError(f"[default_table] MINIGRAD_DEVICE={wanted} is no device: choose one of {', '.join(names())}")
    if wanted or required:
        return made(wanted or "native").name, f"MINIGRAD_DEVICE={wanted}" if wanted else "MINIGRAD_REQUIRE_NATIVE=1"
    try:
        return made("native").name, "the C++ extension is there"
    except ImportError as error:
        if isinstance(error.__cause__, ModuleNotFoundError):
            startup.warn_if_hidden()
            return "numpy", f"the C++ extension is not there. {_remedy()}"
        if os.environ.get("MINIGRAD_ISA"):
            raise                                       # the user asked for what cannot be had: no quiet detour
        return "numpy", str(error)


def _remedy():
    if sys.platform == "win32":
        return "Windows builds carry the numpy table only."
    return startup.remedy(
        "Install a C++ compiler and then minigrad again (MINIGRAD_REQUIRE_NATIVE=1 shows why a build fails), "
        "or, in its source tree, run: python setup.py build_ext --inplace")
