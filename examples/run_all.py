"""Run the exercises: a table of every answer beside the expected one, and the index with a picture and a line for each.

    python examples/run_all.py --quick              every script, quickly; ends with 1 if an answer is wrong
    python examples/run_all.py --only b1,e2         some of them
    python examples/run_all.py --quick --index      and write README.md and the pages and pictures beside it
"""

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
SETS = {"relu_networks": "A. ReLU networks", "computational_vision": "B. Machine learning and computer vision",
        "approximation_backprop": "C. Approximation and backpropagation", "svm_mnist_alexnet": "D. From the SVM to AlexNet",
        "two_layer_and_fashion": "E. Two layers, interpolation, Fashion-MNIST"}
NO_DATA = 3             # a script ends with it where its data set is not to be had
INDEX = """\
# The exercises, worked

Five problem sets, from an exact gradient by hand to training on real images. Each script states its problem, prints its
answers beside the expected ones and says why; `--help` lists its options, `--out FOLDER` keeps its figures. Written by
`python examples/run_all.py --quick --index`.
"""


MISTAKES = """\
# Published answers that are wrong

Each of these stands in a published solution of the problem. The script beside it computes the right answer, gives a
counterexample and says why. Written by `python examples/run_all.py --quick --index`.
"""


PAGES = "b1", "c8", "e2"
THREE = """\
# Three pages, as their scripts print them

Written by `python examples/run_all.py --quick --index`.
"""


def scripts(only):
    """The exercises' scripts, in the order of their names; those that define work(sheet)."""
    for folder in SETS:
        for path in sorted((HERE / folder).glob("*.py")):
            if "def work(" in path.read_text(encoding="utf-8") and (not only or path.stem in only):
                yield path


def run(path, quick, figures):
    """(path, exit code, seconds, what it found, what it printed)"""
    answers = figures / f"{path.parent.name}-{path.stem}.json"
    out = figures / path.parent.name / path.stem
    command = [sys.executable, str(path), *(["--quick"] if quick else []), "--out", str(out), "--answers", str(answers)]
    start = time.perf_counter()
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=os.environ | {"OMP_NUM_THREADS": "1"})
    found = json.loads(answers.read_text(encoding="utf-8")) if answers.exists() else {"answers": [], "figures": []}
    return path, done.returncode, time.perf_counter() - start, found, done.stdout


def table(results):
    """problem -> command -> answer -> expected, in markdown."""
    lines = ["| problem | command | question | answer | expected | |", "|---|---|---|---|---|---|"]
    for path, code, _, found, _ in results:
        command = f"`python examples/{path.parent.name}/{path.name}`"
        for row in found["answers"]:
            cells = [path.stem, command, row["question"], row["found"], row["expected"], "" if row["right"] else "**wrong**"]
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        if code:
            why = "no data set here" if code == NO_DATA else f"ended with {code}"
            lines.append(f"| {path.stem} | {command} | | | | **{why}** |")
    return "\n".join(lines)


def index(results, figures):
    """The page, and the pictures that it shows."""
    pictures = HERE / "pictures"
    pictures.mkdir(exist_ok=True)
    lines = [INDEX]
    for folder, title in SETS.items():
        lines.append(f"## {title}\n\n| | problem | answers |\n|---|---|---|")
        for path, _, _, found, _ in results:
            if path.parent.name != folder:
                continue
            text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            first = re.split(r"(?<=[.:?])\s", " ".join(text.split()), maxsplit=2)
            picture = ""
            if found["figures"]:
                name = f"{path.stem}{Path(found['figures'][0]).suffix}"
                shutil.copyfile(figures / folder / path.stem / found["figures"][0], pictures / name)
                picture = f'<img src="pictures/{name}" width="260" alt="{path.stem}">'
            text = " ".join(first[:2]).rstrip(":").replace("|", "\\|")
            lines.append(f"| {picture} | [{path.stem}]({folder}/{path.name}): {text} | {len(found['answers'])} |")
        lines.append("")
    lines.append("[Where a published solution is wrong](published-mistakes.md), the right one and why; "
                 "[three pages](three-pages.md) as a script prints them.\n")
    (HERE / "README.md").write_text("\n".join(lines), encoding="utf-8")
    (HERE / "published-mistakes.md").write_text(mistakes(results), encoding="utf-8")
    (HERE / "three-pages.md").write_text(pages(results), encoding="utf-8")


def pages(results):
    """What the scripts of PAGES print."""
    lines = [THREE]
    for path, *_, text in results:
        if path.stem in PAGES:
            kept = [line for line in text.strip().splitlines() if not line.startswith(("   figure:", "   written:"))]
            lines += [f"## `python examples/{path.parent.name}/{path.name}`", "", "```", *kept, "```", ""]
    return "\n".join(lines)


def mistakes(results):
    """The published answers that are wrong, beside the right ones."""
    rows = [(path, row) for path, _, _, found, _ in results for row in found["answers"] if row["published"] is not None]
    lines = [MISTAKES, "| problem | question | published | right | shown by |", "|---|---|---|---|---|"]
    for path, row in rows:
        command = f"`python examples/{path.parent.name}/{path.name}`"
        cells = [path.stem, row["question"], row["published"], row["found"], command]
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join([*lines, ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every script with --quick")
    parser.add_argument("--only", type=lambda text: text.split(","), help="names of scripts between commas")
    parser.add_argument("--jobs", type=int, default=2, help="so many at once (default 2)")
    parser.add_argument("--index", action="store_true", help="write the index, its pictures and the published mistakes")
    arguments = parser.parse_args()
    known = {path.stem for path in scripts(None)}
    if wrong := [name for name in arguments.only or () if name not in known]:
        parser.error(f"there is no script {', '.join(wrong)}: there are {', '.join(sorted(known))}")
    if arguments.index and arguments.only:
        parser.error("--index is written from every script: leave --only out")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(arguments.jobs) as pool:
        figures = Path(folder)
        results = list(pool.map(lambda path: run(path, arguments.quick, figures), scripts(arguments.only)))
        if arguments.index:
            index(results, figures)
    print(table(results), end="\n\n")
    failed = [(path, code, text) for path, code, _, _, text in results if code not in (0, NO_DATA)]
    for path, code, text in failed:
        print(f"==== {path.name} ended with {code}\n{text}", file=sys.stderr)
    answers = sum(len(found["answers"]) for *_, found, _ in results)
    slowest = ", ".join(f"{path.stem} {seconds:.0f} s" for path, _, seconds, _, _ in sorted(results, key=lambda r: -r[2])[:3])
    absent = sum(code == NO_DATA for _, code, *_ in results)
    if absent:
        print(f"{absent} scripts lack their data set here: they were not run")
    print(f"{answers} answers of {len(results)} scripts, {'all right' if not failed else f'{len(failed)} scripts failed'}; the "
          f"slowest: {slowest}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
