"""PyTorch's names of its operator database, and minigrad's calls where name or arguments differ.

A name that is not here is called as it is: F.<name> for nn.functional.<name>, mg.linalg's and mg.fft's for theirs, else
mg.<name> or the method of a tensor. Some are short expressions: where PyTorch has one function and minigrad two.
"""

import numpy as np

import minigrad as mg
from minigrad.nn import functional as F

from .torch_calls import (
    along,
    batch_norm,
    by_dim,
    clamp,
    diag_embed,
    dims,
    div,
    dot_dims,
    expanded,
    gradient,
    in_dtype,
    index_put,
    indexed,
    interpolate,
    linalg_norm,
    lower_median,
    made,
    matrix_norm,
    meshed,
    narrow,
    norm,
    padded,
    product,
    scattered,
    searchsorted,
    sections,
    shaped,
    signs_apart,
    split,
    spread,
    squeeze,
    std_mean,
    trapezoid,
    uniques,
    vector_norm,
    windows,
)

CALLS = {
    **{name: lambda a, dim, i, *r, f=getattr(mg, name), **o: f(a, *r, dim=dim, index=i, **o)
       for name in ("gather", "index_select")},
    "max": along("max"), "min": along("min"), "std": spread("std"), "var": spread("var"), "std_mean": std_mean("std"),
    "var_mean": std_mean("var"), "sum": in_dtype("sum", dim="axis", keepdim="keepdims"), "mean": in_dtype("mean"),
    "prod": in_dtype("prod"), "nansum": in_dtype("nansum"), "nanmean": in_dtype("nanmean"), **{name:
    by_dim(name) for name in ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp", "logsumexp")},
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
    "argwhere": lambda a: mg.stack(mg.nonzero(a), 1), "nonzero": lambda a, as_tuple=False: mg.nonzero(a, as_tuple=as_tuple),
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
    mg.swapaxes(mg.linalg.cholesky(a), -2, -1), "linalg.cholesky": lambda a, upper=False:
    mg.linalg.cholesky(a) if not upper else
    mg.swapaxes(mg.linalg.cholesky(a), -2, -1), "qr": lambda a, some=True: mg.linalg.qr(a, "reduced" if some else "complete"),
    "linalg.vander": lambda x, N=None: x[..., None] ** np.arange(N or x.shape[-1]),
    "linalg.tensorinv": mg.linalg.tensorinv, "linalg.tensorsolve": lambda a, b, dims=None: mg.linalg.tensorsolve(a, b, dims),
    "new_zeros": made("zeros"), "new_ones": made("ones"), "new_full": made("full"), "nn.functional.batch_norm": batch_norm,
    "xlogy": lambda a, b: mg.where(mg.equal(a, 0) & ~mg.isnan(b), 0, a * mg.log(mg.where(mg.equal(a, 0), 1, b))),
    "ldexp": lambda a, b: a * mg.exp2(b), "frac": lambda a: a - mg.trunc(a), "logit": lambda a, eps=None:
    mg.log(a / (1 - a)) if eps is None else mg.log(mg.clip(a, eps, 1 - eps) / (1 - mg.clip(a, eps, 1 - eps))),
    "isposinf": lambda a: mg.isinf(a) & (a > 0), "isneginf": lambda a: mg.isinf(a) & (a < 0), "isreal": lambda a:
    mg.equal(mg.imag(a), 0) if a.dtype.kind == "c" else mg.equal(a, a) | True, "float_power": lambda a, b:
    mg.power(a.double(), b),
    "aminmax": lambda a, dim=None, keepdim=False: [mg.min(a, dim, keepdims=keepdim), mg.max(a, dim, keepdims=keepdim)],
    "movedim": mg.moveaxis,
    "heaviside": lambda a, b: mg.where(mg.equal(a, 0), b, (a > 0).astype(a.dtype)), "resolve_conj": lambda a: a,
    "resolve_neg": lambda a: a, "conj_physical": mg.conj, "sgn": mg.sign, "masked_select": mg.masked_select,
    "count_nonzero": lambda a, dim=None: mg.count_nonzero(a, dim), "isin": lambda a, b, **o:
    mg.equal(a[..., None], b.ravel()).any(-1),
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
    "fill": lambda a, value: mg.full_like(a, value), "amax": lambda a, dim=None, keepdim=False:
    mg.max(a, dim, keepdims=keepdim),
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
