"""How fast images reach the training loop: images per second of the input pipeline, beside PyTorch's DataLoader and Keras.

    python bench/data.py [--quick] [--batch 10 128]

Every pipeline does the same work: it shuffles, makes uint8 pixels into float32 from 0 to 1, and hands out arrays (B, C, H, W)
and int64 labels; nothing is trained.

  mnist            60,000 images of 28 x 28 from memory
  own data set     the same, read one by one by a class with __getitem__, as users write it
  augmented        CIFAR-10's images of 32 x 32 x 3, each moved by up to four pixels and mirrored at random

PyTorch reads sample by sample through a DataLoader, in this process and with two workers that stay from epoch to epoch; `ready
tensors` is its TensorDataset of floats, which leaves the division out. Keras is what `fit` reads arrays with. The pipelines
take turns in blocks of batches, of which the first, that may have been made in the meantime, are not counted; a ratio is the
median over the rounds of the other's time for an image over minigrad's in the same round, on one thread each (workers apart).
Without the real data synthetic digits and random images stand in.
"""

import argparse
import itertools
import os
import statistics
import sys
import time

import numpy as np

import minigrad as mg
from minigrad.data import Dataset, Loader
from minigrad.data.streams import generator

PAD = 4             # pixels that an image is moved by at most
READY = 8           # batches that may lie ready when a block begins: two workers, two of each, and two more
RANDOM = np.random.default_rng(0)


class Images:
    """Images and labels as a data set of one's own, x float32 from 0 to 1, for minigrad's Loader and PyTorch's DataLoader."""

    def __init__(self, data, change=None):
        self.images, self.labels, self.change = data.images, data.labels.tolist(), change

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = self.images[i] if self.change is None else self.change(self.images[i])
        return image.astype(np.float32) / np.float32(255), self.labels[i]


def moved(image):
    """One image (C, H, W) moved and mirrored at random, as a data set does it that is read one by one."""
    H, W = image.shape[1:]
    down, right, mirror = RANDOM.integers(0, (2 * PAD + 1, 2 * PAD + 1, 2)).tolist()
    image = np.pad(image, ((0, 0), (PAD, PAD), (PAD, PAD)))[:, down:down + H, right:right + W]
    return image[:, :, ::-1] if mirror else image


class Moved:
    """The same for whole batches, keyed by (seed, epoch, index): a transform of minigrad's Loader."""

    def __init__(self, count):
        self.count, self.drawn = count, (None, None)

    def apply(self, images, seed, epoch, indices):
        if self.drawn[0] != (seed, epoch):      # all samples' numbers of an epoch at once
            self.drawn = (seed, epoch), generator(seed, 99, epoch).integers(0, (2 * PAD + 1, 2 * PAD + 1, 2), (self.count, 3))
        H, W = images.shape[2:]
        padded = np.pad(images, ((0, 0), (0, 0), (PAD, PAD), (PAD, PAD)))
        for image, whole, (down, right, mirror) in zip(images, padded, self.drawn[1][indices].tolist(), strict=True):
            part = whole[:, down:down + H, right:right + W]
            image[:] = part[:, :, ::-1] if mirror else part
        return images


def torch_pipelines(data, own, batch):
    """{name: an iterable of batches for each epoch} of PyTorch, or {} without it."""
    try:
        import torch
        from torch.utils.data import DataLoader, TensorDataset
    except ImportError:
        return {}
    torch.set_num_threads(1)
    found = {"PyTorch, 0 workers": DataLoader(own, batch, shuffle=True),
             "PyTorch, 2 workers": DataLoader(own, batch, shuffle=True, num_workers=2, persistent_workers=True)}
    if own.change is None:
        x = torch.from_numpy(data.arrays()[0])
        found["PyTorch, ready tensors"] = DataLoader(TensorDataset(x, torch.from_numpy(data.labels)), batch, shuffle=True)
    return found


