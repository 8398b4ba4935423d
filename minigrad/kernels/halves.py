"""Halves (float16) have 11 bits and end at 65504: their sums would lose and overflow, and an eps of 1e-8 be 0. So whatever adds
up, and whatever stands beside a Python number, is computed in float32 and rounded once."""

from functools import wraps

import numpy as np

from minigrad.system.parameters import parameters

HALF, SINGLE = np.dtype(np.float16), np.dtype(np.float32)      # compared by ==: an unpickled array's dtype is another object
NUMBERS = frozenset((int, float))


def in_single(kernel=None, *, results=None):
    """Decorator of a kernel that computes halves in float32. results: how many of several results become halves again; the
    others (statistics, aux) stay float32."""
    if kernel is None:
        return lambda kernel: in_single(kernel, results=results)
    name = kernel.__name__
    given = parameters(kernel)[1:]             # without self
    place = given.index("out") if "out" in given else len(given)

    @wraps(kernel)
    def wide(self, *args, **keywords):
        if getattr(args[0], "dtype", None) != HALF:
            return kernel(self, *args, **keywords)
        return computed_in_single(self, name, args[:place], results, *args[place:], **keywords)

    return wide


def computed_in_single(table, name, args, results=None, out=None, **keywords):
    """What the table's kernel gives for the arguments with halves in float32, as halves."""
    wide = [table.astype(a, SINGLE) if getattr(a, "dtype", None) == HALF else a for a in args]
    found = getattr(table, name)(*wide, **keywords)
    if isinstance(found, tuple):
        found = tuple(_rounded(table, y) if results is None or i < results else y for i, y in enumerate(found))
        outs = out if isinstance(out, tuple) else (out,)
        return tuple(y if y is None or to is None else table.copy(y, out=to)
                     for y, to in zip(found, (*outs, *(None,) * (len(found) - len(outs)))))
    y = _rounded(table, found)
    return y if out is None else table.copy(y, out=out)


def single(a):
    """Halves in float32, any other array as it is."""
    return a.astype(SINGLE) if a.dtype == HALF else a


def sums_in(dtype):
    """The dtype in which what is summed up over many steps is kept beside numbers of this dtype."""
    return SINGLE if dtype == HALF else dtype


def beside_halves(a, b):
    """Whether one of them is a Python number and the other is halves."""
    x = b if a.__class__ in NUMBERS else a
    return getattr(x, "dtype", None) == HALF


def _rounded(table, y):
    return table.astype(y, HALF) if getattr(y, "dtype", None) == SINGLE else y
