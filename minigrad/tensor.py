"""Tensor: an array that remembers how it was made, so that its gradient can be found.

Operations are plain functions in `ops/`; that package attaches them here as operators and methods. `data` is always an
array of the tensor's device (0-d included), `k` the device's table of kernels.
"""

from __future__ import annotations

import copy
import math
import numbers
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from minigrad import escape, graph, kernels
from minigrad.assignment import assign_data, assign_grad, check_writeable
from minigrad.graph import GRAD, Node, Variable, alike, constant, leaf_node, memory_of, mode, note_writes, records_as
from minigrad.hooks import register_hook, register_post_accumulate_grad_hook
from minigrad.kernels.complex import refusal
from minigrad.kernels.dtypes import INEXACT, NUMERIC, complex_of, is_complex, is_differentiable
from minigrad.modes import enable_grad
from minigrad.system import names
from minigrad.system.absent import Telling

if TYPE_CHECKING:
    from minigrad.types import Array, DType, Index, Operand

_default_dtype = np.dtype(np.float32)
KINDS = {"f": "floating point number", INEXACT: "floating point or complex number", NUMERIC: "number"}
FLOATS = (np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.float16))


def set_default_dtype(dtype: DType) -> None:
    """The dtype of Python numbers and lists, and of true division of integers: float32 unless set to float64."""
    global _default_dtype
    dtype = np.dtype(dtype)
    if dtype not in FLOATS:
        raise TypeError(f"[set_default_dtype] expected float32, float64 or float16, found {dtype}")
    _default_dtype = dtype


def get_default_dtype() -> np.dtype[Any]:
    """The dtype that Python numbers and lists become."""
    return _default_dtype


