"""What an optimiser remembers, as named arrays: writing them, and checking them before anything is put in place."""

from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.kernels.halves import sums_in

NEVER_NEGATIVE = "step", "square", "largest", "norm", "sum", "change", "size"
Load = tuple[Any, dict, list]               # a group, its options, and for each of its parameters the state arrays by name


def written(optimizer: Any, model: Any) -> dict[str, np.ndarray]:
    """The arrays of Optimizer.state_dict."""
    state = {}
    for i, group in enumerate(optimizer.param_groups):
        for name in group.options:
            state[f"{optimizer.kind}.group.{i}.{name}"] = np.array(group[name])
    keys = _keys(optimizer, model)
    for i, group in enumerate(optimizer.param_groups):
        for p, arrays in zip(group.params, group.states(), strict=True):
            key = keys[id(p)][0]
            if model is not None:
                arrays = {"group": np.array(i), **arrays}
            state.update({key(name): a for name, a in arrays.items()})
    return state


def checked(optimizer: Any, state: dict[str, Any], model: Any) -> list[Load]:
    """What Optimizer.load_state_dict puts in place. Raises one ValueError that lists everything that does not fit."""
    op, kind, kinds = type(optimizer).__name__, optimizer.kind, {name.split(".")[0] for name in state}
    if kinds != {kind}:
        raise ValueError(f"[{op}] expected the state of an optimiser of kind {kind!r}, found "
                         + (", ".join(map(repr, sorted(kinds))) or "an empty one"))
    found = "named" if any(name.startswith(f"{kind}.named.") for name in state) else "state"
    if found != ("state" if model is None else "named"):
        raise ValueError(f"[{op}] " + (
            "this state names its parameters: load it with the model that has them, load_state_dict(state, model)"
            if model is None else
            "this state goes by position and not by name, so it cannot be told whose it is: if the parameters stand in the "
            "order in which they were when it was saved, load it without the model, load_state_dict(state)"))
    left = dict(state)
    problems: list[str] = []

    def take(name, like, what=""):
        """The array of that name, which must have the shape and dtype of `like`; `like` itself if it has not."""
        if name not in left:
            problems.append(f"missing: {name} {like.shape}")
            return like
        a = np.asarray(left.pop(name))
        if a.shape != like.shape:
            problems.append(f"shape: {name} is {like.shape} here, found {a.shape}")
        elif a.dtype != like.dtype:
            problems.append(f"dtype: {name} is {like.dtype} here, found {a.dtype}")
        elif what in NEVER_NEGATIVE and (a < 0).any():
            problems.append(f"value: {name} cannot be negative, found {a.min()}")
        else:
            return a
        return like

    keys: dict[int, Callable] = {}          # of the names that a shared parameter has, the one it was saved under
    for i, names in _keys(optimizer, model).items():
        keys[i] = next((key for key in names if key("step") in state), names[0])
    options_of: dict[int, dict] = {}        # a saved group's options, read once
    loads: list[Load] = []
    for i, group in enumerate(optimizer.param_groups):
        source = i
        if model is not None:
            sources = {int(take(keys[id(p)]("group"), np.array(i))) for p in group.params}
            source = min(sources)
            if len(sources) > 1:
                problems.append(f"groups: those of group {i} here were in groups {', '.join(map(str, sorted(sources)))}")
        if source not in options_of:
            raw = {name: take(f"{kind}.group.{source}.{name}", np.array(group[name])).tolist() for name in group.options}
            options_of[source] = optimizer.checked(raw)
        states = []
        for p in group.params:
            key = keys[id(p)]
            like = np.empty(p.shape, sums_in(p.dtype))
            counts = {name: take(key(name), np.array(start)) for name, start in optimizer.counts.items()}
            states.append({"step": take(key("step"), np.array(0), "step")} | counts
                          | {name: take(key(name), like, name) for name in optimizer.state_of(options_of[source])})
        loads.append((group, options_of[source], states))
    problems += [f"unexpected: {name} {np.shape(a)}" for name, a in left.items()]
    if problems:
        raise ValueError(f"[{op}] the state does not fit this optimiser; nothing was loaded:\n  " + "\n  ".join(problems))
    return loads


def _keys(optimizer: Any, model: Any) -> dict[int, list[Callable[[str], str]]]:
    """{id of a parameter: [functions state name -> key]}: one by position, or one for each name that the model has for it."""
    kind = optimizer.kind
    params = [p for group in optimizer.param_groups for p in group.params]
    if model is None:
        return {id(p): [f"{kind}.state.{i}.{{}}".format] for i, p in enumerate(params)}
    named: dict[int, list] = {}
    for name, p in model.named_parameters(remove_duplicate=False):
        named.setdefault(id(p), []).append(lambda what, name=name: f"{kind}.named.{what}.{name}")
    for i, p in enumerate(params):
        if id(p) not in named:
            raise ValueError(f"[{type(optimizer).__name__}] parameter {i} {p.shape} is not one of the model's, so there is no "
                             "name for its state: put it into the model (self.scale = p), where it is saved too")
    return {id(p): named[id(p)] for p in params}
