"""Arrays: data that lie in memory as a whole. One gather makes a batch; no Python runs per sample."""

import operator
from collections.abc import Callable, Generator
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import kernels
from minigrad.data.dataset import Rule
from minigrad.data.passes import Pass
from minigrad.data.transform import Others, transformed

_TIMED = 8      # of so many batches one is timed


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

    def gathered(self, pass_: Pass, ended: Callable[[Pass, bool, float], None]) -> Generator[tuple[Any, Any]]:
        """(x, y) of each part of the order, fresh arrays, of a quick pass; then ended(pass_, whether it was whole, seconds).

        A generator around this one, and two looks at the clock, would be a tenth of a batch of ten: so it says itself when it
        ends, and notes the seconds that it takes, of one batch in eight.
        """
        # Everything per epoch is done before the first batch; what is left per batch is two slices and one gather.
        began = perf_counter()
        k = kernels.host_table() if self.lies is None else kernels.table(self.lies)
        cut = operator.getitem if k.array is np.ndarray else k.getitem
        order = k.asarray(pass_.order)
        x, scale, shift, y = self.x, self.scale, self.shift, k.rows(self.y, order)
        gather = k.gather_batch if scale is not None else lambda x, index, scale, shift: k.rows(x, index)
        (end, size), whole, seconds = pass_.extent(), False, perf_counter() - began
        try:
            for first in range(0, end, size * _TIMED):
                after = min(first + size * _TIMED, end)
                part = slice(first, first + size)
                began = perf_counter()
                batch = gather(x, cut(order, part), scale, shift), cut(y, part)
                seconds += (perf_counter() - began) * ((after - first) / size)
                yield batch
                del batch
                for start in range(first + size, after, size):
                    part = slice(start, start + size)
                    yield gather(x, cut(order, part), scale, shift), cut(y, part)
            whole = True
        finally:
            ended(pass_, whole, seconds)

    def batches(self, pass_: Pass) -> Generator[tuple[Any, Any]]:
        """(x, y) of each part of the order, fresh arrays."""
        return self.gathered(pass_, lambda pass_, whole, seconds: None) if self.quick(pass_) else self._one_by_one(pass_)

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
