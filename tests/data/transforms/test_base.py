"""What holds of every transform: a sample depends on its key alone; nothing is written to; arguments are looked at."""

import copy
import pickle
import threading

import numpy as np
import pytest

from minigrad.data import transforms
from minigrad.data.transforms import (
    ColorJitter,
    Compose,
    CutMix,
    Cutout,
    HorizontalFlip,
    MixUp,
    Normalize,
    Pad,
    RandomAffine,
    RandomCrop,
    RandomErasing,
    Resize,
    Transform,
)
from minigrad.kernels import use
from minigrad.kernels.threads import native

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (40, 3, 16, 14), dtype=np.uint8)
TARGETS = RNG.integers(0, 10, 40)
CHAIN = [RandomCrop((16, 14), padding=2), HorizontalFlip(), Normalize((.5, .4, .3), (.2, .3, .4))]
TRANSFORMS = [
    RandomCrop(12, padding=2), HorizontalFlip(), RandomAffine(15, (.1, .1), (.8, 1.2)), ColorJitter(.4, .4, .4), Cutout(6),
    RandomErasing(), RandomErasing(value="random"), Compose(CHAIN),
    Compose([ColorJitter(.3), RandomAffine(5), *CHAIN, Cutout(4)]),
]
ALL = [*TRANSFORMS, Pad(2), Resize((9, 20)), Normalize(.5, .5)]
each = pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
DTYPES = pytest.mark.parametrize("dtype", [np.uint8, np.float32])


def images_of(dtype):
    return IMAGES if dtype == np.uint8 else (IMAGES / 255).astype(dtype)


@DTYPES
@each
def test_a_sample_depends_on_its_key_alone(transform, dtype):
    images = images_of(dtype)
    whole = transform(images, seed=7, epoch=3)
    order = RNG.permutation(40)
    shuffled = transform.apply(images[order], 7, 3, order)
    np.testing.assert_array_equal(shuffled, whole[order])
    for first in range(0, 40, 7):
        part = np.arange(first, min(first + 7, 40))
        np.testing.assert_array_equal(transform.apply(images[part], 7, 3, part), whole[part])
    for other in (dict(seed=8, epoch=3), dict(seed=7, epoch=4), dict(seed=-7, epoch=3)):
        assert (transform(images, **other) != whole).any()
    assert (transform.apply(images, 7, 3, np.arange(40) + 1) != whole).any()


@pytest.mark.skipif(native() is None, reason="the C++ extension is not built here")
@DTYPES
@pytest.mark.parametrize("transform", ALL, ids=repr)
def test_threads_and_tables_change_nothing(transform, dtype):
    images = images_of(dtype).repeat(10, 0)
    before = native().num_threads()
    try:
        found = []
        for n in (1, 2, 3):
            native().set_num_threads(n)
            found.append(transform(images, epoch=5))
    finally:
        native().set_num_threads(before)
    assert found[0].tobytes() == found[1].tobytes() == found[2].tobytes()
    with use("numpy"):
        np.testing.assert_allclose(transform(images, epoch=5), found[0], rtol=1e-5, atol=1e-5)


def test_threads_of_the_user():
    transform, found = Compose(CHAIN), {}

    def work(i):
        found[i] = transform.apply(IMAGES[i:i + 5], 0, 0, np.arange(i, i + 5))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(0, 40, 5)]
    for step in (threading.Thread.start, threading.Thread.join):
        for thread in threads:
            step(thread)
    np.testing.assert_array_equal(np.concatenate([found[i] for i in range(0, 40, 5)]), transform(IMAGES))


@DTYPES
@pytest.mark.parametrize("transform", ALL, ids=repr)
def test_what_comes_in_and_what_goes_out(transform, dtype):
    images = images_of(dtype)
    before = images.copy()
    images.flags.writeable = False
    try:
        whole = transform(images)
    finally:
        images.flags.writeable = True
    np.testing.assert_array_equal(images, before)
    assert whole.flags.c_contiguous and whole.flags.writeable and not np.shares_memory(whole, images)
    floats = any(isinstance(part, Normalize) for part in getattr(transform, "parts", [transform]))
    assert whole.dtype == (np.float32 if floats else dtype)
    np.testing.assert_array_equal(transform(images.transpose(0, 1, 3, 2).copy().transpose(0, 1, 3, 2)), whole)
    wide = images.repeat(2, 0)[::2]
    assert not wide.flags.c_contiguous
    np.testing.assert_array_equal(transform(wide), whole)
    np.testing.assert_array_equal(transform(images[:1]), whole[:1])
    assert transform(images[:0]).shape == (0, *whole.shape[1:])


