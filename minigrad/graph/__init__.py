"""The graph that runs: compiled if it can be, plain if it must be, and why.

`core.py` is compiled by Cython as `minigrad._graph` when the package is built. MINIGRAD_GRAPH=python forces the plain
file. A compiled module made from another text than the core.py beside it (an edited editable install) steps aside.
"""

import hashlib
import os
import warnings
from pathlib import Path

from minigrad.system import startup


def _choose():
    from minigrad.graph import core

    wish = os.environ.get("MINIGRAD_GRAPH", "")
    if wish == "python":
        return core, "python", "MINIGRAD_GRAPH=python"
    if wish not in ("", "compiled"):
        raise ImportError(f"MINIGRAD_GRAPH is {wish!r}: expected 'python', 'compiled' or nothing")
    missing = False
    try:
        import minigrad._graph as _graph
    except ImportError as error:
        missing = True
        reason = f"no compiled module ({error}); {startup.remedy('install with a C compiler to get it')}"
    else:
        source = Path(core.__file__)
        types = source.with_name("core.pxd")                      # not there in an installed wheel
        if _is(source, _graph.SOURCE_HASH) and (not types.exists() or _is(types, _graph.TYPES_HASH)):
            return _graph, "compiled", "built from this core.py"
        reason = "the compiled module is older than graph/core.py; install again to compile it anew"
        warnings.warn(f"minigrad runs its plain graph: {reason}", RuntimeWarning, stacklevel=4)
    if wish == "compiled" or os.environ.get("MINIGRAD_REQUIRE_NATIVE", "") not in ("", "0"):
        raise ImportError(f"the compiled graph is required (MINIGRAD_GRAPH or MINIGRAD_REQUIRE_NATIVE), but {reason}")
    if missing:
        startup.warn_if_hidden()
    return core, "python", reason


def _is(file, digest):
    return hashlib.sha256(file.read_bytes()).hexdigest() == digest


chosen, kind, reason = _choose()

ANOMALY = chosen.ANOMALY
GRAD = chosen.GRAD
OUT = chosen.OUT
Mode = chosen.Mode
Node = chosen.Node
Variable = chosen.Variable
alike = chosen.alike
constant = chosen.constant
copy_rule = chosen.copy_rule
entered = chosen.entered
leaf_node = chosen.leaf_node
leading_to = chosen.leading_to
lend = chosen.lend
memory_of = chosen.memory_of
mode = chosen.mode
note_writes = chosen.note_writes
record = chosen.record
record_many = chosen.record_many
records_as = chosen.records_as
user_line = chosen.user_line
walk = chosen.walk
