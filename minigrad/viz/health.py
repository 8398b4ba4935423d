"""How a network is doing, layer by layer: `minigrad.watch(model)`. Activations, dead units, gradients, how far steps go."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from minigrad.nn.module import Module
from minigrad.system.files import whole_file
from minigrad.tensor import Tensor
from minigrad.viz.curves import figure_class
from minigrad.viz.health_counts import Counts, relus_behind

HEAD = "layer", "kind", "mean", "std", "dead", "gradient", "weight", "weight's gradient", "step"
MANY_DEAD, VANISHED, EXPLODED, LONG_STEP, SHORT_STEP = 0.5, 1e-4, 1e4, 0.1, 1e-7      # what is worth a sentence


@dataclass
class Layer:
    """One layer's row. What could not be seen is None.

    mean, std: of what it put out. units: how many there were (columns, or channels); dead: how many of these a relu behind
    them, or this relu itself, left at 0 for every sample. gradient: the norm of the loss's gradient in the output, for the last
    backward; weight, weight_gradient, step: the norms of its own parameters, their gradient and their change, all together.
    """

    name: str
    kind: str
    mean: float | None = None
    std: float | None = None
    units: int | None = None
    dead: int | None = None
    gradient: float | None = None
    weight: float | None = None
    weight_gradient: float | None = None
    step: float | None = None

    @property
    def share_dead(self) -> float | None:
        return None if self.dead is None or not self.units else self.dead / self.units

    @property
    def relative_step(self) -> float | None:
        """How long the steps were against the weights: about 1e-3 is usual for one."""
        return None if self.step is None or not self.weight else self.step / self.weight

    def cells(self) -> tuple[str, ...]:
        dead = "" if self.share_dead is None else f"{100 * self.share_dead:.0f} %"
        return (self.name, self.kind, *map(_text, (self.mean, self.std)), dead,
                *map(_text, (self.gradient, self.weight, self.weight_gradient, self.relative_step)))


class Health:
    """What `watch` saw. layers: a Layer for each, in the order in which they ran; findings: what is worth a sentence. Printed,
    it is a table; in a notebook, too; plot(path) draws it."""

    def __init__(self, layers: list[Layer]) -> None:
        self.layers = layers

    def __getitem__(self, name: str) -> Layer:
        """The layer of that name: health["features.3"]."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(f"[watch] there is no layer {name!r}: there are {', '.join(layer.name for layer in self.layers)}")

    @property
    def findings(self) -> list[str]:
        return [sentence for layer in self.layers for sentence in self._of(layer)]

    def _of(self, layer: Layer) -> Iterator[str]:
        numbers = {"output": layer.mean, "gradient": layer.gradient, "weights' gradient": layer.weight_gradient}
        for what, number in numbers.items():
            if number is not None and not math.isfinite(number):
                yield f"{layer.name}: its {what} is not finite; mg.anomaly_mode(check_finite=True) says where that began"
        if layer.share_dead is not None and layer.share_dead >= MANY_DEAD:
            yield (f"{layer.name}: {layer.dead} of {layer.units} units are 0 for every sample, and learn nothing from these: "
                   "is the rate too high, or a bias far below 0?")
        gradients = [other.gradient for other in self.layers if other.gradient is not None]
        largest = max(filter(math.isfinite, gradients), default=0.0)
        if layer.gradient is not None and largest and layer.gradient < VANISHED * largest:
            yield f"{layer.name}: the gradient has vanished on its way here, {_text(layer.gradient)} of {_text(largest)}"
        if layer.gradient is not None and math.isfinite(layer.gradient) and layer.gradient > EXPLODED:
            yield f"{layer.name}: the gradient has grown to {_text(layer.gradient)}: clip it, or begin with smaller weights"
        step = layer.relative_step
        if step is not None and step > LONG_STEP:
            yield f"{layer.name}: the weights moved by {step:.0%} of their length: the learning rate is high"
        if step is not None and 0 < step < SHORT_STEP:
            yield f"{layer.name}: the weights moved by only {step:.0e} of their length: the learning rate is low"

    def __str__(self) -> str:
        lines = [HEAD, *(layer.cells() for layer in self.layers)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
        text = ["  ".join(cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths))).rstrip()
                for line in lines]
        return "\n".join([*text, *self.findings])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in layer.cells()) + "</tr>"
                       for layer in self.layers)
        head = "".join(f"<th>{escape(word)}</th>" for word in HEAD)
        found = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.findings)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" + (f"<ul>{found}</ul>" if found else "")

    def plot(self, path: str | os.PathLike[str], dpi: int = 120) -> None:
        """Draw the gradients' norms, the shares of dead units and the steps, a line for each layer, into a file."""
        figure = figure_class("watch")(figsize=(11, 1.4 + 0.28 * max(len(self.layers), 4)), layout="constrained")
        places = range(len(self.layers))
        kinds = (("gradient in the output", [layer.gradient for layer in self.layers], True),
                 ("share of dead units", [layer.share_dead for layer in self.layers], False),
                 ("step, of the weights' length", [layer.relative_step for layer in self.layers], True))
        for i, (axes, (words, values, logarithmic)) in enumerate(zip(figure.subplots(1, 3, sharey=True), kinds, strict=True)):
            known = [(v, place) for v, place in zip(values, places) if v is not None and math.isfinite(v) and v >= 0]
            if logarithmic:
                axes.plot(*zip(*[pair for pair in known if pair[0]] or [(math.nan, 0)]), "o-", color="#4477aa", linewidth=1)
                axes.set_xscale("log")
            else:
                axes.barh([place for _, place in known], [v for v, _ in known], color="#4477aa")
                axes.set_xlim(0, 1)
            axes.set_xlabel(words)
            axes.grid(alpha=.3, axis="x")
            if i == 0:
                axes.set_yticks(places, [f"{layer.name} {layer.kind}" for layer in self.layers])
                axes.invert_yaxis()
        with whole_file(path) as part:
            figure.savefig(part, dpi=dpi)


