"""Numbers as Fractions, and Fractions in short."""

from __future__ import annotations

import math
import numbers
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from minigrad.graph import Variable
from minigrad.scalar.value import Value


def exact(op: str, x: Any) -> Fraction:
    """An int, Fraction, float, Decimal, numpy scalar or Value as the Fraction that it is.

    op: who says so where it is none: TypeError for another type, ValueError for nan and inf.
    """
    if isinstance(x, Value):
        x = x.data
    if isinstance(x, np.generic):
        x = x.item()
    if isinstance(x, (numbers.Rational, float, Decimal)) and not isinstance(x, bool):
        if not math.isfinite(x):
            raise ValueError(f"[{op}] found {x} but expected a finite number: no line goes through it")
        return Fraction(x)
    raise TypeError(f"[{op}] found {x!r} of type {type(x).__name__} but expected a real number: an int, a Fraction or a float")


def matrix(op: str, name: str, W: Any) -> list[list[Fraction]]:
    """Rows of Fractions from nested lists, an array or a tensor of shape (O, I)."""
    rows = [list(row) for row in listed(W)] if _is_nested(listed(W)) else None
    if not rows or len({len(row) for row in rows}) != 1 or not rows[0]:
        raise ValueError(f"[{op}] found {name} = {W!r} but expected rows of one length: a matrix of shape (outputs, inputs)")
    return [[exact(op, x) for x in row] for row in rows]


def listed(x: Any) -> Any:
    """Arrays and tensors as the lists of their numbers; lists stay, and what they hold with them."""
    if isinstance(x, Variable):
        x = x.k.to_numpy(x.data)
    return x.tolist() if isinstance(x, np.ndarray) else x


def _is_nested(x: Any) -> bool:
    return isinstance(x, (list, tuple)) and all(isinstance(row, (list, tuple)) for row in x)


def short(x: Fraction) -> str:
    """A number for people: the fraction where it is a short one, else six digits."""
    text = str(x)
    return text if len(text) <= 9 else f"{float(x):.6g}"
