"""Operations that move numbers, as users call them, against PyTorch's: Python's own cost included, which is most of it for few.

    python bench/operations.py [--quick]

Both run in one process, in turn, on one thread; a figure is the median of 15 rounds (5 with --quick), the ratio that of the
pairs: above 1 minigrad is faster.
"""

import argparse
import statistics
import time

import numpy as np
import torch

import minigrad as mg

SHAPES = (8,), (64, 64), (1000, 256), (64, 32, 16, 16)


def cases(shape):
    """(name, minigrad's call, PyTorch's)"""
    a = np.random.default_rng(0).random(shape, dtype=np.float32)
    x, y = mg.tensor(a), torch.tensor(a)
    last = len(shape) - 1
    yield "concatenate", lambda: mg.concatenate([x, x]), lambda: torch.cat([y, y])
    yield "stack", lambda: mg.stack([x, x]), lambda: torch.stack([y, y])
    yield "repeat, axis 0", lambda: mg.repeat(x, 2, 0), lambda: torch.repeat_interleave(y, 2, 0)
    yield "repeat, last axis", lambda: mg.repeat(x, 2, last), lambda: torch.repeat_interleave(y, 2, last)
    yield "tile", lambda: mg.tile(x, 2), lambda: y.repeat(*[1] * last, 2)
    yield "flip and copy", lambda: mg.flip(x, 0).clone(), lambda: torch.flip(y, (0,))
    yield "roll", lambda: mg.roll(x, 1, 0), lambda: torch.roll(y, 1, 0)
    if last:
        yield "tril", lambda: mg.tril(x), lambda: torch.tril(y)
    if last == 3:
        for mode in ("reflect", "replicate"):
            yield (f"pad, {mode}", lambda mode=mode: mg.nn.functional.pad(x, (1, 1, 1, 1), mode=mode),
                   lambda mode=mode: torch.nn.functional.pad(y, (1, 1, 1, 1), mode=mode))


def microseconds(function, calls):
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls * 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="5 rounds")
    rounds = 5 if parser.parse_args().quick else 15
    mg.set_num_threads(1)
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, threads 1; microseconds")
    print(f"{'operation':22}{'shape':20}{'minigrad':>10}{'torch':>10}{'x torch':>10}")
    slower = []
    for shape in SHAPES:
        size = int(np.prod(shape))
        calls = 2000 if size < 100 else 100 if size < 100_000 else 10
        for name, ours, theirs in cases(shape):
            pairs = [(microseconds(ours, calls), microseconds(theirs, calls)) for _ in range(rounds + 1)][1:]
            ratio = statistics.median(t / m for m, t in pairs)
            text = "x".join(map(str, shape))
            a, b = (statistics.median(column) for column in zip(*pairs))
            print(f"{name:22}{text:20}{a:10.1f}{b:10.1f}{ratio:10.2f}", flush=True)
            slower += [f"{name} {text} {ratio:.2f}"] if ratio < 1 else []
    print(f"slower than PyTorch: {', '.join(slower) or 'none'}")


if __name__ == "__main__":
    main()
