"""Handwriting-like digits, drawn here: 28 x 28 grey images in MNIST's format, for machines without a network.

Each image is written rather than copied. A digit has several writing styles, each a few pen strokes through control
points (`_STYLES`). For every image the control points are moved a little, a smooth curve is laid through them, the
curve is rotated, sheared, scaled, shifted and bent by a smooth random field (the elastic distortion), and a pen whose
pressure varies along the way is drawn over it; then come paper grain and a varying ink strength.

The pen is a Gaussian at each of P points along the curve, weighted by the piece of curve it stands for. A Gaussian is
a product of one in x and one in y, so an image is a product of two matrices (28, P) (P, 28): 70000 of them in about
10 s on one core, with no loop over strokes or pixels.

An image depends only on (seed, split, index): 100 images are the first 100 of 60000. For a small network the set is
about as hard as MNIST (784-40-10 on 10000 images, 8 epochs: 92 %, and that network then reads 8 in 10 of MNIST's own
test digits), but it is not MNIST: name it when you report a number.
"""

import functools
import operator

import numpy as np
from numpy.typing import NDArray

from minigrad.data.dataset import Dataset
from minigrad.data.streams import SYNTHETIC_NOISE, SYNTHETIC_SHAPE, generator

_SIZE = 28
_P = 96  # points along a curve: at most 0.7 pixels apart
_CHUNK = 500  # images at a time: 10 MB of temporaries
_WAVES = 3  # terms of the elastic field

Point = tuple[float, float]
Stroke = list[Point]

# (x, y) with x to the right and y down, in a box of about 1 x 1. A point given twice in a row is a corner.
_STYLES: dict[int, list[list[Stroke]]] = {
    0: [
        [[(.55, .02), (.25, .14), (.08, .5), (.2, .86), (.5, .98), (.8, .85), (.92, .5), (.8, .15), (.52, .03)]],
        [[(.7, .1), (.42, .02), (.14, .28), (.1, .65), (.35, .97), (.7, .9), (.9, .55), (.8, .2), (.52, .04),
          (.34, .12)]],
    ],
    1: [
        [[(.5, 0), (.5, .5), (.5, 1)]],
        [[(.3, .2), (.52, 0), (.52, 0), (.51, .5), (.5, 1)]],
        [[(.28, .2), (.52, 0), (.52, 0), (.51, .5), (.5, 1)], [(.28, 1), (.5, .99), (.75, 1)]],
    ],
    2: [
        [[(.12, .25), (.3, .04), (.65, .02), (.85, .22), (.7, .5), (.35, .8), (.1, .98), (.1, .98), (.5, .95),
          (.92, .97)]],
        [[(.15, .2), (.45, .02), (.8, .2), (.65, .55), (.3, .9), (.12, .9), (.2, .74), (.45, .84), (.7, .97),
          (.95, .88)]],
        [[(.1, .15), (.5, .02), (.85, .25), (.55, .68), (.08, .97), (.08, .97), (.9, .98)]],
    ],
    3: [
        [[(.15, .12), (.5, .01), (.82, .2), (.65, .43), (.4, .48), (.4, .48), (.75, .55), (.88, .77), (.6, .98),
          (.1, .9)]],
        [[(.12, .04), (.82, .04), (.82, .04), (.45, .42), (.45, .42), (.82, .52), (.88, .78), (.55, .98), (.1, .9)]],
        [[(.12, .1), (.55, .0), (.85, .17), (.7, .4), (.45, .46), (.6, .5), (.86, .68), (.7, .95), (.3, .98),
          (.08, .85)]],
    ],
    4: [
        [[(.2, .02), (.12, .55), (.12, .55), (.5, .55), (.92, .5)], [(.72, .05), (.7, .5), (.66, 1)]],
        [[(.65, .02), (.08, .62), (.08, .62), (.5, .63), (.95, .62)], [(.65, .02), (.65, .5), (.65, 1)]],
        [[(.15, .05), (.12, .4), (.35, .53), (.65, .42), (.82, .06), (.82, .06), (.78, .5), (.72, 1)]],
    ],
    5: [
        [[(.25, .03), (.2, .42), (.2, .42), (.5, .36), (.85, .55), (.8, .85), (.5, .98), (.1, .9)],
         [(.25, .03), (.55, .04), (.88, .02)]],
        [[(.88, .04), (.3, .05), (.3, .05), (.22, .44), (.22, .44), (.55, .38), (.88, .62), (.7, .92), (.35, .98),
          (.08, .88)]],
        [[(.85, .02), (.4, .06), (.26, .3), (.45, .45), (.75, .6), (.72, .88), (.4, .99), (.1, .88)]],
    ],
    6: [
        [[(.7, .02), (.35, .25), (.12, .6), (.2, .9), (.55, .98), (.85, .8), (.75, .57), (.45, .52), (.18, .7)]],
        [[(.4, 0), (.2, .4), (.12, .75), (.35, .98), (.75, .93), (.85, .7), (.6, .55), (.25, .65), (.15, .78)]],
    ],
    7: [
        [[(.08, .06), (.5, .05), (.9, .04), (.9, .04), (.6, .5), (.38, 1)]],
        [[(.08, .06), (.5, .05), (.9, .04), (.9, .04), (.6, .5), (.38, 1)], [(.3, .5), (.55, .48), (.82, .47)]],
        [[(.08, .22), (.12, .05), (.12, .05), (.5, .06), (.9, .05), (.9, .05), (.65, .45), (.5, 1)]],
    ],
    8: [
        [[(.8, .15), (.5, .01), (.2, .18), (.4, .42), (.7, .58), (.85, .8), (.5, .99), (.15, .82), (.3, .58),
          (.65, .4), (.82, .18)]],
        [[(.5, .02), (.22, .22), (.5, .46), (.78, .22), (.5, .02)],
         [(.5, .46), (.15, .73), (.5, .99), (.85, .73), (.5, .46)]],
    ],
    9: [
        [[(.8, .2), (.5, .02), (.18, .2), (.25, .45), (.55, .5), (.8, .2), (.8, .2), (.78, .6), (.7, 1)]],
        [[(.82, .25), (.5, .03), (.15, .25), (.3, .48), (.65, .43), (.82, .2), (.85, .6), (.6, .95), (.2, .95)]],
        [[(.75, .1), (.4, .05), (.15, .28), (.35, .5), (.68, .38), (.78, .1), (.72, .5), (.55, 1)]],
    ],
}


