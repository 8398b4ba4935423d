"""Value: a differentiable scalar of any number type: float, int, Fraction, Decimal, complex or a SymPy expression.

The derivatives are the rules of `rules/`, the walk is the graph's: what is exact stays exact (int / int is a
Fraction), and SymPy expressions give symbolic gradients. Complex derivatives are holomorphic: no conjugate. A Value is
its own node, and its graph stays after backward: it is there to be looked at.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from minigrad import rules
from minigrad.graph import GRAD, Mode, Node, mode, walk
from minigrad.scalar.numbers import NUMBERS, as_number, like, number


class Value(Node):
    """Value(3.0), Value(Fraction(1, 3)), Value(sympy.Symbol("x")) ... with operators, and every function of `rules/` as a
    method: x.exp(), x.relu(), x.maximum(3) ...

    data: the number; grad: None, or d(result)/d(self) after result.backward(), a number of the same kind; label: a name
    for pictures.
    """

    __slots__ = ("data", "grad", "label")
    kernels: ClassVar[Any]      # the table of the operations on Values: scalar/table.py
    __array_ufunc__ = None      # numpy's scalars and arrays leave `a + value` to Value ...
    _op_priority = 1000         # ... and so do SymPy's expressions, which would take float(value) and lose the graph

    def __init__(self, data: Any, label: str = "") -> None:
        Node.__init__(self)
        self.data: Any = number(data_of(data))
        self.grad: Any = None
        self.label = label
        self.wants = True

    if TYPE_CHECKING:       # the functions of rules/ as methods
        def __getattr__(self, name: str) -> Callable[..., Value]: ...

    def __repr__(self) -> str:
        name = f"{self.label}=" if self.label else ""
        grad = "" if self.grad is None else f", grad={data_of(self.grad)}"
        return f"Value({name}{self.data}{grad})"

    def __add__(self, other: Any) -> Value:
        return binary("add", self, other)

    def __radd__(self, other: Any) -> Value:
        return binary("add", other, self)

    def __sub__(self, other: Any) -> Value:
        return binary("sub", self, other)

    def __rsub__(self, other: Any) -> Value:
        return binary("sub", other, self)

    def __mul__(self, other: Any) -> Value:
        return binary("mul", self, other)

    def __rmul__(self, other: Any) -> Value:
        return binary("mul", other, self)

    def __truediv__(self, other: Any) -> Value:
        return binary("div", self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return binary("div", other, self)

    def __pow__(self, other: Any) -> Value:
        return power(self, other)

    def __rpow__(self, other: Any) -> Value:
        return binary("power", other, self)

    def __neg__(self) -> Value:
        return unary("neg", self)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return unary("abs", self)

    def relu(self, at_zero: Any = 0) -> Value:
        """max(self, 0); at_zero: the slope at exactly 0."""
        return unary("relu", self) if at_zero == 0 else record(
            NUMBERS.relu(self.data), (self,), (self.data,), rules.relu_at_zero, rules.relu_at_zero.saves, (at_zero,))

    def clip(self, low: Any = None, high: Any = None) -> Value:
        """self, but low where it is less and then high where that is greater (None: no bound); numbers, or Values, which have
        a gradient too. It passes to self where low <= self <= high. ValueError where neither bound is given.
        """
        if low is None and high is None:
            raise ValueError("[clip] expected low, high or both, found neither: what shall it be clipped to?")
        if low is None or high is None or isinstance(low, Value) or isinstance(high, Value):
            return _clipped(_clipped(self, low, NUMBERS.greater_equal), high, NUMBERS.less_equal)
        low, high = (like(n, self.data) if type(n) is int else n for n in (number(low), number(high)))
        return record(NUMBERS.clip(self.data, low, high), (self,), (self.data,), rules.clip, rules.clip.saves, (low, high))

    def max(self, other: Any) -> Value:
        """The larger of the two; on a tie the gradient is split evenly."""
        return self.maximum(other)

    def min(self, other: Any) -> Value:
        """The smaller of the two; on a tie the gradient is split evenly."""
        return self.minimum(other)

    # ---- comparisons are those of the data, so that Python programs branch on Values; as a key, a Value is itself only

    def __eq__(self, other: object) -> bool:
        return _compare(operator.eq, self, other)

    def __lt__(self, other: Any) -> bool:
        return _compare(operator.lt, self, other)

    def __le__(self, other: Any) -> bool:
        return _compare(operator.le, self, other)

    def __gt__(self, other: Any) -> bool:
        return _compare(operator.gt, self, other)

    def __ge__(self, other: Any) -> bool:
        return _compare(operator.ge, self, other)

    __hash__ = object.__hash__

    def __float__(self) -> float:
        return float(self.data)

    def __int__(self) -> int:
        return int(self.data)

    def __bool__(self) -> bool:
        return bool(self.data)

    def __reduce__(self):
        """Copied or pickled, a Value is its number and its label: a new leaf, without the graph."""
        return Value, (self.data, self.label)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    @property
    def _prev(self) -> set[Value]:
        """micrograd's name of the Values that this was computed from."""
        return {p for p in self.parents if p is not None}

    @property
    def _op(self) -> str:
        """micrograd's name of the operation; "" of a leaf."""
        name: Any = "" if self.rule is None else self.name
        for end in ("_by_constant", "_of_constant"):
            name = name.removesuffix(end)
        return {"add": "+", "mul": "*", "sub": "-", "div": "/", "power": "**", "relu": "ReLU"}.get(name, name)

    def item(self) -> Any:
        """The number."""
        return self.data

    def detach(self) -> Value:
        """The same number as a new leaf."""
        return Value(self.data, self.label)

    def backward(self, gradient: Any = None, create_graph: bool = False) -> None:
        """Add d self / d v to `grad` of every Value v that self was made from, self included; a second call adds again.

        gradient: what to start from, a number or a Value. create_graph: the gradients are Values with graphs of their own;
        as v.grad then leads back to v, only `v.grad = None` or Python's garbage collector frees them.
        """
        seed = like(1, self.data) if gradient is None else gradient if isinstance(gradient, Value) else number(gradient)
        if not create_graph:
            walk(self, data_of(seed), NUMBERS, _tie, _accumulate, False, True)
            return
        with Mode(GRAD, 0):
            walk(self, seed if isinstance(seed, Value) else Value(seed), Value.kernels, _tie, _accumulate, True, True)


