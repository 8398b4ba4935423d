"""transform=: raw batches go through it, keyed by (seed, epoch, index), before the pixel rule."""

import numpy as np
import pytest

from minigrad import kernels
from minigrad.data import Dataset, Loader
from minigrad.data.streams import generator


def pixels(n=12):
    """Images that say which sample they are."""
    return np.arange(n, dtype=np.uint8)[:, None, None, None] * np.ones((1, 1, 2, 2), np.uint8)


class Noise:
    """Adds a number to each image that depends on its key alone."""

    def __init__(self):
        self.seen = []

    def apply(self, images, seed, epoch, indices):
        assert images.dtype == np.uint8 and indices.dtype == np.int64 and len(indices) == len(images)
        assert (images[:, 0, 0, 0] == indices).all(), "each image beside its own index"
        self.seen.append((seed, epoch))
        for image, i in zip(images, indices):
            image += generator(seed, 50 + epoch, int(i)).integers(0, 99, dtype=np.uint8)
        return images

    def evaluation(self):
        return None


class Samples:
    def __len__(self):
        return 12

    def __getitem__(self, i):
        return pixels()[i], i


KINDS = {"arrays": lambda: (pixels(), np.arange(12)), "dataset": lambda: (Dataset(pixels(), np.arange(12)),),
         "samples": lambda: (Samples(),), "stream": lambda: ([(pixels()[:7], np.arange(7)), (pixels()[7:], np.arange(7, 12))],)}


def by_label(loader):
    """{label: image} of a pass."""
    return {int(label): image.tolist() for x, y in loader for image, label in zip(x, y)}


