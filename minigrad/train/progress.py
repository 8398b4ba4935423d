"""What `fit` shows while it runs: a bar over the steps where somebody watches, and a line for each epoch.

The bar is on stderr, where that is a terminal, or in a notebook with widgets; the lines are on stdout. When nobody can read
one of them any more it is dropped, and the training goes on.
"""

import sys
import warnings
from collections.abc import Callable
from typing import Any

from minigrad.system.console import a_bar_is_seen, in_a_notebook
from minigrad.train.history import Row, heading, line

LEGEND = "    (~ mean over the epoch, while the weights move)"
LEFT_OUT = "lr", "data_seconds", "evaluation_seconds", "peak_memory_mb"      # of the lines; `History` has them


class Progress:
    """The bar, if there is one, and the lines, if they are wanted.

    steps: in an epoch, None if that is unknown; epochs: how many there will be, `first` being done.
    """

    def __init__(self, wanted: bool | None, steps: int | None, epochs: int, first: int, lines: bool) -> None:
        with_bar = a_bar_is_seen() if wanted is None else wanted
        self.bar = _Bar(steps, epochs, first, stays=not lines) if with_bar else None
        self._lines = lines and wanted is not False
        self._headed = False

    def epoch(self, row: Row, names: list[str]) -> None:
        """An epoch has ended."""
        if self.bar is not None:
            self.bar.measured(row)
            self.bar.hide()             # out of the way of what is printed
        if self._lines:
            names = [name for name in names if name not in LEFT_OUT]
            self._print(heading(names) + LEGEND, not self._headed)
            self._print(line(row, names))
            self._headed = True

    def say(self, text: str) -> None:
        """Why the run ended before its time."""
        self._print(text, self._lines)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()

    def _print(self, text: str, wanted: bool = True) -> None:
        if wanted and self._lines:
            try:
                print(text, flush=True)
            except (OSError, ValueError, AttributeError):
                self._lines = False


def tqdm_class() -> Any:
    """tqdm for where this runs."""
    if in_a_notebook():
        with warnings.catch_warnings():             # without ipywidgets it is a bar of characters
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
    else:
        from tqdm import tqdm
    return tqdm


class _Bar:
    """A tqdm bar over all the steps of a run."""

    def __init__(self, steps: int | None, epochs: int, first: int, stays: bool) -> None:
        self._steps, self._epochs, self._first, self._last = steps, epochs, first, 0
        self._before, self._validation = 0, ""
        self._bar: Any = None
        self._lost = False          # nobody can read it
        self._try(lambda: self._start(stays))

    def _start(self, stays: bool) -> None:
        tqdm = tqdm_class()
        total = None if self._steps is None else self._steps * (self._epochs - self._first)
        self._bar = tqdm(total=total, unit="step", leave=stays, mininterval=0, miniters=1, dynamic_ncols=True, file=sys.stderr)

    def _try(self, act: Callable[[], Any]) -> None:
        if self._lost:
            return
        try:
            act()
        except Exception:           # whatever the stream makes of it
            if self._bar is not None:
                self._bar.disable = True
            self._bar, self._lost = None, True

    def show(self, epoch: int, step: int, loss: float, accuracy: float | None) -> None:
        """step of this epoch is done; epoch: how many were done before it."""
        self._try(lambda: self._show(epoch, step, loss, accuracy))

    def _show(self, epoch: int, step: int, loss: float, accuracy: float | None) -> None:
        self._bar.set_description(f"epoch {epoch + 1}/{self._epochs}", refresh=False)
        words = f"loss {loss:.4f}" + ("" if accuracy is None else f", accuracy {accuracy:.4f}") + self._validation
        self._bar.set_postfix_str(words, refresh=False)
        done = self._before + step
        self._bar.update(done - self._last)
        self._last = done

    def measured(self, row: Row) -> None:
        """The validation figures of an epoch stand beside the running ones of the next."""
        self._before = self._last
        found = [f"{word} {row[name]:.4f}" for name, word in (("validation_loss", "loss"), ("validation_accuracy", "accuracy"))
                 if row.get(name) is not None]
        self._validation = f" | validation {', '.join(found)}" if found else ""

    def hide(self) -> None:
        if self._bar is not None:
            self._try(self._bar.clear)

    def close(self) -> None:
        if self._bar is not None:
            self._try(self._bar.close)
