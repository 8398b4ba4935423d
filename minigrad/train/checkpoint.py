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
from typing import Any

import numpy as np

from minigrad import random
from minigrad.nn import write_arrays
from minigrad.nn.serialize import read_with_metadata
from minigrad.train.batches import Feed
from minigrad.train.facts import engine_facts

FORMAT = "minigrad checkpoint 2"            # the optimiser's state goes by the names of the parameters
BY_POSITION = "minigrad checkpoint 1"       # ... by their order: read for the rest, never for the optimiser


def save_checkpoint(path: str | os.PathLike[str], model: Any, optimizer: Any = None, epoch: int = 0, *,
                    schedule: Any = None) -> None:
    """Write the model, the optimiser and the schedule if given, every random stream and the number of epochs trained.

    The file appears when it is whole. Its arrays are called model.<name>, optimizer.<name>, random.<name> and epoch. The
    optimiser's state goes by the names that its parameters have in the model: ValueError for one that has none.
    """
    if isinstance(epoch, bool) or operator.index(epoch) < 0:
        raise ValueError(f"[save_checkpoint] epoch is the number of epochs trained, 0 or more; found {epoch}")
    parts = {"model": model.state_dict(), "random": random.get_state()}
    if optimizer is not None:
        parts["optimizer"] = optimizer.state_dict(model)
    arrays = {f"{part}.{name}": array for part, state in parts.items() for name, array in state.items()}
    arrays["epoch"] = np.array(epoch, np.int64)
    words = {"format": FORMAT, "facts": json.dumps(engine_facts(Feed(model).k))}
    if schedule is not None:
        words["schedule"] = json.dumps(schedule.state_dict())
    write_arrays(arrays, path, words)


def load_checkpoint(path: str | os.PathLike[str], model: Any, optimizer: Any = None, *, schedule: Any = None) -> int:
    """Put the model, the optimiser, its schedule and the random streams where they were; returns the number of epochs
    trained.

    Without an optimiser, or a schedule, that part of the file is left alone. FileNotFoundError, or ValueError for a file that
    is damaged, is no checkpoint or does not fit; then nothing has changed.
    """
    arrays, metadata = read_with_metadata(path)
    found = metadata.get("format")
    if found == BY_POSITION and optimizer is not None:
        raise ValueError(f"[load_checkpoint] {path}: expected the format {FORMAT!r}, found {found!r}, whose optimiser state "
                         "goes by position and may be another layer's: load the model alone, load_checkpoint(path, model)")
    if found not in (FORMAT, BY_POSITION):
        remedy = "it holds weights alone: use nn.load" if found is None else "another version of minigrad wrote it"
        raise ValueError(f"[load_checkpoint] {path}: expected the format {FORMAT!r}, found {found!r}; {remedy}")
    before, scheduled = None, None
    try:                                        # first all that only looks, then what writes
        epoch = _epoch(arrays.pop("epoch", None))
        parts = _parts(arrays)
        random.check_state(parts["random"])
        if optimizer is not None and not parts["optimizer"]:
            raise ValueError(f"expected the state of a {type(optimizer).__name__}, but the file was saved without an "
                             "optimiser: load the model alone, or save both")
        if schedule is not None:
            if "schedule" not in metadata:
                raise ValueError(f"expected the state of a {type(schedule).__name__}, but the file was saved "
                                 "without a schedule")
            scheduled = schedule.state_dict()
            schedule.load_state_dict(json.loads(metadata["schedule"]))
        before = model.state_dict()
        model.load_state_dict(parts["model"])
        if optimizer is not None:
            optimizer.load_state_dict(parts["optimizer"], model)
    except BaseException as error:              # each load writes all or nothing; those before are taken back
        if before is not None:
            model.load_state_dict(before)
        if scheduled is not None:
            schedule.load_state_dict(scheduled)
        if not isinstance(error, ValueError | TypeError):
            raise
        raise ValueError(f"[load_checkpoint] {path}: {error}") from error
    random.set_state(parts["random"])
    return epoch


def _epoch(array: np.ndarray | None) -> int:
    """The number of epochs that a file says were trained."""
    if array is None or array.shape != () or array.dtype.kind not in "iu" or array < 0:
        found = "none" if array is None else f"{array.dtype} {array.shape}" if array.shape else array
        raise ValueError(f"expected an epoch, one whole number, 0 or more, found {found}")
    return int(array)


def _parts(arrays: dict[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """{part: {name: array}} of {"part.name": array}."""
    parts: dict[str, dict[str, np.ndarray]] = {"model": {}, "optimizer": {}, "random": {}}
    for name, array in arrays.items():
        part, _, rest = name.partition(".")
        if part not in parts or not rest:
            raise ValueError(f"expected arrays called {', '.join(f'{part}.<name>' for part in parts)} and epoch, "
                             f"found {name!r}")
        parts[part][rest] = array
    return parts
