"""Which mistake is it? A hand-written gradient beside the engine's, and the standard mistake that explains the difference.

    print(mg.testing.explain_mismatch(my_gradient, w.grad))
    It is 32 times the engine's, and 32 is the size of a batch or an axis: is the 1/32 of a mean missing?

`guesses.py` knows what each mistake makes of the right gradient. They are tried from the simplest on, each compared in every
entry: one that fits everywhere but for rounding is no accident.
"""

from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import numpy as np

from minigrad.testing.guesses import guesses

ROUNDING = {2: 1e-2, 4: 1e-4, 8: 1e-8}      # how far apart right gradients may be, by the bytes of the coarser dtype
SMALL = 0.05                                # errors are relative to an entry and this part of the largest: sums cancel


@dataclass(frozen=True)
class Explanation:
    """What explains a difference. str() is the sentence (one line for each gradient where several were given).

    name: "right", "sign", "twice", "half", "missing 1/N", "1/N too much", "factor", "transposed", "flipped", "zero",
    "missing mask", "masked", "some rows", "not summed", "not averaged", "summed", "mean", "one example", "reshaped",
    "wrong axis", "not finite" or "none"; "transposed, sign" and the like where two come together; "several" where several
    gradients differ, each in its own way; "unknown" where none fits. error: the largest error of an entry that is left,
    relative to it. others: what fits as well, less simply. parts: of nested lists or dicts, where ("layers.0.w") -> the
    Explanation of each.
    """

    name: str
    sentence: str
    error: float = 0.0
    others: tuple = ()
    parts: dict = field(default_factory=dict)

    @property
    def right(self):
        """Whether the gradients agree, but for rounding."""
        return self.name == "right"

    def __str__(self):
        return self.sentence


def explain_mismatch(mine: Any, engine: Any, mask: Any = None, sizes: Any = (),
                     tolerance: float | None = None) -> Explanation:
    """The standard mistake that turns `engine`, the right gradient, into `mine`: an Explanation, the simplest that fits.

    mine, engine: tensors, arrays or nested lists of numbers; or lists, tuples or dicts of these, of one structure.
    mask: the mask that the gradient should have been multiplied by, if there is one. sizes: what N may be in 1/N besides
    the sizes of the gradient's own axes: give the batch size. tolerance: the relative error of an entry that counts as
    rounding; by default 1e-8, or 1e-4 where either is float32. ValueError where the structures differ, or if the mask does
    not broadcast to the engine's shape.
    """
    if _is_container(mine) or _is_container(engine):
        return _several(mine, engine, mask, sizes, tolerance)
    if mine is None or engine is None:
        whose, hint = ("Your", "does your function return it?") if engine is not None else (
            "The engine's", "no gradient arrived. Was backward() called, does the tensor require grad, and is there a "
            ".detach(), .numpy() or no_grad on the way to the loss?")
        return Explanation("none", f"{whose} gradient is None: {hint}", np.inf)
    a, b = _array(mine), _array(engine)
    tolerance = _rounding(a, b) if tolerance is None else tolerance
    if mask is not None:
        mask = _array(mask)
        fits = zip(reversed(mask.shape), reversed(b.shape))
        if mask.ndim > b.ndim or any(n not in (1, size) for n, size in fits):
            raise ValueError(f"[explain_mismatch] the mask has shape {mask.shape}, which does not broadcast to the engine's "
                             f"gradient, {b.shape}: give the mask that it is multiplied by")
    sizes = {int(sizes)} if isinstance(sizes, Integral) else set(sizes)
    return _explain(a.astype(np.float64), b.astype(np.float64), "the engine's", mask, sizes, tolerance)


def agrees(a: Any, b: Any, tolerance: float | None = None) -> bool:
    """Whether two arrays are the same in shape and, but for rounding, in every entry."""
    return a.shape == b.shape and error_of(a, b) <= (_rounding(a, b) if tolerance is None else tolerance)


def _rounding(a, b):
    return ROUNDING.get(min(a.dtype.itemsize, b.dtype.itemsize), 1e-8)


def likely(gradient, slopes, sizes, tolerance):
    """For a checker's message: "is 2 times the slope: ..." where a mistake fits in every entry, else None."""
    large = np.abs(slopes) > tolerance * np.abs(slopes).max(initial=0)      # a slope of 0 is measured as nearly 0
    found = _explain(gradient, np.where(large, slopes, 0.0), "the slope", None, set(sizes), tolerance)
    return None if found.name in ("right", "unknown", "wrong axis") else found.sentence.removeprefix("It ").removesuffix(".")


