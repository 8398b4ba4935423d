"""What losses as modules share: options that are checked when they are made, weights that are buffers."""

from __future__ import annotations

import math
from inspect import signature
from typing import Any

import numpy as np

from minigrad.graph import Variable, alike
from minigrad.nn.module import Module
from minigrad.nn.parameter import Buffer
from minigrad.ops.loss.common import REDUCTIONS, a_number, check_reduction
from minigrad.ops.pixels import no_raw_pixels
from minigrad.tensor import Tensor
from minigrad.types import Operand, Reduction


class Loss(Module):
    """reduction: "mean" (the default), "sum" or "none"."""

    known_reductions: tuple[str, ...] = REDUCTIONS

    def __init__(self, reduction: Reduction = "mean"):
        check_reduction(type(self).__name__, reduction, self.known_reductions)
        self.reduction: Reduction = reduction

    def extra_repr(self) -> str:
        """The options that differ from their defaults."""
        found = []
        for name, parameter in signature(type(self).__init__).parameters.items():
            value = vars(self).get(name, parameter.default)
            if isinstance(value, Tensor):
                found.append(f"{name}={value.shape}")
            elif value != parameter.default:
                found.append(f"{name}={value!r}")
        return ", ".join(found)

    def number(self, name: str, value: Any, low: float = -math.inf, high: float = math.inf, above: bool = False) -> float:
        """A checked option, as it was given."""
        a_number(type(self).__name__, name, value, low, high, above)
        return value

    def flag(self, name: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise TypeError(f"[{type(self).__name__}] {name} must be True or False, found {value!r}")
        return value

    def weights(self, value: Operand | None, name: str = "weight") -> Buffer | None:
        """A buffer of weights, saved with the module and moved with it, as in PyTorch; or None."""
        if value is None:
            return None
        if isinstance(value, Variable):
            return Buffer(value, value.device)
        if isinstance(value, str) or np.asarray(value).dtype.kind not in "biuf":
            hint = f": reduction={value!r} goes by its name" if value in self.known_reductions else ""
            raise TypeError(f"[{type(self).__name__}] {name} must be numbers, found {value!r}{hint}")
        return Buffer(value)

    def check_given(self, x: Any) -> None:
        """TypeError for no predictions."""
        if x is None:
            raise TypeError(f"[{type(self).__name__}] expected predictions, found None: does the model's forward end with a "
                            "return?")

    def check_pair(self, x: Any, target: Any) -> None:
        """TypeError for no predictions, or for raw pixels as targets."""
        if x is None:
            self.check_given(x)
        if not alike(target):
            no_raw_pixels(type(self).__name__, target, "target")


