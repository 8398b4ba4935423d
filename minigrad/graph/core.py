"""The graph and the one walk over it. It knows no arrays: a table of kernels adds gradients, a rule makes them.

`Value` (a scalar) is a node; a `Tensor` has one. This file runs as it stands, or compiled by Cython from the same text
(`core.pxd` adds the types); `graph/__init__.py` says which. Parents are a tuple: dropping a chain of a million nodes
must not recurse in compiled code.
"""

import sys
import weakref
from bisect import bisect_left
from contextvars import ContextVar
from os.path import dirname, join

OUT = -1            # in `sources`: the saved array is the operation's own output; OUT - i is output i of several
GRAD = 1            # mode bits: operations are recorded
ANOMALY = 2         # ... and watched for NaN

writes = 0          # in-place writes so far, of every array

mode = ContextVar("minigrad_mode", default=GRAD)
entered = ContextVar("minigrad_entered", default=None)      # (Mode, the bits before it, what was entered before it) or None


class Node:
    """One recorded operation; or a leaf, which has no rule.

    parents: a node per input, None for constants; need: which inputs have one. rule, saved, args: see rules.py.
    sources: where each saved array came from, a position among the inputs or OUT. arrays: those among the args, or inside
    them: `saved` and `arrays` are all that must not be written to. stamp: how many in-place writes there had been when it
    was recorded.
    wants: the gradient that arrives here is delivered; owner: a weak reference to the tensor that it goes to.
    A node owns no tensor: an activation that no rule saved dies with the user's last reference to it, and a
    gradient that carries a graph of its own closes no cycle.
    """

    __slots__ = ("parents", "need", "rule", "saved", "sources", "args", "arrays", "stamp", "wants", "owner", "hooks", "index",
                 "outputs", "where", "sums", "__weakref__")

    def __init__(self, parents=(), need=(), rule=None, args=(), saved=(), sources=(), arrays=()):
        self.parents = parents
        self.need = need
        self.rule = rule
        self.saved = saved          # None once the graph has been freed
        self.sources = sources
        self.args = args
        self.arrays = arrays
        self.stamp = writes
        self.wants = False
        self.owner = None
        self.hooks = None
        self.index = -1             # which of its parent's several outputs this node is, or -1
        self.outputs = 0            # how many outputs, if several
        self.where = None           # the user's line, in anomaly mode
        self.sums = None            # checksums of saved and arrays, in anomaly mode

    @property
    def name(self):
        """The operation's name, for messages and pictures."""
        if self.index >= 0:
            return f"{self.parents[0].name}[{self.index}]" if self.parents else "output"
        return "leaf" if self.rule is None else self.rule.__name__.removesuffix("_rule")


class Variable:
    """What a differentiable array holds: data, its table of kernels k, its node (None for a constant), its gradient.

    Inside, `_data` and `_grad` are set as they are; what users assign goes through the checks of `Tensor`.
    """

    __slots__ = ("_data", "k", "node", "_grad", "__weakref__")

    @property
    def data(self):
        return self._data

    @data.setter
    def data(self, value):
        self._assign_data(value)

    @property
    def grad(self):
        return self._grad

    @grad.setter
    def grad(self, value):
        if value is None:
            self._grad = None
        else:
            self._assign_grad(value)


_tensor_type = Variable


def records_as(cls):
    """Class decorator: operations record results of this type."""
    global _tensor_type
    _tensor_type = cls
    return cls


def alike(a, b=None, c=None):
    """Whether these are tensors of one table and one floating point dtype (b and c may be None), the usual case."""
    if not isinstance(a, Variable):
        return False
    u = a
    k = u.k
    dtype = u._data.dtype
    if dtype.kind != "f":
        return False
    if b is not None:
        if not isinstance(b, Variable):
            return False
        u = b
        if u.k is not k or u._data.dtype is not dtype:
            return False
    if c is not None:
        if not isinstance(c, Variable):
            return False
        u = c
        if u.k is not k or u._data.dtype is not dtype:
            return False
    return True


