"""Transformers (Vaswani et al. 2017): encoder and decoder layers, stacks of them, positions. Names are PyTorch's."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.nn.attention import MultiheadAttention, causal_mask
from minigrad.nn.container import ModuleList
from minigrad.nn.dropout import Dropout
from minigrad.nn.given import given
from minigrad.nn.init import xavier_uniform_
from minigrad.nn.layer_norm import LayerNorm
from minigrad.nn.linear import Linear, positive
from minigrad.nn.module import Module
from minigrad.nn.parameter import Buffer
from minigrad.ops.elementwise import add
from minigrad.ops.index import getitem
from minigrad.tensor import Tensor, get_default_dtype
from minigrad.types import Input, Operand

Activation = str | Callable[[Tensor], Tensor]


def _activation(layer: str, activation: Activation) -> Callable[[Tensor], Tensor]:
    if callable(activation):
        return activation
    if activation not in ("relu", "gelu"):
        raise ValueError(f"[{layer}] activation must be 'relu', 'gelu' or a function, found {activation!r}")
    return getattr(ops, activation)


class _Layer(Module):
    """d_model numbers for each place, nhead heads, dim_feedforward numbers between the two Linears. activation: "relu", "gelu"
    or a function. norm_first: each part sees normalised numbers, instead of its sum with what it saw being normalised.
    dropout: in training, of attention's weights, and after each part. x (L, N, E), or (N, L, E) with batch_first, or (L, E).
    """

    def _set_common(self, d_model, nhead, dim_feedforward, dropout, activation, eps, batch_first, norm_first, bias, norms,
                    device):
        layer = type(self).__name__
        positive(layer, dim_feedforward=dim_feedforward)
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, device=device)
        if norms == 3:
            self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, device=device)
        self.linear1 = Linear(d_model, dim_feedforward, bias, device=device)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, device=device)
        self.norm_first = bool(norm_first)
        for i in range(1, norms + 1):
            setattr(self, f"norm{i}", LayerNorm(d_model, eps, bias=bias, device=device))
        for i in range(1, norms + 1):
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.activation = _activation(layer, activation)

    def _part(self, i, x, part):
        """x + part(x), normalised before or after."""
        norm, drop = getattr(self, f"norm{i}"), getattr(self, f"dropout{i}")
        if self.norm_first:
            return add(x, drop(part(norm(x))))
        return norm(add(x, drop(part(x))))

    def _feed_forward(self, x):
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    """Self-attention, then two Linears with an activation between them."""

    def __init__(self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
                 activation: Activation = "relu", layer_norm_eps: float = 1e-5, batch_first: bool = False,
                 norm_first: bool = False, bias: bool = True, *, device: str | None = None):
        self._set_common(d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, 2,
                         device)

    def forward(self, src: Input, src_mask: Operand | None = None, src_key_padding_mask: Operand | None = None,
                is_causal: bool = False) -> Tensor:
        x = given("TransformerEncoderLayer", src, self.linear1.weight)
        x = self._part(1, x, lambda a: self.self_attn(a, a, a, src_key_padding_mask, False, src_mask, is_causal=is_causal)[0])
        return self._part(2, x, self._feed_forward)


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to what an encoder gave (memory), then two Linears with an activation between them."""

    def __init__(self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
                 activation: Activation = "relu", layer_norm_eps: float = 1e-5, batch_first: bool = False,
                 norm_first: bool = False, bias: bool = True, *, device: str | None = None):
        self._set_common(d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, 3,
                         device)

    def forward(self, tgt: Input, memory: Input, tgt_mask: Operand | None = None, memory_mask: Operand | None = None,
                tgt_key_padding_mask: Operand | None = None, memory_key_padding_mask: Operand | None = None,
                tgt_is_causal: bool = False, memory_is_causal: bool = False) -> Tensor:
        x = given("TransformerDecoderLayer", tgt, self.linear1.weight)
        x = self._part(1, x, lambda a: self.self_attn(a, a, a, tgt_key_padding_mask, False, tgt_mask,
                                                      is_causal=tgt_is_causal)[0])
        x = self._part(2, x, lambda a: self.multihead_attn(a, memory, memory, memory_key_padding_mask, False, memory_mask,
                                                           is_causal=memory_is_causal)[0])
        return self._part(3, x, self._feed_forward)


