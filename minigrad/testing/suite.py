"""Every operation, fuzzed: drawn inputs, put through each aspect of being right.

    forward     values are the numpy oracle's; dtype (halves too), memory order and whose memory it is, as promised
    first       gradients are the slopes, and at kinks exactly what docs/conventions.md says
    second      gradients of gradients are the slopes of gradients
    nothing     gradients are 0 where nothing comes in, also at inputs that are infinite or NaN
    integers    integers stay what numpy makes of them
    native      the native kernels give what the numpy kernels give
    torch       values, first and second derivatives are PyTorch's

A case is one drawn input put through one aspect. `minigrad gradcheck` runs all of it; `check_operation` one operation.
"""

import multiprocessing
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from operator import attrgetter
from typing import Any, NamedTuple
from zlib import crc32

import hypothesis
import numpy as np

from minigrad.graph import constant
from minigrad.kernels import table
from minigrad.kernels.dtypes import is_complex
from minigrad.testing import checks
from minigrad.testing.checks import Case, CheckFailed, device_names, on_device
from minigrad.testing.operations import Description, Kink, descriptions
from minigrad.testing.operations.inputs import NO_SLOPE
from minigrad.testing.report import ASPECTS, PROFILES, Failure, Report
from minigrad.testing.reproduce import laid_out, literal
from minigrad.testing.running import is_float, of_kind

WILD = np.nan, np.inf, -np.inf, 0.0, -0.0, -1.0, 1e-40, 3e38


def check_operation(name: str, examples: int = 25, seed: int = 0, aspects: Sequence[str] = ASPECTS) -> None:
    """Raise what the first case that fails, shrunk, raises: CheckFailed, GradientError, or the operation's own error."""
    for description in descriptions(name)[name]:
        for aspect in aspects:
            if reason_against(description, aspect) is None:
                outcome = fuzz(description, aspect, examples, seed)
                if outcome.error is not None:
                    raise outcome.error


def run(names: Iterable[str] | None = None, examples: int | None = None, profile: str = "dev", seed: int = 0,
        aspects: Sequence[str] = ASPECTS, jobs: int = 1, progress: Callable[[Report], Any] | None = None) -> Report:
    """Fuzz the operations of these names (all of them if None) -> a Report.

    examples: cases for each description of an operation and each aspect (by default the profile's: dev, ci or nightly).
    jobs: processes. progress is called with each operation's own report when it is done. The same seed draws the same
    cases, in any number of processes. Raises ValueError for a name that is no operation, and for an operation that nobody
    has described.
    """
    chosen = list(descriptions()) if names is None else [n for name in names for n in descriptions(name)]
    work = partial(_one, examples=PROFILES[profile] if examples is None else examples, seed=seed, aspects=tuple(aspects))
    report, start = Report(), time.perf_counter()
    with _pool(jobs) as pool:
        for part in pool(work, chosen):
            report.merge(part)
            if progress is not None:
                progress(part)
    report.wall_seconds = time.perf_counter() - start
    return report


class _pool:
    """`with _pool(jobs) as pool:` pool(f, xs) is map(f, xs), in that many processes."""

    def __init__(self, jobs: int) -> None:
        self.pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) if jobs > 1 else None

    def __enter__(self) -> Callable[..., Iterable[Report]]:
        return map if self.pool is None else self.pool.map

    def __exit__(self, *error: object) -> None:
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)


def _one(name: str, examples: int, seed: int, aspects: Sequence[str]) -> Report:
    """The report of one operation."""
    report = Report()
    for description in descriptions(name)[name]:
        for aspect in aspects:
            reason = reason_against(description, aspect)
            if reason is not None:
                report.leave_out(name, aspect, reason)
                continue
            start = time.perf_counter()
            outcome = fuzz(description, aspect, examples, seed)
            report.add(name, aspect, outcome.cases, time.perf_counter() - start)
            if outcome.error is not None:
                report.failures.append(_failure(description, aspect, outcome))
    return report


def reason_against(description: Description, aspect: str) -> str | None:
    """Why an aspect does not apply to a description, here; None if it does."""
    if aspect == "torch" and find_spec("torch") is None:
        return "PyTorch is not installed where this table was made"
    if aspect == "native" and len(device_names()) == 1:
        return "the native kernels are not in use where this table was made: `minigrad info` says why"
    if aspect == "nothing" and description.without.get("first", NO_SLOPE) != NO_SLOPE:
        return description.without["first"]         # it has no gradients at all
    return description.without.get(aspect)


# ---- one description, one aspect

class Outcome(NamedTuple):
    """cases: how many were run, those that shrinking tried included; error: what the shrunk case raised; case: that case."""

    cases: int
    error: Exception | None
    case: Case | Kink | None


