"""How many floating point operations kernels make, by their shapes: multiplications and additions of products, and one for each
number of anything else that computes."""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import isroutine
from typing import Any

from minigrad.kernels.kinds import NO_KERNELS, PLAIN_MEMORY, VIEWS

FREE = NO_KERNELS | VIEWS | PLAIN_MEMORY | {"astype", "concatenate", "copy", "next_key", "one_hot", "pad", "put", "put_along",
                                            "split", "take_along"}


def flops(name: str, args: tuple[Any, ...], found: Any) -> int:
    """Of one call of a kernel: its name, its arguments and what it gave."""
    if name in FREE:
        return 0
    results = [a for a in (found if isinstance(found, tuple) else (found,)) if hasattr(a, "shape")]
    if not results:
        return 0
    size = math.prod(results[0].shape)
    if name == "matmul":
        return 2 * size * args[0].shape[-1]
    if name == "linear":
        return 2 * size * args[0].shape[-1] + (size if _biased(args) else 0)
    if name.startswith("conv") and len(args) > 1 and hasattr(args[1], "shape"):
        rows = args[0] if "input_grad" in name or "transpose" in name else results[0]   # those that every weight meets
        return 2 * math.prod(rows.shape) * math.prod(args[1].shape[1:]) + (size if _biased(args) else 0)
    if name in ("lstm", "gru", "rnn"):
        steps, n, gates = args[0].shape
        hidden = args[1].shape[-1]
        return steps * n * (2 * gates * hidden + 2 * gates + 4 * hidden)
    return max(math.prod(a.shape) for a in (*args, *results) if hasattr(a, "shape"))


def _biased(args):
    return len(args) > 2 and hasattr(args[2], "shape")


@contextmanager
def counting(table: Any, tell: Callable[[int], None]) -> Iterator[None]:
    """Tell of the operations of each kernel that this thread runs on the table, and of none that a kernel calls."""
    thread, depth = threading.get_ident(), 0

    def counted(name, kernel):
        def call(*args, **options):
            nonlocal depth
            if threading.get_ident() != thread:
                return kernel(*args, **options)
            depth += 1
            try:
                found = kernel(*args, **options)
            finally:
                depth -= 1
            if depth == 0:
                tell(flops(name, args, found))
            return found

        return call

    before = {}
    try:
        for name in dir(type(table)):
            if name[0] != "_" and name not in FREE and isroutine(getattr(type(table), name)):
                before[name] = vars(table).get(name)
                setattr(table, name, counted(name, getattr(table, name)))
        yield
    finally:
        for name, own in before.items():
            if own is None:
                delattr(table, name)
            else:
                setattr(table, name, own)
