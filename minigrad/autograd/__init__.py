"""PyTorch's torch.autograd, by its names: gradients of tensors that are there already, beside `mg.grad` of functions.

    gx, gw = mg.autograd.grad(loss, [x, w])
"""

from __future__ import annotations

from collections.abc import Sequence

from minigrad.autograd import functional
from minigrad.custom.function import Function, once_differentiable
from minigrad.functional.opened import pull_back
from minigrad.graph import Variable, constant
from minigrad.modes import anomaly_mode as detect_anomaly
from minigrad.modes import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from minigrad.tensor import Tensor
from minigrad.types import Operand

__all__ = ["Function", "backward", "detect_anomaly", "enable_grad", "functional", "grad", "is_grad_enabled", "no_grad",
           "once_differentiable", "set_grad_enabled"]


def grad(outputs: Tensor | Sequence[Tensor], inputs: Tensor | Sequence[Tensor],
         grad_outputs: Operand | Sequence[Operand | None] | None = None, retain_graph: bool | None = None,
         create_graph: bool = False, allow_unused: bool | None = None,
         materialize_grads: bool = False) -> tuple[Tensor | None, ...]:
    """The gradients of outputs in inputs, which may stand anywhere in the graph, one for each input; no `.grad` is written.

    grad_outputs: what to start from, one for each output, needed where it has not one element. retain_graph: keep the graph for
    another walk (by default: create_graph). create_graph: the gradients can be differentiated again. allow_unused: None, in
    place of an error, for an input that the outputs do not depend on; materialize_grads: zeros for it. RuntimeError for an
    input or output without a graph.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError("[autograd.grad] materialize_grads needs allow_unused=True, found False: leave it out")
    ys, xs = _several("outputs", outputs), _several("inputs", inputs)
    for what, tensors in (("outputs", ys), ("inputs", xs)):
        for i, t in enumerate(tensors):
            if t.node is None:
                raise RuntimeError(f"[autograd.grad] {what}[{i}] does not require grad: only what has a graph has a gradient"
                                   f"{'; ask for it with requires_grad_()' if what == 'inputs' else ''}")
            if what == "outputs" and t.node.saved is None:
                raise RuntimeError(f"[autograd.grad] the graph of outputs[{i}] was walked before and freed as it went: give "
                                   "the first walk retain_graph=True, or compute the result again")
    seeds = _seeds(ys, grad_outputs)
    wanted = [x.node.wants for x in xs]
    try:
        for x in xs:
            x.node.wants = True             # of a node within the graph, too, for as long as this walk takes
        found = pull_back(ys, seeds, xs, create_graph, create_graph if retain_graph is None else retain_graph)
    finally:
        for x, before in zip(xs, wanted):
            x.node.wants = before
    for i, g in enumerate(found):
        if g is None and materialize_grads:
            found[i] = constant(xs[i].k, xs[i].k.zeros(xs[i].shape, xs[i].data))
        elif g is None and not allow_unused:
            raise RuntimeError(f"[autograd.grad] inputs[{i}] does not go into the outputs: give allow_unused=True for a "
                               "gradient of None, or leave it out")
    return tuple(found)


def backward(tensors: Tensor | Sequence[Tensor], grad_tensors: Operand | Sequence[Operand | None] | None = None,
             retain_graph: bool | None = None, create_graph: bool = False,
             inputs: Tensor | Sequence[Tensor] | None = None) -> None:
    """Add the gradients of all these tensors to the `.grad` of every leaf, as `t.backward()` does for one; or to that of these
    inputs alone, wherever they stand in the graph."""
    ys = _several("tensors", tensors)
    if inputs is not None:
        xs = _several("inputs", inputs)
        if not xs:
            raise ValueError("[backward] inputs is empty: leave it out for every leaf")
        for x, g in zip(xs, grad(ys, xs, grad_tensors, retain_graph, create_graph, allow_unused=True)):
            if g is not None:
                x.grad = g if x.grad is None else x.grad + g
        return
    for y, seed in zip(ys, _seeds(ys, grad_tensors)):
        y.backward(seed, bool(retain_graph) or create_graph or y is not ys[-1], create_graph)


def _several(name, tensors):
    """A tensor or a sequence of them as a list."""
    found = [tensors] if isinstance(tensors, Variable) else list(tensors)
    for i, t in enumerate(found):
        if not isinstance(t, Variable):
            raise TypeError(f"[autograd.grad] {name}[{i}] must be a tensor, found {type(t).__name__}; mg.grad(f) "
                            "differentiates functions")
    return found


def _seeds(ys, given):
    """What the walk starts from, a tensor for each of ys."""
    given = [None] * len(ys) if given is None else [given] if len(ys) == 1 and not isinstance(given, (list, tuple)) else given
    if len(given) != len(ys):
        raise ValueError(f"[autograd.grad] expected one gradient for each of {len(ys)} outputs, found {len(given)}")
    seeds = []
    for i, (y, g) in enumerate(zip(ys, given)):
        if g is None:
            seeds.append(constant(y.k, y._ones()))
            continue
        g = g if isinstance(g, Variable) else Tensor(g, y.dtype, device=y.device)
        if g.shape != y.shape:
            raise ValueError(f"[autograd.grad] the gradient of output {i} has shape {g.shape}, but the output has {y.shape}")
        seeds.append(g)
    return seeds