@records_as
class Tensor(Variable, Telling):
    """A differentiable array.

    Tensor(data, dtype=None, requires_grad=False, device=None) copies its data: numbers and lists become float32
    (`set_default_dtype`), complex ones complex64, arrays keep their dtype, lists of booleans stay boolean. Only floating point
    and complex tensors can require gradients. device: a name of `kernels.names()`; if not given the one in use
    (`kernels.use`), or the fastest.

    `grad` is None or the gradient that `backward` left here, a Tensor of the same shape and dtype. That of a complex tensor is
    dL/dx + i dL/dy, where L grows fastest, as in PyTorch.
    """

    __slots__ = ()
    __hash__ = object.__hash__
    differentiable_kernels = None       # the table for higher orders: ops/ puts it here

    def __init__(self, data: Operand, dtype: DType = None, requires_grad: bool = False, device: str | None = None) -> None:
        self.k = kernels.table(device)
        if isinstance(data, Variable):
            escape.check("tensor", data)
        self._data = self.k.copy(as_array(self.k, data, dtype))
        self.node = self._grad = None
        if requires_grad:
            self.requires_grad_()

    # ---- what it is

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.data.dtype

    @property
    def ndim(self) -> int:
        return len(self.data.shape)

    @property
    def size(self) -> int:
        return names.Size(math.prod(self.data.shape))

    @property
    def device(self) -> str:
        """The name of its table of kernels."""
        return self.k.name

    @property
    def requires_grad(self) -> bool:
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, requires_grad: bool) -> None:
        self.requires_grad_(requires_grad)

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it."""
        return self.node is None or (self.node.rule is None and self.node.index < 0)

    def __len__(self) -> int:
        if not self.data.shape:
            raise TypeError("[len] a 0-d tensor has no length")
        return self.data.shape[0]

    def __repr__(self) -> str:
        text = np.array2string(self.k.to_numpy(self.data), separator=", ", prefix="tensor(", threshold=1000)
        facts = [] if self.dtype in (_default_dtype, np.bool_) else [f"dtype={self.dtype}"]
        if self.size == 0:
            facts.append(f"shape={self.shape}")
        if self.requires_grad:
            facts.append("requires_grad=True" if self.is_leaf else f"made by {self.node.name}")
        return f"tensor({', '.join([text, *facts])})"

    # ---- reading it

    def numpy(self) -> Array:
        """The array itself, memory shared (a copy, from a device with memory of its own); a tensor that requires grad must be
        detached first."""
        escape.check("numpy", self)
        if self.requires_grad:
            raise RuntimeError("[numpy] this tensor requires grad, and what is computed with the array, or written into it, "
                               "would escape the graph: use minigrad's functions, or, for numbers that no gradient passes "
                               "through, .detach().numpy()")
        return self.k.to_numpy(self.data)

    def __array__(self, dtype: DType = None, copy: bool | None = None) -> Array:
        a = self.numpy()
        return np.array(a, dtype=dtype, copy=copy)

    def item(self) -> Any:
        """The Python number of a tensor with one element."""
        escape.check("item", self)
        return self._number()

    def tolist(self) -> Any:
        """Nested lists of Python numbers."""
        escape.check("tolist", self)
        return self.k.to_numpy(self.data).tolist()

    def __float__(self) -> float:
        escape.check("float", self)
        return float(self._real_number("float"))

    def __complex__(self) -> complex:
        escape.check("complex", self)
        return complex(self._number())

    def __int__(self) -> int:
        return int(self._real_number("int"))    # a whole number: its slope is zero, as that of a comparison

    def __bool__(self) -> bool:
        return bool(self._number())

    def _real_number(self, what):
        if is_complex(self.dtype):
            raise refusal(what, self.dtype)
        return self._number()

    def _number(self):
        if self.size != 1:
            raise ValueError(f"[item] expected a tensor with one element, found shape {self.shape}")
        return self.k.to_numpy(self.data).item()

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise TypeError(f"[index] only integer tensors can be an index, found {self.dtype}")
        return int(self._number())

    def __format__(self, spec: str) -> str:
        return format(self._number(), spec) if spec and self.size == 1 else format(repr(self), spec)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    # ---- its place in the graph

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Ask for this leaf's gradient (or no longer); returns self."""
        if requires_grad and self.node is None:
            if not is_differentiable(self.data.dtype):
                raise TypeError("[requires_grad_] only floating point tensors can require gradients, found "
                                f"{self.dtype}: convert it with .astype('float32')")
            self.node = leaf_node(self)
        elif not requires_grad and self.node is not None:
            if not self.is_leaf:
                raise RuntimeError(f"[requires_grad_] this tensor was made by {self.node.name}: only a leaf can stop "
                                   "requiring gradients; use .detach() for a constant copy of it")
            self.node = None
        return self

    def detach(self) -> Tensor:
        """The same data (memory shared) as a constant, outside the graph."""
        found = constant(self.k, self._data)
        return found if self.node is None else escape.detached(self, found)

    def retain_grad(self) -> None:
        """Keep the gradient of a tensor that an operation made, as leaves do."""
        if self.node is None:
            raise RuntimeError("[retain_grad] this tensor does not require grad")
        self.node.wants = True
        if self.node.owner is None:
            self.node.owner = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether an operation made it and its gradient will be kept."""
        return not self.is_leaf and self.node.wants

    register_hook, register_post_accumulate_grad_hook = register_hook, register_post_accumulate_grad_hook

    def backward(self, gradient: Operand | None = None, retain_graph: bool | None = None, create_graph: bool = False) -> None:
        """Add d self / d leaf to every leaf's `grad`.

        gradient: what to start from, needed unless self has one element. The graph is freed as it is walked, unless
        retain_graph (by default: create_graph). create_graph records the walk itself, so that gradients
        can be differentiated again.
        """
        if self.node is None:
            raise RuntimeError("[backward] this tensor does not require grad: no input of the operations that made it "
                               "does, or they ran under no_grad")
        if not create_graph:
            seed = self._ones() if gradient is None else conjugate(self.k, self._gradient_like("backward", gradient).data)
            graph.walk(self.node, seed, self.k, self._wrap, None, False, bool(retain_graph))
            return
        with enable_grad():
            k = self.differentiable_kernels
            seed = (constant(self.k, self._ones()) if gradient is None else
                    conjugate(k, self._gradient_like("backward", gradient)))
            graph.walk(self.node, seed, k, self._wrap, None, True, retain_graph is not False)

    def _ones(self):
        """What backward starts from if nothing is given."""
        shape, dtype = self._data.shape, self._data.dtype
        if dtype.kind == "c":
            raise RuntimeError(f"[backward] only a real number has a gradient by itself; this tensor is {dtype}: "
                               "take mg.real, mg.imag or mg.abs of it, or pass gradient=")
        if not shape:
            return self.k.start_of_backward(dtype)
        if math.prod(shape) != 1:
            raise RuntimeError("[backward] only a tensor with one element has a gradient by itself; this one has "
                               f"shape {shape}: reduce it with .sum() or .mean(), or pass gradient=")
        return self.k.full(shape, 1, dtype)

    def _gradient_like(self, op, gradient):
        """What the user gave as a gradient of this, as a tensor of its dtype; ValueError for another device or shape."""
        k, dtype = self.k, self._data.dtype
        if not isinstance(gradient, Variable):
            if getattr(gradient, "dtype", None) is not dtype:
                check_keeps_imaginary(op, "the gradient", dtype_of(gradient), dtype)
            gradient = constant(k, as_array(k, gradient, dtype))
        if gradient.k is not k:
            raise ValueError(f"[{op}] the gradient is on device {gradient.k.name}, but the tensor is on {k.name}")
        if gradient._data.shape != self._data.shape:
            raise ValueError(f"[{op}] the gradient has shape {gradient.shape}, but the tensor has {self.shape}")
        if gradient._data.dtype is not dtype:
            check_keeps_imaginary(op, "the gradient", gradient.dtype, dtype)
            if gradient.dtype != dtype:
                return self.differentiable_kernels.astype(gradient, dtype)
        return gradient

    def _wrap(self, array, node):
        """The array as a tensor with that node, on this tensor's device."""
        t = constant(self.k, array)
        t.node = node
        return t

    # ---- writing it

    _assign_data, _assign_grad = assign_data, assign_grad       # what `t.data = a` and `t.grad = g` call
    keeps_its_array = False                                     # a module's parameters and buffers do, requires_grad or not

    def __setitem__(self, index: Index, value: Operand) -> None:
        """Write in place. A tensor of the graph refuses: use mg.where or mg.concatenate, which have gradients."""
        value_node = value.node if isinstance(value, Variable) else None
        if mode.get() & GRAD and (self.node is not None or value_node is not None):
            which = "tensor" if self.node is not None else "value"
            raise RuntimeError(f"[setitem] this {which} is part of the graph, and an in-place write has no gradient: "
                               "use mg.where, mg.concatenate or mg.pad; or write under mg.no_grad(), if no gradient shall "
                               "pass through it")
        k = self.k
        index = tuple(_place(k, i) for i in index) if isinstance(index, tuple) else _place(k, index)
        check_writeable("setitem", self)
        if not isinstance(value, (int, float)):
            check_keeps_imaginary("setitem", "the value", dtype_of(value), self._data.dtype)
        try:
            k.assign(self._data, index, value if isinstance(value, numbers.Number) else array_on(k, value, self._data.dtype))
        except (IndexError, ValueError) as error:
            raise type(error)(f"[setitem] {error}; the tensor has shape {self.shape}, the index is {index!r}") from None
        self.touch()

    def touch(self) -> None:
        """Say that the data was written in place, so that a gradient that needs the old data refuses to run."""
        note_writes((memory_of(self.k, self._data),))

    def __reduce__(self):
        """Leaves can be pickled: their data, whether they require grad, and the device by its name."""
        if not self.is_leaf:
            raise TypeError(f"[pickle] only leaves can be pickled, and this tensor was made by {self.node.name}: pickle "
                            "its .detach()")
        return _unpickled, (type(self), self.k.to_numpy(self.data), self.requires_grad, self.device)

    def __copy__(self):
        return self.__deepcopy__({})

    def __deepcopy__(self, memo):
        """A leaf of its own: data and gradient copied, attributes of a derived class too; hooks stay with the original."""
        if not self.is_leaf:
            raise RuntimeError(f"[copy] only leaves can be copied, and this tensor was made by {self.node.name}: use it as it "
                               "is, nothing writes into it; or .detach() it first, for a copy that no gradient passes through")
        copied = type(self).__new__(type(self))
        memo[id(self)] = copied
        copied.k = self.k
        copied._data = self.k.copy(self._data)
        copied.node = leaf_node(copied) if self.node is not None else None
        copied._grad = None if self._grad is None else copy.deepcopy(self._grad.detach(), memo)
        if hasattr(self, "__dict__"):
            copied.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return copied


