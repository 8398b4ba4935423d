"""Gradients against finite differences.

To look at every output and every entry of the inputs one by one would take very many evaluations of f. So by default the check
looks at sums of them. The outputs become one number, v . f: every entry of every output times a random number of its own, added
up. The entries of an input move together, along a random direction, a little forwards and a little backwards: how fast v . f
changes there are its two slopes. The engine's gradient of v . f, times the direction, must agree with them. Two directions are
tried, so an input costs nine evaluations of f, whatever its size.

Where f is smooth the two slopes agree but for rounding, and so must the gradient. Where f has a kink (relu at 0, a tie of
maxima) no single number is right, but the gradient must lie between the slopes. Where f jumps there is no slope at all: the
point is reported.

A direction that disagrees, or that meets a kink, is divided: only a part of its entries move, then a part of these, down to
single entries. An error is reported only of a single entry: where several kinks meet, a gradient that is right in every entry
need not be so along every direction (at 0, relu(a) - relu(b) has slope 1 along (1, -1), though its gradient by convention
is (0, 0)).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from minigrad.kernels.dtypes import is_complex
from minigrad.modes import enable_grad
from minigrad.testing.gradcheck.function_at import (
    LostOutput,
    NoOutput,
    arrays_of,
    as_reals,
    flat,
    from_reals,
    gradients_of,
    is_checked,
    names_of,
    numbers_of,
    outputs_of,
    shape_of,
    tensors_of,
)
from minigrad.testing.gradcheck.result import GradcheckResult, GradientError
from minigrad.testing.gradcheck.slopes import (
    STEPS,
    Tolerance,
    best_step,
    between,
    by_value,
    check_step,
    each_between,
    jumps,
    projection,
    sides,
    smallest_step,
    steep,
    unit_direction,
)
from minigrad.testing.mistakes import likely

DIRECTIONS = 2      # random directions for each input
EVALUATIONS = 8000  # of f, at most, to find the entries that a direction is about: enough for some 1500 kinks
SAMPLE = 32         # entries of a large input that the likely mistake is guessed from

DETACHED = "the graph is broken: is there a .detach(), .numpy() or no_grad in f?"


def gradcheck(f: Callable[..., Any], *inputs: Any, eps: float | None = None, atol: float = 1e-8, rtol: float = 1e-6,
              seed: int = 0, full: bool = False, raise_exception: bool = True,
              constant_outputs: int | Sequence[int] = ()) -> GradcheckResult:
    """Raise GradientError, naming input, index and both numbers, unless f's gradients agree with its slopes.

    f: a function of tensors -> a tensor, or several; it must give the same results each time. inputs: tensors, arrays
    or numbers; those of floating point are taken in float64 and checked, complex ones in complex128, their real and imaginary
    parts each by itself; the others are passed on as they are. eps:
    the step, by default the cube root of the machine epsilon of f's outputs; ValueError if it is lost in rounding. atol,
    rtol: how far outside the slopes the gradient may lie, absolutely and as a part of them. seed: of the random directions.
    full: the full Jacobian, each entry of each output with each entry of each input, instead of projections.
    constant_outputs: the numbers of outputs of floating point that have no graph on purpose, such as running statistics; any
    other without one is an error.
    -> a GradcheckResult, true if all is right; with raise_exception=False also if it is not.
    """
    check_step("gradcheck", eps)
    names, labels = names_of(f, len(inputs))
    check = _Check(f, inputs, labels, names, 1, "[gradcheck]", eps, (atol, rtol), seed, full,
                   constant_outputs=numbers_of(constant_outputs))
    return check.result(raise_exception)


def gradgradcheck(f: Callable[..., Any], *inputs: Any, eps: float | None = None, atol: float = 1e-8, rtol: float = 1e-6,
                  seed: int = 0, full: bool = False, raise_exception: bool = True,
                  constant_outputs: int | Sequence[int] = ()) -> GradcheckResult:
    """gradcheck of f's gradient, as a function of the inputs and of the incoming gradients. Same arguments."""
    check_step("gradgradcheck", eps)
    arrays, device = arrays_of(inputs)
    names, labels = names_of(f, len(inputs))
    constant_outputs = numbers_of(constant_outputs)
    floats = sum(map(is_checked, arrays))
    outputs, kept = {}, []
    if floats:
        try:
            with enable_grad():
                outputs = outputs_of(f(*tensors_of(arrays, device)), constant_outputs)
        except (NoOutput, LostOutput):
            pass                # the check below says so
    v = [from_reals(projection(np.random.default_rng(seed + 1), shape_of(y)), y.dtype) for y in outputs.values()]
    incoming = [f"the incoming gradient of output {j}" for j in outputs]

    def gradient(*tensors):
        xs, gs = tensors[:len(arrays)], tensors[len(arrays):]
        found = gradients_of(xs, _outputs(f(*xs), constant_outputs).values(), gs, create_graph=True)
        kept[:] = [i for i, g in enumerate(found) if g is not None and (g.requires_grad or g.numpy().any())]
        return [found[i] for i in kept]         # a gradient of zeros needs no graph, any other is linear in g

    check = _Check(gradient, [*tensors_of(arrays, device), *v], labels + incoming, names + incoming, 2,
                   "[gradgradcheck] second order:", eps, (atol, rtol), seed, full, n_inputs=len(arrays),
                   gradient_of=lambda n: labels[kept[n]])
    return check.result(raise_exception)