def _explain(a, b, other, mask, sizes, tolerance):
    if a.shape == b.shape and (error := error_of(a, b)) <= tolerance:
        entries = "its one entry" if a.size == 1 else f"all of its {a.size} entries"
        return Explanation("right", f"It agrees with {other} in {entries} (relative error at most {error:.1e}).", error)
    if not np.isfinite(a).all() and np.isfinite(b).all():
        index = _index(~np.isfinite(a))
        return Explanation("not finite", f"It is {a[index]} at index {index}: was there a division by 0, a log of 0 or an "
                           "overflow?", np.inf)
    fits = []
    for guess in guesses(a, b, other, mask, sizes):
        error = error_of(guess.mine, guess.expected)
        if error <= tolerance and guess.name not in [fit.name for fit in fits]:
            fits.append(Explanation(guess.name, f"It {guess.sentence}", error))
    if fits:
        return Explanation(fits[0].name, fits[0].sentence, fits[0].error, tuple(fits[1:]))
    return _unknown(a, b, other, tolerance)


def _unknown(a, b, other, tolerance):
    if a.shape != b.shape:
        return Explanation("unknown", f"It has shape {a.shape}, but {other} has {b.shape}, and no standard mistake turns one "
                           "into the other.", np.inf)
    errors = errors_of(a, b)
    worst, index = float(errors.max()), _index(errors == errors.max())
    wrong = np.count_nonzero(errors > tolerance)
    return Explanation("unknown", f"It differs from {other} in {wrong} of {a.size} entries, and no standard mistake fits. They "
                       f"differ most at index {index}: {a[index]:.6g} where {other} is {b[index]:.6g} (relative error "
                       f"{worst:.1e}).", worst)


def errors_of(a, b):
    """The error of each entry of a, relative to b's (and a part of the largest); NaN and infinity agree with themselves."""
    with np.errstate(all="ignore"):
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        largest = np.max(np.abs(b[np.isfinite(b)]), initial=0)
        errors = np.abs(a - b) / (np.abs(b) + SMALL * largest)
        return np.where(same, 0.0, np.where(np.isnan(errors), np.inf, errors))


def error_of(a, b):
    return float(errors_of(a, b).max(initial=0))


def _index(where):
    return tuple(int(n) for n in np.unravel_index(int(np.argmax(where)), where.shape))


# ---- gradients in lists and dicts

def _several(mine, engine, mask, sizes, tolerance):
    """Gradients in a list or a dict: each explained, and where it is in front."""
    pairs = list(_pairs(mine, engine, ""))
    masks = {} if mask is None else {where: m for where, m, _ in _pairs(mask, engine, "")}
    parts = {where: explain_mismatch(a, b, masks.get(where), sizes, tolerance) for where, a, b in pairs}
    wrong = {part.name for part in parts.values() if not part.right}
    name = "right" if not wrong else wrong.pop() if len(wrong) == 1 else "several"
    return Explanation(name, "\n".join(f"{where}: {part}" for where, part in parts.items()),
                       max((part.error for part in parts.values()), default=0.0), parts=parts)


def _pairs(a, b, where):
    """(where, one's, the other's) for everything in two nested lists or dicts of one structure."""
    if not (_is_container(a) or _is_container(b)):
        yield where, a, b
        return
    place = f"[explain_mismatch] the structures differ at {where or 'the top'}"
    if not all(isinstance(x, (dict, list, tuple)) for x in (a, b)):
        raise ValueError(f"{place}: one is a {type(a).__name__}, the other a {type(b).__name__}")
    keys = [list(x) if isinstance(x, dict) else list(range(len(x))) for x in (a, b)]
    if set(keys[0]) != set(keys[1]):
        raise ValueError(f"{place}: one has {keys[0]}, the other {keys[1]}")
    for key in keys[1]:
        yield from _pairs(a[key], b[key], f"{where}.{key}" if where else str(key))


def _is_container(x):
    """A dict, or a list of anything but numbers and lists of numbers."""
    return isinstance(x, dict) or (isinstance(x, (list, tuple)) and not _is_numbers(x))


def _is_numbers(x):
    return all(isinstance(n, (int, float, np.number)) or (isinstance(n, (list, tuple)) and _is_numbers(n)) for n in x)


def _array(x):
    """A tensor, an array or nested lists of numbers as an array of floating point."""
    a = np.asarray(x.detach().numpy() if hasattr(x, "detach") else x)
    if a.dtype.kind not in "fiub":
        raise TypeError(f"[explain_mismatch] a gradient is an array of numbers, not of {a.dtype}")
    return a if a.dtype.kind == "f" else a.astype(np.float64)