def leaf_node(tensor):
    """The node of a tensor that wants its gradient and was made by no operation."""
    node = Node()
    node.wants = True
    node.owner = weakref.ref(tensor)
    return node


def record(k, y, inputs, rule, sources=(), args=(), arrays=()):
    """y, the result of an operation on `inputs` (tensors or constants), as a tensor that remembers how it was made.

    sources: which inputs (by position), or OUT, the rule needs; args: its non-differentiable arguments; arrays: the arrays
    among and inside the args.
    """
    t = Variable.__new__(_tensor_type)
    t._data = y
    t.k = k
    t._grad = None
    bits = mode.get()
    node = _node(inputs, rule, args, arrays) if bits & GRAD else None
    if node is not None:
        if sources:
            node.sources = sources
            node.saved = _saved(sources, inputs, (y,))
        if bits & ANOMALY:
            _watch(k, node, (y,))
    t.node = node
    return t


def record_many(k, ys, inputs, rule, sources=(), args=(), arrays=()):
    """The same for an operation with several outputs: one node, and for each output a tensor whose node picks it."""
    bits = mode.get()
    node = _node(inputs, rule, args, arrays) if bits & GRAD else None
    if node is not None:
        node.outputs = len(ys)
        node.sources = sources
        node.saved = _saved(sources, inputs, tuple(ys))
        if bits & ANOMALY:
            _watch(k, node, ys)
    outputs = []
    for i, y in enumerate(ys):
        t = Variable.__new__(_tensor_type)
        t._data = y
        t.k = k
        t._grad = None
        t.node = None if node is None else pick(node, i)
        outputs.append(t)
    return tuple(outputs)


def pick(node, i):
    """The node of output i of a node with several."""
    output = Node((node,))
    output.index = i
    return output


def _node(inputs, rule, args, arrays):
    """A node over the inputs' nodes, or None if none wants a gradient. One and two inputs, the usual, need no lists."""
    n = len(inputs)
    if n == 1:
        p = _node_of(inputs[0])
        return None if p is None else _made((p,), (True,), rule, args, arrays)
    if n == 2:
        p = _node_of(inputs[0])
        q = _node_of(inputs[1])
        if p is None and q is None:
            return None
        return _made((p, q), (p is not None, q is not None), rule, args, arrays)
    parents = tuple([_node_of(x) for x in inputs])
    need = tuple([p is not None for p in parents])
    return _made(parents, need, rule, args, arrays) if True in need else None


def _made(parents, need, rule, args, arrays):
    """Node(parents, need, rule, args, arrays=arrays), without the cost of a call with keywords."""
    node = Node.__new__(Node)
    node.parents = parents
    node.need = need
    node.rule = rule
    node.saved = node.sources = ()
    node.args = args
    node.arrays = arrays
    node.stamp = writes
    node.wants = False
    node.owner = node.hooks = node.where = node.sums = None
    node.index = -1
    node.outputs = 0
    return node


def _node_of(x):
    if isinstance(x, Variable):
        v = x
        return v.node
    return None


def _saved(sources, inputs, outputs):
    """What a rule will be given: the data of inputs, by position, and of outputs, by OUT - i."""
    if len(sources) == 1:
        return (_source(sources[0], inputs, outputs),)
    if len(sources) == 2:
        return (_source(sources[0], inputs, outputs), _source(sources[1], inputs, outputs))
    return tuple([_source(s, inputs, outputs) for s in sources])


def _source(s, inputs, outputs):
    x = outputs[OUT - s] if s < 0 else inputs[s]
    if isinstance(x, Variable):
        v = x
        return v._data
    return x


def constant(k, array):
    """A tensor around an array of k's device, neither copied nor recorded."""
    t = Variable.__new__(_tensor_type)
    t._data = array
    t.k = k
    t.node = None
    t._grad = None
    return t


