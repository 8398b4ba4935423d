"""What numpy's array functions are on tensors: with numpy's argument names and defaults, the operations of this package or
short compositions of them. `numpy_protocol.py` finds them in FUNCTIONS; `numpy_shapes.py` has those that join and reshape.

An option of numpy's that has no form here (`out=`, `where=` ...) is an error, unless it has its default value.
"""

from functools import cache, wraps
from inspect import Parameter, signature

import numpy as np

from minigrad.graph import Variable
from minigrad.ops import elementwise, reduce
from minigrad.ops.matmul import matmul
from minigrad.ops.operands import astype
from minigrad.tensor import constant, lift

FUNCTIONS = {}      # numpy's function: what it is here
ADOPTED = {}        # those of them that are an operation as it stands: numpy's function: the operation

NEUTRAL = {"out": (None,), "where": (True,), "initial": (None,), "order": ("C",), "casting": ("same_kind",),
           "device": (None, "cpu"), "copy": (None, True), "mode": ("raise",), "shape": (None,),
           "overwrite_input": (False,)}
REMEDIES = {"out": "take the result, which is a new tensor", "where": "choose with mg.where(mask, a, ...) first",
            "initial": "add it, or compare with it, yourself", "order": "tensors are in C order",
            "casting": "convert with .astype(...) first", "mode": "bring the indices into range first",
            "shape": "use mg.zeros, mg.ones or mg.full"}


def name_of(function):
    """A function's name as users write it: np.linalg.norm."""
    return f"{function.__module__}.{function.__name__}".replace("numpy", "np", 1)


def plainly(function, **options):
    """TypeError for an option that has another value than numpy's default."""
    for name, value in options.items():
        if not any(value is neutral or type(value) is str and value == neutral for neutral in NEUTRAL.get(name, (None,))):
            remedy = REMEDIES.get(name, "leave it out")
            raise TypeError(f"[{name_of(function)}] numpy's option {name}= is not supported on tensors: {remedy}")


def implements(*functions):
    """Decorator: this is what these functions of numpy are on tensors."""
    def register(operation):
        FUNCTIONS.update(dict.fromkeys(functions, operation))
        return operation

    return register


def adopt(operations, library):
    """Operations that have the name of a function of numpy's library are that function on tensors."""
    for name, operation in operations.items():
        function = getattr(library, name, None)
        if function is not None and function not in FUNCTIONS and hasattr(function, "_implementation"):
            FUNCTIONS[function] = _as_numpys(function, operation)
            ADOPTED[function] = operation


def _as_numpys(function, operation):
    """The operation, called as numpy's function is: arguments by numpy's names and in numpy's places; what the operation does
    not know must have numpy's default. What stands before *several is given by place."""
    @wraps(operation)
    def on_tensors(*args, **options):
        theirs, names = _signatures(function, operation)
        kinds = {name: p.kind for name, p in theirs.parameters.items()}
        by_place = Parameter.VAR_POSITIONAL in kinds.values()
        positional, found = [], {}
        for name, value in theirs.bind(*args, **options).arguments.items():
            if kinds[name] is Parameter.VAR_POSITIONAL:
                positional += value
            elif kinds[name] is Parameter.VAR_KEYWORD:
                found |= value
            elif by_place and kinds[name] is not Parameter.KEYWORD_ONLY:
                positional.append(value)
            else:
                found[name] = value
        plainly(function, **{name: value for name, value in found.items() if name not in names})
        return operation(*positional, **{names[name]: value for name, value in found.items() if name in names})

    return on_tensors


@cache
def _signatures(function, operation):
    """numpy's signature, and {numpy's name of an argument: ours}."""
    ours = signature(operation)
    try:
        theirs = signature(function)
    except ValueError:                          # an older numpy does not say
        theirs = ours.replace(parameters=[*ours.parameters.values(), Parameter("others", Parameter.VAR_KEYWORD)])
    return theirs, _names(theirs.parameters, ours.parameters)


def _names(theirs, ours):
    """{numpy's name of an argument: ours}: the same one; or, for one that must be given, that of ours in the same place."""
    names = {name: name for name in ours}
    for name, own in zip(theirs, ours):
        if name not in ours and own not in theirs and theirs[name].default is Parameter.empty:
            names[name] = own
    return names


# ---- sums and extremes

@implements(np.sum)
def _sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
    plainly(np.sum, out=out, initial=initial, where=where)
    return reduce.sum(a, axis, keepdims, dtype=dtype)


@implements(np.mean)
def _mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    plainly(np.mean, out=out, where=where)
    return reduce.mean(a, axis, keepdims, dtype=dtype)


@implements(np.max, np.amax)
def _max(a, axis=None, out=None, keepdims=False, initial=None, where=True):
    plainly(np.max, out=out, initial=initial, where=where)
    return reduce.max(a, axis, keepdims)


@implements(np.min, np.amin)
def _min(a, axis=None, out=None, keepdims=False, initial=None, where=True):
    plainly(np.min, out=out, initial=initial, where=where)
    return reduce.min(a, axis, keepdims)


@implements(np.argmax)
def _argmax(a, axis=None, out=None, *, keepdims=False):
    plainly(np.argmax, out=out)
    return reduce.argmax(a, axis, keepdims)


@implements(np.argmin)
def _argmin(a, axis=None, out=None, *, keepdims=False):
    plainly(np.argmin, out=out)
    return reduce.argmin(a, axis, keepdims)


# ---- choosing

@implements(np.where)
def _where(condition, *branches):
    if not branches:
        return np.where(condition.k.to_numpy(condition.data))       # where it holds: integers, numpy's answer
    if len(branches) != 2:
        raise TypeError("[np.where] expected (condition, x, y), or the condition alone")
    condition = condition if isinstance(condition, Variable) else lift(np.asarray(condition))
    if condition.dtype.kind != "b":
        condition = constant(condition.k, condition.k.not_equal(condition.data, 0))
    return elementwise.where(condition, *branches)


@implements(np.clip)
def _clip(a, a_min=None, a_max=None, out=None, *, min=None, max=None):
    plainly(np.clip, out=out)
    low, high = a_min if min is None else min, a_max if max is None else max
    return lift(a) if low is None and high is None else elementwise.clip(a, low, high)


# ---- products

FUNCTIONS[np.linalg.matmul] = matmul


# ---- converting

if hasattr(np, "astype"):               # from numpy 2.1 on
    @implements(np.astype)
    def _astype(x, dtype, /, *, copy=True, device=None):
        plainly(np.astype, device=device)
        return astype(x, dtype)
