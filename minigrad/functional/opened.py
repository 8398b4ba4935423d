"""What every transform does: open the inputs, call f, walk back to them, tie them to the tensors that they were opened from.

To *open* a tensor t is to call f with another tensor over the same array, a leaf. What f computes from it is a graph that ends
at the leaf, whether or not t was itself computed from something: the walk back from f's result goes so far and no farther. To
*tie* the leaf, once that walk is done, is to give its node t's node as a parent, as if the leaf were a copy of t. An outer
derivative, which walks back through f's graph again, then goes on into the graph of t.
"""

from minigrad import escape, graph
from minigrad.functional import tree
from minigrad.graph import Node, Variable, constant, copy_rule, record
from minigrad.kernels.dtypes import is_complex, is_differentiable, real_of
from minigrad.modes import enable_grad
from minigrad.ops.create import zeros_like
from minigrad.tensor import as_array, check_keeps_imaginary, conjugate, lift, plain


class Inputs:
    """The arguments of f, those that are differentiated opened.

    trees: these, as they were given, nested or not; outer: the tensors in them, one after the other; leaves: what each was
    opened as. args: all arguments, with the leaves in place. tied: whether some tensor of `outer` has a graph to tie to.
    """

    def __init__(self, op, args, argnums):
        self.single = hasattr(argnums, "__index__")
        chosen = positions(op, argnums)
        for n in chosen:
            if not -len(args) <= n < len(args):
                raise ValueError(f"[{op}] argument {n} does not exist: f was called with {len(args)}")
        chosen = [n % len(args) for n in chosen]
        if len(set(chosen)) < len(chosen):
            raise ValueError(f"[{op}] argnums names an argument twice: {argnums!r}")
        self.trees = [args[n] for n in chosen]
        self.outer, self.leaves, self.args = [], [], list(args)
        for n in chosen:
            outer = [differentiable(op, f"argument {n}{path}", leaf) for path, leaf in tree.paths(args[n])]
            leaves = [opened(t) for t in outer]
            self.args[n] = tree.fill(args[n], iter(leaves))
            self.outer += outer
            self.leaves += leaves
        self.tied = any(t.requires_grad for t in self.outer)

    def fill(self, values):
        """One value per leaf (None: zeros), nested as the arguments."""
        values = iter([zeros_like(x) if v is None else v for v, x in zip(values, self.leaves, strict=True)])
        filled = tuple(tree.fill(t, values) for t in self.trees)
        return filled[0] if self.single else filled

    def tie(self):
        """Each leaf's node gets the node of the tensor that it was opened from as its parent, if that has one."""
        for t, leaf in zip(self.outer, self.leaves, strict=True):
            if t.node is not None:
                leaf.node.parents, leaf.node.need = (t.node,), (True,)


def positions(op, argnums):
    """argnums, an int or several, as a list of ints."""
    try:
        return [n.__index__() for n in ((argnums,) if hasattr(argnums, "__index__") else argnums)]
    except (TypeError, AttributeError):
        hint = ("" if isinstance(argnums, str) else f": the arguments of f are for what {op} returns, mg.{op}(f)(x)")
        raise TypeError(f"[{op}] argnums must be an int or a tuple of ints, found {argnums!r:.60}{hint}") from None


def check_function(op, f):
    """TypeError unless f can be called, so is a function and not already its result."""
    if not callable(f):
        way = ("u.backward(), and then x.grad, is the gradient of a tensor u or a Value" if isinstance(f, (Variable, Node))
               else "give the function itself, such as a lambda")
        call = f"mg.{op}(f, x)" if op in ("vjp", "jvp", "hvp") else f"mg.{op}(f)(x)"
        raise TypeError(f"[{op}] the first argument must be a function, found {type(f).__name__}: {call} differentiates a "
                        f"function f; {way}")


def opened(t):
    """A leaf over t's array, for f. Its node is that of a copy without the parent that a copy has; `tie` adds it.

    Since that node has a rule, tensors take it for the result of an operation. So f is refused what is for true leaves only,
    such as .to() another device or copy.copy: their results would lie outside the graph, and the derivative would be wrong.
    """
    leaf = constant(t.k, t.data)
    node = leaf.node = Node((), (), copy_rule)
    node.wants, node.owner = True, _nobody
    return leaf


def _nobody():
    """The owner of an opened leaf's node, called like a weak reference: None. Its gradient becomes no tensor's `.grad`."""


