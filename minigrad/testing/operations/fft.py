"""Fourier transforms, by numpy's and PyTorch's own."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, axes
from minigrad.testing.strategies import arrays, shapes

REAL, COMPLEX = np.float64, np.complex128
KINDS = {"real numbers": REAL, "complex numbers": COMPLEX}
WHOLE = {"integers": "the inputs are complex, and what integers give is checked with real ones"}
NORMS = st.sampled_from((None, "backward", "ortho", "forward"))
CONSTANT = "it makes tensors from nothing differentiable"
ONE_WAY = {"fft": ("real numbers", "complex numbers"), "ifft": ("complex numbers",), "rfft": ("real numbers",),
           "irfft": ("complex numbers",), "hfft": ("complex numbers",), "ihfft": ("real numbers",)}


def along(dtype, halves):
    """An array, a size (None: as it is), an axis and a norm. halves: half a spectrum needs two numbers for any result."""
    @st.composite
    def inputs(draw):
        a = draw(arrays(shapes(1, 3, 2 if halves else 1, 5), dtype))
        return arguments(a, n=draw(st.none() | st.integers(1, 7)), axis=draw(st.integers(-a.ndim, a.ndim - 1)),
                         norm=draw(NORMS))

    return inputs()


def several(dtype, dims, least=1, fixed=False):
    """An array with at least `dims` axes, some of them (fixed: the last two), sizes for these, a norm."""
    @st.composite
    def inputs(draw):
        a = draw(arrays(shapes(dims, 3, 2, 4), dtype))
        chosen = (-2, -1) if fixed else draw(st.permutations(range(a.ndim)).map(tuple))
        chosen = chosen if fixed else chosen[:draw(st.integers(1, a.ndim))]
        s = draw(st.none() | st.tuples(*[st.integers(least, 5) for _ in chosen]))
        return arguments(a, s=s, axes=chosen, norm=draw(NORMS))

    return inputs()


def by_torch(name):
    def transform(torch, a, norm, n=None, s=None, **where):
        sizes = {"n": n} if "axis" in where else {"s": s}
        (dim,) = where.values()
        return getattr(torch.fft, name)(a, **sizes, dim=dim, norm=norm).resolve_conj()

    return transform


def described(name, kinds, inputs):
    for kind in kinds:
        without = {} if KINDS[kind] is REAL else WHOLE
        describe(name, inputs(KINDS[kind]), getattr(np.fft, name), by_torch(name), about="" if kind == kinds[0] else kind,
                 without=without)


for name, kinds in ONE_WAY.items():
    described(name, kinds, lambda dtype, name=name: along(dtype, name in ("irfft", "hfft")))
for name, kinds in (("fftn", tuple(KINDS)), ("ifftn", ("complex numbers",)), ("rfftn", ("real numbers",)),
                    ("irfftn", ("complex numbers",))):
    described(name, kinds, lambda dtype: several(dtype, 1))
for name, kinds in (("fft2", tuple(KINDS)), ("ifft2", ("complex numbers",)), ("rfft2", ("real numbers",)),
                    ("irfft2", ("complex numbers",))):
    described(name, kinds, lambda dtype: several(dtype, 2, fixed=True))


# ---- the primitives

RULES = {"integers": "their inputs have been made floats or complex numbers"}
AXES = st.sampled_from(((0,), (1,), (0, 1)))


def of_two_axes(dtype, last=3, **options):
    """An array (2, last)."""
    shape = (2, last)
    return st.tuples(st.tuples(arrays(shape, dtype)), st.fixed_dictionaries(options))


def both_ways(a, axes, inverse, norm):
    return (np.fft.ifftn if inverse else np.fft.fftn)(a, axes=axes, norm=norm)


def weighed(a, n, axis, weight):
    y = a.copy()
    y[:, 1:(n + 1) // 2] *= weight
    return y


def torch_weighed(torch, a, n, axis, weight):
    return torch.cat([a[:, :1], a[:, 1:(n + 1) // 2] * weight, a[:, (n + 1) // 2:]], 1)


SET = st.sampled_from(("backward", "ortho", "forward"))
describe("dft", of_two_axes(COMPLEX, axes=AXES, inverse=st.booleans(), norm=SET), both_ways,
         lambda torch, a, axes, inverse, norm: (torch.fft.ifftn if inverse else torch.fft.fftn)(a, dim=axes, norm=norm),
         without=RULES)
describe("real_dft", of_two_axes(REAL, axis=st.integers(0, 1), norm=SET), np.fft.rfft,
         lambda torch, a, axis, norm: torch.fft.rfft(a, dim=axis, norm=norm), without=RULES)
for n in (4, 5):
    describe("inverse_real_dft", of_two_axes(COMPLEX, n // 2 + 1, n=st.just(n), axis=st.just(1), norm=SET), np.fft.irfft,
             lambda torch, a, n, axis, norm: torch.fft.irfft(a, n, axis, norm), about=f"{n} numbers", without=RULES)
    describe("weigh_interior", of_two_axes(COMPLEX, n // 2 + 1, n=st.just(n), axis=st.just(1), weight=st.just(0.5)),
             weighed, torch_weighed, about=f"{n} numbers", without=RULES)


# ---- frequencies and their order

def counts(**options):
    return st.tuples(st.just(()), st.fixed_dictionaries({"n": st.integers(1, 8), "d": st.sampled_from((1, 0.5, 3)), **options}))


for name in ("fftfreq", "rfftfreq"):
    describe(name, counts(), lambda n, d, name=name: getattr(np.fft, name)(n, d).astype(np.float32), keeps_dtype=False,
             without={"torch": "PyTorch computes them in float32, minigrad rounds them once"}
             | dict.fromkeys(("first", "second", "integers"), CONSTANT))


@st.composite
def shifted(draw):
    a = draw(arrays(shapes(1)))
    return arguments(a, axes=draw(axes(a.ndim)))


def torch_shifted(name):
    return lambda torch, a, axes: a.clone() if axes == () else getattr(torch.fft, name)(a, axes)


for name in ("fftshift", "ifftshift"):
    describe(name, shifted(), getattr(np.fft, name), torch_shifted(name))
