"""Elementwise kernels: approximated ones some units off, the others exact."""

import numpy as np

from minigrad.kernels.threads import native
from minigrad.testing.kernels.claim import EITHER_ZERO, ORDER, ULPS, Claim, finite
from minigrad.testing.kernels.drawing import arguments


@arguments()
def one(d):
    return (d.array(*d.shape(1, 0, 2, 3, 4)),)


@arguments()
def between(d):
    a = d.array(*d.shape(1, 0, 2, 3, 4))
    return a, d.one_of(-1, 0.5, 2, -float("inf"), float("nan")), d.one_of(1, 0.25, float("inf"), float("nan"))


@arguments()
def with_number(d):
    return d.array(*d.shape(1, 0, 2, 3, 4)), d.one_of(0.01, 1, 0, -0.5, float("inf"), float("nan"))


@arguments()
def two(d):
    shape = d.shape(1, 0, 2, 3, 4)
    a = d.array(*shape)
    how = d.one_of("same", "same", "number", "row", "channel", "broadcast")
    if how == "number":
        b = d.one_of(2, -0.5, 0.0, float("inf"), float("nan"), np.array(1.5, d.dtype), d.dtype.type(3))
    elif how == "row":
        b = d.array(*shape[d.one_of(*range(len(shape) + 1)):])
    elif how == "channel" and len(shape) > 1:
        b = d.array(shape[1], *(1,) * (len(shape) - 2))
    elif how == "broadcast":        # either, along axes of its own
        kept = [d.one_of("both", "a", "b") for _ in shape]
        a = d.array(*(1 if which == "b" else n for which, n in zip(kept, shape, strict=True)))
        b = d.array(*(1 if which == "a" else n for which, n in zip(kept, shape, strict=True)))
    else:
        b = d.like(*shape)
    return (a, b) if d.one_of(True, False) else (b, a)


@arguments()
def gradient_and_result(d):
    """y is mostly what tanh, sigmoid or relu give, so -1 .. 1 and above, and special ones."""
    shape = d.shape(1, 0, 2, 3, 4)
    y = d.array(*shape, kind=d.one_of("ordinary", "whole", "special"))
    return d.like(*shape), y


@arguments()
def gradient_and_input(d):
    a = d.array(*d.shape(1, 0, 2, 3, 4))
    return d.like(*a.shape), a


@arguments()
def gradient_input_and_number(d):
    a = d.array(*d.shape(1, 0, 2, 3, 4))
    return d.like(*a.shape), a, d.one_of(0.01, 1, 0, -0.5)


def of_kind(kind, arguments):
    """The claims of every elementwise kernel of a kind: approximated ones some units off, the others exact."""
    kernels = native().elementwise()[kind] if native() else {}
    return {name: Claim(arguments, 8, ULPS, tiny=1e-6) if approximated else Claim(arguments)
            for name, approximated in kernels.items()}


KERNELS = {
    **of_kind("unary", one), **of_kind("between", between), **of_kind("with_number", with_number),
    **of_kind("binary", two),
    **of_kind("backward", gradient_and_result), **of_kind("backward_with_number", gradient_input_and_number),
    **{name: Claim(two, why=EITHER_ZERO, zero_signs=False) for name in ("maximum", "minimum")},
    "clip": Claim(between, why=EITHER_ZERO, zero_signs=False),
    "relu": Claim(one, why=EITHER_ZERO, zero_signs=False),
    "sqrt": Claim(one),
    "sigmoid_backward": Claim(gradient_and_result, 4, ORDER, lambda g, y: finite(g) * finite(y) * (1 + finite(y))),
    **{name: Claim(one, 8, ORDER, finite, tiny=1e-6) for name in ("gelu", "gelu_tanh")},      # 1 + erf(a) cancels below 0
    **{name: Claim(gradient_and_input, 8, ORDER, lambda g, a: finite(g) * (1 + finite(a)), tiny=1e-6)
       for name in ("silu_backward", "gelu_backward", "gelu_tanh_backward")},
    "tanh_backward": Claim(gradient_and_result, 4, ORDER, lambda g, y: finite(g) * (1 + finite(y) ** 2)),
}
