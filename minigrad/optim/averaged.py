"""Running means of a model's weights: of all that were (SWA, Izmailov et al. 2018) and exponential ones (EMA)."""

import copy
from collections.abc import Iterable
from typing import Any

import numpy as np

from minigrad.modes import no_grad
from minigrad.nn.module import Module
from minigrad.nn.parameter import Buffer
from minigrad.tensor import Tensor, constant


class AveragedModel(Module):
    """A copy of the model whose parameters are means over those at each `update_parameters(model)`, in one kernel pass.

    decay=None: the mean of all, m + (p - m) / (n + 1); else decay m + (1 - decay) p. The first time they are the parameters.
    Buffers, say batch norm's running estimates, are those of the model, or, with use_buffers, means as well; after SWA
    `update_bn(loader, averaged)` measures them anew. Call it for predictions; its state_dict has module.<name> and n_averaged.
    """

    def __init__(self, model: Module, decay: float | None = None, use_buffers: bool = False):
        if not isinstance(model, Module):
            raise TypeError(f"[{type(self).__name__}] expected a module, found {type(model).__name__}")
        if decay is not None and not 0 <= decay <= 1:
            raise ValueError(f"[{type(self).__name__}] decay must be in [0, 1], found {decay}")
        self.module = copy.deepcopy(model)
        self.module.zero_grad()
        first = next(model.parameters(), None)
        self.n_averaged = Buffer(np.zeros((), np.int64), None if first is None else first.device)
        self.decay, self.use_buffers = decay, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the parameters of the model as they are now into the means. ValueError for another model."""
        averaged, rest = self._pairs(model)
        k = self.n_averaged.k
        k.average_step([m.data for m, _ in averaged], [p.data for _, p in averaged], self.n_averaged.data, self.decay)
        for m, p in rest:
            k.copy(p.data, out=m.data)
        for t in (self.n_averaged, *(m for m, _ in averaged), *(m for m, _ in rest)):
            t.touch()

    def _pairs(self, model):
        """((a mean, its parameter) ..., (a buffer, that of the model) ...)."""
        pairs: list[tuple[Any, Any]] = []
        for what in ("named_parameters", "named_buffers"):
            own, found = dict(getattr(self.module, what)()), dict(getattr(model, what)())
            if own.keys() != found.keys():
                raise ValueError(f"[{type(self).__name__}] the model has other parameters than that of which this is the mean: "
                                 f"{', '.join(sorted(own.keys() ^ found.keys()))}")
            pairs += [(name, own[name], found[name]) for name in own]
        for name, m, p in pairs:
            if (m.shape, m.dtype, m.k) != (p.shape, p.dtype, p.k):
                raise ValueError(f"[{type(self).__name__}] {name} is {p.dtype} {p.shape} on {p.device} in the model, but "
                                 f"{m.dtype} {m.shape} on {m.device} here: move this one with .to()")
        meant = [not isinstance(m, Buffer) or (self.use_buffers and m.dtype.kind == "f") for _, m, _ in pairs]
        return ([(m, p) for (_, m, p), mean in zip(pairs, meant, strict=True) if mean],
                [(m, p) for (_, m, p), mean in zip(pairs, meant, strict=True) if not mean])


class EMA(AveragedModel):
    """The exponential mean of a model's weights: decay m + (1 - decay) p at each `update(model)`, after the step.

        ema = EMA(model, 0.999)
        ...                             # optimizer.step()
        ema.update(model)
    """

    def __init__(self, model: Module, decay: float = 0.999, use_buffers: bool = False):
        super().__init__(model, decay, use_buffers)

    update = AveragedModel.update_parameters


def update_bn(loader: Iterable[Any], model: Module) -> None:
    """Measure the running estimates of the model's batch norms anew: their plain means over one pass of the loader.

    loader: arrays or tensors, or tuples of which the first is the input. Modes and momenta are left as they were found.
    """
    norms: list[Any] = [module for module in model.modules()
                        if isinstance(getattr(module, "running_mean", None), Buffer) and hasattr(module, "momentum")]
    if not norms:
        return
    modes, momenta = [(module, module.training) for module in model.modules()], [norm.momentum for norm in norms]
    for norm in norms:
        for buffer, start in ((norm.running_mean, 0), (norm.running_var, 1), (norm.num_batches_tracked, 0)):
            buffer.k.copy(buffer.k.full(buffer.shape, start, buffer.dtype), out=buffer.data)
            buffer.touch()
    like = norms[0].running_mean
    try:
        model.train()
        for norm in norms:
            norm.momentum = None
        with no_grad():
            for batch in loader:
                x = batch[0] if isinstance(batch, (tuple, list)) else batch
                model(x if isinstance(x, Tensor) else constant(like.k, like.k.asarray(x, like.dtype)))
    finally:
        for module, training in modes:
            module.training = training
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
