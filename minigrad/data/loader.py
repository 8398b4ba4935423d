"""Loader: batches in a reproducible order, of whatever holds data.

    for x, y in Loader(train, batch_size=10, shuffle=True, seed=0):
        ...                              # x float32 (B, C, H, W), y int64 (B,)

Of arrays and Datasets one gather call makes a batch; no Python runs per sample. The order of an epoch is keyed by (seed, epoch)
and by nothing else: not by the batch size, nor by what was drawn before, so a run that is resumed at epoch 7 sees what
it would have seen.
"""

import copy
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.data.arrays import Arrays
from minigrad.data.iterables import Stream
from minigrad.data.kinds import BATCH_SIZE, source_of
from minigrad.data.passes import Pass
from minigrad.data.prefetch import as_it_pays, prefetched, timed
from minigrad.data.samplers import Listed, Sampler, as_sampler, checked
from minigrad.data.samples import Collate
from minigrad.data.streams import SHUFFLE, generator
from minigrad.data.transform import as_transform, when_measured

AHEAD = 2       # batches that are made ahead, where that pays


class Loader:
    """Batches of

      - a Dataset, or two arrays x (N, ...) and y (N,) or (N, ...) of equal length: `Loader(dataset)`, `Loader(x, y)` or
        `Loader((x, y))`. x: uint8 as in a Dataset (pixels / 255, float32), any other real number type is handed out as it is;
        y: integers come as int64 (classes), floats keep their dtype (dense targets); images for targets, uint8 of the
        size of uint8 x, are refused: x would be divided by 255, and they would not
      - any data set with `__len__` and `__getitem__`, PyTorch's too, whose samples are (x, y), x alone, or whatever `collate`
        puts together; a list of samples
      - an iterable of batches (x, y), in its own order: PyTorch's DataLoader, a list of batches (x and y of the first having as
        many rows; it can be shuffled), a function that makes a generator (of nothing, or of the epoch), or, for a single pass,
        a generator. With batch_size, what comes are samples, and batches are made of them

    batch_size  samples in a batch, 32; the last one of an epoch may be smaller
    shuffle     a new order every epoch, or the order of the data
    seed        with `epoch`, the key of the order, of samplers and transforms
    drop_last   leave out a last batch that is smaller
    device      None: batches are numpy arrays. A device's name: the data is put there once, and the batches are gathered
                there, as its arrays; a Dataset's own device, if it has one, unless it is given here
    sampler     which samples an epoch has: places, a WeightedSampler, a BalancedSampler, one of PyTorch's (`samplers.py`)
    collate     a function of a list of samples, which makes a batch; None: `collate.py` does
    transform   what is done to whole batches of inputs: images -> images, or an object with `apply` (`transform.py`)
    prefetch    how many batches are made ahead, in a thread; None: 0 for arrays, which are gathered sooner than a thread wakes,
                and for iterables, whose code may look at what the consumer does; of data sets that are read sample by sample,
                and with a transform, 2, if the first few take more than half a millisecond each, to make and to use

    `loader.epoch` says which epoch the next pass is, from 0. A pass that runs to its end counts it up; one that is
    broken off does not. `loader.waited` is how many seconds the consumer of the latest pass has waited for its batches.
    Batches are fresh arrays: write into them as you like. TypeError or ValueError for arguments that do not go together.
    """

    def __init__(self, *data: Any, batch_size: int | None = None, shuffle: bool = False, seed: int = 0,
                 drop_last: bool = False, device: str | None = None, sampler: Any = None, collate: Collate | None = None,
                 transform: Any = None, prefetch: int | None = None) -> None:
        self.transform = as_transform(transform)
        if collate is not None and not callable(collate):
            raise TypeError(f"[Loader] collate must be a function of a list of samples, found {type(collate).__name__}")
        size = None if batch_size is None else _whole("batch_size", batch_size, 1)
        self.source = source_of(data, size, collate, device, stay=self.transform is not None)
        self.device = self.source.device
        streams = isinstance(self.source, Stream)
        # None where the data come in batches
        self.batch_size: Any = self.source.size if isinstance(self.source, Stream) else size or BATCH_SIZE
        generator(seed, SHUFFLE)  # a seed that will not do is said here, not in the first epoch
        self.shuffle: bool | None = bool(shuffle)
        self.seed, self.drop_last = operator.index(seed), bool(drop_last)
        for option, refused in (("shuffle=True", shuffle and not self.source.ordered),
                                ("sampler=", sampler is not None and streams),
                                ("drop_last=True", drop_last and self.batch_size is None)):
            if refused:
                raise ValueError(f"[Loader] {self.source} come as they are, so {option} has no meaning: it is for arrays and "
                                 "data sets with __len__ and __getitem__")
        if not self.source.ordered:
            self.shuffle = None             # who knows
        self.sampler: Sampler | None = None if sampler is None else as_sampler(sampler, bool(shuffle), self.source.classes())
        may_pay = not streams and (not isinstance(self.source, Arrays) or self.transform is not None)
        self.prefetch = (None if may_pay else 0) if prefetch is None else _whole("prefetch", prefetch, 0)
        self.epoch, self.waited = 0, 0.0

    @property
    def x(self) -> Any:
        """The inputs of arrays or a Dataset, raw."""
        return self._arrays("x").x

    @property
    def y(self) -> Any:
        """The targets of arrays or a Dataset."""
        return self._arrays("y").y

    def _arrays(self, name: str) -> Arrays:
        if not isinstance(self.source, Arrays):
            raise AttributeError(f"[Loader] .{name} is there for arrays and Datasets only, but this Loader has {self.source}")
        return self.source

    @property
    def dataset(self) -> Any:
        """What the batches are of: len(loader.dataset) is the number of samples where that is known, as with PyTorch's."""
        return getattr(self.source.data, "dataset", self.source.data) if isinstance(self.source, Stream) else self.source.data

    @property
    def paired(self) -> bool:
        """Whether every batch is sure to be a pair (x, y) of arrays."""
        return isinstance(self.source, Arrays)

    @property
    def once(self) -> bool:
        """Whether the data can be gone through once only: a generator."""
        return isinstance(self.source, Stream) and self.source.once

    @property
    def samples(self) -> int | None:
        """How many samples an epoch has, or None if that is not known beforehand."""
        if isinstance(self.source, Stream):
            return self.source.samples()
        return len(self.source) if self.sampler is None else _length(self.sampler)

    @property
    def batches(self) -> int | None:
        """How many batches an epoch has, or None if that is not known beforehand."""
        count = _length(self.source) if isinstance(self.source, Stream) else self.samples
        if count is None or self.batch_size is None:
            return count
        full, rest = divmod(count, self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def set_epoch(self, epoch: int) -> None:
        """The next pass is epoch `epoch`, 0 or more."""
        if operator.index(epoch) < 0:
            raise ValueError(f"[Loader] an epoch is 0 or more, found {epoch}")
        self.epoch = operator.index(epoch)

    def __len__(self) -> int:
        """Batches in an epoch; TypeError where that is not known beforehand (`batches` is None then)."""
        count = self.batches
        if count is None:
            raise TypeError(f"[Loader] nobody knows beforehand how many {self.source} there are: loader.batches is None")
        return count

    def __bool__(self) -> bool:
        """Whether there is a batch, as far as that is known."""
        return self.batches != 0

    def __repr__(self) -> str:
        order = f"shuffled (seed {self.seed})" if self.shuffle else "in order"
        if self.shuffle is None:
            order = "in their own order"
        if self.sampler is not None and not isinstance(self.sampler, Listed):
            order = f"{type(getattr(self.sampler, 'sampler', self.sampler)).__name__} (seed {self.seed})"
        count = "an unknown number of" if self.batches is None else self.batches
        if self.batch_size is None:
            return f"Loader({self.source}, {count} of them, {order}, epoch {self.epoch})"
        return f"Loader({self.source}, {count} batches of {self.batch_size}, {order}, epoch {self.epoch})"

    def order(self, epoch: int) -> NDArray[np.int64]:
        """The places (N,) in the order in which epoch `epoch` visits them: of samples, or of batches where they come so.

        ValueError for what comes in an order of its own.
        """
        if not self.source.ordered:
            raise ValueError(f"[Loader] {self.source} come in an order of their own")
        n = len(self.source)
        if self.sampler is not None:
            return checked(self.sampler.order(n, self.seed, epoch), n)
        if not self.shuffle:
            return np.arange(n, dtype=np.int64)
        return generator(self.seed, SHUFFLE, epoch).permutation(n).astype(np.int64, copy=False)

    def in_order(self, batch_size: int | None = None) -> "Loader":
        """A Loader of the same data for measuring: all samples once each, in their order, in batches of batch_size (None: of as
        many as here), no random transform. A sampler that keeps to a part of the data still does. The epoch here stays."""
        twin = copy.copy(self)
        twin.shuffle, twin.drop_last = None if self.shuffle is None else False, False
        if self.batch_size is not None and batch_size is not None:
            twin.batch_size = _whole("batch_size", batch_size, 1)
        if self.sampler is not None:
            part = getattr(self.sampler, "in_order", None)
            twin.sampler = None if part is None else Listed(part(len(self.source)), shuffle=False)
        twin.transform = when_measured(self.transform)
        return twin

    def __iter__(self) -> Iterator[Any]:
        return self.from_batch(0)

    def from_batch(self, number: int) -> Iterator[Any]:
        """A pass that begins with batch `number`: for a run that was broken off after so many. Those before are not made, but
        what comes in an order of its own has to be read up to there."""
        number = _whole("the number of a batch", number, 0)
        order = self.order(self.epoch) if self.source.ordered else None
        if order is not None and self.batch_size is not None and number:
            order, number = order[number * self.batch_size:], 0
        pass_ = Pass(self.seed, self.epoch, order, self.batch_size, self.drop_last, self.transform, number)
        if isinstance(self.source, Arrays) and self.source.quick(pass_) and not self.prefetch:
            return self.source.gathered(pass_, self._ended)
        return self._pass(pass_)

    def _pass(self, pass_: Pass) -> Iterator[Any]:
        batches, whole = self.source.batches(pass_), False
        try:
            if self.prefetch is None:
                yield from as_it_pays(batches, AHEAD, pass_)
            else:
                yield from prefetched(batches, self.prefetch, pass_) if self.prefetch else timed(batches, pass_)
            whole = True
        finally:
            self._ended(pass_, whole, pass_.waited)

    def _ended(self, pass_: Pass, whole: bool, waited: float) -> None:
        self.waited = waited
        if whole and self.epoch == pass_.epoch:  # unless set_epoch was called, or another pass over it ended first
            self.epoch = pass_.epoch + 1


def _length(data: Any) -> int | None:
    try:
        return len(data)
    except TypeError:
        return None


def _whole(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"[Loader] {name} must be an int, at least {least}, found {value!r}")
    if value < least:
        raise ValueError(f"[Loader] {name} must be at least {least}, found {value}")
    return operator.index(value)
