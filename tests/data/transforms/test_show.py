"""What becomes of one image, and a picture of it."""

import numpy as np
import pytest

from minigrad.data.transforms import Compose, HorizontalFlip, Normalize, RandomCrop, show, versions
from minigrad.data.transforms.show import grid

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 256, (3, 8, 6), dtype=np.uint8)
CROP = RandomCrop((8, 6), padding=2)


def test_versions_are_what_the_epochs_have():
    found = versions(CROP, IMAGE, 4, seed=3, index=7)
    assert found.shape == (4, 3, 8, 6) and len(np.unique(found, axis=0)) > 1
    for epoch in range(4):
        np.testing.assert_array_equal(found[epoch:epoch + 1], CROP.apply(IMAGE[None], 3, epoch, np.array([7])))
    assert versions(HorizontalFlip(), IMAGE[0], 2).shape == (2, 1, 8, 6)


def test_a_picture():
    picture = show(CROP, IMAGE, 6)
    assert picture.shape == (8, 6 * 7 - 1, 3) and picture.dtype == np.uint8
    np.testing.assert_array_equal(picture[:, 7:13], versions(CROP, IMAGE, 6)[1].transpose(1, 2, 0))
    assert (picture[:, 6] == 255).all()
    assert show(CROP, IMAGE, 5, columns=2, zoom=3).shape == (3 * 27 - 3, 2 * 21 - 3, 3)
    assert show(HorizontalFlip(), IMAGE[:1], 2).shape == (8, 13)


def test_normalized_images_are_brought_back():
    picture = show(Compose([HorizontalFlip(1), Normalize(.5, .1)]), IMAGE, 1)
    assert picture.min() == 0 and picture.max() == 255
    assert grid(np.full((1, 1, 2, 2), .5, np.float32), 1).tolist() == [[128] * 2] * 2


@pytest.mark.parametrize("channels", [1, 3])
def test_a_file(tmp_path, channels):
    image = pytest.importorskip("matplotlib.image")
    picture = show(CROP, IMAGE[:channels], 6, path=tmp_path / "six.png", zoom=2)
    back = np.rint(image.imread(tmp_path / "six.png") * 255).astype(np.uint8)[..., :3]
    np.testing.assert_array_equal(back, picture if channels == 3 else picture[..., None].repeat(3, -1))


@pytest.mark.parametrize("make, error, words", [
    (lambda: versions(len, IMAGE), TypeError, r"\[versions\] expected a transform, found builtin_function"),
    (lambda: versions(CROP, IMAGE, 0), ValueError, r"\[versions\] count must be an integer, at least 1, found 0"),
    (lambda: versions(CROP, IMAGE[None].repeat(2, 0)), ValueError, r"expected one image \(C, H, W\), found \(2, 3, 8, 6\)"),
    (lambda: show(CROP, IMAGE, columns=0), ValueError, r"\[show\] columns must be an integer, at least 1, found 0"),
    (lambda: show(CROP, IMAGE, zoom=1.5), ValueError, r"\[show\] zoom must be an integer"),
    (lambda: show(CROP, IMAGE[:2]), ValueError, r"\[show\] found images of 2 channels but expected 1 or 3"),
])
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()
