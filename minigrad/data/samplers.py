"""Samplers: which samples an epoch visits, and in which order, where that is not "each once".

    Loader(train, sampler=BalancedSampler())             every class equally often
    Loader(train, sampler=WeightedSampler(weights))      a sample with twice the weight comes twice as often
    Loader(train, sampler=[5, 2, 2, 7])                  these places, in this order; in a new one each epoch with shuffle=True
    Loader(train, sampler=one of PyTorch's)

A sampler of your own is anything with `order(n, seed, epoch)` -> the places, integers from 0 to n - 1, of one epoch of a data
set of n samples: let it depend on these three only (`minigrad.data.streams.generator` has the random numbers), and a resumed
run sees what it would have seen. `len()` of it, where it has one, is their number. A PyTorch sampler works as it is: for each
epoch it is copied and given a generator keyed by its own generator's seed, the Loader's seed and the epoch; one of your own
class is told the epoch through `set_epoch`, if it has that.
"""

import copy
import operator
import sys
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from minigrad.data.streams import SAMPLES, SHUFFLE, generator

Places = NDArray[np.int64]


class Sampler(Protocol):
    """What a Loader asks of a sampler."""

    def order(self, n: int, seed: int, epoch: int) -> Any:
        """The places that epoch `epoch` visits of a data set of n samples: integers from 0 to n - 1, in order.

        A sampler that keeps to a part of the data has in_order(n) too: the places of that part, each once. `evaluate` measures
        those, or all samples where there is no such method.
        """


class WeightedSampler:
    """Samples drawn at random, each in proportion to its weight.

    weights      (N,), 0 or more and finite, not all 0: one for each sample of the data
    num_samples  how many an epoch has; None: as many as there are weights
    replacement  whether a sample may come twice in an epoch; without, num_samples of them with a weight must be there, and the
                 heavier ones come earlier and more likely (Efraimidis & Spirakis 2006)

    ValueError where this is not so.
    """

    def __init__(self, weights: ArrayLike, num_samples: int | None = None, replacement: bool = True) -> None:
        self.weights = np.asarray(weights, np.float64)
        if self.weights.ndim != 1 or not (np.isfinite(self.weights).all() and (self.weights >= 0).all() and self.weights.any()):
            found = f"shape {self.weights.shape}" if self.weights.ndim != 1 else f"{self.weights.min(initial=0)} to " \
                                                                              f"{self.weights.max(initial=0)}"
            raise ValueError("[WeightedSampler] weights must be one finite number, 0 or more, for each sample, and not all 0: "
                             f"found {found}")
        self.num_samples = _count("WeightedSampler", len(self.weights) if num_samples is None else num_samples)
        self.replacement = bool(replacement)
        heavy = int(np.count_nonzero(self.weights))
        if not replacement and self.num_samples > heavy:
            raise ValueError(f"[WeightedSampler] cannot draw {self.num_samples} samples without replacement: {heavy} of "
                             f"{len(self.weights)} have a weight above 0; ask for fewer, or replacement=True")

    def __len__(self) -> int:
        return self.num_samples

    def order(self, n: int, seed: int, epoch: int) -> Places:
        """(num_samples,) places."""
        if n != len(self.weights):
            raise ValueError(f"[WeightedSampler] {len(self.weights)} weights need as many samples, found {n}")
        random = generator(seed, SAMPLES, epoch)
        if self.replacement:
            up_to = np.cumsum(self.weights / self.weights.max())
            found = np.searchsorted(up_to, random.random(self.num_samples) * up_to[-1], side="right")
            return np.minimum(found, np.flatnonzero(self.weights)[-1]).astype(np.int64)     # rounding may reach the very end
        with np.errstate(divide="ignore", invalid="ignore"):
            times = -np.log1p(-random.random(n)) / self.weights         # exponential waiting times: the first come
        times[self.weights == 0] = np.inf
        return np.argsort(times, kind="stable")[:self.num_samples].astype(np.int64)


