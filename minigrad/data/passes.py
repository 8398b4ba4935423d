"""Pass: going once over the data, as what makes the batches, what makes them ahead and who consumes them know it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Pass:
    """seed, epoch  the key of everything random in it
    order        the places that it visits, int64 (M,), or None where the data come in an order of their own
    size         samples in a batch, or None where the data come in batches
    drop_last    whether a last batch that is smaller is left out
    skip         so many batches are left out at the beginning; the order has been shortened where there is one of samples
    transform    what is done to whole batches of inputs (`transform.Transform`), or None
    waited       seconds that the consumer has waited for batches
    stopped      whether nobody wants its batches any more; what takes long looks now and then
    """

    seed: int
    epoch: int
    order: NDArray[np.int64] | None
    size: int | None
    drop_last: bool
    transform: Any
    skip: int = 0
    waited: float = 0.0
    stopped: bool = False

    def extent(self) -> tuple[int, int]:
        """(where in the order the last batch ends, samples in a batch)."""
        assert self.order is not None and self.size is not None
        M = len(self.order)
        return M - M % self.size if self.drop_last else M, self.size

    def parts(self) -> list[NDArray[np.int64]]:
        """The places of each batch."""
        end, size = self.extent()
        assert self.order is not None
        return [self.order[start:start + size] for start in range(0, end, size)]
