"""A worked exercise as a script: its command line, its answers beside the expected ones, its figures.

    '''B3. The matrix [[3, 4], [3, 4]] has rank 1: its null space, and the least-squares solutions of A x = b.'''

    from minigrad.worksheet import worksheet

    def work(sheet):
        sheet.answer("rank of A", mg.linalg.matrix_rank(A).item(), 1)
        sheet.say("Both rows are the same, so one direction is all that A sees.")
        with sheet.figure("solutions") as figure:
            figure.subplots().plot(...)

    if __name__ == "__main__":
        worksheet(work)

The script has --quick, --seed, --out FOLDER for its figures (PNG and SVG) and --answers FILE for what it found, in JSON. It
ends with 1 if an answer is wrong, if there is none, or after an error, with 2 for an option that can not be followed, with 3
if its data set is not to be had, with 130 after Ctrl-C; --answers keeps what was found until then, and why it ended.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import textwrap
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.data import DataUnavailable
from minigrad.graph import Variable
from minigrad.scalar.value import Value
from minigrad.system.files import whole_file
from minigrad.viz.curves import figure_class

__all__ = ["Worksheet", "worksheet"]

NO_DATA, INTERRUPTED = 3, 130       # what a script ends with where its data set is not to be had, and after Ctrl-C


class Worksheet:
    """What a problem is worked on. quick: whether to be done in seconds; seed: of everything random; out: where figures go."""

    def __init__(self, out: Path | None = None, quick: bool = False, seed: int = 0, options: Any = None) -> None:
        self.out, self.quick, self.seed, self.options = out, quick, seed, options
        self.rows: list[dict[str, Any]] = []
        self.figures: list[str] = []
        self.titles: dict[str, str] = {}

    def say(self, *lines: str) -> None:
        """Print: the reason, in words."""
        print(*lines, sep="\n", flush=True)

    def answer(self, question: str, found: Any, expected: Any, within: float = 0.0, published: Any = None,
               because: str = "") -> bool:
        """Print an answer beside what is right, and keep the row; -> whether it holds.

        found, expected: numbers (of any type), strings, arrays or nested lists of them; within: how far a number may be off.
        expected may be a pair ("between", (low, high)), high perhaps inf. published: a published answer that is wrong, shown
        beside them, and because: why it is wrong, with the counterexample. ValueError for a published answer that holds.
        """
        found, expected, published = plain(found), plain(expected), plain(published)
        right = _right(found, expected, within)
        if published is not None and _right(published, expected, within):
            raise ValueError(f"[answer] found the published answer {_text(published)} to {question!r}, which holds, but "
                             "expected a wrong one: leave it out")
        between = _is_range(expected)
        said = _range_text(*expected[1]) if between else _text(expected)
        off = "" if not within else f" (within {within:g})"
        print(f"{'   ' if right else '!! '}{question}: {_text(found)}"
              + ("" if right and not between and not within else f"   expected {said}{off}"), flush=True)
        if published is not None:
            text = f"published: {_text(published)}. " + (f"Wrong: {because}" if because else "")
            print(textwrap.fill(text.strip(), 120, initial_indent=" " * 6, subsequent_indent=" " * 6), flush=True)
        self.rows.append({"question": question, "found": _text(found), "expected": said + off, "right": right,
                          "published": None if published is None else _text(published), "because": because})
        return right

    @contextmanager
    def figure(self, name: str, size: tuple[float, float] = (5.2, 3.9)) -> Iterator[Any]:
        """A matplotlib figure that is written to out/name.png and .svg where the block ends; without out it is drawn and
        thrown away."""
        figure = figure_class("figure")(figsize=size, layout="constrained")
        yield figure
        if self.out is None:
            return
        self.out.mkdir(parents=True, exist_ok=True)
        for kind in ("png", "svg"):
            with whole_file(self.out / f"{name}.{kind}") as part:
                figure.savefig(part, dpi=120, format=kind, metadata={"Date": None} if kind == "svg" else None)
        self._drawn(f"{name}.png", "; ".join(filter(None, (
            getattr(figure, "get_suptitle", str)(), *(axes.get_title() for axes in figure.axes)))))
        print(f"   figure: {self.out / name}.png", flush=True)

    def save(self, thing: Any, name: str, title: str = "") -> None:
        """Write a Picture or an Explanation (`mg.draw`, `mg.explain`) to out/name; nothing without out."""
        if self.out is None:
            return
        self.out.mkdir(parents=True, exist_ok=True)
        thing.save(self.out / name)
        if name.endswith(".svg"):
            self._drawn(name, title)
        print(f"   written: {self.out / name}", flush=True)

    def _drawn(self, name: str, title: str) -> None:
        self.figures.append(name)
        self.titles[name] = title or name


def worksheet(work: Callable[[Worksheet], Any], description: str | None = None,
              options: Callable[[argparse.ArgumentParser], Any] | None = None) -> None:
    """Run a script: read its command line, work, and leave with 1 if an answer is wrong.

    description: what --help says and the page begins with; the calling module's docstring by default. options: adds arguments
    of the script's own to the parser; work finds them in sheet.options.
    """
    text = description or sys.modules[work.__module__].__doc__ or ""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where the figures go, PNG and SVG (default: none are kept)")
    parser.add_argument("--quick", action="store_true", help="less of everything: does it work?")
    parser.add_argument("--seed", type=int, default=0, help="of everything random (default 0)")
    parser.add_argument("--answers", type=Path, metavar="FILE", help="write the answers there, in JSON")
    if options is not None:
        options(parser)
    arguments = parser.parse_args()
    for option, folder in (("--out", arguments.out), ("--answers", arguments.answers and arguments.answers.parent)):
        if folder is not None and (why := _not_writable(folder)):
            parser.error(f"argument {option}: {why}")
    if arguments.answers is not None and arguments.answers.is_dir():
        parser.error(f"argument --answers: {arguments.answers} is a folder but a file is expected")
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")       # a minus sign that the terminal lacks ends no script
    sheet = Worksheet(arguments.out, arguments.quick, arguments.seed, arguments)
    try:
        code = _work_through(work, sheet, text, arguments.answers)
    except BrokenPipeError:                                     # `... | head`: nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    if code:
        sys.exit(code)


def _work_through(work: Callable[[Worksheet], Any], sheet: Worksheet, text: str, answers: Path | None) -> int:
    """Print the problem, the answers, how many are right; keep them. -> the exit code"""
    print(text.strip(), end="\n\n", flush=True)
    code, ended = _worked(work, sheet)
    wrong = [row["question"] for row in sheet.rows if not row["right"]]
    words = f"{len(wrong)} wrong: {'; '.join(wrong)}" if wrong else "all right" if sheet.rows else "so none is right"
    print(f"\n{len(sheet.rows)} answers, {words}" + (f"; it ended early: {ended}" if ended else ""), flush=True)
    if answers is not None:
        with whole_file(answers) as part:
            Path(part).write_text(json.dumps({"answers": sheet.rows, "figures": sheet.figures, "titles": sheet.titles,
                                              "ended": ended}, indent=1), encoding="utf-8")
    return code or int(bool(wrong))


def _worked(work: Callable[[Worksheet], Any], sheet: Worksheet) -> tuple[int, str]:
    """(exit code, why it ended early)"""
    try:
        work(sheet)
    except DataUnavailable as error:
        return NO_DATA, str(error)
    except KeyboardInterrupt:
        return INTERRUPTED, "interrupted"
    except BrokenPipeError:
        raise
    except Exception as error:          # the rows so far are kept, and the reader sees where it was
        traceback.print_exc()
        return 1, f"{type(error).__name__}: {error}"
    return (0, "") if sheet.rows else (1, "no question was answered")


def _not_writable(folder: Path) -> str:
    """Why nothing can be written into the folder, which is made if it is not there; "" if it can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except FileExistsError:
        return f"{folder} is a file but a folder is expected"
    except OSError as error:
        return f"{folder}: {error.strerror}; a folder that can be written is expected"