def _unpickled(cls, array, requires_grad, device):
    t = cls.__new__(cls)
    Tensor.__init__(t, array, requires_grad=requires_grad, device=device)
    return t


def conjugate(k, g):
    """The conjugate of a complex gradient, any other as it is: what is taken once, where a gradient enters the engine or leaves
    it (ops/complex.py). k: the device's table for an array, the differentiable one for a tensor."""
    return k.conj(g) if is_complex(g.dtype) else g


# ---- making and reading tensors inside the package

def as_array(k, data, dtype=None):
    """data as an array of k's device: numbers and lists in the default dtype, arrays in their own."""
    if isinstance(data, Variable):
        data = data.data if data.k is k else data.k.to_numpy(data.data)
    elif not hasattr(data, "dtype") and not isinstance(data, numbers.Number):
        data = as_lists(data)
    try:
        array = np.asarray(data) if not hasattr(data, "dtype") else k.asarray(data)
    except ValueError as error:
        raise ValueError(f"[tensor] the lists are no array: {error}") from None
    if array.dtype.kind not in NUMERIC:
        raise TypeError(names.of_values() if holds_value(array) else
                        f"[tensor] expected numbers, found {type(data).__name__} with dtype {array.dtype}")
    if dtype is None:
        if hasattr(data, "dtype"):
            return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
        dtype = (np.dtype(np.bool_) if array.dtype.kind == "b" else
                 complex_of(_default_dtype) if array.dtype.kind == "c" else _default_dtype)
    if array.dtype is dtype and hasattr(data, "dtype"):
        return array
    dtype = as_dtype("tensor", dtype)
    check_keeps_imaginary("tensor", "the data", array.dtype, dtype)
    return k.asarray(data, dtype)


