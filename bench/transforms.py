"""Augmentation beside others: whole uint8 batches, by thousands of images a second.

    python bench/transforms.py [--quick] [--threads N] [--only TEXT] [--batch N]

Beside it run PyTorch, written for batches by hand (index arithmetic, no loop over images), torchvision's v2 image by image,
which is what draws for each image on its own there, and on whole batches, where one draw serves all of them; and Keras's layers
on jax. All take turns within one run; a ratio is the median of the paired ratios of their time over ours. What is not installed
is named and left out. Random numbers are drawn anew for every batch.
"""

import argparse
import os
import statistics
import time

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="half a second for each case")
    parser.add_argument("--threads", type=int, default=1, help="threads for all (default 1)")
    parser.add_argument("--batch", type=int, default=128, help="images in a batch (default 128)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only the cases whose name contains TEXT")
    return parser.parse_args()


def installed(threads):
    """{"torch", "torchvision", "keras": the module}, of those that there are; the others are named."""
    found = {}
    os.environ.setdefault("KERAS_BACKEND", "jax")
    for name in ("torch", "torchvision", "keras"):
        try:
            module = found[name] = __import__(name if name != "torchvision" else "torchvision.transforms.v2", fromlist=["v2"])
            print(f"{name} {getattr(module, '__version__', '')}".rstrip())
        except (ImportError, RuntimeError) as error:       # RuntimeError: a torchvision built for another torch
            print(f"{name} is left out: {str(error).splitlines()[0]}")
    if "torch" in found:
        found["torch"].set_num_threads(threads)
    return found


def by_hand(torch, images):
    """The usual augmentation of CIFAR-10 in PyTorch: border of 4 in mirrors, crop, flip, normalize, drawn for each image."""
    B, _, H, W = images.shape
    scale = (1 / (255 * torch.tensor(STD))).view(3, 1, 1)
    shift = (-torch.tensor(MEAN) / torch.tensor(STD)).view(3, 1, 1)
    sample, channel = torch.arange(B)[:, None, None, None], torch.arange(3)[:, None, None]

    def mirrored(v, n):
        v = v.abs()
        return torch.where(v >= n, 2 * n - 2 - v, v)

    def run():
        top, left = torch.randint(-4, 5, (2, B, 1))
        rows, columns = top + torch.arange(H), left + torch.arange(W)
        columns = torch.where(torch.rand(B, 1) < 0.5, columns.flip(1), columns)
        rows, columns = mirrored(rows, H)[:, None, :, None], mirrored(columns, W)[:, None, None, :]
        return images[sample, channel, rows, columns] * scale + shift

    return run


def image_by_image(torch, transform, images):
    return lambda: torch.stack([transform(image) for image in images])