def keras_pipelines(data, own, batch):
    """The same of Keras: what model.fit reads arrays with, and its PyDataset for what is read one by one."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    try:
        import keras
        from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter
    except ImportError:
        return {}

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return -(-len(own) // batch)

        def __getitem__(self, i):
            samples = [own[place] for place in range(i * batch, min((i + 1) * batch, len(own)))]
            return np.stack([x for x, _ in samples]), np.array([y for _, y in samples])

    if own.change is not None:
        sequence = Batches()
        return {"Keras, PyDataset": lambda: (sequence[i] for i in RANDOM.permutation(len(sequence)).tolist())}
    x, y = data.arrays()
    return {"Keras, ready arrays": lambda: ArrayDataAdapter(x, y, batch_size=batch, shuffle=True).get_jax_iterator()}


def endless(pipeline):
    """Its batches, epoch after epoch."""
    return itertools.chain.from_iterable(pipeline() if callable(pipeline) and not hasattr(pipeline, "__iter__") else pipeline
                                         for _ in itertools.count())


def compare(pipelines, rounds, seconds):
    """{name: seconds for an image, in each round}; the pipelines take turns, each round in another order."""
    running = {name: endless(pipeline) for name, pipeline in pipelines.items()}
    found = {name: [] for name in running}
    for batches in running.values():
        next(batches)                           # workers started, caches warm
    for round_ in range(rounds):
        names = list(running)
        for name in names[round_ % len(names):] + names[:round_ % len(names)]:
            for _ in range(READY):
                next(running[name])
            count, start = 0, time.perf_counter()
            while (taken := time.perf_counter() - start) < seconds:
                count += next(running[name])[1].shape[0]
            found[name].append(taken / count)
    return found


def report(title, found):
    """A line for each pipeline; minigrad's stands first."""
    first = next(iter(found))
    print(title)
    for name, times in found.items():
        ratio = statistics.median(other / own for own, other in zip(found[first], times, strict=True))
        beside = "" if name == first else f"   {first} is {ratio:.2f} times as fast"
        print(f"  {name:32} {1 / statistics.median(times):12,.0f} images/s{beside}")


def the_data(quick):
    """(digits, photographs): the real sets, or something of their size that says so in its name."""
    count = 10_000 if quick else 50_000
    try:
        digits = mg.data.mnist(download=False)[0]
    except mg.data.DataUnavailable:
        digits = mg.data.synthetic_digits(10_000, 1)[0]
    try:
        photographs = mg.data.cifar10(download=False)[0]
    except mg.data.DataUnavailable:
        random = np.random.default_rng(0)
        photographs = Dataset(random.integers(0, 256, (count, 3, 32, 32), dtype=np.uint8), random.integers(0, 10, count),
                              "random images")
    return digits, photographs


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few short rounds")
    parser.add_argument("--batch", type=int, nargs="+", default=[10, 128], help="batch sizes (default 10 and 128)")
    arguments = parser.parse_args()
    rounds, seconds = (3, .05) if arguments.quick else (9, .5)
    mg.set_num_threads(1)
    digits, photographs = the_data(arguments.quick)
    absent = [name for name, module in (("PyTorch", "torch"), ("Keras", "keras")) if not _is_there(module)]
    print(f"Python {sys.version.split()[0]}, numpy {np.__version__}"
          + (f"; not installed, and so left out: {', '.join(absent)}" if absent else ""))
    for batch in arguments.batch:
        own, changed = Images(digits), Images(photographs, moved)
        report(f"{digits.name} from memory, batch {batch}", compare(
            {"minigrad": Loader(digits, batch_size=batch, shuffle=True), **torch_pipelines(digits, own, batch),
             **keras_pipelines(digits, own, batch)}, rounds, seconds))
        report(f"{digits.name} as a data set of one's own, batch {batch}", compare(
            {"minigrad": Loader(own, batch_size=batch, shuffle=True),
             "minigrad, prefetch=0": Loader(own, batch_size=batch, shuffle=True, prefetch=0),
             **{name: p for name, p in torch_pipelines(digits, own, batch).items() if "ready" not in name}}, rounds, seconds))
        transform = Moved(len(photographs))
        report(f"{photographs.name}, augmented, batch {batch}", compare(
            {"minigrad, in numpy": Loader(photographs, batch_size=batch, shuffle=True, transform=transform),
             "minigrad, in numpy, prefetch=0": Loader(photographs, batch_size=batch, shuffle=True, transform=transform,
                                                      prefetch=0),
             "minigrad, one by one": Loader(changed, batch_size=batch, shuffle=True),
             **torch_pipelines(photographs, changed, batch), **keras_pipelines(photographs, changed, batch)}, rounds, seconds))


def _is_there(module):
    from importlib.util import find_spec

    return find_spec(module) is not None


if __name__ == "__main__":
    main()
