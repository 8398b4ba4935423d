"""Layers forward and backward against PyTorch's, weights exchanged: recurrent layers, attention, transformers.

    python bench/layers.py [--quick] [--threads N] [--only TEXT]

The two take turns within one run; a ratio is the median of the paired ratios of PyTorch's time over ours. `training` is forward
and backward, with the gradient of the input; `forward` is without a graph. Losing cases are counted; the exit code is 0.
"""

import argparse
import os
import statistics
import time

RECURRENT = ((28, 64, 28, 64), (64, 32, 64, 128), (64, 32, 64, 256), (100, 8, 16, 32), (20, 1, 32, 64))   # T, N, I, H
ENCODERS = ((16, 32, 64, 4, 128), (8, 128, 128, 4, 512), (16, 64, 256, 8, 1024))       # N, L, E, heads, feed-forward


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="half a second for each case")
    parser.add_argument("--threads", type=int, default=1, help="threads for both (default 1)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only the cases whose name contains TEXT")
    return parser.parse_args()


def cases():
    """(name, make(library's nn), shape of the input, call(layer, x) -> what is summed up)."""
    for kind in ("LSTM", "GRU", "RNN"):
        for t, n, i, h in RECURRENT:
            yield (f"{kind} T{t} N{n} I{i} H{h}", lambda nn, k=kind, s=(i, h): getattr(nn, k)(*s), (t, n, i),
                   lambda f, x: f(x)[0])
    yield ("LSTM T64 N32 I64 H128, two layers both ways", lambda nn: nn.LSTM(64, 128, 2, bidirectional=True), (64, 32, 64),
           lambda f, x: f(x)[0])
    for n, length, e, heads, wide in ENCODERS:
        size = f"N{n} L{length} E{e} {heads} heads"
        yield (f"attention {size}", lambda nn, s=(e, heads): nn.MultiheadAttention(*s, batch_first=True), (n, length, e),
               lambda f, x: f(x, x, x, need_weights=False)[0])
        yield (f"encoder layer {size} F{wide}",
               lambda nn, s=(e, heads, wide): nn.TransformerEncoderLayer(*s, 0.0, batch_first=True), (n, length, e),
               lambda f, x: f(x))
    n, length, e, heads, wide = ENCODERS[1]
    yield (f"encoder layer, norm first N{n} L{length} E{e} {heads} heads F{wide}",
           lambda nn: nn.TransformerEncoderLayer(e, heads, wide, 0.0, batch_first=True, norm_first=True), (n, length, e),
           lambda f, x: f(x))


def paired(functions, seconds):
    """Times of each function in microseconds, in turns of about 20 ms."""
    counts = []
    for f in functions:
        f()
        start = time.perf_counter()
        f()
        counts.append(max(1, int(0.02 / (time.perf_counter() - start))))
    taken, end = [[] for _ in functions], time.perf_counter() + seconds
    while time.perf_counter() < end or len(taken[0]) < 5:
        for f, count, times in zip(functions, counts, taken, strict=True):
            start = time.perf_counter()
            for _ in range(count):
                f()
            times.append((time.perf_counter() - start) / count * 1e6)
    return taken


def main():
    options = arguments()
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "MINIGRAD_NUM_THREADS"):
        os.environ[name] = str(options.threads)
    import numpy as np
    import torch

    import minigrad as mg

    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, threads {options.threads}; microseconds")
    print(f"{'layer':58}{'':10}{'minigrad':>10}{'torch':>10}{'x torch':>9}")
    behind, seconds = [], 0.5 if options.quick else 4
    for name, make, shape, call in cases():
        if options.only not in name:
            continue
        theirs, ours = make(torch.nn), make(mg.nn)
        ours.load_state_dict(theirs.state_dict())
        a = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
        pair = (ours, mg.tensor(a, requires_grad=True)), (theirs, torch.tensor(a, requires_grad=True))

        def training(layer, x, call=call):
            layer.zero_grad()
            x.grad = None
            call(layer, x).sum().backward()

        def forward(layer, x, no_grad, call=call):
            with no_grad():
                call(layer, x)

        for what, functions in (
                ("training", [lambda p=p: training(*p) for p in pair]),
                ("forward", [lambda p=p, g=g: forward(*p, g) for p, g in zip(pair, (mg.no_grad, torch.no_grad), strict=True)])):
            times = paired(functions, seconds)
            ratio = statistics.median(b / a for a, b in zip(*times, strict=True))
            if ratio < 1:
                behind.append(f"{name} {what} {ratio:.2f}")
            ours_us, theirs_us = map(statistics.median, times)
            print(f"{name:58}{what:10}{ours_us:10.0f}{theirs_us:10.0f}{ratio:9.2f}", flush=True)
    print(f"slower than PyTorch: {', '.join(behind) or 'none'}")


if __name__ == "__main__":
    main()