def _tie(number, node):
    return number if node is None else node


def _accumulate(value, g, shared):
    """Add without a lock, as graph.accumulate does."""
    while True:
        grad = value.grad
        if grad is None:
            total = g
        elif isinstance(g, Value) or isinstance(grad, Value):
            total = Value.kernels.add(grad, g)
        else:
            total = NUMBERS.add(grad, g)
        if value.grad is grad:
            value.grad = total
            return


def data_of(x):
    return x.data if isinstance(x, Value) else x


def record(data, parents, numbers, rule, sources=(), args=()):
    """The result of an operation on `numbers` as a Value whose node remembers how to differentiate.

    parents: for each number the Value that held it, or None. sources: which numbers the rule needs, OUT for the result.
    """
    y = Value.__new__(Value)
    if mode.get() & GRAD:
        everything = (*numbers, data)       # OUT is -1, the last
        need = tuple([p is not None for p in parents])
        Node.__init__(y, parents, need, rule, args, tuple([everything[s] for s in sources]), sources)
    else:
        Node.__init__(y)
    y.data = data
    y.grad = None
    y.label = ""
    y.wants = True
    return y


# name: (the kernel, the rule, what it saves), looked up once
OPERATIONS = {name: (getattr(NUMBERS, name), rule, rule.saves) for name, rule in rules.OPERATIONS.items()}


def unary(name, a):
    """An operation on one Value (or number)."""
    kernel, rule, sources = OPERATIONS[name]
    p, x = (a, a.data) if isinstance(a, Value) else (None, a)
    return record(kernel(x), (p,), (x,), rule, sources)


def binary(name, a, b):
    """An operation on Values and numbers; NotImplemented for anything else, so that Python asks the other operand."""
    kernel, rule, sources = OPERATIONS[name]
    p, x = (a, a.data) if isinstance(a, Value) else (None, _number(a))
    q, z = (b, b.data) if isinstance(b, Value) else (None, _number(b))
    if x is None or z is None:
        return NotImplemented
    y = record(kernel(x, z), (p, q), (x, z), rule, sources)
    if p is None or q is None:
        y.arrays = (x if p is None else z,)         # the number beside the Value, for whoever looks at the graph
    return y


def power(a, b):
    """a ** b; where b is a number, it is a constant of the rule."""
    if isinstance(b, Value):
        return binary("power", a, b)
    n = _number(b)
    if n is None:
        return NotImplemented
    p, x = (a, a.data) if isinstance(a, Value) else (None, a)
    return record(NUMBERS.power(x, n), (p,), (x,), rules.power_of_constant, rules.power_of_constant.saves, (n,))


def _clipped(a, bound, holds):
    """a where that relation to the bound holds, or the bound; a itself, without its gradient, where it is NaN."""
    if bound is None:
        return a
    bound = bound if isinstance(bound, Value) else number(bound)
    otherwise = Value.kernels.where(NUMBERS.equal(a.data, a.data), bound, a.data)
    return Value.kernels.where(holds(a.data, data_of(bound)), a, otherwise)


def _number(x):
    """x as a number, or None for what is none; for an array an error that says where it belongs."""
    y = as_number(x)
    return number(x) if y is None and hasattr(x, "__array__") else y


def _compare(relation, a, b):
    b = b.data if isinstance(b, Value) else number(b) if hasattr(b, "shape") else as_number(b)     # no array is unequal
    return NotImplemented if b is None else bool(relation(a.data, b))
