"""History: what a training run measured, one row per epoch, and the facts that the run depends on.

Columns, and exactly what they mean:

    epoch                    from 1; of a resumed run it goes on where the first part stopped
    train_loss_running       mean over the epoch's samples, each taken before the step that it led to:
                             weights moving, dropout on
    train_accuracy_running   the same for accuracy
    train_loss, train_accuracy              after the epoch, in evaluation mode, on all training data (if asked for)
    validation_loss, validation_accuracy    after the epoch, in evaluation mode, on data not trained on (if given)
    average_loss, average_accuracy          the same with the running mean of the weights, if there is one
    lr                       the optimiser's learning rate when the epoch ended
    train_seconds            the epoch's steps, batches included
    data_seconds             of these, waiting for batches
    evaluation_seconds       the measurements after them
    peak_memory_mb           the most memory that the process has had so far, in MB (1e6 bytes), where the system says

Accuracies are fractions, 0 to 1. A value that was not measured, because Ctrl-C came first, is None; one that diverged
is nan or inf.
"""

import csv
import json
import math
import os
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.system.files import whole_file

FORMAT = "minigrad history 1"
Row = dict[str, Any]

_HEADINGS = {"train_loss_running": "train loss~", "train_accuracy_running": "train acc~", "train_loss": "train loss",
             "train_accuracy": "train acc", "validation_loss": "val loss", "validation_accuracy": "val acc",
             "average_loss": "avg loss", "average_accuracy": "avg acc", "train_seconds": "train s",
             "data_seconds": "data s", "evaluation_seconds": "eval s", "peak_memory_mb": "peak MB"}