def accumulate(node, g, shared):
    """Deliver a gradient to the tensor that wants it; what it keeps is its own array.

    An earlier gradient is never written to: the user may hold it, have made it, or have computed with it. Two walks may
    deliver to one leaf at once, or a signal handler's walk in the midst of this one: whoever finds that the gradient is
    no more the one it added to adds again. No lock, which a fork or a handler could find taken.
    """
    tensor = node.owner()
    if tensor is None:
        return
    k = tensor.k
    if g.shape != tensor._data.shape or g.dtype != tensor._data.dtype:
        raise RuntimeError(
            f"[backward] a gradient of shape {g.shape} and dtype {g.dtype} arrived for a tensor of shape {tensor._data.shape} "
            f"and dtype {tensor._data.dtype}: the rule of an operation that it went into is wrong")
    while True:
        grad = tensor._grad
        if isinstance(g, Variable):                                             # create_graph
            total = record(k, k.copy(g.data), (g,), copy_rule) if grad is None else grad + g
        elif grad is None:
            if shared or getattr(g, "base", None) is not None:      # somebody else's array, or a view of one
                g = k.copy(g)
                shared = False
            total = constant(k, g)
        else:
            total = constant(k, k.add(grad.data, g))
        # No call stands between this look and the write, and the interpreter turns to other threads and to signals at
        # calls and at the ends of loops only.
        if tensor._grad is grad:
            tensor._grad = total
            return


def copy_rule(k, g, need):
    return (g,)


def walk(root, seed, k, wrap, deliver=None, create_graph=False, retain_graph=False, only=None):
    """Carry the gradient `seed` of `root` down the graph, each node once, and deliver it where it is wanted.

    First order: k is the device's table, gradients are arrays, rules see the saved arrays. create_graph: k is the table
    of differentiable operations, gradients are tensors, and wrap(array, node) gives rules each saved array as a
    tensor of the graph. deliver(node, g, shared), or accumulate: shared says that g may be somebody else's array. Frees
    the graph as it goes unless retain_graph. only: the nodes to walk (see leading_to), or None for all; the others are
    neither visited nor freed. RuntimeError, before anything is delivered, for a graph freed earlier.
    """
    waiting, oldest = _count_children(root, only)
    recent = _recent_writes(oldest) if oldest != writes else None
    gradient = {root: seed}
    made = set()                    # nodes whose gradient is an array that this walk made: it may add in place
    shared = {root}                 # nodes whose gradient may be somebody else's array
    ready = [root]
    while ready:
        node = ready.pop()
        g = gradient.pop(node, None)
        if g is not None and node.hooks is not None:
            g = _run_hooks(k, node, g, wrap, create_graph)
            shared.add(node)
        if g is not None and node.wants:
            lent = node in shared or node.rule is not None or node.index >= 0
            if deliver is None:
                accumulate(node, g, lent)
            else:
                deliver(node, g, lent)
        if node.index >= 0:
            _hand_to_picked(node, g, gradient, waiting, ready, k)
            if not retain_graph:
                node.saved = None
            continue
        if node.rule is None:
            continue
        parents = node.parents
        if g is None:                                   # no gradient came: none goes on
            parts = (None,) * len(parents)
        else:
            saved, args, arrays = node.saved, node.args, node.arrays
            if saved is None:                           # another thread walks this graph, too, and is ahead
                raise _freed(node)
            if node.stamp != writes:
                if recent is None or recent.count != writes:
                    recent = _recent_writes(oldest)
                _check_unwritten(k, node, recent)
            if node.sums is not None:
                _check_sums(k, node)
            if create_graph:
                saved = _tied(node, saved, wrap)
            need = node.need if only is None else _among(parents, only)
            parts = node.rule(*((k, g, need) + saved + args))       # quicker than several stars, when compiled
            if node.where is not None:
                _check_parts(k, node, parts)
        for i, p in enumerate(parents):
            if p is None or (only is not None and p not in only):
                continue
            part = parts[i]
            if part is not None:
                old = gradient.get(p)
                if old is None:
                    gradient[p] = part
                    if p.wants and _is_shared(part, g, parts, saved, arrays):
                        shared.add(p)
                elif create_graph or p not in made:
                    gradient[p] = k.add(old, part)
                    made.add(p)
                    shared.discard(p)
                else:
                    gradient[p] = k.add(old, part, out=old)
            left = waiting[p] - 1
            waiting[p] = left
            if not left:
                ready.append(p)
        if not retain_graph:
            node.parents = ()
            node.saved = None
            node.args = node.arrays = ()


