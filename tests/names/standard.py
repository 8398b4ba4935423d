"""docs/array-api.md: the array API standard's functions, written down by hand, and which of them are here."""

from minigrad import array_api

FUNCTIONS = {       # the standard, 2023.12, chapter by chapter
    "constants": "e inf nan newaxis pi",
    "creation": "arange asarray empty empty_like eye from_dlpack full full_like linspace meshgrid ones ones_like tril triu "
                "zeros zeros_like",
    "dtypes": "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128",
    "dtype functions": "astype can_cast finfo iinfo isdtype result_type",
    "elementwise": "abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_left_shift bitwise_invert"
                   " bitwise_or "
                   "bitwise_right_shift bitwise_xor ceil clip conj copysign cos cosh divide equal exp expm1 floor floor_divide "
                   "greater greater_equal hypot imag isfinite isinf isnan less less_equal log log1p log2 log10 logaddexp "
                   "logical_and logical_not logical_or logical_xor maximum minimum multiply negative not_equal positive pow "
                   "real remainder round sign signbit sin sinh square sqrt subtract tan tanh trunc",
    "indexing": "take",
    "inspection": "__array_namespace_info__",
    "linear algebra": "matmul matrix_transpose tensordot vecdot",
    "manipulation": "broadcast_arrays broadcast_to concat expand_dims flip moveaxis permute_dims repeat reshape roll squeeze "
                    "stack tile unstack",
    "searching": "argmax argmin nonzero searchsorted where",
    "sets": "unique_all unique_counts unique_inverse unique_values",
    "sorting": "argsort sort",
    "statistics": "cumulative_sum max mean min prod std sum var",
    "utility": "all any",
    "linalg": "linalg.cholesky linalg.cross linalg.det linalg.diagonal linalg.eigh linalg.eigvalsh linalg.inv linalg.matmul "
              "linalg.matrix_norm linalg.matrix_power linalg.matrix_rank linalg.matrix_transpose linalg.outer linalg.pinv "
              "linalg.qr linalg.slogdet linalg.solve linalg.svd linalg.svdvals linalg.tensordot linalg.trace linalg.vecdot "
              "linalg.vector_norm",
    "fft": "fft.fft fft.ifft fft.fftn fft.ifftn fft.rfft fft.irfft fft.rfftn fft.irfftn fft.hfft fft.ihfft fft.fftfreq "
           "fft.rfftfreq fft.fftshift fft.ifftshift",
}
MEMBERS = ("dtype device mT ndim shape size T to_device __abs__ __add__ __and__ __array_namespace__ __bool__ __complex__ "
           "__dlpack__ __dlpack_device__ __eq__ __float__ __floordiv__ __ge__ __getitem__ __gt__ __index__ __int__ __invert__ "
            "__le__ "
           "__lshift__ __lt__ __matmul__ __mod__ __mul__ __ne__ __neg__ __or__ __pos__ __pow__ __rshift__ __setitem__ __sub__ "
           "__truediv__ __xor__").split()

HEAD = """\
# The array API standard

Written by `python -m tests.names` from a list of what the standard (2023.12) has. `t.__array_namespace__()` gives the module
`mg.array_api`; gradients pass through its functions as through those of `mg.`.

| chapter | here | not here |
| --- | --- | --- |
"""


def found(path):
    """What a dotted name of the standard is here, or None."""
    thing = array_api
    for part in path.split("."):
        thing = getattr(thing, part, missing)
    return thing


missing = object()


def text():
    """The page."""
    rows = []
    for chapter, names in FUNCTIONS.items():
        here = [name for name in names.split() if found(name) is not missing]
        absent = [name for name in names.split() if name not in here]
        rows.append(f"| {chapter} | {len(here)} of {len(names.split())} | {', '.join(f'`{n}`' for n in absent)} |\n")
    return HEAD + "".join(rows) + NOTES


NOTES = """
What differs: integers beside floats take the floats' dtype; `unique_*` treats NaNs as numpy does; reductions of small integers
follow numpy's dtypes; functions take more keywords than the standard has. These refuse complex numbers, which the standard
lets them take: `round`, `sign`, `unique_*`, and of `linalg` all but `cross`, `diagonal`, `matmul`, `matrix_transpose`, `outer`,
`tensordot`, `trace`, `vecdot`, and `matrix_power` with an exponent that is not negative.
"""
