"""How a function that a user wrote (function.py) becomes an operation: forward is run, backward becomes its rule, and what
either returns is checked."""

import copy
import numbers
from types import ModuleType

from minigrad import escape, kernels
from minigrad.functional import tree
from minigrad.graph import OUT, Variable, constant, lend, record, record_many
from minigrad.kernels.dtypes import is_complex, is_differentiable
from minigrad.modes import is_grad_enabled, no_grad
from minigrad.tensor import check_keeps_imaginary, conjugate, lift, plain


class Context:
    """What forward keeps for backward. Other attributes are yours: numbers, shapes, masks.

    needs_input_grad: for each argument of forward, whether its gradient is wanted.
    saved_tensors: in backward, what was saved; inputs and outputs are then tensors of the graph.
    """

    def __init__(self, name):
        self._name = name
        self._saved = ()
        self._not_differentiable = ()
        self.needs_input_grad = ()

    def save_for_backward(self, *tensors):
        """Keep inputs and outputs of forward (tensors, arrays or None) for backward; call it once."""
        for t in tensors:
            if t is not None and not isinstance(t, Variable) and not hasattr(t, "dtype"):
                raise TypeError(f"[{self._name}] save_for_backward takes tensors and arrays, found {type(t).__name__}: keep "
                                "other things as attributes, ctx.size = ...")
        self._saved = tensors

    def mark_non_differentiable(self, *outputs):
        """These outputs of forward are constants of the graph. Those that are not of floating point are so anyway."""
        self._not_differentiable = outputs

    @property
    def saved_tensors(self):
        raise RuntimeError(f"[{self._name}] saved_tensors is for backward")


class _BackwardContext(Context):
    saved_tensors = ()


def apply(name, forward, backward, args, options, kept=()):
    """forward(ctx, *args, **options), its result recorded with backward as its gradient. kept: what backward reads otherwise
    than through ctx; a write into an array among it, or inside it, must be noticed too."""
    _check_positions(name, args, options)
    ctx = Context(name)
    inside = tuple(_constant(a) for a in args)
    ctx.needs_input_grad = tuple(isinstance(a, Variable) and a.requires_grad for a in args)
    with no_grad():
        result = forward(ctx, *inside, **options)
    ctx._several = isinstance(result, (tuple, list))
    ys = [as_output(name, y, args) for y in (result if ctx._several else (result,))]
    fixed = [any(r is t for t in ctx._not_differentiable) or not is_differentiable(y.dtype)
             for y, r in zip(ys, result if ctx._several else (result,), strict=True)]
    ctx._inputs = tuple(_facts(a) for a in args)
    ctx._outputs = tuple((y.shape, y.dtype) for y in ys)
    ctx._loose = [key for key, value in vars(ctx).items() if key[0] != "_" and _depends(value, args)]
    sources, ctx._slots = _sources(ctx, inside, ys)
    if getattr(backward, "_once", False):       # a second derivative would come from any of these, and must meet the refusal
        sources += tuple(i for i, wanted in enumerate(ctx.needs_input_grad) if wanted and i not in sources)
    rule = _rule_of(name, backward)
    k = ys[0].k
    arrays = _arrays(k, [other for _, other in ctx._slots], {key: a for key, a in vars(ctx).items() if key[0] != "_"}, kept)
    if ctx._several:
        recorded = record_many(k, [y.data for y in ys], args, rule, sources, (ctx,), arrays)
    else:
        recorded = (record(k, ys[0].data, args, rule, sources, (ctx,), arrays),)
    recorded = tuple(constant(k, t.data) if still else t for t, still in zip(recorded, fixed, strict=True))
    return recorded if ctx._several else recorded[0]


def _check_positions(name, args, options):
    """A tensor that forward gets by keyword, or inside a list, would silently have no gradient."""
    nested = [*options.values(), *[a for a in args if isinstance(a, (list, tuple, dict))]]
    if is_grad_enabled() and any(isinstance(t, Variable) and t.requires_grad for t in tree.leaves(nested)):
        raise TypeError(f"[{name}] a tensor that requires grad is given by keyword or inside a list, where no gradient "
                        "reaches it: give it as an argument of its own, by position")


