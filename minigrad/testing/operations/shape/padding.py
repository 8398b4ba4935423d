"""Borders around a tensor, or taken off it."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import FOR_RULES, arguments
from minigrad.testing.strategies import arrays, shapes


@st.composite
def padded(draw, low=-2, names=("pad_width", "constant_values")):
    a = draw(arrays(shapes(0, 3, 0, 3)))
    value = draw(st.sampled_from((0, 1.5, -2)))
    return arguments(a, **{names[0]: draw(st.integers(0, 2) | widths(a.shape, low, 2)), names[1]: value})


@st.composite
def widths(draw, shape, low, high, left=0):
    """(before, after) for each axis, from `low` on: but `left` elements are not cut off."""
    return tuple((draw(st.integers(max(low, -((n - left) // 2)), high)),
                  draw(st.integers(max(low, -((n - left) // 2)), high))) for n in shape)


@st.composite
def continued(draw):
    a = draw(arrays(shapes(0, 3, 1, 3)))
    mode = draw(st.sampled_from(("edge", "reflect", "symmetric", "wrap")))
    return arguments(a, pad_width=draw(st.integers(0, 2) | widths(a.shape, -1, 5, left=1)), mode=mode)


def pairs(a, widths):
    return ((widths, widths),) * a.ndim if isinstance(widths, int) else widths


def cropped(a, widths):
    """Where widths are negative, cut off; and the others."""
    widths = pairs(a, widths)
    a = a[tuple(slice(max(-b, 0), n - max(-e, 0)) for n, (b, e) in zip(a.shape, widths))] if a.ndim else a
    return a, [(max(b, 0), max(e, 0)) for b, e in widths]


def pad(a, pad_width, constant_values):
    """numpy's, but it rounds a value that integers do not have."""
    a, widths = cropped(a, pad_width)
    if a.dtype.kind != "f":
        if constant_values % 1:
            raise TypeError(f"no integer: {constant_values}")
        constant_values = np.add(np.zeros((), a.dtype), int(constant_values))
    return np.pad(a, widths, constant_values=constant_values) if a.ndim else a


def torch_pad(torch, a, widths, value):
    if not a.ndim:
        return a.clone()
    return torch.nn.functional.pad(a, [n for w in pairs(a, widths)[::-1] for n in w], value=value)


def pad_by_mode(a, pad_width, mode):
    """Extended and then cut; "wrap" the other way round, as PyTorch does it."""
    if mode == "wrap":
        a, widths = cropped(a, pad_width)
        return np.pad(a, widths, mode) if a.ndim else a
    widths = pairs(a, pad_width)
    longer = np.pad(a, [[max(w, 0) for w in ends] for ends in widths], mode) if a.ndim else a
    return longer[tuple(slice(max(-before, 0), n - max(-after, 0)) for n, (before, after) in zip(longer.shape, widths))]


def torch_pad_by_mode(torch, a, pad_width, mode):
    """By places in the flattened tensor: PyTorch pads images only, and by less."""
    places = pad_by_mode(np.arange(a.numel()).reshape(a.shape), pad_width, mode)
    return torch.take(a, torch.tensor(np.array(places)))


def several(draw):
    """A constant for each end."""
    (a,), options = draw(padded(low=0))
    constant = st.sampled_from((0, 1.5, -2, 4))
    values = draw(st.tuples(constant, constant) | st.tuples(*[st.tuples(constant, constant)] * max(a.ndim, 1)))
    return arguments(a, pad_width=pairs(a, options["pad_width"]), constant_values=values if a.ndim else 0)


def pad_with_several(a, pad_width, constant_values):
    if not a.ndim:
        return a
    if a.dtype.kind != "f" and (np.asarray(constant_values) % 1).any():
        raise TypeError("no integer")
    if a.dtype.kind != "f":
        a = np.add(a, np.zeros((), a.dtype))
        least = np.iinfo(a.dtype).min if a.dtype.kind != "b" else 0
        if (np.asarray(constant_values) < least).any():
            raise OverflowError("no number of that dtype")
    return np.pad(a, pad_width, constant_values=constant_values)


describe("pad", padded(), pad,
         lambda torch, a, pad_width, constant_values: torch_pad(torch, a, pad_width, constant_values))
describe("pad", continued(), pad_by_mode, torch_pad_by_mode, about="by its own elements")
describe("pad", several, pad_with_several, about="several constants",
         without={"torch": "PyTorch has one constant for all ends", "integers": "they are those of one constant"})


@st.composite
def by_rules(draw):
    (a,), options = draw(padded(low=0, names=("widths", "value")))
    return arguments(a, pairs(a, options["widths"]), options["value"])


describe("pad_constant", by_rules(), lambda a, widths, value: pad(a, widths, value), torch_pad, without={"integers": FOR_RULES})
