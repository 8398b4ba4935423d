"""Pictures from folders, and MNIST's four files with other data in them."""

import sys

import numpy as np
import pytest

from minigrad.data import image_folder, mnist, mnist_like
from minigrad.data.idx import write_idx

Image = pytest.importorskip("PIL.Image", reason="Pillow is an extra: pip install minigrad-engine[images]")
RNG = np.random.default_rng(0)


def picture(path, pixels=None, mode=None, **options):
    """Write pixels (H, W) or (H, W, 3) uint8 under a name whose end says the kind. -> the pixels."""
    pixels = RNG.integers(0, 256, (6, 5, 3), np.uint8) if pixels is None else np.asarray(pixels)
    path.parent.mkdir(parents=True, exist_ok=True)
    made = Image.fromarray(pixels)
    (made.convert(mode) if mode else made).save(path, **options)
    return pixels


@pytest.fixture
def animals(tmp_path):
    """cat/1.png, cat/more/2.png, dog/a.png, with what is passed over. -> (folder, the three pictures)."""
    top = tmp_path / "animals"
    made = [picture(top / name) for name in ("cat/1.png", "cat/more/2.PNG", "dog/a.bmp")]
    for name in ("cat/.hidden.png", "cat/notes.txt", ".git/x.png", "readme.txt"):
        (top / name).parent.mkdir(exist_ok=True)
        (top / name).write_bytes(b"no picture")
    return top, made


def test_a_folder_for_each_class(animals):
    top, made = animals
    found = image_folder(top)
    assert found.classes == ("cat", "dog") and found.labels.tolist() == [0, 0, 1] and found.name == "animals"
    assert found.images.dtype == np.uint8 and found.shape == (3, 3, 6, 5)
    np.testing.assert_array_equal(found.images, np.stack(made).transpose(0, 3, 1, 2))
    assert image_folder(str(top), device="numpy").device == "numpy"
    np.testing.assert_array_equal(image_folder(top).images, found.images)


