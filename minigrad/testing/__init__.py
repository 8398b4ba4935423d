"""Are the gradients right? Checks for your own operations, and the suite that runs on minigrad's.

    gradcheck(f, *inputs)               the gradients of f against finite differences, in float64
    gradgradcheck(f, *inputs)           the gradients of those gradients
    explain_mismatch(mine, engine)      which standard mistake is in a gradient that you wrote by hand
    check_gradient(mine, net, x, y)     homework: a backprop, a layer or a formula written by hand, layer by layer

and with hypothesis (pip install 'minigrad-engine[testing]'):

    @gradfuzz(oracle=...)               a test of an operation over inputs of every shape, layout, dtype and kink
    strategies                          tensors, shapes, layouts, values at kinks ...: what it draws, for tests of your own
    checks                              what it checks, one function each
    suite.run()                         every operation of minigrad under the same checks: `minigrad gradcheck`
"""

from importlib import import_module as _import_module

from minigrad.testing.gradcheck.gradcheck import GradcheckResult, GradientError, gradcheck, gradgradcheck
from minigrad.testing.homework import Finding, GradientReport, check_gradient
from minigrad.testing.mistakes import Explanation, explain_mismatch

_LAZY = {"gradfuzz": "minigrad.testing.fuzzing", "CheckFailed": "minigrad.testing.checks", "Case": "minigrad.testing.running",
         "arrange": "minigrad.testing.memory",
         **{name: f"minigrad.testing.{name}" for name in ("strategies", "checks", "suite", "operations")},
         "parity": "minigrad.testing.kernels.parity"}

__all__ = ["Explanation", "Finding", "GradcheckResult", "GradientError", "GradientReport", "check_gradient",
           "explain_mismatch", "gradcheck", "gradgradcheck", *_LAZY]


def __getattr__(name):
    """What needs hypothesis is imported when first used."""
    if name not in _LAZY:
        raise AttributeError(f"module 'minigrad.testing' has no attribute {name!r}")
    module = _import_module(_LAZY[name])
    return getattr(module, name, module)


def __dir__():
    return sorted({*globals(), *_LAZY})
