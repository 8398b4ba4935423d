"""Data sets and batches. Imports numpy, `minigrad.system.files` and `minigrad.kernels` only; pooch and tqdm for downloads.

    mnist, fashion_mnist   mnist.py      the two sets, found on this machine or downloaded
    cifar10, cifar100      cifar.py      colour photographs in ten classes, or a hundred
    face_emotion, apm598   courses.py    two small sets of two classes, found on this machine, never downloaded
    synthetic_digits       synthetic.py  handwriting-like digits in MNIST's format, made here, no network
    image_folder           folder.py     pictures of your own, a folder for each class
    pictures               folder.py     some pictures as an array
    mnist_like             folder.py     MNIST's four files with other data in them
    from_csv               table.py      a table in text: a Dataset, or arrays for regression
    from_npz, read_npz     npz.py        numpy's files: a Dataset, or their arrays
    read_mat               matlab.py     the arrays of a MATLAB file
    card                   cards.py      what is known of a set: classes, source, licence, citation, checksums
    Dataset                dataset.py    images and labels: indexing, take, split, normalize
    Loader                 loader.py     whole batches in a reproducible order, of arrays and of any data set or iterable
    BalancedSampler, WeightedSampler  samplers.py  which samples an epoch visits, where that is not "each once"
    transforms             transforms/   augmentation: crops, flips, colours, small rotations, resizing, mixup ...
    DataUnavailable        fetch.py      a set is neither here nor to be had; its message says what to do

Beneath: idx.py (MNIST's file format), archives.py and unpickle.py (CIFAR's), fetch.py (finding, downloading, checksums),
streams.py (keyed random numbers), parts.py (subsets and folds). No file is ever unpickled, and none can ask for more memory
than its reader allows. Of a Loader: kinds.py (arrays.py, samples.py, iterables.py), collate.py (samples become a batch),
transform.py (what `transform=` may be), prefetch.py (batches made ahead in a thread), passes.py (one pass).
"""

from typing import TYPE_CHECKING

from minigrad.data import transforms
from minigrad.data.cards import Card, card
from minigrad.data.cifar import cifar10, cifar100
from minigrad.data.courses import apm598, face_emotion
from minigrad.data.dataset import Dataset
from minigrad.data.fetch import DataUnavailable
from minigrad.data.folder import image_folder, mnist_like, pictures
from minigrad.data.loader import Loader
from minigrad.data.matlab import read_mat
from minigrad.data.mnist import fashion_mnist, mnist
from minigrad.data.npz import from_npz, read_npz
from minigrad.data.samplers import BalancedSampler, WeightedSampler
from minigrad.data.synthetic import synthetic_digits
from minigrad.data.table import from_csv
from minigrad.system.names import listed, missing

__all__ = ["BalancedSampler", "Card", "DataUnavailable", "Dataset", "Loader", "WeightedSampler", "apm598", "card", "cifar10",
           "cifar100", "face_emotion", "fashion_mnist", "from_csv", "from_npz", "image_folder", "mnist", "mnist_like",
           "pictures", "read_mat", "read_npz", "synthetic_digits", "transforms"]


if not TYPE_CHECKING:
    def __getattr__(name: str) -> None:
        raise AttributeError(missing(__name__, name))


def __dir__() -> list[str]:
    return listed(globals())
