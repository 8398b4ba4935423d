"""Nodes: what the graph remembers of an operation, and how a result gets one.

`Value` (a number) is a node; a `Tensor` has one. Nothing here computes with arrays: of an array the graph reads its dtype,
its shape, and whose memory it lies in; adding gradients is the work of a table of kernels, making them that of the rules.
Parents are a tuple, so that dropping the last result of a chain of a million nodes does not recurse in compiled code.
"""

import weakref

from minigrad.graph.anomaly import watch, watch_finite
from minigrad.graph.modes import ANOMALY, FINITE, GRAD, mode
from minigrad.graph.writes import writes

# Where a saved array came from, in `sources`: 0, 1 ... is the input of that position, OUT the operation's own output. Of
# several outputs OUT is the first, OUT - 1 the second, OUT - i the one of position i: (0, OUT - 1) saves the first input
# and the second output.
OUT = -1


class Node:
    """One recorded operation; or a leaf, which has no rule.

    parents: a node per input, None for constants; need: which inputs have one (True or False each). rule: the function that
    computes the inputs' gradients. saved: arrays that it will be given, inputs or outputs; sources: where each came from,
    see OUT. args: its other arguments; arrays: the arrays among these, or inside them. What `saved` and `arrays` hold must
    not be written to before the rule has run. stamp: how many in-place writes there had been when the node was recorded.
    wants: the gradient that arrives here is delivered; owner: a weak reference to the tensor that it goes to.
    A node refers to no tensor, save weakly. So an array that no rule saved is freed when the user drops its tensor; and a
    leaf whose gradient has a graph of its own, which leads back to the leaf's node, is freed without the garbage
    collector: tensor -> gradient -> graph -> node ends there.
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
        self.stamp = writes.count
        self.wants = False
        self.owner = None
        self.hooks = None
        self.index = -1             # which of its parent's several outputs this node is, or -1
        self.outputs = 0            # how many outputs, if several
        self.where = None           # a Where, in anomaly mode
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
    """Whether these are tensors of one table and one floating point dtype: the usual case, which needs no conversion.

    b and c may be None: then only those before them count.
    """
    if not isinstance(a, Variable):
        return False
    u = a           # u is typed when compiled (compiled.pxd), so its attributes are read without a look-up by name
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

    sources: what the rule needs: inputs by their positions, or OUT; args: its non-differentiable arguments; arrays: the arrays
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
            watch(k, node, inputs, (y,), bits)
    elif bits & FINITE:
        watch_finite(k, rule, inputs + args, (y,))
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
            watch(k, node, inputs, ys, bits)
    elif bits & FINITE:
        watch_finite(k, rule, inputs + args, ys)
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
    node.stamp = writes.count
    node.wants = False
    node.owner = node.hooks = node.where = node.sums = None
    node.index = -1
    node.outputs = 0
    return node


def _node_of(x):
    """The node of a tensor; None for a constant, whether a tensor, an array or a number."""
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


def lend(t):
    """A tensor of the graph as users may have it: the same, but its array cannot be written to."""
    lent = constant(t.k, t.k.read_only(t.data))
    lent.node = t.node
    return lent
