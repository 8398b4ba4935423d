"""What a sweep has found: a Trial for each setting and seed, a Sweep of them all, and the file they are kept in."""

import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.system.files import whole_file
from minigrad.train.history import History, best_is_largest

FORMAT = "minigrad sweep 1"
Setting = dict[str, Any]


@dataclass
class Trial:
    """One training. figures: {name: number}; history, if there was one; error: what it raised, or ""; trace: from where."""

    setting: Setting
    seed: int
    figures: dict[str, float] = field(default_factory=dict)
    history: History | None = None
    error: str = ""
    trace: str = ""
    seconds: float = 0.0

    @property
    def diverged(self) -> bool:
        """Whether its loss, or a figure, became nan or inf."""
        return (self.history is not None and self.history.diverged is not None
                or any(not math.isfinite(value) for value in self.figures.values()))


@dataclass
class Outcome:
    """A setting with all its trials: the mean of the figure `by` over the seeds, and their standard deviation, if several."""

    setting: Setting
    by: str
    mean: float
    spread: float | None
    trials: list[Trial]

    @property
    def state(self) -> str:
        """"2 of 3 diverged", "failed: ValueError: ..."; "" where all went well."""
        failed = [trial.error for trial in self.trials if trial.error]
        diverged, count = sum(trial.diverged for trial in self.trials), len(self.trials)
        parts = [f"{diverged} of {count} diverged" if count > 1 else "diverged"] if diverged else []
        if failed:
            many = f"{len(failed)} of {count} failed" if count > 1 else "failed"
            parts.append(f"{many}: {failed[0].splitlines()[0][:90]}")
        return "; ".join(parts)


class Sweep:
    """What `sweep` returns. Printed, it is a table with a line for each setting, the best one marked; in a notebook, too.

    trials        a Trial for each training that ended, in the order of the settings
    by, largest   the figure that settings are judged by, and whether the largest is best
    planned       how many trainings there were to be; interrupted: whether Ctrl-C came first
    """

    def __init__(self, trials: list[Trial], by: str | None = None, largest: bool | None = None, planned: int | None = None,
                 interrupted: bool = False) -> None:
        self.trials, self.interrupted = trials, interrupted
        self.planned = len(trials) if planned is None else planned
        self.by = by if by is not None else _usual(self.figures)
        self.largest = largest if largest is not None else best_is_largest(self.by or "")

    @property
    def figures(self) -> list[str]:
        """The names of what was measured."""
        return list(dict.fromkeys(name for trial in self.trials for name in trial.figures))

    @property
    def names(self) -> list[str]:
        """The names of what was set."""
        return list(dict.fromkeys(name for trial in self.trials for name in trial.setting))

    @property
    def histories(self) -> dict[str, History]:
        """{"lr=0.1, seed 0": History}, for viz.compare."""
        return {f"{setting_text(trial.setting)}, seed {trial.seed}": trial.history for trial in self.trials
                if trial.history is not None}

    def outcomes(self, by: str | None = None) -> list[Outcome]:
        """One for each setting, in their order. ValueError for a figure that no trial has."""
        by = self._known(by)
        grouped: dict[str, list[Trial]] = {}
        for trial in self.trials:
            grouped.setdefault(repr(trial.setting), []).append(trial)
        return [_outcome(trials, by) for trials in grouped.values()]

    def best(self, by: str | None = None, largest: bool | None = None) -> Outcome:
        """The setting with the best mean over its seeds; one whose training diverged or failed with any seed is none.

        by: a figure, `self.by` unless given; largest: whether the largest is best, unless given that of an accuracy, but not of
        other figures. ValueError where there is no such setting.
        """
        by = self._known(by)
        largest = largest if largest is not None else self.largest if by == self.by else best_is_largest(by)
        sound = [outcome for outcome in self.outcomes(by) if math.isfinite(outcome.mean)]
        if not sound:
            raise ValueError(f"[sweep] no setting has a finite {by or 'figure'} with all of its seeds, so none is best")
        return (max if largest else min)(sound, key=lambda outcome: outcome.mean)

    def _known(self, by: str | None) -> str:
        by = self.by if by is None else by
        if by not in self.figures and self.figures:
            raise ValueError(f"[sweep] no training gave a figure {by!r}: there are {', '.join(self.figures)}")
        return by or ""

    # ---- looking at it

    @property
    def table(self) -> list[list[str]]:
        """The names of the columns, then a line for each setting."""
        outcomes = self.outcomes()
        try:
            best = self.best().setting
        except ValueError:
            best = None
        others = [name for name in self.figures if name != self.by]
        head = ["", *self.names, "seeds", *([self.by] if self.by else []), *others, "seconds", "state"]
        lines = []
        for outcome in outcomes:
            cells = [number_text(outcome.setting[name]) if name in outcome.setting else "" for name in self.names]
            measured = [_mean_text(_outcome(outcome.trials, name)) for name in (*([self.by] if self.by else []), *others)]
            seconds = f"{sum(trial.seconds for trial in outcome.trials):.1f}"
            lines.append(["*" if outcome.setting == best else "", *cells, str(len(outcome.trials)), *measured, seconds,
                          outcome.state])
        return [head, *lines]

    @property
    def _foot(self) -> str:
        marked = f"* the best {self.by}" + (" (the smallest)" if not self.largest else "") if self.by else ""
        cut = f"interrupted: {len(self.trials)} of {self.planned} trainings done" if self.interrupted else ""
        return "; ".join(filter(None, (marked, cut)))

    def __str__(self) -> str:
        from minigrad.viz.tables import text_table

        return "\n".join(filter(None, (text_table(self.table, ("state",)) if self.trials else "no training ended", self._foot)))

    def __repr__(self) -> str:
        return f"Sweep({len(self.trials)} of {self.planned} trainings, {len(self.outcomes())} settings)"

    def _repr_html_(self) -> str:
        from minigrad.viz.tables import html_table

        return (html_table(self.table) if self.trials else "<p>no training ended</p>") + f"<p>{self._foot}</p>"

    def plot(self, path: str | os.PathLike[str] | None = None, by: str | None = None) -> Any:
        """The figure `by` against each thing that was varied; of a whole grid over two, a map. A matplotlib Figure, into a file
        as well if a path is given. ValueError where nothing was measured."""
        from minigrad.viz.scatter import draw_sweep

        return draw_sweep(self, self._known(by), path)


