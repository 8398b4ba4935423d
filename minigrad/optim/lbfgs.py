"""L-BFGS (Liu & Nocedal 1989): a quasi-Newton method for small problems and whole batches."""

from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

import numpy as np

from minigrad.kernels.halves import sums_in
from minigrad.modes import enable_grad
from minigrad.optim.optimizer import Optimizer
from minigrad.optim.options import count, number
from minigrad.optim.wolfe import Point, strong_wolfe
from minigrad.types import Params

LISTS = "changes", "steps"                      # of gradients and of parameters: the history
VECTORS = "direction", "gradient"               # the last ones
NUMBERS = "iterations", "evaluations", "t", "scale"


class LBFGS(Optimizer):
    """step(closure) makes up to max_iter iterations: along -H g, H being what the last history_size steps say of the inverse
    second derivative, by lr, or, with line_search_fn="strong_wolfe", to a point that satisfies the strong Wolfe conditions.

    closure: zeroes the gradients, computes the loss and its gradients and returns the loss; it is called up to max_eval
    (5/4 max_iter) times. It ends where no gradient is above tolerance_grad, or where neither the loss nor a parameter changes
    by more than tolerance_change. One group of parameters. Every iteration reads numbers, so it waits for the device.
    """

    kind = "lbfgs"
    checks: ClassVar = {"lr": number, "max_iter": count, "max_eval": count, "tolerance_grad": number,
                        "tolerance_change": number, "history_size": count}

    def __init__(self, params: Params, lr: float = 1.0, max_iter: int = 20, max_eval: int | None = None,
                 tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
                 line_search_fn: str | None = None):
        if line_search_fn not in (None, "strong_wolfe"):
            raise ValueError(f"[LBFGS] line_search_fn must be None or 'strong_wolfe', found {line_search_fn!r}")
        self.line_search_fn = line_search_fn
        max_iter = count("LBFGS", "max_iter", max_iter)
        super().__init__(params, lr=lr, max_iter=max_iter, max_eval=max_iter * 5 // 4 if max_eval is None else max_eval,
                         tolerance_grad=tolerance_grad, tolerance_change=tolerance_change, history_size=history_size)
        if len(self.param_groups) > 1:
            self.close()
            raise ValueError("[LBFGS] it has one step for all parameters, so no groups with options of their own")
        self._dtype = np.result_type(*(sums_in(p.dtype) for p in self._params))
        self._memory: dict[str, Any] = {"iterations": 0, "evaluations": 0, "t": 0.0, "scale": 1.0, "changes": [], "steps": []}

    def add_param_group(self, param_group: dict[str, Any]) -> NoReturn:
        raise ValueError("[LBFGS] it has one step for all parameters, so no groups with options of their own")

    @staticmethod
    def state_of(options: dict[str, Any]) -> dict[str, float]:
        return {}

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Iterate; returns the loss before the first iteration."""
        self.check_open()
        if closure is None:
            raise TypeError("[LBFGS] step needs a closure: it computes the loss and the gradients anew at every point it tries")
        group, memory = self.param_groups[0], self._memory
        o = group.options
        first, now = self._evaluate(closure)
        evaluations = 1
        memory["evaluations"] += 1
        if self._largest(now.g) <= o["tolerance_grad"]:
            return first
        for i in range(1, o["max_iter"] + 1):
            memory["iterations"] += 1
            d = self._direction(now.g, o["history_size"])
            t = min(1.0, 1.0 / self._sum_of_sizes(now.g)) * o["lr"] if memory["iterations"] == 1 else o["lr"]
            before = Point(0.0, now.f, now.g, self._dot(now.g, d))
            memory |= {"direction": d, "gradient": now.g, "t": t}
            if before.slope > -o["tolerance_change"]:
                break
            made = 0
            if self.line_search_fn is not None:
                now, made = self._search(closure, before, d, t, o["tolerance_change"], o["max_eval"] - evaluations)
                t = memory["t"] = now.t
                self._move(d, t)
            else:
                self._move(d, t)
                if i < o["max_iter"]:           # after the last step nobody asks for the loss
                    _, now = self._evaluate(closure)
                    made = 1
            evaluations += made
            memory["evaluations"] += made
            if (evaluations >= o["max_eval"] or self._largest(now.g) <= o["tolerance_grad"]
                    or self._largest(d) * t <= o["tolerance_change"] or abs(now.f - before.f) < o["tolerance_change"]):
                break
        return first

    # ---- the history

    def _direction(self, g, history_size):
        """-H g, by the two loops; the last step is taken into the history first."""
        k, m = self.param_groups[0].k, self._memory
        if m["iterations"] == 1:
            return k.neg(g)
        change, step = k.sub(g, m["gradient"]), k.mul(m["direction"], m["t"])
        curvature = self._dot(change, step)
        if curvature > 1e-10:
            m["changes"].append(change)
            m["steps"].append(step)
            for name in LISTS:
                m[name] = m[name][-history_size:] if history_size else []
            m["scale"] = curvature / self._dot(change, change)
        pairs = [(y, s, 1.0 / self._dot(y, s)) for y, s in zip(m["changes"], m["steps"], strict=True)]
        q, shares = k.neg(g), []
        for y, s, inverse in reversed(pairs):
            shares.append(self._dot(s, q) * inverse)
            q = k.add(q, k.mul(y, -shares[-1]))
        q = k.mul(q, m["scale"])
        for y, s, inverse in pairs:
            q = k.add(q, k.mul(s, shares.pop() - self._dot(y, q) * inverse))
        return q

    def _search(self, closure, before, d, t, tolerance, most):
        k = self.param_groups[0].k
        start = [k.copy(p.data) for p in self._params]

        def at(t):
            self._move(d, t)
            _, point = self._evaluate(closure)
            for p, a in zip(self._params, start, strict=True):
                k.copy(a, out=p.data)
            self._touch()
            return Point(t, point.f, point.g, self._dot(point.g, d))

        return strong_wolfe(at, before, t, self._largest(d), tolerance, most)

    # ---- all parameters as one vector

    def _evaluate(self, closure):
        """(the loss as the closure gives it, the point where the parameters are)."""
        with enable_grad():
            loss = closure()
        k = self.param_groups[0].k
        pieces = [k.full((p.size,), 0, self._dtype) if p.grad is None else
                  k.reshape(k.astype(p.grad.data, self._dtype), (p.size,)) for p in self._params]
        return loss, Point(0.0, float(loss), k.concatenate(pieces, 0), 0.0)

    def _move(self, d, t):
        """p += t d, each its part."""
        k, offset = self.param_groups[0].k, 0
        for p in self._params:
            part = k.reshape(k.getitem(d, slice(offset, offset + p.size)), p.shape)
            k.add(p.data, k.astype(k.mul(part, t), p.dtype), out=p.data)
            offset += p.size
        self._touch()

    def _touch(self):
        for cohort in self.param_groups[0].cohorts:
            cohort.touch()

    def _read(self, a):
        return float(self.param_groups[0].k.to_numpy(a))

    def _dot(self, a, b):
        k = self.param_groups[0].k
        return self._read(k.sum(k.mul(a, b)))

    def _largest(self, a):
        return self._read(self.param_groups[0].k.norm_of_all([a], float("inf")))

    def _sum_of_sizes(self, a):
        return self._read(self.param_groups[0].k.norm_of_all([a], 1))

    # ---- saving and loading

    def state_dict(self, model: Any = None) -> dict[str, np.ndarray]:
        """The options, the counts and the history, whose vectors hold all parameters in their order. With a model, the names
        that they have there, too, which are compared when it is loaded."""
        self.check_open()
        group, m = self.param_groups[0], self._memory
        state = {f"lbfgs.group.0.{name}": np.array(group[name]) for name in group.options}
        state |= {f"lbfgs.{name}": np.array(m[name]) for name in NUMBERS}
        state |= {f"lbfgs.{name}": np.array(group.k.to_numpy(m[name])) for name in VECTORS if name in m}
        size = sum(p.size for p in self._params)
        state |= {f"lbfgs.{name}": np.stack([group.k.to_numpy(a) for a in m[name]]) if m[name] else
                  np.zeros((0, size), self._dtype) for name in LISTS}
        if model is not None:
            state["lbfgs.order"] = self._order(model)
        return state

    def load_state_dict(self, state: dict[str, Any], model: Any = None) -> None:
        """Continue from a state_dict. ValueError for what does not fit, before anything is changed."""
        self.check_open()
        group, size = self.param_groups[0], sum(p.size for p in self._params)
        wanted = {*(f"lbfgs.group.0.{name}" for name in group.options), *(f"lbfgs.{name}" for name in (*NUMBERS, *LISTS))}
        wrong = sorted(wanted - state.keys() | state.keys() - wanted - {"lbfgs.order", *(f"lbfgs.{name}" for name in VECTORS)})
        if wrong:
            raise ValueError("[LBFGS] the state does not fit this optimiser; nothing was loaded: missing or unexpected: "
                             f"{', '.join(wrong)}")
        if (model is not None) != ("lbfgs.order" in state):
            raise ValueError("[LBFGS] a state that was saved with the model is loaded with it, and one without it is not")
        if model is not None and not np.array_equal(state["lbfgs.order"], self._order(model)):
            raise ValueError("[LBFGS] the parameters have another order or other names than when the state was saved")
        m: dict[str, Any] = {name: np.asarray(state[f"lbfgs.{name}"]).item() for name in NUMBERS}
        for name in (*VECTORS, *LISTS):
            a = state.get(f"lbfgs.{name}")
            if a is None:
                continue
            if a.shape[-1:] != (size,) or a.dtype != self._dtype:
                raise ValueError(f"[LBFGS] lbfgs.{name} is {a.dtype} {a.shape}, but there are {size} numbers of {self._dtype}")
            m[name] = group.k.copy(group.k.asarray(a)) if name in VECTORS else [
                group.k.copy(group.k.asarray(np.ascontiguousarray(row))) for row in a]
        group.update(self.checked({name: np.asarray(state[f"lbfgs.group.0.{name}"]).tolist() for name in group.options}))
        self._memory = m

    def _order(self, model):
        names = {id(p): name for name, p in model.named_parameters()}
        unnamed = [p.shape for p in self._params if id(p) not in names]
        if unnamed:
            raise ValueError(f"[LBFGS] a parameter {unnamed[0]} is not one of the model's, so there is no name for its state")
        return np.frombuffer("\n".join(names[id(p)] for p in self._params).encode(), np.uint8)

    def __getstate__(self):
        kept = {} if self._stopped else {"_memory": LBFGS.state_dict(self)}
        return super().__getstate__() | kept

    def __setstate__(self, state):
        saved = state.get("_memory")
        super().__setstate__(state)
        if saved is not None and "lbfgs.t" in saved:
            self.load_state_dict(saved)
