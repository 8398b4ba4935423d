"""tinygrad's operator tests, adapted: tinygrad_ops.txt says what is called on which shapes; against PyTorch.

One expression serves both libraries wherever minigrad answers to PyTorch's name. Numbers are float32, as there.
"""

import itertools
import re
from pathlib import Path

import numpy as np

import minigrad as mg
from minigrad.nn import functional

from .comparing import Outcome, arrays, close, is_float, reason, tensors

TABLE = Path(__file__).with_suffix(".txt")
CHOICE = re.compile(r"\{([^{}]*;[^{}]*)\}")
VALUES = {"nan": np.nan, "inf": np.inf, "True": True, "False": False}


def expanded(text, paired=False):
    """A line with {a;b} -> the lines with a, and with b; the same braces twice make the same choice."""
    choices = list(dict.fromkeys(CHOICE.findall(text)))
    if paired:
        picks = zip(*(choice.split(";") for choice in choices))
    else:
        picks = itertools.product(*(choice.split(";") for choice in choices))
    for pick in picks:
        line = text
        for choice, chosen in zip(choices, pick):
            line = line.replace("{" + choice + "}", chosen)
        yield line


def lines():
    """-> (test, shapes or values, PyTorch's expression, ours, options, whether an error is expected)"""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        for one in expanded(line, "paired" in line):
            name, shapes, calls, *options = re.split(r"(?<= )\|(?= |$)", one)
            theirs, _, ours = calls.partition(" || ")
            yield (name.strip().lstrip("!"), shapes.strip(), theirs.strip(), (ours or theirs).strip(),
                   " ".join(options).split(), name.startswith("!"))


def drawn(shapes, options):
    """The arrays of a line."""
    if shapes.startswith("="):
        return [np.array(value, np.float32 if np.asarray(value).dtype.kind == "f" else None)
                for value in (eval(text, dict(VALUES)) for text in shapes[1:].split(" ") if text)]
    low, high = next((tuple(map(float, word.split(":"))) for word in options if re.fullmatch(r"[-\d.]+:[-\d.]+", word)),
                     (-2, 2))
    rng = np.random.RandomState(0)
    return [rng.uniform(low, high, () if shape == "-" else tuple(map(int, shape.split("x")))).astype(np.float32)
            for shape in shapes.split()]


def names_of(library, given):
    """What an expression may use."""
    def ints(high, *shape):
        return library.tensor(np.random.RandomState(1).randint(high, size=shape))

    index = np.random.RandomState(2).randint
    by_letter = {"a": index(-1, 1, (2, 1, 1, 1, 1, 1)), "b": index(1, size=(1, 3, 1, 1, 1, 1)),
                 "c": index(-5, 5, (1, 1, 4, 1, 1, 1)), "d": index(4, size=(2, 1, 1, 5, 1, 1)),
                 "e": index(1, size=(1, 1, 1, 1, 6, 1))}
    def tensor(data):
        array = np.asarray(data)        # integers stay integers in both
        return library.tensor(array.astype(np.float32) if array.dtype.kind == "f" else array)

    return {"L": library, "T": tensor, "F": functional if library is mg else library.nn.functional, "ints": ints,
            "nan": np.nan, "inf": np.inf, **{letter: library.tensor(i) for letter, i in by_letter.items()},
            **dict(zip("xyzw", given))}


def evaluated(library, expression, data, grad, reduction):
    """-> (inputs, outputs) of one library."""
    given = [library.tensor(array) if library is mg else library.tensor(np.array(array)) for array in data]
    if grad:
        for x in given:
            if is_float(x):
                x.requires_grad_()
    names = names_of(library, given) | {"R": reduction}
    return given, tensors(eval(expression, names))


def check(torch, shapes, theirs, ours, options, error):
    """One line; AssertionError or the library's own where it fails."""
    data, grad = drawn(shapes, options), "fwd" not in options
    reductions = next((word[2:].split(",") for word in options if word.startswith("R=")), [None])
    tolerance = (5e-3, 5e-3) if "rough" in options else (1e-4, 1e-5)
    for reduction in reductions:
        if error:
            try:
                evaluated(mg, ours, data, False, reduction)
            except (ValueError, TypeError, IndexError, RuntimeError, AssertionError, NotImplementedError):
                continue
            raise AssertionError("no error where one is expected")
        x, y = evaluated(torch, theirs, data, grad, reduction)
        a, b = evaluated(mg, ours, data, grad, reduction)
        assert len(b) == len(y), f"{len(b)} results, expected {len(y)}"
        for want, got in zip(y, b):
            kinds = [{"f": "float", "i": "int", "u": "int", "b": "bool"}[arrays(z)[0].dtype.kind] for z in (got, want)]
            assert kinds[0] == kinds[1], f"{kinds[0]} results, expected {kinds[1]}"
            close("values", arrays(got)[0], arrays(want)[0], *tolerance)
        y, b = [t for t in y if t.requires_grad], [t for t, want in zip(b, y) if want.requires_grad]
        if grad and y:
            leaves = [t for t in x if t.requires_grad]
            wanted = torch.autograd.grad(sum(t.sum() for t in y), leaves, allow_unused=True)
            b = [t for t in b if t.requires_grad]
            if b:
                sum(t.sum() for t in b).backward()
            for want, got in zip(wanted, (t for t in a if t.requires_grad)):
                want = np.zeros(got.shape, np.float32) if want is None else want.detach().numpy()
                got = np.zeros(got.shape, np.float32) if got.grad is None else got.grad.numpy()
                if "nan-gradients" in options:
                    want, got = (np.where(np.isnan(want) | np.isnan(got), 0, z) for z in (want, got))
                close("gradient", got, want, 1e-3, 1e-4)


def run(only=None):
    """-> one outcome for each test: what its first failing line said, if any."""
    import torch

    whys, tests = {}, {}
    for name, *line in lines():
        if only is not None and name not in only:
            continue
        tests[name] = True
        if name in whys:
            continue
        try:
            with np.errstate(all="ignore"):
                check(torch, *line)
        except Exception as e:
            whys[name] = f"`{line[2]}` on {line[0] or 'nothing'}: {reason(e)}"
    return [Outcome(name, whys.get(name, ""), "tried") for name in tests]
