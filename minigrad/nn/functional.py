"""The functions of layers and losses under PyTorch's names, with PyTorch's arguments: `F.relu(x)`, `F.conv2d(x, weight, bias)`.

They are the operations of `mg` (ops/); here are their second names only, one table of them. Of each operation that there is,
PyTorch's name is here: its keywords (`input`, `weight`, `dim` ...) mean the operation's own, and those by position stand in
PyTorch's order.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

from minigrad import ops
from minigrad.nn import channels, functions, weighed
from minigrad.nn.channels import channel_dropout
from minigrad.nn.conv import MODES
from minigrad.nn.functions import *  # noqa: F403  (its __all__)
from minigrad.nn.functions import not_inplace
from minigrad.nn.weighed import *  # noqa: F403  (its __all__)
from minigrad.system.names import missing
from minigrad.tensor import Tensor, floating, lift
from minigrad.types import Operand

# the operation's name is PyTorch's
SAME = """
    relu relu6 leaky_relu prelu elu selu celu gelu silu mish sigmoid tanh softsign hardtanh hardsigmoid hardswish
    logsigmoid tanhshrink hardshrink softshrink threshold linear one_hot
    conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d unfold fold
    max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d max_unpool1d max_unpool2d max_unpool3d lp_pool1d lp_pool2d
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d
    layer_norm group_norm rms_norm local_response_norm interpolate pixel_shuffle pixel_unshuffle
    scaled_dot_product_attention cosine_similarity pairwise_distance
""".split()
# losses: in PyTorch's order weight stands third, and words of its past between the others: so the rest goes by keyword
LOSSES = """
    cross_entropy nll_loss smooth_l1_loss binary_cross_entropy binary_cross_entropy_with_logits kl_div
    poisson_nll_loss gaussian_nll_loss hinge_embedding_loss margin_ranking_loss multi_margin_loss multilabel_soft_margin_loss
    soft_margin_loss cosine_embedding_loss triplet_margin_loss multilabel_margin_loss
""".split()
BY_POSITION = {"relu": 1}       # PyTorch's second is inplace, ours the slope at 0
# PyTorch's keywords, and what the operation may call them; `input` is its first
KEYWORDS = {"dim": ("axis",), "keepdim": ("keepdims",), "weight": ("w", "gamma"), "bias": ("b", "beta"),
            "kernel_size": ("size",), "target": ("b",)}


def _renamed(name: str, operation: Callable[..., Any], by_position: int | None) -> Callable[..., Any]:
    """An operation under PyTorch's name and keywords. by_position: how many arguments may come so, at most."""
    parameters = list(inspect.signature(operation).parameters)
    ours = {"input": parameters[0]} | {theirs: next(word for word in words if word in parameters)
                                       for theirs, words in KEYWORDS.items()
                                       if theirs not in parameters and any(word in parameters for word in words)}

    @wraps(operation)
    def function(*args: Any, **options: Any) -> Any:
        if by_position is not None and len(args) > by_position:
            raise TypeError(f"[{name}] found {len(args)} arguments by position but expected at most {by_position}: give "
                            f"{', '.join(parameters[by_position:])} by keyword")
        if options.pop("inplace", False):
            not_inplace(name, True)
        return operation(*args, **{ours.get(word, word): value for word, value in options.items()})

    function.__name__ = function.__qualname__ = name
    function.__module__ = __name__
    vars(function).pop("__wrapped__")
    function.__doc__ = f"mg.{operation.__name__} under PyTorch's name. {operation.__doc__ or ''}"
    return function


def _required(operation):
    """How many arguments it must be given."""
    return sum(p.default is p.empty for p in inspect.signature(operation).parameters.values())


def _collected() -> dict[str, Callable[..., Any]]:
    named: dict[str, Callable[..., Any]] = {}
    for name in SAME:
        if hasattr(ops, name):
            named[name] = _renamed(name, getattr(ops, name), BY_POSITION.get(name))
    for name in LOSSES:
        if hasattr(ops, name):
            named[name] = _renamed(name, getattr(ops, name), _required(getattr(ops, name)))
    return named


