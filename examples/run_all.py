"""Run the exercises: a table of every answer beside the expected one, and the index with pictures and a line for each.

    python examples/run_all.py --quick              every script, quickly; ends with 1 if an answer is wrong
    python examples/run_all.py --only b1,e2         some of them
    python examples/run_all.py --quick --index      and write README.md, the pages and the pictures beside it
"""

import argparse
import ast
import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
SETS = {"relu_networks": "A. ReLU networks", "computational_vision": "B. Machine learning and computer vision",
        "approximation_backprop": "C. Approximation and backpropagation", "svm_mnist_alexnet": "D. From the SVM to AlexNet",
        "two_layer_and_fashion": "E. Two layers, interpolation, Fashion-MNIST"}
NO_DATA, INTERRUPTED = 3, 130       # what a script ends with where its data set is not to be had, and after Ctrl-C
PAGES = "b1", "c8", "e2"
INDEX = """\
# The exercises, worked

Five problem sets, from an exact gradient by hand to training on real images. Each script states its problem, prints its
answers beside the expected ones and says why; `--help` lists its options, `--out FOLDER` keeps its figures. Written by
`python examples/run_all.py --quick --index`.

[Every answer](answers.md) beside the expected one, with its command; [where a published solution is
wrong](published-mistakes.md), the right one and why; [three pages](three-pages.md) as a script prints them.
"""
ANSWERS = """\
# Every answer

What `--quick` finds, beside what is expected: an exact value, a value and how far off it may be, or a range. Numbers that are
rounding, such as 3e-14, are others on another machine. Written by `python examples/run_all.py --quick --index`.
"""
MISTAKES = """\
# Published answers that are wrong

Each of these stands in a published solution of the problem; where that is a formula, its value at the counterexample is shown.
The script computes the right answer and the counterexample. The two further vectors of B3 are not named here: no other unit
vector than the two does it. Written by `python examples/run_all.py --quick --index`.
"""
THREE = """\
# Three pages, as their scripts print them

Written by `python examples/run_all.py --quick --index`.
"""


class Result(NamedTuple):
    """What a script did. found: its --answers; text: what it printed; errors: what it wrote to stderr."""

    path: Path
    code: int
    seconds: float
    found: dict[str, Any]
    text: str
    errors: str

    @property
    def command(self):
        return f"`python examples/{self.path.parent.name}/{self.path.name}`"

    @property
    def why(self):
        """Why it is not done; "" where it is."""
        if self.code == NO_DATA:
            return "its data set is not here"
        if self.code == INTERRUPTED or self.code in (-signal.SIGTERM, -signal.SIGINT):
            return "interrupted"
        if self.code < 0:
            return f"ended by {signal.Signals(-self.code).name}"
        if self.code or not self.found["answers"]:
            last = ((self.errors.strip() or self.text.strip()).splitlines() or ["nothing was printed"])[-1]
            return self.found.get("ended") or (f"ended with {self.code}: {last}" if self.code else "no question was answered")
        return ""


