"""What a layer with parameters is given, as a tensor beside them."""

from typing import Any

from minigrad.graph import Variable, alike
from minigrad.ops.operands import beside
from minigrad.ops.pixels import no_raw_pixels
from minigrad.tensor import Tensor, floating


def given(layer: str, x: Any, like: Tensor) -> Any:
    """x as a tensor of floats: a tensor in its own dtype, an array in that of `like`, on its device. TypeError for pixels."""
    if alike(x):
        return x
    no_raw_pixels(layer, x)
    return floating(x if isinstance(x, Variable) else beside(layer, like, x))
