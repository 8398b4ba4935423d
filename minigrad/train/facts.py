"""What a result depends on besides the program: versions, the table of kernels, the instruction set, threads."""

import platform
from typing import Any

import numpy as np

import minigrad
from minigrad import graph


def engine_facts(table: Any) -> dict[str, Any]:
    """The facts that decide the bits (version, table, isa) and the speed (graph, threads), for tensors of this table.

    isa and threads are None for tables that are not minigrad's own code: there numpy and its BLAS decide.
    """
    return {"version": minigrad.__version__, "table": table.name, **table.facts, "graph": graph.kind,
            "python": platform.python_version(), "numpy": np.__version__, "machine": platform.machine()}