def dtype_of(data):
    """The dtype of a tensor or an array, or what a list or number is to numpy."""
    return data.dtype if hasattr(data, "dtype") else np.asarray(as_lists(data)).dtype


def check_keeps_imaginary(op, what, found, dtype):
    """TypeError for complex numbers that shall become real ones."""
    if is_complex(found) and not is_complex(dtype):
        raise TypeError(f"[{op}] {what} is {found}, but expected {dtype}, which has no imaginary part: take mg.real of it")


def as_dtype(op, dtype, kinds=NUMERIC):
    """dtype as numpy's object for it; TypeError for what is none, or none of these kinds."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        hint = ": several numbers or sizes go into one list" if isinstance(dtype, numbers.Number) else ""
        raise TypeError(f"[{op}] expected a dtype, such as 'float32' or np.int64, found {dtype!r}{hint}") from None
    if found.kind not in kinds:
        raise TypeError(f"[{op}] expected a {KINDS[kinds]} type, found {found}")
    return found


def holds_value(array):
    """Whether there is a Value among the objects of an array."""
    return array.dtype.kind == "O" and any(isinstance(a, Node) for a in array.flat)


def as_lists(data):
    """Lists that hold tensors become lists of arrays."""
    if isinstance(data, (list, tuple)):
        return [as_lists(d) for d in data]
    if not isinstance(data, Variable):
        return data
    if data.node is not None:
        raise RuntimeError("[tensor] the list holds a tensor that requires grad, and its data alone would lose the "
                           "gradient: mg.stack([...]) keeps it; .detach() makes it a constant")
    return data.k.to_numpy(data.data)


def lift(a, like=None):
    """a as a Tensor: itself, or a constant on the device of `like` that shares a's memory where it can."""
    if isinstance(a, Variable):
        return a
    k = kernels.default_table() if like is None else like.k
    return constant(k, a if type(a) is k.array and a.dtype.kind == "f" and a.dtype.isnative else as_array(k, a))


def floating(a):
    """a as a tensor of floats or complex numbers: integers and booleans become the default dtype."""
    if alike(a):
        return a
    a = lift(a)
    return a if is_differentiable(a.data.dtype) else constant(a.k, a.k.astype(a.data, _default_dtype))


def plain(a):
    """The array of a tensor; anything else as it is."""
    return a.data if isinstance(a, Variable) else a


def array_on(k, a, dtype=None):
    """The array of a tensor, or whatever else is one or can be, as an array of k's device, in that dtype if one is given."""
    if isinstance(a, Variable):
        a = a.data if a.k is k else a.k.to_numpy(a.data)
    if isinstance(a, k.array) and (dtype is None or a.dtype == dtype):
        return a
    return k.asarray(as_lists(a), dtype)


def _place(k, i):
    """A part of an index, arrays on the device of k."""
    return array_on(k, i) if isinstance(i, (Variable, np.ndarray)) else i


def from_numpy(array: Array, device: str | None = None) -> Tensor:
    """A Tensor that shares the array's memory: a write to one shows in the other. `tensor(array)` copies, and so does this one
    to a device with memory of its own."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"[from_numpy] expected a numpy array, found {type(array).__name__}: use mg.tensor(...)")
    if not array.dtype.isnative:
        raise TypeError(f"[from_numpy] an array of foreign byte order ({array.dtype.str}) cannot be shared: "
                        "use mg.tensor(...)")
    k = kernels.table(device)
    return constant(k, as_array(k, array))


def tensor(data: Operand, dtype: DType = None, requires_grad: bool = False, device: str | None = None) -> Tensor:
    """A Tensor with a copy of `data`; see Tensor."""
    return Tensor(data, dtype, requires_grad, device)
