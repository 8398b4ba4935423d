"""Functions with steps: rounding and remainders."""

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.elementwise.shared import INF, NAN, NUMBERS, on_tensors
from minigrad.testing.operations.inputs import ONLY_VALUES, STEPS, arguments, binary, unary, wild, with_number
from minigrad.testing.strategies import at, generic, mixed

FLAT = {"first": STEPS, "second": STEPS}
for name in ("floor", "ceil", "trunc"):
    describe(name, unary(wild), getattr(np, name), name, without=FLAT)


@st.composite
def decimal(draw):
    """Numbers and decimals, away from halves that float32 rounds to another side."""
    (a,), options = draw(unary(wild, decimals=st.sampled_from((0, 1, 2))))
    scaled = a * 10.0 ** options["decimals"]
    with np.errstate(all="ignore"):
        beside_half = abs(abs(scaled - np.trunc(scaled)) - 0.5) < 1e-5 * abs(scaled)
    assume(not options["decimals"] or not np.any(beside_half))
    return arguments(a, **options)


describe("round", decimal(), lambda a, decimals=0: np.round(a, decimals),
         lambda torch, a, decimals=0: torch.round(a, decimals=decimals), without=FLAT)
by_torch = on_tensors(lambda torch, a, b: torch.floor_divide(a, b))
describe("floor_divide", binary(wild), np.floor_divide, by_torch, without=FLAT)
describe("floor_divide", with_number((1, 2, -3, 0.5), wild), np.floor_divide, by_torch, about="a number on the right",
         without=FLAT)

# away from multiples of one another
numerators, denominators = generic(0.3, 0.7, ()), generic(1.1, 1.9, ())


@st.composite
def remainders(draw):
    """a = n b + r, r away from 0 and b, of either sign."""
    (r, b), _ = draw(binary())
    sign = draw(st.sampled_from((1, -1)))
    b = sign * (1.5 + 0.1 * b)
    whole = draw(st.sampled_from((-2, 0, 1, 3)))
    return arguments(b * whole + b * (0.5 + 0.1 * r), np.broadcast_to(b, np.broadcast_shapes(b.shape, r.shape)).copy())


for name, twin in (("mod", "remainder"), ("fmod", "fmod")):
    by_torch = on_tensors(lambda torch, a, b, twin=twin: getattr(torch, twin)(a, b))
    describe(name, remainders(), getattr(np, name), by_torch)
    describe(name, with_number((2, 7), generic(-1.9, 1.9)), getattr(np, name), by_torch, about="a number on the right")
    describe(name, with_number((3, -2.5), generic(3.1, 4.9, ()), left=True), getattr(np, name), by_torch,
             about="a number on the left")
    describe(name, binary(mixed(at(NAN, INF, among=generic()), at(-1, 0, 1))), getattr(np, name), by_torch,
             about="NaN, infinities, steps", without=ONLY_VALUES)
by_torch = on_tensors(lambda torch, a, b: torch.copysign(a, b))
describe("copysign", binary(), np.copysign, by_torch, kinks=[
    Kink((np.array([0.0, -2, 2]), np.array([-1.0, -0.0, -INF])), ([0, 1, -1], [0, 0, 0]))])
describe("copysign", with_number(NUMBERS), np.copysign, by_torch, about="a number on the right")
describe("copysign", binary(wild), np.copysign, by_torch, about="NaN, infinities, kinks", without=ONLY_VALUES)
