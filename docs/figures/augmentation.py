"""Draws docs/figures/augmentation.png: six versions of one image by each transform, and by the usual chain.

    python docs/figures/augmentation.py [FILE]

The image is drawn here, so nothing is downloaded; `scene()` is 32 x 32, as the images of CIFAR-10.
"""

import sys
from pathlib import Path

import numpy as np

from minigrad.data import transforms as T
from minigrad.data.transforms.show import grid

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
ROWS = {
    "RandomCrop(32, padding=4)": T.RandomCrop(32, padding=4),
    'the same, mode="constant"': T.RandomCrop(32, padding=4, mode="constant"),
    "HorizontalFlip()": T.HorizontalFlip(),
    "RandomAffine(15, (.1, .1), (.8, 1.2))": T.RandomAffine(15, (.1, .1), (.8, 1.2)),
    "ColorJitter(.4, .4, .6)": T.ColorJitter(.4, .4, .6),
    "Cutout(10)": T.Cutout(10),
    'RandomErasing(1, value="random")': T.RandomErasing(1, value="random"),
    "crop, flip, normalize": T.Compose([T.RandomCrop(32, padding=4), T.HorizontalFlip(), T.Normalize(MEAN, STD)]),
}


def scene():
    """A house beside a tree, (3, 32, 32) uint8."""
    row, column = np.mgrid[:32, :32]
    image = np.stack([120 + 3 * row, 170 + 2 * row, 240 - row], -1)
    for shape, colour in (
            ((row - 6) ** 2 + (column - 25) ** 2 < 14, (250, 215, 70)), (row > 23, (88, 150, 70)),
            ((row > 13) & (row < 27) & (column > 4) & (column < 18), (196, 110, 84)),
            ((row > 5) & (row < 14) & (abs(column - 11) < row - 4), (120, 52, 44)),
            ((row > 19) & (row < 27) & (column > 11) & (column < 16), (80, 48, 30)),
            ((row > 15) & (row < 20) & (column > 5) & (column < 10), (190, 220, 240)),
            ((row > 19) & (row < 28) & (abs(column - 25) < 2), (100, 66, 40)),
            ((row - 16) ** 2 + (column - 25) ** 2 < 26, (52, 112, 58))):
        image[shape] = colour
    return np.ascontiguousarray(image.astype(np.uint8).transpose(2, 0, 1))


def main():
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".png")
    image = scene()
    rows = {"the image": grid(image[None], 1)} | {name: T.show(transform, image, 6) for name, transform in ROWS.items()}
    pairs = np.concatenate([mixed(transform, image) for transform in (T.MixUp(), T.CutMix())])
    rows["MixUp(), CutMix(), with its mirror image in other colours"] = grid(pairs, 6)
    figure, axes = plt.subplots(len(rows), 1, figsize=(6.4, 1.2 * len(rows)), layout="constrained")
    for ax, (name, picture) in zip(axes, rows.items(), strict=True):
        ax.imshow(picture, extent=(0, picture.shape[1], picture.shape[0], 0))
        ax.set_xlim(0, 6 * 33 - 1)
        ax.set_title(name, fontsize=9, loc="left", family="monospace", pad=3)
        ax.axis("off")
    figure.savefig(path, dpi=110)
    print(path)


def mixed(transform, image):
    """Three versions, with the mirror image in other colours for a partner."""
    data = np.concatenate([image[None], image[None, [2, 1, 0], :, ::-1].repeat(50, 0)])
    return np.concatenate([transform(data, np.zeros(51, np.float32), epoch=epoch)[0][:1] for epoch in range(3)])


if __name__ == "__main__":
    main()
