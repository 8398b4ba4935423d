"""Grade a class's homework: `python grade.py FOLDER`, where each student handed in a FOLDER/name.py with a function

    backprop(weights, biases, x, y) -> (db, dw)

for a network with ReLU between its layers and the mean cross-entropy of the softmax. weights[l] (out, in), biases[l] (out,),
x (N, in), y (N,) classes; db and dw are lists, with the gradient of each layer.

Every file runs in a process of its own, with limits of time and memory; what it found lies in FOLDER/results: name.txt for
the student, name.json, and a table of all in grades.csv. This is no sandbox: see docs/teaching.md.
"""

import argparse
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


def questions(submission):
    """(points, title, report) for each question of the homework: the part to write anew for another one."""
    draw = np.random.default_rng(2024)
    for points, title, sizes, samples in ((2, "one layer", (5, 3), 8), (3, "three layers", (5, 6, 6, 4), 8),
                                          (1, "a single sample", (5, 6, 4), 1)):
        mg.manual_seed(7)
        layers = [nn.Linear(a, b) for a, b in pairwise(sizes)]
        net = nn.Sequential(*[part for layer in layers for part in (layer, nn.ReLU())][:-1]).double()
        weights, biases = ([getattr(layer, name).detach().numpy().copy() for layer in layers] for name in ("weight", "bias"))
        backprop = partial(submission.backprop, weights, biases)
        x, y = draw.standard_normal((samples, sizes[0])), draw.integers(0, sizes[-1], samples)
        yield points, title, check_gradient(backprop, net, x, y)


def grade_one(file, result, megabytes, seconds):
    """In a process of its own: import the student's file, ask the questions, write what came out."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    except ImportError:
        print("no limits of memory on this system, only of time", file=sys.stderr)
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
        command = [sys.executable, __file__, str(file), "--one", str(result), *limits]
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MINIGRAD_NUM_THREADS"), "1")
        with open(Path(folder) / "said", "w+", encoding="utf-8", errors="replace") as said:
            process = subprocess.Popen(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, cwd=folder,
                                       env={**os.environ, **threads}, start_new_session=True)
            try:
                process.wait(timeout=2 * seconds)       # of its own clock; the limit above is of computing
                problem = None
            except subprocess.TimeoutExpired:
                problem = f"not done after {2 * seconds} seconds"
            end(process)
            said.seek(0)
            last = (said.read().strip().splitlines() or [""])[-1][:300]
        if problem is None and not result.exists():
            ended = signal.Signals(-process.returncode).name if process.returncode < 0 else f"exit code {process.returncode}"
            too_long = f"more than {seconds} seconds of computing" if ended == "SIGXCPU" else f"no result ({ended})"
            problem = f"{too_long}: {last}".rstrip(": ")
        return (json.loads(result.read_text(encoding="utf-8")) if problem is None else []), problem


def end(process):
    """End the process and those that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (AttributeError, ProcessLookupError, PermissionError):       # Windows has no groups; or it is over
        process.kill()
    process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="the folder of the submissions")
    parser.add_argument("--megabytes", type=int, default=2048, help="of memory for each (default 2048)")
    parser.add_argument("--seconds", type=int, default=20, help="of computing for each (default 20)")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        return grade_one(given.path, given.one, given.megabytes, given.seconds)
    results = given.path / "results"
    results.mkdir(exist_ok=True)
    table = []
    for file in sorted(given.path.glob("*.py")):
        rows, problem = run(file.resolve(), given.megabytes, given.seconds)
        points = sum(row["points"] for row in rows)
        wrong = [finding["sentence"] if finding["name"] == "error" else finding["name"]
                 for row in rows for finding in row["findings"] if finding["name"] != "right"]
        mistakes = "; ".join(dict.fromkeys(wrong)) or problem or ""
        text = "\n\n".join(f"{row['title']}: {row['points']} of {row['of']}\n\n{row['report']}" for row in rows) or f"{problem}"
        (results / f"{file.stem}.txt").write_text(text + "\n", encoding="utf-8")
        (results / f"{file.stem}.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
        table.append((file.stem, points, mistakes))
        print(f"{file.stem:20} {points:3}  {mistakes}", flush=True)
    with open(results / "grades.csv", "w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("name", "points", "mistakes"), *table])


if __name__ == "__main__":
    main()
