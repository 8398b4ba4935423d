"""Files about a run that are whole after each epoch."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from minigrad.system.files import check_writable
from minigrad.train.callbacks.callback import Callback

if TYPE_CHECKING:
    from minigrad.train.run import Run


class Log(Callback):
    """Writes the History after each epoch, and at the end: .csv (a line per epoch) or .json (all, for History.load).

    ValueError for another suffix, OSError where it cannot be written from the start; later a RuntimeWarning says so, and the
    training goes on.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).expanduser()
        if self.path.suffix not in (".csv", ".json"):
            raise ValueError(f"[Log] expected a file .csv or .json, found {os.fspath(path)!r}")

    def on_start(self, run: Run) -> None:
        check_writable(self.path)

    def on_epoch(self, run: Run) -> None:
        self._write(run)

    def on_end(self, run: Run) -> None:
        self._write(run)

    def _write(self, run: Run) -> None:
        try:
            run.history.to_csv(self.path) if self.path.suffix == ".csv" else run.history.save(self.path)
        except OSError as error:
            warnings.warn(f"[Log] {self.path} cannot be written: {error.strerror or error}. The training goes on",
                          RuntimeWarning, stacklevel=2)
