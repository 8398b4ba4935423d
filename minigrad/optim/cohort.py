"""Parameters that step together, and their state: what one call of a step kernel updates."""

from minigrad.engine import Variable, memory_of, note_write


class Cohort:
    """Parameters of one group and one dtype that have had a gradient in exactly the same steps.

    arrays: the parameters' own; state: {name: [an array per parameter]}; step: how often they stepped, a 0-d int64
    buffer. A group starts with one cohort per dtype. When some of a cohort have a gradient and some have none, two
    take its place: Adam's bias correction counts the steps of each parameter by itself, as PyTorch's does.
    """

    __slots__ = ("params", "k", "arrays", "state", "step", "_expected", "_memory")

    def __init__(self, params, state, step):
        self.k = params[0].k
        self.state = state
        self.step = step
        self.params = params
        self.arrays = [p.data for p in params]
        self._expected = [(p, p.data, p.data.dtype, p.data.shape) for p in params]
        self._memory = [memory_of(self.k, a) for a in self.arrays]

    def gradients(self, optimizer):
        """The arrays of the gradients that there are, checked; the optimiser's name begins the messages."""
        k = self.k
        grads = []
        for p, array, dtype, shape in self._expected:
            g = p.grad
            if g is not None:
                try:
                    a = g.data
                    if a.dtype is not dtype or a.shape != shape or g.k is not k or p.data is not array:
                        self._check(optimizer, p, array, g)
                except AttributeError:                  # not a Tensor
                    self._check(optimizer, p, array, g)
                    raise
                grads.append(a)
        return grads

    def touch(self):
        """The parameters were written: a gradient that needs their old values must refuse to run."""
        for memory in self._memory:
            note_write(memory)

    def split(self):
        """(a cohort of the parameters that have a gradient now, one of the others); this one stays as it is."""
        busy = [i for i, p in enumerate(self.params) if p.grad is not None]
        idle = [i for i, p in enumerate(self.params) if p.grad is None]
        return self._part(busy), self._part(idle)

    def _part(self, places):
        state = {name: [arrays[i] for i in places] for name, arrays in self.state.items()}
        return Cohort([self.params[i] for i in places], state, self.k.copy(self.step))

    def _check(self, optimizer, p, array, g):
        op = type(optimizer).__name__
        if not isinstance(g, Variable):
            raise TypeError(f"[{op}] the gradient of a parameter {p.shape} must be a Tensor, found "
                            f"{type(g).__name__}: give mg.tensor(...)")
        if p.data is not array:
            raise RuntimeError(f"[{op}] the array of a parameter {p.shape} was replaced: write into it instead "
                               "(p.data[...] = a, load_state_dict), or make a new optimiser")
        if g.k is not self.k:
            raise ValueError(f"[{op}] the gradient of a parameter {p.shape} is on {g.device}, the parameter on "
                             f"{self.k.name}: move it with .to()")
        if g.shape != p.shape:
            raise ValueError(f"[{op}] the gradient of a parameter {p.shape} has shape {g.shape}")
        if g.dtype != p.dtype:
            raise TypeError(f"[{op}] the gradient of a parameter {p.shape} of {p.dtype} has dtype {g.dtype}: convert "
                            "it with .astype()")
