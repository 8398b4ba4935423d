"""The curves of a training run."""

import math
import os
from typing import Any

from minigrad.system.files import whole_file

# (column, words in the legend, colour, line): blue is training, orange and green validation; dashed: while the weights moved.
_CURVES = (("train_{}_running", "training, running mean", "#4477aa", "--"),
           ("train_{}", "training, after the epoch", "#4477aa", "-"),
           ("validation_{}", "validation", "#ee7733", "-"),
           ("average_{}", "validation, mean of the weights", "#228833", "-"))


def plot_history(history: Any, path: str | os.PathLike[str], title: str | None = None, dpi: int = 120) -> None:
    """Draw loss, and accuracy where it was measured, against the epoch, into a file (.png, .svg, .pdf).

    A ring marks the best validation epoch. Epochs whose value is nan or inf leave a gap; of a run that diverged, or was
    interrupted, a dotted line shows where, and the title says it. Losses that differ by more than a factor of 1000 stand on
    a logarithmic scale. ValueError for a History without an epoch, ImportError where matplotlib is missing or does not start.
    """
    saved(history_figure(history, title, "plot_history"), path, dpi)


def history_figure(history: Any, title: str | None, op: str) -> Any:
    """The Figure that `plot_history` writes."""
    if not history.rows:
        ended = f" ({history.ended})" if history.ended else ""
        raise ValueError(f"[{op}] the history has no epoch{ended}, so there is nothing to draw")
    kinds = [kind for kind in ("loss", "accuracy") if any(kind in column for column in history.columns)]
    if not kinds:
        raise ValueError(f"[{op}] the history has neither a loss nor an accuracy, found {', '.join(history.columns)}")
    figure = figure_class(op)(figsize=(5.2 * len(kinds), 3.9), layout="constrained")
    for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds, strict=True):
        _draw(axes, history, kind)
    words = [title, f"diverged in epoch {history.diverged}" if history.diverged else "", history.ended]
    if any(words):
        figure.suptitle(": ".join(filter(None, words)), wrap=True)
    return figure


def saved(figure: Any, path: str | os.PathLike[str] | None, dpi: int = 120) -> Any:
    """The figure, written into a file (.png, .svg, .pdf) if there is a path."""
    if path is not None:
        with whole_file(path) as part:
            figure.savefig(part, dpi=dpi)
    return figure


def _draw(axes: Any, history: Any, kind: str) -> None:
    epochs = history.epochs
    marker = "o" if len(epochs) < 16 else None      # a single epoch has no line
    drawn: list[float] = []
    for pattern, words, colour, style in _CURVES:
        column = pattern.format(kind)
        if column not in history:
            continue
        values = [math.nan if v is None or not math.isfinite(v) else v for v in history[column]]
        drawn += filter(math.isfinite, values)
        axes.plot(epochs, values, style, color=colour, marker=marker, markersize=3.5, linewidth=1.6, label=words)
        if column.startswith("validation") and any(map(math.isfinite, values)):
            best = history.best(column)
            axes.plot(best["epoch"], best[column], "o", color=colour, markersize=7, markerfacecolor="none",
                      label=f"best: {best[column]:.4f} in epoch {best['epoch']}")
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss" if kind == "loss" else "accuracy (fraction right)")
    if kind == "loss" and drawn and min(drawn) > 0 and max(drawn) > 1000 * min(drawn):
        axes.set_yscale("log")
        axes.set_ylabel("loss (logarithmic)")
    if history.diverged:
        axes.axvline(history.diverged, color="#bb5566", linestyle=":", label=f"diverged in epoch {history.diverged}")
    if (where := _interrupted(history)) is not None:
        axes.axvline(where, color="#777777", linestyle=":", label="interrupted")
    if not drawn:
        axes.set_xlim(epochs[0] - 1, epochs[-1] + 1)
        axes.set_yticks([])
        axes.text(.5, .5, f"{kind} was a finite number in no epoch", transform=axes.transAxes, ha="center", va="center")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=.3)
    axes.legend(framealpha=.8, edgecolor="none", fontsize="small")


def _interrupted(history: Any) -> float | None:
    """Where on the axis of epochs a run was interrupted: 2.5 is the middle of the third."""
    at, steps = history.facts.get("interrupted_at"), history.facts.get("steps_per_epoch")
    if not history.interrupted:
        return None
    if not isinstance(at, dict) or not steps:
        return history.epochs[-1]
    return at["epoch"] - 1 + at["step"] / steps


def figure_class(op: str) -> Any:
    """matplotlib's Figure, which a notebook shows: drawn into without pyplot, it has no window and needs no backend."""
    try:
        from matplotlib.figure import Figure  # noqa: F401  (what may be missing is asked for by its own name)

        from minigrad.viz.figure import Shown
    except ImportError as error:
        raise ImportError(f"[{op}] drawing needs matplotlib ({error}): python -m pip install matplotlib"
                          ) from error
    except ValueError as error:         # it reads MPLBACKEND and matplotlibrc, though no backend is needed here
        raise ImportError(f"[{op}] matplotlib does not start ({str(error).splitlines()[0]}): correct MPLBACKEND"
                          ) from error
    return Shown
