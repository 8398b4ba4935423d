"""Recurrent layers: RNN, LSTM, GRU and their cells. Gates, names and shapes are PyTorch's, so state dicts exchange.

What the inputs bring is one product for all steps and gates together; the steps themselves are one operation
(`ops/recurrent.py`), in which each is one product for all its gates.
"""

import math
import warnings
from typing import Any

from minigrad.nn.given import given
from minigrad.nn.init import uniform_
from minigrad.nn.linear import positive, unset
from minigrad.nn.module import Module
from minigrad.ops.dropout import dropout
from minigrad.ops.elementwise import add
from minigrad.ops.index import getitem
from minigrad.ops.matmul import linear
from minigrad.ops.recurrent import gru, lstm, rnn
from minigrad.ops.shape import concatenate, reshape, stack, transpose
from minigrad.tensor import Tensor, constant
from minigrad.types import Input


class _Steps(Module):
    """What layers and cells share: sizes, gates, and one direction through all steps."""

    gates = 1
    cell_state = False          # (h, c) rather than h

    def _set_sizes(self, input_size, hidden_size, bias):
        positive(type(self).__name__, input_size=input_size, hidden_size=hidden_size)
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bool(bias)

    def _set_weights(self, suffix, inputs, device):
        """weight_ih, weight_hh, bias_ih and bias_hh, uniform within 1 / sqrt(H)."""
        rows, bound = self.gates * self.hidden_size, 1 / math.sqrt(self.hidden_size)
        shapes = {"weight_ih": (rows, inputs), "weight_hh": (rows, self.hidden_size), "bias_ih": (rows,), "bias_hh": (rows,)}
        for name, shape in shapes.items():
            p = uniform_(unset(*shape, device=device), -bound, bound) if self.bias or len(shape) == 2 else None
            setattr(self, name + suffix, p)

    def _weights(self, suffix):
        return tuple(getattr(self, name + suffix) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))

    def _run(self, x, state, weights, reverse):
        """x (T, N, I) and the state before as a list -> y (T, N, H) and the states after the last step."""
        w_ih, w_hh, b_ih, b_hh = weights
        gates = linear(x, w_ih, b_ih if b_ih is None else add(b_ih, b_hh))
        y = self._steps(gates, state[0], w_hh, reverse)
        return y, [getitem(y, 0 if reverse else -1)]

    def _input(self, x, axes, like):
        """x as a floating point tensor. TypeError and ValueError for what cannot be one."""
        layer = type(self).__name__
        if hasattr(x, "batch_sizes"):
            raise TypeError(f"[{layer}] packed sequences are not supported, found {type(x).__name__}: pad with "
                            "nn.utils.rnn.pad_sequence, and leave out of the loss what is padding")
        x = given(layer, x, like)
        if x.ndim not in axes or x.shape[-1] != self.input_size:
            raise ValueError(f"[{layer}] expected x with {' or '.join(map(str, axes))} axes and {self.input_size} features in "
                             f"the last, found {x.shape}")
        return x

    def _first(self, hx, x, shape):
        """The states before the first step, h or [h, c], as a list; zeros where none are given."""
        kind, names = type(self).__name__, ("h", "c") if self.cell_state else ("h",)
        if hx is None:
            return [constant(x.k, x.k.zeros(shape, x.data))] * len(names)
        states = list(hx) if self.cell_state and isinstance(hx, (tuple, list)) else [hx]
        if len(states) != len(names):
            raise TypeError(f"[{kind}] expected the state before as {'(h, c)' if self.cell_state else 'h'}, found "
                            f"{type(hx).__name__}")
        states = [given(kind, a, x) for a in states]
        for name, a in zip(names, states, strict=True):
            if a.shape != shape:
                raise ValueError(f"[{kind}] expected {name} {shape} for x {x.shape}, found {a.shape}")
        return states


