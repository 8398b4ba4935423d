"""Parameters that step together, and their state: what one call of a step kernel updates."""

from minigrad.engine import Variable


class Cohort:
    """Parameters of one group and one dtype that have had a gradient in exactly the same steps.

    names: of the state arrays, {name: [one array per parameter]}. step: how often they have stepped, a 0-d int64 buffer.
    A group starts with one cohort per dtype. When some of a cohort have a gradient and some have none, it splits: Adam's
    bias correction counts the steps of each parameter by itself, as PyTorch's does.
    """

    __slots__ = ("params", "k", "arrays", "state", "step", "_expected")

    def __init__(self, params, state, step):
        self.params = params
        self.k = params[0].k
        self.arrays = [p.data for p in params]
        self.state = state
        self.step = step
        self._expected = [(p, p.data.dtype, p.data.shape) for p in params]

    def gradients(self, kind):
        """The arrays of the gradients that there are, checked; `kind` is the optimiser's name, for messages."""
        k = self.k
        grads = []
        for p, dtype, shape in self._expected:
            g = p.grad
            if g is not None:
                try:
                    a = g.data
                    if a.dtype is not dtype or a.shape != shape or g.k is not k:
                        self._check(kind, p, g)
                except AttributeError:
                    self._check(kind, p, g)
                    raise
                grads.append(a)
        return grads

    def touch(self):
        """The parameters were written: a gradient that needs their old values must refuse to run."""
        for p in self.params:
            cell = p.cell
            if cell is not None:
                cell[0] += 1

    def split(self):
        """Keep the parameters that have a gradient now; returns a cohort of the others."""
        idle = [i for i, p in enumerate(self.params) if p.grad is None]
        busy = [i for i, p in enumerate(self.params) if p.grad is not None]
        others = self._pick(idle, self.k.copy(self.step))
        mine = self._pick(busy, self.step)
        self.params, self.arrays, self.state, self._expected = mine.params, mine.arrays, mine.state, mine._expected
        return others

    def _pick(self, places, step):
        state = {name: [arrays[i] for i in places] for name, arrays in self.state.items()}
        return Cohort([self.params[i] for i in places], state, step)

    def _check(self, kind, p, g):
        if not isinstance(g, Variable):
            raise TypeError(f"[{kind}] the gradient of a parameter {p.shape} must be a Tensor, found {type(g).__name__}: give "
                            "mg.tensor(...)")
        if g.k is not self.k:
            raise ValueError(f"[{kind}] the gradient of a parameter {p.shape} is on {g.device}, the parameter was on {self.k.name}: "
                             "move it with .to()")
        if g.shape != p.shape:
            raise ValueError(f"[{kind}] the gradient of a parameter {p.shape} has shape {g.shape}")
        if g.dtype != p.dtype:
            raise TypeError(f"[{kind}] the gradient of a parameter {p.shape} of {p.dtype} has dtype {g.dtype}: convert it with "
                            ".astype()")
