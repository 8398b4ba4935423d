"""Dataset: images and their classes, in memory, with the one rule that turns pixels into network input.

    x = images * scale + shift        per channel, float32

Bytes become numbers from 0 to 1: for uint8 images scale = 1/255 and shift = 0. float32 images are handed out as they
are. `normalize(mean, std)` changes scale and shift only; the stored images are never converted, so MNIST stays 47 MB.
"""

import operator
from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from minigrad.data.parts import count_of, dealt, drawn
from minigrad.kernels import host_table

Floats = NDArray[np.float32]
Rule = tuple[Floats, Floats] | tuple[None, None]  # (scale, shift)


def pixel_rule(images: NDArray) -> Rule:
    """(scale, shift) for raw arrays: (1/255, 0) for uint8; (None, None), "as they are", for everything else."""
    if images.dtype == np.uint8:
        return np.array([1 / 255], np.float32), np.zeros(1, np.float32)
    return None, None


def gather(k: Any, images: Any, index: Any, scale: Any, shift: Any) -> Any:
    """images[index] * scale + shift as a fresh array (B, ...): float32, or the images' own dtype when scale is None.

    images (N, ...), index int64 (B,) within range, scale and shift float32 (C,) along axis 1, or (1,) for all: arrays of the
    table k.
    """
    return k.rows(images, index) if scale is None else k.gather_batch(images, index, scale, shift)


