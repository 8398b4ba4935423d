"""The walk: it carries a gradient from a result back to everything that the result was made from.

One walk serves numbers (`Value`) and tensors, and every order of derivative. It keeps a list of the nodes that are ready, so
it recurses nowhere, however deep the graph is.
"""

from minigrad.graph.anomaly import check_parts, check_sums
from minigrad.graph.modes import GRAD, Mode
from minigrad.graph.node import OUT, Variable, constant, lend, pick, record
from minigrad.graph.writes import check_unwritten, recent_writes, writes


def walk(root, seed, k, wrap, deliver=None, create_graph=False, retain_graph=False, only=None):
    """Carry the gradient `seed` of `root` down the graph, each node once, and deliver it where it is wanted.

    A node's turn comes when every node that was computed from it has had its own: by then its gradient is complete.

    First order: k is the device's table, gradients are arrays, rules see the saved arrays. create_graph: k is the table
    of differentiable operations, gradients are tensors, and wrap(array, node) gives rules each saved array as a
    tensor of the graph. deliver(node, g, shared) is called where a gradient is wanted (accumulate, if None is given): shared
    says that g may be somebody else's array. The graph is freed on the way, unless retain_graph. only: the nodes to walk (see
    leading_to), or None for all; the others are neither visited nor freed. RuntimeError, before anything is delivered, for
    a graph freed earlier.
    """
    waiting, oldest = _count_children(root, only)
    recent = recent_writes(oldest) if oldest != writes.count else None
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
                if node.hooks is not None:
                    _tell_arrived(node, create_graph)
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
            if saved is None:                           # another thread walks this graph too, and has freed it up to here
                raise _freed(node)
            if node.stamp != writes.count:
                if recent is None or recent.count != writes.count:
                    recent = recent_writes(oldest)
                check_unwritten(k, node, recent)
            if node.sums is not None:
                check_sums(k, node)
            if create_graph:
                saved = _tied(node, saved, wrap)
            need = node.need if only is None else _among(parents, only)
            parts = node.rule(*((k, g, need) + saved + args))       # quicker than several stars, when compiled
            if node.where is not None:
                check_parts(k, node, g, parts)
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
    """The rule's `need`: True for the parents that the walk goes on to."""
    return tuple([p in only for p in parents])


def leading_to(root, targets):
    """(the nodes through which root depends on a target, root and targets included; whether root depends on other nodes)"""
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
    """({node: how many parts of its gradient are to come}, for every node (in `only`) that root depends on; the smallest
    stamp among those that saved arrays)"""
    waiting = {}
    stack = [root]
    oldest = writes.count
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
    """Whether `part`, one of the gradients that a rule gave, is an array that something else holds too: g itself, a saved
    array, or another part."""
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
    compute is recorded only for higher orders. Of a complex gradient they see the conjugate, as `.grad` is."""
    is_complex = g.dtype.kind == "c"
    with Mode(GRAD, 0) if create_graph else Mode(0, GRAD):
        if is_complex:
            g = k.conj(g)
        for hook in tuple(node.hooks.values()):
            if isinstance(hook, Arrived):
                continue
            replaced = hook(lend(g) if create_graph else wrap(k.read_only(g), None))
            if replaced is not None:
                g = replaced if create_graph else replaced.data
        return k.conj(g) if is_complex else g


class Arrived:
    """A hook that is called when the gradient has been added to the tensor's own."""

    __slots__ = ("hook",)

    def __init__(self, hook):
        self.hook = hook


def _tell_arrived(node, create_graph):
    tensor = node.owner()
    with Mode(GRAD, 0) if create_graph else Mode(0, GRAD):
        for hook in tuple(node.hooks.values()):
            if isinstance(hook, Arrived) and tensor is not None:
                hook.hook(tensor)


def accumulate(node, g, shared):
    """Deliver a gradient to the tensor that wants it; what it keeps is its own array. Of a complex gradient it gets the
    conjugate: rules compute without one (kernels/complex.py).

    An earlier gradient is never written to: the user may hold it, have made it, or have computed with it. Two walks may
    deliver to one leaf at once, or a signal handler's walk in the midst of this one: whoever finds that the gradient is
    no more the one it added to adds again. No lock, which a fork or a handler could find taken.
    """
    tensor = node.owner()
    if tensor is None:
        return
    k = tensor.k
    dtype, expected = g.dtype, tensor._data.dtype
    if g.shape != tensor._data.shape or dtype is not expected and dtype != expected:
        raise RuntimeError(
            f"[backward] a gradient of shape {g.shape} and dtype {dtype} arrived for a tensor of shape {tensor._data.shape} "
            f"and dtype {expected}: the rule of an operation that it went into is wrong")
    if dtype.kind == "c":
        g = (tensor.differentiable_kernels if isinstance(g, Variable) else k).conj(g)
        shared = False
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
    """The rule of a copy: its gradient is the one that comes in."""
    return (g,)
