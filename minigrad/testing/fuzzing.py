"""`@gradfuzz`: an operation of yours, tried on drawn inputs until a promise breaks, and the smallest case that breaks it.

    from minigrad.testing import gradfuzz

    @gradfuzz(oracle=lambda x: np.log1p(np.exp(x)))
    def test_softplus(x):
        return softplus(x)

    test_softplus = gradfuzz(softplus, oracle=...)      the same, shorter

The result takes no arguments: pytest collects it, also in a class, and it can be called. Every example goes through
`minigrad.testing.checks`.
A failure is shrunk by hypothesis, and the error carries the smallest case as a test to paste (`error.as_test`).
"""

import contextlib
import importlib.util
import inspect
import sys
import types
from functools import partial
from typing import NamedTuple

import numpy as np

from minigrad.tensor import Tensor
from minigrad.testing import checks, strategies
from minigrad.testing.gradcheck.function_at import numbers_of
from minigrad.testing.memory import relaid
from minigrad.testing.reproduce import as_test
from minigrad.testing.running import Case, array_of, call, has_slopes, is_float, name_of, of_kind

hypothesis, st = strategies.hypothesis, strategies.st       # from there, where an error says how to install it

__tracebackhide__ = True        # pytest shows the error and the operation's own lines, not these

CHECKS = "forward", "gradient", "second", "dtype", "layout", "aliasing", "devices", "torch_parity"


class Profile(NamedTuple):
    """How many examples a test tries; derandomized: the same ones in every run, and none remembered."""

    examples: int
    derandomized: bool = False


PROFILES = {"dev": Profile(25), "ci": Profile(100, derandomized=True), "nightly": Profile(2000)}
_used = [PROFILES["dev"]]                   # the last is in force


@contextlib.contextmanager
def profile(name="dev", examples=None):
    """Use a profile, dev, ci or nightly, with another number of examples if one is given (which tests cannot override)."""
    if name not in PROFILES:
        raise ValueError(f"[gradfuzz] there is no profile {name!r}: choose one of {', '.join(PROFILES)}")
    _used.append(PROFILES[name] if examples is None else Forced(examples, PROFILES[name].derandomized))
    try:
        yield
    finally:
        _used.pop()


class Forced(Profile):
    """A number of examples from the command line, which goes before that of a test."""


def gradfuzz(op=None, *, inputs=None, options=None, oracle=None, torch=None, checks=None, examples=None, constant_outputs=()):
    """A test of `op`, or a decorator that makes one of a function that calls it.

    op: a function of tensors (and anything else) -> a tensor, or several.
    inputs: a hypothesis strategy of tuples of arguments, or a tuple of strategies, one for each. Arrays of floating point
    become tensors in float64; anything else is passed as it is. Not given: arrays that broadcast together, one for each
    parameter without a default, of 0 to 3 dimensions with sides of 0 to 4, distinct numbers between -3 and 3.
    options: a dict, name -> strategy, of keyword arguments.
    A method that is decorated in the body of its class gets its own `self`, which is not drawn.
    oracle: the same function on numpy arrays. torch: the same function on PyTorch tensors, used if PyTorch is installed.
    checks: names among CHECKS; all that apply if not given: `forward` with an oracle, `torch_parity` with torch. Leave
    "second" out for what is differentiable once.
    examples: how many to try, instead of the profile's number: dev 25, ci 100, nightly 2000.
    constant_outputs: the numbers of outputs of floating point that have no graph on purpose, such as running statistics; any
    other without one is an error.
    """
    settings = dict(inputs=inputs, options=options, oracle=oracle, torch=torch, checks=checks, examples=examples,
                    constant_outputs=numbers_of(constant_outputs))

    def decorate(op):
        return _make(op, sys._getframe(1), **settings)

    return decorate if op is None else _make(op, sys._getframe(1), **settings)


def _make(op, frame, *, inputs, options, oracle, torch, checks, examples, constant_outputs):
    """frame: of the code that asks for the test, a module, a function or the body of a class."""
    owner = frame.f_locals.get("__qualname__")          # which only the body of a class has
    takes_self = _is_method_of(owner, op)
    chosen, options = _chosen(checks, oracle, torch), _options(options)
    arguments = _arguments(types.MethodType(op, owner) if takes_self else op, inputs)      # without its self
    name = name_of(op)

    def test(*self):        # nothing; as a method its object; pytest sees no name here that could be a fixture
        if len(self) > 1 or takes_self and not self:
            raise TypeError(f"[gradfuzz] {test.__qualname__} takes {'self and nothing else' if owner else 'no arguments'}, "
                            f"found {len(self)}")
        cases = st.builds(partial(_case, types.MethodType(op, self[0]) if takes_self else op), arguments, options)
        used = _used[-1]
        count = used.examples if examples is None or isinstance(used, Forced) else examples

        @hypothesis.given(cases)
        def fuzz(case):
            _try(test, chosen, case)

        # All these functions have one source: this keeps their examples in the database apart, as pytest's parameters are.
        fuzz.hypothesis.inner_test._hypothesis_internal_add_digest = f"{test.__module__}.{test.__qualname__}".encode()
        randomness = dict(derandomize=True, database=None) if used.derandomized else {}
        hypothesis.settings(max_examples=count, deadline=None, report_multiple_bugs=False, phases=_PHASES,
                            verbosity=hypothesis.Verbosity.quiet, **randomness)(fuzz)()

    test.__name__ = name if name.startswith("test") else f"test_{name}"
    test.__qualname__ = f"{owner}.{test.__name__}" if owner else test.__name__
    test.__module__, test.__doc__ = frame.f_globals.get("__name__", "__main__"), op.__doc__
    test.is_gradfuzz, test.op, test.oracle, test.torch = True, op, oracle, torch
    test.constant_outputs = constant_outputs
    return test


