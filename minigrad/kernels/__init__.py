"""Devices are tables of kernels: `table("numpy")` in plain numpy, `table("native")` in C++, with the same methods.

Environment:
    MINIGRAD_DEVICE=numpy|native   the default table; without it native if the extension is there
    MINIGRAD_REQUIRE_NATIVE=1      a missing extension is an ImportError, not a slower run
"""

import functools
import os
import sys

from minigrad.system import startup

__all__ = ["default_table", "default_table_and_reason", "table"]

NAMES = "numpy", "native"


_tables = {}        # name -> table


def table(name):
    """The one table of that name, made when first asked for. ImportError if the native one is not there."""
    found = _tables.get(name)
    # Two threads may both find it missing, and make one: tensors of two tables do not mix, so the first one's counts.
    return _tables.setdefault(name, _made(name)) if found is None else found


def _made(name):
    if name == "numpy":
        import numpy

        from minigrad.kernels.reference import Kernels

        return Kernels(numpy)
    if name == "native":
        try:
            from minigrad.kernels.native import Native
        except ImportError as error:
            remedy = f". {_remedy()}" if isinstance(error, ModuleNotFoundError) else ""
            raise ImportError(f"[table] the native kernels cannot be loaded: {error}{remedy}") from error
        return Native()
    raise ValueError(f"[table] there is no device {name!r}: choose one of {', '.join(NAMES)}")


def default_table():
    """The table on which tensors live unless told otherwise."""
    return default_table_and_reason()[0]


@functools.cache
def default_table_and_reason():
    """(table, why it was chosen), for `minigrad info`."""
    wanted = os.environ.get("MINIGRAD_DEVICE", "")
    required = os.environ.get("MINIGRAD_REQUIRE_NATIVE", "") not in ("", "0")
    if wanted and wanted not in NAMES:
        raise ValueError(f"[default_table] MINIGRAD_DEVICE={wanted} is no device: choose one of {', '.join(NAMES)}")
    if wanted == "numpy":
        return table("numpy"), "MINIGRAD_DEVICE=numpy"
    if wanted == "native" or required:
        return table("native"), "MINIGRAD_DEVICE=native" if wanted else "MINIGRAD_REQUIRE_NATIVE=1"
    try:
        return table("native"), "the C++ extension is there"
    except ImportError as error:
        if isinstance(error.__cause__, ModuleNotFoundError):
            startup.warn_if_hidden()
            return table("numpy"), f"the C++ extension is not there. {_remedy()}"
        if os.environ.get("MINIGRAD_ISA"):
            raise                                       # the user asked for what cannot be had: no quiet detour
        return table("numpy"), str(error)


def _remedy():
    if sys.platform == "win32":
        return "Windows builds carry the numpy table only."
    return startup.remedy(
        "Install a C++ compiler and then minigrad again (MINIGRAD_REQUIRE_NATIVE=1 shows why a build fails), "
        "or, in its source tree, run: python setup.py build_ext --inplace")
