"""The TensorBoard callback: what it writes, read back by tensorboard itself where that is installed."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

import minigrad as mg
from minigrad import optim
from minigrad.train import Checkpoint, TensorBoard, fit


def run(model, data, epochs, callbacks, **options):
    return fit(model, data, mg.cross_entropy, optim.SGD(model.parameters(), lr=.1), epochs, 30, validation=data, seed=0,
               progress=False, callbacks=callbacks, **options)


class Event(SimpleNamespace):
    """Stands in for the protocol buffer."""

    def __init__(self, **parts):
        super().__init__(**parts, session_log=SimpleNamespace(status=None), summary=SimpleNamespace(value=self))
        self.values = {}

    def add(self, tag, simple_value=None, **parts):
        self.values[tag] = simple_value


@pytest.fixture
def written(monkeypatch):
    """The events that a writer in the place of tensorboard's got: a list of them for each writer."""
    writers = []

    class Writer:
        def __init__(self, folder):
            self.folder, self.events, self.closed = folder, [], False
            writers.append(self)

        def add_event(self, event):
            self.events.append(event)

        def flush(self):
            pass

        def close(self):
            self.closed = True

    def module(name, **parts):
        made = ModuleType(name)
        vars(made).update(parts)
        monkeypatch.setitem(sys.modules, name, made)

    class Metadata(SimpleNamespace):
        PluginData = SimpleNamespace

    for name in ("tensorboard", "tensorboard.compat", "tensorboard.summary", "tensorboard.summary.writer"):
        module(name)
    module("tensorboard.compat.proto", event_pb2=SimpleNamespace(Event=Event, SessionLog=SimpleNamespace(START="start")),
           summary_pb2=SimpleNamespace(SummaryMetadata=Metadata), tensor_pb2=SimpleNamespace(TensorProto=SimpleNamespace))
    module("tensorboard.summary.writer.event_file_writer", EventFileWriter=Writer)
    return writers


def test_what_is_written(written, small, blobs, tmp_path):
    history = run(small(), blobs, 2, [TensorBoard(tmp_path / "tb", each_steps=2)])
    writer, = written
    assert writer.folder == str(tmp_path / "tb") and writer.closed
    by_epoch = {event.step: event.values for event in writer.events if "loss/validation" in event.values}
    assert {step: values["loss/validation"] for step, values in by_epoch.items()} == dict(
        zip(history.epochs, history["validation_loss"]))
    assert by_epoch[2]["accuracy/train running"] == history[-1]["train_accuracy_running"] and by_epoch[1]["lr"] == .1
    assert [event.step for event in writer.events if "loss/steps" in event.values] == [2, 4, 6]
    assert "run" in writer.events[0].values and not any(event.session_log.status for event in writer.events)


def test_a_resumed_run_voids_what_came_after_its_checkpoint(written, small, blobs, tmp_path):
    for epochs in (2, 3):
        run(small(), blobs, epochs, [Checkpoint(tmp_path / "run.safetensors"), TensorBoard(tmp_path, each_steps=3)],
            resume=True)
    first, second = written
    assert (second.events[0].step, second.events[0].session_log.status) == (3, "start")
    steps = [[event.step for event in writer.events if "loss/steps" in event.values] for writer in (first, second)]
    assert steps == [[3, 6], [9]]


def test_errors(monkeypatch, small, blobs, tmp_path):
    with pytest.raises(ValueError, match=r"^\[TensorBoard\] each_steps is a number of steps, 1 or more, found 0"):
        TensorBoard(tmp_path, each_steps=0)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto", None)
    with pytest.raises(ImportError, match=r"^\[TensorBoard\] this needs tensorboard .*minigrad-engine\[tensorboard\]"):
        run(small(), blobs, 1, [TensorBoard(tmp_path)])
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("ignore")       # protobuf's and TensorFlow's stand-in's own
def test_tensorboard_reads_it(small, blobs, tmp_path):
    pytest.importorskip("tensorboard", reason="tensorboard is an extra: pip install minigrad-engine[tensorboard]")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for epochs in (2, 4):
        history = run(small(), blobs, epochs, [Checkpoint(tmp_path / "run.safetensors"), TensorBoard(tmp_path / "tb")],
                      resume=True)
    found = EventAccumulator(str(tmp_path / "tb"))
    found.Reload()
    names = set(found.Tags()["scalars"])
    assert {"loss/validation", "loss/train running", "accuracy/validation", "lr", "seconds/train"} <= names
    drawn = {event.step: event.value for event in found.Scalars("loss/validation")}
    assert drawn == pytest.approx(dict(zip(history.epochs, history["validation_loss"])), rel=1e-6)
    assert b"version" in found.Tensors("run")[0].tensor_proto.string_val[0]
    assert "tensorflow" not in sys.modules
