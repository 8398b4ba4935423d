"""Loader: whole batches out of arrays in memory, in a reproducible order.

    for x, y in Loader(train, batch_size=10, shuffle=True, seed=0):
        ...                              # x float32 (B, C, H, W), y int64 (B,)

One gather call makes a batch; no Python runs per sample. The order of an epoch is a permutation keyed by (seed, epoch)
and by nothing else: not by the batch size, nor by what was drawn before, so a run that is resumed at epoch 7 sees what
it would have seen.
"""

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from minigrad import kernels
from minigrad.data.dataset import Dataset, gather, pixel_rule
from minigrad.data.streams import SHUFFLE, generator


class Loader:
    """Batches of a Dataset, or of two arrays x (N, ...) and y (N,) or (N, ...) of equal length.

    `Loader(dataset)`, `Loader(x, y)` and `Loader((x, y))` are all understood. From arrays:
      x  uint8 as in a Dataset (pixels / 255, float32); any other real number type is handed out as it is
      y  integers come as int64 (classes), floats keep their dtype (dense targets); images for targets, uint8 of the
         size of uint8 x, are refused: x would be divided by 255, and they would not

    batch_size  samples in a batch; the last one of an epoch may be smaller
    shuffle     a new order every epoch, or the order of the data
    seed        with `epoch`, the key of the order
    drop_last   leave out a last batch that is smaller
    device      None: batches are numpy arrays. A device's name: the data is put there once, and the batches are gathered
                there, as its arrays; a Dataset's own device, if it has one, unless it is given here

    `loader.epoch` says which epoch the next pass is, from 0. A pass that runs to its end counts it up; one that is
    broken off does not. Batches are fresh arrays: write into them as you like.
    """

    def __init__(self, *data: Dataset | ArrayLike, batch_size: int = 32, shuffle: bool = False, seed: int = 0,
                 drop_last: bool = False, device: str | None = None) -> None:
        if len(data) == 1 and isinstance(data[0], tuple):
            data = data[0]
        if len(data) == 1 and isinstance(data[0], Dataset):
            dataset = data[0]
            self.x, self.y, self.scale, self.shift = dataset.images, dataset.labels, dataset.scale, dataset.shift
            device = dataset.device if device is None else device
        elif len(data) == 2 and not any(isinstance(part, Dataset) or np.ndim(part) == 0 for part in data):
            self.x, self.y = _check_arrays(np.asarray(data[0]), np.asarray(data[1]))
            self.scale, self.shift = pixel_rule(self.x)
        else:
            hint = "options go by name: Loader(dataset, batch_size=64)"
            if len(data) == 1 and not isinstance(data[0], Dataset):
                hint = "inputs and targets go as one tuple (x, y)"
            raise TypeError(f"[Loader] expected a Dataset or two arrays x, y, found "
                            f"{', '.join(type(part).__name__ for part in data) or 'nothing'}; {hint}")
        if isinstance(batch_size, bool) or not hasattr(batch_size, "__index__"):
            raise TypeError(f"[Loader] batch_size must be an int, at least 1, found {batch_size!r}")
        if batch_size < 1:
            raise ValueError(f"[Loader] batch_size must be at least 1, found {batch_size}")
        self.batch_size = operator.index(batch_size)
        generator(seed, SHUFFLE)  # a seed that will not do is said here, not in the first epoch
        self.shuffle, self.seed, self.drop_last = bool(shuffle), operator.index(seed), bool(drop_last)
        self.epoch = 0
        self.device = device
        if device is not None:
            put = kernels.table(device).asarray
            self.x, self.y = put(self.x), put(self.y)
            if self.scale is not None:
                self.scale, self.shift = put(self.scale), put(self.shift)

    def set_epoch(self, epoch: int) -> None:
        """The next pass is epoch `epoch`, 0 or more."""
        if operator.index(epoch) < 0:
            raise ValueError(f"[Loader] an epoch is 0 or more, found {epoch}")
        self.epoch = operator.index(epoch)

    def __len__(self) -> int:
        """Batches in an epoch."""
        full, rest = divmod(self.x.shape[0], self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __repr__(self) -> str:
        order = f"shuffled (seed {self.seed})" if self.shuffle else "in order"
        return (f"Loader({self.x.shape[0]} samples of {self.x.shape[1:]}, {len(self)} batches of {self.batch_size}, "
                f"{order}, epoch {self.epoch})")

    def order(self, epoch: int) -> NDArray[np.int64]:
        """The places (N,) in the order in which epoch `epoch` visits them."""
        if not self.shuffle:
            return np.arange(self.x.shape[0], dtype=np.int64)
        return generator(self.seed, SHUFFLE, epoch).permutation(self.x.shape[0]).astype(np.int64, copy=False)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        # Everything per epoch is done before the first batch; what is left per batch is two slices and one gather.
        k = kernels.host_table() if self.device is None else kernels.table(self.device)
        cut = operator.getitem if k.array is np.ndarray else k.getitem
        epoch, size = self.epoch, self.batch_size
        order = k.asarray(self.order(epoch))
        y = k.rows(self.y, order)
        x, scale, shift = self.x, self.scale, self.shift
        for start in range(0, len(self) * size, size):
            part = slice(start, start + size)
            yield gather(k, x, cut(order, part), scale, shift), cut(y, part)
        if self.epoch == epoch:  # unless set_epoch was called, or a second pass over the same epoch ended first
            self.epoch = epoch + 1


def _check_arrays(x: NDArray, y: NDArray) -> tuple[NDArray, NDArray]:
    shapes = f"x {x.shape}, y {y.shape}"
    for what, array in (("x", x), ("y", y)):
        if array.dtype.kind not in "biuf":
            raise TypeError(f"[Loader] {what} must hold real numbers, found {array.dtype}: {shapes}")
    if len(x) != len(y):
        raise ValueError(f"[Loader] x holds {len(x)} samples and y {len(y)}: {shapes}; "
                         "are these the inputs and targets of the same split?")
    if x.dtype == y.dtype == np.uint8 and x.ndim > 1 and y.ndim > 1 and x.size == y.size:
        raise TypeError(f"[Loader] x and y are uint8 images of one size: {shapes}; x is divided by 255, so give y as "
                        "y / np.float32(255), or y.astype(np.int64) if it holds classes")
    return np.ascontiguousarray(x), np.ascontiguousarray(y, np.int64 if y.dtype.kind in "biu" else y.dtype)