class _Stack(Module):
    """num_layers copies of a layer, which all begin with its weights, and a norm after the last, or None."""

    def _set_layers(self, layer, num_layers, norm):
        positive(type(self).__name__, num_layers=num_layers)
        self.layers = ModuleList([copy.deepcopy(layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def _through(self, x, *args, **options):
        for layer in self.layers:
            x = layer(x, *args, **options)
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """Encoder layers one after the other."""

    def __init__(self, encoder_layer: Module, num_layers: int, norm: Module | None = None):
        self._set_layers(encoder_layer, num_layers, norm)

    def forward(self, src: Input, mask: Operand | None = None, src_key_padding_mask: Operand | None = None,
                is_causal: bool = False) -> Tensor:
        return self._through(src, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=is_causal)


class TransformerDecoder(_Stack):
    """Decoder layers one after the other, all of which see the same memory."""

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None):
        self._set_layers(decoder_layer, num_layers, norm)

    def forward(self, tgt: Input, memory: Input, tgt_mask: Operand | None = None, memory_mask: Operand | None = None,
                tgt_key_padding_mask: Operand | None = None, memory_key_padding_mask: Operand | None = None,
                tgt_is_causal: bool = False, memory_is_causal: bool = False) -> Tensor:
        return self._through(tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
                             memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=tgt_is_causal,
                             memory_is_causal=memory_is_causal)


class Transformer(Module):
    """An encoder and a decoder. src and tgt (L, N, E) and (M, N, E), with batch_first (N, L, E) ... -> shaped as tgt."""

    def __init__(self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6,
                 dim_feedforward: int = 2048, dropout: float = 0.1, activation: Activation = "relu",
                 custom_encoder: Module | None = None, custom_decoder: Module | None = None, layer_norm_eps: float = 1e-5,
                 batch_first: bool = False, norm_first: bool = False, bias: bool = True, *, device: str | None = None):
        options = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)
        self.d_model, self.nhead, self.batch_first = d_model, nhead, bool(batch_first)
        self.encoder: Any = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(*options, device=device), num_encoder_layers,
            LayerNorm(d_model, layer_norm_eps, bias=bias, device=device))
        self.decoder: Any = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(*options, device=device), num_decoder_layers,
            LayerNorm(d_model, layer_norm_eps, bias=bias, device=device))
        for p in self.parameters():
            if p.ndim > 1:
                xavier_uniform_(p)

    def forward(self, src: Input, tgt: Input, src_mask: Operand | None = None, tgt_mask: Operand | None = None,
                memory_mask: Operand | None = None, src_key_padding_mask: Operand | None = None,
                tgt_key_padding_mask: Operand | None = None, memory_key_padding_mask: Operand | None = None,
                src_is_causal: bool = False, tgt_is_causal: bool = False, memory_is_causal: bool = False) -> Tensor:
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
                            memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=tgt_is_causal,
                            memory_is_causal=memory_is_causal)

    @staticmethod
    def generate_square_subsequent_mask(sz: int) -> np.ndarray:
        """(sz, sz): -inf above the diagonal, else 0: no query sees later keys."""
        return causal_mask(sz)


class PositionalEncoding(Module):
    """x + sines and cosines of the place, of wavelengths 2 pi to 20000 pi (Vaswani et al. 2017), then dropout.

    x (L, N, E), or (N, L, E) with batch_first, L <= max_len. PyTorch has no such layer; this one is its tutorial's, whose table
    it keeps as a buffer that is not saved.
    """

    def __init__(self, d_model: int, dropout: float = 0.1, max_len: int = 5000, batch_first: bool = False, *,
                 device: str | None = None):
        positive("PositionalEncoding", d_model=d_model, max_len=max_len)
        self.d_model, self.max_len, self.batch_first = d_model, max_len, bool(batch_first)
        self.dropout = Dropout(dropout)
        angle = np.arange(max_len)[:, None] * np.exp(np.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        table = np.zeros((max_len, d_model))
        table[:, 0::2] = np.sin(angle)
        table[:, 1::2] = np.cos(angle[:, :d_model // 2])
        self.register_buffer("pe", Buffer(table.astype(get_default_dtype()), device), persistent=False)

    def forward(self, x: Input) -> Tensor:
        x = given("PositionalEncoding", x, self.pe)
        steps = x.shape[1 if self.batch_first and x.ndim == 3 else 0]
        if x.ndim not in (2, 3) or x.shape[-1] != self.d_model or steps > self.max_len:
            raise ValueError(f"[PositionalEncoding] expected x of at most {self.max_len} steps with {self.d_model} features in "
                             f"the last axis, found {x.shape}")
        table = getitem(self.pe, slice(0, steps))
        return self.dropout(add(x, table if self.batch_first or x.ndim == 2 else getitem(table, (slice(None), None))))

    def extra_repr(self) -> str:
        return f"{self.d_model}, max_len={self.max_len}"


for _kind in (TransformerEncoderLayer, TransformerDecoderLayer):
    _kind.__doc__ = f"{_kind.__doc__} {_Layer.__doc__}"
