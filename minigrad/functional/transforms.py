"""Derivatives of functions, as functions: grad, value_and_grad, vjp, jvp, jacobian, hessian, hvp.

f takes tensors (or numbers, arrays, and nested lists, tuples and dicts of them) and returns tensors. No `.grad` is written:
what comes back has the structure of what went in. They nest: `grad(grad(f))` is the second derivative. Names and
arguments are JAX's and torch.func's.

Each call opens the inputs as leaves of a graph of its own, walks only the nodes that lead to them, and then ties the
leaves to the tensors they were opened from, if those have a graph: that is what an outer derivative walks through.
Where nothing outside wants a gradient (no input and nothing that f closes over requires grad, or under no_grad), results
are constants and cost what `backward` costs.
"""

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from minigrad.functional import tree
from minigrad.functional.opened import Inputs, call, check_function, leads_elsewhere, leaves_like, opened, positions, pull_back
from minigrad.graph import Variable, constant
from minigrad.kernels.dtypes import is_complex
from minigrad.modes import is_grad_enabled
from minigrad.ops.create import zeros_like
from minigrad.ops.shape import reshape, stack

# ---- what users call


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns f's gradient: for f(*args) -> a tensor with one element, gradient(*args) has the structure
    of args[argnums] (a tuple of them, if argnums is a tuple). has_aux: f returns (y, aux), gradient (gradient, aux).

    TypeError for inputs that are not of floating point, ValueError if f's result has not one element.
    """
    both = _value_and_grad("grad", f, argnums, has_aux)

    @wraps(f)
    def gradient(*args, **options):
        y, gradients = both(*args, **options)
        return (gradients, y[1]) if has_aux else gradients

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0,
                   has_aux: bool = False) -> Callable[..., tuple[Any, Any]]:
    """As grad, for both at the cost of one: (y, gradient), or ((y, aux), gradient)."""
    return _value_and_grad("value_and_grad", f, argnums, has_aux)


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """(y, pull), or (y, pull, aux): y = f(*primals), and pull(v), for v of y's structure and shapes, is v^T J: a tuple with
    the gradient of sum(v . y) in each primal. pull may be called often.
    """
    check_function("vjp", f)
    recording = is_grad_enabled()
    inputs = Inputs("vjp", primals, range(len(primals)))
    y, aux = call("vjp", f, inputs, {}, has_aux)
    ys = tree.leaves(y)
    kept = recording and (inputs.tied or leads_elsewhere([*ys, *tree.leaves(aux)], inputs.leaves))

    def pull(v):
        """v^T J, one gradient for each primal."""
        seeds = leaves_like("vjp", "v", v, y)
        further = is_grad_enabled() and (kept or any(s.requires_grad for s in seeds))
        return inputs.fill(pull_back(ys, seeds, inputs.leaves, further, True))

    inputs.tie()
    shown = y if kept else _detached(y)
    return (shown, pull, aux if kept else _detached(aux)) if has_aux else (shown, pull)


def jvp(f: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """(y, J t), or (y, J t, aux): y = f(*primals) and the derivative of y along the tangents, which have the primals' structure
    and shapes. primals and tangents: a tuple (or list) with one entry for each argument of f; or, for a function of one
    argument, the argument itself.

    v^T J is linear in v: its own derivative in v, along t, is J t. So this needs reverse mode only, twice.
    """
    check_function("jvp", f)
    recording = is_grad_enabled()
    primals, tangents, _ = _several("jvp", primals, tangents)
    inputs = Inputs("jvp", primals, range(len(primals)))
    along = leaves_like("jvp", "tangents", tangents, primals)
    y, aux = call("jvp", f, inputs, {}, has_aux)
    ys = tree.leaves(y)
    further = recording and (inputs.tied or any(t.requires_grad for t in along)
                             or leads_elsewhere([*ys, *tree.leaves(aux)], inputs.leaves))
    seeds = [opened(zeros_like(one)) for one in ys]
    pulled = pull_back(ys, seeds, inputs.leaves, True)
    moved = pull_back(pulled, along, seeds, further)
    inputs.tie()
    derivative = tree.fill(y, iter([zeros_like(one) if m is None else m for one, m in zip(ys, moved, strict=True)]))
    y = y if further else _detached(y)
    return (y, derivative, aux if further else _detached(aux)) if has_aux else (y, derivative)


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns f's Jacobian: for each leaf y of f's result and each leaf x of args[argnums] a tensor of shape
    y.shape + x.shape, nested as the results and, inside, as the arguments. has_aux: (Jacobian, aux).

    It walks the graph once for each element of the results.
    """
    _check("jacobian", f, argnums)

    @wraps(f)
    def derivative(*args, **options):
        recording = is_grad_enabled()
        inputs = Inputs("jacobian", args, argnums)
        y, aux = call("jacobian", f, inputs, options, has_aux)
        further = recording and (inputs.tied or leads_elsewhere(tree.leaves((y, aux)), inputs.leaves))
        rows = [_jacobian_of(one, inputs.leaves, further) for one in tree.leaves(y)]
        inputs.tie()
        result = tree.fill(y, iter([inputs.fill(row) for row in rows]))
        return (result, aux if further else _detached(aux)) if has_aux else result

    return derivative


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns f's second derivatives: the Jacobian of its gradient, nested as the arguments and, inside, as
    the arguments again; each a tensor of shape x.shape + z.shape. f returns a tensor with one element.
    """
    _check("hessian", f, argnums)
    return jacobian(grad(f, argnums, has_aux), argnums, has_aux)


def hvp(f: Callable[..., Any], primals: Any, tangents: Any) -> Any:
    """The second derivatives of f times a vector, H t, without H: the gradient of (gradient . t), with the structure of
    `primals`; arguments as in jvp. f returns a tensor with one element.
    """
    check_function("hvp", f)
    recording = is_grad_enabled()
    primals, tangents, single = _several("hvp", primals, tangents)
    inputs = Inputs("hvp", primals, range(len(primals)))
    along = leaves_like("hvp", "tangents", tangents, primals)
    y, _ = call("hvp", f, inputs, {}, False)
    _check_one_element("hvp", y)
    further = recording and (inputs.tied or any(t.requires_grad for t in along) or leads_elsewhere([y], inputs.leaves))
    gradients = pull_back([y], [_one(y)], inputs.leaves, True)
    products = inputs.fill(pull_back(gradients, along, inputs.leaves, further))
    inputs.tie()
    return products[0] if single else products


# ---- how

def _check(op, f, argnums):
    check_function(op, f)
    positions(op, argnums)


def _value_and_grad(op, f, argnums, has_aux):
    _check(op, f, argnums)

    @wraps(f)
    def both(*args, **options):
        recording = is_grad_enabled()
        inputs = Inputs(op, args, argnums)
        y, aux = call(op, f, inputs, options, has_aux)
        _check_one_element(op, y)
        further = recording and (inputs.tied or leads_elsewhere([y, *tree.leaves(aux)], inputs.leaves))
        gradients = inputs.fill(pull_back([y], [_one(y)], inputs.leaves, further))
        inputs.tie()
        if not further:
            y, aux = _detached(y), _detached(aux)
        return ((y, aux) if has_aux else y), gradients

    return both


def _jacobian_of(y, leaves, further):
    """For each leaf x the derivatives of y in x, (*y.shape, *x.shape)."""
    if is_complex(y.dtype):
        raise TypeError(f"[jacobian] f must return real numbers, found {y.dtype}: a complex result has two slopes in each "
                        "direction. Use mg.view_as_real for both, or vjp or jvp")
    rows = []
    for i in range(y.size):
        seed = y.k.reshape(y.k.put(y.k.start_of_backward(y.data.dtype), i, (y.size,)), y.shape)
        rows.append(pull_back([y], [constant(y.k, seed)], leaves, further, True))
    derivatives = []
    for j, x in enumerate(leaves):
        column = [zeros_like(x) if row[j] is None else row[j] for row in rows]
        shape = (*y.shape, *x.shape)
        derivatives.append(reshape(stack(column), shape) if column else constant(x.k, x.k.full(shape, 0, x.dtype)))
    return derivatives


def _several(op, primals, tangents):
    """(primals, tangents) as tuples, and whether each was one argument by itself."""
    if not isinstance(primals, (tuple, list)):
        return (primals,), (tangents,), True
    if not isinstance(tangents, (tuple, list)) or len(tangents) != len(primals):
        raise ValueError(f"[{op}] primals holds {len(primals)} arguments, so tangents must be a tuple of {len(primals)}")
    return tuple(primals), tuple(tangents), False


def _one(y):
    return constant(y.k, y.k.full(y.shape, 1, y.dtype))


def _check_one_element(op, y):
    if not isinstance(y, Variable):
        raise TypeError(f"[{op}] f must return one tensor, found {type(y).__name__}: for several results use vjp or jacobian"
                        + (" (or has_aux=True, if the second only comes along)" if isinstance(y, tuple) else ""))
    if is_complex(y.dtype):
        raise TypeError(f"[{op}] f must return a real number, found {y.dtype}: take mg.real or mg.abs of it, or use vjp")
    if math.prod(y.shape) != 1:
        raise ValueError(f"[{op}] f must return a tensor with one element, found shape {y.shape}: reduce it with .sum() or "
                         ".mean(), or use jacobian")


def _detached(result):
    return tree.transform(lambda leaf: leaf.detach() if isinstance(leaf, Variable) else leaf, result)
