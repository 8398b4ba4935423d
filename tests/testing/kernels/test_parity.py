"""Native against reference, fuzzed: every kernel that the native table overrides, on every instruction set, 1, 2, 3 threads.

The seed is fixed, so that what fails has just been broken; `python -m minigrad.testing.kernels.parity` draws fresh
ones, every night.
"""

import numpy as np
import pytest

from minigrad import kernels
from minigrad.testing import parity
from minigrad.testing.kernels.claims import KERNELS
from minigrad.testing.kernels.parity import ParityError, check_kernel, discover
from minigrad.testing.kernels.stand_in import StandIn

_native = pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")
Native = type(kernels.table("native"))


@pytest.mark.parametrize("name", discover())
def test_native_is_the_reference(name):
    check_kernel(name, examples=60, seed=0)


def test_every_kernel_is_found_and_described():
    assert set(discover()) == set(KERNELS)
    assert {"add", "matmul", "conv2d", "adam_step"} <= set(discover())


def planted(**methods):
    return type("Planted", (Native,), methods)()


def test_a_kernel_that_nobody_described_is_an_error():
    table = planted(besselj=lambda self, a, out=None: a, _private=lambda self: None)
    assert discover(table) == ["besselj"]
    with pytest.raises(ParityError, match=r"\[besselj\] nothing says what the arguments of this kernel look like: .*claims"):
        check_kernel("besselj", table=table)


def wrong(name, make):
    """A table whose kernel `name` is make(its right result, its first argument)."""
    def method(self, *args, out=None):
        y = make(getattr(Native, name)(self, *args), args[0])
        if out is None or y.shape != out.shape or y.dtype != out.dtype:
            return y
        out[...] = y
        return out

    return planted(**{name: method})


@pytest.mark.parametrize("make, message", [
    (lambda y, a: y.astype(np.float16), r"result is float16 \(\d.*, the reference's float(32|64)"),
    (lambda y, a: y[..., None], r"result is float.*, the reference's float"),
    (lambda y, a: y * 2, r"result\[\d.* is .*, the reference's .* of \d+ differ; arguments float"),
    (lambda y, a: np.abs(y), r"is np.float(32|64)\(.*\), the reference's np.float"),
    (lambda y, a: y + (_native.num_threads() == 3), "threads 3: result 0.* with threads 1 it was"),
    (lambda y, a: y + (_native.isa() == _native.available_isas()[-1]), rf"{_native.available_isas()[-1]}, threads 1"),
])
def test_messages(make, message):
    with pytest.raises(ParityError, match=r"^\[neg\] ") as caught:
        check_kernel("neg", table=wrong("neg", make), seed=0)
    assert caught.match(message)


def test_a_failure_says_how_to_draw_it_again():
    table = wrong("neg", lambda y, a: y * 2)
    with pytest.raises(ParityError, match=r"drawn again by check_kernel\('neg', examples=30, seed=\d+\)$") as first:
        check_kernel("neg", examples=30, table=table)       # anywhere
    seed = int(str(first.value).rpartition("seed=")[2][:-1])
    with pytest.raises(ParityError) as again:
        check_kernel("neg", examples=30, table=table, seed=seed)
    assert str(again.value) == str(first.value)


def test_fresh_seeds_from_a_shell(capsys, monkeypatch):
    assert parity.main(["neg", "copy", "--examples", "3"]) == 0
    assert parity.main(["neg", "--examples", "3"]) == 0
    seeds = [line.split()[1] for line in capsys.readouterr().out.splitlines() if line.startswith("seed ")]
    assert len(set(seeds)) == 2
    monkeypatch.setattr(parity, "check_kernel", lambda name, examples, seed: check_kernel(
        name, examples, seed=seed, table=wrong("neg", lambda y, a: y + 1)))
    assert parity.main(["neg", "--examples", "3", "--seed", "7"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("seed 7, 3 examples") and "drawn again by check_kernel('neg', examples=3, seed=7)" in out


def test_a_result_beside_out_is_an_error():
    table = planted(exp=lambda self, a, out=None: Native.exp(self, a))
    with pytest.raises(ParityError, match=r"did not return the array given as out=.*, out C"):
        check_kernel("exp", table=table, seed=0)


def test_a_write_into_a_gap_of_an_input_is_an_error():
    def make(y, a):
        if isinstance(a.base, np.ndarray) and a.base.size > a.size and a.base.flags.writeable:
            a.base[...] = np.where(np.isnan(a.base), 7, a.base)
        return y

    with pytest.raises(ParityError, match=r"\[abs\] .* it wrote into its input float(32|64) \(\d"):
        check_kernel("abs", table=wrong("abs", make), seed=0)


def test_the_choice_of_kernels_is_kept():
    before = _native.isa(), _native.num_threads()
    with pytest.raises(ParityError):
        check_kernel("neg", isas=_native.available_isas()[:1], threads=(5,), table=wrong("neg", lambda y, a: y + 1))
    assert (_native.isa(), _native.num_threads()) == before
    assert parity.instruction_sets() == _native.available_isas()


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_a_device_whose_arrays_are_not_numpys_is_judged_too(name):
    check_kernel(name, examples=10, seed=0, table=StandIn())


def test_what_such_a_device_does_wrong_is_told():
    table = type("Wrong", (StandIn,), {"add": lambda self, a, b, out=None: StandIn.add(self, a, self.mul(b, 1.5), out)})()
    with pytest.raises(ParityError, match=r"\[add\] stand-in, threads 1: result.* is .*, the reference's"):
        check_kernel("add", table=table, seed=0)
    table = type("Writing", (StandIn,), {"neg": lambda self, a, out=None: StandIn.neg(self, a, out=a)})()
    with pytest.raises(ParityError, match=r"\[neg\] stand-in, threads 1: it wrote into its input|did not return the array"):
        check_kernel("neg", table=table, seed=0)
