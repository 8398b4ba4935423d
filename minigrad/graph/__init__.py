"""The graph that runs: compiled if it can be, plain if it must be, and why.

The files of this folder read as plain Python, and run as that; they begin with `node.py`. When the package is built, Cython
compiles the same files as one module, `minigrad._graph`. MINIGRAD_GRAPH=python forces the plain ones. A compiled module made
from other texts than those beside it (an edited editable install) steps aside.
"""

import hashlib
import os
import warnings
from pathlib import Path

from minigrad.system import startup


def _choose():
    wish = os.environ.get("MINIGRAD_GRAPH", "")
    if wish == "python":
        return _plain(), "python", "MINIGRAD_GRAPH=python"
    if wish not in ("", "compiled"):
        raise ImportError(f"MINIGRAD_GRAPH is {wish!r}: expected 'python', 'compiled' or nothing")
    missing = False
    try:
        import minigrad._graph as _graph
    except ImportError as error:
        missing = True
        reason = f"no compiled module ({error}); {startup.remedy('install with a C compiler to get it')}"
    else:
        edited = _edited(_graph)
        if not edited:
            return _graph, "compiled", "built from these files of graph/"
        reason = f"the compiled module is older than graph/{', graph/'.join(edited)}; install again to compile it anew"
        warnings.warn(f"minigrad runs its plain graph: {reason}", RuntimeWarning, stacklevel=4)
    if wish == "compiled" or os.environ.get("MINIGRAD_REQUIRE_NATIVE", "") not in ("", "0"):
        raise ImportError(f"the compiled graph is required (MINIGRAD_GRAPH or MINIGRAD_REQUIRE_NATIVE), but {reason}")
    if missing:
        startup.warn_if_hidden()
    return _plain(), "python", reason


def _plain():
    from minigrad.graph import plain

    return plain


def _edited(compiled):
    """The names of the files here that are not those which the compiled module was made from."""
    folder = Path(__file__).parent
    return [name for name, digest in compiled.SOURCES.items()
            if not (name.endswith(".pxd") and not (folder / name).exists())         # an installed wheel has no types
            and not _is(folder / name, digest)]


def _is(file, digest):
    return file.exists() and hashlib.sha256(file.read_bytes()).hexdigest() == digest


chosen, kind, reason = _choose()

ANOMALY = chosen.ANOMALY
Arrived = chosen.Arrived
FINITE = chosen.FINITE
GRAD = chosen.GRAD
OUT = chosen.OUT
Mode = chosen.Mode
Node = chosen.Node
Variable = chosen.Variable
alike = chosen.alike
binary = chosen.binary
constant = chosen.constant
copy_rule = chosen.copy_rule
entered = chosen.entered
leaf_node = chosen.leaf_node
leading_to = chosen.leading_to
lend = chosen.lend
memory_of = chosen.memory_of
mode = chosen.mode
note_writes = chosen.note_writes
places = chosen.places
record = chosen.record
record_many = chosen.record_many
records_as = chosen.records_as
unary = chosen.unary
user_line = chosen.user_line
walk = chosen.walk
