"""What came out of a sweep as a picture."""

import math
import os
from typing import Any

import numpy as np

from minigrad.viz.curves import figure_class, saved

_COLOUR, _BAD, _BEST = "#4477aa", "#bb5566", "#ee7733"
_PANELS = 6


def draw_sweep(sweep: Any, by: str, path: str | os.PathLike[str] | None) -> Any:
    """The figure of train.Sweep.plot: a map of a whole grid over two names, else a panel for each name that varies."""
    values: dict[str, list[Any]] = {name: [] for name in sweep.names}
    for trial in sweep.trials:
        for name, value in trial.setting.items():
            if not any(value is v or value == v for v in values[name]):
                values[name].append(value)
    varied = [name for name, found in values.items() if len(found) > 1][:_PANELS] or sweep.names[:1]
    outcomes = sweep.outcomes(by)
    if not by or not varied:
        raise ValueError("[sweep] no training gave a figure, so there is nothing to draw")
    whole = len(varied) == 2 and len(outcomes) == math.prod(len(values[name]) for name in varied)
    figure = figure_class("sweep")(figsize=(5.6, 4.4) if whole else (3.4 * len(varied) + .8, 3.6), layout="constrained")
    try:
        best = sweep.best(by)
    except ValueError:
        best = None
    if whole:
        _map(figure, outcomes, varied, [_sorted(values[name]) for name in varied], by, best)
    else:
        panels = figure.subplots(1, len(varied), squeeze=False, sharey=True)[0]
        for axes, name in zip(panels, varied, strict=True):
            _panel(axes, outcomes, name, _sorted(values[name]), by, best)
        panels[0].set_ylabel(by.replace("_", " "))
        panels[0].legend(framealpha=.8, edgecolor="none", fontsize="small")
    if sweep.interrupted:
        figure.suptitle(f"interrupted: {len(sweep.trials)} of {sweep.planned} trainings", fontsize=9)
    return saved(figure, path)


def _panel(axes: Any, outcomes: list[Any], name: str, values: list[Any], by: str, best: Any) -> None:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    place = (lambda value: value) if numbers else (lambda value: next(i for i, v in enumerate(values) if v == value))
    points, bad = [], []
    for outcome in (outcome for outcome in outcomes if name in outcome.setting):
        for trial in outcome.trials:
            x, y = place(outcome.setting[name]), trial.figures.get(by, math.nan)
            (bad if trial.error or trial.diverged or not math.isfinite(y) else points).append((x, y))
    axes.plot(*(zip(*points) if points else ([], [])), "o", color=_COLOUR, alpha=.6, markersize=5, label="a training")
    if bad:
        axes.plot([x for x, _ in bad], [.02] * len(bad), "x", color=_BAD, transform=axes.get_xaxis_transform(),
                  label="diverged or failed")
    if best is not None and name in best.setting:
        axes.plot(place(best.setting[name]), best.mean, "*", color=_BEST, markersize=13, label="the best mean")
    if numbers and min(values) > 0 and max(values) > 20 * min(values):
        axes.set_xscale("log")
    if not numbers:
        axes.set_xticks(range(len(values)), [_name(value) for value in values], rotation=30 if len(values) > 3 else 0)
        axes.set_xlim(-.5, len(values) - .5)
    axes.set_xlabel(name)
    axes.grid(alpha=.3)


def _map(figure: Any, outcomes: list[Any], varied: list[str], values: list[list[Any]], by: str, best: Any) -> None:
    means = np.full((len(values[0]), len(values[1])), np.nan)
    for outcome in outcomes:
        i, j = (next(n for n, v in enumerate(found) if v == outcome.setting[name]) for name, found in zip(varied, values))
        means[i, j] = outcome.mean
    axes = figure.subplots()
    image = axes.imshow(np.ma.masked_invalid(means), cmap="viridis", aspect="auto")
    low, high = (np.nanmin(means), np.nanmax(means)) if np.isfinite(means).any() else (0, 0)
    for (i, j), mean in np.ndenumerate(means):
        bad = not math.isfinite(mean)
        star = "*" if best is not None and (values[0][i], values[1][j]) == tuple(best.setting[n] for n in varied) else ""
        axes.text(j, i, "x" if bad else f"{mean:.3g}{star}", ha="center", va="center", fontsize=8,
                  color=_BAD if bad else "white" if mean < (low + high) / 2 else "black")
    for setter, axis in ((axes.set_yticks, 0), (axes.set_xticks, 1)):
        setter(range(len(values[axis])), [_name(value) for value in values[axis]])
    axes.set_ylabel(varied[0])
    axes.set_xlabel(varied[1])
    axes.set_title(f"{by.replace('_', ' ')}: * the best, x diverged or failed", fontsize=9)
    if low < high:
        figure.colorbar(image, ax=axes)


def _sorted(values: list[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        return values


def _name(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(getattr(value, "__name__", value))
