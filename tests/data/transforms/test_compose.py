"""Compose: the parts in their order, fewer passes with the same numbers, functions and objects of the user among them."""

from itertools import permutations

import numpy as np
import pytest

from minigrad.data.transforms import CenterCrop, Compose, Cutout, HorizontalFlip, Normalize, Pad, RandomCrop, Resize
from minigrad.data.transforms.windows import Window

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (30, 3, 12, 12), dtype=np.uint8)
NORMALIZE = Normalize((.4, .5, .6), (.2, .3, .4))


def one_by_one(parts, images, **key):
    for part in parts:
        images = part(images, **key)
    return images


PARTS = {"pad": lambda: Pad(3), "zeros": lambda: Pad(2, "constant", 9), "crop": lambda: RandomCrop(9), "flip": HorizontalFlip,
         "padded crop": lambda: RandomCrop(11, padding=2), "middle": lambda: CenterCrop(9), "normalize": lambda: NORMALIZE,
         "resize": lambda: Resize(14)}


@pytest.mark.parametrize("first", PARTS)
def test_one_pass_has_the_numbers_of_several(first):
    for others in (others for n in (1, 2) for others in permutations(PARTS.keys() - {first}, n)):
        chain = Compose([PARTS[name]() for name in (first, *others)])
        found, expected = chain(IMAGES, seed=1, epoch=4), one_by_one(chain.parts, IMAGES, seed=1, epoch=4)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected, err_msg=str(chain))


@pytest.mark.parametrize("names, passes", [
    (("padded crop", "flip", "normalize"), 1), (("pad", "crop", "flip", "normalize"), 1), (("flip", "padded crop"), 1),
    (("flip", "pad", "crop", "normalize"), 1), (("normalize",), 1), (("pad", "padded crop"), 2), (("crop", "pad"), 2),
    (("normalize", "flip"), 2),
    (("flip", "flip"), 2), (("crop", "middle"), 2), (("resize", "normalize"), 1), (("flip", "resize", "normalize"), 2),
    (("resize", "flip", "normalize"), 2), (("resize", "resize"), 2)])
def test_how_many_passes(names, passes):
    chain = Compose([PARTS[name]() for name in names])
    assert len(chain._passes) == passes and len(chain) == len(names)


def test_a_subclass_is_asked_itself():
    class Mine(HorizontalFlip):
        def run(self, images, draw):
            return images + 1

    chain = Compose([Mine(), RandomCrop(12), NORMALIZE])
    assert [type(part) for part in chain._passes] == [Mine, Window]
    np.testing.assert_array_equal(chain(IMAGES), NORMALIZE(IMAGES + 1))


def test_two_of_a_kind_draw_different_numbers_and_others_do_not_matter():
    twice = Compose([Cutout(3, 255), Cutout(3, 255)])(np.zeros((200, 1, 20, 20), np.uint8))
    assert (twice > 0).sum((1, 2, 3)).max() == 18
    crop = RandomCrop(9)
    np.testing.assert_array_equal(Compose([Cutout(1, 0), crop])(IMAGES * 0 + IMAGES)[:, :, :0], crop(IMAGES)[:, :, :0])
    first, second = crop(IMAGES), Compose([HorizontalFlip(0), crop])(IMAGES)
    np.testing.assert_array_equal(first, second)
    assert crop.occurrence == 0 and Compose([crop, crop])[1].occurrence == 1 and crop.occurrence == 0


def test_a_compose_in_a_compose_is_flat():
    parts = [RandomCrop(12, 2), HorizontalFlip(), NORMALIZE]
    nested = Compose([Compose(parts[:2]), Compose(parts[2:])])
    assert len(nested) == 3 and [type(part) for part in nested] == [type(part) for part in parts] and len(nested._passes) == 1
    np.testing.assert_array_equal(nested(IMAGES), Compose(parts)(IMAGES))
    assert repr(nested) == ("Compose([RandomCrop(size=(12, 12), padding=(2, 2), mode='reflect', fill=0.0), "
                            "HorizontalFlip(p=0.5), Normalize(mean=[0.4, 0.5, 0.6], std=[0.2, 0.3, 0.4])])")


def test_functions_and_objects():
    class Keyed:
        def apply(self, images, seed, epoch, indices):
            return images + (seed + epoch + indices).astype(np.uint8)[:, None, None, None]

        def evaluation(self):
            return None

    def darker(images):
        return images // 2

    chain = Compose([darker, Keyed(), NORMALIZE])
    np.testing.assert_array_equal(chain(IMAGES, seed=3, epoch=2), NORMALIZE(IMAGES // 2 + (5 + np.arange(30, dtype=np.uint8))[
        :, None, None, None]))
    np.testing.assert_array_equal(chain.evaluation()(IMAGES), NORMALIZE(IMAGES // 2))
    assert repr(Compose([darker])) == "Compose([darker])"
    np.testing.assert_array_equal(Compose([])(IMAGES), IMAGES)


@pytest.mark.parametrize("make, words", [
    (lambda: Compose(HorizontalFlip()), r"\[Compose\] expected a list of transforms, found HorizontalFlip: write Compose"),
    (lambda: Compose([HorizontalFlip]), r"\[Compose\] found the class HorizontalFlip .*: write HorizontalFlip\(...\)"),
    (lambda: Compose([3]), r"\[Compose\] found int but expected a transform"),
    (lambda: Compose([type("Resize", (), {"__module__": "torchvision.transforms.v2", "__call__": abs})()]),
     r"\[Compose\] found Resize of torchvision"),
    (lambda: Compose([lambda images: images[:3]])(IMAGES),
     r"\[Compose\] <lambda> must return images \(30, ...\) for .*, found uint8 \(3, 3, 12, 12\)"),
    (lambda: Compose([lambda images: None])(IMAGES), "found NoneType"),
])
def test_errors(make, words):
    with pytest.raises(TypeError, match=words):
        make()
