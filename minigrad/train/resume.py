"""A whole run in a checkpoint: beside what every checkpoint has, the History, the callbacks, and the place in the epoch."""

import json
import os
from typing import Any

import numpy as np

from minigrad.train.callbacks.callback import Callback
from minigrad.train.checkpoint import Saved, write
from minigrad.train.history import History
from minigrad.train.run import Run

_FIXED = "seed", "batch_size", "shuffled", "samples", "accumulate"     # what the rest of an epoch depends on


def save_run(path: str | os.PathLike[str], run: Run) -> None:
    """Write the run as it stands, between two steps or two epochs. OSError where the file cannot be written.

    Of an epoch whose steps are done, and whose measurements are not, there is the place after the steps: they are made when the
    run goes on.
    """
    sums, k = run.sums, run.feed.k
    counted = run.between and run.loader.epoch == run.epoch
    history = History(run.history.rows[:-1] if counted else run.history.rows, run.history.facts, run.history.interrupted)
    place = {"step": run.step, "seen": sums.seen, "loss": k.to_numpy(sums.loss), "right": k.to_numpy(sums.right),
             "counts": run.counts} if run.between else {}
    more = {f"place.{name}": np.asarray(value) for name, value in place.items()}
    more |= {f"callback.{i}.{name}": array for i, callback in enumerate(run.callbacks)
             for name, array in callback.arrays().items()}
    write(path, run.model, run.optimizer, run.loader.epoch - counted, more,
          {"history": history.text(), "callbacks": json.dumps([_state(callback) for callback in run.callbacks])})


def _state(callback: Callback) -> list[Any]:
    """[its class, its state] in what JSON holds. TypeError that names the callback."""
    def plain(value: Any) -> Any:
        if isinstance(value, np.generic | np.ndarray):
            return value.tolist()
        raise TypeError(f"[Checkpoint] the state_dict of {type(callback).__name__} holds a {type(value).__name__}, which JSON "
                        "cannot: give numbers, strings, lists and dictionaries, and arrays in arrays()")

    return [type(callback).__name__, json.loads(json.dumps(callback.state_dict(), default=plain))]


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
    run.epoch = saved.epoch + 1
    run.history.rows[:] = history.rows
    if not place and "stopped" in history.facts:        # after an epoch: it has ended
        run.stop(history.facts["stopped"])
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
