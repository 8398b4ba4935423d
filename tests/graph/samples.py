"""Small graphs, and the threads to run them in, for the tests of this folder."""

import sys
import threading

import numpy as np

import minigrad as mg
from minigrad import graph, rules

FREED = "walked before and freed"
WRITTEN = "written in place since"


def leaf(data, dtype=np.float64):
    return mg.Tensor(np.array(data, dtype), requires_grad=True)


def overwrite(t):
    with mg.no_grad():
        t[...] = 5


def chain(start, n):
    """n recorded operations in a row, without computing anything."""
    t = start
    if isinstance(start, mg.Value):
        for _ in range(n):
            t = -t
    else:
        for _ in range(n):
            t = graph.record(start.k, start.data, (t,), rules.neg)
    return t


STARTS = {"tensor": lambda: leaf(3.0), "value": lambda: mg.Value(3.0)}


def in_thread(function, stack=0):
    """function() in a new thread; what it raises is raised here. stack: its size in bytes, 0 for the usual one."""
    result = []

    def run():
        try:
            result.append((True, function()))
        except BaseException as error:
            result.append((False, error))

    before = threading.stack_size(stack)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    done, value = result[0]
    if not done:
        raise value
    return value


def both(work, n=2):
    """work() in n threads started together; errors are raised here."""
    barrier = threading.Barrier(n)
    errors = []

    def run():
        try:
            barrier.wait(10)
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]


def here():
    """The line of the caller, as anomaly mode writes it."""
    frame = sys._getframe(1)
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


# ---- an operation with three outputs

def towers_rule(k, gs, need, y0, y1):
    """e^x, e^(e^x), and a third output that nothing depends on."""
    seen.append([g is not None for g in gs])
    parts = []
    if gs[0] is not None:
        parts.append(k.mul(gs[0], y0))
    if gs[1] is not None:
        parts.append(k.mul(gs[1], k.mul(y1, y0)))
    return (parts[0] if len(parts) == 1 else k.add(*parts),)


seen = []


def towers(x):
    y0 = x.k.exp(x.data)
    y1 = x.k.exp(y0)
    return graph.record_many(x.k, (y0, y1, y0 + y1), (x,), towers_rule, (graph.OUT, graph.OUT - 1))