def _among(parents, only):
    return tuple([p in only for p in parents])


def leading_to(root, targets):
    """(the nodes from root down that lead to a target, the targets among them; whether root depends on other leaves)"""
    children = {root: []}
    stack = [root]
    while stack:
        node = stack.pop()
        for p in node.parents:
            if p is None:
                continue
            if p in children:
                children[p].append(node)
            else:
                children[p] = [node]
                stack.append(p)
    leading = set()
    stack = [node for node in targets if node in children]
    while stack:
        node = stack.pop()
        if node not in leading:
            leading.add(node)
            stack.extend(children[node])
    return leading, len(leading) < len(children)


def _count_children(root, only):
    """({node: how many children must speak before it is ready}, for every node (in `only`) that root depends on; the
    smallest stamp among those that saved arrays)"""
    waiting = {}
    stack = [root]
    oldest = writes
    while stack:
        node = stack.pop()
        if node.saved is None:
            raise _freed(node)
        if node.stamp < oldest and (node.saved or node.arrays):
            oldest = node.stamp
        for p in node.parents:
            if p is not None and (only is None or p in only):
                n = waiting.get(p)
                if n is None:
                    stack.append(p)
                    waiting[p] = 1
                else:
                    waiting[p] = n + 1
    return waiting, oldest


def _freed(node):
    return RuntimeError(f"[backward] this graph was walked before and freed as it went (here: {node.name}). Call the first "
                        "backward with retain_graph=True, or compute the result again")


def _hand_to_picked(node, g, gradient, waiting, ready, k):
    """The gradient of one of several outputs goes to its place in the list that the rule will get."""
    parent = node.parents[0]
    slots = gradient.get(parent)
    if slots is None:
        slots = gradient[parent] = [None] * parent.outputs
    if g is not None:
        old = slots[node.index]
        slots[node.index] = g if old is None else k.add(old, g)
    waiting[parent] -= 1
    if not waiting[parent]:
        if all(s is None for s in slots):
            gradient[parent] = None
        ready.append(parent)


def _is_shared(part, g, parts, saved, arrays):
    """Whether a part may be an array that something else holds: g itself, a saved array, or another part."""
    if part is g:
        return True
    for a in saved:
        if part is a:
            return True
    for a in arrays:
        if part is a:
            return True
    times = 0
    for other in parts:
        if part is other:
            times += 1
    return times > 1


def _tied(node, saved, wrap):
    """The saved arrays as tensors of the graph, each tied to the node that it came from."""
    tied = []
    for a, s in zip(saved, node.sources):
        if s >= 0:
            source = node.parents[s]
        elif node.outputs:
            source = pick(node, OUT - s)
        else:
            source = node
        tied.append(a if source is None else wrap(a, source))
    return tuple(tied)


def _run_hooks(k, node, g, wrap, create_graph):
    """The user's functions see the gradient as a tensor that cannot be written to: others may hold its array. What they
    compute is recorded only for higher orders."""
    with Mode(GRAD, 0) if create_graph else Mode(0, GRAD):
        for hook in tuple(node.hooks.values()):
            replaced = hook(lend(g) if create_graph else wrap(k.read_only(g), None))
            if replaced is not None:
                g = replaced if create_graph else replaced.data
    return g


def lend(t):
    """A tensor of the graph as users may have it: the same, but its array cannot be written to."""
    lent = constant(t.k, t.k.read_only(t.data))
    lent.node = t.node
    return lent