class _Wrong(Exception):
    """Stops a check: the first argument is the message, the others say where."""


def _outputs(y, constant_outputs, gradient_of=None):
    """outputs_of(...), or _Wrong about one that has no graph, or has one though it was named a constant. gradient_of: where f
    is itself a gradient, what its output n is the gradient of."""
    try:
        return outputs_of(y, constant_outputs)
    except LostOutput as lost:
        number, has_graph = lost.args
    if has_graph:
        raise _Wrong(f"output {number} is named in constant_outputs, but it has a graph: its gradient would go unchecked", {})
    if gradient_of is not None:
        raise _Wrong(f"the gradient of {gradient_of(number)} has no graph, so no second derivative passes: {DETACHED}",
                     {"mistake": DETACHED})
    raise _Wrong(f"output {number} has no graph, though others have: {DETACHED} If it is a constant on purpose, as running "
                 f"statistics are, name it: constant_outputs=({number},)", {"mistake": DETACHED})


class _Check:
    """One check of f at one point."""

    def __init__(self, f, inputs, labels, names, order, prefix, eps, tolerances, seed, full, n_inputs=None,
                 constant_outputs=(), gradient_of=None):
        self.f, self.labels, self.names, self.order, self.prefix = f, labels, names, order, prefix
        self.arrays, self.device = arrays_of(inputs)
        self.checked = [i for i, a in enumerate(self.arrays) if is_checked(a)]
        self.moved = [as_reals(a) if is_checked(a) else None for a in self.arrays]      # the same memory
        self.n_inputs = len(inputs) if n_inputs is None else n_inputs
        if not any(i < self.n_inputs for i in self.checked):
            raise TypeError(f"{prefix} no input is of floating point: there is no gradient to check")
        self.eps, self.tolerances, self.full = eps, tolerances, full
        self.constant_outputs, self.gradient_of = constant_outputs, gradient_of
        self.rng = np.random.default_rng(seed)
        self.evaluations, self.largest = 0, 0.0

    def result(self, raise_exception):
        where = {}
        try:
            with enable_grad():
                self.run()
        except NoOutput:
            where = {"message": f"{self.prefix} no output of f requires grad: {DETACHED} Or is f constant?"}
        except _Wrong as wrong:
            message, where = wrong.args
            where = {"message": f"{self.prefix} {message}", **where}
        checked = tuple(i for i in self.checked if i < self.n_inputs)
        result = replace(GradcheckResult(not where, self.order, checked, self.evaluations, self.largest), **where)
        if where and raise_exception:
            raise GradientError(result.message, result)
        return result

    def run(self):
        leaves = tensors_of(self.arrays, self.device)
        numbered = _outputs(self.f(*leaves), self.constant_outputs, self.gradient_of)
        self.numbers, outputs = tuple(numbered), tuple(numbered.values())
        self.evaluations = 1
        self.shapes = [shape_of(y) for y in outputs]
        self.dtypes = [y.dtype for y in outputs]
        self.y = flat(outputs)
        epsilon = max(float(np.finfo(y.dtype).eps) for y in outputs)
        self.tolerance = Tolerance(*self.tolerances, epsilon)
        self.h = best_step(epsilon) if self.eps is None else self.eps
        if self.h < smallest_step(epsilon) and self.eps is not None:
            raise ValueError(f"{self.prefix} eps={self.eps} is lost in the rounding of f's outputs: leave it out, or give "
                             f"{smallest_step(epsilon):.0e} or more")
        if not np.array_equal(self.y, self.evaluate(), equal_nan=True):
            raise _Wrong("f gives different results for the same inputs: fix its seed", {})
        self.v = projection(self.rng, self.y.shape)
        vs = np.eye(self.y.size) if self.full else self.v[None]
        for i in self.checked:
            leaves[i].register_hook(self.has_shape(i))
        rows = [gradients_of(leaves, outputs, self.split(v)) for v in vs]
        for i in self.checked:
            if self.arrays[i].size and self.y.size:
                self.check(i, [row[i] for row in rows])

    def has_shape(self, i):
        """A hook: _Wrong if the gradient that arrives at input i has another shape."""
        def hook(g):
            if g.shape != self.arrays[i].shape:
                raise _Wrong(f"{self.labels[i]} has shape {self.arrays[i].shape}, but its gradient {g.shape}",
                             {"input": self.number(i), "name": self.names[i]})

        return hook

    def check(self, i, gradients):
        """Input i; gradients: of v . f, or with full of each entry of f's outputs."""
        shape = self.moved[i].shape
        missing = all(g is None for g in gradients)
        found = np.stack([np.zeros(shape) if g is None else as_reals(g.numpy()) for g in gradients])
        calm = np.isfinite(self.moved[i])
        if not calm.any():
            raise _Wrong(f"{self.labels[i]}: no entry is finite, so none can be moved: there is nothing to check", {})
        if self.full or calm.size <= DIRECTIONS:
            for entry in np.flatnonzero(calm):
                verdict = self.compare(i, found, unit_direction(shape, entry))
                if not verdict.right:
                    self.fail(i, found, entry, verdict, missing)
            return
        for _ in range(DIRECTIONS):
            direction = projection(self.rng, shape) / calm.size**0.25 * calm     # f moves farther the more entries move
            verdict = self.compare(i, found, direction)
            if verdict.kink or not verdict.right:
                calm.flat[self.search(i, found, direction, missing)] = False
                if not calm.any():
                    return

    def search(self, i, found, direction, missing):
        """Divide a direction that disagrees or meets a kink, down to entries; fail at the first that is wrong. What disagrees
        is looked at first. -> the entries that were looked at by themselves: another direction tells no more of them."""
        start, looked, left = self.evaluations, [], []
        parts = self.parts(i, found, direction, by_value(self.moved[i], np.flatnonzero(direction)))
        while parts:
            entries, verdict = parts.pop()
            if len(entries) == 1:
                looked.append(int(entries[0]))
                if not verdict.right:
                    self.fail(i, found, looked[-1], verdict, missing)
            elif verdict.kink or not verdict.right:
                if self.evaluations - start >= EVALUATIONS:
                    left.append((entries, verdict))
                else:
                    parts += self.parts(i, found, direction, np.array_split(entries, min(4, len(entries))))
        if left:
            worst = max(left, key=lambda part: part[1].excess)[1]
            self.give_up(i, sum(len(entries) for entries, _ in left), worst)
        return looked

    def parts(self, i, found, direction, groups):
        """[(group, Verdict along the direction with the other entries 0)], what disagrees most at the end."""
        parts = []
        for group in groups:
            only = np.zeros(direction.size)
            only[group] = 1 if len(group) == 1 else direction.ravel()[group]
            parts.append((group, self.compare(i, found, only.reshape(direction.shape))))
        return sorted(parts, key=lambda part: part[1].excess)

    def give_up(self, i, entries, verdict):
        """Raise _Wrong: so many entries of input i are left, and a wrong one may be among them."""
        where = {"input": self.number(i), "name": self.names[i], "complete": False}
        raise _Wrong(f"{self.labels[i]}: so many kinks meet here that {entries} of {self.moved[i].size} entries could not be "
                     f"looked at in {EVALUATIONS} evaluations of f. Along a random direction of them the gradient is "
                     f"{verdict.found}, and finite differences give slopes from {verdict.low} to {verdict.high}: give fewer "
                     "entries, or full=True, which looks at each", where)

    def compare(self, i, found, direction):
        """The gradient along a direction of input i, with finer and coarser steps where it disagrees: the best Verdict."""
        verdict = None
        for step in STEPS:
            slopes = sides(self.evaluate, self.moved[i], direction, self.y, self.h * step)
            if (~(np.abs(slopes.along) > 0) & (direction != 0) & np.isfinite(self.moved[i])).any():
                if verdict is None:
                    raise _Wrong(f"{self.labels[i]}: the step eps={self.h} is lost in its rounding: give a larger one", {})
                continue
            this = self.judge(found, slopes, self.tolerance if step >= 1 else self.tolerance._replace(most=1e-5))
            if verdict is None:
                verdict, first = this, slopes
            elif step == STEPS[1] and jumps(first, slopes):
                return verdict._replace(jump=True)
            elif this.excess < verdict.excess and not this.vaguer_than(verdict):
                verdict = this
            if verdict.right and not (slopes is first and steep(first).any()):
                break
        if verdict.right:
            self.largest = max(self.largest, verdict.excess)
        return verdict

    def judge(self, found, slopes, tolerance):
        """The gradient along the direction that was taken, against its slopes."""
        moved = slopes.along != 0
        with np.errstate(all="ignore"):
            along = found[:, moved] @ slopes.along[moved]
        if self.full:
            return each_between(along, slopes, self.y, tolerance)
        return between(along[0], slopes, self.y, self.v, tolerance)

    def fail(self, i, found, entry, verdict, missing):
        """Raise _Wrong about an entry of input i."""
        index = tuple(int(n) for n in np.unravel_index(entry, self.moved[i].shape))
        where = {"input": self.number(i), "name": self.names[i], "index": index, "gradient": verdict.found,
                 "slopes": (verdict.low, verdict.high)}
        part = ""
        if is_complex(self.arrays[i].dtype):
            *index, n = index
            where["index"], part = (index := tuple(index)), f", its {('real', 'imaginary')[n]} part"
        place = f"{self.labels[i]}, index {index}{part}"
        if verdict.output is not None:
            where["output"] = output = self.output(verdict.output)
            place += f", output {output[0]}, index {output[1]}"
        if verdict.jump:
            raise _Wrong(f"{place}: f jumps here, so it has no slope (gradient {verdict.found})", where)
        self.largest = max(self.largest, verdict.excess)
        slope = f"the slope {(verdict.low + verdict.high) / 2}"
        if verdict.kink:
            slope = f"slopes from {verdict.low} to {verdict.high}"
        undefined = np.isnan(self.y) if np.isfinite(self.y).any() else np.ones(self.y.size, bool)
        if not np.isfinite([verdict.low, verdict.high]).all() or undefined.all():
            there = "a step from here"
            if undefined.any():             # and so is the slope, whichever entry moves
                (number, at), place = self.output(n := int(undefined.argmax())), self.labels[i]
                there = f"here: output {number}, index {at} is {self.y[n]}"
                where |= {"output": (number, at), "index": None}
            raise _Wrong(f"{place}: f is not finite {there}: draw inputs from its domain, such as generic(0.5, 3)", where)
        if missing:
            where["mistake"] = DETACHED
            raise _Wrong(f"{place}: no gradient arrived (None), but finite differences give {slope}: {DETACHED}", where)
        where["mistake"] = mistake = self.likely_mistake(i, found, entry)
        raise _Wrong(f"{place}: the gradient is {verdict.found}, but finite differences give {slope}"
                     + (f". It {mistake}" if mistake else ""), where)

    def likely_mistake(self, i, found, entry):
        """The standard mistake that fits the gradient of v . f in input i, all of it or a sample with this entry."""
        size, shape = self.moved[i].size, self.moved[i].shape
        entries = np.arange(size)
        if size > SAMPLE:
            entries = np.union1d(self.rng.choice(size, SAMPLE, replace=False), entry)
        v, mine = (self.v, self.v @ found.reshape(len(found), -1)) if self.full else (self.v, found.ravel())
        slopes = np.empty(len(entries))
        for n, e in enumerate(entries):
            near = sides(self.evaluate, self.moved[i], unit_direction(shape, e), self.y, self.h)
            slopes[n] = v @ (near.left + near.right) / 2
        mine = mine[entries]
        if size <= SAMPLE:
            mine, slopes = mine.reshape(shape), slopes.reshape(shape)
        sizes = {n for a in self.arrays if isinstance(a, np.ndarray) for n in (*a.shape, a.size)}
        sizes |= {n for s in self.shapes for n in (*s, int(np.prod(s)))}
        return likely(mine, slopes, sizes, tolerance=1e-5)

    def evaluate(self):
        """f where the arrays are now, every output in one flat float64 vector."""
        self.evaluations += 1
        outputs = _outputs(self.f(*tensors_of(self.arrays, self.device)), self.constant_outputs, self.gradient_of)
        return flat(outputs.values())

    def split(self, v):
        """The flat v as an array for each output."""
        ends = np.cumsum([int(np.prod(s)) for s in self.shapes])[:-1]
        parts = zip(np.split(v, ends), self.shapes, self.dtypes, strict=True)
        return [from_reals(part.reshape(shape), dtype) for part, shape, dtype in parts]

    def output(self, n):
        """Which output entry n of the flat y is, and where there."""
        for number, shape in zip(self.numbers, self.shapes, strict=True):
            if n < (size := int(np.prod(shape))):
                return number, tuple(int(k) for k in np.unravel_index(n, shape))
            n -= size

    def number(self, i):
        return i if i < self.n_inputs else None
