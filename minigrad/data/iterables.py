"""Stream: data that come in an order of their own, one after the other: batches, or samples that are put together here.

Lists of batches, PyTorch's DataLoader, a function that makes a generator, a generator.
"""

import inspect
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

import numpy as np

from minigrad import kernels
from minigrad.data.collate import arrays_of, collate, mapped
from minigrad.data.passes import Pass
from minigrad.data.samples import Collate, settled


class Stream:
    """What an iterable gives, or a function that makes one for each epoch, or a sequence of batches.

    size: samples in a batch, where what comes are samples; None where they come in batches.
    """

    def __init__(self, data: Any, size: int | None, function: Collate | None, device: str | None) -> None:
        self.data, self.size, self.collate, self.device = data, size, function, device
        self.ordered = size is None and _is_sequence(data)      # then it is the batches that have an order
        self.once = not self.ordered and not callable(data) and iter_is_self(data)
        self._used: list[bool] = []                             # shared by the copies of a Loader
        self.by_epoch = _by_epoch(data) if not hasattr(data, "__iter__") and not self.ordered else False
        if device is not None:
            kernels.table(device)           # one that is not there is said here

    def __len__(self) -> int:
        """How many things come, or TypeError if that is not known."""
        return len(self.data)

    def __str__(self) -> str:
        name = f"a {type(self.data).__name__}" if hasattr(self.data, "__iter__") or self.ordered else getattr(
            self.data, "__name__", type(self.data).__name__)
        return f"the {'samples' if self.size else 'batches'} of {name}"

    def classes(self) -> None:
        """Nobody knows the classes before they have come."""

    def samples(self) -> int | None:
        """How many samples an epoch has, if that can be told."""
        told: Any
        for told in ((self.data,) if self.size else ()) + (getattr(self.data, "sampler", None),):
            try:
                return len(told)
            except TypeError:
                continue
        if isinstance(self.data, list):
            return sum(_rows(arrays_of(batch)) for batch in self.data)
        return None

    def batches(self, pass_: Pass) -> Generator[Any]:
        """What comes, in batches of arrays."""
        items = self._items(pass_)
        try:
            start = 0
            for number, batch in enumerate(items if pass_.size is None else self._put_together(items, pass_)):
                if pass_.size is None:        # copies: the batch is the consumer's, its arrays may be somebody else's
                    batch = mapped(np.copy, arrays_of(batch))
                rows = _rows(batch)
                if pass_.stopped:
                    return
                if number >= pass_.skip:
                    yield settled(batch, np.arange(start, start + rows), pass_, self.device, None)
                start += rows
        finally:
            if hasattr(items, "close"):
                items.close()

    def _items(self, pass_: Pass) -> Iterator[Any]:
        if pass_.order is not None:
            return (self.data[place] for place in pass_.order.tolist())
        if self.once:
            if self._used:
                raise RuntimeError(f"[Loader] this {type(self.data).__name__} was used up by an earlier pass: pass the "
                                   "function that makes it, without calling it, or a list of its batches")
            self._used.append(True)
        part: Any
        for part in (self.data, getattr(self.data, "sampler", None)):
            if hasattr(part, "set_epoch"):
                part.set_epoch(pass_.epoch)
        if hasattr(self.data, "__iter__"):
            return iter(self.data)
        made = self.data(pass_.epoch) if self.by_epoch else self.data()
        if not hasattr(made, "__iter__"):
            raise TypeError(f"[Loader] {getattr(self.data, '__name__', 'the function')} must make batches, one after another, "
                            f"found {type(made).__name__}: does it yield them?")
        return iter(made)

    def _put_together(self, items: Iterator[Any], pass_: Pass) -> Iterator[Any]:
        assert pass_.size is not None
        samples: list[Any] = []
        first = 0
        for sample in items:
            if pass_.stopped:
                return
            samples.append(sample)
            if len(samples) == pass_.size:
                yield self._together(samples, first)
                first, samples = first + len(samples), []
        if samples and not pass_.drop_last:
            yield self._together(samples, first)

    def _together(self, samples: list[Any], first: int) -> Any:
        if self.collate is not None:
            return arrays_of(self.collate(samples))
        return collate(samples, range(first, first + len(samples)))


def iter_is_self(data: Any) -> bool:
    """Whether it is an iterator, which runs out: a generator, a map, a file."""
    return hasattr(data, "__next__")


def is_batches(items: Sequence[Any]) -> bool:
    """Whether a list is one of batches (x (B, ...), y (B, ...)), judged by its first; else it is one of samples."""
    first = items[0] if len(items) else None
    if not isinstance(first, tuple | list) or len(first) != 2:
        return False
    parts = arrays_of(tuple(first))
    lengths = {part.shape[:1] if isinstance(part, np.ndarray) else None for part in parts}
    return len(lengths) == 1 and lengths.isdisjoint({(), None})


def _is_sequence(data: Any) -> bool:
    return hasattr(data, "__len__") and hasattr(data, "__getitem__") and not hasattr(data, "__next__") and not named(
        data, "torch", "IterableDataset")


def named(data: Any, package: str, name: str) -> bool:
    """Whether it is an instance of a class of that name, of a package that need not be imported for asking."""
    return any(kind.__name__ == name and kind.__module__.partition(".")[0] == package for kind in type(data).__mro__)


def _by_epoch(function: Callable[..., Any]) -> bool:
    """Whether a function that makes batches wants to know the epoch. TypeError if it wants anything else."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):             # a builtin that does not say
        return False
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if needed not in ([], ["epoch"]):
        raise TypeError(f"[Loader] a function that makes batches takes nothing, or the epoch (`def batches(epoch):`), but "
                        f"{getattr(function, '__name__', 'it')} takes {', '.join(needed)}: wrap it, lambda: f(...)")
    return needed == ["epoch"]


def _rows(batch: Any) -> int:
    """How many samples a batch holds. Error where that cannot be: it is a sample, or its parts differ."""
    x = y = batch
    if isinstance(batch, tuple) and len(batch) == 2:
        x, y = batch
    while isinstance(x, tuple | dict) and x:
        x = next(iter(x.values())) if isinstance(x, dict) else x[0]
    if isinstance(x, list):                 # texts
        return len(x)
    if not isinstance(x, np.ndarray) or not x.ndim or isinstance(y, np.ndarray) and not y.ndim:
        raise TypeError(f"[Loader] expected batches (x, y), arrays of B samples each, found {_described(batch)}: "
                        + ("pass batch_size= to have samples put together" if isinstance(x, np.ndarray) else
                           "let it give pairs of arrays"))
    if isinstance(y, np.ndarray) and len(x) != len(y):
        raise ValueError(f"[Loader] a batch holds {len(x)} inputs and {len(y)} targets: x {x.shape}, y {y.shape}; pass "
                         "batch_size= if this is one sample")
    return len(x)


def _described(batch: Any) -> str:
    parts = batch if isinstance(batch, tuple) else (batch,)
    words = [f"{part.dtype} {part.shape}" if isinstance(part, np.ndarray) else type(part).__name__ for part in parts]
    return f"({', '.join(words)})" if len(words) > 1 else words[0]
