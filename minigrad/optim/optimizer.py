"""What all optimisers share: parameters in groups, their options and state, saving and loading.

One step is one kernel call for all parameters that step together. What changes from step to step, the learning rate and
Adam's count, stands in buffers of the device, so that a step reads nothing but arrays.
"""

import copy
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from minigrad.modes import enable_grad
from minigrad.nn.ownership import claim
from minigrad.optim.cohort import Cohort
from minigrad.optim.group import Group, as_groups
from minigrad.optim.state import checked, written
from minigrad.types import Params


class Optimizer:
    """Steps `params`: tensors that require grad, or groups [{"params": ..., "lr": ...}, ...] with options of their own.
    A parameter that is listed twice counts once.

    `lr` reads and writes the learning rate of every group, `param_groups[i]["lr"]` that of one. A parameter has one
    optimiser: a newer one takes it over with a warning, and the older one's step() then says so. `close()`, or dropping
    the optimiser, frees its parameters. To copy or pickle one, take the model along, `copy.deepcopy((model, optimizer))`:
    a copy by itself steps copies of the parameters, which no model has.
    """

    kind = ""                                   # begins the names in a state_dict: only the same kind can load it
    # its options: how each is checked, (the optimiser's name, the option's, value) -> the value as Python numbers (options.py)
    checks: ClassVar[dict[str, Callable[[str, str, Any], Any]]] = {}
    counts: ClassVar[dict[str, float]] = {}     # numbers that a cohort counts beside its steps, and where they start
    _stopped = ""                               # why this optimiser steps no more

    def __init__(self, params: Params, **options: Any):
        self.defaults = options
        self.param_groups = self._groups_of(params)
        self._params = [p for group in self.param_groups for p in group.params]
        self._release = claim(self._params, self)

    def _groups_of(self, params: Params) -> list[Group]:
        return [Group(type(self), p, o) for p, o in as_groups(type(self).__name__, params, self.defaults)]

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name != "_release"}

    def __setstate__(self, state):
        vars(self).update(state)
        self._release = claim([] if self._stopped else self._params, self)

    def __copy__(self):
        """One over the same parameters, which it takes over, with options and state of its own."""
        copied = type(self).__new__(type(self))
        copied.__setstate__(self.__getstate__() | {"param_groups": [copy.copy(group) for group in self.param_groups]})
        return copied

    # ---- what a kind of optimiser defines

    @classmethod
    def checked(cls, options: dict[str, Any]) -> dict[str, Any]:
        """The options as Python numbers. Raises ValueError for those that make no sense."""
        return {name: cls.checks[name](cls.__name__, name, value) for name, value in options.items()}

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        """The state arrays that each parameter has: their names, and what they are filled with at first."""
        raise NotImplementedError

    def _update(self, group: Group, cohort: Cohort, grads: list) -> None:
        """Call the step kernel."""
        raise NotImplementedError

    # ---- stepping

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient; the others stay as they are.

        All is checked before anything is written: an error leaves every parameter, state array and count as it was.
        closure: computes the loss and its gradients, and is called first; then the loss is returned.
        """
        if self._stopped:
            raise RuntimeError(self._stopped)
        if closure is not None:
            with enable_grad():
                loss = closure()
            self.step()
            return loss
        ready = None                                    # nearly always there is one cohort only: no list for it
        for group in self.param_groups:
            for cohort in group.cohorts:
                grads = cohort.gradients(self)
                if grads:
                    if len(grads) < len(cohort.params):
                        cohort = group.split(cohort)
                    if ready is None:
                        ready = group, cohort, grads
                        more = None
                    elif more is None:
                        more = [ready, (group, cohort, grads)]
                    else:
                        more.append((group, cohort, grads))
        if ready is None:
            return None
        if more is None:
            group, cohort, grads = ready
            try:
                self._update(group, cohort, grads)
            finally:
                cohort.touch()                          # Ctrl-C may arrive between the two
        else:
            self._update_all(more)
        return None

    def _update_all(self, ready):
        """Several cohorts, all of them or none: a call checks its own arrays, but not those of the next."""
        for group, cohort, grads in ready:
            group.k.check_step(type(self).__name__, cohort.arrays, grads, *cohort.state.values())
        for group, cohort, grads in ready:
            try:
                self._update(group, cohort, grads)
            finally:
                cohort.touch()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget every gradient (or fill it with zeros)."""
        if not self.param_groups:
            raise RuntimeError(self._stopped)
        for p in self._params:
            if set_to_none:
                p.grad = None
            elif p.grad is not None:
                p.k.copy(p.k.zeros(p.shape, p.data), out=p.grad.data)
                p.grad.touch()

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """One more group, {"params": ..., "lr": ...}; options that it leaves out are those that the optimiser was made with.

        Raises what the constructor raises, and ValueError for parameters that are in a group already, or on another device.
        """
        self.check_open()
        if not isinstance(param_group, dict):
            raise TypeError(f"[{type(self).__name__}] a group is a dict with 'params', found {type(param_group).__name__}")
        added = self._groups_of([param_group])
        both = [{"params": group.params} for group in self.param_groups] + [{"params": group.params} for group in added]
        as_groups(type(self).__name__, both, self.defaults)         # in an earlier group, or on another device?
        params = [p for group in added for p in group.params]
        release, release_added = self._release, claim(params, self)     # which may raise, before anything has changed
        self._release = lambda: (release(), release_added())
        self.param_groups += added
        self._params += params

    def check_open(self) -> None:
        """RuntimeError if this optimiser steps no more: closed, or taken over by a newer one."""
        if self._stopped:
            raise RuntimeError(self._stopped)

    def close(self) -> None:
        """Let go of the parameters, so that another optimiser may take them; this one cannot step any more."""
        self._release()
        self._stopped = f"[{type(self).__name__}] this optimiser is closed: make a new one"
        self.param_groups = []
        self._params = []

    def taken_over(self, newer: "Optimizer", parameters: list) -> None:
        """A newer optimiser has taken these of the parameters: this one steps no more, and its others are free."""
        taken = set(map(id, parameters)) & set(map(id, self._params))
        self._stop(f"[{type(self).__name__}] a newer {type(newer).__name__} has taken over {len(taken)} of the "
                   f"{len(self._params)} parameters of this optimiser, and two would undo each other's steps: use the "
                   "newer one, or make one over all")
        self._release()

    def _stop(self, why):
        self._stopped = why
        for group in self.param_groups:
            group.stopped = why

    @property
    def lr(self) -> float:
        """The learning rate; writing it writes the buffer that the kernels read, in every group."""
        if not self.param_groups:
            raise RuntimeError(self._stopped)
        rates = sorted({group["lr"] for group in self.param_groups})
        if len(rates) > 1:
            raise RuntimeError(f"[{type(self).__name__}] the groups have different learning rates {rates}: use "
                               "param_groups[i]['lr']")
        return rates[0]

    @lr.setter
    def lr(self, value: float) -> None:
        self.check_open()
        for group in self.param_groups:
            group["lr"] = value

    # ---- saving and loading

    def state_dict(self, model: Any = None) -> dict[str, np.ndarray]:
        """All that the next step depends on, as numpy arrays: <kind>.group.<i>.<option>, <kind>.state.<j>.<name>.

        j is a parameter's position among those given to this optimiser. With `model`, the one that has the parameters, their
        names there stand in the place of j, <kind>.named.<name>.<parameter>: then a model whose layers are defined in another
        order gets no other layer's state. ValueError for a parameter that the model has not.
        """
        if not self.param_groups:
            raise RuntimeError(self._stopped)
        return written(self, model)

    def load_state_dict(self, state: dict[str, Any], model: Any = None) -> None:
        """Continue from a state_dict: the following steps are those that the saved optimiser would have made.

        Its options replace the ones here. model: as when it was saved. Raises one ValueError that lists everything that
        does not fit, before anything is changed.
        """
        self.check_open()
        for group, options, states in checked(self, state, model):
            group.load(options, states)

    def __repr__(self):
        groups = [f"{len(g.params)} parameters, " + ", ".join(f"{name}={g[name]}" for name in g.options)
                  for g in self.param_groups]
        return f"{type(self).__name__}({'; '.join(groups) or 'closed'})"
