"""What a Loader is given: which of the three kinds of data it is (`Arrays`, `Samples`, `Stream`), and what cannot be one."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from minigrad.data.arrays import Arrays, Rows, check_arrays
from minigrad.data.collate import array_of
from minigrad.data.dataset import Dataset, pixel_rule
from minigrad.data.iterables import Stream, is_batches, named
from minigrad.data.samples import Collate, Samples

BATCH_SIZE = 32
Source = Arrays | Samples | Stream


def source_of(data: tuple[Any, ...], batch_size: int | None, collate: Collate | None, device: str | None, stay: bool) -> Source:
    """The data as one of the three kinds. batch_size None: not given. TypeError for what is no data.

    Where a data set says its device, that is where it goes, unless a device is given. stay: see `Arrays`.
    """
    if len(data) == 1 and isinstance(data[0], tuple):
        data = data[0]
    if len(data) == 1 and isinstance(data[0], Dataset):
        dataset = data[0]
        device = dataset.device if device is None else device
        if collate is not None:
            return Samples(dataset, collate, device)
        return Arrays(dataset.images, dataset.labels, dataset.rule(), device, stay, dataset)
    if len(data) == 1 and collate is None and _is_tensor_dataset(data[0]):
        data = data[0].tensors          # two arrays: no need to take them apart and put them together again
    if len(data) == 2 and all(_is_array(part) for part in data):
        x, y = check_arrays(*(_array(part) for part in data))
        if collate is not None:
            return Samples(Rows(x, y), collate, device)
        return Arrays(x, y, pixel_rule(x), device, stay)
    if len(data) != 1 or (refused := _refused(data[0])):
        hint = refused if len(data) == 1 else "options go by name: Loader(dataset, batch_size=64)"
        raise TypeError("[Loader] expected a Dataset, two arrays x, y, a data set with __len__ and __getitem__, or an iterable "
                        f"of batches, found {', '.join(type(part).__name__ for part in data) or 'nothing'}; {hint}")
    return _of_one(data[0], batch_size, collate, device)


def _of_one(data: Any, batch_size: int | None, collate: Collate | None, device: str | None) -> Samples | Stream:
    sized = hasattr(data, "__len__") and hasattr(data, "__getitem__") and not named(data, "torch", "IterableDataset")
    if named(data, "keras", "PyDataset") or isinstance(data, list) and batch_size is None and is_batches(data):
        source = Stream(data, None, collate, device)
    elif sized:
        return Samples(data, collate, device)
    else:
        source = Stream(data, batch_size, collate, device)
    if batch_size is not None and (source.size is None or getattr(data, "batch_size", None) is not None):
        raise ValueError(f"[Loader] a {type(data).__name__} comes in batches already: leave out batch_size={batch_size}")
    if collate is not None and source.size is None:
        raise ValueError(f"[Loader] collate= puts samples together, but a {type(data).__name__} is taken to come in batches: "
                         "pass batch_size= if it gives samples")
    return source


def _refused(data: Any) -> str:
    """Why this is no data that a Loader can hand out, and what to write instead; "" if it is."""
    if isinstance(data, type):
        return f"write {data.__name__}(...), with brackets, which makes one"
    if isinstance(data, str | bytes | Mapping) or hasattr(data, "dtype") or hasattr(data, "dtypes"):
        return "inputs and targets go as one tuple (x, y)"
    if isinstance(data, list) and (not data or all(_is_array(part) for part in data) and len(data) == 2 and not any(
            isinstance(part, tuple) for part in data)):
        return "inputs and targets go as one tuple (x, y)"
    if hasattr(data, "__getitem__") and not (hasattr(data, "__len__") or hasattr(data, "__iter__")):
        return "it has __getitem__ but no __len__, which says how many samples there are"
    if not (hasattr(data, "__iter__") or hasattr(data, "__getitem__") or callable(data)):
        return "options go by name: Loader(dataset, batch_size=64)"
    return ""


def _is_array(part: Any) -> bool:
    """Whether it is a list, or an array or tensor with at least one axis. Data sets are not shown to numpy: it reads them."""
    return isinstance(part, list | tuple) or hasattr(part, "__array__") and np.ndim(part) > 0


def _is_tensor_dataset(data: Any) -> bool:
    """Whether it is PyTorch's TensorDataset itself, of two tensors."""
    kind = type(data)
    return kind.__name__ == "TensorDataset" and kind.__module__.startswith("torch.") and len(data.tensors) == 2


def _array(part: Any) -> np.ndarray:
    found = array_of(part) if hasattr(part, "detach") else None
    return np.asarray(part) if found is None else found
