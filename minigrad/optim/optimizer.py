"""What all optimisers share: parameters in groups, their options and state, saving and loading.

One step is one kernel call for all parameters that step together. What changes from step to step, the learning rate and
Adam's count, stands in buffers of the device, so that a step reads nothing but arrays.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from minigrad.optim.cohort import Cohort
from minigrad.optim.group import Group, sorted_out
from minigrad.optim.ownership import claim


class Optimizer:
    """Steps `params`: tensors that require grad, or groups [{"params": ..., "lr": ...}, ...] with options of their own.
    A parameter that is listed twice counts once.

    `lr` reads and writes the learning rate of every group, `param_groups[i]["lr"]` that of one. While an optimiser
    lives, no other may hold its parameters; `close()`, or dropping it, frees them.
    """

    kind = ""                                   # begins the names in a state_dict: only the same kind can load it

    def __init__(self, params: Iterable, **options: Any):
        name = type(self).__name__
        self.param_groups = [Group(type(self), p, o) for p, o in sorted_out(name, params, options)]
        self._params = [p for group in self.param_groups for p in group.params]
        self._release = claim(self._params, self)

    # ---- what a kind of optimiser defines

    @classmethod
    def checked(cls, options: dict) -> dict:
        """The options as Python numbers. Raises ValueError for those that make no sense."""
        raise NotImplementedError

    @staticmethod
    def state_names(options: dict) -> tuple[str, ...]:
        """The names of the state arrays that each parameter has."""
        raise NotImplementedError

    def _update(self, group: Group, cohort: Cohort, grads: list) -> None:
        """Call the step kernel."""
        raise NotImplementedError

    # ---- stepping

    def step(self) -> None:
        """Change every parameter that has a gradient; the others stay as they are."""
        if not self.param_groups:
            raise RuntimeError(f"[{type(self).__name__}] this optimiser is closed: make a new one")
        for group in self.param_groups:
            for cohort in group.cohorts:                # a split appends the idle ones, which are passed over
                grads = cohort.gradients(self)
                if grads:
                    if len(grads) < len(cohort.params):
                        group.cohorts.append(cohort.split())
                    self._update(group, cohort, grads)
                    cohort.touch()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget every gradient (or fill it with zeros)."""
        for p in self._params:
            if set_to_none:
                p.grad = None
            elif p.grad is not None:
                p.k.copy(p.k.zeros(p.shape, p.data), out=p.grad.data)
                p.grad.touch()

    def close(self) -> None:
        """Let go of the parameters, so that another optimiser may take them; this one cannot step any more."""
        self._release()
        self.param_groups = []
        self._params = []

    @property
    def lr(self) -> float:
        """The learning rate; writing it writes the buffer that the kernels read, in every group."""
        rates = sorted({group["lr"] for group in self.param_groups})
        if not rates:
            raise RuntimeError(f"[{type(self).__name__}] this optimiser is closed: make a new one")
        if len(rates) > 1:
            raise RuntimeError(f"[{type(self).__name__}] the groups have different learning rates {rates}: use "
                               "param_groups[i]['lr']")
        return rates[0]

    @lr.setter
    def lr(self, value: float) -> None:
        for group in self.param_groups:
            group["lr"] = value

    # ---- saving and loading

    def state_dict(self) -> dict[str, np.ndarray]:
        """All that the next step depends on, as numpy arrays: <kind>.group.<i>.<option>, <kind>.state.<j>.<name>."""
        state = {}
        for i, group in enumerate(self.param_groups):
            for name in group.options:
                state[f"{self.kind}.group.{i}.{name}"] = np.array(group[name])
        where = {id(p): (c, j) for g in self.param_groups for c in g.cohorts for j, p in enumerate(c.params)}
        for i, p in enumerate(self._params):
            cohort, j = where[id(p)]
            state[f"{self.kind}.state.{i}.step"] = np.array(cohort.k.to_numpy(cohort.step))
            for name, arrays in cohort.state.items():
                state[f"{self.kind}.state.{i}.{name}"] = np.array(cohort.k.to_numpy(arrays[j]), order="C")
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state_dict: the following steps are those that the saved optimiser would have made.

        Its options replace the ones here. Raises one ValueError that lists everything that does not fit, before
        anything is changed.
        """
        op, kinds = type(self).__name__, {name.split(".")[0] for name in state}
        if kinds != {self.kind}:
            raise ValueError(f"[{op}] expected the state of an optimiser of kind {self.kind!r}, found "
                             + (", ".join(map(repr, sorted(kinds))) or "an empty one"))
        left = dict(state)
        problems: list[str] = []

        def take(name, like):
            """The array of that name, which must have the shape and dtype of `like`; `like` itself if it has not."""
            name = f"{self.kind}.{name}"
            if name not in left:
                problems.append(f"missing: {name} {like.shape}")
                return like
            a = np.asarray(left.pop(name))
            if a.shape != like.shape:
                problems.append(f"shape: {name} is {like.shape} here, found {a.shape}")
            elif a.dtype != like.dtype:
                problems.append(f"dtype: {name} is {like.dtype} here, found {a.dtype}")
            elif name.endswith((".step", ".square")) and (a < 0).any():
                problems.append(f"value: {name} cannot be negative, found {a.min()}")
            else:
                return a
            return like

        loads, j = [], 0
        for i, group in enumerate(self.param_groups):
            options = {name: take(f"group.{i}.{name}", np.array(group[name])).tolist() for name in group.options}
            options, states = self.checked(options), []
            for p in group.params:
                states.append({"step": take(f"state.{j}.step", np.array(0))}
                              | {name: take(f"state.{j}.{name}", p) for name in self.state_names(options)})
                j += 1
            loads.append((group, options, states))
        problems += [f"unexpected: {name} {np.shape(a)}" for name, a in left.items()]
        if problems:
            raise ValueError(f"[{op}] the state does not fit this optimiser; nothing was loaded:\n  "
                             + "\n  ".join(problems))
        for group, options, states in loads:
            group.load(options, states)

    def __repr__(self):
        groups = [f"{len(g.params)} parameters, " + ", ".join(f"{name}={g[name]}" for name in g.options)
                  for g in self.param_groups]
        return f"{type(self).__name__}({'; '.join(groups) or 'closed'})"


def number(op: str, options: dict, name: str, below: float = float("inf")) -> float:
    """An option as a float. Raises ValueError unless 0 <= option < below."""
    value = float(options[name])
    if not 0 <= value < below:
        limit = "finite and >= 0" if below == float("inf") else f"in [0, {below:g})"
        raise ValueError(f"[{op}] {name} must be {limit}, found {options[name]}")
    return value
