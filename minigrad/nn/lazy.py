"""Layers that learn the size of their input from the first one: LazyLinear(10) becomes Linear(n, 10).

Until then their parameters are there, without a shape: they can be counted out, frozen and loaded (which gives the shape), but
no optimiser takes them.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import numpy as np

from minigrad.nn.conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from minigrad.nn.layer_norm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from minigrad.nn.linear import Linear
from minigrad.nn.module import Module
from minigrad.nn.norm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from minigrad.nn.parameter import Buffer, Parameter, write
from minigrad.tensor import get_default_dtype
from minigrad.types import Input, Shape


class _Shapeless:
    """What a Parameter and a Buffer without a shape have in common: it can be given one."""

    __slots__ = ()
    takes_any_shape = True

    def materialize(self: Any, shape: Shape) -> None:
        """Zeros of this shape from now on, and an ordinary Parameter or Buffer: the same object, for who holds it."""
        self._data = self.k.zeros(shape, self._data)
        self.__class__ = Parameter if isinstance(self, Parameter) else Buffer


class UninitializedParameter(_Shapeless, Parameter):
    """A parameter whose shape the first input will tell."""

    __slots__ = ()

    def __init__(self, requires_grad: bool = True, device: str | None = None):
        super().__init__(np.zeros(0, get_default_dtype()), requires_grad, device)

    def __repr__(self):
        return "UninitializedParameter()"


class UninitializedBuffer(_Shapeless, Buffer):
    """A buffer whose shape the first input will tell."""

    __slots__ = ()

    def __init__(self, device: str | None = None):
        super().__init__(np.zeros(0, get_default_dtype()), device)

    def __repr__(self):
        return "UninitializedBuffer()"


class _Lazy(Module):
    """A layer before its first input: what it was given, and which layer it becomes."""

    becomes: type[Module]
    axis = 1                    # of the input, whose size is the first argument of that layer
    defaults: ClassVar[dict[str, Any]] = {}         # that are not that layer's

    def __init__(self, *args: Any, **options: Any):
        given = _arguments(self.becomes, type(self).__name__, args, options, self.defaults)
        names = list(given)[2 + len(args):]             # self, the size, and those by position come before
        self._given = args, {name: given[name] for name in names if name in options or name in self.defaults}
        device = given.get("device")
        affine = given.get("affine", True)
        self.weight = UninitializedParameter(device=device) if affine else None
        self.bias = UninitializedParameter(device=device) if affine and given.get("bias", True) else None
        if given.get("track_running_stats"):
            self.running_mean, self.running_var = UninitializedBuffer(device), UninitializedBuffer(device)
            self.num_batches_tracked = Buffer(np.zeros((), np.int64), device)

    def forward(self, x: Input) -> Any:
        shape = np.shape(x) if isinstance(x, (list, tuple, int, float)) else x.shape
        if len(shape) < 2 - (self.axis == -1):
            raise ValueError(f"[{type(self).__name__}] expected x with an axis {self.axis}, whose size it takes, found {shape}")
        self._become(shape[self.axis])
        return type(self).forward(self, x)  # of what it is now

    def _become(self, size):
        args, options = self._given
        fresh = self.becomes(size, *args, **options)
        for name, value in vars(fresh).items():
            own = vars(self).get(name)
            if isinstance(own, (Parameter, Buffer)):
                if isinstance(own, _Shapeless):
                    own.materialize(value.shape)
                    write(own, value.k.to_numpy(value.data))
                elif own.shape != value.shape:
                    raise ValueError(f"[{type(self).__name__}] {name} was loaded with shape {own.shape}, but this input needs "
                                     f"{value.shape}")
            else:
                object.__setattr__(self, name, value)
        del self._given
        object.__setattr__(self, "__class__", self.becomes)

    def extra_repr(self) -> str:
        args, options = self._given
        return ", ".join(["?", *map(repr, args), *(f"{name}={value!r}" for name, value in options.items())])


def _arguments(layer, name, args, options, defaults):
    """The arguments by name, in order, with the defaults; TypeError for what the layer does not take."""
    signature = inspect.signature(layer.__init__)
    try:
        bound = signature.bind(None, 1, *args, **options)
    except TypeError as error:
        raise TypeError(f"[{name}] {error}: the arguments are those of {layer.__name__} without the first, the size of the "
                        "input") from None
    for option, value in defaults.items():
        bound.arguments.setdefault(option, value)
    bound.apply_defaults()
    return bound.arguments


def _lazy(layer: type[Module], axis: int = 1, **defaults: Any) -> type[_Lazy]:
    """The lazy form of a layer whose first argument is the size of its input's axis."""
    name = f"Lazy{layer.__name__}"
    text = f"{layer.__name__} whose first argument is the size of the first input's axis {axis}; the others are given here."
    if defaults:
        text += f" If not given, {' and '.join(f'{option}={value}' for option, value in defaults.items())}, as in PyTorch."
    return type(name, (_Lazy,), {"becomes": layer, "axis": axis, "defaults": defaults, "__doc__": text, "__module__": __name__})


LazyLinear = _lazy(Linear, -1)
LazyConv1d = _lazy(Conv1d)
LazyConv2d = _lazy(Conv2d)
LazyConv3d = _lazy(Conv3d)
LazyConvTranspose1d = _lazy(ConvTranspose1d)
LazyConvTranspose2d = _lazy(ConvTranspose2d)
LazyConvTranspose3d = _lazy(ConvTranspose3d)
LazyBatchNorm1d = _lazy(BatchNorm1d)
LazyBatchNorm2d = _lazy(BatchNorm2d)
LazyBatchNorm3d = _lazy(BatchNorm3d)
LazyInstanceNorm1d = _lazy(InstanceNorm1d, affine=True, track_running_stats=True)
LazyInstanceNorm2d = _lazy(InstanceNorm2d, affine=True, track_running_stats=True)
LazyInstanceNorm3d = _lazy(InstanceNorm3d, affine=True, track_running_stats=True)