def _depends(value, args):
    """Whether an attribute of ctx may have been computed from the inputs: floats in an array, 0-d too, that is no argument;
    or in a list, tuple or dict of them."""
    return any(hasattr(a, "dtype") and is_differentiable(a.dtype) and not isinstance(a, numbers.Number)
               and not any(a is given for given in args) for a in tree.leaves(value))


def _arrays(k, *kept):
    """The arrays that backward will see besides those of `sources`, at any depth: a write into one of them must be noticed."""
    return tuple(_inside(k, kept, set()))


def _inside(k, thing, seen):
    """The arrays in lists, tuples and dicts, and in the attributes of objects."""
    for leaf in tree.leaves(thing):
        if isinstance(plain(leaf), k.array):
            yield plain(leaf)
        elif hasattr(leaf, "__dict__") and not isinstance(leaf, (type, ModuleType)) and id(leaf) not in seen:
            seen.add(id(leaf))
            yield from _inside(k, vars(leaf), seen)


def _facts(a):
    return (a.shape, a.dtype) if isinstance(a, Variable) else None


def as_output(name, y, args):
    """One of forward's outputs, on the device of the inputs."""
    if isinstance(y, Variable):
        return y
    if y is None or not (hasattr(y, "dtype") or isinstance(y, (int, float, complex))):
        raise TypeError(f"[{name}] forward must return a tensor or an array, or a tuple of them; found {type(y).__name__}")
    like = next((a for a in args if isinstance(a, Variable)), None)
    k = kernels.default_table() if like is None else like.k
    return constant(k, k.asarray(y)) if hasattr(y, "dtype") else lift(y, like)


def _sources(ctx, inside, ys):
    """Where the saved things came from -> (sources for `record`, a slot for each saved thing).

    A slot is (its place among the sources, None) for an input or output, and (None, the thing itself) for anything else.
    """
    origin = {id(y.data): OUT - j for j, y in enumerate(ys)}
    origin |= {id(a.data): i for i, a in enumerate(inside) if isinstance(a, Variable)}
    sources, slots = [], []
    for t in ctx._saved:
        source = origin.get(id(t.data if isinstance(t, Variable) else t))
        if source is None:
            slots.append((None, t))
        else:
            slots.append((len(sources), None))
            sources.append(source)
    ctx._saved = ctx._not_differentiable = ()       # outputs, which would keep the graph alive
    return tuple(sources), tuple(slots)


def _rule_of(name, backward):
    """The rule that the walk calls: backward between tensors, with everything that it returns checked."""

    def rule(k, g, need, *saved_and_context):
        *saved, ctx = saved_and_context
        gs = g if isinstance(g, list) else [g]
        higher = any(isinstance(one, Variable) for one in gs)
        table = k.k if higher else k

        def tensor(a):
            """A tensor that the user is lent: others need what is in it."""
            return a if a is None else lend(a if isinstance(a, Variable) else constant(table, a))

        view = copy.copy(ctx)
        view.__class__ = _BackwardContext
        view.needs_input_grad = need
        view.saved_tensors = tuple(tensor(other) if place is None else tensor(saved[place]) for place, other in ctx._slots)
        once = getattr(backward, "_once", False)
        if higher and not once:
            _check_intermediates(name, ctx)
        gs = [constant(table, table.full(shape, 0, dtype)) if one is None else tensor(conjugate(k, one))
              for one, (shape, dtype) in zip(gs, ctx._outputs, strict=True)]
        if higher and once:
            parts = backward(_detached(view), *map(_constant, gs))
        elif higher:
            with escape.second_order(name, (*gs, *view.saved_tensors)):
                parts = backward(view, *gs)
        else:
            with no_grad():
                parts = backward(view, *gs)
        parts = _checked(name, parts, need, ctx._inputs, table)
        if higher and once:
            tied = (*gs, *[tensor(a) for a in saved])
            return [p if p is None else record(table, conjugate(table, p.data), tied, _refusing(name)) for p in parts]
        if higher:
            _check_depends(name, parts, gs)
            return [p if p is None else conjugate(k, p) for p in parts]
        lent = [one.data for one in gs]         # backward may keep any other array that it returns, and use it again
        return [p if p is None else conjugate(k, p.data) if is_complex(p.dtype) else p.data if any(p.data is a for a in lent)
                else k.copy(p.data) for p in parts]

    rule.__name__ = name
    return rule


