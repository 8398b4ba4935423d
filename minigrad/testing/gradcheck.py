"""Gradients against finite differences.

By default everything is projected: the engine's gradient of v . f (v: random, one number for each entry of f's outputs) is
compared along two random directions of each input with the slopes of f on either side of the point. That costs nine
evaluations of f for each input, whatever its size. Where f is smooth the two slopes agree but for rounding, and so must the
gradient. Where f has a kink (relu at 0, a tie of maxima) no single number is right, but the gradient must lie between them.
Where f jumps there is no slope at all: the point is reported.

A direction that disagrees, or that meets a kink, is halved again and again, down to the entries it is about. The entries are
the judges: where several kinks meet, a gradient that is right in every entry need not be so along every direction (at 0,
relu(a) - relu(b) has slope 1 along (1, -1), though its gradient by convention is (0, 0)).
"""

import inspect
from dataclasses import replace

import numpy as np

from minigrad.testing.function_at import NoOutput, arrays_of, flat, gradients_of, is_checked, outputs_of, tensors_of
from minigrad.testing.mistakes import likely
from minigrad.testing.result import GradcheckResult, GradientError
from minigrad.testing.slopes import STEPS, Tolerance, Verdict, best_step, between, each_between, jumps, sides, steep

DIRECTIONS = 2      # random directions for each input
EVALUATIONS = 4000  # of f, at most, to find the entries that a direction is about
SAMPLE = 32         # entries of a large input that the likely mistake is guessed from

DETACHED = "the graph is broken: is there a .detach(), .numpy() or no_grad in f?"


def gradcheck(f, *inputs, eps=None, atol=1e-8, rtol=1e-6, seed=0, full=False, raise_exception=True):
    """Raise GradientError, naming input, index and both numbers, unless f's gradients agree with its slopes.

    f: a function of tensors -> a tensor, or several; it must give the same results each time. inputs: tensors, arrays
    or numbers; those of floating point are taken in float64 and checked, the others are passed on as they are. eps:
    the step, by default the cube root of the machine epsilon of f's outputs; atol, rtol: how far outside the two slopes the
    gradient may lie, absolutely and as a part of them. seed: of the random directions. full: compare the full Jacobian, each
    entry of each output with each entry of each input, instead of projections. -> a GradcheckResult, true if all is right;
    with raise_exception=False also if it is not.
    """
    names = _parameter_names(f, len(inputs))
    labels = [f"input {i}" + (f" ({name})" if name else "") for i, name in enumerate(names)]
    check = _Check(f, inputs, labels, names, 1, "[gradcheck]", eps, (atol, rtol), seed, full)
    return check.result(raise_exception)


def gradgradcheck(f, *inputs, eps=None, atol=1e-8, rtol=1e-6, seed=0, full=False, raise_exception=True):
    """gradcheck of f's gradient, as a function of the inputs and of the incoming gradients. Same arguments."""
    arrays, device = arrays_of(inputs)
    names = _parameter_names(f, len(inputs))
    labels = [f"input {i}" + (f" ({name})" if name else "") for i, name in enumerate(names)]
    floats = sum(map(is_checked, arrays))
    v = []
    if floats:
        try:
            outputs = outputs_of(f(*tensors_of(arrays, device)))
        except NoOutput:
            outputs = ()        # the check below says so
        v = [_projection(np.random.default_rng(seed + 1), y.shape) for y in outputs]
    incoming = [f"the incoming gradient of output {j}" for j in range(len(v))]

    def gradient(*tensors):
        xs, gs = tensors[:len(arrays)], tensors[len(arrays):]
        return [g for g in gradients_of(xs, outputs_of(f(*xs)), gs, create_graph=True) if g is not None]

    check = _Check(gradient, [*tensors_of(arrays, device), *v], labels + incoming, names + incoming, 2,
                   "[gradgradcheck] second order:", eps, (atol, rtol), seed, full, n_inputs=len(arrays))
    return check.result(raise_exception)


class _Wrong(Exception):
    """Stops a check: the first argument is the message, the others say where."""