class Dataset:
    """N images with N labels.

    images   uint8 or float32, (N, C, H, W) or (N, ...); float64 is converted to float32
    labels   integers (N,), kept as int64; from 0 to len(classes) - 1 where classes are given
    name     what messages and figures call the set
    classes  the names of the classes, in order (optional)
    device   where a Loader keeps the images and hands out its batches, unless it is told itself; None: in numpy. The set
             itself stays in numpy.

    `d[3]` is one pair (x float32, label int); `d[10:20]`, `d[[4, 1, 7]]` and `d[d.labels == 3]` are Datasets.
    Slices and `take` share memory with their source; nothing in minigrad writes into it.
    TypeError for dtypes that do not fit, ValueError for shapes and ranges, IndexError for a place that is not there.
    """

    def __init__(self, images: ArrayLike, labels: ArrayLike, name: str = "data",
                 classes: Sequence[str] | None = None, device: str | None = None) -> None:
        images, labels = np.asarray(images), np.asarray(labels)
        shapes = f"images {images.shape}, labels {labels.shape}"
        if images.dtype == np.float64:
            images = images.astype(np.float32)
        if images.dtype not in (np.uint8, np.float32):
            raise TypeError(f"[Dataset] images must be uint8 or float32, found {images.dtype}: {shapes}; "
                            "use .astype(np.uint8) for pixels from 0 to 255, .astype(np.float32) for other numbers")
        if images.ndim < 2:
            raise ValueError(f"[Dataset] images need at least two axes (N, ...): {shapes}; "
                             "use images[:, None] when each sample is one number")
        if labels.ndim == 2 and len(labels) == len(images):
            raise ValueError(f"[Dataset] labels must be (N,), one class number per image: {shapes}; "
                             "use labels.argmax(axis=1) if they are one-hot, or Loader(x, y) for dense targets")
        if labels.ndim != 1 or len(labels) != len(images):
            raise ValueError(f"[Dataset] {len(images)} images need as many labels: {shapes}; "
                             "are these the images and labels of the same split?")
        if not np.issubdtype(labels.dtype, np.integer):
            raise TypeError(f"[Dataset] labels must be integers, found {labels.dtype}: {shapes}; "
                            "use labels.astype(np.int64) if they are whole numbers, Loader(x, y) for dense targets")
        if len(labels) and classes is not None:
            low, high = int(labels.min()), int(labels.max())
            if low < 0 or high >= len(classes):
                fix = "subtract 1 if they count from one" if low >= 1 else "name every class, or leave classes out"
                raise ValueError(f"[Dataset] {len(classes)} classes need labels from 0 to {len(classes) - 1}, "
                                 f"found {low} to {high}: {shapes}; {fix}")
        self.images: NDArray = np.ascontiguousarray(images)
        self.labels: NDArray[np.int64] = np.ascontiguousarray(labels, np.int64)
        self.name = name
        self.classes = None if classes is None else tuple(classes)
        self.device = device
        self.scale: Floats | None
        self.shift: Floats | None
        self.scale, self.shift = pixel_rule(self.images)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the images, (N, C, H, W)."""
        return self.images.shape

    def __repr__(self) -> str:
        if self.scale is None or self.shift is None:
            rule = "as they are"
        else:
            scale, shift = pixel_rule(self.images)
            plain = scale is not None and shift is not None and (*scale, *shift) == (*self.scale, *self.shift)
            rule = "pixels / 255" if plain else "normalized"
        return f"Dataset({self.name}: {len(self)} x {self.shape[1:]} {self.images.dtype}, {rule}{self._spread()})"

    def _spread(self) -> str:
        """", 10 classes of 5421 to 6742": how many samples the classes have."""
        if self.classes is None:
            return ""
        counts = self.balance().values() or [0]
        low, high = min(counts), max(counts)
        return f", {len(self.classes)} classes of {low}" + (f" to {high}" if high > low else "")

    @overload
    def __getitem__(self, place: int) -> tuple[Floats, int]: ...

    @overload
    def __getitem__(self, place: slice | ArrayLike) -> "Dataset": ...

    def __getitem__(self, place: int | slice | ArrayLike) -> "tuple[Floats, int] | Dataset":
        if isinstance(place, slice):
            return self._with(images=self.images[place], labels=self.labels[place])
        index = np.asarray(place)
        if index.size == 0 and not isinstance(place, np.ndarray):
            index = index.astype(np.int64)  # an empty list is float64 to numpy
        if index.dtype == np.bool_:
            if index.shape != (len(self),):
                raise IndexError(f"[Dataset] a mask must have one entry per sample: mask {index.shape}, "
                                 f"labels {self.labels.shape}")
            index = np.flatnonzero(index)
        if index.dtype.kind not in "iu" or index.ndim > 1:
            raise TypeError(f"[Dataset] an index is an integer, a slice, or a 1-d array of integers or bools; "
                            f"found {type(place).__name__} ({index.dtype}, shape {index.shape})")
        index = index.astype(np.int64)
        if index.size and not (-len(self) <= index.min() and index.max() < len(self)):
            raise IndexError(f"[Dataset] index {place!r} is out of range for {len(self)} samples "
                             f"({self.name}, images {self.shape})")
        index = np.where(index < 0, index + len(self), index)
        if index.ndim == 0:
            return self.gather(index.reshape(1))[0], int(self.labels[index])
        return self._with(images=self.images[index], labels=self.labels[index])

    def __iter__(self) -> Iterator[tuple[Floats, int]]:
        """One (x, label) after another, for looking at; train with a Loader, which gathers whole batches."""
        return (self[i] for i in range(len(self)))

    def rule(self) -> Rule:
        """(scale, shift), or (None, None) where the images are handed out as they are."""
        return (None, None) if self.scale is None or self.shift is None else (self.scale, self.shift)

    def gather(self, index: NDArray[np.int64]) -> Floats:
        """The network input x (B, ...) float32 for the places `index` int64 (B,), each from 0 to len - 1."""
        return gather(host_table(), self.images, index, self.scale, self.shift)

    def arrays(self) -> tuple[Floats, NDArray[np.int64]]:
        """(x, labels) of the whole set, x float32 (N, ...): four bytes a pixel, 188 MB for MNIST's training set."""
        return self.gather(np.arange(len(self))), self.labels.copy()

    def take(self, n: int) -> "Dataset":
        """The first n samples. ValueError when there are fewer."""
        if not 0 <= operator.index(n) <= len(self):
            raise ValueError(f"[take] cannot take {n} of {len(self)} samples: images {self.shape}; "
                             f"choose from 0 to {len(self)}")
        return self[:n]

    def split(self, first: float, seed: int = 0, stratified: bool = False) -> tuple["Dataset", "Dataset"]:
        """Two Datasets that share no sample and together hold all: `first` samples drawn at random, and the others.

        `first` is a count (50000) or a fraction strictly between 0 and 1 (5/6); both parts get at least one sample
        and keep the order of the set. stratified: each class as frequent in both as in the whole. The same seed gives the
        same parts. ValueError when that cannot be.
        """
        count = count_of("split", first, len(self))
        if not 0 < count < len(self):
            raise ValueError(f"[split] cannot put {count} samples in the first part and leave some for the second: "
                             f"{len(self)} samples, images {self.shape}; choose from 1 to {len(self) - 1}")
        one, other = drawn(self.labels, count, seed, stratified)
        return self[one], self[other]

    def stratified(self, part: float, seed: int = 0) -> "Dataset":
        """A smaller set in which each class is as frequent as in this one: `part` samples (1000), or that fraction (0.1),
        drawn at random and in the order of the set. The same seed gives the same samples. ValueError when there are fewer."""
        count = count_of("stratified", part, len(self))
        if not 0 <= count <= len(self):
            raise ValueError(f"[stratified] cannot take {count} of {len(self)} samples: images {self.shape}; "
                             f"choose from 0 to {len(self)}")
        return self[drawn(self.labels, count, seed, stratified=True)[0]]

    def folds(self, k: int, seed: int = 0, stratified: bool = True) -> Iterator[tuple["Dataset", "Dataset"]]:
        """k pairs (training, held out) for cross-validation, one after the other: every sample is held out once.

        The held-out parts are drawn at random, keep the order of the set, and differ in size by one at most; stratified,
        so does what each holds of a class (a class with fewer than k samples is missing from some). The same seed gives the
        same folds. Each part is a copy that is made when its turn comes. ValueError unless 2 <= k <= number of samples.
        """
        if isinstance(k, bool) or not hasattr(k, "__index__"):
            raise TypeError(f"[folds] k must be an int, 2 or more, found {k!r}")
        if not 2 <= k <= len(self):
            raise ValueError(f"[folds] cannot make {k} folds of {len(self)} samples, no fold empty: images {self.shape}; "
                             + (f"choose k from 2 to {len(self)}" if len(self) > 1 else "cross-validation needs two or more"))
        parts = dealt(self.labels, operator.index(k), seed, stratified)
        return ((self[np.sort(np.concatenate(parts[:i] + parts[i + 1:]))], self[part]) for i, part in enumerate(parts))

    def balance(self) -> dict[str | int, int]:
        """How many samples there are of each class: {name: count} in the order of `classes`, none left out, or
        {label: count} of the labels that occur, where the classes have no names."""
        if self.classes is not None:
            found: dict[str | int, int] = dict.fromkeys(self.classes, 0)
            for name, count in zip(self.classes, np.bincount(self.labels, minlength=len(self.classes)).tolist(), strict=True):
                found[name] += count        # two classes of one name are one here
            return found
        labels, counts = np.unique(self.labels, return_counts=True)
        return dict(zip(labels.tolist(), counts.tolist(), strict=True))

    def subset(self, places: ArrayLike) -> "Dataset":
        """The samples at these places, in this order: d[places], for those who know it by that name."""
        index = np.atleast_1d(np.asarray(places))
        return self[index if index.size else index.astype(np.int64)]

    def concat(self, *others: "Dataset") -> "Dataset":
        """One Dataset of this one's samples and then the others'. They must agree in the images' shape, dtype and
        `normalize`, and in classes: ValueError. The name, classes and device are this one's."""
        for i, other in enumerate(others):
            if not isinstance(other, Dataset):
                raise TypeError(f"[concat] expected Datasets, found {type(other).__name__}: Dataset(images, labels) makes one")
            for what, mine, its in (("images of one shape", self.shape[1:], other.shape[1:]),
                                    ("images of one dtype", self.images.dtype, other.images.dtype),
                                    ("the same classes", self.classes, other.classes),
                                    ("one scale and shift", self._figures(), other._figures())):
                if mine != its:
                    raise ValueError(f"[concat] the sets must have {what}: found {mine} ({self.name}) and {its} "
                                     f"({other.name}, number {i + 1}): " + ("give both the same normalize(mean, std)"
                                     if "scale" in what else "bring them to one form first"))
        return self._with(images=np.concatenate([self.images, *(other.images for other in others)]),
                          labels=np.concatenate([self.labels, *(other.labels for other in others)]))

    def _figures(self) -> tuple[list[float], list[float]] | None:
        """Scale and shift as lists, one entry per channel, or None for "as they are"."""
        if self.scale is None or self.shift is None:
            return None
        channels = len(self.scale) if len(self.scale) > 1 else self.shape[1]
        scale, shift = (np.broadcast_to(a, (channels,)).tolist() for a in (self.scale, self.shift))
        return scale, shift

    def normalize(self, mean: ArrayLike, std: ArrayLike) -> "Dataset":
        """The same images, handed out as (x - mean) / std. Returns a new Dataset over the same memory.

        mean and std are numbers, or one number per channel (C,), in the units the Dataset hands out now: for MNIST
        `train.normalize(0.1307, 0.3081)`. Use the training set's figures for the test set too.
        """
        shift, spread = np.atleast_1d(np.asarray(mean, np.float64)), np.atleast_1d(np.asarray(std, np.float64))
        channels = self.shape[1]
        for what, value in (("mean", shift), ("std", spread)):
            if value.shape not in ((1,), (channels,)):
                raise ValueError(f"[normalize] {what} must be one number or one per channel ({channels}): "
                                 f"{what} {value.shape}, images {self.shape}")
        if not (np.isfinite(shift).all() and np.isfinite(spread).all() and (spread > 0).all()):
            raise ValueError(f"[normalize] mean must be finite and std positive: mean {mean!r}, std {std!r}; "
                             "a channel that never varies needs std 1")
        scale, shift = 1 / spread, -shift / spread
        if self.scale is not None and self.shift is not None:
            scale, shift = self.scale * scale, self.shift * scale + shift
        scale, shift = np.broadcast_arrays(scale, shift)
        return self._with(scale=scale.astype(np.float32), shift=shift.astype(np.float32))

    def _with(self, **changes: NDArray) -> "Dataset":
        """A Dataset like this one but for the arrays named; they come from here and need no second check."""
        other = object.__new__(Dataset)
        other.__dict__.update(self.__dict__, **changes)
        other.images = np.ascontiguousarray(other.images)  # d[::2] is a view with gaps
        other.labels = np.ascontiguousarray(other.labels)
        return other
