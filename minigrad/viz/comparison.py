"""Several runs side by side: `mg.viz.compare({"adam": history, "sgd": other})`."""

import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from minigrad.viz.curves import figure_class, saved
from minigrad.viz.tables import html_table, text_table

Paths = str | os.PathLike[str]
# colours that are told apart by readers who are colour-blind, too (Tol, "bright" and "muted"); with more runs lines change
_COLOURS = "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#332288", "#999933", "#882255", "#777777"
_LINES = "-", "--", ":", "-."
_FIGURES = (("validation_accuracy", "best val acc"), ("validation_loss", "best val loss"),
            ("train_accuracy_running", "last train acc~"), ("train_loss_running", "last train loss~"))


class Comparison:
    """What `compare` returns. runs: {name: History}. Printed, it is a table, in a notebook too; plot() draws the curves.

    Of what was measured on validation data the table has the best epoch's figure and its number, of running means (~) the
    last; seconds are those of all epochs.
    """

    def __init__(self, runs: Mapping[str, Any]) -> None:
        self.runs = dict(runs)

    def best(self, column: str) -> str:
        """The name of the run with the best value in a column: the largest accuracy, the smallest loss. ValueError if no run
        has one."""
        found = {}
        for name, history in self.runs.items():
            if column in history and any(value is not None and math.isfinite(value) for value in history[column]):
                found[name] = history.best(column)[column]
        if not found:
            raise ValueError(f"[compare] no run has a finite value of {column!r}: there are {', '.join(self._columns())}")
        return (max if "accuracy" in column else min)(found, key=lambda name: found[name])

    def _columns(self) -> list[str]:
        return list(dict.fromkeys(column for history in self.runs.values() for column in history.columns))

    @property
    def table(self) -> list[list[str]]:
        """The names of the columns, then a line for each run."""
        figures = [(column, words) for column, words in _FIGURES if column in self._columns()]
        head = ["run", "epochs", *(words for _, words in figures), "seconds", "ended"]
        return [head, *([name, str(len(history)), *(_figure(history, column) for column, _ in figures), _seconds(history),
                         "; ".join(filter(None, (_diverged(history), history.ended)))] for name, history in self.runs.items())]

    def __str__(self) -> str:
        return text_table(self.table, left=("run", "ended"))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(self.table)

    def plot(self, path: Paths | None = None, columns: Iterable[str] | None = None) -> Any:
        """The curves of all runs, a panel for each column: a matplotlib Figure, into a file as well if a path is given.

        columns: validation loss and accuracy unless given; where no run has validation data, the running figures of training.
        A run that diverged ends in a cross where its last finite value is, one that was interrupted in a bar. ValueError for a
        column that no run has.
        """
        known = self._columns()
        if columns is None:
            kinds = [[f"{part}_{kind}" for part in ("validation", "train")] for kind in ("loss", "accuracy")]
            columns = [column for validation, training in kinds
                       for column in ([validation] if validation in known else [f"{training}_running"]) if column in known]
        columns = list(columns)
        for column in columns:
            if column not in known:
                raise ValueError(f"[compare] no run has a column {column!r}: there are {', '.join(known) or 'none'}")
        if not columns:
            raise ValueError("[compare] no run has an epoch, so there is nothing to draw")
        figure = figure_class("compare")(figsize=(5.2 * len(columns), 3.9), layout="constrained")
        panels = figure.subplots(1, len(columns), squeeze=False)[0]
        for axes, column in zip(panels, columns, strict=True):
            self._draw(axes, column)
        beside = len(self.runs) > 8
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right upper" if beside else "outside lower center",
                      ncols=1 + len(self.runs) // 25 if beside else min(len(self.runs), 4), frameon=False, fontsize="small")
        return saved(figure, path)

    def _draw(self, axes: Any, column: str) -> None:
        drawn: list[float] = []
        for i, (name, history) in enumerate(self.runs.items()):
            values = [math.nan if v is None or not math.isfinite(v) else v
                      for v in (history[column] if column in history else [math.nan] * len(history))]
            colour, line = _COLOURS[i % len(_COLOURS)], _LINES[i // len(_COLOURS) % len(_LINES)]
            if history.diverged or history.interrupted:
                name += " (diverged)" if history.diverged else " (interrupted)"
            axes.plot(history.epochs, values, line, color=colour, marker="o" if len(values) < 16 else None, markersize=3,
                      linewidth=1.5, label=name)
            finite = [(epoch, value) for epoch, value in zip(history.epochs, values) if math.isfinite(value)]
            drawn += [value for _, value in finite]
            if history.diverged and finite:
                axes.plot(*finite[-1], "X", color=colour, markersize=8)
            elif history.interrupted and finite:
                axes.plot(*finite[-1], "|", color=colour, markersize=12)
        axes.set_xlabel("epoch")
        axes.set_ylabel(column.replace("_", " "))
        if "loss" in column and drawn and min(drawn) > 0 and max(drawn) > 1000 * min(drawn):
            axes.set_yscale("log")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=.3)


def compare(histories: Mapping[str, Any] | Iterable[Any]) -> Comparison:
    """Put several runs side by side: print it for a table, `.plot()` for the curves.

        mg.viz.compare({"adam": history, "sgd": "runs/sgd/history.json"}).plot("compared.png")

    histories: {name: History}, or a list of them, which are called run 1, run 2 ...; in the place of a History the path of a
    history.json, or of a folder with one, such as `minigrad train` writes. ValueError where there is none, TypeError for
    something else; the errors of History.load.
    """
    from minigrad.train.history import History

    if isinstance(histories, History | str | os.PathLike):
        raise TypeError(f"[compare] expected several runs, found one {type(histories).__name__}: compare([first, second]), or "
                        "{name: history, ...}")
    named = dict(histories) if isinstance(histories, Mapping) else {f"run {i}": h for i, h in enumerate(histories, 1)}
    if not named:
        raise ValueError("[compare] expected several runs, found none")
    for name, history in named.items():
        if isinstance(history, str | os.PathLike):
            place = Path(history)
            named[name] = History.load(place / "history.json" if place.is_dir() else place)
        elif not isinstance(history, History):
            raise TypeError(f"[compare] expected a History, or the path of one, found {type(history).__name__} for {name!r}")
    return Comparison({str(name): history for name, history in named.items()})


def _figure(history: Any, column: str) -> str:
    if column not in history:
        return ""
    if column.endswith("_running"):
        value = history[-1].get(column)
        return "" if value is None else f"{value:.4f}"
    try:
        best = history.best(column)
    except ValueError:
        return "nan"
    return f"{best[column]:.4f} ({best['epoch']})"


def _seconds(history: Any) -> str:
    seconds = [value for row in history for name, value in row.items() if name in ("train_seconds", "evaluation_seconds")
               and value is not None]
    return f"{sum(seconds):.1f}" if seconds else ""


def _diverged(history: Any) -> str:
    return f"diverged in epoch {history.diverged}" if history.diverged else ""
