"""Hypothesis strategies of shapes, arrays and tensors to try operations on.

    from minigrad.testing import strategies as mgst

    @given(mgst.broadcastable(2))               a pair of arrays that broadcast together
    @given(mgst.tensors(shape=(3, 4)))          a tensor that requires grad, in any memory order

Wherever a shape, a dtype or a layout is asked for, a strategy of them will do as well as one of them.

A *value family* is a function n -> strategy of n numbers: `generic()`, `at(0)`, `near(0)`, `special()`, `mixed(...)`.
The numbers come from one drawn seed, not one draw for each element, so large arrays cost nothing; shapes and layouts
shrink, seeds shrink as integers do. `elements=st.floats(...)` draws and shrinks element by element instead.
"""

import numpy as np

from minigrad.tensor import from_numpy
from minigrad.testing.memory import LAYOUTS, arrange

try:
    import hypothesis
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as hnp
except ModuleNotFoundError as error:
    if error.name != "hypothesis":
        raise
    raise ImportError("[minigrad.testing] the strategies and gradfuzz need hypothesis: "
                      "pip install 'minigrad-engine[testing]'") from None

__all__ = ["LAYOUTS", "arrange", "arrays", "at", "broadcastable", "broadcastable_shapes", "dtypes", "generic", "hypothesis",
           "layouts", "mixed", "near", "shapes", "special", "tensors"]


# ---- shapes, dtypes, layouts

def dtypes(*, half=False):
    """float64 and float32; half: float16 too."""
    return st.sampled_from([np.dtype(name) for name in ("float64", "float32", *(["float16"] if half else []))])


def shapes(min_dims=0, max_dims=3, min_side=0, max_side=4):
    """Shapes of min_dims to max_dims sides of min_side to max_side: () and sides of 0 among them, unless told otherwise."""
    _check_bounds("shapes", min_dims, max_dims, min_side, max_side)
    return st.lists(st.integers(min_side, max_side), min_size=min_dims, max_size=max_dims).map(tuple)


def broadcastable_shapes(n=2, min_dims=0, max_dims=3, min_side=0, max_side=4):
    """Tuples of n shapes that broadcast together: leading sides are missing or sides are 1, in any of them."""
    _check_bounds("broadcastable_shapes", min_dims, max_dims, min_side, max_side)
    return _broadcastable_shapes(n, min_dims, max_dims, min_side, max_side)


@st.composite
def _broadcastable_shapes(draw, n, min_dims, max_dims, min_side, max_side):
    common = draw(shapes(min_dims, max_dims, min_side, max_side))
    found = []
    for _ in range(n):
        kept = common[len(common) - draw(st.integers(min_dims, len(common))):]
        found.append(tuple(1 if draw(st.booleans()) else side for side in kept))
    return tuple(found)


def layouts(*names):
    """Names of memory layouts, see `arrange`: all of them, or those given."""
    for name in names:
        if name not in LAYOUTS:
            raise ValueError(f"[layouts] there is no layout {name!r}: choose among {', '.join(LAYOUTS)}")
    return st.sampled_from(names or LAYOUTS)


# ---- value families: n -> strategy of n numbers (float64, 1-d)

def generic(low=-3.0, high=3.0, away_from=(0.0,)):
    """Distinct numbers from low to high in generic position, no two close together and none close to `away_from`.

    n numbers lie about (high - low) / 2n apart or more, rounded to as few digits as that allows.
    """
    if not low < high:
        raise ValueError(f"[generic] expected low < high, found {low} and {high}")

    def numbers(rng, n):
        cells = n + n // 2 + 2 * len(away_from) + 3     # each point to avoid takes at most two
        width = (high - low) / cells
        centres = low + (np.arange(cells) + 0.5) * width
        for point in away_from:
            centres = centres[np.abs(centres - point) > width / 2]
        chosen = rng.permutation(centres)[:n] + rng.uniform(-0.2, 0.2, n) * width
        return np.round(chosen, int(np.ceil(1 - np.log10(width))))

    return _family(numbers)


def at(*points, among=None):
    """Numbers exactly at the given points, again and again, so with ties; among: a family that half of them come from."""
    _check_points("at", points)
    return _blend(lambda rng, n: rng.choice(np.asarray(points, np.float64), n), among, 0.5)


def near(*points, among=None):
    """Numbers very near the given points, 1e-12 to 1e-3 on either side; among: a family that half of them come from."""
    _check_points("near", points)

    def numbers(rng, n):
        return rng.choice(np.asarray(points, np.float64), n) + rng.choice((-1, 1), n) * 10.0 ** -rng.integers(3, 13, n)

    return _blend(numbers, among, 0.5)


