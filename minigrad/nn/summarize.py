"""What a network is made of: its layers in the order in which they run, with shapes, parameters, operations and memory."""

import copy
import html
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minigrad import random
from minigrad.graph import Variable
from minigrad.kernels import default_table
from minigrad.kernels.costs import counting
from minigrad.modes import no_grad
from minigrad.nn.module import Module
from minigrad.nn.parameter import Buffer, Parameter
from minigrad.tensor import Tensor, constant, get_default_dtype

HEAD = "layer", "output", "parameters", "FLOPs", "memory"


@dataclass
class Layer:
    """One call of a module, or a module that was not called: output is None then. parameters and flops: its own, without those
    of modules below it; repeated: a parameter of it was counted in an earlier row. bytes: of its output."""

    path: str
    kind: str
    depth: int
    output: Any = None
    parameters: int = 0
    trainable: int = 0
    flops: int = 0
    bytes: int = 0
    repeated: bool = False
    leaf: bool = True


@dataclass
class Summary:
    """What `summary` found. layers: in the order in which they run. flops: of one forward; input_bytes; output_bytes: of what
    all layers without layers of their own give; parameter_bytes: of parameters and buffers. Printed, it is a table.
    """

    layers: list[Layer]
    parameters: int
    trainable: int
    parameter_bytes: int
    input_bytes: int
    inputs: list[tuple[int, ...]] = field(default_factory=list)

    @property
    def flops(self) -> int:
        return sum(layer.flops for layer in self.layers)

    @property
    def output_bytes(self) -> int:
        return sum(layer.bytes for layer in self.layers if layer.leaf)

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain dicts, lists and numbers."""
        return {"layers": [dict(vars(layer)) for layer in self.layers], "inputs": self.inputs, "parameters": self.parameters,
                "trainable": self.trainable, "flops": self.flops, "parameter_bytes": self.parameter_bytes,
                "input_bytes": self.input_bytes, "output_bytes": self.output_bytes}

    def _rows(self):
        for layer in self.layers:
            name = layer.path.rpartition(".")[2]
            label = f"{layer.kind} ({name})" if name else layer.kind
            output = "not called" if layer.output is None else _shapes(layer.output)
            count = f"{layer.parameters:,}" if layer.parameters else "again" if layer.repeated else ""
            yield ("  " * layer.depth + label, output, count, _metric(layer.flops) if layer.flops else "",
                   f"{_metric(layer.bytes)}B" if layer.leaf and layer.bytes else "")

    def _totals(self):
        frozen = self.parameters - self.trainable
        yield f"inputs {', '.join(map(str, self.inputs))}: {_metric(self.input_bytes)}B"
        yield f"{self.parameters:,} parameters" + (f", {frozen:,} of them frozen" if frozen else "") + \
            f": {_metric(self.parameter_bytes)}B with buffers"
        yield f"{_metric(self.flops)}FLOPs forward, {_metric(self.output_bytes)}B in the layers' outputs"

    def __str__(self) -> str:
        lines = [HEAD, *self._rows()]
        widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
        text = ["  ".join(cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths)))
                .rstrip() for line in lines]
        rule = "-" * max(map(len, text))
        return "\n".join([text[0], rule, *text[1:], rule, *self._totals()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        def row(cells, tag):
            styles = ("text-align:left;white-space:pre",) * 2 + ("text-align:right",) * 3
            return "<tr>" + "".join(f'<{tag} style="{style}">{html.escape(cell)}</{tag}>'
                                    for cell, style in zip(cells, styles, strict=True)) + "</tr>"

        totals = "<br>".join(map(html.escape, self._totals()))
        return f"<table>{row(HEAD, 'th')}{''.join(row(cells, 'td') for cells in self._rows())}</table><p>{totals}</p>"


def summary(model: Module, input_shape: Any = None, batch_size: int | None = 1, *, dtype: Any = None, data: Any = None,
            depth: int | None = None, **options: Any) -> Summary:
    """A table of a model's layers: what each gives for an input of that shape, its parameters, operations and memory.

        print(mg.summary(model, (1, 28, 28)))

    input_shape: of one sample, batch_size of them; the whole shape with batch_size=None; a list of shapes for several
    inputs. dtype: of the inputs (a list for several), the default dtype unless given: np.int64 for an Embedding. data: real
    inputs in their place, one or a tuple. options: further arguments of forward. depth: rows for modules down to so many
    below the model.

    A copy of the model runs once, in evaluation mode, without a graph and without hooks: the model, its statistics and modes,
    and the random streams stay as they are. FLOPs are counted where they happen, in the kernels: two for a multiplication with
    an addition in products, one for each number of what else computes; what a module's own forward computes counts as its.
    TypeError and ValueError for inputs that are none; an error of forward names the layer.
    """
    if not isinstance(model, Module):
        raise TypeError(f"[summary] expected a Module, found {type(model).__name__}: summary(model, input_shape)")
    twin = copy.deepcopy(model)
    here = next((t for t in (*twin.parameters(), *twin.buffers())), None)
    k = default_table() if here is None else here.k
    inputs = _inputs(k, input_shape, batch_size, dtype, data)
    layers: list[Layer] = []
    with _observed(twin, layers) as tell, _streams_kept(), no_grad(), counting(k, tell):
        twin(*inputs, **options)
    called = {layer.path for layer in layers}
    for path, module in twin.named_modules():
        if path not in called:
            layers.append(_row(path, module))
    _count_parameters(layers, dict(twin.named_modules()))
    tensors = {id(t): t for t in (*twin.parameters(), *twin.buffers())}.values()
    shown = layers if depth is None else _folded(layers, depth)
    return Summary(shown, twin.num_parameters(), sum(p.size for p in twin.parameters() if p.requires_grad),
                   sum(_bytes(t) for t in tensors), sum(_bytes(t) for t in inputs), [tuple(t.shape) for t in inputs])


def _inputs(k, input_shape, batch_size, dtype, data):
    """The inputs as tensors of the device."""
    if (input_shape is None) == (data is None):
        raise TypeError("[summary] expected either input_shape or data: summary(model, (1, 28, 28))")
    if data is not None:
        given = data if isinstance(data, tuple) else (data,)
        return [a if isinstance(a, Variable) else constant(k, k.asarray(a)) for a in given]
    several = isinstance(input_shape, Sequence) and any(isinstance(n, Sequence) for n in input_shape)
    shapes = list(input_shape) if several else [input_shape]
    dtypes = list(dtype) if isinstance(dtype, (list, tuple)) else [dtype] * len(shapes)
    if len(dtypes) != len(shapes):
        raise ValueError(f"[summary] found {len(dtypes)} dtypes but expected {len(shapes)}, one for each shape")
    made = []
    for shape, kind in zip(shapes, dtypes, strict=True):
        try:
            whole = (*(() if batch_size is None else (batch_size,)), *((shape,) if isinstance(shape, int) else shape))
            made.append(constant(k, k.asarray(np.zeros(whole, kind or get_default_dtype()))))
        except (TypeError, ValueError):
            raise TypeError(f"[summary] input_shape must be a shape or a list of shapes, found {input_shape!r}, and batch_size "
                            f"an int or None, found {batch_size!r}") from None
    return made


@contextmanager
def _observed(model: Module, layers: list[Layer]) -> Iterator[Any]:
    """Note every call of a module while it lasts; gives the function that adds operations to the innermost one."""
    running: list[Layer] = []
    around: list[int] = []          # of what no module computes: nothing

    def observe(path, module):
        forward = module.forward

        def call(*args, **options):
            row = _row(path, module)
            layers.append(row)
            running.append(row)
            try:
                output = forward(*args, **options)
            finally:
                running.pop()
            row.kind = type(module).__name__        # a lazy one is another now
            row.output = _described(output)
            row.bytes = sum(_bytes(t) for t in _tensors(output))
            return output

        return call

    for path, module in model.named_modules():
        vars(module).update(_before=None, _after=None, training=False)
        vars(module)["forward"] = observe(path, module)

    def tell(count):
        if running:
            running[-1].flops += count
        else:
            around.append(count)

    yield tell
    for module in model.modules():
        vars(module).pop("forward", None)


@contextmanager
def _streams_kept() -> Iterator[None]:
    state = random.get_state()
    try:
        yield
    finally:
        random.set_state(state)


def _row(path, module):
    return Layer(path, type(module).__name__, path.count(".") + bool(path), leaf=not any(True for _ in module.children()))


def _count_parameters(layers, modules):
    """Each parameter in the first row of the first module that holds it; a row of a module with others' says so."""
    counted: set[int] = set()
    for layer in layers:
        for _, p in modules[layer.path]._members():
            if not isinstance(p, (Parameter, Buffer)) or isinstance(p, Buffer):
                continue
            if id(p) in counted:
                layer.repeated = True
                continue
            counted.add(id(p))
            layer.parameters += p.size
            layer.trainable += p.size if p.requires_grad else 0


