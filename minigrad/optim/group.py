"""Parameters with one set of options, and what users may pass for them."""

from collections.abc import Mapping
from typing import Any
from weakref import WeakSet

import numpy as np

from minigrad.graph import Variable
from minigrad.kernels.halves import sums_in
from minigrad.optim.cohort import Cohort


class Group:
    """group["lr"] reads an option and group["lr"] = 0.1 writes it, as in PyTorch; group["params"] are the parameters.

    The learning rate stands in a 0-d float64 buffer of the device, `rate`; the other options are Python numbers.
    group["initial_lr"] is the learning rate that the first schedule found; there is none before.
    """

    def __init__(self, kind: Any, params: list, options: dict):
        self.kind = kind                            # the optimiser's class: it checks options and names state arrays
        self.params = tuple(params)
        self.stopped = ""                           # why it steps no more
        self.initial_lr: float | None = None        # noted by schedules
        self.options: dict[str, Any] = {}
        self.k = params[0].k
        self.rate = self.k.full((), 0, np.float64)
        dtypes = dict.fromkeys(p.dtype for p in params)
        self.cohorts = [Cohort([p for p in params if p.dtype == dtype], {}, self._counts())
                        for dtype in dtypes]
        self.update(options)

    def __getstate__(self):
        """What copy and pickle take: nothing of the device."""
        return {"kind": self.kind, "params": self.params, "options": {name: self[name] for name in self.options},
                "states": self.states(), "stopped": self.stopped, "initial_lr": self.initial_lr}

    def __setstate__(self, state):
        Group.__init__(self, state["kind"], state["params"], state["options"])
        self.load(state["options"], state["states"])
        self.stopped, self.initial_lr = state["stopped"], state["initial_lr"]

    def __getitem__(self, name: str) -> Any:
        if name == "params":
            return self.params
        if name == "initial_lr" and self.initial_lr is not None:
            return self.initial_lr
        return float(self.k.to_numpy(self.rate)) if name == "lr" else self.options[name]

    def __contains__(self, name: object) -> bool:
        return name in self.options or name == "params" or (name == "initial_lr" and self.initial_lr is not None)

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self.options:
            raise KeyError(f"[{self.kind.__name__}] there is no option {name!r}: the options are "
                           f"{', '.join(self.options)}")
        if self.stopped:
            raise RuntimeError(self.stopped)
        if name == "lr":                            # a schedule may write it in every step
            self.options["lr"] = self.kind.checks["lr"](self.kind.__name__, "lr", value)
            self._write_rate()
        else:
            self.update({name: value})

    def update(self, options: dict) -> None:
        """Change options, all of them or none; state arrays that they call for start as zeros."""
        options = self.kind.checked(self.options | options)
        wanted = self.kind.state_of(options)
        for cohort in self.cohorts:
            for name in set(cohort.state) - set(wanted):
                del cohort.state[name]
            for name, start in wanted.items():
                if name not in cohort.state:
                    cohort.state[name] = [self.k.full(p.shape, start, sums_in(p.dtype)) for p in cohort.params]
        self.options = options
        self._write_rate()

    def _write_rate(self) -> None:
        self.k.copy(self.k.full((), self.options["lr"], np.float64), out=self.rate)

    def _counts(self, found: dict[str, Any] | None = None) -> dict[str, Any]:
        """The buffers of a cohort's counts: as found, or as they start."""
        starts = {"step": 0, **self.kind.counts}
        return {name: self.k.full((), start if found is None else found[name], np.int64 if name == "step" else np.float64)
                for name, start in starts.items()}

    def states(self) -> list[dict]:
        """For each parameter "step", how often it has stepped, what else is counted, and its state arrays by name, as copies in
        numpy."""
        found = {}
        for c in self.cohorts:
            for j, p in enumerate(c.params):
                found[id(p)] = {name: np.array(self.k.to_numpy(a), order="C")
                                for name, a in (*c.counts.items(), *((name, of[j]) for name, of in c.state.items()))}
        return [found[id(p)] for p in self.params]

    def split(self, cohort: Cohort) -> Cohort:
        """Those of the cohort that have a gradient, from now on by themselves; the others wait in one of their own."""
        busy, idle = cohort.split()
        self.cohorts = [c for c in self.cohorts if c is not cohort] + [busy, idle]
        return busy

    def load(self, options: dict, states: list[dict]) -> None:
        """Take options, and for each parameter its state: arrays by name, and "step", how often it has stepped."""
        self.update(options)
        together: dict[tuple, list] = {}
        for p, state in zip(self.params, states, strict=True):
            counts = tuple((name, state[name].item()) for name in ("step", *self.kind.counts))
            together.setdefault((p.dtype, counts), []).append((p, state))
        names = self.kind.state_of(self.options)
        cohorts = []
        for (dtype, counts), members in together.items():
            kept = sums_in(dtype)
            arrays = {name: [self.k.copy(self.k.asarray(state[name], kept)) for _, state in members] for name in names}
            cohorts.append(Cohort([p for p, _ in members], arrays, self._counts(dict(counts))))
        self.cohorts = cohorts