def test_scaled(animals):
    top, made = animals
    picture(top / "dog/b.png", RNG.integers(0, 256, (40, 30, 3), np.uint8))
    with pytest.raises(ValueError, match=r"b\.png is 40 x 30, but .*1\.png is 6 x 5 \(height x width\): pass size=\(H, W\)"):
        image_folder(top)
    for size, shape in ((4, (4, 4)), ((8, 12), (8, 12))):
        found = image_folder(top, size)
        assert found.shape == (4, 3, *shape)
        right = Image.fromarray(made[0]).resize(shape[::-1], Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(found.images[0], np.asarray(right).transpose(2, 0, 1))
    flat = picture(top / "dog/c.png", np.full((99, 99, 3), 7, np.uint8))
    assert (image_folder(top, 3).images[-1] == flat[0, 0, 0]).all()
    for size in (0, (3, -1), (3, 1.5), 1 << 15):
        with pytest.raises(ValueError, match=r"size must be a number of pixels or \(H, W\), each from 1 to 32767, found"):
            image_folder(top, size)


def test_classes_of_the_training_set_for_the_test_set(animals, tmp_path):
    top, _ = animals
    found = image_folder(top, classes=["dog", "cow", "cat"])
    assert found.classes == ("dog", "cow", "cat") and found.labels.tolist() == [0, 2, 2]
    with pytest.raises(ValueError, match=r"has folders cat, expected only classes=\['dog'\]"):
        image_folder(top, classes=["dog"])


GREY = np.array([[0, 100, 255], [7, 8, 9]], np.uint8)


@pytest.mark.parametrize(("name", "pixels", "mode", "right"), [
    ("a.png", GREY, None, GREY), ("a.pgm", GREY, None, GREY), ("a.bmp", GREY, None, GREY), ("a.png", GREY > 50, None, (GREY >
    50) * 255), ("a.png", GREY.astype(np.uint16) * 256 + 3, None, GREY), ("a.png", np.dstack([GREY, GREY // 2]), "LA", GREY),
])
def test_grey_pictures_have_one_channel(tmp_path, name, pixels, mode, right):
    path = tmp_path / "set" / "class" / name
    path.parent.mkdir(parents=True)
    (Image.fromarray(pixels, "LA") if mode else Image.fromarray(pixels)).save(path) if mode is None else _la(pixels, path)
    found = image_folder(tmp_path / "set")
    np.testing.assert_array_equal(found.images, right[None, None])
    np.testing.assert_array_equal(image_folder(tmp_path / "set", channels=3).images, np.stack([right] * 3)[None])


def _la(pixels, path):
    Image.merge("LA", [Image.fromarray(np.ascontiguousarray(pixels[..., i])) for i in range(2)]).save(path)


def test_one_that_is_not_grey_makes_all_of_them_colour(tmp_path):
    picture(tmp_path / "a/1.png", np.full((2, 2), 9, np.uint8))
    colour = picture(tmp_path / "a/2.png", RNG.integers(0, 256, (2, 2, 3), np.uint8))
    found = image_folder(tmp_path)
    assert found.shape == (2, 3, 2, 2) and (found.images[0] == 9).all()
    np.testing.assert_array_equal(found.images[1], colour.transpose(2, 0, 1))
    assert image_folder(tmp_path, channels=1).shape == (2, 1, 2, 2)
    with pytest.raises(ValueError, match="channels must be 1, 3 or None, found 4"):
        image_folder(tmp_path, channels=4)


def test_transparent_palette_moving_and_turned_pictures(tmp_path):
    colour = RNG.integers(0, 256, (4, 6, 3), np.uint8)
    clear = np.dstack([colour, np.full((4, 6), 99, np.uint8)])
    picture(tmp_path / "a/clear.png", clear)
    picture(tmp_path / "b/still.gif", np.full((4, 6), 40, np.uint8))
    frames = [Image.fromarray(np.full((4, 6), value, np.uint8)) for value in (10, 200)]
    (tmp_path / "b").mkdir(exist_ok=True)
    frames[0].save(tmp_path / "b/moving.gif", save_all=True, append_images=frames[1:])
    palette = Image.fromarray(colour).quantize(8)
    palette.save(tmp_path / "a/palette.png", transparency=bytes(8))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = np.zeros((6, 4, 3), np.uint8)
    turned[0] = 250
    picture(tmp_path / "c/turned.jpg", turned, quality=100, subsampling=0, exif=exif)
    found = image_folder(tmp_path)
    assert found.shape == (5, 3, 4, 6)
    np.testing.assert_array_equal(found.images[0], colour.transpose(2, 0, 1))
    np.testing.assert_array_equal(found.images[1], np.asarray(palette.convert("RGB")).transpose(2, 0, 1))
    assert abs(found.images[2].astype(int) - 10).max() < 3, "the first one"
    assert found.images[4, :, :, -1].min() > 200 and found.images[4, :, :, 0].max() < 50, "its top is right now"


def test_what_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a folder with a folder for each class, found nothing"):
        image_folder(tmp_path / "none")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match="found a file"):
        image_folder(tmp_path / "file")
    with pytest.raises(FileNotFoundError, match=r"expected a folder for each class in it, found none: put the pictures"):
        image_folder(tmp_path)
    (tmp_path / "cat").mkdir()
    with pytest.raises(FileNotFoundError, match=r"cat: expected pictures \(\.png, .*, found none: remove the folder"):
        image_folder(tmp_path)


@pytest.mark.parametrize("change", [lambda data: b"", lambda data: data[:30], lambda data: data[:-20], lambda data: b"GIF89a",
                                    lambda data: data[:40] + b"\xff" * 20 + data[60:]])
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.gif", "a.ppm", "a.webp"])
def test_a_damaged_picture_is_named(tmp_path, name, change):
    path = tmp_path / "class" / name
    picture(path, RNG.integers(0, 256, (30, 30, 3), np.uint8))
    path.write_bytes(change(path.read_bytes()))
    try:
        image_folder(tmp_path)          # in some kinds a few bytes say nothing of others
    except ValueError as error:
        assert str(error).startswith(f"[image_folder] {path}: expected a whole picture of a kind that its name says, found ")


def test_limits(tmp_path):
    picture(tmp_path / "a/1.png", np.zeros((200, 300), np.uint8))
    with pytest.raises(ValueError, match=r"1\.png: .* 200 x 300 pixels, more than max_pixels=59999"):
        image_folder(tmp_path, 4, max_pixels=59999)
    assert image_folder(tmp_path, max_bytes=60000).shape == (1, 1, 200, 300)
    with pytest.raises(ValueError, match=r"1 pictures of \(1, 200, 300\) need 60000 bytes, expected at most max_bytes=59999:"):
        image_folder(tmp_path, max_bytes=59999)


def test_without_pillow(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"^\[image_folder\] Pillow reads pictures \(.+\): pip install '.+\[images\]'$"):
        image_folder(tmp_path)


# MNIST's four files


def four(folder, front="", end=".gz", dot="-idx", test="t10k", height=5):
    folder.mkdir(exist_ok=True)
    arrays = (np.arange(3 * height * 4).reshape(3, height, 4).astype(np.uint8), np.array([2, 0, 1], np.uint8),
              np.ones((1, height, 4), np.uint8), np.array([2], np.uint8))
    for split, (x, y) in (("train", arrays[:2]), (test, arrays[2:])):
        write_idx(folder / f"{front}{split}-images{dot}3-ubyte{end}", x)
        write_idx(folder / f"{front}{split}-labels{dot}1-ubyte{end}", y)
    return arrays


@pytest.mark.parametrize("spelling", [{}, {"end": ""}, {"dot": ".idx", "end": ""}, {"front": "emnist-letters-"},
                                      {"test": "test"}])
def test_four_files_in_each_spelling(tmp_path, spelling):
    arrays = four(tmp_path / "mine", **spelling)
    train, test = mnist_like(tmp_path / "mine", ("a", "b", "c"), device="numpy")
    np.testing.assert_array_equal(train.images, arrays[0][:, None])
    assert train.labels.tolist() == [2, 0, 1] and test.shape == (1, 1, 5, 4) and train.classes == ("a", "b", "c")
    assert (train.name, test.name, test.device) == ("mine train", "mine test", "numpy")


def test_packed_and_unpacked_beside_each_other_are_one_file(tmp_path):
    four(tmp_path, end="")
    four(tmp_path)
    assert len(mnist_like(tmp_path)[0]) == 3


def test_four_files_that_are_not_right(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected a folder with four files like train-images-idx3-ubyte, found"):
        mnist_like(tmp_path / "none")
    four(tmp_path)
    with pytest.raises(ValueError, match=r"expected at most max_bytes=59, found 60 bytes of elements for shape \(3, 5, 4\):"):
        mnist_like(tmp_path, max_bytes=59)
    with pytest.raises(ValueError, match=r"2 classes need labels from 0 to 1, found 0 to 2"):
        mnist_like(tmp_path, classes="ab")
    four(tmp_path, front="emnist-")
    with pytest.raises(ValueError, match=r"expected one file train-images-idx3-ubyte, found emnist-train.*gz, train-.*gz: "
                                         r"give"):
        mnist_like(tmp_path)
    for path in tmp_path.glob("*train-labels*"):
        path.unlink()
    (tmp_path / "emnist-train-images-idx3-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match=r"expected a file train-labels-idx1-ubyte or train-labels-idx1-ubyte\.gz,"):
        mnist_like(tmp_path)


def test_the_real_set_is_found_so_too():
    import os
    from pathlib import Path

    root = os.environ.get("MINIGRAD_DATA")
    if not root or not (Path(root) / "mnist").is_dir():
        pytest.skip("MINIGRAD_DATA has no folder mnist")
    for found, right in zip(mnist_like(Path(root) / "mnist"), mnist(download=False), strict=True):
        np.testing.assert_array_equal(found.images, right.images)
        np.testing.assert_array_equal(found.labels, right.labels)