class BalancedSampler:
    """Every class equally often, in a random order: of a rare class each sample comes several times, of a frequent one some
    are left out until another epoch.

    labels       (N,) integers, one for each sample; None: the Loader's Dataset, its array of classes, or the `targets` or
                 `labels` of the data set that it is given
    num_samples  how many an epoch has; None: as many as there are samples

    The classes that occur share num_samples evenly (who gets one more, changes with the epoch). Within an epoch no sample of a
    class comes a second time before each of them has come once.
    """

    def __init__(self, labels: ArrayLike | None = None, num_samples: int | None = None) -> None:
        self.labels = None if labels is None else _labels(labels)
        self.num_samples = None if num_samples is None else _count("BalancedSampler", num_samples)

    def __len__(self) -> int:
        if self.num_samples is None and self.labels is None:
            raise TypeError("[BalancedSampler] its length is that of the data, which it has not seen: give it labels, or "
                            "num_samples")
        return len(self.labels) if self.num_samples is None and self.labels is not None else self.num_samples or 0

    def of(self, labels: Any) -> "BalancedSampler":
        """This sampler, with the labels of the data where it has none of its own."""
        if self.labels is not None:
            return self
        if labels is None:
            raise ValueError("[BalancedSampler] the data do not say their classes: give them, BalancedSampler(labels), one for "
                             "each sample")
        return BalancedSampler(labels, self.num_samples)

    def order(self, n: int, seed: int, epoch: int) -> Places:
        """(num_samples,) places."""
        labels = self.labels
        if labels is None or n != len(labels):
            raise ValueError(f"[BalancedSampler] {0 if labels is None else len(labels)} labels need as many samples, found {n}")
        total = n if self.num_samples is None else self.num_samples
        members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        if not members:
            return np.zeros(0, np.int64)
        random = generator(seed, SAMPLES, epoch)
        shares = np.full(len(members), total // len(members))
        shares[random.permutation(len(members))[:total % len(members)]] += 1
        rounds = [np.concatenate([random.permutation(own) for _ in range(-(-share // len(own)))] or [own[:0]])[:share]
                  for own, share in zip(members, shares.tolist(), strict=True)]
        return random.permutation(np.concatenate(rounds)).astype(np.int64)


class Listed:
    """A sequence of places: these and no others, in this order, or in a new one each epoch."""

    def __init__(self, places: Any, shuffle: bool) -> None:
        self.places, self.shuffle = _places(places, "sampler"), shuffle

    def __len__(self) -> int:
        return len(self.places)

    def order(self, n: int, seed: int, epoch: int) -> Places:
        return self.places[generator(seed, SHUFFLE, epoch).permutation(len(self.places))] if self.shuffle else self.places

    def in_order(self, n: int) -> Places:
        return self.places


class Foreign:
    """A PyTorch sampler, or any iterable of places."""

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler

    def __len__(self) -> int:
        return len(self.sampler)

    def order(self, n: int, seed: int, epoch: int) -> Places:
        sampler = self.sampler
        torch = sys.modules.get("torch")
        own = getattr(sampler, "generator", False)
        if torch is not None and (own is None or isinstance(own, torch.Generator)):
            sampler = copy.copy(sampler)
            key = generator(0 if own is None else own.initial_seed(), SAMPLES, epoch).integers(2**63) ^ (seed & (2**62 - 1))
            sampler.generator = torch.Generator().manual_seed(int(key))
        if hasattr(sampler, "set_epoch"):
            sampler.set_epoch(epoch)
        return _places(list(sampler), type(self.sampler).__name__)

    def in_order(self, n: int) -> Places:
        """Each place that it may visit, once: all, or those of a subset."""
        if hasattr(self.sampler, "weights") or type(self.sampler).__name__ == "RandomSampler":
            return np.arange(n, dtype=np.int64)
        return np.unique(self.order(n, 0, 0))


def as_sampler(sampler: Any, shuffle: bool, labels: Any) -> Sampler:
    """The sampler that a Loader was given, in the form that it asks. labels: of the data, or None.

    TypeError for what is none, ValueError for shuffle=True beside a sampler that has an order of its own.
    """
    if isinstance(sampler, type):
        raise TypeError(f"[Loader] sampler must be one, found the class {sampler.__name__}: write {sampler.__name__}(...), "
                        "with brackets, which makes one")
    if isinstance(sampler, np.ndarray | list | tuple | range):
        return Listed(sampler, shuffle)
    if shuffle:
        raise ValueError(f"[Loader] a {type(sampler).__name__} has an order of its own: leave out shuffle=True")
    if isinstance(sampler, BalancedSampler):
        return sampler.of(labels)
    if hasattr(sampler, "order"):
        return sampler
    if isinstance(sampler, str | bytes) or not hasattr(sampler, "__iter__"):
        raise TypeError("[Loader] sampler must be places, a WeightedSampler or BalancedSampler, one of PyTorch's, or have "
                        f"order(n, seed, epoch), found {type(sampler).__name__}")
    if iter(sampler) is sampler:
        raise TypeError(f"[Loader] a {type(sampler).__name__} serves one epoch only: pass its places as a list")
    return Foreign(sampler)


def checked(order: Any, n: int) -> Places:
    """The places of an epoch, int64 (M,), each of them within 0 to n - 1: IndexError."""
    places = _places(order, "sampler")
    if places.size and (places.min() < 0 or places.max() >= n):
        wrong = places[(places < 0) | (places >= n)][0]
        raise IndexError(f"[Loader] the sampler gives place {wrong}, but the data hold {n} samples, 0 to {n - 1}")
    return places


def _places(places: Any, what: str) -> Places:
    array = np.asarray(places)
    if array.size == 0:
        return np.zeros(0, np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise TypeError(f"[Loader] {what} must give places, one integer for each sample, found {array.dtype} {array.shape}"
                        + ("; np.flatnonzero(mask) makes places of a mask" if array.dtype == bool else ""))
    return array.astype(np.int64)


def _labels(labels: ArrayLike) -> NDArray:
    found = np.asarray(labels)
    if found.ndim != 1 or (found.size and found.dtype.kind not in "biu"):
        raise TypeError(f"[BalancedSampler] labels must be (N,) integers, one class for each sample, found {found.dtype} "
                        f"{found.shape}")
    return found


def _count(op: str, count: Any) -> int:
    if isinstance(count, bool) or not hasattr(count, "__index__") or count < 0:
        raise ValueError(f"[{op}] num_samples must be an int, 0 or more, found {count!r}")
    return operator.index(count)
