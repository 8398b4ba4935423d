"""Nets that draw random numbers: nobody's mask is another's, so such layers are compared as they are in evaluation mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import random
from minigrad.graph import Variable
from minigrad.nn.module import Module


def settled(net: Module | None, run: Callable[[], Any]) -> tuple[str, ...]:
    """Put the modules of net that give another result each time they run, such as Dropout in training mode, into evaluation
    mode; -> a note that says so, if there are any.

    run: computes net's result, as it will be compared. net: None of a function. ValueError if nothing helps. The random streams
    are afterwards where they were.
    """
    state = random.get_state()
    try:
        if _again(run):
            return ()
        training = {path: m for path, m in (net.named_modules() if net is not None else ()) if m.training}
        _set(training.values(), False)
        if not training or not _again(run):
            also = "" if net is None else ", in evaluation mode too"
            raise ValueError(f"[check_gradient] net gives another result each time it is called{also}: nobody's random numbers "
                             "are another's, so nothing can be compared. Is there a dropout? Leave it out, or call eval() on "
                             "the model that net uses")
        moving = {path: m for path, m in training.items() if not _steady(m, run)}
        _set(training.values(), True)               # batch norm goes on with the statistics of its batch
        _set(moving.values(), False)
        if not _again(run):
            _set(training.values(), False)
        names = ", ".join(f"{path} {type(m).__name__}".strip() for path, m in moving.items()) or "the net"
        gives = "give" if len(moving) > 1 else "gives"
        return (f"{names} {gives} another result each time in training mode, and nobody's mask is another's: the right "
                "gradient is that of evaluation mode, in which nothing is dropped. Drop nothing in your code either (p = 0, "
                "and no factor 1/(1 - p)) while it is checked.",)
    finally:
        random.set_state(state)


def _steady(module, run):
    """Whether the result stays the same with this module alone in training mode."""
    module.training = True
    try:
        return _again(run)
    finally:
        module.training = False


def _set(modules, mode):
    for m in modules:
        m.training = mode


def _again(run):
    """Whether two runs give the same."""
    a, b = run(), run()
    if not (isinstance(a, Variable) and isinstance(b, Variable)):
        return True                                 # no result of a net; whoever uses it says so
    return np.array_equal(a.k.to_numpy(a.data), b.k.to_numpy(b.data), equal_nan=a.data.dtype.kind == "f")
