"""Every native kernel against the numpy table's, and against PyTorch's operation where it is installed.

    python bench/kernels.py [--quick] [--threads N] [--only TEXT]

The candidates take turns within one run, and a ratio is the median of the paired ratios: clocks drift, pairs do not.
Times are medians in microseconds. `x numpy` is how many times faster the native kernel is than the numpy table's, `x torch`
than PyTorch's operation in its better layout. Losing cases are marked and counted; the exit code is 0.

Shapes are those of networks people learn with: 784-40-10 at batch 10, 784-128-10 at batch 64, digits, CIFAR, square products.
"""

import argparse
import os
import statistics
import sys
import time

import indexing
from cases import reductions
from image_cases import image_cases
from optimisers import optimiser_steps
from product_cases import product_cases


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="a tenth of the repeats, and no products of 1024^3")
    parser.add_argument("--threads", type=int, default=1, help="threads for every candidate (default 1)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only the cases whose name contains TEXT")
    parser.add_argument("--isa", help="the instruction set to use, of those that `minigrad info` lists")
    return parser.parse_args()


def limit_threads(threads):
    """Before numpy loads its BLAS."""
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "MINIGRAD_NUM_THREADS"):
        os.environ[name] = str(threads)


def cases(np, torch, quick):
    """(name, shape, function of a table, function with PyTorch or None)."""
    rng = np.random.default_rng(0)

    def normal(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    def tensor(a):
        return torch.from_numpy(a)

    def images(*shape):
        """An NCHW array that lies channels-last in memory, as inside a network."""
        n, c, h, w = shape
        return normal(n, h, w, c).transpose(0, 3, 1, 2)

    F = torch.nn.functional if torch else None

    def case(name, shape, ours, theirs=None):
        return name, shape, ours, theirs if torch else None

    # ---- products
    for m, k, n in ((10, 784, 40), (10, 40, 10), (64, 784, 128), (64, 128, 10), (512, 512, 512), (1024, 1024, 1024)):
        if quick and m == 1024:
            continue
        a, b, bt, at = normal(m, k), normal(k, n), normal(n, k), normal(k, m)
        shape = f"{m}x{k}x{n}"
        yield case("matmul", shape, lambda t, a=a, b=b: t.matmul(a, b), lambda a=a, b=b: tensor(a) @ tensor(b))
        yield case("matmul a b^T", shape, lambda t, a=a, b=bt: t.matmul(a, b.T), lambda a=a, b=bt: tensor(a) @ tensor(b).T)
        yield case("matmul a^T b", shape, lambda t, a=at, b=b: t.matmul(a.T, b), lambda a=at, b=b: tensor(a).T @ tensor(b))
        if m < 500:
            bias = normal(n)
            yield case("linear", shape, lambda t, a=a, w=bt, b=bias: t.linear(a, w, b),
                       lambda a=a, w=bt, b=bias: F.linear(tensor(a), tensor(w), tensor(b)))
            g = normal(m, n)
            yield case("matmul g^T x", f"{n}x{m}x{k}", lambda t, g=g, x=a: t.matmul(g.T, x),
                       lambda g=g, x=a: tensor(g).T @ tensor(x))
    yield from product_cases(np, torch, case)

    # ---- convolution
    for x_shape, o, size, pad in (((64, 1, 28, 28), 4, 5, 0), ((32, 3, 32, 32), 32, 3, 1), ((32, 32, 32, 32), 32, 3, 0),
                                  ((32, 64, 15, 15), 64, 3, 0)):
        c = x_shape[1]
        x, w, bias = images(*x_shape), normal(o, c, size, size), normal(o)
        oh = x_shape[2] + 2 * pad - size + 1
        g = images(x_shape[0], o, oh, oh)
        how = (1, 1), (pad, pad), (1, 1), 1
        shape = f"{'x'.join(map(str, x_shape))}->{o} {size}x{size}"
        yield case("conv2d", shape, lambda t, x=x, w=w, b=bias, how=how: t.conv2d(x, w, b, how),
                   lambda x=x, w=w, b=bias, pad=pad: F.conv2d(tensor(x), tensor(w), tensor(b), padding=pad))
        yield case("conv2d_input_grad", shape, lambda t, g=g, w=w, how=how, s=x_shape: t.conv2d_input_grad(g, w, how, s),
                   lambda g=g, w=w, s=x_shape, pad=pad: torch.nn.grad.conv2d_input(s, tensor(w), tensor(g), padding=pad))
        yield case("conv2d_weight_grad", shape,
                   lambda t, g=g, x=x, how=how, s=w.shape: t.conv2d_weight_grad(g, x, how, s),
                   lambda g=g, x=x, s=w.shape, pad=pad: torch.nn.grad.conv2d_weight(tensor(x), s, tensor(g), padding=pad))

    # ---- pooling
    for x_shape in ((64, 4, 24, 24), (32, 32, 30, 30), (32, 64, 13, 13)):
        x = images(*x_shape)
        half = (*x_shape[:2], x_shape[2] // 2, x_shape[3] // 2)
        g, how = images(*half), ((2, 2), (2, 2), (0, 0))
        index = rng.integers(0, 4, (half[0], half[2], half[3], half[1]), np.uint8).transpose(0, 3, 1, 2)
        shape = "x".join(map(str, x_shape)) + " 2x2"
        yield case("max_pool2d", shape, lambda t, x=x, how=how: t.max_pool2d(x, *how),
                   lambda x=x: F.max_pool2d(tensor(x), 2, return_indices=True))
        yield case("max_pool2d_scatter", shape,
                   lambda t, g=g, i=index, how=how, s=x_shape: t.max_pool2d_scatter(g, i, *how, s))
        yield case("avg_pool2d", shape, lambda t, x=x, how=how: t.avg_pool2d(x, *how), lambda x=x: F.avg_pool2d(tensor(x), 2))
        yield case("avg_pool2d_backward", shape, lambda t, g=g, how=how, s=x_shape: t.avg_pool2d_backward(g, *how, s))

    # ---- batch norm, dropout
    for x_shape in ((64, 128), (32, 32, 30, 30)):
        x = images(*x_shape) if len(x_shape) == 4 else normal(*x_shape)
        g = images(*x_shape) if len(x_shape) == 4 else normal(*x_shape)
        gamma, beta = normal(x_shape[1]), normal(x_shape[1])
        shape = "x".join(map(str, x_shape))
        yield case("batch_norm", shape, lambda t, x=x, a=gamma, b=beta: t.batch_norm(x, a, b, 1e-5),
                   lambda x=x, a=gamma, b=beta: F.batch_norm(tensor(x), None, None, tensor(a), tensor(b), training=True))
        yield case("batch_norm_backward", shape, lambda t, g=g, x=x, a=gamma, kept=Kept(): t.batch_norm_backward(
            g, x, a, kept.of(t, lambda t: t.batch_norm(x, a, a, 1e-5)[3]), 1e-5))
        key = np.array([1, 2], np.uint64)
        yield case("batch_norm_inference", shape, lambda t, x=x, a=(beta, gamma**2, gamma, beta): t.batch_norm_inference(
            x, *a, 1e-5), lambda x=x, a=(beta, gamma**2, gamma, beta): F.batch_norm(tensor(x), *map(tensor, a)))
        yield case("dropout", shape, lambda t, x=x, key=key: t.dropout(x, 0.5, key), lambda x=x: F.dropout(tensor(x), 0.5))

    # ---- softmax, losses
    for n, c in ((10, 10), (128, 10), (128, 1000)):
        z, target, g = normal(n, c), rng.integers(0, c, n), np.array(1, np.float32)
        shape = f"{n}x{c}"
        yield case("softmax", shape, lambda t, z=z: t.softmax(z, 1), lambda z=z: tensor(z).softmax(1))
        yield case("log_softmax", shape, lambda t, z=z: t.log_softmax(z, 1), lambda z=z: tensor(z).log_softmax(1))
        yield case("cross_entropy", shape, lambda t, z=z, y=target: t.cross_entropy(z, y, "mean"),
                   lambda z=z, y=target: F.cross_entropy(tensor(z), tensor(y)))
        yield case("cross_entropy_backward", shape, lambda t, z=z, y=target, g=g, kept=Kept(): t.cross_entropy_backward(
            g, z, y, kept.of(t, lambda t: t.cross_entropy(z, y, "mean")[1]), "mean"))
        yield case("count_correct", shape, lambda t, z=z, y=target: t.count_correct(z, y),
                   lambda z=z, y=target: (tensor(z).argmax(1) == tensor(y)).sum())
        yield case("mse", shape, lambda t, z=z, y=normal(n, c): t.mse(z, y, "mean"))

    # ---- elementwise and reductions
    for n in (400, 1_000_000):
        a, b, positive = normal(n), normal(n), np.abs(normal(n)) + 0.1
        for name in ("relu", "exp", "sigmoid", "tanh", "sign"):
            yield case(name, f"{n}", lambda t, f=name, a=a: getattr(t, f)(a), lambda f=name, a=a: getattr(torch, f)(tensor(a)))
        for name in ("log", "sqrt", "log1p", "expm1"):
            yield case(name, f"{n}", lambda t, f=name, a=positive: getattr(t, f)(a),
                       lambda f=name, a=positive: getattr(torch, f)(tensor(a)))
        for name in ("add", "mul", "div", "maximum", "greater"):
            yield case(name, f"{n}", lambda t, f=name, a=a, b=b: getattr(t, f)(a, b),
                       lambda f=name, a=a, b=b: getattr(torch, f)(tensor(a), tensor(b)))
        yield case("pick_mul", f"{n}", lambda t, a=a, b=b: t.pick_mul(a, b), lambda a=a, b=b: tensor(a) * tensor(b))
        yield case("mul by a number", f"{n}", lambda t, a=a: t.mul(a, 3), lambda a=a: tensor(a) * 3)
        yield case("relu_backward", f"{n}", lambda t, a=a, b=b: t.relu_backward(a, b))
        yield case("where", f"{n}", lambda t, c=a > b, a=a, b=b: t.where(c, a, b),
                   lambda c=a > b, a=a, b=b: torch.where(tensor(c), tensor(a), tensor(b)))
        yield case("greater than a number", f"{n}", lambda t, a=a: t.greater(a, 0.5), lambda a=a: tensor(a) > 0.5)
        yield case("clip", f"{n}", lambda t, a=a: t.clip(a, -0.5, 0.5), lambda a=a: tensor(a).clamp(-0.5, 0.5))
        yield case("softplus", f"{n}", lambda t, a=a: t.softplus(a), lambda a=a: F.softplus(tensor(a)))
        rows, row = a.reshape(-1, 40), normal(40)
        yield case("greater than a row", f"{n // 40}x40", lambda t, a=rows, b=row: t.greater(a, b),
                   lambda a=rows, b=row: tensor(a) > tensor(b))
        yield case("add a row", f"{n // 40}x40", lambda t, a=rows, b=row: t.add(a, b),
                   lambda a=rows, b=row: tensor(a) + tensor(b))
    yield from reductions.cases(np, torch, normal, images, case)

    # ---- indexing, and borders
    yield from indexing.cases(np, torch, rng)

    # ---- optimiser steps, batches
    yield from optimiser_steps(np, torch, case)
    pixels = rng.integers(0, 256, (10_000, 1, 28, 28)).astype(np.uint8)
    for n in (10, 64, 1000):
        index, scale, shift = rng.integers(0, 10_000, n), np.array([1 / 255], np.float32), np.array([0], np.float32)
        yield case("gather_batch", f"{n} of 1x28x28", lambda t, i=index, s=scale, z=shift: t.gather_batch(pixels, i, s, z))

    yield from image_cases(np, torch, case, quick)


class Kept:
    """What a table's forward kernel keeps for its backward, made once for each table."""

    def __init__(self):
        self.made = {}

    def of(self, table, make):
        if table.name not in self.made:
            self.made[table.name] = make(table)
        return self.made[table.name]


def times(candidates, seconds):
    """Interleaved rounds -> for each candidate its times per call in microseconds, one per round."""
    for f in candidates:
        f()
    start = time.perf_counter()
    for f in candidates:
        f()
    once = time.perf_counter() - start
    calls = max(1, int(2e-4 / max(once, 1e-7)))
    rounds = max(5, min(200, int(seconds / max(once * calls, 1e-7))))
    taken = [[] for _ in candidates]
    for _ in range(rounds):
        for f, list_ in zip(candidates, taken, strict=True):
            start = time.perf_counter()
            for _ in range(calls):
                f()
            list_.append((time.perf_counter() - start) / calls * 1e6)
    return taken


def main():
    options = arguments()
    limit_threads(options.threads)
    import numpy as np

    from minigrad import kernels

    try:
        import torch

        torch.set_num_threads(options.threads)
        torch.set_grad_enabled(False)
    except ImportError:
        torch = None
    try:
        native = kernels.table("native")
    except ImportError as error:
        sys.exit(f"bench/kernels.py compares the native kernels: {error}")
    from minigrad import _native

    if options.isa:
        _native.set_isa(options.isa)
    plain = kernels.table("numpy")
    print(f"numpy {np.__version__}, torch {torch.__version__ if torch else 'not installed'}, {_native.isa()}, "
          f"threads {options.threads}")
    print(f"{'kernel':24}{'shape':26}{'native us':>11}{'numpy us':>11}{'torch us':>11}{'x numpy':>9}{'x torch':>9}")
    losing, behind, count = [], [], 0
    for name, shape, ours, theirs in cases(np, torch, options.quick):
        if options.only not in name:
            continue
        candidates = [lambda f=ours: f(native), lambda f=ours: f(plain)] + ([theirs] if theirs else [])
        taken = times(candidates, 0.03 if options.quick else 0.3)
        medians = [statistics.median(t) for t in taken]
        ratios = [statistics.median(b / a for a, b in zip(taken[0], t, strict=True)) for t in taken[1:]]
        count += 1
        flags = ""
        if ratios[0] < 1:
            losing.append(f"{name} {shape}")
            flags += "  < numpy"
        if theirs and ratios[1] < 1:
            behind.append(f"{name} {shape}")
            flags += "  < torch"
        right = (f"{medians[2]:11.1f}", f"{ratios[1]:9.2f}") if theirs else (f"{'-':>11}", f"{'-':>9}")
        print(f"{name:24}{shape:26}{medians[0]:11.1f}{medians[1]:11.1f}{right[0]}{ratios[0]:9.2f}{right[1]}{flags}", flush=True)
    print(f"{count} cases; slower than the numpy table: {', '.join(losing) or 'none'}")
    if torch:
        print(f"slower than PyTorch: {', '.join(behind) or 'none'}")


if __name__ == "__main__":
    main()