def cases(np, T, there, B):
    """(name, ours, {name: theirs}), functions without arguments."""
    rng = np.random.default_rng(0)
    a, labels = rng.integers(0, 256, (B, 3, 32, 32), dtype=np.uint8), rng.integers(0, 10, B)
    torch, v2, keras = (there.get(name) for name in ("torch", "torchvision", "keras"))
    t = None if torch is None else torch.from_numpy(a)
    last = a.transpose(0, 2, 3, 1).astype(np.float32)
    epochs = iter(range(10**9))

    def ours(transform):
        return lambda: transform(a, epoch=next(epochs))

    def theirs(make, batches=True):
        """torchvision image by image, and on batches."""
        if v2 is None:
            return {}
        transform = make()
        return {"v2, image by image": image_by_image(torch, transform, t)} | (
            {"v2, one draw a batch": lambda: transform(t)} if batches else {})

    def layers(*made, **options):
        if keras is None:
            return {}
        model = keras.Sequential(made)
        return {"keras, jax": lambda: np.asarray(model(last, training=True))}

    normal = T.Normalize(MEAN, STD)
    chain = [T.RandomCrop(32, padding=4), T.HorizontalFlip(), normal]
    yield ("crop, flip, normalize", ours(T.Compose(chain)),
           ({} if torch is None else {"torch, by hand": by_hand(torch, t)})
           | theirs(lambda: v2.Compose([v2.RandomCrop(32, 4, padding_mode="reflect"), v2.RandomHorizontalFlip(),
                                        v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)]))
           | (layers(keras.layers.RandomTranslation(.125, .125, "reflect", data_format="channels_last"),
                     keras.layers.RandomFlip("horizontal", data_format="channels_last"),
                     keras.layers.Normalization(mean=[255 * m for m in MEAN], variance=[(255 * s) ** 2 for s in STD]))
              if keras else {}))
    yield ("crop, flip: uint8", ours(T.Compose(chain[:2])),
           theirs(lambda: v2.Compose([v2.RandomCrop(32, 4, padding_mode="reflect"), v2.RandomHorizontalFlip()])))
    yield ("normalize", ours(normal), {} if torch is None else {"torch, by hand": lambda: (
        t * (1 / (255 * torch.tensor(STD))).view(3, 1, 1) - (torch.tensor(MEAN) / torch.tensor(STD)).view(3, 1, 1))})
    yield ("rotation up to 10 degrees", ours(T.RandomAffine(10)),
           theirs(lambda: v2.RandomAffine(10, interpolation=v2.InterpolationMode.BILINEAR))
           | (layers(keras.layers.RandomRotation(10 / 360, "constant", data_format="channels_last")) if keras else {}))
    yield "colour jitter", ours(T.ColorJitter(.4, .4, .4)), theirs(lambda: v2.ColorJitter(.4, .4, .4))
    yield "erasing", ours(T.RandomErasing()), theirs(lambda: v2.RandomErasing())
    yield "erasing, noise", ours(T.RandomErasing(value="random")), {}
    interpolate = None if torch is None else torch.nn.functional.interpolate
    yield ("resize 32 to 227: uint8", ours(T.Resize(227)), {} if torch is None else {
        "torch, interpolate": lambda: interpolate(t, size=(227, 227), mode="bilinear", antialias=True)})
    yield ("resize 32 to 227, normalize", ours(T.Compose([T.Resize(227), normal])), ({} if torch is None else {
        "torch, interpolate": lambda: interpolate(t.float(), size=(227, 227), mode="bilinear", antialias=True)})
        | (layers(keras.layers.Resizing(227, 227, antialias=True, data_format="channels_last")) if keras else {}))
    for name in ("MixUp", "CutMix"):
        mix = getattr(T, name)(classes=10)
        others = {}
        if v2 is not None:
            floats, y, batch = t.float(), torch.from_numpy(labels), getattr(v2, name)(num_classes=10)
            others = {"v2, floats, one draw a batch": lambda batch=batch, floats=floats, y=y: batch(floats, y)}
        yield name.lower(), lambda mix=mix: mix(a, labels, epoch=next(epochs)), others


def paired(functions, seconds):
    """Seconds of each function, in turns."""
    for f in functions:
        f()
    taken, end = [[] for _ in functions], time.perf_counter() + seconds
    while time.perf_counter() < end or len(taken[0]) < 5:
        for f, times in zip(functions, taken, strict=True):
            start = time.perf_counter()
            f()
            times.append(time.perf_counter() - start)
    return taken


def main():
    options = arguments()
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "MINIGRAD_NUM_THREADS"):
        os.environ[name] = str(options.threads)
    if options.threads == 1:
        os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    import numpy as np

    from minigrad.data import transforms as T

    there = installed(options.threads)
    print(f"batches of {options.batch}, threads {options.threads}; thousands of images a second")
    behind = []
    for name, ours, others in cases(np, T, there, options.batch):
        if options.only not in name:
            continue
        mine, *rest = paired([ours, *others.values()], 0.5 if options.quick else 3)
        print(f"{name:32}{'minigrad':32}{options.batch / statistics.median(mine) / 1000:10.1f}", flush=True)
        for other, times in zip(others, rest, strict=True):
            ratio = statistics.median(b / a for a, b in zip(mine, times, strict=True))
            behind += [f"{name}, {other} {ratio:.2f}"] * (ratio < 1)
            speed = options.batch / statistics.median(times) / 1000
            print(f"{'':32}{other:32}{speed:10.1f}{ratio:9.1f} x its time", flush=True)
    print(f"slower than another: {'; '.join(behind) or 'none'}")


if __name__ == "__main__":
    main()
