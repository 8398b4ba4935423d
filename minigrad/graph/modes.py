"""The mode: whether operations are recorded, and what they are watched for. Each thread (and task) has its own."""

from contextvars import ContextVar

GRAD = 1            # the mode is a number; this bit of it: operations are recorded
ANOMALY = 2         # ... and watched for NaN
FINITE = 4          # results of finite inputs are to be finite, whether they are recorded or not

mode = ContextVar("minigrad_mode", default=GRAD)
entered = ContextVar("minigrad_entered", default=None)      # (Mode, the mode before it, what was entered before it) or None


class Mode:
    """A context that sets the bits `on` and clears the bits `off` of the mode, for this thread (or task).

    One object may be entered many times over, by several threads too: what was before it is kept with the thread. It
    leaves what it found, also where contexts do not end in the order in which they began. Ctrl-C leaves it neither half
    entered nor half left: it comes before or after in the compiled graph, and in the plain one what was begun is undone or
    ended (but for the first instruction of __exit__ itself).
    """

    __slots__ = ("on", "off")

    def __init__(self, on, off):
        self.on = on
        self.off = off

    def __enter__(self):
        before = mode.get()
        below = entered.get()
        try:
            entered.set((self, before, below))
            mode.set(before & ~self.off | self.on)
        except BaseException:           # Ctrl-C, in the plain graph: what is not entered will not be left
            mode.set(before)
            entered.set(below)
            raise
        return self

    def __exit__(self, kind, error, trace):
        top = None
        try:
            top = entered.get()
            _leave(self, top)
        except BaseException:           # Ctrl-C, in the plain graph: what was begun is ended
            if top is None or entered.get() is top:
                _leave(self, entered.get())
            raise


def _leave(of, entry):
    while entry is not None:
        owner, before, below = entry
        if owner is of:
            mode.set(before)
            entered.set(below)
            return
        entry = below
