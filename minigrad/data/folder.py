"""Pictures of your own: a folder with a folder for each class, or MNIST's four files.

    pictures/cat/1.png         image_folder("pictures", size=32)
    pictures/cat/more/2.jpg
    pictures/dog/a.jpg

Pillow reads the pictures (it comes with matplotlib; the extra [images] asks for it). What a picture says of itself, its width
and height, is held against the limits before a pixel of it is unpacked.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.data.dataset import Dataset
from minigrad.data.idx import read_idx

KINDS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".bmp": "BMP", ".gif": "GIF", ".webp": "WEBP", ".ppm": "PPM",
         ".pgm": "PPM"}
_GREY = {"1", "L", "LA", "I;16", "I;16B", "I;16L", "I"}
_ORIENTATION = 0x0112       # of EXIF: from 5 on, width and height are exchanged
_FILES = "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def image_folder(path: str | os.PathLike[str], size: int | tuple[int, int] | None = None, channels: int | None = None,
                 classes: Sequence[str] | None = None, max_pixels: int = 1 << 26, max_bytes: int = 2 << 30,
                 device: str | None = None) -> Dataset:
    """The pictures in the folders of `path`, one folder for each class: images uint8 (N, channels, H, W), labels int64 (N,).

    size: (H, W), or one number for both, to which every picture is scaled (bilinear, antialiased; its proportions are not
    kept); None: they must all have one size. channels: 3 (red, green, blue) or 1 (grey); None: 1 if every picture is grey. What
    is transparent becomes opaque; a turn that a camera noted (EXIF) is carried out; of a moving picture the first one is taken.
    classes: the names of the folders in the order of their labels; None: as they are sorted; for a test set `train.classes`.
    Files are taken in sorted order, from folders in the folders too; names that begin with a dot and other kinds of files are
    passed over (kinds: png, jpg, bmp, gif, webp, ppm, pgm). max_pixels: what one picture, max_bytes: what all may have.

    FileNotFoundError where there is no such folder, no class or no picture, ValueError for a picture that is damaged, too large
    or of another size, ImportError without Pillow.
    """
    image = _pillow("image_folder")
    top = Path(path)
    names = _classes(top, classes)
    files = [(file, label) for label, name in enumerate(names) for file in _pictures(top / name)]
    if channels not in (None, 1, 3):
        raise ValueError(f"[image_folder] channels must be 1, 3 or None, found {channels!r}")
    shape = _shape(size)
    grey, first = True, None
    for file, _ in files:
        found, mode = _look(image, file, max_pixels)
        grey &= mode in _GREY
        first = first or (file, found)
        if shape is None and found != first[1]:
            raise ValueError(f"[image_folder] {file} is {found[0]} x {found[1]}, but {first[0]} is {first[1][0]} x "
                             f"{first[1][1]} (height x width): pass size=(H, W), to which all are scaled")
    assert first is not None
    depth = channels or (1 if grey else 3)
    whole = len(files), depth, *(shape or first[1])
    needed = whole[0] * whole[1] * whole[2] * whole[3]
    if needed > max_bytes:
        raise ValueError(f"[image_folder] {top}: {len(files)} pictures of {whole[1:]} need {needed} bytes, expected at most "
                         f"max_bytes={max_bytes}: pass a smaller size=, or a larger max_bytes=")
    images = np.empty(whole, np.uint8)
    for place, (file, _) in zip(images, files, strict=True):
        place[:] = _picture(image, file, shape, depth)
    return Dataset(images, np.array([label for _, label in files], np.int64), top.resolve().name, names, device)


def pictures(files: Sequence[str | os.PathLike[str]], size: tuple[int, int] | int, channels: int = 3,
             max_pixels: int = 1 << 26) -> NDArray[np.uint8]:
    """uint8 (N, channels, H, W) of these files, read as `image_folder` reads them, scaled to `size`.

    FileNotFoundError for one that is not there, ValueError for one that is no picture, or too large, ImportError without
    Pillow.
    """
    image = _pillow("pictures")
    if channels not in (1, 3):
        raise ValueError(f"[pictures] channels must be 1 or 3, found {channels!r}")
    shape = _shape(size)
    found = []
    for file in map(Path, files):
        if not file.is_file():
            what = "a folder" if file.is_dir() else "nothing"
            raise FileNotFoundError(f"[pictures] {file}: expected a picture, found {what}")
        _look(image, file, max_pixels)
        found.append(_picture(image, file, shape, channels))
    return np.stack(found) if found else np.empty((0, channels, *(shape or ())), np.uint8)


def _pillow(caller: str) -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(f"[{caller}] Pillow reads pictures ({error}): pip install 'minigrad-engine[images]'") from None
    return Image


def _classes(top: Path, classes: Sequence[str] | None) -> list[str]:
    if not top.is_dir():
        raise FileNotFoundError(f"[image_folder] {top}: expected a folder with a folder for each class, found "
                                f"{'a file' if top.exists() else 'nothing'}")
    found = sorted(entry.name for entry in os.scandir(top) if entry.is_dir() and not entry.name.startswith("."))
    if not found:
        raise FileNotFoundError(f"[image_folder] {top}: expected a folder for each class in it, found none: put the pictures "
                                f"of each class into {top / 'name of the class'}")
    if classes is None:
        return found
    if strange := [name for name in found if name not in classes]:
        raise ValueError(f"[image_folder] {top} has folders {', '.join(strange)}, expected only classes={list(classes)}: "
                         "rename them, or name them in classes")
    return list(classes)


def _pictures(folder: Path) -> list[Path]:
    """The pictures in a folder and the folders in it, sorted. A class of `classes` that has no folder has none."""
    if not folder.exists():
        return []
    found = [Path(place, name) for place, _, names in os.walk(folder) for name in names
             if Path(name).suffix.lower() in KINDS and not name.startswith(".")]
    if not found:
        raise FileNotFoundError(f"[image_folder] {folder}: expected pictures ({', '.join(KINDS)}), found none: remove the "
                                "folder, or convert what is in it")
    return sorted(found)


def _shape(size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    height, width = (size, size) if isinstance(size, int) else size
    if not (isinstance(height, int) and isinstance(width, int) and 0 < height < 1 << 15 and 0 < width < 1 << 15):
        raise ValueError(f"[image_folder] size must be a number of pixels or (H, W), each from 1 to {(1 << 15) - 1}, "
                         f"found {size!r}")
    return height, width


def _look(image: Any, file: Path, most: int) -> tuple[tuple[int, int], str]:
    """((height, width), mode) by the header of a picture."""
    def header(picture: Any) -> tuple[tuple[int, int], str]:
        width, height = picture.size
        if width * height > most:
            raise ValueError(f"{height} x {width} pixels, more than max_pixels={most}")
        turned = picture.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
        return ((width, height) if turned else (height, width)), picture.mode

    return _opened(image, file, header)


def _picture(image: Any, file: Path, shape: tuple[int, int] | None, channels: int) -> np.ndarray:
    """The pixels (channels, H, W) uint8 of a picture."""
    def pixels(picture: Any) -> np.ndarray:
        from PIL import ImageOps

        if picture.mode.startswith("I"):            # of 16 bits, which Pillow would cut off at 255
            picture = image.fromarray((np.asarray(picture).astype(np.int64).clip(0, 65535) >> 8).astype(np.uint8))
        picture = ImageOps.exif_transpose(picture)
        if picture.mode == "P":
            picture = picture.convert("RGBA")       # Pillow warns of the other way
        picture = picture.convert("RGB" if channels == 3 else "L")
        if shape is not None and picture.size != shape[::-1]:
            picture = picture.resize(shape[::-1], image.Resampling.BILINEAR)
        return np.asarray(picture, np.uint8).reshape(*picture.size[::-1], channels).transpose(2, 0, 1)

    return _opened(image, file, pixels)


def _opened(image: Any, file: Path, work: Any) -> Any:
    """What `work` makes of an open picture. Pillow raises a dozen kinds of errors for what is damaged: one is left."""
    try:
        with image.open(file, formats=sorted(set(KINDS.values()))) as picture:
            return work(picture)
    except (PermissionError, FileNotFoundError):
        raise
    except Exception as error:
        raise ValueError(f"[image_folder] {file}: expected a whole picture of a kind that its name says, found "
                         f"{type(error).__name__}: {str(error)[:200]}; replace the file, or remove it") from None


def mnist_like(path: str | os.PathLike[str], classes: Sequence[str] | None = None, max_bytes: int = 2 << 30,
               device: str | None = None) -> tuple[Dataset, Dataset]:
    """(train, test) from MNIST's four files in the folder `path`, of whatever data: images uint8 (N, 1, H, W), labels int64
    (N,).

    The files are [anything-]train-images-idx3-ubyte, train-labels-idx1-ubyte and t10k-... (or test-...) with .gz or without, as
    in Fashion-MNIST, KMNIST, EMNIST; `write_idx` makes them. No checksum is known for them; for MNIST itself use `mnist`.
    FileNotFoundError where one is missing, ValueError for a damaged one, for two that could be meant, for labels out of the
    range of `classes`, and where images have more than max_bytes.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise FileNotFoundError(f"[mnist_like] {folder}: expected a folder with four files like {_FILES[0]}, found "
                                f"{'a file' if folder.exists() else 'nothing'}")
    sets = []
    for split, images, labels in (("train", *_FILES[:2]), ("test", *_FILES[2:])):
        x = read_idx(_only(folder, images), np.uint8, 3, max_bytes)
        y = read_idx(_only(folder, labels), np.uint8, 1, max_bytes)
        sets.append(Dataset(x[:, None], y, f"{folder.resolve().name} {split}", classes, device))
    return sets[0], sets[1]


def _only(folder: Path, name: str) -> Path:
    """The file that is called `name`, but for what stands before it, .gz, and the two other spellings."""
    ends = {end.replace("-idx", dot) + packed for end in (name, name.replace("t10k-", "test-")) for dot in ("-idx", ".idx")
            for packed in ("", ".gz")}
    found = sorted(file for file in folder.iterdir() if file.is_file() and any(
        file.name == end or file.name.endswith(f"-{end}") for end in ends))
    if not found:
        raise FileNotFoundError(f"[mnist_like] {folder}: expected a file {name} or {name}.gz, found none")
    if len({file.name.removesuffix(".gz") for file in found}) > 1:
        raise ValueError(f"[mnist_like] {folder}: expected one file {name}, found {', '.join(file.name for file in found)}: "
                         "give each set a folder of its own")
    return found[0]