def _check_depends(name, parts, gs):
    """A gradient is linear in g, so one that is not zero depends on g, and on its graph if it has one."""
    if all(g.node is None for g in gs):
        return
    for i, part in enumerate(parts):
        if part is not None and part.node is None and part.k.to_numpy(part.data).any():
            raise RuntimeError(f"[{name}] backward returned a gradient of argument {i} that lost the graph of g, so a second "
                               "derivative would be wrong: write it with minigrad's functions, outside no_grad, or mark it "
                               "@mg.once_differentiable")


def _constant(a):
    return constant(a.k, a.data) if isinstance(a, Variable) else a


def _detached(view):
    view = copy.copy(view)
    view.saved_tensors = tuple(map(_constant, view.saved_tensors))
    return view


def _refusing(name):
    """The rule of a gradient that has none."""

    def rule(k, g, need):
        raise RuntimeError(f"[{name}] its backward is marked once_differentiable: it has no second derivative. Write it with "
                           "minigrad's operations (or other functions of your own) and take the mark away")

    rule.__name__ = name
    return rule


def _check_intermediates(name, ctx):
    """An array that forward computed on the way would count as a constant: the second derivative would be wrong, silently."""
    saved = [f"saved an array {tuple(other.shape)}" for place, other in ctx._slots
             if place is None and other is not None and is_differentiable(other.dtype)]
    for what in saved + [f"kept an array as ctx.{key}" for key in ctx._loose]:
        raise RuntimeError(
            f"[{name}] forward {what} that is neither an input nor an output, passed to save_for_backward: how it depends on "
            "the inputs is unknown, so a second derivative would be wrong. Save the inputs and compute it again in backward, "
            "or return it as an output, or mark backward @mg.once_differentiable")


def _checked(name, parts, need, inputs, table):
    """backward's results as one tensor, or None, for each input: their number, kinds, shapes; in the inputs' dtypes."""
    parts = list(parts) if isinstance(parts, (tuple, list)) else [parts]
    while len(parts) > len(inputs) and parts[-1] is None:
        parts.pop()
    if len(parts) > len(inputs) or any(need[len(parts):]):
        raise ValueError(f"[{name}] backward must return one gradient for each of the {len(inputs)} arguments of forward "
                         f"(None for those that need none), found {len(parts)}")
    parts += [None] * (len(inputs) - len(parts))
    return [None if part is None or not wanted else _fit(name, i, part, *facts, table)
            for i, (part, wanted, facts) in enumerate(zip(parts, need, inputs, strict=True))]


def _fit(name, i, part, shape, dtype, table):
    if not isinstance(part, Variable):
        if not hasattr(part, "dtype"):
            raise TypeError(f"[{name}] the gradient of argument {i} must be a tensor, an array or None, found "
                            f"{type(part).__name__}")
        part = constant(table, table.asarray(part))
    if part.k is not table:
        raise ValueError(f"[{name}] the gradient of argument {i} is on {part.device}, but the argument is on {table.name}")
    if part.shape != shape:
        hint = ": sum it over the axes that were broadcast" if part.ndim >= len(shape) else ""
        raise ValueError(f"[{name}] the gradient of argument {i} has shape {part.shape}, but the argument has {shape}{hint}")
    check_keeps_imaginary(name, f"the gradient of argument {i}", part.dtype, dtype)
    return part if part.dtype == dtype else part.differentiable_kernels.astype(part, dtype)
