"""Parameters that step together, and their state: what one call of a step kernel updates."""

from minigrad.graph import memory_of, note_writes


class Cohort:
    """Parameters of one group and one dtype that one call of a step kernel updates, as all of them have stepped equally often:
    in every step so far either all had a gradient, or none had.

    arrays: the parameters' own; state: {name: [an array per parameter]}; counts: {name: 0-d buffer}, among them "step" (int64),
    how often they stepped, which is `step`, too. A group starts with one cohort per dtype. When some of a cohort have a
    gradient and some have none, two take its place: Adam's bias correction counts the steps of each parameter by itself, as
    PyTorch's does.
    """

    __slots__ = ("params", "k", "arrays", "state", "counts", "step", "_expected", "_memory")

    def __init__(self, params, state, counts):
        self.k = params[0].k
        self.state = state
        self.counts = counts
        self.step = counts["step"]
        self.params = params
        self.arrays = [p.data for p in params]
        self._expected = list(zip(params, self.arrays))
        self._memory = [memory_of(self.k, a) for a in self.arrays]

    def gradients(self, optimizer):
        """The arrays of the gradients that there are; the optimiser's name begins the message of an error."""
        grads = []
        for p, array in self._expected:
            g = p.grad                      # of p's shape, dtype and device: no other is ever stored
            if g is not None:
                if p.data is not array:
                    raise RuntimeError(f"[{type(optimizer).__name__}] the array of a parameter {p.shape} was replaced: write "
                                       "into it instead (p.data[...] = a, load_state_dict), or make a new optimiser")
                grads.append(g.data)
        return grads

    def touch(self):
        """The parameters were written: a gradient that needs their old values must refuse to run."""
        note_writes(self._memory)

    def split(self):
        """(a cohort of the parameters that have a gradient now, one of the others); this one stays as it is."""
        busy = [i for i, p in enumerate(self.params) if p.grad is not None]
        idle = [i for i, p in enumerate(self.params) if p.grad is None]
        return self._part(busy), self._part(idle)

    def _part(self, places):
        state = {name: [arrays[i] for i in places] for name, arrays in self.state.items()}
        return Cohort([self.params[i] for i in places], state,
                      {name: self.k.copy(a) for name, a in self.counts.items()})
