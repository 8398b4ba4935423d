"""torchvision's data sets by their names: `from minigrad.utils import vision as datasets`, and ToTensor.

A sample is (tensor (C, H, W) of numbers from 0 to 1, class); pixels are stored as bytes and converted batch by batch, so
`transform` may be left out, or be ToTensor().
"""

import os
from typing import Any

import numpy as np

from minigrad.data import Dataset, cifar10, cifar100, fashion_mnist, mnist
from minigrad.tensor import tensor


class ToTensor:
    """Bytes as numbers from 0 to 1: what every set here does by itself."""

    def __call__(self, image: Any) -> Any:
        pixels = np.asarray(image)
        if pixels.dtype != np.uint8:
            return tensor(pixels)
        whole = pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)
        return tensor(np.ascontiguousarray(whole, np.float32) / np.float32(255))


class _Part(Dataset):
    """The training or the test part of a set, whose samples are tensors."""

    def __init__(self, part: Dataset, transform: Any, target_transform: Any) -> None:
        for name, function in (("transform", transform), ("target_transform", target_transform)):
            if function is not None and not isinstance(function, ToTensor):
                raise TypeError(f"[{type(self).__name__}] {name} must be ToTensor() or None, found {type(function).__name__}: "
                                "random crops and flips are given to minigrad.data.Loader(transform=)")
        self.__dict__.update(part.__dict__)

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return (tensor(found[0]), found[1]) if isinstance(found, tuple) else found

    @property
    def targets(self) -> Any:
        """The classes, int64 (N,)."""
        return tensor(self.labels)


def _named(name: str, load: Any, about: str) -> Any:
    def __init__(self: Any, root: str | os.PathLike[str] | None = None, train: bool = True, transform: Any = None,
                 target_transform: Any = None, download: bool = False) -> None:
        _Part.__init__(self, load(root)[0 if train else 1], transform, target_transform)

    said = (f"{about}: its training part, or with train=False its test part.\n\n    root: where its folder lies, or is "
            "downloaded into; None: as minigrad.data finds it. DataUnavailable if it cannot be had.\n    ")
    return type(name, (_Part,), {"__init__": __init__, "__doc__": said, "__module__": __name__})


class FakeData(_Part):
    """Random images (C, H, W), and random classes: to try a program."""

    def __init__(self, size: int = 1000, image_size: tuple[int, int, int] = (3, 224, 224), num_classes: int = 10,
                 transform: Any = None, target_transform: Any = None, random_offset: int = 0) -> None:
        random = np.random.default_rng(random_offset)
        images = random.integers(0, 256, (size, *image_size), np.uint8)
        super().__init__(Dataset(images, random.integers(0, num_classes, size), "noise"), transform, target_transform)


MNIST = _named("MNIST", mnist, "MNIST")
FashionMNIST = _named("FashionMNIST", fashion_mnist, "Fashion-MNIST")
CIFAR10 = _named("CIFAR10", cifar10, "CIFAR-10")
CIFAR100 = _named("CIFAR100", cifar100, "CIFAR-100")

__all__ = ["CIFAR10", "CIFAR100", "MNIST", "FakeData", "FashionMNIST", "ToTensor"]
