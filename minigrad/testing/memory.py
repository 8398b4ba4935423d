"""The same array, laid out differently in memory.

No operation's result may depend on strides, so tests draw them. `arrange` makes the layouts by name, `laid` any
strides, and `relaid` gives an array another dtype and keeps its strides. What lies between the elements is NaN (1 for
integers), so that a kernel that reads past an element is found out.
"""

import numpy as np

LAYOUTS = "C", "F", "strided", "reversed", "transposed", "channels-last", "offset"


def arrange(array, layout):
    """A copy of `array`, of any shape and dtype, in memory of its own with the layout of that name.

    "C"              rows one after another
    "F"              columns one after another
    "strided"        a gap after every element of the last axis
    "reversed"       every axis runs backwards
    "transposed"     the last two axes change places in memory
    "channels-last"  axis 1 is the innermost in memory, as (N, H, W, C) seen as (N, C, H, W)
    "offset"         rows one after another, starting one element into its memory, so aligned to the element only
    """
    a = np.array(array, order="C")
    if layout not in LAYOUTS:
        raise ValueError(f"[arrange] there is no layout {layout!r}: choose one of {', '.join(LAYOUTS)}")
    if layout == "F":
        return np.array(a, order="F")
    if layout == "strided" and a.ndim:
        view = _blank((*a.shape[:-1], 2 * a.shape[-1]), a.dtype)[..., ::2]
    elif layout == "reversed" and a.ndim:
        view = np.flip(np.empty_like(a))
    elif layout == "transposed" and a.ndim > 1:
        view = np.swapaxes(np.empty_like(np.swapaxes(a, -1, -2), order="C"), -1, -2)
    elif layout == "channels-last" and a.ndim > 2:
        view = np.moveaxis(np.empty_like(np.moveaxis(a, 1, -1), order="C"), -1, 1)
    elif layout == "offset":
        view = _blank((a.size + 1,), a.dtype)[1:].reshape(a.shape)
    else:
        return a
    view[...] = a
    return view


def relaid(array, dtype):
    """A copy in another dtype with the same strides, counted in elements."""
    return laid(array, [stride // array.itemsize for stride in array.strides], dtype)


def laid(array, steps, dtype=None):
    """A copy whose strides, counted in elements, are `steps`; where one is 0, the elements along it share one place."""
    dtype = array.dtype if dtype is None else np.dtype(dtype)
    reach = [(side - 1) * step for side, step in zip(array.shape, steps)] if array.size else []
    before, after = -sum(r for r in reach if r < 0), sum(r for r in reach if r > 0)
    memory = _blank((before + after + 1,), dtype)
    view = np.lib.stride_tricks.as_strided(memory[before:], array.shape, [step * dtype.itemsize for step in steps])
    with np.errstate(all="ignore"):         # a huge float64 is an infinite float32
        view[...] = array
    return view


def _blank(shape, dtype):
    return np.full(shape, np.nan if dtype.kind in "fc" else 1, dtype)
