"""Arrays: data that lie in memory as a whole. One gather makes a batch; no Python runs per sample."""

import math
import operator
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import kernels
from minigrad.data.dataset import Rule
from minigrad.data.passes import Pass
from minigrad.data.prefetch import prefetched, timed
from minigrad.data.transform import Others, transformed
from minigrad.kernels.threads import num_threads

_AT_ONCE = 256 << 10        # bytes of inputs that are gathered at once when they are asked for: they stay in the cache
_AHEAD = 8 << 20            # or in a thread, which hears of its next turn when the consumer's thread lets it
_BLOCKS_AHEAD = 2


class Rows:
    """Two arrays as a map-style data set, for those who put batches together themselves, or ask how many there are."""

    def __init__(self, x: Any, y: Any) -> None:
        self.x, self.y = x, y
        self.targets = y

    def __len__(self) -> int:
        return self.y.shape[0]

    def __getitem__(self, place: int) -> tuple[Any, Any]:
        return self.x[place], self.y[place]


class Arrays:
    """Inputs x (N, ...) and targets y (N, ...), handed out as x * scale + shift (or as they are) and y.

    device: None, or where they are put once and gathered. stay: they lie in numpy all the same, because a transform has to see
    them; batches then go to the device one by one. data: the Dataset that they are of.
    """

    ordered = True          # whether the Loader says which samples come when

    def __init__(self, x: Any, y: Any, rule: Rule, device: str | None, stay: bool, data: Any = None) -> None:
        (self.x, self.y), (self.scale, self.shift) = (x, y), rule
        self.device, self.lies = device, None if stay else device
        if self.lies is not None:
            put = kernels.table(self.lies).asarray
            self.x, self.y = put(x), put(y)
            if rule[0] is not None:
                self.scale, self.shift = put(rule[0]), put(rule[1])
        self.data = Rows(self.x, self.y) if data is None else data

    def __len__(self) -> int:
        return self.x.shape[0]

    def __str__(self) -> str:
        return f"{len(self)} samples of {self.x.shape[1:]}"

    def classes(self) -> Any:
        """What y says of the classes: it."""
        return kernels.table(self.lies).to_numpy(self.y) if self.lies is not None else self.y

    def quick(self, pass_: Pass) -> bool:
        """Whether the batches of a pass are gathered where they lie, and nothing else is done to them."""
        return pass_.transform is None and self.lies == self.device

    def gathered(self, pass_: Pass, ended: Callable[[Pass, bool, float], None], ahead: bool) -> Generator[tuple[Any, Any]]:
        """(x, y) of each part of the order, of a quick pass; then ended(pass_, whether it was whole, seconds waited).

        Many batches are gathered at once, and handed out as slices: a call for each batch of ten would take a tenth of its
        training step. ahead: where the engine may use a second thread, and there is enough to do, that thread gathers them.
        """
        (_, size), k = pass_.extent(), self._table()
        cut = operator.getitem if k.array is np.ndarray else k.getitem
        blocks, whole = self._blocks(pass_, ahead), False
        try:
            for x, y in blocks:
                for start in range(0, y.shape[0], size):
                    part = slice(start, start + size)
                    yield cut(x, part), cut(y, part)
                del x, y
            whole = True
        finally:
            blocks.close()
            ended(pass_, whole, pass_.waited)

    def _blocks(self, pass_: Pass, ahead: bool) -> Generator[Any]:
        """(x, y) of several parts of the order at a time, fresh arrays."""
        end, size = pass_.extent()
        bytes_each = size * math.prod(self.x.shape[1:]) * (4 if self.scale is not None else self.x.dtype.itemsize)
        many = size * max(1, _AHEAD // max(1, bytes_each))
        if ahead and self.lies is None and end > many * _BLOCKS_AHEAD and num_threads() > 1:
            return prefetched(self._gather(pass_, many), _BLOCKS_AHEAD, pass_)
        return timed(self._gather(pass_, size * max(1, _AT_ONCE // max(1, bytes_each))), pass_)

    def _table(self) -> Any:
        return kernels.host_table() if self.lies is None else kernels.table(self.lies)

    def _gather(self, pass_: Pass, many: int) -> Generator[tuple[Any, Any]]:
        k = self._table()
        order, (end, _) = k.asarray(pass_.order), pass_.extent()
        for first in range(0, end, many):
            places = k.getitem(order, slice(first, min(first + many, end)))
            x = k.rows(self.x, places) if self.scale is None else k.gather_batch(self.x, places, self.scale, self.shift)
            yield x, k.rows(self.y, places)
            del x

    def batches(self, pass_: Pass) -> Generator[tuple[Any, Any]]:
        """(x, y) of each part of the order, fresh arrays."""
        return self._gather(pass_, pass_.extent()[1]) if self.quick(pass_) else self._one_by_one(pass_)

    def _one_by_one(self, pass_: Pass) -> Generator[tuple[Any, Any]]:
        for places in pass_.parts():
            x, y = self._raw(places)
            rule: Rule = (self.scale, self.shift)
            if pass_.transform is not None:
                x, y, still = transformed(pass_, x, y, places, Others(self._raw, len(self)))
                rule = rule if still else finished(self.scale, self.shift)
            yield hand_out(x, rule, self.device), on(self.device, y)

    def _raw(self, places: NDArray[np.int64]) -> tuple[NDArray, NDArray]:
        """(x, y) at these places as they lie in memory, fresh."""
        k = kernels.host_table()
        return k.rows(self.x, places), k.rows(self.y, places)


def finished(scale: Any, shift: Any) -> Rule:
    """The rule for floats that a transform made of pixels: none. ValueError where that loses what `normalize` was told."""
    if scale is not None and not ((scale == np.float32(1 / 255)).all() and (shift == 0).all()):
        raise ValueError("[Loader] the transform makes finished floats of uint8 pixels, so the data set's normalize(mean, std) "
                         "would be lost: let it return uint8, or set keeps_units = True if it returns pixels from 0 to 255, or "
                         "normalize in the transform")
    return None, None


def hand_out(x: NDArray, rule: Rule, device: str | None) -> Any:
    """x * scale + shift (or x) on a device."""
    k = kernels.host_table() if device is None else kernels.table(device)
    x = k.asarray(x)
    if rule[0] is None:
        return x
    return k.gather_batch(x, k.asarray(np.arange(x.shape[0])), k.asarray(rule[0]), k.asarray(rule[1]))


def on(device: str | None, a: Any) -> Any:
    """An array on a device; anything else, and without a device, as it is."""
    return kernels.table(device).asarray(a) if device is not None and isinstance(a, np.ndarray) else a


def check_arrays(x: NDArray, y: NDArray) -> tuple[NDArray, NDArray]:
    """(x, y) contiguous, whole numbers in y as int64. Error where they are no inputs and targets of one length."""
    shapes = f"x {x.shape}, y {y.shape}"
    for what, array in (("x", x), ("y", y)):
        if array.dtype.kind not in "biuf":
            raise TypeError(f"[Loader] {what} must hold real numbers, found {array.dtype}: {shapes}")
    if len(x) != len(y):
        raise ValueError(f"[Loader] x holds {len(x)} samples and y {len(y)}: {shapes}; "
                         "are these the inputs and targets of the same split?")
    no_pixels(x, y)
    return np.ascontiguousarray(x), np.ascontiguousarray(classes_whole(y))


def no_pixels(x: NDArray, y: NDArray) -> None:
    """TypeError for uint8 images as targets of uint8 images."""
    if x.dtype == y.dtype == np.uint8 and x.ndim > 1 and y.ndim > 1 and x.size == y.size:
        raise TypeError(f"[Loader] x and y are uint8 images of one size: x {x.shape}, y {y.shape}; x is divided by 255, so "
                        "give y as y / np.float32(255), or y.astype(np.int64) if it holds classes")


def classes_whole(y: NDArray) -> NDArray:
    """Targets: whole numbers as int64, floats as they are."""
    return y.astype(np.int64, copy=False) if y.dtype.kind in "biu" else y
