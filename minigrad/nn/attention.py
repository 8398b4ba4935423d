"""Multi-head attention (Vaswani et al. 2017). Parameters have PyTorch's names and shapes, so state dicts exchange."""

from __future__ import annotations

import math

import numpy as np

from minigrad.graph import Variable
from minigrad.nn.given import given
from minigrad.nn.init import xavier_normal_, xavier_uniform_, zeros_
from minigrad.nn.linear import Linear, positive, unset
from minigrad.nn.module import Module
from minigrad.ops.dropout import dropout
from minigrad.ops.elementwise import add, mul
from minigrad.ops.matmul import linear, matmul
from minigrad.ops.operands import astype
from minigrad.ops.reduce import mean
from minigrad.ops.shape import broadcast_to, concatenate, reshape, split, transpose
from minigrad.ops.softmax import softmax
from minigrad.tensor import Tensor, constant
from minigrad.types import Input, Operand


class MultiheadAttention(Module):
    """softmax(q k^T / sqrt(D)) v in each of num_heads heads of D = embed_dim / num_heads numbers, then a Linear over all heads.

    query (L, N, E), key (S, N, kdim), value (S, N, vdim), with batch_first (N, L, E) ..., or without N -> the output, shaped
    as the query, and the weights (N, L, S), the mean over the heads, or (N, H, L, S) without average_attn_weights, or None
    without need_weights. Masks: True, or -inf, keeps a query (attn_mask (L, S) or (N H, L, S)) or every query (key_padding_mask
    (N, S)) from a key; masks of floats are added to what the softmax takes. is_causal without attn_mask: no query sees later
    keys. dropout: of weights, in training.

    Parameters: in_proj_weight (3E, E), or q_proj_weight, k_proj_weight, v_proj_weight where kdim or vdim is not E;
    in_proj_bias (3E,), out_proj; bias_k and bias_v (1, 1, E) with add_bias_kv. device: where they lie, as in mg.tensor.
    """

    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, add_bias_kv: bool = False,
                 add_zero_attn: bool = False, kdim: int | None = None, vdim: int | None = None, batch_first: bool = False, *,
                 device: str | None = None):
        positive("MultiheadAttention", embed_dim=embed_dim, num_heads=num_heads)
        if embed_dim % num_heads:
            raise ValueError(f"[MultiheadAttention] num_heads must divide embed_dim: embed_dim {embed_dim}, num_heads "
                             f"{num_heads}")
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.dropout, self.batch_first, self.add_zero_attn = dropout, bool(batch_first), bool(add_zero_attn)
        self.kdim, self.vdim = kdim or embed_dim, vdim or embed_dim
        one = self.kdim == self.vdim == embed_dim
        self.in_proj_weight = unset(3 * embed_dim, embed_dim, device=device) if one else None
        self.q_proj_weight = None if one else unset(embed_dim, embed_dim, device=device)
        self.k_proj_weight = None if one else unset(embed_dim, self.kdim, device=device)
        self.v_proj_weight = None if one else unset(embed_dim, self.vdim, device=device)
        self.in_proj_bias = unset(3 * embed_dim, device=device) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, device=device)
        self.bias_k = unset(1, 1, embed_dim, device=device) if add_bias_kv else None
        self.bias_v = unset(1, 1, embed_dim, device=device) if add_bias_kv else None
        for w in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if w is not None:
                xavier_uniform_(w)
        if self.out_proj.bias is not None:
            zeros_(self.out_proj.bias)
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                xavier_normal_(extra)

    def forward(self, query: Input, key: Input, value: Input, key_padding_mask: Operand | None = None,
                need_weights: bool = True, attn_mask: Operand | None = None, average_attn_weights: bool = True,
                is_causal: bool = False) -> tuple[Tensor, Tensor | None]:
        self_attention = query is key and key is value
        q = self._input("query", query, self.embed_dim)
        k, v = (q, q) if self_attention else (self._input("key", key, self.kdim), self._input("value", value, self.vdim))
        batched = q.ndim == 3
        if not (q.ndim == k.ndim == v.ndim and k.shape[:-1] == v.shape[:-1]):
            raise ValueError(f"[MultiheadAttention] query, key and value do not go together: {q.shape}, {k.shape}, {v.shape}")
        batch = 0 if self.batch_first else 1
        if not batched:
            q, k, v = (reshape(a, (1, *a.shape)) for a in (q, k, v))
            batch = 0
        if q.shape[batch] != k.shape[batch]:
            raise ValueError(f"[MultiheadAttention] query has {q.shape[batch]} rows in its batch, key {k.shape[batch]}: query "
                             f"{q.shape}, key {k.shape}")
        q, k, v = self._heads(q, k, v, self_attention and batched, batch)
        length, steps = q.shape[-2], k.shape[-2]
        k, v = self._longer(k, v)
        mask = self._mask(q, k, steps, key_padding_mask, attn_mask, is_causal)
        scores = mul(matmul(q, transpose(k, (0, 1, 3, 2))), 1 / math.sqrt(self.head_dim))       # (N, H, L, S)
        if mask is not None:
            scores = _masked(scores, mask)
        weights = softmax(scores)
        picked = matmul(dropout(weights, self.dropout, self.training), v)                       # (N, H, L, D)
        merged = transpose(picked, (0, 2, 1, 3) if batch == 0 else (2, 0, 1, 3))
        out = self.out_proj(reshape(merged, (*merged.shape[:2], self.embed_dim)))
        if not need_weights:
            shown = None
        else:
            weights = mean(weights, 1) if average_attn_weights else weights
            shown = weights if batched else reshape(weights, weights.shape[1:])
        return out if batched else reshape(out, (length, self.embed_dim)), shown

    def _input(self, name, x, features):
        x = given("MultiheadAttention", x, self.out_proj.weight)
        if x.ndim not in (2, 3) or x.shape[-1] != features:
            raise ValueError(f"[MultiheadAttention] expected {name} with 2 or 3 axes and {features} features in the last, "
                             f"found {x.shape}")
        return x

    def _heads(self, q, k, v, together, batch):
        """q, k and v through their weights, each (N, H, L, D); of one input together, as one product."""
        size, shape = self.embed_dim, (self.num_heads, self.head_dim)
        order = (0, 2, 1, 3) if batch == 0 else (1, 2, 0, 3)
        if together and self.in_proj_weight is not None:
            y = linear(q, self.in_proj_weight, self.in_proj_bias)
            y = transpose(reshape(y, (*y.shape[:2], 3, *shape)), (2, *(i + (i > 1) for i in order)))
            return tuple(reshape(part, part.shape[1:]) for part in split(y, 3, 0))
        if self.in_proj_weight is not None:
            weights = split(self.in_proj_weight, 3, 0)
        else:
            weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        biases = (None,) * 3 if self.in_proj_bias is None else split(self.in_proj_bias, 3, 0)
        parts = (linear(a, w, b) for a, w, b in zip((q, k, v), weights, biases, strict=True))
        return tuple(transpose(reshape(a, (*a.shape[:2], size // shape[1], shape[1])), order) for a in parts)

    def _longer(self, k, v):
        """With one more key and value that is learnt, and one of zeros, where they are asked for."""
        n, heads, _, size = k.shape
        if self.bias_k is not None:
            k, v = (concatenate([a, broadcast_to(reshape(b, (1, heads, 1, size)), (n, heads, 1, size))], 2)
                    for a, b in ((k, self.bias_k), (v, self.bias_v)))
        if self.add_zero_attn:
            zeros = constant(k.k, k.k.zeros((n, heads, 1, size), k.data))
            k, v = (concatenate([a, zeros], 2) for a in (k, v))
        return k, v

    def _mask(self, q, k, steps, key_padding_mask, attn_mask, is_causal):
        """Both masks as one that broadcasts to (N, H, L, S), of numbers to add; or None."""
        n, heads, length = q.shape[:3]
        if is_causal and attn_mask is None:
            attn_mask = np.triu(np.ones((length, steps), bool), 1)
        masks = []
        shapes = {"attn_mask": ((length, steps), (n * heads, length, steps)),
                  "key_padding_mask": ((n, steps), (steps,) * (n == 1))}
        for name, mask in (("attn_mask", attn_mask), ("key_padding_mask", key_padding_mask)):
            if mask is None:
                continue
            mask = mask if isinstance(mask, Variable) else constant(q.k, q.k.asarray(mask))
            if mask.shape not in shapes[name]:
                expected = " or ".join(str(shape) for shape in shapes[name] if shape)
                raise ValueError(f"[MultiheadAttention] {name} must be {expected}, found {mask.shape}")
            if mask.dtype.kind not in "bf":
                raise TypeError(f"[MultiheadAttention] {name} must be of booleans, True where nothing is looked at, or of "
                                f"floats to be added, found {mask.dtype}")
            if name == "attn_mask":
                mask = reshape(mask, (-1 if mask.ndim == 3 else 1, heads if mask.ndim == 3 else 1, length, steps))
            else:
                mask = reshape(mask, (n, 1, 1, steps))
            if mask.dtype.kind == "b":
                mask = constant(q.k, q.k.where(mask.data, q.k.full((), -math.inf, q.dtype), q.k.full((), 0, q.dtype)))
            masks.append(self._reaching(astype(mask, q.dtype), k.shape[-2] - steps))
        if len(masks) < 2:
            return masks[0] if masks else None
        return add(*masks)

    @staticmethod
    def _reaching(mask, more):
        """The mask for so many keys more, which every query sees."""
        if not more:
            return mask
        rest = mask.k.zeros((*mask.shape[:-1], more), mask.data)
        return concatenate([mask, constant(mask.k, rest)], 3)

    def extra_repr(self) -> str:
        return f"{self.embed_dim}, num_heads={self.num_heads}" + (", batch_first=True" if self.batch_first else "")


def _masked(scores, mask):
    """scores (N, H, L, S) + mask. One mask for all heads is a row that is added to each, which the kernels do quickest."""
    n, heads, length, steps = scores.shape
    if mask.shape != (1, 1, length, steps):
        return add(scores, mask)
    rows = add(reshape(scores, (n * heads, length * steps)), reshape(mask, (length * steps,)))
    return reshape(rows, scores.shape)


def causal_mask(size: int) -> np.ndarray:
    """(L, L): -inf above the diagonal, else 0: no query sees later keys."""
    return np.triu(np.full((size, size), -np.inf, np.float32), 1)


