"""Checkpoints: all that the rest of a run depends on, in one safetensors file, so that a resumed run is the same run.

    save_checkpoint("run.safetensors", model, optimizer, epoch=len(history))
    ...
    epoch = load_checkpoint("run.safetensors", model, optimizer)
    fit(model, data, loss, optimizer, epochs=2, first_epoch=epoch)

With the same build and instruction set the weights come out bit for bit as without the pause, dropout included. The
order of the batches is not stored: it follows from the Loader's seed and the epoch.
"""

import json
import operator
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from minigrad import random
from minigrad.nn import write_arrays
from minigrad.nn.serialize import read_with_metadata
from minigrad.train.batches import Feed
from minigrad.train.facts import engine_facts

FORMAT = "minigrad checkpoint 3"
READ = FORMAT, "minigrad checkpoint 2"      # 2 has no run in it; both have the optimiser's state by the names of the parameters
BY_POSITION = "minigrad checkpoint 1"       # ... by their order: read for the rest, never for the optimiser
Arrays = dict[str, np.ndarray]


def save_checkpoint(path: str | os.PathLike[str], model: Any, optimizer: Any = None, epoch: int = 0, *,
                    schedule: Any = None) -> None:
    """Write the model, the optimiser and the schedule if given, every random stream and the number of epochs trained.

    The file appears when it is whole. Its arrays are called model.<name>, optimizer.<name>, random.<name> and epoch. The
    optimiser's state goes by the names that its parameters have in the model: ValueError for one that has none.
    """
    if isinstance(epoch, bool) or operator.index(epoch) < 0:
        raise ValueError(f"[save_checkpoint] epoch is the number of epochs trained, 0 or more; found {epoch}")
    write(path, model, optimizer, epoch, words={} if schedule is None else {"schedule": json.dumps(schedule.state_dict())})


def load_checkpoint(path: str | os.PathLike[str], model: Any, optimizer: Any = None, *, schedule: Any = None) -> int:
    """Put the model, the optimiser, its schedule and the random streams where they were; returns the number of epochs
    trained.

    Without an optimiser, or a schedule, that part of the file is left alone; so is what a `Checkpoint` of fit keeps beside
    them (`fit(resume=)` takes up all of it). FileNotFoundError, or ValueError for a file that is damaged, is no checkpoint or
    does not fit; then nothing has changed.
    """
    saved = Saved("load_checkpoint", path)
    if saved.format == BY_POSITION and optimizer is not None:
        raise ValueError(f"[load_checkpoint] {path}: expected the format {FORMAT!r}, found {saved.format!r}, whose optimiser "
                         "state goes by position and may be another layer's: load the model alone, load_checkpoint(path, "
                         "model)")
    saved.put(model, optimizer, schedule)
    return saved.epoch


def write(path: str | os.PathLike[str], model: Any, optimizer: Any, epoch: int, more: Mapping[str, Any] = {},
          words: Mapping[str, str] = {}) -> None:
    """A checkpoint, with more arrays and words of its metadata beside what it has itself."""
    parts = {"model": model.state_dict(), "random": random.get_state()}
    if optimizer is not None:
        parts["optimizer"] = optimizer.state_dict(model)
    arrays = {f"{part}.{name}": array for part, state in parts.items() for name, array in state.items()}
    arrays |= {"epoch": np.array(epoch, np.int64), **more}
    write_arrays(arrays, path, {"format": FORMAT, "facts": json.dumps(engine_facts(Feed(model).k)), **words})


class Saved:
    """A checkpoint that was read: `parts` {part: {name: array}}, epoch, metadata. ValueError for another file."""

    def __init__(self, op: str, path: str | os.PathLike[str]) -> None:
        self.op, self.path = op, path
        arrays, self.metadata = read_with_metadata(path)
        found = self.metadata.get("format")
        if found not in (*READ, BY_POSITION):
            remedy = "it holds weights alone: use nn.load" if found is None else "another version of minigrad wrote it"
            raise ValueError(f"[{op}] {path}: expected the format {FORMAT!r}, found {found!r}; {remedy}")
        self.format = found
        with self.naming():
            self.epoch = _epoch(arrays.pop("epoch", None))
            self.parts = _parts(arrays)

    def put(self, model: Any, optimizer: Any = None, schedule: Any = None, more: Callable[[], Any] = lambda: None) -> None:
        """Into the model, the optimiser, the schedule, the random streams; then more(). All of it, or after an error none."""
        before, scheduled, streams = None, None, random.get_state()
        stepped = None if optimizer is None else optimizer.state_dict(model)
        try:
            with self.naming():                    # first all that only looks, then what writes
                random.check_state(self.parts["random"])
                if optimizer is not None and not self.parts["optimizer"]:
                    raise ValueError(f"expected the state of a {type(optimizer).__name__}, but the file was saved without an "
                                     "optimiser: load the model alone, or save both")
                if schedule is not None:
                    if "schedule" not in self.metadata:
                        raise ValueError(f"expected the state of a {type(schedule).__name__}, but the file was saved "
                                         "without a schedule")
                    scheduled = schedule.state_dict()
                    schedule.load_state_dict(json.loads(self.metadata["schedule"]))
                before = model.state_dict()
                model.load_state_dict(self.parts["model"])
                if optimizer is not None:
                    optimizer.load_state_dict(self.parts["optimizer"], model)
                random.set_state(self.parts["random"])
                more()
        except BaseException:                       # each load writes all or nothing; those before are taken back
            if before is not None:
                model.load_state_dict(before)
                random.set_state(streams)
                if stepped is not None:
                    optimizer.load_state_dict(stepped, model)
            if scheduled is not None:
                schedule.load_state_dict(scheduled)
            raise

    @contextmanager
    def naming(self) -> Iterator[None]:
        """What is wrong with the contents names the file."""
        try:
            yield
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"[{self.op}] {self.path}: {error}") from error


def _epoch(array: np.ndarray | None) -> int:
    """The number of epochs that a file says were trained."""
    if array is None or array.shape != () or array.dtype.kind not in "iu" or array < 0:
        found = "none" if array is None else f"{array.dtype} {array.shape}" if array.shape else array
        raise ValueError(f"expected an epoch, one whole number, 0 or more, found {found}")
    return int(array)


def _parts(arrays: dict[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """{part: {name: array}} of {"part.name": array}."""
    parts: dict[str, Arrays] = {"model": {}, "optimizer": {}, "random": {}, "place": {}, "callback": {}}
    for name, array in arrays.items():
        part, _, rest = name.partition(".")
        if part not in parts or not rest:
            raise ValueError(f"expected arrays called {', '.join(f'{part}.<name>' for part in list(parts)[:3])} and epoch, "
                             f"found {name!r}")
        parts[part][rest] = array
    return parts
