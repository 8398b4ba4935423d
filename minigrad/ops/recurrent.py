"""Recurrent layers through all their steps: what is in `nn/recurrent.py` without its weights for the inputs.

gates (T, N, G H) are what the inputs bring to each of the G gates, x w_ih^T + b; h (N, H) is the state before the first step, w
(G H, H) what it is multiplied by. Gates stand in PyTorch's order. reverse: from the last step to the first.
"""

from __future__ import annotations

from minigrad.graph import OUT, alike, record, record_many
from minigrad.ops.operands import promote
from minigrad.tensor import Tensor, floating
from minigrad.types import Operand

__all__: list[str] = []


def lstm(gates: Operand, h: Operand, c: Operand, w: Operand, reverse: bool = False) -> tuple[Tensor, Tensor]:
    """Long short-term memory (Hochreiter & Schmidhuber 1997, with forget gates): y (T, N, H) and the last c (N, H).

    i, f, g, o = gates + h w^T, each (N, H); c = sigmoid(f) c + sigmoid(i) tanh(g); h = sigmoid(o) tanh(c). c: (N, H).
    """
    gates, h, c, w = _of_one_dtype("lstm", gates, h, c, w)
    _check("lstm", 4, gates, h, w)
    if c.data.shape != h.data.shape:
        raise ValueError(f"[lstm] c needs the shape of h: h {h.data.shape}, c {c.data.shape}")
    reverse = bool(reverse)
    y, last, aux = gates.k.lstm(gates.data, h.data, c.data, w.data, reverse)
    return record_many(gates.k, (y, last), (gates, h, c, w), lstm_rule, (0, 1, 2, 3), (reverse, aux), aux or ())


def lstm_rule(k, gs, need, gates, h, c, w, reverse, aux):
    gy, gc = gs
    gy = k.zeros((gates.shape[0], *h.shape), gates) if gy is None else gy
    gc = k.zeros(h.shape, gates) if gc is None else gc
    return k.lstm_backward(gy, gc, gates, h, c, w, aux, reverse)


def gru(gates: Operand, h: Operand, w: Operand, b: Operand | None = None, reverse: bool = False) -> Tensor:
    """Gated recurrent unit (Cho et al. 2014, in cuDNN's and PyTorch's form): y (T, N, H).

    With u = h w^T + b and x = gates in three parts each: r = sigmoid(x_r + u_r), z = sigmoid(x_z + u_z),
    n = tanh(x_n + r u_n), h = (1 - z) n + z h. b: (3H,) or None.
    """
    gates, h, w, b = _of_one_dtype("gru", gates, h, w, b)
    _check("gru", 3, gates, h, w)
    if b is not None and b.data.shape != w.data.shape[:1]:
        raise ValueError(f"[gru] b needs shape {w.data.shape[:1]} for w {w.data.shape}, found {b.data.shape}")
    reverse = bool(reverse)
    y, aux = gates.k.gru(gates.data, h.data, w.data, None if b is None else b.data, reverse)
    return record(gates.k, y, (gates, h, w, b), gru_rule, (0, 1, 2, 3), (reverse, aux), aux or ())


def gru_rule(k, g, need, gates, h, w, b, reverse, aux):
    return k.gru_backward(g, gates, h, w, b, aux, reverse)


def rnn(gates: Operand, h: Operand, w: Operand, relu: bool = False, reverse: bool = False) -> Tensor:
    """The plain recurrent network (Elman 1990): y (T, N, H), h = tanh(gates + h w^T), or relu of it, step by step."""
    gates, h, w = _of_one_dtype("rnn", gates, h, w)
    _check("rnn", 1, gates, h, w)
    relu, reverse = bool(relu), bool(reverse)
    y = gates.k.rnn(gates.data, h.data, w.data, relu, reverse)
    return record(gates.k, y, (gates, h, w), rnn_rule, (OUT, 1, 2), (relu, reverse))


def rnn_rule(k, g, need, y, h, w, relu, reverse):
    return k.rnn_backward(g, y, h, w, relu, reverse)


def _of_one_dtype(op, *tensors):
    """Floating point tensors of one dtype on one device; None stays None."""
    first = tensors[0]
    if all(t is None or alike(first, t) for t in tensors):
        return tensors
    found = [None if t is None else floating(t) for t in tensors]
    widest = found[0]
    for t in found[1:]:
        if t is not None and t.k is not widest.k:
            raise ValueError(f"[{op}] the operands are on two devices, {widest.k.name} and {t.k.name}: move one with .to()")
        if t is not None and t.data.dtype != widest.data.dtype:
            widest = promote(widest, t)[0]
    return [None if t is None else promote(t, widest)[0] for t in found]


def _check(op, gates_per_step, gates, h, w):
    x, state, weight = gates.data.shape, h.data.shape, w.data.shape
    size = weight[1] if len(weight) == 2 else 0
    if len(weight) != 2 or weight[0] != gates_per_step * size:
        raise ValueError(f"[{op}] w needs shape ({gates_per_step} H, H), found {weight}")
    if len(x) != 3 or x[2] != gates_per_step * size or len(state) != 2 or state != (x[1], size):
        raise ValueError(f"[{op}] gates (T, N, {gates_per_step * size}) and h (N, {size}) are needed for w {weight}: gates "
                         f"{x}, h {state}")
    if x[0] == 0:
        raise ValueError(f"[{op}] there is no step: gates {x}")
