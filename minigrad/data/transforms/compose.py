"""Compose: transforms one after another."""

import copy
from collections import Counter
from collections.abc import Iterator, Sequence, Sized
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from minigrad.data.transforms.base import Fetch, Images, Transform
from minigrad.data.transforms.draw import Draw
from minigrad.data.transforms.warp import Resize, Resized
from minigrad.data.transforms.windows import Normalize, Window


class Function(Transform):
    """A plain function images -> images, or an object with `apply`, as a part of a Compose."""

    random = False

    def __init__(self, function: Any) -> None:
        self.function = function

    @property
    def name(self) -> str:
        return getattr(self.function, "__name__", type(self.function).__name__)

    def run(self, images: Images, draw: Draw) -> Images:
        f = self.function
        made = f.apply(images, draw.seed, draw.epoch, draw.indices) if hasattr(f, "apply") else f(images)
        if not isinstance(made, np.ndarray) or made.shape[:1] != images.shape[:1]:
            found = f"{made.dtype} {made.shape}" if isinstance(made, np.ndarray) else type(made).__name__
            raise TypeError(f"[Compose] {self.name} must return images ({len(images)}, ...) for {images.shape}, found {found}")
        return made

    def evaluation(self) -> Transform | None:
        if not hasattr(self.function, "evaluation"):
            return self
        left = self.function.evaluation()
        return None if left is None else Function(left)

    def __repr__(self) -> str:
        return self.name


class Compose(Transform):
    """Transforms one after another: a list of them, of other Composes, and of functions images -> images.

    A border, a crop, a flip and a Normalize that follow one another, and a Resize and a Normalize, are one pass over the
    images, with the same numbers. Two of a kind draw different random numbers. `compose[i]` and `len(compose)` are as of a
    list.
    """

    def __init__(self, parts: Sequence[Any]) -> None:
        if not isinstance(parts, (list, tuple)):
            raise TypeError(f"[Compose] expected a list of transforms, found {type(parts).__name__}: write Compose([...])")
        self.parts = tuple(_told_apart(_flat(parts)))
        self.mixes = any(part.mixes for part in self.parts)
        self._passes = _fused(self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, place: int) -> Transform:
        return self.parts[place]

    def __iter__(self) -> Iterator[Transform]:
        return iter(self.parts)

    def __repr__(self) -> str:
        return f"Compose([{', '.join(map(repr, self.parts))}])"

    def run(self, images: Images, draw: Draw) -> Images:
        for part in self._passes:
            images = part.run(images, draw)
        return images

    def run_pairs(self, images: Images, targets: Any, draw: Draw, fetch: Fetch | None) -> tuple[Images, Any]:
        done: list[Transform] = []
        for part in self._passes:
            before = None if fetch is None else Before(done, draw, fetch)
            images, targets = part.run_pairs(images, targets, draw, before)
            done = [*done, part]
        return images, targets

    def evaluation(self) -> Transform | None:
        left = [part for part in (part.evaluation() for part in self.parts) if part is not None]
        return Compose(left) if left else None


class Before:
    """Other samples as they are after the first parts of a Compose, as a Loader's `fetch`."""

    def __init__(self, parts: list[Transform], draw: Draw, fetch: Fetch) -> None:
        self.parts, self.draw, self.fetch = parts, draw, fetch

    def __len__(self) -> int:
        return len(cast(Sized, self.fetch))         # TypeError where it does not know

    def __call__(self, indices: NDArray[np.int64]) -> tuple[Images, Any]:
        images, targets = self.fetch(indices)
        theirs = Draw("Compose", self.draw.seed, self.draw.epoch, indices)
        for i, part in enumerate(self.parts):
            before = Before(self.parts[:i], self.draw, self.fetch)
            images, targets = part.run_pairs(np.ascontiguousarray(images), targets, theirs, before)
        return images, targets


def _flat(parts: Sequence[Any]) -> Iterator[Transform]:
    for part in parts:
        if isinstance(part, Compose):
            yield from part.parts
        elif isinstance(part, Transform):
            yield part
        elif isinstance(part, type):
            raise TypeError(f"[Compose] found the class {part.__name__} but expected a transform: write {part.__name__}(...)")
        elif type(part).__module__.partition(".")[0] == "torchvision":
            raise TypeError(f"[Compose] found {type(part).__name__} of torchvision, which works on tensors, but expected "
                            f"transforms of batches in numpy: minigrad.data.transforms has its own")
        elif callable(part) or hasattr(part, "apply"):
            yield Function(part)
        else:
            raise TypeError(f"[Compose] found {type(part).__name__} but expected a transform, or a function images -> images")


def _told_apart(parts: Iterator[Transform]) -> Iterator[Transform]:
    """Copies, each of which knows how many of its kind come before it."""
    met: Counter[int] = Counter()
    for part in parts:
        part = copy.copy(part)
        part.occurrence = met[part.kind]
        met[part.kind] += 1
        if part.kind and part.occurrence > 255:
            raise ValueError(f"[Compose] found more than 256 of {part.name}")
        yield part


def _fused(parts: Sequence[Transform]) -> list[Transform]:
    """The same in fewer passes."""
    passes: list[Transform] = []
    window: list[Transform] = []
    for part in parts:
        if window and Window.takes(window, part):
            window.append(part)
            continue
        passes += _window(window)
        window = []
        if isinstance(part, Normalize) and passes and isinstance(passes[-1], Resize):
            passes[-1] = Resized(passes[-1], part)
        elif Window.takes([], part):
            window = [part]
        else:
            passes.append(part)
    return passes + _window(window)


def _window(parts: list[Transform]) -> list[Transform]:
    return [Window(parts)] if parts else []
