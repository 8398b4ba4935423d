"""What an optimiser's options may be: checks that give the option as a Python number, or say what is wrong with it."""

from typing import Any

import numpy as np

INFINITY = float("inf")


def number(op: str, name: str, value: Any, below: float = INFINITY) -> float:
    """A float. Raises TypeError for what is no number, ValueError unless 0 <= option < below."""
    found = value
    try:
        if isinstance(value, (str, bytes)):
            raise TypeError
        value = float(value)
    except TypeError:
        raise TypeError(f"[{op}] {name} must be a number, found {value!r}") from None
    if not 0 <= value < below:
        limit = "finite and >= 0" if below == INFINITY else f"in [0, {below:g})"
        raise ValueError(f"[{op}] {name} must be {limit}, found {found}")
    return value


def share(op: str, name: str, value: Any) -> float:
    """A float in [0, 1): of the old in a running mean."""
    return number(op, name, value, below=1)


def shares(op: str, name: str, value: Any) -> tuple[float, ...]:
    """A pair of them."""
    return tuple(share(op, f"{name}[{i}]", v) for i, v in enumerate(pair(op, name, value)))


def numbers(op: str, name: str, value: Any) -> tuple[float, ...]:
    """A pair of numbers >= 0."""
    return tuple(number(op, f"{name}[{i}]", v) for i, v in enumerate(pair(op, name, value)))


def pair(op: str, name: str, value: Any) -> tuple[Any, ...]:
    """Two of anything."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise ValueError(f"[{op}] {name} must be a pair, found {value!r}")
    return tuple(value)


def flag(op: str, name: str, value: Any) -> bool:
    """True or False, and nothing that merely counts as one of them."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"[{op}] {name} must be True or False, found {value!r}")
    return bool(value)


def count(op: str, name: str, value: Any) -> int:
    """A whole number >= 0."""
    if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__index__"):
        raise TypeError(f"[{op}] {name} must be an int, 0 or more, found {value!r}")
    if value < 0:
        raise ValueError(f"[{op}] {name} must be 0 or more, found {value}")
    return value.__index__()
