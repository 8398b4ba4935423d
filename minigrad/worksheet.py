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
ends with 1 if an answer is wrong, with 3 if its data set is not to be had.
"""

from __future__ import annotations

import argparse
import json
import sys
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

NO_DATA = 3         # what a script ends with where its data set is not to be had


class Worksheet:
    """What a problem is worked on. quick: whether to be done in seconds; seed: of everything random; out: where figures go."""

    def __init__(self, out: Path | None = None, quick: bool = False, seed: int = 0, options: Any = None) -> None:
        self.out, self.quick, self.seed, self.options = out, quick, seed, options
        self.rows: list[dict[str, Any]] = []
        self.figures: list[str] = []

    def say(self, *lines: str) -> None:
        """Print: the reason, in words."""
        print(*lines, sep="\n", flush=True)

    def answer(self, question: str, found: Any, expected: Any, within: float = 0.0, published: Any = None) -> bool:
        """Print an answer beside what is right, and keep the row; -> whether it holds.

        found, expected: numbers (of any type), strings, arrays or nested lists of them; within: how far a number may be off.
        expected may be a pair ("between", (low, high)). published: a published answer that is wrong, shown beside them.
        """
        found, expected = plain(found), plain(expected)
        try:
            right = _holds(found, expected, within)
        except TypeError:                   # nothing that could be compared
            right = False
        between = _is_range(expected)
        said = f"from {_text(expected[1][0])} to {_text(expected[1][1])}" if between else _text(expected)
        off = "" if not within else f" (within {within:g})"
        also = "" if published is None else f"; published: {_text(plain(published))}"
        print(f"{'   ' if right else '!! '}{question}: {_text(found)}"
              + ("" if right and not between and not within else f"   expected {said}{off}") + also, flush=True)
        self.rows.append({"question": question, "found": _text(found), "expected": said + off, "right": right,
                          "published": None if published is None else _text(plain(published))})
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
        self.figures.append(f"{name}.png")
        print(f"   figure: {self.out / name}.png", flush=True)


    def save(self, thing: Any, name: str) -> None:
        """Write a Picture or an Explanation (`mg.draw`, `mg.explain`) to out/name; nothing without out."""
        if self.out is None:
            return
        self.out.mkdir(parents=True, exist_ok=True)
        thing.save(self.out / name)
        if name.endswith(".svg"):
            self.figures.append(name)
        print(f"   written: {self.out / name}", flush=True)


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
    sheet = Worksheet(arguments.out, arguments.quick, arguments.seed, arguments)
    print(text.strip(), end="\n\n")
    try:
        work(sheet)
    except DataUnavailable as error:
        print(error)
        sys.exit(NO_DATA)
    wrong = [row["question"] for row in sheet.rows if not row["right"]]
    print(f"\n{len(sheet.rows)} answers, " + (f"{len(wrong)} wrong: {'; '.join(wrong)}" if wrong else "all right"))
    if arguments.answers is not None:
        with whole_file(arguments.answers) as part:
            Path(part).write_text(json.dumps({"answers": sheet.rows, "figures": sheet.figures}, indent=1), encoding="utf-8")
    if wrong:
        sys.exit(1)


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


def _text(x):
    if isinstance(x, (list, tuple)):
        inside = ", ".join(map(_text, x))
        return f"[{inside}]" if isinstance(x, list) else f"({inside}{',' if len(x) == 1 else ''})"
    if isinstance(x, float):
        return f"{x:.6g}"
    return str(x)