@pytest.mark.parametrize("prefetch", [0, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_depends_on_seed_epoch_and_index_only(kind, prefetch):
    sized = kind != "stream"

    def epochs(**options):
        loader = Loader(*KINDS[kind](), transform=Noise(), prefetch=prefetch, **options)
        return [by_label(loader) for _ in range(2)]

    first = epochs(**(dict(batch_size=5) if sized else {}))
    assert first[0] != first[1] and len(first[0]) == 12
    if sized:
        assert first == epochs(batch_size=12, shuffle=True) == epochs(batch_size=1)
    assert first != epochs(seed=1)
    resumed = Loader(*KINDS[kind](), transform=Noise())
    resumed.set_epoch(1)
    assert by_label(resumed) == first[1]


@pytest.mark.parametrize("kind", KINDS)
def test_the_pixel_rule_comes_after(kind):
    values = by_label(Loader(*KINDS[kind](), transform=lambda images: images + 1))
    assert values[3] == np.full((1, 2, 2), np.float32(4) * np.float32(1 / 255)).tolist()
    (x, _), *_ = Loader(*KINDS[kind](), transform=lambda images: images / 2)
    assert x.dtype == np.float32 and x[3].tolist() == [[[1.5] * 2] * 2], "floats of uint8 are finished"


def test_floats_that_stay_pixels():
    class Half:
        keeps_units = True

        def apply(self, images, seed, epoch, indices):
            return images * np.float32(.5)

    (x, _), = Loader(Dataset(pixels(), np.arange(12)).normalize(0, 1 / 255), transform=Half())
    np.testing.assert_allclose(x[:, 0, 0, 0], np.arange(12) / 2, rtol=1e-6)


def test_normalize_is_never_lost():
    data = Dataset(pixels(), np.arange(12)).normalize(.5, .25)
    with pytest.raises(ValueError, match=r"^\[Loader\] the transform makes finished floats of uint8 pixels, so .* be lost"):
        list(Loader(data, transform=lambda images: images / 255))
    (x, _), = Loader(data, transform=lambda images: images)
    assert x.tobytes() == data.arrays()[0].tobytes()


def test_floats_are_changed_as_they_are():
    images = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    (x, _), = Loader(Dataset(images, np.arange(4)).normalize(1, 2), transform=lambda images: images * 2)
    np.testing.assert_allclose(x, (images * 2 - 1) / 2, rtol=1e-5, atol=1e-6)
    (x, _), = Loader(images.astype(np.float64), np.arange(4), transform=lambda images: images * 2)
    assert x.dtype == np.float64


def test_it_may_write_into_what_it_is_given_and_change_the_size():
    images = pixels()

    def crop(images):
        images[:] = 7
        return images[:, :, 1:, :]

    (x, _), = Loader(images, np.arange(12), transform=crop)
    assert x.shape == (12, 1, 1, 2) and (images == pixels()).all()
    data = [(pixels(), np.arange(12))]
    list(Loader(data, transform=crop))
    assert (data[0][0] == pixels()).all()


@pytest.mark.parametrize("kind", ["arrays", "samples"])
def test_what_mixes_samples_may_fetch_any_other(kind):
    class Mixup:
        keeps_units = True

        def apply_pairs(self, images, targets, seed, epoch, indices, fetch):
            others, labels = fetch((indices + 1) % 12)
            assert others.dtype == np.uint8 and (labels == (indices + 1) % 12).all()
            hot = np.eye(12, dtype=np.float32)
            return images * np.float32(.5) + others * np.float32(.5), (hot[targets] + hot[labels]) / 2

    def rows(size):
        return [np.concatenate(part) for part in zip(*Loader(*KINDS[kind](), batch_size=size, transform=Mixup()))]

    (x, y), (a, b) = rows(5), rows(12)
    assert x.tobytes() == a.tobytes() and y.tobytes() == b.tobytes() and y.shape == (12, 12)
    np.testing.assert_allclose(x[:, 0, 0, 0] * 255, [*(np.arange(11) + .5), 5.5], rtol=1e-6)


def test_measuring_leaves_out_what_is_random():
    loader = Loader(pixels(), np.arange(12), transform=Noise(), shuffle=True)
    (x, y), = loader.in_order(12)
    assert y.tolist() == list(range(12)) and (x[:, 0, 0, 0] * 255).round().tolist() == list(range(12))
    (x, _), = Loader(pixels(), np.arange(12), transform=lambda images: images[:, :, :1]).in_order(12)
    assert x.shape == (12, 1, 1, 2), "a plain function stays: it may be what makes the size right"


def test_batches_go_to_the_device_after_it():
    name = kernels.host_table().name
    for transform in (lambda images: images, None):
        loader = Loader(pixels(), np.arange(12), device=name, transform=transform)
        assert [x.dtype for x, _ in loader] == [np.float32] and loader.device == name


def test_a_thread_may_make_them_ahead_unless_told_otherwise():
    assert Loader(pixels(), np.arange(12)).prefetch == 0
    assert Loader(pixels(), np.arange(12), transform=Noise()).prefetch is None is Loader(Samples()).prefetch
    assert Loader(list(KINDS['stream']()[0])).prefetch == 0 == Loader(Samples(), prefetch=0).prefetch


@pytest.mark.parametrize(("transform", "words"), [
    (Noise, r"transform must be one, found the class Noise: write Noise\(...\), with brackets"),
    (3, r"transform must be a function images -> images, or have apply\(.*, found int"),
    (lambda images: None, r"the transform <lambda> must return an array \(12, ...\), uint8 or floats, .*: found NoneType"),
    (lambda images: images[:3], r"for a batch of 12: found uint8 \(3, 1, 2, 2\)"),
    (lambda images: images.astype(np.int64), r"found int64 \(12, 1, 2, 2\)"),
    (lambda images: images.sum(), r"found uint64 \(\)|found \w+"),
    (type("RandomCrop", (), {"__module__": "torchvision.transforms", "__call__": lambda self, image: image})(),
     "a RandomCrop of torchvision works on one image, .* apply it in the data set's __getitem__"),
])
def test_errors(transform, words):
    with pytest.raises(TypeError, match=r"^\[Loader\] .*" + words):
        list(Loader(pixels(), np.arange(12), transform=transform))


def test_inputs_that_are_no_array_cannot_be_transformed():
    with pytest.raises(TypeError, match=r"transform= changes inputs that are one array \(B, ...\), found tuple: apply it"):
        list(Loader(lambda: iter([((np.ones(2), np.ones(2)), np.ones(2))]), transform=lambda images: images))
