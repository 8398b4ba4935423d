"""torch.utils.data: data sets and the DataLoader, whose batches are tensors. `minigrad.data.Loader` does the work."""

import bisect
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from minigrad.data import Loader
from minigrad.random import Generator, generator
from minigrad.tensor import Tensor, tensor


class Dataset:
    """The base of one's own: give it `__len__` and `__getitem__`. `a + b` is both, one after the other."""

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"[{type(self).__name__}] has no __getitem__(self, index): give it one that returns a sample")

    def __add__(self, other: Any) -> "ConcatDataset":
        return ConcatDataset([self, other])


class TensorDataset(Dataset):
    """Samples out of tensors (or arrays) with as many rows each: (a[i], b[i], ...)."""

    def __init__(self, *tensors: Any) -> None:
        if not tensors or len({len(t) for t in tensors}) > 1:
            raise ValueError(f"[TensorDataset] expected tensors with as many rows each, found {[len(t) for t in tensors]} rows")
        self.tensors = tensors

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple(t[index] for t in self.tensors)


class Subset(Dataset):
    """The samples of another set at these places."""

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Any:
        return self.dataset[int(self.indices[index])]


class ConcatDataset(Dataset):
    """Sets one after the other."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        self.cumulative_sizes = list(itertools.accumulate(map(len, self.datasets)))
        if not self.datasets:
            raise ValueError("[ConcatDataset] expected at least one data set, found none")

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Any:
        if not -len(self) <= index < len(self):
            raise IndexError(f"[ConcatDataset] index {index} is out of range for {len(self)} samples")
        index += len(self) * (index < 0)
        which = bisect.bisect_right(self.cumulative_sizes, index)
        return self.datasets[which][index - (self.cumulative_sizes[which - 1] if which else 0)]


def random_split(dataset: Any, lengths: Sequence[float], generator: Generator | None = None) -> list[Subset]:
    """Subsets of these lengths, or fractions that add up to 1, which share no sample; drawn from the engine's stream of random
    numbers, or from `generator`. ValueError for lengths that do not add up to the set."""
    count = len(dataset)
    sizes = [int(length) for length in lengths]
    if any(isinstance(length, float) for length in lengths) and abs(sum(lengths) - 1) < 1e-6:
        sizes = [int(count * length) for length in lengths]
        for i in range(count - sum(sizes)):         # as PyTorch hands out what is left
            sizes[i % len(sizes)] += 1
    if sum(sizes) != count or min(sizes, default=0) < 0:
        raise ValueError(f"[random_split] lengths {list(lengths)} do not add up to {count} samples")
    order = _numbers(generator).permutation(count)
    ends = list(itertools.accumulate(sizes))
    return [Subset(dataset, order[end - size:end].tolist()) for size, end in zip(sizes, ends, strict=True)]


def _numbers(given: Generator | None) -> np.random.Generator:
    return generator(given)


class DataLoader(Loader):
    """PyTorch's: batches of tensors, one sample each unless batch_size says otherwise, in an order that follows from
    manual_seed (or `generator`).

    collate_fn      makes a batch out of a list of samples
    num_workers, pin_memory, persistent_workers, prefetch_factor, timeout   are taken and do nothing: Datasets need no workers,
                    and other sets are read ahead in a thread (`Loader(prefetch=)`)
    """

    def __init__(self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None, sampler: Any = None,
                 batch_sampler: None = None, num_workers: int = 0, collate_fn: Callable[[list[Any]], Any] | None = None,
                 pin_memory: bool = False, drop_last: bool = False, timeout: float = 0, worker_init_fn: Any = None,
                 generator: Generator | None = None, prefetch_factor: int | None = None,
                 persistent_workers: bool = False) -> None:
        if batch_sampler is not None:
            raise TypeError("[DataLoader] batch_sampler is not here: pass sampler= and batch_size=, or a list of batches to "
                            "minigrad.data.Loader")
        seed = int(_numbers(generator).integers(2**63)) if shuffle else 0
        super().__init__(dataset, batch_size=batch_size, shuffle=bool(shuffle), seed=seed, drop_last=drop_last, sampler=sampler,
                         collate=collate_fn)
        self.num_workers = num_workers

    def __iter__(self) -> Iterator[Any]:
        return map(_tensors, super().__iter__())


def _tensors(batch: Any) -> Any:
    """Its arrays as tensors: lists for tuples, as PyTorch gives them."""
    if isinstance(batch, np.ndarray) and batch.dtype.kind in "biufc":
        return tensor(batch)
    if isinstance(batch, dict):
        return {name: _tensors(part) for name, part in batch.items()}
    if isinstance(batch, (list, tuple)) and not isinstance(batch, Tensor):
        return [_tensors(part) for part in batch]
    return batch


__all__ = ["ConcatDataset", "DataLoader", "Dataset", "Subset", "TensorDataset", "random_split"]
