"""How much of a PyTorch program has to change: each program of this folder beside its twin for PyTorch, line by line.

Prints the lines that differ, and writes docs/from-pytorch.md, which shows each of them and says why.

    python examples/from_pytorch/compare.py
"""

import argparse
import difflib
import re
import textwrap
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "from-pytorch.md"

PROGRAMS = {
    "quickstart": "The first program of PyTorch's users: data set, DataLoader, network, loop, saved, loaded, asked",
    "cnn": "A convolutional network on Fashion-MNIST, with its own loop, saved and loaded",
    "char_lstm": "A character-level LSTM whose state goes on from piece to piece",
    "transformer": "A transformer encoder with a causal mask, on a text that the program makes",
    "dcgan": "A DCGAN: a generator of transposed convolutions, a discriminator, two optimisers",
}

# Why a line had to change: what it holds, in the one program or in the other.
REASONS = {
    r"^(import torch|import minigrad|from (torch|minigrad) import nn)\b(?!.*\bdata\b)":
        "The library's own name. `import minigrad as torch` keeps all other lines as they are; a program of your own would say "
        "`import minigrad as mg`.",
    r"utils|torchvision|DataLoader$|fashion_mnist|synthetic_digits|datasets\.|transform = ":
        "The data set. There is no torchvision: `minigrad.data` has the sets, pixels come as numbers from 0 to 1, "
        "`normalize(mean, std)` is a method of the set, and a `Loader` gives whole batches.",
    r"\bdevice\b":
        "The device. Tensors, layers and batches are on the fastest one that there is; nothing is moved.",
    r"cnn\.(pth|safetensors)":
        "The file. Weights are kept as safetensors, names and numbers without code, which PyTorch reads and writes, too.",
    r"\.size\(1\)|\.shape\[1\]":
        "`size` is numpy's, the number of elements; PyTorch's `size(i)` is `shape[i]`, there as here.",
    r"\.data|nn\.init\.":
        "`data` is a plain array here. Initial values are written into the parameter itself by the functions of `nn.init`, "
        "which PyTorch has as well.",
    r"nn\.(ReLU|LeakyReLU)\(":
        "Nothing is written in place: `inplace=True` is refused. The layer's result is the same without it.",
}


class Pair(NamedTuple):
    """lines: of PyTorch's program, empty ones left out. changed: how many differ. why: {reason: the lines of a diff}."""

    lines: int
    changed: int
    why: dict[str, list[str]]


def read(name: str) -> list[str]:
    return [line for line in (HERE / f"{name}.py").read_text(encoding="utf-8").splitlines() if line.strip()]


def compared(name: str) -> Pair:
    """A line that became another counts once, and so does one that went or came. KeyError for one without a reason."""
    theirs, ours = read(f"{name}_torch"), read(name)
    changed, why = 0, {}
    for kind, i, j, k, n in difflib.SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        if kind != "equal":
            changed += max(j - i, n - k)
            for place, line in enumerate(theirs[i:j]):
                why.setdefault(reason(line), []).append(f"- {line}")
                if place < n - k:
                    why[reason(line)].append(f"+ {ours[k + place]}")
            for line in ours[k + j - i:n]:
                why.setdefault(reason(line), []).append(f"+ {line}")
    return Pair(len(theirs), changed, {reason: why[reason] for reason in REASONS.values() if reason in why})


def reason(line: str) -> str:
    for pattern, text in REASONS.items():
        if re.search(pattern, line):
            return text
    raise KeyError(f"no reason is given why this line had to change: {line}")


def total(pairs: dict[str, Pair]) -> str:
    return f"{sum(pair.changed for pair in pairs.values())} of {sum(pair.lines for pair in pairs.values())} lines had to change"


def page() -> str:
    """docs/from-pytorch.md"""
    pairs = {name: compared(name) for name in PROGRAMS}
    text = f"""# Coming from PyTorch

Four programs, written as PyTorch's tutorials write them, and the same programs here: **{total(pairs)}** (empty
lines left out; a line that became another counts once, and so does one that went or came). Given the same weights and the same
batches both give the same losses, which a test checks where PyTorch is installed. `python examples/from_pytorch/compare.py`
counts again and writes this page.

| program | lines | changed | here, and for PyTorch |
| --- | --- | --- | --- |
"""
    for name, what in PROGRAMS.items():
        links = ", ".join(f"[`{n}.py`](../examples/from_pytorch/{n}.py)" for n in (name, f"{name}_torch"))
        text += f"| {what} | {pairs[name].lines} | {pairs[name].changed} | {links} |\n"
    for name, what in PROGRAMS.items():
        text += f"\n## {what}\n\n`python examples/from_pytorch/{name}.py --quick` takes seconds; `--help` says more.\n"
        for why, lines in pairs[name].why.items():
            text += "\n".join(["\n```diff", *lines, "```", "", textwrap.fill(why, 124), ""])
    return text + TRAPS


TRAPS = """
## What else to know

Where numpy and PyTorch mean two things by one name numpy's holds, and PyTorch's is had by `dim=`:

```python
import minigrad as mg

x = mg.arange(6).reshape(2, 3)
print(x.size, x.shape[0])                                       # 6 2
print(x.max(1).tolist(), x.max(dim=1).indices.tolist())         # [2, 5] [2, 2]
print(x.transpose(0, 1).shape, x.swapaxes(0, 1).shape)          # (2, 3) (3, 2)
print(len(mg.arange(6).split(2)), len(mg.arange(6).split(2, dim=0)))    # 2 3
print(f"{x[0].std():.4f} {x[0].std(dim=0):.4f}")                # 0.8165 1.0000
print(mg.tensor([1, 2]).dtype, mg.tensor([1, 2], dtype=mg.long).dtype)  # float32 int64
```

[The names](names.md) that PyTorch's users type, and what they are here, stand in one table.
"""


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    found = {name: compared(name) for name in PROGRAMS}
    for name, pair in found.items():
        print(f"{name:<12} {pair.lines:4} lines  {pair.changed:3} changed")
    print(total(found))
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE}")