class History:
    """What `fit` returns.

    rows          one dictionary per whole epoch, the columns above
    facts         what the run depends on: seed, version, table, isa, threads, batch size, steps ...
    interrupted   whether Ctrl-C ended it; facts["interrupted_at"] then says where
    diverged      the first epoch whose training loss was nan or inf, or None

    `history["validation_accuracy"]` is a column, `history[-1]` the last row, `history.best("validation_accuracy")` the
    row of the best epoch; print it for a table, `history.plot()` draws it.
    """

    def __init__(self, rows: list[Row] | None = None, facts: dict[str, Any] | None = None,
                 interrupted: bool = False) -> None:
        self.rows: list[Row] = [] if rows is None else rows
        self.facts: dict[str, Any] = {} if facts is None else facts
        self.interrupted = interrupted

    @property
    def epochs(self) -> list[int]:
        """The numbers of the epochs, from 1."""
        return [row["epoch"] for row in self.rows]

    @property
    def columns(self) -> list[str]:
        """The names of what was measured, in order."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    @property
    def diverged(self) -> int | None:
        """The first epoch whose running training loss is nan or inf, or None; of a run that StopAtNaN ended, that one."""
        at = self.facts.get("diverged_at")
        return next((row["epoch"] for row in self.rows if not math.isfinite(row.get("train_loss_running") or 0)),
                    at.get("epoch") if isinstance(at, dict) else None)

    @property
    def ended(self) -> str:
        """Why the run ended before its last epoch: "interrupted in epoch 4, after 12 of 60 steps", "stopped: ..."; else ""."""
        if self.interrupted:
            at = self.facts.get("interrupted_at")
            if not isinstance(at, dict):
                return "interrupted"
            steps = self.facts.get("steps_per_epoch")
            return (f"interrupted in epoch {at.get('epoch')}, after {at.get('step')}"
                    f"{'' if steps is None else f' of {steps}'} steps")
        return f"stopped: {self.facts['stopped']}" if self.facts.get("stopped") else ""

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __contains__(self, column: object) -> bool:
        return column in self.columns

    def __getitem__(self, which: str | int) -> Any:
        """A column by name (a list with one value per epoch), or an epoch's row by position."""
        if not isinstance(which, str):
            return self.rows[which]
        if which not in self.columns:
            raise KeyError(f"[History] no column {which!r}: {_choice(self.columns)}")
        return [row.get(which) for row in self.rows]

    def best(self, column: str) -> Row:
        """The row with the largest accuracy, or the smallest loss or time; the first of equals.

        KeyError for an unknown column, ValueError when no epoch has a finite value in it.
        """
        rows = [row for row, value in zip(self.rows, self[column], strict=True)
                if value is not None and math.isfinite(value)]
        if not rows:
            raise ValueError(f"[History] {column} has no finite value in {len(self)} epochs, so none is best")
        return (max if best_is_largest(column) else min)(rows, key=lambda row: row[column])

    def __repr__(self) -> str:
        state = ", interrupted" if self.interrupted else ""
        if not self.rows:
            return f"History(no whole epoch{state})"
        last = ", ".join(f"{name} {_text(name, value)}" for name, value in self.rows[-1].items()
                         if "loss" in name or "accuracy" in name)
        return f"History({len(self)} epochs{state}; the last: {last})"

    def __str__(self) -> str:
        """A table with a line per epoch; `~` marks running means."""
        if not self.rows:
            return repr(self)
        names = self.columns
        return "\n".join([heading(names), *(line(row, names) for row in self.rows),
                          *([f"({self.ended})"] if self.ended else [])])

    def _repr_html_(self) -> str | None:
        """The table, for notebooks; None, the text, where there is no row."""
        names = self.columns
        if not names:
            return None
        cells = [[escape(_text(name, row[name])) if row.get(name) is not None else "" for name in names] for row in self.rows]
        head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in cells)
        return f"<table><tr>{head}</tr>{body}</table>{f'<p>{escape(self.ended)}</p>' if self.ended else ''}"

    def plot(self, path: str | os.PathLike[str] | None = None, title: str | None = None) -> Any:
        """Loss, and accuracy where it was measured, against the epoch: a matplotlib Figure, which a notebook shows; into a
        file as well if a path is given. What is drawn is `viz.plot_history`'s.
        """
        from minigrad.viz.curves import history_figure, saved

        return saved(history_figure(self, title, "History.plot"), path)

    # ---- files

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """One line per epoch under a line of names; what was not measured is empty. Of a run that ended before its last epoch
        the last line says so, in a column `ended` that no other file has."""
        names, rows = self.columns or ["epoch"], self.rows
        if self.ended:
            names, rows = [*names, "ended"], [*rows[:-1], {**(rows[-1] if rows else {}), "ended": self.ended}]
        with whole_file(path) as part, part.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Everything, as JSON. Strictly so: nan and infinities are the strings "nan", "inf" and "-inf".

        numpy's numbers and arrays become Python's, paths strings. TypeError that names it for what JSON cannot hold.
        """
        text = self.text()
        with whole_file(path) as part:
            part.write_text(text + "\n", encoding="utf-8")

    def text(self) -> str:
        """What `save` writes."""
        tree = {"format": FORMAT, "interrupted": bool(self.interrupted), "facts": _encode(self.facts, "facts"),
                "rows": _encode(self.rows, "rows")}
        return json.dumps(tree, indent=1, allow_nan=False)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "History":
        """What `save` wrote. FileNotFoundError, or ValueError for a file that is something else."""
        path = Path(path)
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            raise FileNotFoundError(f"[History] there is no file {path}") from None
        return cls.read(text, path)

    @classmethod
    def read(cls, text: str | bytes, path: str | os.PathLike[str]) -> "History":
        """What `text` gave. ValueError, naming the path, for something else."""
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError) as error:       # of JSON, and of UTF-8; brackets in brackets in brackets
            raise ValueError(f"[History] {path}: expected the JSON that History.save writes, found something else "
                             f"({error}); a .csv is for other programs, load the .json beside it") from error
        if not isinstance(tree, dict) or tree.get("format") != FORMAT:
            found = tree.get("format") if isinstance(tree, dict) else type(tree).__name__
            raise ValueError(f"[History] {path}: expected a JSON object with format {FORMAT!r}, found {found!r}; "
                             "was it written by History.save of another version?")
        tree = {name: _decode(value) for name, value in tree.items()}
        for name, (fits, expected) in _PARTS.items():
            if not fits(tree.get(name)):
                found = f"{json.dumps(_encode(tree[name], name))[:60]}" if name in tree else "nothing of that name"
                raise ValueError(f"[History] {path}: expected {name} to be {expected}, found {found}: the file is damaged, "
                                 "or was changed by hand")
        return cls(tree["rows"], tree["facts"], tree["interrupted"])


def best_is_largest(column: str) -> bool:
    """Whether the best value of a column is the largest (an accuracy), rather than the smallest (a loss, a time)."""
    return "accuracy" in column


def heading(names: list[str]) -> str:
    """The names of the columns, each as wide as its values in `line`."""
    return "  ".join(f"{_HEADINGS.get(name, name):>{_width(name)}}" for name in names)


def line(row: Row, names: list[str]) -> str:
    """One epoch in fixed columns."""
    return "  ".join(f"{_text(name, row.get(name)):>{_width(name)}}" for name in names)


def _width(name: str) -> int:
    return max(5 if name == "epoch" else 7, len(_HEADINGS.get(name, name)))


def _text(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    digits = ".4g" if name == "lr" else ".2f" if name.endswith("seconds") else ".0f" if name.endswith("_mb") else ".4f"
    return format(value, digits)


def _choice(columns: list[str]) -> str:
    return f"there are {', '.join(columns)}" if columns else "no epoch has been recorded"


def _encode(value: Any, where: str) -> Any:
    """A tree that strict JSON can hold. `where` names the place in an error."""
    if isinstance(value, dict):
        return {str(name): _encode(v, f"{where}[{name!r}]") for name, v in value.items()}
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_encode(v, f"{where}[{i}]") for i, v in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(f"[History] {where} is of type {type(value).__name__}, which JSON cannot hold: store a number or a text")


def _decode(value: Any) -> Any:
    """What `_encode` made of floats, undone."""
    if isinstance(value, dict):
        return {name: _decode(v) for name, v in value.items()}
    if isinstance(value, list):
        return [_decode(v) for v in value]
    return float(value) if value in ("nan", "inf", "-inf") else value


def _is_row(row: Any) -> bool:
    """Whether this is an epoch with its number, and numbers or None under the other names."""
    return (isinstance(row, dict) and type(row.get("epoch")) is int
            and all(value is None or isinstance(value, int | float) for value in row.values()))


_PARTS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "rows": (lambda rows: isinstance(rows, list) and all(map(_is_row, rows)), "a list of epochs, names and numbers each"),
    "facts": (lambda facts: isinstance(facts, dict), "an object"),
    "interrupted": (lambda interrupted: isinstance(interrupted, bool), "true or false")}