_PHASES = tuple(phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.explain)


def _is_method_of(owner, op):
    """Whether `op` is a function of the class body `owner` with self; a method of another class has a tensor for its self."""
    if owner is None or getattr(op, "__qualname__", "").rpartition(".")[0] != owner:
        return False
    return next(iter(inspect.signature(op).parameters), None) == "self"


def _chosen(names, oracle, torch):
    """The names of the checks to run, in order."""
    missing = {name for name, needed in (("forward", oracle), ("torch_parity", torch)) if needed is None}
    if names is None:
        if importlib.util.find_spec("torch") is None:
            missing.add("torch_parity")
        return [name for name in CHECKS if name not in missing]
    names = (names,) if isinstance(names, str) else tuple(names)
    if not names:
        raise ValueError(f"[gradfuzz] no check is left to run: choose among {', '.join(CHECKS)}")
    for name in names:
        if name not in CHECKS:
            raise ValueError(f"[gradfuzz] there is no check {name!r}: choose among {', '.join(CHECKS)}")
    if "forward" in names and oracle is None:
        raise TypeError("[gradfuzz] the check 'forward' compares with an oracle: give oracle=, the same function on arrays")
    if "torch_parity" in names and torch is None:
        raise TypeError("[gradfuzz] the check 'torch_parity' compares with PyTorch: give torch=, the same function there")
    return [name for name in CHECKS if name in names]


def _arguments(op, inputs):
    """A strategy of tuples of arguments."""
    if isinstance(inputs, (tuple, list)):
        _check_strategies({f"inputs[{i}]": found for i, found in enumerate(inputs)})
        return st.tuples(*inputs)
    if inputs is not None:
        if not isinstance(inputs, st.SearchStrategy):
            raise TypeError("[gradfuzz] inputs must be a hypothesis strategy of tuples, or a tuple of strategies, found "
                            f"{type(inputs).__name__}")
        return inputs.map(lambda drawn: drawn if isinstance(drawn, tuple) else (drawn,))
    required = [p for p in inspect.signature(op).parameters.values() if p.default is p.empty
                and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if not required:
        raise TypeError(f"[gradfuzz] {name_of(op)} has no positional parameter without a default: say what it takes, inputs=")
    return strategies.broadcastable(len(required))


def _options(options):
    """A strategy of dicts of keyword arguments."""
    options = dict(options or {})
    _check_strategies({f"options[{name!r}]": found for name, found in options.items()})
    return st.fixed_dictionaries(options)


def _check_strategies(named):
    for name, found in named.items():
        if not isinstance(found, st.SearchStrategy):
            raise TypeError(f"[gradfuzz] {name} is {found!r:.60}, a {type(found).__name__}, but each must be a hypothesis "
                            "strategy: for an array write strategies.arrays(...), for one value st.just(value)")


def _case(op, args, options):
    args = [array_of(a) if isinstance(a, Tensor) else a for a in args]
    wide = [of_kind(a.dtype, np.float64) if is_float(a) else None for a in args]
    return Case(op, tuple(a if d is None or a.dtype == d else relaid(a, d) for a, d in zip(args, wide, strict=True)), options)


def _try(test, names, case):
    """Every check on one case; an error carries the case as a test."""
    name, keywords = names[0], {}
    try:
        differentiable = has_slopes(call(case, case.args)[1], test.constant_outputs)
        for name in names:
            keywords = dict(differentiable=True) if differentiable and name in ("gradient", "second") else {}
            if test.constant_outputs and name in ("gradient", "second"):
                keywords["constant_outputs"] = test.constant_outputs
            other = {"forward": test.oracle, "torch_parity": test.torch}.get(name)
            getattr(checks, name)(case, *([] if other is None else [other]), **keywords)
    except hypothesis.errors.HypothesisException:       # assume() says that this is no example
        raise
    except Exception as error:
        error.as_test = as_test(case, name, test, "".join(f", {key}={value}" for key, value in keywords.items()))
        error.add_note(f"\nThe smallest failing case, as a test to paste:\n\n{error.as_test}")
        raise
