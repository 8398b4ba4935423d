"""PyTorch's calls of its operator database written with minigrad's functions, where name or arguments differ.

A name that is not here is called as it is: F.<name> for nn.functional.<name>, mg.linalg and mg.fft for theirs, else mg.<name> or
the method of a tensor.
"""

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
    spacing = [s.tolist() if isinstance(s, mg.Tensor) else s for s in spacing] if isinstance(spacing, (list, tuple)) else [spacing]
    return mg.gradient(a, *spacing, axis=dim, edge_order=edge_order)


def shaped(a, *shape):
    """reshape, to a shape or its sizes"""
    return a.reshape(*shape)


CALLS = {
    **{name: lambda a, dim, i, *r, f=getattr(mg, name), **o: f(a, *r, dim=dim, index=i, **o)
       for name in ("gather", "index_select")},
    "max": along("max"), "min": along("min"), "std": spread("std"), "var": spread("var"), "std_mean": std_mean("std"),
    "var_mean": std_mean("var"), "sum": in_dtype("sum", dim="axis", keepdim="keepdims"), "mean": in_dtype("mean"),
    "prod": in_dtype("prod"), "nansum": in_dtype("nansum"), "nanmean": in_dtype("nanmean"), **{name: by_dim(name) for name in ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp", "logsumexp")},
    "softmax": F.softmax, "log_softmax": F.log_softmax,
    "add": lambda a, b, alpha=1: mg.add(a, b if alpha == 1 else alpha * b),
    "sub": lambda a, b, alpha=1: mg.sub(a, b if alpha == 1 else alpha * b),
    "rsub": lambda a, b, alpha=1: mg.sub(b, a if alpha == 1 else alpha * a),
    "addmm": product(mg.matmul), "addmv": product(mg.matmul), "baddbmm": product(mg.matmul), "addr": product(mg.outer),
    "addbmm": product(lambda a, b: mg.sum(a @ b, 0)), "addcmul": lambda a, b, c, value=1: a + value * b * c,
    "addcdiv": lambda a, b, c, value=1: a + value * b / c, "div": div, "true_divide": mg.div,
    "clamp": clamp, "clamp_min": lambda a, low: mg.clip(a, low), "clamp_max": lambda a, high: mg.clip(a, None, high),
    "repeat": lambda a, *reps: mg.tile(a, reps[0] if isinstance(reps[0], (list, tuple)) else reps), "tile": lambda a, *reps:
    mg.tile(a, reps[0] if len(reps) == 1 else reps), "repeat_interleave": lambda a, repeats, dim=None, output_size=None:
    mg.repeat(a, repeats, dim), "transpose": mg.swapaxes, "transpose_copy": mg.swapaxes, "permute": lambda a, *dims:
    mg.transpose(a, dims[0] if isinstance(dims[0], (list, tuple)) else dims), "t": lambda a: a.t(), "T": lambda a: a.T,
    "mT": lambda a: mg.swapaxes(a, -2, -1), "H": lambda a: mg.conj(a).t(), "mH": lambda a: mg.conj(mg.swapaxes(a, -2, -1)),
    "chunk": mg.chunk, "unsafe_chunk": mg.chunk, "tensor_split": sections, "split": split, "unsafe_split": split,
    "split_with_sizes": split, "split_with_sizes_copy": split, "median": lambda a, *r, **o: lower_median(a, *r, **o),
    "flip": dims("flip"), "roll": dims("roll"), "rot90": dims("rot90"), "squeeze": squeeze, "squeeze_copy": squeeze,
    "unsqueeze": mg.expand_dims, "unsqueeze_copy": mg.expand_dims, "take": lambda a, i: mg.take(a, i),
    "take_along_dim": lambda a, i, dim=None: mg.take_along_axis(a, i, dim), "scatter": scattered, "unfold": windows,
    "unfold_copy": windows, "narrow": narrow, "narrow_copy": narrow, "select": lambda a, dim, i: a[indexed(a, dim, i)],
    "unbind": lambda a, dim=0: mg.unstack(a, dim), "unbind_copy": lambda a, dim=0: mg.unstack(a, dim),
    "slice": lambda a, dim=0, start=None, end=None, step=1: a[indexed(a, dim, slice(start, end, step))],
    "index_fill": lambda a, dim, i, v: a.at[indexed(a, dim, i)].set(v),
    "index_copy": lambda a, dim, i, v: a.at[indexed(a, dim, i)].set(v), "index_put": index_put,
    "select_scatter": lambda a, v, dim, i: a.at[indexed(a, dim, i)].set(v),
    "slice_scatter": lambda a, v, dim=0, start=None, end=None, step=1: a.at[indexed(a, dim, slice(start, end, step))].set(v),
    "diag": lambda a, diagonal=0: mg.diag(a, diagonal), "tril": lambda a, diagonal=0: mg.tril(a, diagonal),
    "triu": lambda a, diagonal=0: mg.triu(a, diagonal), "diagflat": lambda a, offset=0: mg.diagflat(a, offset),
    "diagonal": lambda a, offset=0, dim1=0, dim2=1: mg.diagonal(a, offset, dim1, dim2), "diag_embed": diag_embed,
    "diagonal_copy": lambda a, offset=0, dim1=0, dim2=1: mg.diagonal(a, offset, dim1, dim2),
    "linalg.diagonal": lambda a, offset=0, dim1=-2, dim2=-1: mg.diagonal(a, offset, dim1, dim2),
    "argwhere": lambda a: mg.stack(mg.nonzero(a), 1), "nonzero": lambda a: mg.stack(mg.nonzero(a), 1),
    "topk": lambda a, k, dim=-1, largest=True, sorted=True: mg.topk(a, k, dim=dim, largest=largest),
    "sort": lambda a, dim=-1, descending=False, stable=False: a.sort(dim=dim, descending=descending, stable=stable),
    "argsort": lambda a, dim=-1, descending=False, stable=False: mg.argsort(a, dim, descending),
    "msort": lambda a: mg.sort(a, 0),
    "kthvalue": lambda a, k, dim=-1, keepdim=False: mg.sort(a, dim)[indexed(a, dim, slice(k - 1, k) if keepdim else k - 1)]
    if a.ndim else a, "norm": norm, "dist": lambda a, b, p=2: mg.linalg.vector_norm((a - b).ravel(), p),
    "einsum": lambda operands, equation: mg.einsum(equation, *operands), "tensordot": dot_dims,
    "cross": lambda a, b, dim=-1: mg.cross(a, b, axis=dim), "cov": lambda a, correction=1, fweights=None, aweights=None:
    mg.cov(a, ddof=correction, fweights=fweights, aweights=aweights),
    "quantile": lambda a, q, dim=None, keepdim=False, interpolation="linear":
    mg.quantile(a, q, dim, method=interpolation, keepdims=keepdim),
    "trapezoid": trapezoid, "trapz": trapezoid, "meshgrid": meshed, "gradient": gradient, "broadcast_tensors":
    mg.broadcast_arrays, "expand": expanded, "expand_copy": expanded, "view": shaped, "reshape": shaped, "view_copy": shaped,
    "alias_copy": lambda a: a.clone(), "permute_copy": lambda a, d: mg.transpose(a, d), "t_copy": lambda a: a.t(),
    "unflatten": lambda a, dim, sizes: a.reshape((*a.shape[:dim % a.ndim], *sizes, *a.shape[dim % a.ndim + 1:])),
    "searchsorted": searchsorted, "bucketize": lambda v, edges, out_int32=False, right=False:
    mg.searchsorted(edges, v, "right" if right else "left"), "atleast_1d": mg.atleast_1d, "atleast_2d": mg.atleast_2d,
    "flatten": lambda a, start_dim=0, end_dim=-1: mg.flatten(a, start_dim, end_dim),
    "positive": lambda a: +a, "unique": uniques, "logical_not": mg.logical_not, 
    "nn.functional.pad": padded, "linalg.norm": linalg_norm, "linalg.vector_norm": vector_norm,
    "linalg.matrix_norm": matrix_norm, "linalg.cross": lambda a, b, dim=-1: mg.linalg.cross(a, b, axis=dim),
    "linalg.eigh": lambda a, UPLO="L": signs_apart(mg.linalg.eigh(a, UPLO)), "linalg.eigvalsh": mg.linalg.eigvalsh,
    "linalg.matrix_power": mg.linalg.matrix_power, "matrix_exp": mg.linalg.expm, "pinverse": mg.linalg.pinv,
    "logdet": lambda a: mg.log(mg.linalg.det(a)), "linalg.cond": mg.linalg.cond,
    "linalg.vecdot": lambda a, b, dim=-1: mg.linalg.vecdot(a, b, axis=dim), "linalg.inv_ex": mg.linalg.inv,
    "linalg.solve": mg.linalg.solve, "cholesky": lambda a, upper=False: mg.linalg.cholesky(a) if not upper else
    mg.swapaxes(mg.linalg.cholesky(a), -2, -1), "linalg.cholesky": lambda a, upper=False: mg.linalg.cholesky(a) if not upper else
    mg.swapaxes(mg.linalg.cholesky(a), -2, -1), "qr": lambda a, some=True: mg.linalg.qr(a, "reduced" if some else "complete"),
    "linalg.vander": lambda x, N=None: x[..., None] ** np.arange(N or x.shape[-1]),
    "linalg.tensorinv": mg.linalg.tensorinv, "linalg.tensorsolve": lambda a, b, dims=None: mg.linalg.tensorsolve(a, b, dims),
    "new_zeros": made("zeros"), "new_ones": made("ones"), "new_full": made("full"), "nn.functional.batch_norm": batch_norm,
    "xlogy": lambda a, b: mg.where(mg.equal(a, 0) & ~mg.isnan(b), 0, a * mg.log(mg.where(mg.equal(a, 0), 1, b))),
    "ldexp": lambda a, b: a * mg.exp2(b), "frac": lambda a: a - mg.trunc(a), "logit": lambda a, eps=None:
    mg.log(a / (1 - a)) if eps is None else mg.log(mg.clip(a, eps, 1 - eps) / (1 - mg.clip(a, eps, 1 - eps))),
    "isposinf": lambda a: mg.isinf(a) & (a > 0), "isneginf": lambda a: mg.isinf(a) & (a < 0), "isreal": lambda a:
    mg.equal(mg.imag(a), 0) if a.dtype.kind == "c" else mg.equal(a, a) | True, "float_power": lambda a, b: mg.power(a.double(), b),
    "aminmax": lambda a, dim=None, keepdim=False: [mg.min(a, dim, keepdims=keepdim), mg.max(a, dim, keepdims=keepdim)],
    "movedim": mg.moveaxis,
    "heaviside": lambda a, b: mg.where(mg.equal(a, 0), b, (a > 0).astype(a.dtype)), "resolve_conj": lambda a: a,
    "resolve_neg": lambda a: a, "conj_physical": mg.conj, "sgn": mg.sign, "masked_select": mg.masked_select,
    "count_nonzero": lambda a, dim=None: mg.count_nonzero(a, dim), "isin": lambda a, b, **o: mg.equal(a[..., None], b.ravel()).any(-1),
    "logspace": lambda a, b, n, base=10, dtype=None: mg.logspace(a, b, n, base=base), "linspace": lambda a, b, n, dtype=None:
    mg.linspace(a, b, n), "cartesian_prod": lambda *a: a[0] if len(a) == 1 else
    mg.stack([m.ravel() for m in mg.meshgrid(*a, indexing="ij")], 1), "matmul": mg.matmul, "inner": mg.inner,
    "scalar_tensor": lambda v, dtype=None: mg.tensor(v, dtype), "index_add": mg.index_add, "scatter_add": mg.scatter_add,
    "nn.functional.bilinear": F.bilinear if hasattr(F, "bilinear") else None, "square": mg.square, "lerp": mg.lerp,
    "nn.functional.unfold": mg.unfold, "as_strided_copy": None, "nn.functional.upsample_nearest": interpolate("nearest"),
    "nn.functional.upsample_bilinear": lambda x, size=None, scale_factor=None, **o:
    F.interpolate(x, size=size, scale_factor=scale_factor, mode="bilinear", align_corners=True), "to": None,
    "special.entr": None, "special.xlog1py": lambda a, b: mg.where(mg.equal(a, 0), 0, a * mg.log1p(b)),
    "special.ndtr": lambda a: 0.5 * mg.erfc(-a / 2**0.5), "hypot": mg.hypot, "argmax": mg.argmax, "argmin": mg.argmin,
    "fft.hfft": mg.fft.hfft, "real": mg.real, "imag": mg.imag, "angle": mg.angle, "nn.functional.logsigmoid": F.logsigmoid,
    "arange": lambda start, end=None, step=1, dtype=None: mg.arange(start) if end is None else mg.arange(start, end, step),
    "fill": lambda a, value: mg.full_like(a, value), "amax": lambda a, dim=None, keepdim=False: mg.max(a, dim, keepdims=keepdim),
    "amin": lambda a, dim=None, keepdim=False: mg.min(a, dim, keepdims=keepdim),
    "linalg.solve_triangular": lambda a, b, *, upper, left=True, unitriangular=False:
    mg.linalg.solve_triangular(a, b, lower=not upper, unit_diagonal=unitriangular) if left else
    mg.swapaxes(mg.linalg.solve_triangular(mg.swapaxes(a, -2, -1), mg.swapaxes(b, -2, -1), lower=upper,
                                           unit_diagonal=unitriangular), -2, -1),
    "constant_pad_nd": lambda a, widths, value=0: F.pad(a, widths, value=value),
    "__getitem__": lambda a, i: a[tuple(i) if isinstance(i, list) and not all(isinstance(j, int) for j in i) else i],
}
for _mode in ("nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"):
    CALLS[f"nn.functional.interpolate.{_mode}"] = interpolate(_mode)
