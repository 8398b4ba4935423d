"""check_gradient: a student's gradient, in whichever form it was asked for, beside the engine's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from minigrad.modes import enable_grad
from minigrad.nn.module import Module
from minigrad.ops import cross_entropy
from minigrad.tensor import Tensor
from minigrad.testing.homework.calling import Failed, asked, call, name_of
from minigrad.testing.homework.compare import Places, compared
from minigrad.testing.homework.engine import Problem, problem_of
from minigrad.testing.homework.layer import check_layer
from minigrad.testing.homework.report import Finding, GradientReport
from minigrad.testing.homework.returned import sorted_out


def check_gradient(mine: Any, net: Module | Callable[..., Any], x: Any, y: Any = None, *,
                   loss: Callable[[Tensor, Tensor], Tensor] | None = cross_entropy, wrt: Mapping[str, Tensor] | None = None,
                   columns: bool = False, names: Mapping[str, str] | None = None, seed: int = 0,
                   tolerance: float | None = None) -> GradientReport:
    """A gradient that a student wrote by hand beside the engine's: a report, true if all is right, that names each mistake.

    mine is one of
    - a function backprop(x, y) -> (db, dw), lists with an array for each layer of `net`, the first layer first: dw[l] of the
      shape of the layer's weight (out, in), db[l] (out,), or a column (out, 1);
    - a formula: a function of (x, y), or of x alone where no y is given, that returns a dict {name: gradient}, or the gradients
      in the order of the parameters, or the one gradient that is asked for; or what such a function returned;
    - a layer: an object with forward(x), or forward(x, y) for a loss, and backward(g), which returns gx, the gradient in x,
      and leaves those in its parameters W and b in gW and gb.

    net: the right one. For functions and formulas a Module with the student's weights, whose result goes into
    loss(result, y), the mean cross-entropy if nothing else is said; or with `wrt`, {name: tensor that requires grad}, any
    function of (x, y) that returns the loss itself, from these tensors. For a layer the Module, or a function like mg.relu or
    mg.cross_entropy: the layer's W and b are set to the Module's weight and bias (transposed if its W has shape (in, out)), and
    its backward gets a gradient drawn at random (`seed`), or 1, or nothing, for a loss. names: what the student calls the
    parameters, {"weight": "W", "bias": "b"} by default; the gradients have a g in front.

    x, y: what the student's code is given, each time a copy. For a Module x is (N, D), a sample (D,), or a column (D, 1); y
    classes, one-hot rows, or targets, of one sample also a column; columns=True: every sample is a column, x (D, N).
    tolerance: the relative error of an entry that counts as rounding, by default 1e-8, or 1e-4 where anything is float32.

    A Module is compared in float64. The engine then makes every mistake that students make, one at a time, in the graph of this
    very net, and the student's numbers are looked for in what comes out. A wrong gradient, a wrong shape, an error in the
    student's code are findings, never exceptions (Ctrl-C excepted). Layers that draw random numbers, as Dropout in training
    mode, are compared as they are in evaluation mode, and a note of the report says so. ValueError and TypeError are for what
    the teacher gave: a net without parameters, say, or one that gives another result each time in evaluation mode, too.
    """
    if not callable(net):
        raise TypeError(f"[check_gradient] net is a {type(net).__name__} but expected a Module, or a function")
    with enable_grad():
        if all(_has(mine, name) for name in ("forward", "backward")):
            return check_layer(mine, net, x, y, names, seed, tolerance)
        return _check_function(mine, problem_of(net, x, y, loss, wrt, columns), x, y, tolerance)


def _has(mine, name):
    """Whether the student's object has an attribute, one that raises when it is asked for included."""
    return asked(lambda: inspect.getattr_static(mine, name, None) is not None or getattr(mine, name, None) is not None, False)


def _check_function(mine, problem: Problem, x, y, tolerance):
    notes = list(problem.notes)
    returned = mine
    if callable(mine):
        what = name_of(mine)
        given = tuple(np.array(a) if isinstance(a, (np.ndarray, list)) else a for a in ((x,) if y is None else (x, y)))
        returned = call(what, mine, *given)
        for name, a, before in zip("xy", given, (x, y)):
            if isinstance(a, np.ndarray) and not asked(_same, False, a, before):
                notes.append(f"{what} writes into {name}, which it was given: its caller's {name} is changed by that.")
        if isinstance(returned, Failed):
            return GradientReport((Finding("", what, "error", returned.sentence, step=returned.step),), tuple(notes))
    found = call("reading what was returned", sorted_out, returned, problem)
    if isinstance(found, Failed):
        found = {}, Finding("", "what is returned", "error", found.sentence, step="what is returned: lists of plain arrays")
    gradients, problems = found
    if isinstance(problems, Finding):
        return GradientReport((problems,), tuple(notes))
    places = Places({name: problem.place(name) for name in problem.leaves}, problems)
    findings, more = compared(gradients, problem.graph, places, problem.sizes, tolerance, problem.single)
    return GradientReport(findings, (*notes, *more))


def _same(a, before):
    return np.array_equal(a, np.asarray(before), equal_nan=a.dtype.kind == "f")