def as_groups(op: str, params: Any, defaults: dict) -> list[tuple[list, dict]]:
    """What a user gave an optimiser as `params`, checked: [(parameters, options), ...], one pair for each group.

    params: tensors, which make one group, or a dict with "params" and options for each group.
    """
    if isinstance(params, Variable):
        raise TypeError(f"[{op}] params must be a list of tensors, found one tensor: give [tensor]")
    entries = _listed(op, params)
    if not any(isinstance(e, dict) for e in entries):
        entries = [{"params": entries}]
    groups: list[tuple[list, dict]] = []
    seen: set[int] = set()
    for entry in entries:
        if not isinstance(entry, dict) or "params" not in entry:
            raise TypeError(f"[{op}] a group is a dict with 'params', found "
                            f"{entry if isinstance(entry, dict) else type(entry).__name__}")
        options = {name: value for name, value in entry.items() if name != "params"}
        unknown = ", ".join(map(repr, options.keys() - defaults.keys()))
        if unknown:
            raise ValueError(f"[{op}] a group has no option {unknown}: the options are {', '.join(defaults)}")
        own = [entry["params"]] if isinstance(entry["params"], Variable) else _listed(op, entry["params"])
        own = list({id(p): p for p in own}.values())    # one listed twice counts once; == on tensors is elementwise
        for i, p in enumerate(own):
            _check_parameter(op, i, p)
            if id(p) in seen:
                raise ValueError(f"[{op}] parameter {i} {p.shape} of group {len(groups)} is in an earlier group too")
        seen.update(map(id, own))
        if not own:
            where = f" in group {len(groups)}" if len(entries) > 1 else ""
            raise ValueError(f"[{op}] there are no parameters{where}: an empty list, or a generator used up before?")
        groups.append((own, defaults | options))
    if not groups:
        raise ValueError(f"[{op}] there are no parameters")
    devices = dict.fromkeys(p.device for own, _ in groups for p in own)
    if len(devices) > 1:
        raise ValueError(f"[{op}] the parameters are on several devices, {', '.join(devices)}: move them to one with "
                         ".to()")
    return groups


def _listed(op, params):
    """params as a list, in an order that is the same in every process."""
    found, hint = type(params).__name__, ""
    if hasattr(params, "parameters"):
        found, hint = f"a {found}", ": give its .parameters()"
    elif isinstance(params, (set, frozenset, WeakSet)):
        found, hint = f"a {found}", ", whose order is not the same in every process: give a list"
    elif isinstance(params, Mapping):
        found, hint = f"a {found}", ": give its .values(), or [dict] if it is a group"
    elif callable(params):
        hint = ": call it, as in model.parameters()"
    if not hint:
        try:
            return list(params)
        except TypeError:
            hint = ": the parameters come first, as in (model.parameters(), lr=0.1)"
    raise TypeError(f"[{op}] params must be a list of tensors, found {found}{hint}")


def _check_parameter(op, i, p):
    if not isinstance(p, Variable):
        hint = ""
        if isinstance(p, tuple):
            hint = ": give .parameters() rather than .named_parameters()"
        elif isinstance(p, (str, np.ndarray)):
            hint = ": give model.parameters() (state_dict() holds copies, and goes by name)"
        raise TypeError(f"[{op}] parameter {i} must be a tensor, found {type(p).__name__}{hint}")
    if not p.is_leaf:
        raise ValueError(f"[{op}] parameter {i} {p.shape} was made by {p.node.name}: only leaves can be stepped (did "
                         ".to() or an operation make it? use the tensor that it came from)")
    if not p.requires_grad:
        raise ValueError(f"[{op}] parameter {i} {p.shape} does not require grad: leave frozen parameters out, [p for "
                         "p in model.parameters() if p.requires_grad]")
