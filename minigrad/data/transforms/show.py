"""What becomes of one image: versions of it, and a picture of them."""

from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.data.transforms.base import Images, Transform, check_images
from minigrad.system.files import whole_file


def versions(transform: Transform, image: Images, count: int = 6, *, seed: int = 0, index: int = 0) -> Images:
    """(count, C, H, W): sample `index` as epochs 0, 1 ... have it. image (C, H, W) or (H, W), uint8 or float32."""
    if not isinstance(transform, Transform):
        raise TypeError(f"[versions] expected a transform, found {type(transform).__name__}")
    if isinstance(count, bool) or not hasattr(count, "__index__") or count < 1:
        raise ValueError(f"[versions] count must be an integer, at least 1, found {count!r}")
    image = np.asarray(image)
    one = check_images("versions", image[None, None] if image.ndim == 2 else image[None] if image.ndim == 3 else image)
    if len(one) != 1:
        raise ValueError(f"[versions] expected one image (C, H, W), found {image.shape}: use images[0]")
    return np.concatenate([transform(one, seed=seed, epoch=epoch, indices=[index]) for epoch in range(count)])


def show(transform: Transform, image: Images, count: int = 6, *, seed: int = 0, index: int = 0, columns: int | None = None,
         path: str | PathLike[str] | None = None, zoom: int = 1) -> NDArray[np.uint8]:
    """`versions`, side by side: a picture (H', W', 3), or (H', W') of grey images, uint8, for `plt.imshow`, and, with path=, a
    PNG.

    columns: images in a row, all of them unless given. zoom: pixels of the picture for one of an image, along each side. Images
    of floats that go beyond 0 to 1, normalized ones say, are brought there together.
    """
    made = versions(transform, image, count, seed=seed, index=index)
    picture = grid(made, count if columns is None else columns, zoom)
    if path is not None:
        from matplotlib.image import imsave

        with whole_file(path) as part:
            imsave(part, picture if picture.ndim == 3 else picture[..., None].repeat(3, -1), format="png")
    return picture


def grid(images: Images, columns: int, zoom: int = 1) -> NDArray[np.uint8]:
    """images (N, C, H, W) as one picture, `columns` in a row, white between them."""
    for what, value in (("columns", columns), ("zoom", zoom)):
        if isinstance(value, bool) or not hasattr(value, "__index__") or value < 1:
            raise ValueError(f"[show] {what} must be an integer, at least 1, found {value!r}")
    N, C, H, W = images.shape
    if C not in (1, 3):
        raise ValueError(f"[show] found images of {C} channels but expected 1 or 3: {images.shape}")
    if images.dtype != np.uint8:
        low, high = min(float(images.min()), 0.0), max(float(images.max()), 1.0)
        images = np.rint((images - low) * (255 / (high - low))).astype(np.uint8)
    images = images.repeat(zoom, 2).repeat(zoom, 3)
    gap, rows = max(zoom, 1), -(-N // columns)
    picture = np.full((C, rows * (H * zoom + gap) - gap, columns * (W * zoom + gap) - gap), 255, np.uint8)
    for i, one in enumerate(images):
        top, left = i // columns * (H * zoom + gap), i % columns * (W * zoom + gap)
        picture[:, top:top + H * zoom, left:left + W * zoom] = one
    return picture[0] if C == 1 else np.ascontiguousarray(picture.transpose(1, 2, 0))


__all__: list[Any] = ["grid", "show", "versions"]