def _folded(layers, depth):
    """The rows down to a depth, with what stands below added to them."""
    shown: list[Layer] = []
    for layer in layers:
        if layer.depth <= depth:
            shown.append(layer)
            continue
        above = next(row for row in reversed(shown) if not row.path or layer.path.startswith(f"{row.path}."))
        above.parameters += layer.parameters
        above.trainable += layer.trainable
        above.flops += layer.flops
        above.leaf = True
    return shown


def _tensors(output):
    """The tensors in what a layer gives."""
    if isinstance(output, Variable):
        yield output
    elif isinstance(output, (tuple, list)):
        for part in output:
            yield from _tensors(part)
    elif isinstance(output, dict):
        for part in output.values():
            yield from _tensors(part)


def _described(output):
    """Shapes in place of tensors."""
    if isinstance(output, (Variable, np.ndarray)):
        return tuple(output.shape)
    if isinstance(output, (tuple, list)):
        return [_described(part) for part in output]
    if isinstance(output, dict):
        return {name: _described(part) for name, part in output.items()}
    return type(output).__name__


def _shapes(output):
    if isinstance(output, list):
        return ", ".join(map(_shapes, output))
    if isinstance(output, dict):
        return ", ".join(f"{name} {_shapes(part)}" for name, part in output.items())
    return str(output)


def _bytes(t: Tensor) -> int:
    return math.prod(t.shape) * t.dtype.itemsize


def _metric(n: float) -> str:
    """12, 1.2 k, 34.5 M: three digits, and a space before the unit."""
    for unit in ("", "k", "M", "G", "T"):
        if n < 999.5 or unit == "T":
            break
        n /= 1000
    return f"{n:.0f} {unit}" if not unit or n >= 100 else f"{n:.3g} {unit}"
