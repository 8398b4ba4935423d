"""Augmentation: what is done to whole batches of images (B, C, H, W), uint8 or float32, before a network sees them.

    RandomCrop, CenterCrop, Pad, HorizontalFlip, Normalize     windows.py    where pixels stay pixels
    RandomAffine, Resize                                       warp.py       small rotations, shifts and scales; another size
    ColorJitter                                                colour.py     brightness, contrast, saturation
    Cutout, RandomErasing                                      boxes.py      a box of each image filled
    MixUp, CutMix                                              mix.py        two images and their targets in one
    Compose                                                    compose.py    one after another, fused where it can be
    versions, show                                             show.py       what becomes of one image

    from minigrad.data import transforms as T

    augment = T.Compose([T.RandomCrop(32, padding=4), T.HorizontalFlip(), T.Normalize(mean, std)])
    Loader(train, batch_size=128, shuffle=True, transform=augment)
    augment(images, seed=0, epoch=3)        # by itself, to look at

What is random about an image depends on (seed, epoch, index of the sample) and on which transform it is, and on nothing else:
not on the batch that it is in, nor on threads (`draw.py`). Beneath: base.py, what they share.
"""

from typing import TYPE_CHECKING

from minigrad.data.transforms.base import Transform
from minigrad.data.transforms.boxes import Cutout, RandomErasing
from minigrad.data.transforms.colour import ColorJitter
from minigrad.data.transforms.compose import Compose
from minigrad.data.transforms.mix import CutMix, MixUp
from minigrad.data.transforms.show import show, versions
from minigrad.data.transforms.warp import RandomAffine, Resize
from minigrad.data.transforms.windows import CenterCrop, HorizontalFlip, Normalize, Pad, RandomCrop

__all__ = ["CenterCrop", "ColorJitter", "Compose", "CutMix", "Cutout", "HorizontalFlip", "MixUp", "Normalize", "Pad",
           "RandomAffine", "RandomCrop", "RandomErasing", "Resize", "Transform", "show", "versions"]

_NOTHING = "no need of it: a Loader makes numbers from 0 to 1 of uint8 pixels, and Normalize(mean, std) does too"
ELSEWHERE = {   # torchvision's and Keras's names
    "RandomHorizontalFlip": "HorizontalFlip(p)", "RandomFlip": "HorizontalFlip(p)", "RandomRotation": "RandomAffine(degrees)",
    "RandomTranslation": "RandomAffine(0, translate=(rows, columns))", "RandomZoom": "RandomAffine(0, scale=(low, high))",
    "Resizing": "Resize(size)", "Normalization": "Normalize(mean, std)", "RandomBrightness": "ColorJitter(brightness)",
    "RandomContrast": "ColorJitter(contrast=...)", "RandomSaturation": "ColorJitter(saturation=...)",
    "RandomErase": "RandomErasing(p)", "Lambda": "no need of it: a Compose takes functions images -> images",
    "Sequential": "Compose([...])", **dict.fromkeys(("ToTensor", "PILToTensor", "ToDtype", "ToImage", "Rescaling",
                                                     "ConvertImageDtype"), _NOTHING)}

if not TYPE_CHECKING:
    def __getattr__(name: str) -> None:
        there = f": there is {ELSEWHERE[name]}" if name in ELSEWHERE else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{there}")