# ---- the file: a line for each trial

def keep_trials(path: Path, trials: dict[str, Trial]) -> None:
    """Write all of them, {key: Trial}, and whatever another sweep has put there meanwhile, which is added to them. The file is
    replaced when the new one is whole."""
    for trial in read_trials(path):
        trials.setdefault(key(trial.setting, trial.seed), trial)
    with whole_file(path) as part:
        part.write_text("".join(_line(trial) + "\n" for trial in trials.values()), encoding="utf-8")


def read_trials(path: Path) -> list[Trial]:
    """What keep_trials wrote; [] where there is no file. ValueError that names the line for something else."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [_trial(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]


def plain(value: Any, where: str) -> Any:
    """A setting as JSON holds it. TypeError that names what it cannot hold."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(name): plain(part, f"{where}[{name!r}]") for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part, f"{where}[{i}]") for i, part in enumerate(value)]
    if value is None or isinstance(value, str | bool | int) or isinstance(value, float) and math.isfinite(value):
        return value
    raise TypeError(f"[sweep] {where} is {value!r}, which a file of results cannot hold: name it by a text and let train look "
                    "that up, or leave path= out")


def key(setting: Setting, seed: int) -> str:
    """The same text for the same setting and seed, whatever the order of its names."""
    return json.dumps([plain(setting, "setting"), seed], sort_keys=True)


def number_text(value: Any) -> str:
    """A number in four digits, anything else as it is."""
    value = value.item() if isinstance(value, np.generic) else value
    return f"{value:.4g}" if isinstance(value, float) else str(getattr(value, "__name__", value))


def setting_text(setting: Setting) -> str:
    return ", ".join(f"{name}={number_text(value)}" for name, value in setting.items())


def _line(trial: Trial) -> str:
    history = None if trial.history is None else json.loads(trial.history.text())
    figures = {name: value if math.isfinite(value) else str(value) for name, value in trial.figures.items()}
    return json.dumps({"format": FORMAT, "setting": plain(trial.setting, "setting"), "seed": trial.seed, "figures": figures,
                       "error": trial.error, "trace": trial.trace, "seconds": trial.seconds, "history": history},
                      allow_nan=False)


def _trial(line: bytes, where: str) -> Trial:
    try:
        tree = json.loads(line)
        sound = (isinstance(tree, dict) and tree["format"] == FORMAT and isinstance(tree["setting"], dict)
                 and type(tree["seed"]) is int and isinstance(tree["figures"], dict) and isinstance(tree["error"], str)
                 and isinstance(tree["trace"], str) and isinstance(tree["seconds"], int | float))
        if not sound:
            raise ValueError("its parts are others")
        figures = {name: float(value) for name, value in tree["figures"].items()}
        history = None if tree["history"] is None else History.read(json.dumps(tree["history"]), where)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"[sweep] {where}: expected a result that a sweep wrote, found something else "
                         f"({type(error).__name__}: {error}): name another file, or take the line out") from error
    return Trial(tree["setting"], tree["seed"], figures, history, tree["error"], tree["trace"], float(tree["seconds"]))


def _usual(figures: list[str]) -> str | None:
    """What to judge by where nobody says."""
    wanted = ["validation_accuracy", "validation_loss", *(name for name in figures if "accuracy" in name),
              *(name for name in figures if "loss" in name), *figures]
    return next((name for name in wanted if name in figures), None)


def _outcome(trials: list[Trial], by: str) -> Outcome:
    values = [math.nan if trial.error or trial.diverged else trial.figures.get(by, math.nan) for trial in trials]
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return Outcome(trials[0].setting, by, float(np.mean(values)), spread, trials)


def _mean_text(outcome: Outcome) -> str:
    if math.isnan(outcome.mean):
        return "-"
    return f"{outcome.mean:.4g}" + ("" if outcome.spread is None else f" ± {outcome.spread:.2g}")
