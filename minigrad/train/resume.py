"""A whole run in a checkpoint: beside what every checkpoint has, the History, the callbacks, and the place in the epoch."""

import json
import os
from typing import Any

import numpy as np

from minigrad.train.checkpoint import Saved, write
from minigrad.train.history import History
from minigrad.train.run import Run

_FIXED = "seed", "batch_size", "shuffled", "samples"       # what the rest of an epoch depends on


def save_run(path: str | os.PathLike[str], run: Run) -> None:
    """Write the run as it stands, between two steps or two epochs. OSError where the file cannot be written."""
    sums, k = run.sums, run.feed.k
    place = {"step": run.step, "seen": sums.seen, "loss": k.to_numpy(sums.loss), "right": k.to_numpy(sums.right),
             "counts": run.counts} if run.between else {}
    more = {f"place.{name}": np.asarray(value) for name, value in place.items()}
    more |= {f"callback.{i}.{name}": array for i, callback in enumerate(run.callbacks)
             for name, array in callback.arrays().items()}
    states = [[type(callback).__name__, callback.state_dict()] for callback in run.callbacks]
    write(path, run.model, run.optimizer, run.loader.epoch, more,
          {"history": run.history.text(), "callbacks": json.dumps(states)})


def resume_run(path: str | os.PathLike[str], run: Run) -> None:
    """Put the run where the file left it. ValueError, and nothing changed, for a file that is no run's or does not fit."""
    saved = Saved("fit", path)
    if "history" not in saved.metadata:
        raise ValueError(f"[fit] {path}: expected a run that a Checkpoint of fit has kept, found what save_checkpoint writes: "
                         "use load_checkpoint(path, model, optimizer), and fit(first_epoch=)")
    history = History.read(saved.metadata["history"], path)
    place = saved.parts["place"]
    changed = [f"{name} {history.facts.get(name)} was {run.history.facts[name]}" for name in _FIXED
               if history.facts.get(name) != run.history.facts[name]]
    if place and changed:
        raise ValueError(f"[fit] {path}: the run stopped in the middle of an epoch, whose rest would be another: "
                         f"{', '.join(changed)}; go on with what it had")
    with saved.naming():
        states, place = _states(saved, run), _place(place)

    def rest() -> None:
        for callback, (state, arrays) in zip(run.callbacks, states, strict=True):
            if state is not None:
                callback.load_state_dict(state)
                callback.load_arrays(arrays)

    saved.put(run.model, run.optimizer, more=rest)
    if place:
        run.skip = run.step = int(place["step"])
        k, run.sums.seen, run.counts = run.feed.k, int(place["seen"]), bool(place["counts"])
        for buffer, name in ((run.sums.loss, "loss"), (run.sums.right, "right")):
            k.copy(k.asarray(place[name]), out=buffer)
    run.loader.set_epoch(saved.epoch)
    run.history.rows[:] = history.rows
    run.history.facts["resumed_at"] = [*history.facts.get("resumed_at", []),
                                       {"epoch": saved.epoch + bool(place), "step": run.skip}]


def _place(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Checked: so many batches of an epoch done, and the sums over them; {} between two epochs."""
    kinds = {"step": "iu", "seen": "iu", "loss": "f", "right": "iu", "counts": "b"}
    if arrays and (arrays.keys() != kinds.keys() or any(a.shape or a.dtype.kind not in kinds[n] for n, a in arrays.items())
                   or arrays["step"] < 1 or arrays["seen"] < 1 or arrays["right"] < 0):
        found = ", ".join(f"{name} {a if not a.shape else a.shape}" for name, a in arrays.items())
        raise ValueError(f"expected the place in an epoch, numbers called {', '.join(kinds)}, found {found}")
    return arrays


def _states(saved: Saved, run: Run) -> list[tuple[dict[str, Any] | None, dict[str, Any]]]:
    """(state, arrays) for each callback of the run: that of the file's next one of its class; (None, {}) for a new one."""
    listed = json.loads(saved.metadata.get("callbacks", ""))
    if not isinstance(listed, list) or not all(isinstance(one, list) and len(one) == 2 and isinstance(one[0], str)
                                               and isinstance(one[1], dict) for one in listed):
        raise ValueError("expected callbacks, a list of names and states, found something else: the file is damaged")
    kept = [(name, state, {array.partition(".")[2]: value for array, value in saved.parts["callback"].items()
                           if array.partition(".")[0] == str(i)}) for i, (name, state) in enumerate(listed)]
    found: list[tuple[dict[str, Any] | None, dict[str, Any]]] = []
    for callback in run.callbacks:
        at = next((i for i, (name, _, _) in enumerate(kept) if name == type(callback).__name__), None)
        found.append((None, {}) if at is None else kept.pop(at)[1:])
    return found