class watch:
    """`with minigrad.watch(model) as health:` run steps as always inside, and look at `health` afterwards.

        with mg.watch(model) as health:
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
        print(health)

    For each module that has parameters or holds no others: mean and standard deviation of its output, the share of its
    units that a relu behind it (or the relu that it is) left at 0 for every sample, the norm of the gradient in its output,
    the norms of its weights and of their gradient, and how far the weights moved, against their length. Several steps
    inside are taken together; gradients are those of the last backward. What is not run inside (a backward, a step) leaves
    its columns empty. The model computes as ever; each output is read, so the steps inside are slower. A relu that is
    called as a function is seen where a graph is recorded, not under no_grad.

    TypeError for what is no Module.
    """

    def __init__(self, model: Module) -> None:
        if not isinstance(model, Module):
            raise TypeError(f"[watch] expected a Module, found {type(model).__name__}: watch(model), outside of its forward")
        self.model = model
        self.health = Health([])

    def __enter__(self) -> Health:
        self._counts: list[Counts] = []
        self._channels = False                              # whether the last weights were those of a convolution
        self._handles: list[Any] = []
        self._outputs: list[tuple[Any, Counts]] = []        # of the forward that is running: which node is whose
        self._shown: list[Counts] = []                      # in the order in which they ran
        for name, module in self.model.named_modules():
            below = {id(p) for child in module.children() for p in child.parameters()}
            own = [p for p in module.parameters() if id(p) not in below]
            if own or not list(module.children()):
                counts = Counts(name or type(module).__name__, module, own)
                self._counts.append(counts)
                self._handles.append(module.register_forward_hook(lambda module, args, y, counts=counts: self._ran(counts, y)))
        self._handles.append(self.model.register_forward_hook(lambda module, args, y: self._done(y)))
        return self.health

    def __exit__(self, *error: object) -> None:
        for handle in self._handles + [handle for counts in self._counts for handle in counts.handles]:
            handle.remove()
        not_run = [counts for counts in self._counts if counts not in self._shown]
        self.health.layers = [Layer(**counts.row()) for counts in self._shown + not_run]
        self._counts, self._outputs, self._shown = [], [], []

    def _ran(self, counts: Counts, y: Any) -> None:
        y = next((t for t in (y if isinstance(y, (tuple, list)) else (y,)) if isinstance(t, Tensor)), None)
        if y is None or y.dtype.kind != "f":
            return
        if counts not in self._shown:
            self._shown.append(counts)
        axes = max((p.ndim for p in counts.parameters), default=0)
        if axes > 1:
            self._channels = axes > 2
        counts.put_out(y, units=1 if self._channels or y.ndim > 3 else -1)
        if y.node is not None:
            self._outputs.append((y.node, counts))

    def _done(self, y: Any) -> None:
        """The whole network ran: the relus in its graph tell which units are dead."""
        roots = [t.node for t in (y if isinstance(y, (tuple, list)) else (y,)) if isinstance(t, Tensor) and t.node is not None]
        relus_behind(roots, self._outputs)
        self._outputs = []


def _text(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:.3g}" if number == 0 or 1e-3 <= abs(number) < 1e4 or not math.isfinite(number) else f"{number:.1e}"


__all__ = ["Health", "Layer", "watch"]
