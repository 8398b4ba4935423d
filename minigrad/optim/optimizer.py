"""What all optimisers share: parameters in groups, their options and state, saving and loading.

One step is one kernel call for all parameters that step together. What changes from step to step, the learning rate and
Adam's count, stands in buffers of the device, so that a step reads nothing but arrays.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from minigrad.engine import Variable
from minigrad.optim.cohort import Cohort
from minigrad.optim.ownership import claim


class Optimizer:
    """Steps the parameters `params`: tensors that require grad, or groups [{"params": ..., "lr": ...}, ...] with options of
    their own. A parameter that is listed twice counts once.

    `lr` reads and writes the learning rate of every group, `param_groups[i]["lr"]` that of one. While an optimiser lives, no
    other may hold its parameters; `close()`, or dropping it, frees them.
    """

    kind = ""                                   # begins the names in a state_dict: only the same kind can load it

    def __init__(self, params: Iterable, **options: Any):
        name = type(self).__name__
        self.defaults = options
        self.param_groups = [Group(self, p, o) for p, o in _sorted_out(name, params, options)]
        self._params = [p for group in self.param_groups for p in group.params]
        self._release = claim(self._params, self)

    # ---- what a kind of optimiser defines

    def _check(self, options: dict) -> None:
        """Raise ValueError for options that make no sense."""
        raise NotImplementedError

    def _state_names(self, options: dict) -> tuple[str, ...]:
        """The names of the state arrays that each parameter has."""
        raise NotImplementedError

    def _update(self, group: "Group", cohort: Cohort, grads: list) -> None:
        """Call the step kernel."""
        raise NotImplementedError

    # ---- stepping

    def step(self) -> None:
        """Change every parameter that has a gradient; the others stay as they are."""
        if not self.param_groups:
            raise RuntimeError(f"[{type(self).__name__}] this optimiser is closed: make a new one")
        for group in self.param_groups:
            for cohort in group.cohorts:                # a split appends the idle ones, which are passed over
                grads = cohort.gradients(self.kind)
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
        """The learning rate, a Python float; writing it writes the buffer that the kernels read."""
        rates = {group["lr"] for group in self.param_groups}
        if len(rates) != 1:
            raise RuntimeError(f"[{type(self).__name__}] the groups have different learning rates {sorted(rates)}: use "
                               "param_groups[i]['lr']" if rates else f"[{type(self).__name__}] this optimiser is closed")
        return rates.pop()

    @lr.setter
    def lr(self, value: float) -> None:
        for group in self.param_groups:
            group["lr"] = value

    # ---- saving and loading

    def state_dict(self) -> dict[str, np.ndarray]:
        """Everything that the next step depends on, as numpy arrays by name: options of groups, state of parameters."""
        state = {}
        for i, group in enumerate(self.param_groups):
            for name in group.options:
                state[f"{self.kind}.group.{i}.{name}"] = np.array(group[name])
        for i, (_, cohort, j) in enumerate(self._places()):
            state[f"{self.kind}.state.{i}.step"] = np.array(cohort.k.to_numpy(cohort.step))
            for name, arrays in cohort.state.items():
                state[f"{self.kind}.state.{i}.{name}"] = np.array(cohort.k.to_numpy(arrays[j]), order="C")
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state_dict: the following steps are those that the saved optimiser would have made.

        Its options replace the ones here. Raises one ValueError that lists everything that does not fit, before anything
        is changed.
        """
        kinds = {name.split(".")[0] for name in state}
        if kinds != {self.kind}:
            found = ", ".join(sorted(kinds)) or "nothing"
            raise ValueError(f"[{type(self).__name__}] expected the state of an optimiser of kind {self.kind}, found {found}")
        groups = [{name: state.get(f"{self.kind}.group.{i}.{name}") for name in g.options} for i, g in enumerate(self.param_groups)]
        shapes: dict[str, tuple] = {f"{self.kind}.group.{i}.{name}": () for i, g in enumerate(groups) for name in g}
        options = [{name: np.asarray(v).item() for name, v in g.items() if v is not None and np.ndim(v) == 0} for g in groups]
        for i, p in enumerate(self._params):
            shapes[f"{self.kind}.state.{i}.step"] = ()
            own = options[next(n for n, g in enumerate(self.param_groups) if any(q is p for q in g.params))]
            for name in self._state_names(self.defaults | own):
                shapes[f"{self.kind}.state.{i}.{name}"] = p.shape
        problems = [f"missing: {name} {shape}" for name, shape in shapes.items() if name not in state]
        problems += [f"unexpected: {name} {np.shape(a)}" for name, a in state.items() if name not in shapes]
        problems += [f"shape: {name} is {shape} here, found {np.shape(state[name])}" for name, shape in shapes.items()
                     if name in state and np.shape(state[name]) != shape]
        if problems:
            raise ValueError(f"[{type(self).__name__}] the state does not fit these parameters; nothing was loaded:\n  "
                             + "\n  ".join(problems))
        for own in options:
            self._check(own)
        first = 0
        for group, own in zip(self.param_groups, options):
            group.load(own, [{name: state[f"{self.kind}.state.{first + i}.{name}"] for name in ("step", *self._state_names(own))}
                             for i in range(len(group.params))])
            first += len(group.params)

    def _places(self):
        """(parameter, its cohort, its place there) in the order of the parameters."""
        where = {id(p): (p, c, j) for g in self.param_groups for c in g.cohorts for j, p in enumerate(c.params)}
        return [where[id(p)] for p in self._params]

    def __repr__(self):
        groups = "; ".join(f"{len(g.params)} parameters, " + ", ".join(f"{n}={g[n]}" for n in g.options) for g in self.param_groups)
        return f"{type(self).__name__}({groups or 'closed'})"


class Group:
    """Parameters with one set of options. group["lr"] reads an option and group["lr"] = 0.1 writes it, as in PyTorch."""

    def __init__(self, optimizer: Optimizer, params: list, options: dict):
        optimizer._check(options)
        self.params = params
        self.options = dict(options)
        self.k = params[0].k
        self.lr = self.k.full((), options["lr"], np.float64)
        self._check, self._names = type(optimizer)._check, type(optimizer)._state_names
        names = optimizer._state_names(options)
        self.cohorts = []
        for dtype in dict.fromkeys(p.dtype for p in params):
            same = [p for p in params if p.dtype == dtype]
            state = {name: [self.k.zeros(p.shape, p.data) for p in same] for name in names}
            self.cohorts.append(Cohort(same, state, self.k.full((), 0, np.int64)))
