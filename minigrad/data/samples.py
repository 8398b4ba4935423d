"""Samples: a map-style data set, anything with `__len__` and `__getitem__`; PyTorch's too."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import kernels
from minigrad.data.arrays import classes_whole, finished, hand_out, no_pixels, on
from minigrad.data.collate import array_of, arrays_of, collate, mapped
from minigrad.data.dataset import Rule, pixel_rule
from minigrad.data.passes import Pass
from minigrad.data.transform import Fetch, Others, transformed

Collate = Callable[[list[Any]], Any]


class Samples:
    """The samples data[0] ... data[len - 1], put together to batches by collate (a function of a list of samples)."""

    ordered = True

    def __init__(self, data: Any, function: Collate | None, device: str | None) -> None:
        self.data, self.collate, self.device = data, function, device
        if device is not None:
            kernels.table(device)           # one that is not there is said here

    def __len__(self) -> int:
        return len(self.data)

    def __str__(self) -> str:
        return f"{len(self)} samples of a {type(self.data).__name__}"

    def classes(self) -> Any:
        """The classes (N,) that the data set says its samples have, or None."""
        return classes_of(self.data)

    def batches(self, pass_: Pass) -> Generator[Any]:
        """A batch of each part of the order."""
        for places in pass_.parts():
            batch = self._batch(places, pass_)
            if pass_.stopped:
                return
            others = Others(partial(self._batch, pass_=replace(pass_)), len(self))     # a batch that was begun is whole
            yield settled(batch, places, pass_, self.device, others)

    def _batch(self, places: NDArray[np.int64], pass_: Pass) -> Any:
        """The samples at these places as one batch of arrays; None when nobody wants it any more."""
        several = getattr(self.data, "__getitems__", None)          # PyTorch's name for "all of these at once"
        wanted = places.tolist()
        samples: list[Any] = []
        if several is not None:
            samples = several(wanted)
        else:
            for place in wanted:
                if pass_.stopped:
                    return None
                try:
                    samples.append(self.data[place])
                except Exception as error:
                    error.add_note(f"[Loader] this was sample {place} of a {type(self.data).__name__}")
                    raise
        return collate(samples, wanted) if self.collate is None else arrays_of(self.collate(samples))


def settled(batch: Any, indices: NDArray[np.int64], pass_: Pass, device: str | None, fetch: Fetch | None) -> Any:
    """A batch as it is handed out. Of a pair (x, y), and of inputs alone, x is transformed, and uint8 pixels are divided by
    255; whole numbers in y become int64. Everything else stays as it is. Arrays go to the device."""
    pair = isinstance(batch, tuple) and len(batch) == 2
    x, y = batch if pair else (batch, None)
    rule: Rule = None, None
    if isinstance(x, np.ndarray):
        if pair and isinstance(y, np.ndarray):
            no_pixels(x, y)
            y = classes_whole(y)
        raw = pixel_rule(x)
        still = True
        if pass_.transform is not None:
            x, y, still = transformed(pass_, x, y, indices, fetch)
        if still and raw[0] is not None:
            rule = raw
        elif not still:
            finished(*raw)
        x = hand_out(x, rule, device)
    elif pass_.transform is not None:
        transformed(pass_, x, y, indices, fetch)      # says why not
    else:
        x = mapped(partial(on, device), x)
    return (x, mapped(partial(on, device), y)) if pair else x


def classes_of(data: Any) -> Any:
    """The `labels` or `targets` of a data set, or of what it is a part of (PyTorch's Subset); None if it has none."""
    for name in ("labels", "targets"):
        found = getattr(data, name, None)
        if found is not None and (isinstance(found, Sequence) or hasattr(found, "__array__")):
            return array_of(found)
    if hasattr(data, "dataset") and hasattr(data, "indices"):
        whole = classes_of(data.dataset)
        return None if whole is None else whole[np.asarray(data.indices)]
    return None
