"""Does the native table compute what the reference table computes? Every kernel, drawn arguments, every instruction set.

    from minigrad.testing.kernels.parity import check_kernel, discover

    for name in discover():
        check_kernel(name, examples=1000)

or, from a shell, `python -m minigrad.testing.kernels.parity --examples 1000`: with a fresh seed, which is printed; `--seed`
repeats it.

For every example the results are held against the reference's: shape, dtype, values within what `claims` says of the
kernel, NaN, infinities and signs of zero; inputs are left as they were, gaps in their memory included; `out=` is written and
returned; and the bits are the same for every number of threads, on every instruction set of this machine.
"""

import argparse
import inspect
import secrets
import sys
from contextlib import contextmanager

import hypothesis
import numpy as np
from hypothesis import strategies as st

from minigrad import kernels
from minigrad.kernels.threads import native
from minigrad.testing.kernels.carried import carried
from minigrad.testing.kernels.claim import REFERENCE
from minigrad.testing.kernels.claims import KERNELS
from minigrad.testing.memory import LAYOUTS, arrange, relaid


class ParityError(AssertionError):
    """A kernel does not compute what the reference computes."""


def judged():
    """The table that is held to the reference where none is named: that of the first device which is not the reference."""
    return kernels.table(next(name for name in kernels.names() if name != REFERENCE.name))


def discover(table=None):
    """The names of the kernels that a table (by default `judged()`) overrides, in the order in which they stand there."""
    cls = type(judged() if table is None else table)
    return [name for name, f in vars(cls).items() if inspect.isfunction(f) and not name.startswith("_")]


def claim_of(name):
    """What `claims` says of the kernel; ParityError if it says nothing."""
    if name not in KERNELS:
        raise ParityError(f"[{name}] nothing says what the arguments of this kernel look like: give it a strategy and "
                          "a line in KERNELS, in its family's file in minigrad/testing/kernels/claims/")
    return KERNELS[name]


def instruction_sets():
    """Those that the native kernels have on this machine; the reference's name alone where they are not built."""
    module = native()
    return module.available_isas() if module else (REFERENCE.name,)


