"""PyTorch's calls written with minigrad's functions, where the arguments differ: what torch_table.py names."""

import numpy as np

import minigrad as mg
from minigrad.nn import functional as F


def along(name):
    """max, min: of two tensors, of all numbers, or values and indices along a dim."""
    def call(a, *rest, **options):
        if rest and isinstance(rest[0], mg.Tensor):
            return getattr(mg, f"{name}imum")(a, *rest)
        options |= dict(zip(("dim", "keepdim"), rest))
        return getattr(a, name)(**options)

    return call


def by_dim(name, **also):
    """A function along an axis, which PyTorch calls dim: by keyword, so that a tensor without axes has one."""
    def call(a, dim, *rest, keepdim=None, dtype=None, **options):
        a = a if dtype is None else a.astype(dtype)
        options |= {} if keepdim is None else {"keepdim": keepdim}
        options |= {"keepdim": rest[0]} if rest else {}
        return getattr(mg, name)(a, dim=dim, **options)

    return call


def spread(name):
    """std, var: PyTorch divides by n - 1."""
    def call(a, dim=None, unbiased=True, keepdim=False, correction=None, **options):
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        correction = int(unbiased) if correction is None else correction
        return getattr(mg, name)(a, dim, ddof=correction, keepdims=keepdim)

    return call


def in_dtype(name, **renamed):
    """A reduction or scan that also takes dtype=."""
    def call(a, *rest, dtype=None, **options):
        a = a if dtype is None else a.astype(dtype)
        return getattr(mg, name)(a, *rest, **{renamed.get(word, word): value for word, value in options.items()})

    return call


def product(name):
    """beta c + alpha (a @ b), of which addmm is one."""
    def call(c, a, b, beta=1, alpha=1):
        return beta * c + alpha * name(a, b)

    return call


def indexed(a, dim, index):
    """a[:, :, index], the index along dim."""
    return (slice(None),) * (dim % max(a.ndim, 1)) + (index,)


def sections(a, sections_or_indices, dim=0):
    """tensor_split"""
    given = sections_or_indices
    return mg.array_split(a, given if isinstance(given, int) else list(np.asarray(given)), dim)


def split(a, size, dim=0):
    """PyTorch's split: pieces of that size."""
    return a.split(size if isinstance(size, int) else list(size), dim=dim)


def lower_median(a, dim=None, keepdim=False):
    """PyTorch's median: the lower of two in the middle."""
    return mg.quantile(a, 0.5, dim, method="lower", keepdims=keepdim)


def scattered(a, dim, index, src=None, *, value=None, reduce=None):
    """scatter, of a tensor or one number."""
    src = src if value is None else value
    if reduce is None:
        return mg.scatter(a, dim, index, src)
    raise NotImplementedError("scatter has no reduce")


def windows(a, dimension, size, step):
    """Tensor.unfold"""
    view = mg.sliding_window_view(a, size, dimension)
    return view[indexed(view, dimension % max(a.ndim, 1), slice(None, None, step))]


def narrow(a, dim, start, length):
    """A piece along one axis."""
    start = int(start)
    start = start + a.shape[dim] if start < 0 else start
    return a[indexed(a, dim, slice(start, start + length))]


def std_mean(name):
    """std_mean, var_mean"""
    def call(a, dim=None, unbiased=True, keepdim=False, correction=None):
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        return spread(name)(a, dim, unbiased, keepdim, correction), mg.mean(a, dim, keepdims=keepdim)

    return call


def trapezoid(y, x=None, *, dx=1, dim=-1):
    """The integral along an axis."""
    return mg.trapezoid(y, x, axis=dim) if x is not None else mg.trapezoid(y, dx=dx, axis=dim)


def expanded(a, *sizes):
    """broadcast_to, -1 for what stays"""
    return a.expand(*sizes)


def dims(name):
    """flip, roll, rot90: the word is dims"""
    def call(a, *rest, dims=None, shifts=None, k=None):
        rest = [*rest, *(value for value in (shifts, k, dims) if value is not None)]
        return getattr(mg, name)(a, *rest)

    return call


def clamp(a, min=None, max=None):
    """clip"""
    return mg.clip(a, min, max)


def diag_embed(a, offset=0, dim1=-2, dim2=-1):
    """Diagonals set into matrices of zeros."""
    n = a.shape[-1] + abs(offset)
    rows = np.arange(a.shape[-1]) + max(-offset, 0)
    square = mg.zeros((*a.shape[:-1], n, n), dtype=a.dtype)
    return mg.moveaxis(square.at[..., rows, rows + offset].set(a), (-2, -1), (dim1, dim2))


