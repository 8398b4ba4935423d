"""The one seed. `manual_seed` restarts every random stream of the engine: initial weights and dropout.

Dropout draws from Philox (`kernels/philox.py`) keyed by [seed, counter], the same on every device; initial weights from
numpy's Philox generator, stream by stream in the order in which they are made.
"""

import operator

import numpy as np

from minigrad.kernels import reference_table

_streams = None      # uint64 [seed, number of the next initial weight]
_dropout = {}        # table -> uint64 [seed, number of the next mask], a buffer of that device
_restored = {}       # device name -> the same in numpy: where its buffer starts when it is first asked for


def manual_seed(seed: int) -> None:
    """Restart every random stream of the engine from `seed`, an int 0 .. 2^64 - 1."""
    global _streams
    _streams = np.array([_checked_seed(seed), 0], np.uint64)
    _dropout.clear()
    _restored.clear()


def _checked_seed(seed):
    if isinstance(seed, bool):
        raise TypeError("[manual_seed] expected an int, found bool")
    try:
        seed = operator.index(seed)
    except TypeError:
        raise TypeError(f"[manual_seed] expected an int, found {type(seed).__name__}") from None
    if not 0 <= seed < 2**64:
        raise ValueError(f"[manual_seed] expected an int 0 .. 2^64 - 1, found {seed}")
    return seed


class Generator:
    """A stream of random numbers apart from the engine's: `Generator(7)`, `Generator().manual_seed(7)`; for `generator=`."""

    def __init__(self, seed: int = 0) -> None:
        self.manual_seed(seed)

    def manual_seed(self, seed: int) -> "Generator":
        """Start again from this seed, an int 0 .. 2^64 - 1; itself."""
        self._streams = np.array([_checked_seed(seed), 0], np.uint64)
        return self

    def initial_seed(self) -> int:
        """The seed."""
        return int(self._streams[0])

    def get_state(self) -> np.ndarray:
        """uint64 (2,): the seed and how many arrays were drawn; for set_state."""
        return self._streams.copy()

    def set_state(self, state: np.ndarray) -> "Generator":
        """Go on from where get_state was asked; itself."""
        check_state({"streams": state})
        self._streams = np.array(state, np.uint64)
        return self


def generator(given=None):
    """A numpy generator for the next random array, of the engine or of a Generator; every call starts a stream of its own,
    whichever thread it comes from."""
    if given is not None and not isinstance(given, Generator):
        raise TypeError(f"[generator] expected a mg.Generator, found {type(given).__name__}")
    streams = _streams if given is None else given._streams
    return np.random.Generator(np.random.Philox(key=reference_table().next_key(streams)))


def dropout_state(k):
    """The buffer [seed, counter] that dropout's keys are drawn from, on the device of the table k."""
    state = _dropout.get(k)
    if state is None:                   # two threads may both find it missing: the first one's counts
        start = _restored.get(k.name)
        start = np.array([_streams[0], 0], np.uint64) if start is None else start
        state = _dropout.setdefault(k, k.copy(k.asarray(start)))
    return state


def get_state():
    """A copy of all that the random streams depend on, as numpy arrays by name; set_state brings it back."""
    now = {k.name: k.to_numpy(state) for k, state in list(_dropout.items())}
    return {"streams": _streams.copy(), **{f"dropout.{name}": np.array(state) for name, state in (_restored | now).items()}}


def check_state(state):
    """ValueError that names what is wrong, unless set_state can take it."""
    for name, value in {"streams": None, **state}.items():
        if name != "streams" and not name.startswith("dropout."):
            raise ValueError(f"[set_state] expected the random streams and dropout.<device>, found {name!r} too")
        a = None if value is None else np.asarray(value)
        if a is None or a.dtype != np.uint64 or a.shape != (2,):
            found = "none" if a is None else f"{a.dtype} {a.shape}"
            raise ValueError(f"[set_state] expected {name} as uint64 (2,), a seed and a count, found {found}")


def set_state(state):
    """Continue the random streams from where get_state found them. ValueError, and nothing changed, if it is no such state."""
    global _streams
    check_state(state)
    _streams = np.array(state["streams"], np.uint64)
    _dropout.clear()
    _restored.clear()
    for name, value in state.items():
        if name.startswith("dropout."):
            _restored[name.removeprefix("dropout.")] = np.array(value, np.uint64)


manual_seed(0)