# ---- writes in place

_written = {}       # memory (Kernels.memory) -> [the count at its last write, its first byte, the one after its last, owner]
_most = 1024        # entries that _written may have before those of memory that is gone are looked for


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
    entry = _written.get(span)
    if entry is None:
        held = _reference(owner)
        if len(_written) > _most or isinstance(held, _Held):
            _forget()
        entry = _written.setdefault(span, [0, span[0], span[1], held])
    elif entry[3]() is not owner:           # the one before is gone, and its memory is another's now
        entry[3] = _reference(owner)
    return entry


def _reference(owner):
    try:
        return weakref.ref(owner)
    except TypeError:                       # a bytearray, say: no weak references to those
        return _Held(owner)


class _Held:
    """Like a weak reference: None once nobody else holds the thing."""

    __slots__ = ("thing",)

    def __init__(self, thing):
        self.thing = thing

    def __call__(self):
        if self.thing is not None and sys.getrefcount(self.thing) <= 2:         # this attribute, and the argument
            self.thing = None
        return self.thing


def note_writes(memories):
    """Arrays (memory_of) were written in place: a gradient that needs the old data must refuse to run."""
    global writes
    writes += 1
    count = writes
    for entry in memories:
        entry[0] = count


def _forget():
    """Drop the entries of memory that is gone: no node can hold it."""
    global _most
    for span, entry in list(_written.items()):
        if entry[3]() is None and _written.get(span) is entry:
            _written.pop(span, None)
    _most = max(1024, 2 * len(_written))


class _Recent:
    """The writes after a certain one, sorted by where they began: starts, ends, counts, and how far up the first i reach."""

    __slots__ = ("count", "starts", "ends", "counts", "reach")


def _recent_writes(stamp):
    recent = _Recent()
    recent.count = writes
    found = []
    for count, start, end, _ in list(_written.values()):
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


def _check_unwritten(k, node, recent):
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
                    f"[backward] an array that {node.name} saved for its gradient was written in place since{_line(node)}: "
                    "the gradient would be wrong. Compute the result again after the write, or write into a copy")


# ---- modes

class Mode:
    """A context that sets the bits `on` and clears the bits `off` of the mode, for this thread (or task).

    One object may be entered many times over, by several threads too: what was before it is kept with the thread. It
    leaves what it found, also where contexts do not end in the order in which they began. Ctrl-C cannot cut entering or leaving
    in two: compiled it comes before or after, plain it is put right (but for the first instruction of __exit__ itself).
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


# ---- anomaly mode

def _watch(k, node, ys):
    node.where = user_line()
    node.sums = _sums(k, node)
    for y in ys:
        if k.has_nan(y):
            raise RuntimeError(f"[{node.name}] the result contains NaN{_line(node)}")


def _sums(k, node):
    return tuple([k.checksum(a) for a in node.saved + node.arrays])


def _check_sums(k, node):
    """Raise RuntimeError if an array was changed by somebody who tells nobody: numpy, another library, t.data[...] = 0."""
    if _sums(k, node) != node.sums:
        raise RuntimeError(
            f"[{node.name}] an array that it needs for its gradient has changed since{_line(node)}: the gradient would be "
            "wrong. Was a numpy array that stands beside a tensor, or some t.data, written to before backward? Write into "
            "a copy")


def _check_parts(k, node, parts):
    for part in parts:
        if part is not None and k.has_nan(part):
            raise RuntimeError(f"[{node.name}] its gradient contains NaN; the forward operation stood{_line(node)}")


def _line(node):
    return f" (at {node.where})" if node.where else ""


_here = join(dirname(sys.modules["minigrad"].__file__), "")         # the package


def user_line():
    """"file:line in function" of the nearest caller outside the package, by file name: compiled frames are others."""
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_filename.startswith(_here):
        frame = frame.f_back
    if frame is None:
        return "an unknown line"
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"
