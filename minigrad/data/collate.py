"""Collation: samples, as a data set hands them out one by one, become one batch.

    (x, 3), (x, 5)                    ->  (array (2, ...), array([3, 5]))
    {"image": x, "text": "a"}, ...    ->  {"image": array (B, ...), "text": ["a", ...]}

Numbers, numpy arrays and tensors (of PyTorch, minigrad, and whatever else has `__array__`) are stacked along a new first axis;
tuples, lists and dictionaries are taken apart, and their parts put together one by one; texts stay a list. A list or tuple of
numbers within a sample is a vector. Python's floats become float32, whole numbers int64; arrays keep their dtype.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NUMBERS = (bool, int, float, np.bool_, np.number)
_KINDS = "biufc"
_REMEDY = "bring them to one form in the data set, or pass collate= a function that makes a batch of a list of samples"


def collate(samples: Sequence[Any], places: Sequence[int] | None = None) -> Any:
    """One batch of these samples. places: their numbers, for the message when they do not fit together.

    ValueError for samples that differ in shape or in their parts, TypeError for what cannot be stacked; both name two samples.
    """
    names = range(len(samples)) if places is None else places
    pair = isinstance(samples[0], tuple | list) and len(samples[0]) == 2
    return _together(samples, names, ("x", "y") if pair else "", top=True)


def _together(values: Sequence[Any], names: Sequence[int], where: Any, top: bool = False) -> Any:
    """where: what to call the value in a message; for a pair at the top, the names of its two parts."""
    first = values[0]
    if isinstance(first, Mapping):
        for name, value in zip(names, values, strict=True):
            if not isinstance(value, Mapping) or value.keys() != first.keys():
                raise _unlike(names[0], name, where, _described(first), _described(value))
        return {key: _together([value[key] for value in values], names, f"{where}[{key!r}]") for key in first}
    if isinstance(first, str | bytes):
        return list(values)
    if isinstance(first, tuple | list) and (top or not all(isinstance(part, _NUMBERS) for part in first)):
        for name, value in zip(names, values, strict=True):
            if not isinstance(value, tuple | list) or len(value) != len(first):
                raise _unlike(names[0], name, where if isinstance(where, str) else "", _described(first), _described(value))
        calls = where if isinstance(where, tuple) else [f"{where}[{i}]" for i in range(len(first))]
        parts = [_together(part, names, call) for part, call in zip(zip(*values, strict=True), calls, strict=True)]
        return as_tuple(first, parts)
    return _stacked(values, names, where)


def _stacked(values: Sequence[Any], names: Sequence[int], where: str) -> NDArray:
    """Numbers, arrays or tensors along a new first axis."""
    torch = sys.modules.get("torch")
    first = values[0]
    if torch is not None and all(isinstance(value, torch.Tensor) and value.shape == first.shape and value.dtype == first.dtype
                                 for value in values):
        together = array_of(torch.stack([value.detach() for value in values]))      # ten times as fast as one by one
        assert together is not None
        return together
    arrays = [array_of(value) for value in values]
    for name, value, array in zip(names, values, arrays, strict=True):
        if array is None:
            raise TypeError(f"[Loader] sample {name} holds {_described(value)}{_at(where)}, which cannot be put into an array: "
                            + ("turn it into one, np.asarray(image).transpose(2, 0, 1) for one in colour, " if _is_image(value)
                               else "leave it out of the sample, or ")
                            + "in the data set or with collate=")
    stacked: list[NDArray] = [array for array in arrays if array is not None]
    shape, dtype = stacked[0].shape, stacked[0].dtype
    for name, array in zip(names, stacked, strict=True):
        if array.shape != shape:
            raise _unlike(names[0], name, where, f"shape {shape}", f"shape {array.shape}")
        if array.dtype != dtype and np.uint8 in (array.dtype, dtype):       # 0 to 255 beside 0 to 1?
            raise _unlike(names[0], name, where, str(dtype), str(array.dtype))
    batch = np.array(stacked)
    if batch.dtype == np.float64 and all(array.dtype != np.float64 for array in stacked):   # [1, 2.5] and [3, 4]
        return batch.astype(np.float32)
    return batch


def array_of(value: Any) -> NDArray | None:
    """A number, an array or a tensor as an array, sharing its memory where that can be; None for anything else."""
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in _KINDS else None
    if isinstance(value, float) and not isinstance(value, np.floating):
        return np.asarray(value, np.float32)
    if isinstance(value, _NUMBERS):
        return np.asarray(value, np.int64 if isinstance(value, int) and not isinstance(value, bool) else None)
    if isinstance(value, list | tuple):
        return _vector(value)
    if hasattr(value, "detach") and hasattr(value, "numpy"):        # PyTorch's and minigrad's: their numbers, no graph
        value = value.detach()
        value = value.cpu() if type(value).__module__.partition(".")[0] != "minigrad" and hasattr(value, "cpu") else value
        try:
            return value.numpy()
        except TypeError:                                           # bfloat16, which numpy does not know
            return value.float().numpy()
    if hasattr(value, "__array__") and not _is_image(value):
        array = np.asarray(value)
        return array if array.dtype.kind in _KINDS else None
    return None


def _vector(value: Sequence[Any]) -> NDArray | None:
    """A list of numbers, or of lists of numbers, as an array; Python's floats as float32."""
    try:
        array = np.asarray(value)
    except ValueError:                                              # of several lengths
        return None
    if array.dtype.kind not in _KINDS:
        return None
    return array.astype(np.float32) if array.dtype == np.float64 else array


def arrays_of(batch: Any) -> Any:
    """The same batch with tensors as arrays: a tuple or list becomes a tuple, a dictionary stays one, and what is none of these
    stays as it is."""
    if isinstance(batch, Mapping):
        return {key: arrays_of(part) for key, part in batch.items()}
    if isinstance(batch, str | bytes):
        return batch
    if isinstance(batch, tuple | list):
        if isinstance(batch, list) and batch and all(isinstance(part, str | bytes) for part in batch):
            return batch
        if batch and all(isinstance(part, _NUMBERS) for part in batch):
            return _vector(batch)
        return as_tuple(batch, [arrays_of(part) for part in batch])
    array = array_of(batch)
    return batch if array is None else array


def mapped(function: Callable[[NDArray], Any], batch: Any) -> Any:
    """The same batch with function(array) for each of its arrays."""
    if isinstance(batch, dict):
        return {key: mapped(function, part) for key, part in batch.items()}
    if isinstance(batch, tuple):
        return as_tuple(batch, [mapped(function, part) for part in batch])
    return function(batch) if isinstance(batch, np.ndarray) else batch


def as_tuple(like: Any, parts: Sequence[Any]) -> Any:
    """The parts as a tuple, a named one where `like` is."""
    return type(like)(*parts) if hasattr(like, "_fields") else tuple(parts)


def _is_image(value: Any) -> bool:
    """Whether it is a PIL image, whose axes (H, W, C) are not those of a batch."""
    return type(value).__module__.partition(".")[0] == "PIL"


def _described(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"a dictionary of {', '.join(map(repr, value)) or 'nothing'}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if value is None:
        return "None"
    article = "an" if type(value).__name__[0] in "AEIOaeio" else "a"
    return f"{article} {type(value).__name__}"


def _at(where: Any) -> str:
    return f" at {where}" if where and isinstance(where, str) else ""


def _unlike(one: int, other: int, where: Any, first: str, second: str) -> ValueError:
    return ValueError(f"[Loader] samples {one} and {other} do not fit into one batch: {where + ' is ' if where else ''}"
                      f"{first} and {second}; {_REMEDY}")