SPECIAL = (np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-40, -1e-40, 5e-324, 3e38, -3e38, 1e300)    # 1e-40: denormal in float32


def special(among=None):
    """NaN, infinities, both zeros, denormals and huge numbers (of float32 and float64), a third; ordinary ones between."""
    return _blend(lambda rng, n: rng.choice(SPECIAL, n), generic() if among is None else among, 1 / 3)


def mixed(*families):
    """One of the families for each array."""
    if not families:
        raise ValueError("[mixed] expected families such as generic(), at(0), found none")
    return lambda n: st.one_of(*[family(n) for family in families])


_SEEDS = st.integers(0, 2**20 - 1)


def _family(numbers):
    """A function (rng, n) -> n numbers as a family: one seed is drawn for all."""
    return lambda n: _SEEDS.map(lambda seed: numbers(np.random.default_rng(seed), n))


def _blend(numbers, among, share):
    """A family of `numbers`, or of `share` of them (one at least) in random places of the family `among`."""
    if among is None:
        return _family(numbers)

    def put(seed, others):
        rng, n = np.random.default_rng(seed), len(others)
        places = (rng.random(n) < share) | (np.arange(n) == rng.integers(max(n, 1)))
        return np.where(places, numbers(rng, n), others)

    return lambda n: st.builds(put, _SEEDS, among(n))


# ---- arrays and tensors

@st.composite
def arrays(draw, shape=None, dtype=np.float64, values=None, layout=None, *, elements=None):
    """numpy arrays.

    shape: shapes() if not given. values: a family, generic() if not given; of complex numbers each part is from it.
    layout: any of layouts() if not given.
    elements: a hypothesis strategy of single numbers, which takes the place of `values` (for integers and booleans too).
    """
    shape, dtype = _drawn(draw, shapes() if shape is None else shape), np.dtype(_drawn(draw, dtype))
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    return _array(draw, shape, dtype, _numbers(draw, shape, dtype, values, elements), layout)


@st.composite
def tensors(draw, shape=None, dtype=np.float64, values=None, layout=None, *, elements=None, requires_grad=True):
    """Tensors on the default device; they share the memory of an array of `arrays`, in its layout."""
    array = draw(arrays(shape, dtype, values, layout, elements=elements))
    return from_numpy(array).requires_grad_(requires_grad)


@st.composite
def broadcastable(draw, n=2, *, min_dims=0, max_dims=3, min_side=0, max_side=4, dtype=np.float64, values=None, layout=None,
                  elements=None, as_tensors=False, requires_grad=True):
    """Tuples of n arrays that broadcast together; as_tensors: tensors, as in `tensors`.

    They have one dtype, layouts of their own, and their numbers come from one family at once: those of generic() are
    distinct in all the arrays together, so that no operation of two of them meets a tie.
    """
    dims = draw(broadcastable_shapes(n, min_dims, max_dims, min_side, max_side))
    dtype = np.dtype(_drawn(draw, dtype))
    sizes = [int(np.prod(shape)) for shape in dims]
    parts = np.split(_numbers(draw, (sum(sizes),), dtype, values, elements), np.cumsum(sizes)[:-1])
    found = [_array(draw, shape, dtype, part, layout) for shape, part in zip(dims, parts)]
    return tuple(from_numpy(a).requires_grad_(requires_grad) for a in found) if as_tensors else tuple(found)


def _drawn(draw, what):
    return draw(what) if isinstance(what, st.SearchStrategy) else what


def _numbers(draw, shape, dtype, values, elements):
    if elements is not None:
        if values is not None:
            raise TypeError("[arrays] values and elements are two ways to say the same: give one of them")
        return draw(hnp.arrays(dtype, shape, elements=elements))
    n, family = int(np.prod(shape)), generic() if values is None else values
    if dtype.kind == "c":                   # parts are numbers like others
        return np.ascontiguousarray(draw(family(2 * n)).reshape(2, n).T).view(np.complex128)[:, 0]
    return draw(family(n))


def _array(draw, shape, dtype, numbers, layout):
    with np.errstate(all="ignore"):         # huge float64 numbers are infinite in float32
        array = np.asarray(numbers, dtype).reshape(shape)
    return arrange(array, _drawn(draw, layouts() if layout is None else layout))


def _check_bounds(name, min_dims, max_dims, min_side, max_side):
    if not (0 <= min_dims <= max_dims and 0 <= min_side <= max_side):
        raise ValueError(f"[{name}] expected 0 <= min <= max, found dims {min_dims} to {max_dims}, sides {min_side} to "
                         f"{max_side}")


def _check_points(name, points):
    if not points:
        raise ValueError(f"[{name}] expected one point or more, such as {name}(0)")
