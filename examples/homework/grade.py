"""Grade a class's homework: `python grade.py FOLDER`, where each student handed in a FOLDER/name.py with a function

    backprop(weights, biases, x, y) -> (db, dw)

for a network with ReLU between its layers and the mean cross-entropy of the softmax: weights[l] (out, in), biases[l] (out,),
x (N, in), y (N,) classes, db and dw lists with the gradient of each layer.

Every file runs in a process of its own, with limits of time and memory. FOLDER/results gets name.txt, for the student,
name.json, and grades.csv, a table of all. This is no sandbox: see docs/teaching.md.
"""

import argparse
import contextlib
import csv
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.testing import check_gradient

try:
    import resource
except ImportError:         # Windows: only the time is limited there
    resource = None


def questions(submission):
    """(points, title, report) for each question of the homework: the part to write anew for another one."""
    draw = np.random.default_rng(2024)
    asked = (2, "one layer", (5, 3), 8), (3, "three layers", (5, 6, 6, 4), 8), (1, "a single sample", (5, 6, 4), 1)
    for points, title, sizes, samples in asked:
        mg.manual_seed(7)
        layers = [nn.Linear(a, b) for a, b in pairwise(sizes)]
        net = nn.Sequential(*[part for layer in layers for part in (layer, nn.ReLU())][:-1]).double()
        weights, biases = ([getattr(layer, name).detach().numpy().copy() for layer in layers] for name in ("weight", "bias"))
        backprop = partial(submission.backprop, weights, biases)
        x, y = draw.standard_normal((samples, sizes[0])), draw.integers(0, sizes[-1], samples)
        yield points, title, check_gradient(backprop, net, x, y)


def grade_one(file, result, megabytes, seconds):
    """In a process of its own: import the student's file, ask the questions, write what came out."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    submission = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(submission)
    rows = [{"points": points if report else 0, "of": points, "title": title, "report": str(report), **report.to_dict()}
            for points, title, report in questions(submission)]
    result.write_text(json.dumps(rows), encoding="utf-8")


def run(file, megabytes, seconds):
    """(rows, what went wrong): grade a file in a process that is ended, with all that it started, when its time is up."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        limits = ["--megabytes", str(megabytes), "--seconds", str(seconds)]
        command = [sys.executable, "-B", __file__, str(file), "--one", str(result), *limits]
        ones = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MINIGRAD_NUM_THREADS"), "1")
        with open(Path(folder) / "said", "w+", encoding="utf-8", errors="replace") as said:
            process = subprocess.Popen(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, cwd=folder,
                                       env={**os.environ, **ones}, start_new_session=True)
            problem = None
            try:
                process.wait(timeout=2 * seconds)       # by the clock; the limit above is of computing
            except subprocess.TimeoutExpired:
                problem = f"not done after {2 * seconds} seconds"
            with contextlib.suppress(AttributeError, OSError):      # Windows has no groups; or nothing of it is left
                os.killpg(process.pid, signal.SIGKILL)              # what it started goes with it
            process.kill()
            process.wait()
            said.seek(0)
            last = said.read().strip().rpartition("\n")[2][:300]
        if problem is None and not result.exists():
            ended = signal.Signals(-process.returncode).name if process.returncode < 0 else f"exit code {process.returncode}"
            too_long = f"more than {seconds} seconds of computing" if ended == "SIGXCPU" else f"no result ({ended})"
            problem = f"{too_long}: {last}".rstrip(": ")
        return ([] if problem else json.loads(result.read_text(encoding="utf-8"))), problem


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="the folder of the submissions")
    parser.add_argument("--megabytes", type=int, default=2048, help="of memory for each (default 2048)")
    parser.add_argument("--seconds", type=int, default=20, help="of computing for each (default 20)")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)        # what a process of its own is started with
    given = parser.parse_args()
    if given.one:
        return grade_one(given.path, given.one, given.megabytes, given.seconds)
    results, table = given.path / "results", []
    results.mkdir(exist_ok=True)
    for file in sorted(given.path.glob("*.py")):
        try:
            rows, problem = run(file.resolve(), given.megabytes, given.seconds)
        except ValueError:
            rows, problem = [], "a result that is no JSON: look at what this submission does"
        wrong = [finding["sentence"] if finding["name"] == "error" else finding["name"]
                 for row in rows for finding in row["findings"] if finding["name"] != "right"]
        mistakes = "; ".join(dict.fromkeys(wrong)) or problem or ""
        parts = [f"{row['title']}: {row['points']} of {row['of']}\n\n{row['report']}\n" for row in rows] or [f"{problem}\n"]
        (results / f"{file.stem}.txt").write_text("\n".join(parts), encoding="utf-8")
        (results / f"{file.stem}.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
        table.append((file.stem, sum(row["points"] for row in rows), mistakes))
        print("{:20} {:3}  {}".format(*table[-1]), flush=True)
    with open(results / "grades.csv", "w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("name", "points", "mistakes"), *table])


if __name__ == "__main__":
    main()
