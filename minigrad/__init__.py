"""minigrad: an autograd engine whose core one can read in an afternoon, and that trains real networks.

    import minigrad as mg

    x = mg.Value(3)                     # scalars of any number type: exact and symbolic gradients
    w = mg.randn((40, 784), requires_grad=True)          # tensors
    mg.nn, mg.optim, mg.data, mg.fit    # networks, optimisers, data sets, training
    mg.grad, mg.jacobian, mg.hvp ...    # derivatives of functions, as functions
    mg.Function, mg.custom_function     # operations of your own
    mg.testing                          # gradient checks and fuzzing
"""

from importlib import import_module as _import_module

from minigrad.system import startup as _startup

try:
    from numpy import complex64, complex128, float16, float32, float64, int8, int16, int32, int64, uint8
    from numpy import dtype as _dtype

    from minigrad.kernels.memory import empty_cache
    from minigrad.modes import anomaly_mode, enable_grad, is_grad_enabled, no_grad, set_grad_enabled
    from minigrad.system.names import files_of as _files_of
    from minigrad.system.names import listed as _listed
    from minigrad.system.names import missing as _missing
    from minigrad.exchange import as_tensor, asarray, from_dlpack
    from minigrad.ops import *  # noqa: F403  (operations are listed in ops.__all__)
    from minigrad.ops import linalg
    from minigrad.ops.tensor_methods import CONVERSIONS as _CONVERSIONS
    from minigrad.random import Generator, manual_seed
    from minigrad.tensor import Tensor, from_numpy, get_default_dtype, set_default_dtype, tensor
    from minigrad.kernels.threads import num_threads, set_num_threads
    from minigrad.scalar.value import Value
except (ImportError, KeyboardInterrupt) as _error:
    _startup.leave_if_command(_error)       # one line for whoever typed a command; a program gets the error
    raise

__version__ = "0.1.0"

_LAZY = {  # name: where it is; "module:name" for one thing of a module
    **{name: f"minigrad.{name}" for name in ("nn", "optim", "data", "testing", "viz", "train", "functional", "autograd",
                                                "piecewise", "utils")},
    "cuda": "minigrad.utils.devices:cuda", "accelerator": "minigrad.utils.devices:accelerator",
    "fft": "minigrad.ops.fft", "fit": "minigrad.train:fit", "summary": "minigrad.nn.summarize:summary",
    "profile": "minigrad.viz.profile:profile", "save": "minigrad.nn.states:save", "load": "minigrad.nn.states:load",
    "array_api": "minigrad.array_api",
    "watch": "minigrad.viz.health:watch", "draw": "minigrad.viz.graph:draw", "explain": "minigrad.viz.graph:explain",
    **{name: f"minigrad.functional:{name}" for name in ("grad", "value_and_grad", "vjp", "jvp", "jacobian", "hessian", "hvp")},
    **{name: f"minigrad.custom.function:{name}" for name in ("Function", "custom_function", "once_differentiable")},
}


def __getattr__(name):
    """Upper floors are imported when first used, so that `import minigrad` stays quick."""
    if name in _CONVERSIONS:        # PyTorch's names of dtypes, mg.long; never kept here, where they would hide Python's float
        return _dtype(_CONVERSIONS[name]).type
    if name not in _LAZY:
        raise AttributeError(_missing("minigrad", name))
    module, _, attribute = _LAZY[name].partition(":")
    value = _import_module(module)
    if attribute:
        value = getattr(value, attribute)
    globals()[name] = value
    return value


def _repr_html_(self):
    """The picture of a small graph, for notebooks."""
    return _import_module("minigrad.viz.graph").in_notebook(self)


def _repr_latex_(self):
    """A fraction or an expression, typeset, for notebooks."""
    return _import_module("minigrad.viz.graph").latex_in_notebook(self)


for _kind in (Value, Tensor):
    _kind._repr_html_ = _repr_html_
Value._repr_latex_ = _repr_latex_
del _kind


def __dir__():
    """What users use: the files of the engine, and what begins with an underscore, are found by their names as ever."""
    return _listed(globals(), {*_LAZY, *_CONVERSIONS, "kernels", "linalg", "random"} | {"sklearn"} & {*globals()})


_files_of("minigrad", ("random",))
