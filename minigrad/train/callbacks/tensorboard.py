"""The figures of a run for TensorBoard, without TensorFlow."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minigrad.train.callbacks.callback import Callback

if TYPE_CHECKING:
    from minigrad.train.run import Run

_GROUPS = {"train_loss_running": "loss/train running", "train_accuracy_running": "accuracy/train running",
           **{f"{part}_{kind}": f"{kind}/{part}" for part in ("train", "validation", "average")
              for kind in ("loss", "accuracy")},
           "train_seconds": "seconds/train", "evaluation_seconds": "seconds/evaluation", "data_seconds": "seconds/data"}


class TensorBoard(Callback):
    """Writes what the History has, after each epoch, into `folder`; `tensorboard --logdir folder` shows it. The extra
    [tensorboard].

    each_steps  the running loss, too, after every so many steps, over the steps of the whole run; it waits for the device

    Curves have the epoch for their axis, and one name for what belongs together: loss/train running, loss/validation. The
    facts of the run stand under TEXT. A resumed run goes on in the same folder, and what an ended process had written of
    epochs that are trained again does not count. Each run belongs into a folder of its own: runs/first, runs/second.
    """

    def __init__(self, folder: str | os.PathLike[str], each_steps: int | None = None) -> None:
        if each_steps is not None and (isinstance(each_steps, bool) or not isinstance(each_steps, int) or each_steps < 1):
            raise ValueError(f"[TensorBoard] each_steps is a number of steps, 1 or more, found {each_steps!r}")
        self.folder, self.each_steps = Path(folder), each_steps
        self._writer: Any = None
        self._steps = 0

    def on_start(self, run: Run) -> None:
        self._open(self.folder)
        if run.history.rows or run.between:         # resumed: later events of an older file are void
            self._add(run.history[-1]["epoch"] + 1 if run.history.rows else 1, restart=True)
        self._add(0, text="\n\n".join(f"**{name}** {value}" for name, value in run.history.facts.items()))

    def on_step(self, run: Run) -> None:
        self._steps += 1
        if self.each_steps is not None and self._steps % self.each_steps == 0:
            self._add(self._steps, {"loss/steps": run.running_loss})

    def on_epoch(self, run: Run) -> None:
        row = run.history[-1]
        self._add(row["epoch"], {_GROUPS.get(name, name): float(value) for name, value in row.items()
                                 if name != "epoch" and value is not None})
        self._writer.flush()

    def on_end(self, run: Run) -> None:
        if self._writer is not None:
            if run.history.ended:
                self._add(run.epoch, text=run.history.ended)
            self._writer.close()
            self._writer = None

    def state_dict(self) -> dict[str, Any]:
        return {"steps": self._steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._steps = state["steps"]

    # ---- events

    def _open(self, folder: Path) -> None:
        try:
            from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ImportError as error:
            raise ImportError(f"[TensorBoard] this needs tensorboard ({error}): python -m pip install "
                              "\"minigrad-engine[tensorboard]\"") from error
        self._events, self._summaries, self._tensors = event_pb2, summary_pb2, tensor_pb2
        self._writer = EventFileWriter(os.fspath(folder))

    def _add(self, step: int, scalars: dict[str, float] | None = None, text: str | None = None, restart: bool = False) -> None:
        event = self._events.Event(wall_time=time.time(), step=step)
        if restart:
            event.session_log.status = self._events.SessionLog.START
        for name, value in (scalars or {}).items():
            event.summary.value.add(tag=name, simple_value=value)
        if text is not None:
            plugin = self._summaries.SummaryMetadata.PluginData(plugin_name="text")
            event.summary.value.add(tag="run", metadata=self._summaries.SummaryMetadata(plugin_data=plugin),
                                    tensor=self._tensors.TensorProto(dtype="DT_STRING", string_val=[text.encode()]))
        self._writer.add_event(event)