def interpolate(mode):
    """One mode of interpolate"""
    def call(x, size=None, scale_factor=None, **options):
        if options.pop("mode", mode) != mode:
            raise NotImplementedError(mode)
        if options.pop("recompute_scale_factor", None):
            raise NotImplementedError("recompute_scale_factor")
        return F.interpolate(x, size=size, scale_factor=scale_factor, mode=mode, **options)

    return call


def padded(x, widths, mode="constant", value=0):
    """F.pad"""
    return F.pad(x, widths, mode=mode, value=value if value is not None else 0)


def searchsorted(sorted_sequence, values, *, right=False, side=None, sorter=None, out_int32=False):
    """searchsorted, of one sequence"""
    if sorter is not None or sorted_sequence.ndim > 1:
        raise NotImplementedError("one sequence, sorted")
    return mg.searchsorted(sorted_sequence, values, side or ("right" if right else "left"))


def norm(a, p="fro", dim=None, keepdim=False, dtype=None):
    """torch.norm: the 2-norm of all numbers unless told otherwise"""
    if p in ("fro", None) or isinstance(dim, (list, tuple)) and p == 2:
        p = None if dim is None else p if isinstance(dim, (list, tuple)) and len(dim) == 2 and p == "fro" else 2
        return mg.norm(a, axis=dim, keepdims=keepdim) if p is None else mg.linalg.vector_norm(a, 2, dim, keepdim)
    return mg.linalg.norm(a, "nuc", dim, keepdim) if p == "nuc" else mg.linalg.vector_norm(a, p, dim, keepdim)


def vector_norm(a, ord=2, dim=None, keepdim=False, dtype=None):
    """linalg.vector_norm"""
    return mg.linalg.vector_norm(a, ord=ord, axis=tuple(dim) if isinstance(dim, list) else dim, keepdims=keepdim)


def matrix_norm(a, ord="fro", dim=(-2, -1), keepdim=False, dtype=None):
    """linalg.matrix_norm"""
    return mg.linalg.norm(a, ord, tuple(dim), keepdim)


def linalg_norm(a, ord=None, dim=None, keepdim=False, dtype=None):
    """linalg.norm: without ord of all numbers"""
    if ord is None and dim is None:
        return mg.reshape(mg.linalg.vector_norm(a.ravel()), (1,) * a.ndim if keepdim else ())
    return mg.linalg.norm(a, ord, tuple(dim) if isinstance(dim, (list, tuple)) else dim, keepdim)


def signs_apart(pair):
    """Vectors up to their sign: their absolute values."""
    return [pair[0], *(mg.abs(v) for v in pair[1:])]


def made(name):
    """new_zeros and its like: of the tensor's dtype"""
    def call(a, shape, *rest, dtype=None, **options):
        return getattr(mg, name)(tuple(shape) if not isinstance(shape, int) else shape, *rest, dtype=dtype or a.dtype)

    return call


def batch_norm(x, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """F.batch_norm in PyTorch's order"""
    return F.batch_norm(x, running_mean, running_var, weight, bias, training, momentum, eps)


def squeeze(a, dim=None):
    """squeeze: axes of more than one stay, in PyTorch"""
    axes = (dim,) if isinstance(dim, int) else tuple(range(a.ndim)) if dim is None else dim
    return mg.squeeze(a, tuple(i for i in axes if a.ndim and a.shape[i] == 1))


def uniques(a, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """unique, of all numbers"""
    if dim is not None:
        raise NotImplementedError("unique along a dim")
    found = mg.unique(a, return_inverse=return_inverse, return_counts=return_counts)
    return found


def dot_dims(a, b, dims=2):
    """tensordot"""
    return mg.tensordot(a, b, dims if isinstance(dims, int) else tuple(tuple(int(i) for i in d) for d in dims))


def meshed(*given, indexing="ij"):
    """meshgrid of tensors, or of a list"""
    given = given[0] if isinstance(given[0], (list, tuple)) else given
    return mg.meshgrid(*given, indexing=indexing)


def index_put(a, indices, values, accumulate=False):
    """a.at"""
    at = a.at[tuple(indices)]
    return at.add(values) if accumulate else at.set(values)


def div(a, b, rounding_mode=None):
    """div"""
    return mg.div(a, b, rounding_mode=rounding_mode)


def gradient(a, *, spacing=1, dim=None, edge_order=1):
    """gradient"""
    spacing = spacing if isinstance(spacing, (list, tuple)) else [1 if spacing is None else spacing]
    spacing = [s.numpy() if isinstance(s, mg.Tensor) else s for s in spacing]
    return mg.gradient(a, *spacing, axis=dim, edge_order=edge_order)


def shaped(a, *shape):
    """reshape, to a shape or its sizes"""
    return a.reshape(*shape)
