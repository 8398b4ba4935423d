"""The graph that runs: compiled if it can be, plain if it must be, and why.

`graph.py` is compiled by Cython as `minigrad._graph` when the package is built. MINIGRAD_GRAPH=python forces the plain
file. A compiled module made from another text than the graph.py beside it (an edited editable install) steps aside.
"""

import hashlib
import os
import warnings
from pathlib import Path

from minigrad import startup


def _choose():
    from minigrad import graph

    wish = os.environ.get("MINIGRAD_GRAPH", "")
    if wish == "python":
        return graph, "python", "MINIGRAD_GRAPH=python"
    if wish not in ("", "compiled"):
        raise ImportError(f"MINIGRAD_GRAPH is {wish!r}: expected 'python', 'compiled' or nothing")
    missing = False
    try:
        import minigrad._graph as _graph
    except ImportError as error:
        missing = True
        reason = f"no compiled module ({error}); {startup.remedy('install with a C compiler to get it')}"
    else:
        source = Path(graph.__file__)
        types = source.with_name("_graph.pxd")                      # not there in an installed wheel
        if _is(source, _graph.SOURCE_HASH) and (not types.exists() or _is(types, _graph.TYPES_HASH)):
            return _graph, "compiled", "built from this graph.py"
        reason = "the compiled module is older than graph.py; install again to compile it anew"
        warnings.warn(f"minigrad runs its plain graph: {reason}", RuntimeWarning, stacklevel=4)
    if wish == "compiled" or os.environ.get("MINIGRAD_REQUIRE_NATIVE", "") not in ("", "0"):
        raise ImportError(f"the compiled graph is required (MINIGRAD_GRAPH or MINIGRAD_REQUIRE_NATIVE), but {reason}")
    if missing:
        startup.warn_if_hidden()
    return graph, "python", reason


def _is(file, digest):
    return hashlib.sha256(file.read_bytes()).hexdigest() == digest


graph, kind, reason = _choose()

ANOMALY = graph.ANOMALY
GRAD = graph.GRAD
OUT = graph.OUT
Mode = graph.Mode
Node = graph.Node
Variable = graph.Variable
alike = graph.alike
constant = graph.constant
copy_rule = graph.copy_rule
entered = graph.entered
leaf_node = graph.leaf_node
leading_to = graph.leading_to
lend = graph.lend
memory_of = graph.memory_of
mode = graph.mode
note_writes = graph.note_writes
record = graph.record
record_many = graph.record_many
records_as = graph.records_as
user_line = graph.user_line
walk = graph.walk
