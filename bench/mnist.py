"""The main job, timed whole: `minigrad train mnist` for three seeds, and PyTorch eager's bare steps beside each.

    MINIGRAD_DATA=... python bench/mnist.py [--epochs 30] [--seeds 3] [--quick]

Everything runs on one thread. A minigrad run is the whole command (start, loading, 150,000 steps, validation after every
epoch, test, figure, files); PyTorch's time is the same number of steps of the same network and batch on ready tensors, and
nothing else. The two take turns; the ratio is the median over the seeds.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import steps


def minigrad_run(seed, epochs):
    """(seconds, test accuracy, name of the data) of one run of the command."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "minigrad", "train", "mnist", "--epochs", str(epochs), "--seed", str(seed),
                   "--threads", "1", "--no-progress", "--out", os.path.join(folder, "run")]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        seconds = time.perf_counter() - start
    last = re.search(r"test accuracy (0\.\d+) \((.*)\)\s*$", done.stdout)
    if done.returncode or last is None:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return seconds, float(last[1]), last[2]


def torch_seconds(count):
    """Seconds that PyTorch eager takes for `count` steps of 784-40-10 at batch 10, or None without PyTorch."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    ready = [(torch.tensor(x), torch.tensor(y)) for x, y in steps.batches(784, 10, 10)]
    step, _ = steps.torch_step((784, 40, 10), False, 0.1)
    start = time.perf_counter()
    for i in range(count):
        step(*ready[i % len(ready)])
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=30, help="epochs of 5,000 steps (default 30)")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds, from 0 (default 3)")
    parser.add_argument("--quick", action="store_true", help="one epoch, one seed")
    arguments = parser.parse_args()
    epochs, seeds = (1, 1) if arguments.quick else (arguments.epochs, arguments.seeds)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    accuracies, ratios = [], []
    for seed in range(seeds):
        seconds, accuracy, data = minigrad_run(seed, epochs)
        accuracies.append(accuracy)
        line = f"seed {seed}: minigrad train mnist {seconds:5.1f} s, test accuracy {accuracy:.4f} ({data})"
        torch_time = torch_seconds(5000 * epochs)
        if torch_time is not None:
            ratios.append(torch_time / seconds)
            line += f"; PyTorch's bare {5000 * epochs:,} steps {torch_time:5.1f} s"
        print(line)
    print(f"mean test accuracy {statistics.mean(accuracies):.4f}"
          + (f"; the whole command is {statistics.median(ratios):.2f} times as fast as PyTorch's bare steps" if ratios
             else "; PyTorch is not installed (pip install torch): no comparison"))


if __name__ == "__main__":
    main()