def plain(x: Any) -> Any:
    """Tensors and Values as the arrays and numbers that they hold, at any depth of lists and tuples."""
    if isinstance(x, Variable):
        x = x.k.to_numpy(x.data)
    if isinstance(x, Value):
        return x.data
    if isinstance(x, (list, tuple)):
        return type(x)(map(plain, x)) if not hasattr(x, "_fields") else tuple(map(plain, x))
    if isinstance(x, np.ndarray):
        return x.tolist()
    return x.item() if isinstance(x, np.generic) else x


def _right(found, expected, within):
    try:
        return _holds(found, expected, within)
    except TypeError:                   # nothing that could be compared
        return False


def _is_range(expected):
    return isinstance(expected, tuple) and len(expected) == 2 and isinstance(expected[0], str) and expected[0] == "between"


def _holds(found, expected, within):
    if _is_range(expected):
        return bool(expected[1][0] <= found <= expected[1][1])
    if isinstance(expected, (list, tuple)) or isinstance(found, (list, tuple)):
        return (isinstance(expected, (list, tuple)) and isinstance(found, (list, tuple)) and len(found) == len(expected)
                and all(_holds(a, b, within) for a, b in zip(found, expected)))
    if isinstance(expected, (str, bool)) or not within:
        return bool(found == expected)
    return bool(abs(found - expected) <= within)


def _range_text(low, high):
    return f"from {_text(low)} to {_text(high)}" if high < math.inf else f"at least {_text(low)}"


def _text(x):
    if isinstance(x, (list, tuple)):
        inside = ", ".join(map(_text, x))
        return f"[{inside}]" if isinstance(x, list) else f"({inside}{',' if len(x) == 1 else ''})"
    if isinstance(x, float):
        return f"{x:.6g}"
    return str(x)
