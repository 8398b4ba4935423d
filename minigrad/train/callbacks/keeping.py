"""The run in a file, so that whatever ends it, it can go on."""

from __future__ import annotations

import errno
import math
import os
import shutil
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minigrad.nn import save
from minigrad.system.files import check_writable
from minigrad.train.callbacks.callback import Callback
from minigrad.train.callbacks.stopping import better, column_of, model_of

if TYPE_CHECKING:
    from minigrad.train.run import Run


class Checkpoint(Callback):
    """Keeps the whole run in `path`: model, optimiser, schedule, random streams, History, callbacks, and the place in the
    epoch. `fit(..., callbacks=[Checkpoint("run.safetensors")], resume=True)`, called again after the process was killed,
    goes on from there, and ends with the same bits.

    each     epochs from one time that it is written on the way to the next; None: by `seconds` alone
    seconds  write it when it is that old, in the middle of an epoch too
    best     a second file, with the weights alone (nn.load reads them), of the epoch that was best
    by       in which column: "validation_loss" where that is measured, else "train_loss_running"

    A file is replaced when the new one is whole. Where it cannot be written from the start: OSError. Later, say because the
    disk is full, a RuntimeWarning says so, the old one stands, and the training goes on.
    """

    last = True

    def __init__(self, path: str | os.PathLike[str], each: int | None = 1, seconds: float | None = None,
                 best: str | os.PathLike[str] | None = None, by: str | None = None) -> None:
        if each is None and seconds is None:
            raise ValueError("[Checkpoint] expected each= (epochs) or seconds=, found neither: when is it to be written?")
        if each is not None and (isinstance(each, bool) or not isinstance(each, int) or each < 1):
            raise ValueError(f"[Checkpoint] each is a number of epochs, 1 or more, found {each!r}")
        if seconds is not None and not seconds >= 0:
            raise ValueError(f"[Checkpoint] seconds must be 0 or more, found {seconds!r}")
        if by is not None and best is None:
            raise ValueError(f"[Checkpoint] by={by!r} chooses the best epoch, but there is no best=FILE to keep it in")
        self.path, self.each, self.seconds, self.by = Path(path).expanduser(), each, seconds, by
        self.best_path = None if best is None else Path(best).expanduser()
        self.reset()

    def reset(self) -> None:
        self.best: float | None = None
        self._at = -1, -1           # the epoch and step of what is in the file
        self._written, self._warned = -math.inf, False

    def on_start(self, run: Run) -> None:
        size = sum(a.nbytes for a in run.model.state_dict().values())
        _check(self.path, 3 * size)                     # with the two means of Adam
        if self.best_path is not None:
            _check(self.best_path, size)
        self._written = -math.inf if self.seconds is None or run.loader.epoch == 0 else time.monotonic()

    def on_step(self, run: Run) -> None:
        if self.seconds is not None and time.monotonic() - self._written >= self.seconds:
            self._keep(run)

    def _due(self, run: Run) -> bool:
        """Whether to write it after this epoch."""
        epoch = run.history[-1]["epoch"]
        return (self.each is not None and epoch % self.each == 0 or epoch == run.epochs or run.stopped is not None
                or self.seconds is not None and time.monotonic() - self._written >= self.seconds)

    def on_epoch(self, run: Run) -> None:
        if self.best_path is not None:
            by = column_of(run, self.by, "Checkpoint")
            value = run.history[-1][by]
            if value is not None and better(by, value, self.best) and self._try(
                    lambda: save(model_of(run, by), self.best_path), self.best_path):
                self.best = value
        if self._due(run):
            self._keep(run)

    def before_end(self, run: Run) -> None:
        if run.whole and self._at != _place(run) != (0, 0):
            self._keep(run)

    def _keep(self, run: Run) -> None:
        from minigrad.train.resume import save_run

        if self._try(lambda: save_run(self.path, run), self.path):
            self._at = _place(run)
        self._written = time.monotonic()

    def _try(self, write: Any, path: Path) -> bool:
        try:
            write()
        except OSError as error:
            if not self._warned:
                warnings.warn(f"[Checkpoint] {path} cannot be written: {error.strerror or error}. The one before it stands, "
                              "and the training goes on", RuntimeWarning, stacklevel=2)
            self._warned = True
            return False
        self._warned = False
        return True

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best}


def _place(run: Run) -> tuple[int, int]:
    return run.loader.epoch, run.step if run.between else 0


def _check(path: Path, size: int) -> None:
    """OSError where a file of this size cannot be written."""
    check_writable(path)
    free = shutil.disk_usage(path.resolve().parent).free
    if free < size:
        raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}: {free:,} bytes are free, a checkpoint needs {size:,}",
                      os.fspath(path))