class Runner:
    """Runs scripts, each in a process of its own, which `stop` ends."""

    def __init__(self, quick, figures):
        self.quick, self.figures = quick, figures
        self.running, self.stopped = set(), threading.Event()

    def __call__(self, path):
        answers = self.figures / f"{path.parent.name}-{path.stem}.json"
        command = [sys.executable, str(path), *(["--quick"] if self.quick else []), "--out", str(self.pictures_of(path)),
                   "--answers", str(answers)]
        start = time.perf_counter()
        process = subprocess.Popen(command, text=True, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"})
        self.running.add(process)
        if self.stopped.is_set():
            process.terminate()
        text, errors = process.communicate()
        self.running.discard(process)
        found = json.loads(answers.read_text(encoding="utf-8")) if answers.exists() else {"answers": [], "figures": []}
        result = Result(path, process.returncode, time.perf_counter() - start, found, text, errors)
        print(f"{path.stem}: {len(found['answers'])} answers, {result.seconds:.1f} s", *([result.why] if result.why else []),
              sep="; ", file=sys.stderr, flush=True)
        return result

    def pictures_of(self, path):
        return self.figures / path.parent.name / path.stem

    def stop(self):
        self.stopped.set()
        for process in list(self.running):
            process.terminate()


def scripts(only=None):
    """The exercises' scripts, in the order of their names; those that define work(sheet)."""
    for folder in SETS:
        for path in sorted((HERE / folder).glob("*.py"), key=lambda p: [int(n) if n.isdigit() else n
                                                                       for n in re.split(r"(\d+)", p.stem)]):
            if "def work(" in path.read_text(encoding="utf-8") and (not only or path.stem in only):
                yield path


def markdown(*cells):
    """A row of a table."""
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"


def table(results):
    """problem -> command -> answer -> expected, in markdown."""
    lines = ["| problem | command | question | answer | expected | |", "|---|---|---|---|---|---|"]
    for result in results:
        name, command = result.path.stem, result.command
        lines += [markdown(name, command, row["question"], row["found"], row["expected"], "" if row["right"] else "**wrong**")
                  for row in result.found["answers"]]
        if result.why:
            lines.append(markdown(name, command, "", "", "", f"**{result.why}**"))
    return "\n".join(lines)


def write_index(results, pictures_of):
    """The index, the pictures that it shows, and the pages beside it."""
    pictures = HERE / "pictures"
    pictures.mkdir(exist_ok=True)
    lines, kept = [INDEX], set()
    for folder, title in SETS.items():
        lines.append(f"## {title}\n")
        for result in results:
            if result.path.parent.name != folder:
                continue
            text = ast.get_docstring(ast.parse(result.path.read_text(encoding="utf-8")))
            first = re.split(r"(?<=[.:?])\s", " ".join(text.split()), maxsplit=2)[1].rstrip(":")       # after "A1."
            lines.append(f"[{result.path.stem}]({folder}/{result.path.name}): {first} "
                         f"({len(result.found['answers'])} answers)\n")
            for name in result.found["figures"]:
                kept.add(name)
                width = copy_picture(pictures_of(result.path) / name, pictures / name)
                lines.append(f'<img src="pictures/{name}"{width} alt="{html.escape(result.found["titles"][name])}">')
            lines.append("")
    for path in pictures.iterdir():
        if path.name not in kept and path.suffix in (".png", ".svg"):
            path.unlink()
    pages = {"README.md": "\n".join(lines), "published-mistakes.md": mistakes(results), "three-pages.md": three(results),
             "answers.md": f"{ANSWERS}\n{table(results)}\n"}
    for name, text in pages.items():
        (HERE / name).write_text(text, encoding="utf-8")


def copy_picture(source, target):
    """-> its width on the page. A PNG gets a palette: it looks the same, and takes a third of the place."""
    if source.suffix != ".png":
        shutil.copyfile(source, target)
        return ""                   # a graph is as wide as the page
    from PIL import Image  # it came with matplotlib, which drew the picture

    with Image.open(source) as picture:
        picture.convert("RGB").quantize(128, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(target, optimize=True)
        return f' width="{600 if picture.width > 700 else 400}"'        # those with two panels need the place


def three(results):
    """What the scripts of PAGES print."""
    lines = [THREE]
    for result in results:
        if result.path.stem in PAGES:
            kept = [line for line in result.text.strip().splitlines() if not line.startswith(("   figure:", "   written:"))]
            lines += [f"## {result.command}", "", "```", *kept, "```", ""]
    return "\n".join(lines)


def mistakes(results):
    """The published answers that are wrong, beside the right ones and the reason."""
    heads = "problem", "question", "published", "right", "why: the counterexample", "shown by"
    lines = [MISTAKES, markdown(*heads), "|---" * len(heads) + "|"]
    lines += [markdown(result.path.stem, row["question"], row["published"], row["found"], row["because"], result.command)
              for result in results for row in result.found["answers"] if row["published"] is not None]
    return "\n".join([*lines, ""])


def arguments_of(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every script with --quick")
    parser.add_argument("--only", type=lambda text: text.split(","), help="names of scripts between commas")
    parser.add_argument("--jobs", type=int, default=2, help="so many at once (default 2)")
    parser.add_argument("--index", action="store_true", help="write the index, its pictures, every answer, published mistakes")
    parsed = parser.parse_args(arguments)
    known = {path.stem for path in scripts()}
    if wrong := [name for name in parsed.only or () if name not in known]:
        parser.error(f"there is no script {', '.join(wrong)}: there are {', '.join(sorted(known))}")
    if parsed.index and (parsed.only or not parsed.quick):
        parser.error("--index is written from every script's --quick: leave --only out, and give --quick")
    if parsed.jobs < 1:
        parser.error(f"--jobs is {parsed.jobs} but expected at least 1")
    return parsed


def main(given=None):
    """-> the exit code: 0, 1 for a wrong answer, an error, or an index that could not be written, 130 after Ctrl-C."""
    arguments = arguments_of(given)
    start, paths, interrupted = time.perf_counter(), list(scripts(arguments.only)), False
    with tempfile.TemporaryDirectory() as folder:
        run = Runner(arguments.quick, Path(folder))
        with ThreadPoolExecutor(arguments.jobs) as pool:
            futures = [pool.submit(run, path) for path in paths]
            try:
                wait(futures)
            except KeyboardInterrupt:
                interrupted = True
                pool.shutdown(wait=False, cancel_futures=True)
                run.stop()
        results = [future.result() for future in futures if not future.cancelled()]
        print(table(results), end="\n\n")
        failed = [result for result in results if result.why and result.code != NO_DATA]
        absent = [result.path.stem for result in results if result.code == NO_DATA]
        for result in failed:
            print(f"==== {result.path.name}: {result.why}\n{result.text}{result.errors}", file=sys.stderr)
        refused = arguments.index and bool(failed or absent or interrupted)
        if arguments.index and not refused:
            write_index(results, run.pictures_of)
    if absent:
        print(f"no data set here for {', '.join(absent)}: not run")
    answers = sum(len(result.found["answers"]) for result in results)
    slowest = ", ".join(f"{r.path.stem} {r.seconds:.0f} s" for r in sorted(results, key=lambda r: -r.seconds)[:3])
    print(f"{answers} answers of {len(results) - len(absent)} scripts in {time.perf_counter() - start:.0f} s, "
          + ("interrupted" if interrupted else f"{len(failed)} scripts failed" if failed else "all right")
          + f"; the slowest: {slowest}")
    if refused:
        print("the index was not written: it needs every script to end well, with its data", file=sys.stderr)
    return INTERRUPTED if interrupted else 1 if failed or refused else 0


if __name__ == "__main__":
    sys.exit(main())
