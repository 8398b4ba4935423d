"""Parametrizations of weights: by direction and length, and by the largest singular value."""

from typing import TYPE_CHECKING, Any

import numpy as np

from minigrad.modes import no_grad
from minigrad.nn.module import Module
from minigrad.nn.parameter import Buffer, write
from minigrad.nn.utils.parametrize import register_parametrization
from minigrad.ops.elementwise import div, mul, sqrt
from minigrad.ops.matmul import matmul
from minigrad.ops.reduce import sum
from minigrad.ops.shape import reshape, transpose
from minigrad.random import generator
from minigrad.system.names import missing
from minigrad.tensor import Tensor

__all__ = ["spectral_norm", "weight_norm"]


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """weight = g v / |v| (Salimans & Kingma 2016): its lengths g, one for each index of axis `dim` (None: one in all), and its
    direction v are trained in its place, as parametrizations.weight.original0 and original1; returns the module."""
    return register_parametrization(module, name, _WeightNorm(dim))


class _WeightNorm(Module):
    def __init__(self, dim: int | None):
        self.dim = None if dim == -1 else dim

    def forward(self, g: Tensor, v: Tensor) -> Tensor:
        return mul(v, div(g, self._length(v)))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return self._length(weight), weight

    def _length(self, v):
        if self.dim is None:
            return sqrt(sum(mul(v, v)))
        axes = tuple(i for i in range(v.ndim) if i != self.dim % v.ndim)
        return sqrt(sum(mul(v, v), axes, True))

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


def spectral_norm(module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12,
                  dim: int | None = None) -> Module:
    """weight / its largest singular value (Miyato et al. 2018), as a matrix whose rows are axis `dim`; returns the module.

    The value is estimated by power iteration, n_power_iterations more steps at each forward in training; its two vectors are
    buffers. dim: 1 for transposed convolutions, else 0.
    """
    weight = getattr(module, name)
    if isinstance(n_power_iterations, bool) or not isinstance(n_power_iterations, int) or n_power_iterations < 1:
        raise ValueError(f"[spectral_norm] n_power_iterations must be an int >= 1, found {n_power_iterations!r}")
    dim = ("Transpose" in type(module).__name__) * 1 if dim is None else dim
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))


class _SpectralNorm(Module):
    def __init__(self, weight: Tensor, steps: int, dim: int, eps: float):
        self.steps, self.dim, self.eps = steps, dim % max(weight.ndim, 1), eps
        if weight.ndim > 1:
            rows, columns = self._matrix(weight).shape
            for vector, size in (("_u", rows), ("_v", columns)):
                a = generator().normal(size=size)
                setattr(self, vector, Buffer((a / np.linalg.norm(a)).astype(weight.dtype), weight.device))
            self._iterate(self._matrix(weight), 15)

    def _matrix(self, weight):
        order = (self.dim, *(i for i in range(weight.ndim) if i != self.dim))
        w = weight if self.dim == 0 else transpose(weight, order)
        return reshape(w, (w.shape[0], -1))

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return div(weight, sqrt(sum(mul(weight, weight))) + self.eps)
        w = self._matrix(weight)
        if self.training:
            self._iterate(w, self.steps)
        u, v = (Tensor(b.detach(), device=b.device) for b in (self._u, self._v))      # the buffers change at the next forward
        return div(weight, sum(mul(u, matmul(w, v))))

    def right_inverse(self, value: Any) -> Any:
        return value

    def _iterate(self, w, steps):
        with no_grad():
            w = w.detach()
            u, v = self._u.detach(), self._v.detach()
            for _ in range(steps):
                u = self._unit(matmul(w, v))
                v = self._unit(matmul(transpose(w), u))
            for buffer, a in ((self._u, u), (self._v, v)):
                write(buffer, a.k.to_numpy(a.data))

    def _unit(self, a):
        length = sqrt(sum(mul(a, a)))
        return div(a, length if length.item() > self.eps else self.eps)


if not TYPE_CHECKING:
    def __getattr__(name: str) -> None:
        raise AttributeError(missing(__name__, name))
