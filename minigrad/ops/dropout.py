"""Dropout (Srivastava et al. 2014), inverted: what is kept is scaled up, so nothing changes at evaluation."""

from __future__ import annotations

from minigrad.graph import record
from minigrad.random import dropout_state
from minigrad.tensor import Tensor, array_on, floating
from minigrad.types import Operand

__all__ = ["dropout"]


def dropout(x: Operand, p: float = 0.5, training: bool = True) -> Tensor:
    """x / (1 - p) with probability 1 - p, else 0, drawn anew at each call (`manual_seed`); x itself unless training.

    The mask depends on the seed, the number of the call and the element's place only: it is the same on every device.
    """
    x = floating(x)
    try:
        if not 0 <= p <= 1:
            raise ValueError(f"[dropout] p must be a probability, 0 <= p <= 1, found {p}")
    except TypeError:
        raise TypeError(f"[dropout] p must be a number, the probability to drop, found {p!r}") from None
    if not training or p == 0:
        return x
    return dropout_with_key(x, p, x.k.next_key(dropout_state(x.k)))


def dropout_with_key(x, p, key):
    """Dropout with a given key (uint64 [seed, stream]): a linear function of x, and its own adjoint."""
    key = array_on(x.k, key)
    return record(x.k, x.k.dropout(x.data, p, key), (x,), dropout_rule, (), (p, key), (key,))


def dropout_rule(k, g, need, p, key):
    return (k.dropout(g, p, key),)
