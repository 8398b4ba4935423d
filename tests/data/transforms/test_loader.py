"""Transforms in a Loader: the same samples for any batch size, order and prefetch; what is left where a model is measured."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.data import Dataset, Loader
from minigrad.data import transforms as T
from minigrad.train import evaluate, fit

RNG = np.random.default_rng(0)
IMAGES, LABELS = RNG.integers(0, 256, (50, 3, 12, 12), dtype=np.uint8), np.arange(50) % 10
MEAN, STD = (.5, .4, .3), (.2, .3, .4)
CROPS = [T.RandomCrop(12, padding=2), T.HorizontalFlip()]


class Samples:
    def __len__(self):
        return 50

    def __getitem__(self, i):
        return IMAGES[i], int(LABELS[i])


DATA = {"dataset": lambda: Dataset(IMAGES, LABELS), "samples": Samples}


def of_an_epoch(loader):
    """{sample: (image, target)}, found by what a Loader of the same order without transforms gives."""
    plain = Loader(np.arange(50).astype(np.float32)[:, None], LABELS, batch_size=loader.batch_size,
                   shuffle=bool(loader.shuffle), seed=loader.seed)
    plain.set_epoch(loader.epoch)
    return {int(i): (image, target) for (names, _), (images, targets) in zip(plain, loader, strict=True)
            for i, image, target in zip(names[:, 0], images, targets, strict=True)}


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("parts", [CROPS, [*CROPS, T.Normalize(MEAN, STD)], [*CROPS, T.MixUp(.5, classes=10)],
                                   [T.CutMix(.5, classes=10), *CROPS, T.Normalize(MEAN, STD)]],
                         ids=["pixels", "normalized", "mixup", "cutmix"])
def test_a_sample_is_the_same_in_any_batch(kind, parts):
    chain, found = T.Compose(parts), []
    for options in (dict(batch_size=50), dict(batch_size=7, shuffle=True, prefetch=2), dict(batch_size=1, prefetch=0)):
        loader = Loader(DATA[kind](), transform=chain, seed=3, **options)
        loader.set_epoch(4)
        found.append(of_an_epoch(loader))
    direct = chain(IMAGES, LABELS, seed=3, epoch=4)
    for samples in found:
        assert sorted(samples) == list(range(50))
        for i, (image, target) in samples.items():
            expected = direct[0][i] if direct[0].dtype == np.float32 else direct[0][i] * np.float32(1 / 255)
            np.testing.assert_array_equal(image, expected)
            np.testing.assert_array_equal(target, direct[1][i])


def test_a_datasets_normalize_comes_after_crops_and_is_not_lost_in_normalize():
    data = Dataset(IMAGES, LABELS).normalize(MEAN, STD)
    (x, _), = Loader(data, batch_size=50, transform=T.Compose(CROPS))
    np.testing.assert_array_equal(x, T.Compose([*CROPS, T.Normalize(MEAN, STD)])(IMAGES))
    with pytest.raises(ValueError, match=r"normalize\(mean, std\) would be lost"):
        list(Loader(data, transform=T.Normalize(MEAN, STD)))


def test_streams_mix_within_their_batches():
    batches = [(IMAGES[:20], LABELS[:20]), (IMAGES[20:], LABELS[20:])]
    found = list(Loader(batches, transform=T.MixUp(classes=10)))
    assert [y.shape for _, y in found] == [(20, 10), (30, 10)] and all(x.dtype == np.float32 for x, _ in found)


def test_what_is_left_where_a_model_is_measured():
    loader = Loader(Dataset(IMAGES, LABELS), transform=T.Compose([*CROPS, T.MixUp(classes=10), T.Resize(8)]))
    (x, y), = loader.in_order(50)
    np.testing.assert_array_equal(x, T.Resize(8)(IMAGES) * np.float32(1 / 255))
    np.testing.assert_array_equal(y, LABELS)


def test_a_run_with_mixed_targets():
    mg.manual_seed(0)
    model = mg.nn.Sequential(mg.nn.Flatten(), mg.nn.Linear(3 * 12 * 12, 10))
    data = Loader(Dataset(IMAGES, LABELS), batch_size=10, shuffle=True,
                  transform=T.Compose([*CROPS, T.CutMix(classes=10), T.Normalize(MEAN, STD)]))
    history = fit(model, data, mg.cross_entropy, mg.optim.SGD(model.parameters(), lr=.01), epochs=2, progress=False)
    assert np.isfinite(history["train_loss_running"]).all()
    assert 0 <= evaluate(model, data, mg.cross_entropy)["accuracy"] <= 1