def synthetic_digits(n_train: int = 60000, n_test: int = 10000, seed: int = 0,
                     device: str | None = None) -> tuple[Dataset, Dataset]:
    """(train, test): Datasets of uint8 images (n, 1, 28, 28), white on black, with labels 0 to 9 drawn evenly.

    The two come from the same writing styles and share no image. device: that of the Datasets.
    TypeError for sizes or a seed that are no integers,
    ValueError for negative sizes.
    """
    train, test = (Dataset(*_draw(operator.index(n), seed, split), f"synthetic digits {name}", tuple("0123456789"), device)
                   for split, (name, n) in enumerate((("train", n_train), ("test", n_test))))
    return train, test


def _draw(n: int, seed: int, split: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """n images (n, 1, 28, 28) and labels (n,) of one split."""
    if n < 0:
        raise ValueError(f"[synthetic_digits] the number of images must be 0 or more, found {n}")
    images = np.empty((n, 1, _SIZE, _SIZE), np.uint8)
    labels = np.empty(n, np.int64)
    # Every image takes the same count of numbers from each stream, so a longer set begins with the shorter one.
    shape, noise = generator(seed, SYNTHETIC_SHAPE, split), generator(seed, SYNTHETIC_NOISE, split)
    for start in range(0, n, _CHUNK):
        rows = slice(start, min(start + _CHUNK, n))
        count = rows.stop - start
        dice = _Dice(shape.random((count, _Dice.PER_IMAGE)))
        digit, style = _choose(dice)
        x, y, weight = _curve(style, dice)
        words = noise.bit_generator.random_raw(count * _SIZE * _SIZE // 8)
        grain = words.astype("<u8").view(np.uint8).reshape(count, _SIZE, _SIZE)
        images[rows, 0] = _ink(x, y, weight, grain, dice)
        labels[rows] = digit
    return images, labels


class _Dice:
    """Uniform numbers (B, PER_IMAGE), handed out column by column, so that each image keeps to its own row."""

    PER_IMAGE = 64

    def __init__(self, numbers: NDArray[np.float64]) -> None:
        self.numbers, self.used = numbers, 0

    def uniform(self, low: float, high: float, count: int = 1) -> NDArray[np.float32]:
        """(B, count) float32, evenly from low to high."""
        columns = self.numbers[:, self.used:self.used + count]
        self.used += count
        return (low + (high - low) * columns).astype(np.float32)

    def normal(self, mean: float, spread: float, count: int = 1) -> NDArray[np.float32]:
        """(B, count) float32, normal (Box-Muller), held within 2.5 spreads: a slip of the pen, not another digit."""
        radius = np.sqrt(-2 * np.log1p(-self.uniform(0, 1, (count + 1) // 2)))
        angle = self.uniform(0, 2 * np.pi, (count + 1) // 2)
        both = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)[:, :count]
        return mean + spread * np.clip(both, -2.5, 2.5)


class _Styles:
    """All writing styles as arrays: S styles of at most C control points and P curve points each.

    first, count  (10,)          the styles of digit d are first[d] ... first[d] + count[d] - 1
    control       (S, C, 2)      control points
    basis         (S, P, C)      curve points = basis @ control points
    joined        (S, P - 1)     1 where the pen is down between curve points p and p + 1, else 0
    """

    def __init__(self) -> None:
        styles = [(digit, strokes) for digit, several in _STYLES.items() for strokes in several]
        built = [_basis(strokes) for _, strokes in styles]
        widest = max(basis.shape[1] for basis, _, _ in built)
        digits = [digit for digit, _ in styles]
        self.count = np.bincount(digits, minlength=10)
        self.first = np.cumsum(self.count) - self.count
        self.basis = np.zeros((len(styles), _P, widest), np.float32)
        self.control = np.zeros((len(styles), widest, 2), np.float32)
        self.joined = np.stack([joined for _, _, joined in built]).astype(np.float32)
        for s, (basis, control, _) in enumerate(built):
            self.basis[s, :, :basis.shape[1]] = basis
            self.control[s, :len(control)] = control


@functools.cache
def _styles() -> _Styles:
    return _Styles()


def _basis(strokes: list[Stroke]) -> tuple[NDArray, NDArray, NDArray]:
    """(basis (P, C), control (C, 2), joined (P - 1,)) of one style: P points evenly along Catmull-Rom curves."""
    control: list[Point] = []
    pieces: list[tuple[int, list[int]]] = []  # (which stroke, its control points from corner to corner)
    for s, stroke in enumerate(strokes):
        piece: list[int] = []
        for i, point in enumerate(stroke):
            if i and point == stroke[i - 1]:  # a corner: the same control point ends one piece and begins the next
                pieces.append((s, piece))
                piece = [piece[-1]]
            else:
                piece.append(len(control))
                control.append(point)
        pieces.append((s, piece))
    points = np.array(control)

    rows, owner = [], []
    for s, piece in pieces:
        for j in range(len(piece) - 1):
            near = [piece[max(j - 1, 0)], piece[j], piece[j + 1], piece[min(j + 2, len(piece) - 1)]]
            for t in np.linspace(0, 1, 65):
                row = np.zeros(len(control))
                np.add.at(row, near, np.array([-t**3 + 2 * t**2 - t, 3 * t**3 - 5 * t**2 + 2,
                                               -3 * t**3 + 4 * t**2 + t, t**3 - t**2]) / 2)
                rows.append(row)
                owner.append(s)
    fine, stroke_of = np.array(rows), np.array(owner)
    step = np.linalg.norm(np.diff(fine @ points, axis=0), axis=1) * (np.diff(stroke_of) == 0)
    along = np.concatenate([[0], np.cumsum(step)])
    chosen = np.searchsorted(along, np.linspace(0, along[-1], _P) - 1e-9)
    return fine[chosen], points, np.diff(stroke_of[chosen]) == 0


def _choose(dice: _Dice) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each image's digit (B,) and writing style (B,)."""
    styles = _styles()
    digit = dice.uniform(0, 10)[:, 0].astype(np.int64).clip(max=9)  # float32 may round up to 10
    style = (dice.uniform(0, 1)[:, 0] * styles.count[digit]).astype(np.int64)
    return digit, styles.first[digit] + np.minimum(style, styles.count[digit] - 1)


def _curve(style: NDArray[np.int64], dice: _Dice) -> tuple[NDArray, NDArray, NDArray]:
    """The pen's way in pixels: x, y (B, P), and the length of curve (B, P) that each point stands for."""
    styles = _styles()
    C = styles.control.shape[1]
    control = styles.control[style] + dice.normal(0, .035, 2 * C).reshape(-1, C, 2)
    path = styles.basis[style] @ control - .5
    x, y = path[..., 0], path[..., 1]

    # Elastic: each coordinate is moved by a few long waves over the plane.
    for _ in range(_WAVES):
        fx, fy = dice.uniform(-1, 1), dice.uniform(-1, 1)
        angle = 2 * np.pi * (fx * x + fy * y + dice.uniform(0, 1))
        x, y = x + dice.normal(0, .05) * np.sin(angle), y + dice.normal(0, .05) * np.cos(angle)

    # Affine: narrower or wider, slanted, turned, then fitted to a box of about 20 pixels as MNIST's digits are.
    x = x * dice.uniform(.55, 1.05)
    x = x - dice.normal(.15, .22) * y
    turn = dice.normal(0, .13)
    x, y = np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y
    extent = np.maximum(np.ptp(x, axis=1), np.ptp(y, axis=1))[:, None]
    scale = dice.uniform(16.5, 19.5) / extent
    x, y = x * scale, y * scale

    step = np.hypot(np.diff(x, axis=1), np.diff(y, axis=1)) * styles.joined[style]
    weight = (np.pad(step, ((0, 0), (1, 0))) + np.pad(step, ((0, 0), (0, 1)))) / 2
    total = weight.sum(axis=1, keepdims=True)
    middle = (_SIZE - 1) / 2
    x = x - (weight * x).sum(axis=1, keepdims=True) / total + middle + dice.normal(0, .6)
    y = y - (weight * y).sum(axis=1, keepdims=True) / total + middle + dice.normal(0, .6)
    return x, y, weight


def _ink(x: NDArray, y: NDArray, weight: NDArray, grain: NDArray[np.uint8], dice: _Dice) -> NDArray[np.uint8]:
    """Draw the curves with the pen: uint8 images (B, 28, 28). grain (B, 28, 28) is noise."""
    u = np.linspace(0, 1, _P, dtype=np.float32)
    pressure = 1 + .25 * np.sin(2 * np.pi * (dice.uniform(.5, 1.5) * u + dice.uniform(0, 1)))
    width = dice.uniform(.65, 1.25) * pressure  # (B, P), pixels: the Gaussian's spread
    pixel = np.arange(_SIZE, dtype=np.float32)[:, None]
    falloff = -.5 / width**2
    across = np.exp(falloff[:, None] * (pixel - x[:, None]) ** 2)  # (B, 28, P)
    down = np.exp(falloff[:, None] * (pixel - y[:, None]) ** 2)
    down *= (weight / (width * np.float32(np.sqrt(2 * np.pi))))[:, None]  # a long line comes out as 1 at its middle
    trace = down @ across.transpose(0, 2, 1)

    # The tone curve makes the pen's middle flat and its edge 1 to 2 pixels wide; grain roughens the edge.
    grey = grain.astype(np.float32) / 255
    tone = np.clip(1.9 * (trace + .16 * (grey - .5)) - .35, 0, 1)
    return (255 * dice.uniform(.92, 1)[:, None] * tone * (1 - .12 * grey) + .5).astype(np.uint8)