class _Check:
    """One check of f at one point."""

    def __init__(self, f, inputs, labels, names, order, prefix, eps, tolerances, seed, full, n_inputs=None):
        self.f, self.labels, self.names, self.order, self.prefix = f, labels, names, order, prefix
        self.arrays, self.device = arrays_of(inputs)
        self.checked = [i for i, a in enumerate(self.arrays) if is_checked(a)]
        self.n_inputs = len(inputs) if n_inputs is None else n_inputs
        if not any(i < self.n_inputs for i in self.checked):
            raise TypeError(f"{prefix} no input is of floating point: there is no gradient to check")
        self.eps, self.tolerances, self.full = eps, tolerances, full
        self.rng = np.random.default_rng(seed)
        self.evaluations, self.largest = 0, 0.0

    def result(self, raise_exception):
        where = {}
        try:
            self.run()
        except NoOutput:
            where = {"message": f"{self.prefix} no output of f requires grad: {DETACHED} Or is f constant?"}
        except _Wrong as wrong:
            message, where = wrong.args
            where = {"message": f"{self.prefix} {message}", **where}
        checked = tuple(i for i in self.checked if i < self.n_inputs)
        result = GradcheckResult(not where, self.order, checked, self.evaluations, self.largest)
        result = replace(result, **where)
        if where and raise_exception:
            raise GradientError(result.message, result)
        return result

    def run(self):
        leaves = tensors_of(self.arrays, self.device)
        outputs = outputs_of(self.f(*leaves))
        self.evaluations = 1
        self.shapes = [y.shape for y in outputs]
        self.y = flat(outputs)
        epsilon = max(float(np.finfo(y.dtype).eps) for y in outputs)
        self.tolerance = Tolerance(*self.tolerances, epsilon)
        self.h = best_step(epsilon) if self.eps is None else self.eps
        if not np.array_equal(self.y, self.evaluate(), equal_nan=True):
            raise _Wrong("f gives different results for the same inputs: fix its seed", {})
        self.v = _projection(self.rng, self.y.shape)
        vs = np.eye(self.y.size) if self.full else self.v[None]
        rows = [gradients_of(leaves, outputs, self.split(v)) for v in vs]
        for i in self.checked:
            if self.arrays[i].size and self.y.size:
                self.check(i, [row[i] for row in rows])

    def check(self, i, gradients):
        """Input i; gradients: of v . f, or with full of each entry of f's outputs."""
        shape = self.arrays[i].shape
        missing = all(g is None for g in gradients)
        for g in gradients:
            if g is not None and g.shape != shape:
                raise _Wrong(f"{self.labels[i]} has shape {shape}, but its gradient {g.shape}",
                             {"input": self.number(i), "name": self.names[i]})
        found = np.stack([np.zeros(shape) if g is None else g.numpy() for g in gradients])
        every = np.ones(shape)
        if self.full or every.size <= DIRECTIONS:
            for entry in range(every.size):
                verdict = self.compare(i, found, _one(shape, entry))
                if not verdict.right:
                    self.fail(i, found, entry, verdict, missing)
            return
        for _ in range(DIRECTIONS):
            direction = _projection(self.rng, shape) / every.size**0.25     # f moves farther the more entries move
            verdict = self.compare(i, found, direction)
            if verdict.kink or not verdict.right:
                self.search(i, found, direction, verdict, missing)
                return      # the entries have been looked at: another direction tells no more

    def search(self, i, found, direction, verdict, missing):
        """Halve what disagrees or meets a kink, what disagrees first, down to entries; fail at the first that is wrong."""
        shape, start, unresolved = direction.shape, self.evaluations, None
        parts = [(np.arange(direction.size), verdict)]
        while parts:
            entries, verdict = parts.pop()
            if len(entries) == 1 and not verdict.right:
                self.fail(i, found, int(entries[0]), verdict, missing)
            if verdict.right and not verdict.kink or len(entries) == 1:
                continue
            if self.evaluations - start >= EVALUATIONS:
                unresolved = unresolved or (None if verdict.right else verdict)
                continue
            halves = []
            for half in np.array_split(entries, 2):
                only = np.zeros(direction.size)
                only[half] = 1 if len(half) == 1 else direction.ravel()[half]
                halves.append((half, self.compare(i, found, only.reshape(shape))))
            parts += sorted(halves, key=lambda part: part[1].excess)
        if unresolved:
            self.fail(i, found, None, unresolved, missing)

    def compare(self, i, found, direction):
        """The gradient along a direction of input i, with finer and coarser steps where it disagrees: the best Verdict."""
        verdict = None
        for step in STEPS:
            slopes = sides(self.evaluate, self.arrays[i], direction, self.y, self.h * step)
            if slopes.unit == 0:            # an entry that is not finite does not move
                return Verdict(0.0, 0.0, 0.0, 0.0, False)
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
        """Raise _Wrong about an entry of input i, or, if it is None, about a direction."""
        shape = self.arrays[i].shape
        where = {"input": self.number(i), "name": self.names[i], "gradient": verdict.found,
                 "slopes": (verdict.low, verdict.high)}
        place = self.labels[i]
        if entry is not None:
            where["index"] = tuple(int(n) for n in np.unravel_index(entry, shape))
            place += f", index {where['index']}"
        if verdict.output is not None:
            where["output"] = output = self.output(verdict.output)
            place += f", output {output[0]}, index {output[1]}"
        if verdict.jump:
            raise _Wrong(f"{place}: f jumps here, so it has no slope (gradient {verdict.found})", where)
        self.largest = max(self.largest, verdict.excess)
        slope = f"the slope {(verdict.low + verdict.high) / 2}"
        if verdict.kink:
            slope = f"slopes from {verdict.low} to {verdict.high}"
        if entry is None:
            raise _Wrong(f"{place}: along a random direction the gradient is {verdict.found}, but finite differences give "
                         f"{slope}; many kinks meet here: full=True looks at every entry", where)
        if missing:
            where["mistake"] = DETACHED
            raise _Wrong(f"{place}: no gradient arrived (None), but finite differences give {slope}: {DETACHED}", where)
        where["mistake"] = mistake = self.likely_mistake(i, found, entry)
        raise _Wrong(f"{place}: the gradient is {verdict.found}, but finite differences give {slope}"
                     + (f". It {mistake}" if mistake else ""), where)

    def likely_mistake(self, i, found, entry):
        """The standard mistake that fits the gradient of v . f in input i, all of it or a sample with this entry."""
        size, shape = self.arrays[i].size, self.arrays[i].shape
        entries = np.arange(size)
        if size > SAMPLE:
            entries = np.union1d(self.rng.choice(size, SAMPLE, replace=False), entry)
        v, mine = (self.v, self.v @ found.reshape(len(found), -1)) if self.full else (self.v, found.ravel())
        slopes = np.empty(len(entries))
        for n, e in enumerate(entries):
            near = sides(self.evaluate, self.arrays[i], _one(shape, e), self.y, self.h)
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
        return flat(outputs_of(self.f(*tensors_of(self.arrays, self.device))))

    def split(self, v):
        """The flat v as an array for each output."""
        ends = np.cumsum([int(np.prod(s)) for s in self.shapes])[:-1]
        return [part.reshape(s) for part, s in zip(np.split(v, ends), self.shapes, strict=True)]

    def output(self, n):
        """Which output entry n of the flat y is, and where there."""
        for number, shape in enumerate(self.shapes):
            if n < (size := int(np.prod(shape))):
                return number, tuple(int(k) for k in np.unravel_index(n, shape))
            n -= size

    def number(self, i):
        return i if i < self.n_inputs else None


def _parameter_names(f, n):
    """The names of f's first n positional parameters, None where there is none to be found."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (names + [None] * n)[:n]


def _projection(rng, shape):
    """Random numbers of size 0.5..1.5 and either sign: none so small that what it multiplies goes unseen."""
    return rng.uniform(0.5, 1.5, shape) * rng.choice((-1, 1), shape)


def _one(shape, entry):
    """1 in one entry, 0 elsewhere."""
    direction = np.zeros(shape)
    direction.flat[entry] = 1
    return direction