if not TYPE_CHECKING:
    globals().update(_collected())


# ---- functions whose arguments are PyTorch's alone

def softmax(input: Operand, dim: int = -1, dtype: Any = None) -> Tensor:
    """exp(x) / sum(exp(x)) along an axis; PyTorch asks for dim, here it is the last unless given."""
    return ops.softmax(input if dtype is None else ops.astype(input, dtype), dim)


def log_softmax(input: Operand, dim: int = -1, dtype: Any = None) -> Tensor:
    """x - log(sum(exp(x))) along an axis; PyTorch asks for dim, here it is the last unless given."""
    return ops.log_softmax(input if dtype is None else ops.astype(input, dtype), dim)


def softmin(input: Operand, dim: int = -1, dtype: Any = None) -> Tensor:
    """softmax(-x, dim)"""
    return softmax(ops.neg(input), dim, dtype)


def glu(input: Operand, dim: int = -1) -> Tensor:
    """a sigmoid(b), where a and b are the halves of x along an axis (Dauphin et al. 2017)."""
    return ops.glu(input, dim)


def normalize(input: Operand, p: float = 2.0, dim: int | Sequence[int] = 1, eps: float = 1e-12) -> Tensor:
    """x / max(|x|, eps), with the p-norm of x along an axis or several; p: any number, infinities too. Where the norm is less
    than eps the slope is 1 / eps."""
    x = floating(lift(input))
    if not x.ndim:
        return ops.reshape(normalize(ops.reshape(x, (1,)), p, dim, eps), ())
    axes = tuple(dim) if isinstance(dim, Sequence) else dim
    return ops.div(x, ops.maximum(ops.linalg.vector_norm(x, p, axis=axes, keepdims=True), eps))


def dropout(input: Operand, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """mg.dropout: x / (1 - p) with probability 1 - p, else 0; x itself unless training."""
    not_inplace("dropout", inplace)
    return ops.dropout(input, p, training)


def dropout1d(input: Operand, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels of x (N, C, L) or (C, L) dropped."""
    not_inplace("dropout1d", inplace)
    return channel_dropout("dropout1d", input, 1, p, training)


def dropout2d(input: Operand, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels of x (N, C, H, W) or (C, H, W) dropped."""
    not_inplace("dropout2d", inplace)
    return channel_dropout("dropout2d", input, 2, p, training)


def dropout3d(input: Operand, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels of x (N, C, D, H, W) or (C, D, H, W) dropped."""
    not_inplace("dropout3d", inplace)
    return channel_dropout("dropout3d", input, 3, p, training)


def alpha_dropout(input: Operand, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean 0 and variance 1, after SELU."""
    not_inplace("alpha_dropout", inplace)
    return channels.alpha_dropout(input, p, training)


def pad(input: Operand, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """mg.pad with PyTorch's widths: (before, after) of the last axis, then of the one before it, and so on. mode: "constant",
    "reflect", "replicate" or "circular"."""
    x = ops.astype(input, input.dtype) if isinstance(input, Tensor) else Tensor(input)
    if len(pad) % 2 or len(pad) > 2 * x.ndim:
        raise ValueError(f"[pad] expected (before, after) for the last axes of shape {x.shape}, found {tuple(pad)}")
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
    widths = [(0, 0)] * (x.ndim - len(pairs)) + pairs[::-1]
    if mode == "constant":
        return ops.pad(x, widths, constant_values=value or 0)
    if mode not in MODES:
        raise ValueError(f"[pad] mode must be 'constant', {', '.join(map(repr, MODES))}, found {mode!r}")
    return ops.pad(x, widths, mode=MODES[mode])


def _names() -> Mapping[str, Any]:
    return {name: thing for name, thing in globals().items() if inspect.isfunction(thing) and thing.__module__ == __name__
            and name[0] != "_"}


__all__ = sorted([*_names(), *functions.__all__, *weighed.__all__])


if not TYPE_CHECKING:
    def __getattr__(name: str) -> None:
        raise AttributeError(missing(__name__, name))