def check_kernel(name, examples=100, isas=None, threads=(1, 2, 3), table=None, seed=None):
    """Raise ParityError, with the smallest example found, unless the kernel `name` of `table` agrees with the reference.

    examples: how many arguments to draw. isas: names of instruction sets, by default all of this machine. threads: the
    numbers of threads whose results must be the same bits. table: a table of kernels, by default the native one; one that
    has neither instruction sets nor threads of its own runs once.
    seed: where to start drawing; None: anywhere. The error says how to draw the same again.
    """
    seed = fresh_seed() if seed is None else seed
    claim, isas = claim_of(name), instruction_sets() if isas is None else isas
    table = judged() if table is None else table
    takes_out = "out" in inspect.signature(getattr(table, name)).parameters
    if table.facts["isa"] is None:
        isas, threads = (table.name,), (1,)
    table = carried(table)

    @hypothesis.settings(max_examples=examples, deadline=None, database=None, report_multiple_bugs=False, print_blob=False,
                         phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
                         suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(claim.arguments, st.sampled_from((None, *LAYOUTS)) if takes_out else st.none())
    def compare(args, layout):
        call = _Call(name, claim, args, layout)
        expected = call.run(REFERENCE)
        sizes = call.sizes(expected)
        for isa in isas:
            first = None
            for n in threads:
                _choose(isa, n)
                call.where = f"{isa}, threads {n}"
                found = call.run(table, expected)
                if first is None:
                    call.compare(found, expected, sizes)
                    first = found
                else:
                    call.compare_bits(found, first, threads[0])

    with _choice_kept():
        try:
            hypothesis.seed(seed)(compare)()
        except ParityError as error:
            raise ParityError(f"{error}; drawn again by check_kernel({name!r}, examples={examples}, seed={seed})") from None


def fresh_seed():
    """A number that nobody has drawn from before."""
    return secrets.randbelow(2**32)


def _choose(isa, threads):
    module = native()
    if module and isa in module.available_isas():
        module.set_isa(isa)
        module.set_num_threads(threads)


@contextmanager
def _choice_kept():
    """The instruction set and the number of threads are afterwards what they were."""
    module = native()
    before = (module.isa(), module.num_threads()) if module else None
    try:
        yield
    finally:
        if before:
            _choose(*before)


class _Call:
    """A kernel with its arguments, to be run on several tables."""

    def __init__(self, name, claim, args, layout):
        self.name, self.claim, self.args, self.layout = name, claim, args, layout
        self.where = "the reference"
        self.inputs = [a for i, a in enumerate(args) if i not in claim.writes for a in _arrays(a)]
        self.before = [_owner(a).tobytes() for a in self.inputs]

    def run(self, table, like=None):
        """The results as a list; like: the expected ones, which out= is made after (where one was drawn)."""
        args = [self._own(a) if i in self.claim.writes else a for i, a in enumerate(self.args)]
        if self.claim.forward:
            kept = None if table is REFERENCE else self.claim.forward(table, *args)
            args = [kept if isinstance(a, str) and a == "kept" else a for a in args]
        options, outs = {}, []
        if like is not None and self.layout is not None:
            outs = [None if a is None else arrange(np.zeros_like(a), self.layout) for a in like]
            options["out"] = outs[0] if len(outs) == 1 or self.claim.results else tuple(outs)
        with np.errstate(all="ignore"):
            result = getattr(table, self.name)(*args, **options)
        for a, before in zip(self.inputs, self.before):
            if _owner(a).tobytes() != before:
                self.fail(f"it wrote into its input {_words(a)}")
        if self.claim.writes:
            return [a for i in self.claim.writes for a in _arrays(args[i])]
        results = list(result) if isinstance(result, tuple) else [result]
        results = results[:self.claim.results]
        for given, returned in zip(outs[:1] if self.claim.results else outs, results):
            if returned is not given:
                self.fail(f"it did not return the array given as out= but another, {_words(returned)}")
        return results

    def _own(self, a):
        if isinstance(a, list):
            return [relaid(x, x.dtype) for x in a]
        return a if a is None else relaid(a, a.dtype)

    def sizes(self, expected):
        """What the errors of each result are measured in, in its shape."""
        if not self.claim.units:
            return [None] * len(expected)
        with np.errstate(all="ignore"):
            if self.claim.size is None:
                return [np.abs(np.asarray(e, np.float64)) for e in expected]
            sizes = self.claim.size(*self.args)
        sizes = sizes if isinstance(sizes, (list, tuple)) else [sizes]
        return [None if e is None else np.broadcast_to(s, e.shape) for s, e in zip(sizes, expected, strict=True)]

    def compare(self, found, expected, sizes):
        """Fail unless the results are the expected ones: number, shapes, dtypes, values as the claim has it."""
        if len(found) != len(expected):
            self.fail(f"{len(found)} results, the reference has {len(expected)}")
        for i, (a, e, size) in enumerate(zip(found, expected, sizes)):
            which = f"result {i}" if len(found) > 1 else "result"
            if a is None or e is None:
                if a is not e:
                    self.fail(f"{which} is {_words(a)}, the reference's {_words(e)}")
            elif a.shape != e.shape or a.dtype != e.dtype:
                self.fail(f"{which} is {a.dtype} {a.shape}, the reference's {e.dtype} {e.shape}")
            else:
                self._compare_values(which, a, e, size)

    def _compare_values(self, which, a, e, size):
        if size is None or e.dtype.kind != "f":
            wrong = (a != e) & ((a == a) | (e == e))
            if self.claim.zero_signs and e.dtype.kind == "f":
                wrong |= (a == 0) & (e == 0) & (np.signbit(a) != np.signbit(e))
            allowed = None
        else:
            info = np.finfo(e.dtype)
            allowed = self.claim.units * info.eps * size + self.claim.tiny * info.tiny + 1024 * float(info.smallest_subnormal)
            with np.errstate(all="ignore"):
                near = (np.abs(a.astype(np.float64) - e.astype(np.float64)) <= allowed) & np.isfinite(e)
            if self.claim.nan_or_inf:
                near |= ~np.isfinite(a) & ~np.isfinite(e)
            asked = size < info.max / 4         # else the order of adding decides what overflows
            wrong = asked & ~(near | (a == e) | np.isnan(a) & np.isnan(e))
        if wrong.any():
            index = tuple(int(i) for i in np.argwhere(wrong)[0])
            least = "" if allowed is None else f" (allowed: {np.broadcast_to(allowed, e.shape)[index]:.3g} apart)"
            self.fail(f"{which}{list(index) if index else ''} is {a[index]!r}, the reference's {e[index]!r}{least}; "
                      f"{int(wrong.sum())} of {wrong.size} differ")

    def compare_bits(self, found, first, threads):
        """Fail unless the results are those of another number of threads to the bit."""
        for i, (a, b) in enumerate(zip(found, first, strict=True)):
            if a is not None and a.tobytes() != b.tobytes():
                differ = np.frombuffer(a.tobytes(), np.uint8) != np.frombuffer(b.tobytes(), np.uint8)
                index = tuple(int(j) for j in np.unravel_index(int(differ.argmax()) // a.itemsize, a.shape))
                place = f"result {i}{list(index) if index else ''}"
                self.fail(f"{place} is {a[index]!r}, with threads {threads} it was {b[index]!r}")

    def fail(self, what):
        out = "" if self.layout is None else f", out {self.layout}"
        raise ParityError(f"[{self.name}] {self.where}: {what}; arguments {', '.join(map(_words, self.args))}{out}")


def _arrays(a):
    """The arrays in an argument."""
    if isinstance(a, (list, tuple)):
        return [x for part in a for x in _arrays(part)]
    return [a] if isinstance(a, np.ndarray) else []


def _owner(a):
    """The array whose memory `a` looks into, with what lies between the elements of `a`."""
    while isinstance(a.base, np.ndarray):
        a = a.base
    return a


def _words(a):
    """An argument in a message: numbers as they are, arrays by dtype, shape and strides, small ones with their numbers."""
    if isinstance(a, list):
        return f"[{', '.join(map(_words, a))}]"
    if not isinstance(a, np.ndarray):
        return repr(a)
    steps = "" if a.flags.c_contiguous else f" strides {a.strides}"
    values = f" {a.tolist()}" if a.size <= 6 else ""
    return f"{a.dtype} {a.shape}{steps}{values}"


def main(args=None):
    """Every kernel, or those named -> the exit code."""
    parser = argparse.ArgumentParser(prog="python -m minigrad.testing.kernels.parity", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="KERNEL", help="only these kernels")
    parser.add_argument("--examples", type=int, default=100, metavar="N", help="arguments drawn for each kernel (default 100)")
    parser.add_argument("--seed", type=int, help="where to start drawing (default: anywhere)")
    options = parser.parse_args(args)
    seed = fresh_seed() if options.seed is None else options.seed
    print(f"seed {seed}, {options.examples} examples, {', '.join(instruction_sets())}", flush=True)
    failed = 0
    for name in options.names or discover():
        try:
            check_kernel(name, options.examples, seed=seed)
        except ParityError as error:
            print(error, flush=True)
            failed += 1
    print(f"{failed} kernels differ from the reference" if failed else "every kernel computes what the reference does")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
