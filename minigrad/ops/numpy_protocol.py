"""numpy's functions on tensors: np.exp(t), np.sum(t), np.concatenate([t, a]) ... are the operations here, differentiable.

Three kinds of functions:

- operations: the elementwise ones below, the others in `numpy_functions.py` and `numpy_shapes.py`. They give tensors.
- questions (QUESTIONS): np.shape, np.isnan, np.allclose, np.argsort ... What they answer has no slope, so numpy answers them
  for any tensor, in its own types.
- all others: an error for a tensor that requires grad. Of constants, numpy's array functions take the numbers and give
  arrays, as they do for whatever is like an array; a ufunc is arithmetic, which gives tensors or an error.

numpy only reads tensors: a write past the graph would make a gradient wrong that needs what was there.
"""

import numpy as np

from minigrad.graph import Variable
from minigrad.ops import compare, complex, elementwise, fft, logic, numpy_shapes  # noqa: F401  (which adds its functions)
from minigrad.ops.matmul import matmul
from minigrad.ops.numpy_functions import FUNCTIONS, adopt, name_of
from minigrad.ops.products import vecdot
from minigrad.tensor import lift

QUESTIONS = {np.isnan, np.isfinite, np.isinf, np.signbit, np.logical_and, np.logical_or, np.logical_xor, np.logical_not,
             *(getattr(np, name) for name in (
                 "shape ndim size result_type can_cast min_scalar_type common_type iscomplexobj isrealobj may_share_memory "
                 "shares_memory array_repr array_str array2string array_equal array_equiv allclose isclose isreal iscomplex "
                 "isposinf isneginf isin any all count_nonzero nonzero flatnonzero argwhere argsort argpartition lexsort "
                 "searchsorted digitize nanargmax nanargmin").split())}

NUMPYS_NAMES = {"sub": "subtract", "mul": "multiply", "div": "true_divide", "neg": "negative"}
UFUNCS = {ufunc: operation for family in (elementwise, compare, logic, complex) for name, operation in vars(family).items()
          if isinstance(ufunc := getattr(np, NUMPYS_NAMES.get(name, name), None), np.ufunc)
          and ufunc not in QUESTIONS}
UFUNCS |= {np.matmul: matmul, np.fabs: elementwise.abs, np.positive: lift, np.rint: elementwise.round}
UFUNCS |= {np.vecdot: vecdot, np.degrees: elementwise.rad2deg, np.radians: elementwise.deg2rad}
METHODS = {"reduce": "a reduction of minigrad's (mg.sum, mg.max, mg.min)", "outer": "broadcasting (a[:, None] and b)",
           "at": "mg.where or mg.concatenate"}

WRITERS = {np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal}    # they write to their first argument

HINTS = {np.copy: "x itself, which nothing writes into"}


def adopt_all(operations, linalg):
    """What has the name and the arguments of a function of numpy is that function on tensors, unless it is a question."""
    adopt({name: operation for name, operation in operations.items() if getattr(np, name, None) not in QUESTIONS}, np)
    adopt({name: getattr(linalg, name) for name in linalg.__all__}, np.linalg)
    adopt({name: getattr(fft, name) for name in fft.__all__}, np.fft)


# ---- numpy's two protocols

def array_ufunc(self, ufunc, method, *inputs, **options):
    """__array_ufunc__: elementwise functions, and operators with an array on the left."""
    name = ufunc.__name__
    if ufunc in QUESTIONS and method == "__call__":
        return ufunc(*_arrays(inputs), **_arrays(options))
    operation = UFUNCS.get(ufunc)
    if operation is None:
        raise TypeError(f"[{name}] numpy's {name} has no differentiable form here: use functions of minigrad, or, for numbers "
                        "that no gradient passes through, .detach().numpy()")
    if method != "__call__":
        raise TypeError(f"[{name}] numpy's {name}.{method} has no differentiable form here: use "
                        f"{METHODS.get(method, 'functions of minigrad')}, or, for numbers that no gradient passes through, "
                        ".detach().numpy()")
    if options:
        remedy = ("an in-place write into an array has no gradient; write a = a + tensor, or, for numbers that no gradient "
                  "passes through, a += tensor.detach().numpy()") if "out" in options else (
                      "leave them out; .astype(...) converts, mg.where(mask, a, b) chooses")
        raise TypeError(f"[{name}] numpy's options {sorted(options)} are not supported on tensors: {remedy}")
    return operation(*inputs)


def array_function(self, function, types, args, options):
    """__array_function__: all the others."""
    if not all(issubclass(t, (Variable, np.ndarray)) for t in types):
        return NotImplemented
    operation = FUNCTIONS.get(function)
    if operation is not None:
        return operation(*args, **options)
    if function in QUESTIONS:
        return function(*_arrays(args), **_arrays(options))
    name = name_of(function)
    if function in WRITERS and isinstance(args[0] if args else next(iter(options.values())), Variable):
        raise TypeError(f"[{name}] numpy cannot write into a tensor, where no gradient would notice it: choose with mg.where, "
                        "or write t[index] = value")
    if any(t.node is not None for t in _tensors((args, options))):
        hint = f", here {HINTS[function]}" if function in HINTS else ""
        raise TypeError(f"[{name}] this function has no differentiable form here, and a tensor that it got requires grad: "
                        f"compute with functions of minigrad{hint}; make it one of your own with @mg.custom_function; or, if "
                        "no gradient shall pass through it, .detach() the tensor first")
    return function(*_arrays(args, _read), **_arrays(options, _read))


def _read(t):
    return _read_only(t.numpy())


def _read_only(array):
    array = array.view()
    array.flags.writeable = False
    return array


def _tensors(tree):
    """The tensors in nested lists, tuples and dicts."""
    if isinstance(tree, Variable):
        yield tree
    elif isinstance(tree, (list, tuple, dict)):
        for branch in tree.values() if isinstance(tree, dict) else tree:
            yield from _tensors(branch)


def _arrays(tree, array=lambda t: _read_only(t.k.to_numpy(t.data))):
    """The same, with arrays in place of tensors."""
    if isinstance(tree, Variable):
        return array(tree)
    if isinstance(tree, dict):
        return {key: _arrays(branch, array) for key, branch in tree.items()}
    return type(tree)(_arrays(branch, array) for branch in tree) if type(tree) in (list, tuple) else tree
