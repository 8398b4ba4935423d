"""Raw pixels, uint8 from 0 to 255, are no input for layers that compute with floats: they would train on other numbers.

`Dataset`, `Loader`, `fit`, `evaluate` and `predict` divide them by 255; whoever calls a model by hand does it by hand.
"""

from typing import Any

import numpy as np

UINT8 = np.dtype(np.uint8)


def no_raw_pixels(layer: Any, x: Any, what: str = "x") -> None:
    """TypeError for uint8. Layers ask for what is no floating point tensor (`alike`), so that those pay nothing for it."""
    if getattr(x, "dtype", None) == UINT8:
        raise TypeError(f"[{type(layer).__name__}] {what} is uint8, raw pixels from 0 to 255, but this layer computes with "
                        f"floats: divide them, {what} / 255, as Dataset, Loader, fit, evaluate and predict do by "
                        f"themselves (or {what}.astype('float32') if they are other numbers)")