class _Layers(_Steps):
    """x (T, N, I) -> (y (T, N, D H), the state after the last step), D = 2 if bidirectional, else 1.

    batch_first: x (N, T, I) and y (N, T, D H); without a batch (T, I) and (T, D H). The state before, zeros if it is not given,
    and after: h, for LSTM (h, c), each (L D, N, H), layer by layer, forward and backward. dropout: the probability with which
    numbers between two layers are dropped in training. Parameters of layer k, with _reverse at the end for the way back:
    weight_ih_lk (G H, I), weight_hh_lk (G H, H), bias_ih_lk, bias_hh_lk (G H,) or None. device: where they lie.
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
                 dropout: float = 0.0, bidirectional: bool = False, *, proj_size: int = 0, device: str | None = None):
        layer = type(self).__name__
        self._set_sizes(input_size, hidden_size, bias)
        positive(layer, num_layers=num_layers)
        if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout <= 1:
            raise ValueError(f"[{layer}] dropout must be a probability, 0 <= dropout <= 1, found {dropout!r}")
        if dropout and num_layers == 1:
            warnings.warn(f"[{layer}] dropout={dropout} stands between layers, and there is one: it does nothing", UserWarning,
                          stacklevel=2)
        if proj_size:
            raise ValueError(f"[{layer}] found proj_size {proj_size} but expected 0: projections are not supported; a Linear "
                             "after the layer does it for the outputs")
        self.num_layers, self.batch_first, self.dropout = num_layers, bool(batch_first), float(dropout)
        self.bidirectional = bool(bidirectional)
        for k in range(num_layers):
            for suffix in self._suffixes(k):
                self._set_weights(suffix, hidden_size * len(self._suffixes(k)) if k else input_size, device)

    def _suffixes(self, k):
        return (f"_l{k}", f"_l{k}_reverse") if self.bidirectional else (f"_l{k}",)

    def forward(self, x: Input, hx: Any = None) -> tuple[Tensor, Any]:
        y: Any = self._input(x, (2, 3), self.weight_hh_l0)
        batched, directions = y.ndim == 3, 1 + self.bidirectional
        if batched and self.batch_first:
            y = transpose(y, (1, 0, 2))
        count = self.num_layers * directions
        shape = (count, y.shape[1], self.hidden_size) if batched else (count, self.hidden_size)
        if hx is not None:
            hx = [reshape(a, (count, -1, self.hidden_size)) for a in self._first(hx, y, shape)]
        if not batched:
            y = reshape(y, (y.shape[0], 1, y.shape[1]))
        zeros = self._first(None, y, (y.shape[1], self.hidden_size)) if hx is None else None
        ends = []
        for layer in range(self.num_layers):
            ways = []
            for j, suffix in enumerate(self._suffixes(layer)):
                state = zeros if hx is None else [getitem(a, layer * directions + j) for a in hx]
                way, last = self._run(y, state, self._weights(suffix), j == 1)
                ways.append(way)
                ends.append(last)
            y = ways[0] if directions == 1 else concatenate(ways, 2)
            if self.dropout and layer < self.num_layers - 1:
                y = dropout(y, self.dropout, self.training)
        states = tuple(self._ends(parts, batched) for parts in zip(*ends, strict=True))
        if not batched:
            y = reshape(y, (y.shape[0], y.shape[2]))
        elif self.batch_first:
            y = transpose(y, (1, 0, 2))
        return y, states if self.cell_state else states[0]

    def _ends(self, parts, batched):
        """The last states of every layer and direction, (L D, N, H)."""
        if len(parts) == 1:
            return reshape(parts[0], (1, *parts[0].shape) if batched else (1, self.hidden_size))
        return stack(parts, 0) if batched else reshape(stack(parts, 0), (len(parts), self.hidden_size))

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        usual = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False}
        for name, value in usual.items():
            if getattr(self, name) != value:
                text += f", {name}={getattr(self, name)!r}"
        return text


class RNN(_Layers):
    """The plain recurrent network, h = tanh(x w_ih^T + b_ih + h w_hh^T + b_hh), or relu of it: nonlinearity."""

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", bias: bool = True,
                 batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, *, device: str | None = None):
        self.nonlinearity = _nonlinearity("RNN", nonlinearity)
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device=device)

    def _steps(self, gates, h, w, reverse):
        return rnn(gates, h, w, self.nonlinearity == "relu", reverse)

    def extra_repr(self) -> str:
        return super().extra_repr() + (", nonlinearity='relu'" if self.nonlinearity == "relu" else "")


class _Lstm(_Steps):
    gates = 4
    cell_state = True

    def _run(self, x, state, weights, reverse):
        w_ih, w_hh, b_ih, b_hh = weights
        y, c = lstm(linear(x, w_ih, b_ih if b_ih is None else add(b_ih, b_hh)), *state, w_hh, reverse)
        return y, [getitem(y, 0 if reverse else -1), c]


class _Gru(_Steps):
    gates = 3

    def _run(self, x, state, weights, reverse):
        w_ih, w_hh, b_ih, b_hh = weights
        y = gru(linear(x, w_ih, b_ih), state[0], w_hh, b_hh, reverse)
        return y, [getitem(y, 0 if reverse else -1)]


class LSTM(_Lstm, _Layers):
    """Long short-term memory, G = 4 gates in the order i, f, g, o; `ops/recurrent.py` has its formulas."""


class GRU(_Gru, _Layers):
    """Gated recurrent units, G = 3 gates in the order r, z, n; `ops/recurrent.py` has their formulas."""


class _Cell(_Steps):
    """One step: x (N, I) or (I,) and the state before, zeros if it is not given -> the state after: h, for LSTMCell (h, c).

    Parameters: weight_ih (G H, I), weight_hh (G H, H), bias_ih, bias_hh (G H,) or None. device: where they lie.
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *, device: str | None = None):
        self._set_sizes(input_size, hidden_size, bias)
        self._set_weights("", input_size, device)

    def forward(self, x: Input, hx: Any = None) -> Any:
        x = self._input(x, (1, 2), self.weight_hh)
        state = self._first(hx, x, (*x.shape[:-1], self.hidden_size))
        shape = state[0].shape
        x = reshape(x, (1, -1, self.input_size))
        state = [reshape(a, (-1, self.hidden_size)) for a in state]
        _, last = self._run(x, state, self._weights(""), False)
        last = [reshape(a, shape) for a in last]
        return tuple(last) if self.cell_state else last[0]

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(_Cell):
    """A step of RNN."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", *,
                 device: str | None = None):
        self.nonlinearity = _nonlinearity("RNNCell", nonlinearity)
        super().__init__(input_size, hidden_size, bias, device=device)

    _steps = RNN._steps


class LSTMCell(_Lstm, _Cell):
    """A step of LSTM."""


class GRUCell(_Gru, _Cell):
    """A step of GRU."""


def _nonlinearity(layer, name):
    if name not in ("tanh", "relu"):
        raise ValueError(f"[{layer}] nonlinearity must be 'tanh' or 'relu', found {name!r}")
    return name


for _kind in (RNN, LSTM, GRU, RNNCell, LSTMCell, GRUCell):
    _kind.__doc__ = f"{_kind.__doc__} {(_Cell if issubclass(_kind, _Cell) else _Layers).__doc__}"