def fuzz(description: Description, aspect: str, examples: int, seed: int = 0) -> Outcome:
    """Draw cases and check them until one fails; that one is shrunk. The same seed draws the same cases."""
    count, last = 0, None
    if aspect == "first":
        for kink in description.kinks:
            try:
                check_kink(description, kink)
            except Exception as error:      # an operation may fail in any way
                return Outcome(1, error, kink)

    @hypothesis.seed(crc32(f"{seed} {description.operation} {description.about} {aspect}".encode()))
    @hypothesis.settings(max_examples=examples, deadline=None, database=None, derandomize=False, print_blob=False,
                         report_multiple_bugs=False, suppress_health_check=list(hypothesis.HealthCheck),
                         phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink))
    @hypothesis.given(description.inputs)
    def drawn(inputs: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
        nonlocal count, last
        count, last = count + 1, Case(description.call, *inputs)
        CHECKS[aspect](description, last)

    try:
        drawn()
    except Exception as error:              # hypothesis runs the shrunk case last
        return Outcome(count, error, last)
    return Outcome(count, None, None)


def _forward(description: Description, case: Case) -> None:
    checks.forward(case, description.oracle)
    if any(map(is_float, case.args)):
        if description.keeps_dtype:
            checks.dtype(case)
            halves = not any(is_complex(a.dtype) for a in case.args if is_float(a))         # there are no complex ones
            if halves and "first" not in description.without:       # and where slopes are not too large for them
                checks.dtype(case, kind=np.float16, tolerance=4e-3)
        checks.layout(case)
        checks.aliasing(case)


def _nothing(description: Description, case: Case) -> None:
    """With some of the numbers replaced by special ones, drawn from the numbers themselves."""
    rng = np.random.default_rng(crc32(b"".join(a.tobytes() for a in case.args if is_float(a))))
    args = tuple(np.where(rng.random(a.shape) < 0.3, rng.choice(WILD, a.shape), a) if is_float(a) else a for a in case.args)
    checks.nothing(case._replace(args=args))


def _torch(description: Description, case: Case) -> None:
    import torch

    if callable(description.torch):
        function = partial(description.torch, torch)
    else:
        function = attrgetter(str(description.torch))(torch)
    order = 0 if "first" in description.without else 1 if "second" in description.without else 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")     # PyTorch's, about its own speed
        checks.torch_parity(case, function, order=order)


CHECKS: dict[str, Callable[[Description, Case], None]] = {
    "forward": _forward,
    "first": lambda description, case: checks.gradient(case, constant_outputs=description.constant_outputs),
    "second": lambda description, case: checks.second(case, constant_outputs=description.constant_outputs),
    "nothing": _nothing,
    "integers": lambda description, case: checks.integers(case, description.oracle, keeps_dtype=description.keeps_dtype),
    "native": lambda description, case: checks.devices(case),
    "torch": _torch,
}


def check_kink(description: Description, kink: Kink) -> None:
    """Raise CheckFailed unless the gradients there are exactly those promised, on every table, in float64 and float32."""
    for device in device_names():
        for dtype in (np.float64, np.float32):
            with on_device(device), np.errstate(all="ignore"):
                args = [constant(table(device), table(device).asarray(a.astype(of_kind(a.dtype, dtype)))).requires_grad_()
                        if is_float(a) else a for a in kink.args]
                outputs = description.call(*args, **kink.options)
                for y in outputs if isinstance(outputs, (tuple, list)) else (outputs,):
                    y.backward(np.ones(y.shape, y.dtype), retain_graph=True)
            found = [a.grad.numpy() for a in args if hasattr(a, "grad")]
            for i, (g, expected) in enumerate(zip(found, kink.gradients, strict=True)):
                close = np.isclose(g, expected, rtol=1e-6, atol=0, equal_nan=True)
                if not close.all():
                    raise CheckFailed(f"[kink] {Case(description.call, kink.args, kink.options)}: the gradient of input {i} "
                                      f"at {kink.args} is {g.tolist()} on {device} in {dtype.__name__}; "
                                      f"docs/conventions.md has {np.asarray(expected).tolist()}")


def check_case(name: str, about: str, aspect: str, args: tuple[Any, ...], options: dict[str, Any] | None = None) -> None:
    """Put one case through one aspect, as the tests that a report prints do. about: which description of the operation."""
    (description,) = (d for d in descriptions(name)[name] if d.about == about)
    CHECKS[aspect](description, Case(description.call, args, options or {}))


def _failure(description: Description, aspect: str, outcome: Outcome) -> Failure:
    test = ""                               # a kink: its message has the inputs; inputs that cannot be drawn: there are none
    if isinstance(outcome.case, Case):
        imports = {"import numpy as np", "from minigrad.testing import suite"}
        args = "".join(f"{(laid_out if isinstance(a, np.ndarray) else literal)(a, imports)}, " for a in outcome.case.args)
        options = literal(dict(outcome.case.options), imports)
        lines = sorted(imports, key=lambda line: (line.startswith("from"), line))
        test = "\n".join([*lines, "", "", f"def test_{description.operation.replace('.', '_')}_smallest_case():",
                          f"    args = ({args.rstrip()})", f"    options = {options}",
                          f"    suite.check_case({description.operation!r}, {description.about!r}, {aspect!r}, args, options)"])
    return Failure(description.operation, aspect, description.about, f"{type(outcome.error).__name__}: {outcome.error}", test)
