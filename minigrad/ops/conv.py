"""2-d convolution (cross-correlation, as everywhere in deep learning) and its two adjoints.

conv2d, the input gradient and the weight gradient are one trilinear form in (x, w, g): each one's gradient is the
other two. Three operations, three short rules, every order.

geometry: (stride, padding, dilation, groups), the first three pairs.
"""

from __future__ import annotations

from minigrad.graph import record
from minigrad.ops.operands import operands, pair_of, with_bias
from minigrad.ops.shape import pad, reshape
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand, Pair

__all__ = ["conv2d"]


def conv2d(x: Operand, w: Operand, b: Operand | None = None, stride: Pair = 1, padding: Pair | str = 0, dilation: Pair = 1,
           groups: int = 1) -> Tensor:
    """x (N, C, H, W), w (O, C/groups, KH, KW), b (O,) or None -> (N, O, OH, OW).

    OH = (H + 2 PH - DH (KH - 1) - 1) // SH + 1. stride, padding, dilation: an int or a pair. padding may be "valid"
    (none) or "same" (OH = H; stride 1; where the sides must differ the extra zero goes after, as in Keras). A single image
    (C, H, W) gives (O, OH, OW). Raises ValueError for shapes that do not fit.
    """
    x, w = operands("conv2d", x, w)
    if len(x.data.shape) == 3 and len(w.data.shape) == 4:
        y = conv2d(reshape(x, (1, *x.data.shape)), w, b, stride, padding, dilation, groups)
        return reshape(y, y.data.shape[1:])
    check_axes("conv2d", x.data.shape, w.data.shape, "HW")
    stride, dilation = pair_of("conv2d", "stride", stride, 1), pair_of("conv2d", "dilation", dilation, 1)
    if isinstance(padding, str):
        x, padding = named_padding("conv2d", x, w, padding, stride, dilation)
    padding = pair_of("conv2d", "padding", padding, 0)
    check_shapes("conv2d", x.data.shape, w.data.shape, stride, padding, dilation, groups, "HW")
    if b is not None:
        x, w, b = with_bias("conv2d", x, w, b)
        check_bias("conv2d", b, w, w.data.shape[0])
    geometry = stride, padding, dilation, groups
    y, aux = x.k.conv2d(x.data, w.data, None if b is None else b.data, geometry)
    return record(x.k, y, (x, w, b), conv2d_rule, (0, 1), (geometry, aux), (aux,))


def conv2d_rule(k, g, need, x, w, geometry, aux):
    return k.conv2d_backward(g, x, w, aux, need, geometry)


def conv2d_input_grad(g, w, geometry, shape):
    """The adjoint of conv2d in x (a transposed convolution): g (N, O, OH, OW), w -> shape (N, C, H, W)"""
    g, w = lift(g), lift(w)
    gx = g.k.conv2d_input_grad(g.data, w.data, geometry, shape)
    return record(g.k, gx, (g, w), conv2d_input_grad_rule, (0, 1), (geometry,))


def conv2d_input_grad_rule(k, h, need, g, w, geometry):
    return (k.conv2d(h, w, None, geometry)[0] if need[0] else None,
            k.conv2d_weight_grad(g, h, geometry, w.shape) if need[1] else None)


def conv2d_weight_grad(g, x, geometry, shape):
    """The adjoint of conv2d in w: g (N, O, OH, OW), x (N, C, H, W) -> shape (O, C/groups, KH, KW)"""
    g, x = lift(g), lift(x)
    gw = g.k.conv2d_weight_grad(g.data, x.data, geometry, shape)
    return record(g.k, gw, (g, x), conv2d_weight_grad_rule, (0, 1), (geometry,))


def conv2d_weight_grad_rule(k, h, need, g, x, geometry):
    return (k.conv2d(x, h, None, geometry)[0] if need[0] else None,
            k.conv2d_input_grad(g, h, geometry, x.shape) if need[1] else None)


# ---- what convolutions along any number of axes check; sides: "L", "HW" or "DHW"

def named_padding(op, x, w, padding, stride, dilation):
    """(x, the padding in numbers) for "valid" and "same"; x has the odd zeros."""
    if padding == "valid":
        return x, 0
    if padding != "same":
        raise ValueError(f"[{op}] padding must be an int, {'a pair' if len(stride) == 2 else 'a tuple'}, 'same' or 'valid', "
                         f"found {padding!r}")
    if max(stride) > 1:
        raise ValueError(f"[{op}] padding='same' needs stride 1, found {stride}: give the padding in numbers")
    total = [d * (n - 1) for d, n in zip(dilation, w.data.shape[2:])]
    if any(t % 2 for t in total):
        x = pad(x, ((0, 0), (0, 0), *((0, t % 2) for t in total)))
    return x, tuple(t // 2 for t in total)


def check_axes(op, x, w, sides):
    if len(x) != len(sides) + 2 or len(w) != len(sides) + 2:
        raise ValueError(f"[{op}] expected x (N, C, {', '.join(sides)}) and w (O, C/groups, "
                         f"{', '.join('K' + s for s in sides)}), found x {x}, w {w}")


def check_shapes(op, x, w, stride, padding, dilation, groups, sides):
    if not hasattr(groups, "__index__") or groups < 1 or w[0] % groups or x[1] % groups:
        raise ValueError(f"[{op}] groups must divide the channels of x and of w's outputs: groups {groups}, x {x}, w "
                         f"{w}")
    if x[1] != w[1] * groups:
        raise ValueError(f"[{op}] x has {x[1]} channels but w expects {w[1] * groups}: x {x}, w {w}"
                         + (f", groups {groups}" if groups > 1 else ""))
    for i, side in enumerate(sides):
        span = dilation[i] * (w[2 + i] - 1) + 1
        if w[2 + i] < 1 or x[2 + i] + 2 * padding[i] < span:
            raise ValueError(f"[{op}] the window spans {span} in {side}, but x offers only "
                             f"{x[2 + i] + 2 * padding[i]} with its padding: x {x}, w {w}, padding {padding}, "
                             f"dilation {dilation}")


def check_bias(op, b, w, outputs):
    if b.data.shape != (outputs,):
        raise ValueError(f"[{op}] b must have shape ({outputs},) for w {w.data.shape}, found {b.data.shape}")
