"""Writes in place: which memory was written, and when, so that no gradient is computed from data that is gone.

Every write gets the next number. Memory is named by the addresses where it lies, so it does not matter through which array,
view or tensor it is written. A node notes when it is recorded how many writes there have been (its stamp); a walk refuses
to run its rule if an array that the node saved was written later.
"""

import sys
import weakref
from bisect import bisect_left

from minigrad.graph.anomaly import at_line


class Writes:
    """count: how many writes in place there have been, of all arrays together.

    It is an object's attribute because several files read it: `from ... import` would copy a number as it was then.
    """

    __slots__ = ("count",)

    def __init__(self):
        self.count = 0


writes = Writes()

# ---- the register

written = {}        # memory (Kernels.memory) -> [the number of its last write, its first byte, the one after its last, whose]
_most = 1024        # entries that written may have before those of memory that is gone are looked for


def memory_of(k, a):
    """What note_writes needs to know of an array: the entry of its memory in the register of writes."""
    span = k.memory(a)
    if span is None:
        return [0, 0, 0, None]
    owner = a
    while True:
        base = owner.obj if isinstance(owner, memoryview) else getattr(owner, "base", None)
        if base is None:
            break
        owner = base
    entry = written.get(span)
    if entry is None:
        held = _reference(owner)
        if len(written) > _most or isinstance(held, _Held):
            _forget()
        entry = written.setdefault(span, [0, span[0], span[1], held])
    elif entry[3]() is not owner:           # the one before is gone, and its memory is another's now
        entry[3] = _reference(owner)
    return entry


def _reference(owner):
    try:
        return weakref.ref(owner)
    except TypeError:                       # a bytearray, say: no weak references to those
        return _Held(owner)


class _Held:
    """Called like a weak reference: the thing, or None once nobody else holds it."""

    __slots__ = ("thing",)

    def __init__(self, thing):
        self.thing = thing

    def __call__(self):
        if self.thing is not None and sys.getrefcount(self.thing) <= 2:         # this attribute, and the argument
            self.thing = None
        return self.thing


def note_writes(memories):
    """Arrays (memory_of) were written in place: a gradient that needs the old data must refuse to run."""
    writes.count += 1
    count = writes.count
    for entry in memories:
        entry[0] = count


def _forget():
    """Drop the entries of memory that is gone: no node can hold it."""
    global _most
    for span, entry in list(written.items()):
        if entry[3]() is None and written.get(span) is entry:
            written.pop(span, None)
    _most = max(1024, 2 * len(written))


class Recent:
    """The writes after a certain one, sorted by their first byte, so that those which meet an array are found by bisection.

    count: how many writes there were when it was made. starts, ends, counts: first byte, the one after the last, and number
    of each write. reach: reach[i] is the largest of ends[0] ... ends[i].
    """

    __slots__ = ("count", "starts", "ends", "counts", "reach")


def recent_writes(stamp):
    """The writes after the first `stamp` ones, as a Recent."""
    recent = Recent()
    recent.count = writes.count
    found = []
    for count, start, end, _ in list(written.values()):
        if count > stamp:
            found.append((start, end, count))
    found.sort()
    recent.starts = [start for start, _, _ in found]
    recent.ends = [end for _, end, _ in found]
    recent.counts = [count for _, _, count in found]
    recent.reach = []
    top = 0
    for end in recent.ends:
        top = max(top, end)
        recent.reach.append(top)
    return recent


def check_unwritten(k, node, recent):
    """Raise RuntimeError if an array that the node saved was written in place since."""
    for a in node.saved + node.arrays:
        span = k.memory(a)
        if span is None:
            continue
        start, end = span
        i = bisect_left(recent.starts, end)
        while i > 0 and recent.reach[i - 1] > start:
            i -= 1
            if recent.ends[i] > start and recent.counts[i] > node.stamp:
                raise RuntimeError(
                    f"[backward] an array that {node.name} saved for its gradient was written in place since{at_line(node)}: "
                    "the gradient would be wrong. Compute the result again after the write, or write into a copy")
