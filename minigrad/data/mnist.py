"""MNIST and Fashion-MNIST: 60000 + 10000 grey images of 28 x 28, ten classes, in one format.

MNIST: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", from NIST Special Databases 1 and 3.
Fashion-MNIST: H. Xiao, K. Rasul, R. Vollgraf, arXiv:1708.07747 (2017), MIT licence.
"""

import os

import numpy as np

from minigrad.data.dataset import Dataset
from minigrad.data.fetch import Collection, DataFile, find_or_fetch
from minigrad.data.idx import read_idx

# Sizes and sha256 are those of the packed files, then those of their content. The order of the files is that of
# `_load`: train images, train labels, test images, test labels.
MNIST = Collection(
    name="mnist",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "http://yann.lecun.com/exdb/mnist/",
    ),
    files=(
        DataFile("train-images-idx3-ubyte.gz", 9912422,
                 "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                 (47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db")),
        DataFile("train-labels-idx1-ubyte.gz", 28881,
                 "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                 (60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5")),
        DataFile("t10k-images-idx3-ubyte.gz", 1648877,
                 "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                 (7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7")),
        DataFile("t10k-labels-idx1-ubyte.gz", 4542,
                 "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                 (10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")),
    ),
)

FASHION_MNIST = Collection(
    name="fashion-mnist",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    files=(
        DataFile("train-images-idx3-ubyte.gz", 26421880,
                 "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                 (47040016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888")),
        DataFile("train-labels-idx1-ubyte.gz", 29515,
                 "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                 (60008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9")),
        DataFile("t10k-images-idx3-ubyte.gz", 4422102,
                 "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                 (7840016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b")),
        DataFile("t10k-labels-idx1-ubyte.gz", 5148,
                 "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                 (10008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34")),
    ),
)

DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


def mnist(root: str | os.PathLike[str] | None = None, download: bool = True,
          device: str | None = None) -> tuple[Dataset, Dataset]:
    """(train, test): handwritten digits, images uint8 (60000, 1, 28, 28) and (10000, 1, 28, 28), labels 0 to 9.

    Looked for, packed or unpacked, under `root`, the folder in MINIGRAD_DATA, and the user cache; downloaded (11.6 MB)
    if it is in none of them. device: that of the Datasets. DataUnavailable when it cannot be had, ValueError when a file
    is damaged: see `minigrad.data.fetch`.
    """
    return _load(MNIST, DIGITS, root, download, device)


def fashion_mnist(root: str | os.PathLike[str] | None = None, download: bool = True,
                  device: str | None = None) -> tuple[Dataset, Dataset]:
    """(train, test): pictures of clothes in the format of `mnist`, ten classes named in `classes` (30.9 MB)."""
    return _load(FASHION_MNIST, CLOTHES, root, download, device)


def _load(collection: Collection, classes: tuple[str, ...], root: str | os.PathLike[str] | None,
          download: bool, device: str | None) -> tuple[Dataset, Dataset]:
    paths = find_or_fetch(collection, root, download)
    images, labels = [read_idx(path, np.uint8, 3) for path in paths[::2]], [read_idx(path, np.uint8, 1)
                                                                           for path in paths[1::2]]
    train, test = (Dataset(x[:, None], y, f"{collection.name} {split}", classes, device)
                   for x, y, split in zip(images, labels, ("train", "test"), strict=True))
    return train, test
