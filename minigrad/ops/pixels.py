"""Raw pixels, uint8 from 0 to 255, are no input for layers that compute with floats: they would train on other numbers.

`Dataset`, `Loader`, `fit`, `evaluate` and `predict` divide them by 255; whoever calls a model by hand does it by hand.
"""

from typing import Any

import numpy as np

UINT8 = np.dtype(np.uint8)


def no_raw_pixels(op: str, x: Any, what: str = "x") -> None:
    """TypeError for uint8. Asked only for what is no floating point tensor (`alike`), so that those pay nothing for it."""
    if getattr(x, "dtype", None) == UINT8:
        raise TypeError(f"[{op}] {what} is uint8, raw pixels from 0 to 255, but this layer computes with floats: divide them, "
                        f"{what} / 255, as Dataset, Loader, fit, evaluate and predict do by themselves (or "
                        f"{what}.astype('float32') if they are other numbers)")
