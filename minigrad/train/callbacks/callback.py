"""What happens beside the steps of `fit`: a Callback is told of each moment, and may look at the Run and stop it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from minigrad.train.run import Run


class Callback:
    """Override what you need:

        class Norms(mg.train.Callback):
            def on_epoch(self, run):
                print(run.epoch, [float((p.data ** 2).sum()) for p in run.model.parameters()])

        fit(model, data, loss, optimizer, epochs=9, callbacks=[Norms()])

    A run calls them in the order in which they stand. A step costs more only for what is overridden. What a callback must
    remember over a pause goes into `state_dict`, arrays into `arrays`: checkpoints keep it.

    last: called after all others, to see what they did (Checkpoint).
    """

    last: ClassVar[bool] = False

    def on_start(self, run: Run) -> None:
        """Before the first step; after a checkpoint was loaded, if one was."""

    def before_step(self, run: Run) -> None:
        """The gradients are there, the optimiser has not used them: run.stop() here leaves the step out."""

    def on_step(self, run: Run) -> None:
        """After the optimiser's step, and after the schedule's where it goes by steps."""

    def before_measuring(self, run: Run) -> None:
        """After the steps of an epoch, before the validation data are measured."""

    def on_epoch(self, run: Run) -> None:
        """After an epoch and its measurements: run.history[-1] is its row."""

    def before_end(self, run: Run) -> None:
        """The run is over, in whatever way, and everything is as its last step left it."""

    def on_end(self, run: Run) -> None:
        """After all, also where the run failed or was interrupted."""

    def reset(self) -> None:
        """Forget an earlier run, before a new one; what a checkpoint has kept is taken up after it."""

    def state_dict(self) -> dict[str, Any]:
        """What the next epoch depends on: numbers, strings, lists and dictionaries of them (JSON holds them)."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what state_dict gave."""
        for name, value in state.items():
            setattr(self, name, value)

    def arrays(self) -> dict[str, Any]:
        """The same for what is large: {name: numpy array}."""
        return {}

    def load_arrays(self, arrays: dict[str, Any]) -> None:
        """Take up what arrays gave."""


def overriding(callbacks: Iterable[Callback], name: str) -> list[Any]:
    """The methods of that name which do something."""
    return [getattr(callback, name) for callback in callbacks
            if getattr(type(callback), name) is not getattr(Callback, name)]