def differentiable(op, what, leaf):
    """A leaf of an argument or of a result as a tensor of floating point; Python numbers become one."""
    if isinstance(leaf, Variable) or hasattr(leaf, "dtype") or type(leaf) in (int, float, complex):
        t = lift(leaf)
        if is_differentiable(t.dtype):
            return constant(t.k, t.k.copy(t.data)) if t.data is leaf else t         # the caller may write into an array
        found = t.dtype
        way = "convert it with .astype('float32')"
    elif isinstance(leaf, Node):
        raise TypeError(f"[{op}] {what} is a Value, and this is for tensors: a Value has its own way, y.backward() and then "
                        "x.grad, with create_graph=True for higher orders")
    else:
        found, way = type(leaf).__name__, "give numbers, arrays or tensors"
    raise TypeError(f"[{op}] {what} is {found}, and only floating point can be differentiated: {way}"
                    + (", or choose other arguments with argnums" if what[0] == "a" else ""))


def call(op, f, inputs, options, has_aux):
    """f's (result, aux), its leaves tensors of floating point."""
    with enable_grad(), escape.differentiating(op, [x.node for x in inputs.leaves]):
        y = f(*inputs.args, **options)
    aux = None
    if has_aux:
        if not isinstance(y, tuple) or len(y) != 2:
            raise TypeError(f"[{op}] with has_aux f must return (result, aux), found {type(y).__name__}")
        y, aux = y
    return tree.fill(y, iter([differentiable(op, f"f's result{path}", leaf) for path, leaf in tree.paths(y)])), aux


def leads_elsewhere(ys, leaves):
    """Whether some tensor among ys depends on a tensor that requires grad and is none of the leaves: one that f closes over."""
    nodes = [x.node for x in leaves]
    return any(graph.leading_to(y.node, nodes)[1] for y in ys if isinstance(y, Variable) and y.node is not None)


def pull_back(ys, seeds, leaves, further, again=False):
    """The gradient of sum(seed * y) over all ys and their entries, in each leaf; None where there is none.

    further: the gradient can be differentiated itself; again: the graph will be walked again. In both cases it is retained.
    """
    pairs = [(y, s) for y, s in zip(ys, seeds, strict=True) if y is not None and y.node is not None]
    if not pairs:
        return [None] * len(leaves)
    roots, starts = zip(*pairs)
    with enable_grad():
        table = roots[0].differentiable_kernels if further else roots[0].k
        root = _joined(roots, tuple(conjugate(table, s if further else s.data) for s in starts))
    targets = {x.node for x in leaves}
    leading, _ = graph.leading_to(root.node, targets)
    if root.node not in leading:
        return [None] * len(leaves)
    k, found = root.k, {}

    def deliver(node, g, shared):
        if node not in targets:             # retain_grad, in f
            return
        if is_complex(g.dtype):
            g, shared = conjugate(table, g), False
        if not further:
            found[node] = constant(k, k.copy(g) if shared or getattr(g, "base", None) is not None else g)
        else:
            found[node] = record(k, k.copy(g.data), (g,), copy_rule)

    with enable_grad():
        seed = root.detach() if further else root.data
        graph.walk(root.node, seed, table, root._wrap, deliver, further, further or again, leading)
    return [found.get(x.node) for x in leaves]


def _joined(ys, seeds):
    """One result made from all ys, where the walk can start: a 1 (0-d) whose gradient in each y is, by its rule, y's seed."""
    k = ys[0].k
    return record(k, k.start_of_backward(real_of(ys[0].data.dtype)), ys, seeds_rule, (), seeds, tuple(plain(s) for s in seeds))


def seeds_rule(k, g, need, *seeds):
    return seeds


def leaves_like(op, what, given, like):
    """The leaves of `given` as tensors with the structure, shapes, devices and dtypes of the leaves of `like`."""
    tensors = []
    for leaf, (path, other) in zip(tree.match(op, what, given, like), tree.paths(like), strict=True):
        other = lift(other)
        t = leaf if isinstance(leaf, Variable) else constant(other.k, as_array(other.k, leaf, other.dtype))
        if t.shape != other.shape:
            raise ValueError(f"[{op}] {what}{path} has shape {t.shape}, but its counterpart has {other.shape}")
        if t.k is not other.k:
            raise ValueError(f"[{op}] {what}{path} is on {t.device}, but its counterpart is on {other.device}: move "
                             "one with .to()")
        check_keeps_imaginary(op, f"{what}{path}", t.dtype, other.dtype)
        tensors.append(t if t.dtype == other.dtype else t.differentiable_kernels.astype(t, other.dtype))
    return tensors