@pytest.mark.parametrize("transform", [*ALL, MixUp(classes=10)], ids=repr)
def test_grey_images_copies_and_names(transform):
    grey = IMAGES[:, :1]
    if isinstance(transform, Compose):
        transform = Compose([HorizontalFlip(), Cutout(3)])
    for other in (copy.deepcopy(transform), pickle.loads(pickle.dumps(transform))):
        found, expected = (t(grey, TARGETS, seed=2) for t in (other, transform))
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])
        assert repr(other) == repr(transform) and found[0].shape[1] == 1


def test_what_stays_where_a_model_is_measured():
    assert all(t.evaluation() is None for t in (HorizontalFlip(), RandomAffine(9), ColorJitter(.1), Cutout(2), RandomErasing(),
                                                MixUp(), CutMix()))
    resize, normalize, pad = Resize(8), Normalize(.5, .5), Pad(1)
    assert resize.evaluation() is resize and normalize.evaluation() is normalize and pad.evaluation() is pad
    left = Compose([*CHAIN, MixUp(classes=10)]).evaluation()
    np.testing.assert_array_equal(left(IMAGES), CHAIN[2](IMAGES))
    assert Compose([HorizontalFlip(), MixUp(classes=3)]).evaluation() is None


def test_a_transform_of_ones_own():
    class Noise(Transform):
        kind = 200

        def run(self, images, draw):
            return images ^ (draw.words(self.stream, 1)[:, :, None, None] >> 24).astype(np.uint8)

    whole = Noise()(IMAGES)
    np.testing.assert_array_equal(Noise().apply(IMAGES[5:9], 0, 0, np.arange(5, 9)), whole[5:9])
    twice = Compose([Noise(), Noise()])(IMAGES)
    assert (twice != IMAGES).any(), "two of a kind draw different numbers"
    with pytest.raises(NotImplementedError, match=r"\[Transform\] has no run\(images, draw\)"):
        Transform()(IMAGES)


def test_names_of_torchvision_and_keras():
    with pytest.raises(AttributeError, match=r"no attribute 'RandomHorizontalFlip': there is HorizontalFlip\(p\)"):
        _ = transforms.RandomHorizontalFlip
    with pytest.raises(AttributeError, match=r"'ToTensor': there is no need of it: a Loader makes numbers from 0 to 1"):
        _ = transforms.ToTensor
    with pytest.raises(AttributeError, match=r"no attribute 'Sepia'$"):
        _ = transforms.Sepia
    for text in transforms.ELSEWHERE.values():
        assert text.startswith("no need") or hasattr(transforms, text.partition("(")[0])


@pytest.mark.parametrize("call, error, words", [
    (lambda t: t(IMAGES[0]), ValueError, r"\[Cutout\] images must be \(B, C, H, W\), found \(3, 16, 14\): use "),
    (lambda t: t(IMAGES[0, 0]), ValueError, r"found \(16, 14\): use image\[None, None\]"),
    (lambda t: t(IMAGES[None]), ValueError, r"found \(1, 40, 3, 16, 14\)$"),
    (lambda t: t(np.zeros((2, 32, 32, 3), np.uint8)), ValueError, r"found \(2, 32, 32, 3\), which looks as if channels came "
     r"last: use images.transpose\(0, 3, 1, 2\)"),
    (lambda t: t([1]), TypeError, r"\[Cutout\] images must be an array \(B, C, H, W\), found list"),
    (lambda t: t(IMAGES.astype(np.float64)), TypeError, r"uint8 or float32, found float64 \(40, 3, 16, 14\): use .astype"),
    (lambda t: t(IMAGES[:, :, :0]), ValueError, r"images have no pixels: \(40, 3, 0, 14\)"),
    (lambda t: t(IMAGES, seed=None), TypeError, r"\[Cutout\] seed must be an integer, found None: pass for example seed=0"),
    (lambda t: t(IMAGES, epoch=1.5), TypeError, "epoch must be an integer, found 1.5"),
    (lambda t: t(IMAGES, epoch=-1), ValueError, r"epoch must be from 0 to 2\^48 - 1, found -1"),
    (lambda t: t(IMAGES, indices=[1]), ValueError, r"found 1 indices but expected 40, one for each image: images \(40,"),
    (lambda t: t(IMAGES, indices=np.arange(40) - 1), ValueError, r"indices must be from 0 to 2\^40 - 1, found -1 to 38"),
    (lambda t: t(IMAGES, indices=np.ones(40)), TypeError, r"indices must be integers \(B,\), .* found float64 \(40,\)"),
])
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call(Cutout(3))
