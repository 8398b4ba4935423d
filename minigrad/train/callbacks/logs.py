"""Files about a run that are whole after each epoch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from minigrad.train.callbacks.callback import Callback

if TYPE_CHECKING:
    from minigrad.train.run import Run


class Log(Callback):
    """Writes the History after each epoch, and at the end: .csv (a line per epoch) or .json (all, for History.load).

    ValueError for another suffix, OSError where it cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if self.path.suffix not in (".csv", ".json"):
            raise ValueError(f"[Log] expected a file .csv or .json, found {os.fspath(path)!r}")

    def on_epoch(self, run: Run) -> None:
        self._write(run)

    def on_end(self, run: Run) -> None:
        self._write(run)

    def _write(self, run: Run) -> None:
        if self.path.suffix == ".csv":
            run.history.to_csv(self.path)
        else:
            run.history.save(self.path)
