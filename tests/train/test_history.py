"""History: rows, columns, the best epoch, a table, files."""

import copy
import csv
import json
import math
import pickle
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import optim
from minigrad.train import History, fit

ROWS = [{"epoch": 1, "train_loss_running": .9, "train_accuracy_running": .5, "validation_loss": .8,
         "validation_accuracy": .6, "lr": .1, "train_seconds": 1.5, "evaluation_seconds": .25},
        {"epoch": 2, "train_loss_running": .4, "train_accuracy_running": .8, "validation_loss": .5,
         "validation_accuracy": .9, "lr": .1, "train_seconds": 1.25, "evaluation_seconds": .25},
        {"epoch": 3, "train_loss_running": .3, "train_accuracy_running": .9, "validation_loss": .6,
         "validation_accuracy": .9, "lr": .1, "train_seconds": 1.25, "evaluation_seconds": .25}]


@pytest.fixture
def history():
    return History([dict(row) for row in ROWS], {"seed": 7, "isa": None, "images": {"test": 10}})


def like(**parts):
    """A file of the right format with these parts."""
    return json.dumps({"format": "minigrad history 1", **parts})


def test_rows_and_columns(history):
    assert history.epochs == [1, 2, 3] and len(history) == 3 and list(history) == ROWS
    assert history["validation_loss"] == [.8, .5, .6] and history[-1] == ROWS[-1]
    assert "validation_loss" in history and "train_loss" not in history


def test_the_best_epoch_is_the_first_of_equals(history):
    assert history.best("validation_accuracy")["epoch"] == 2
    assert history.best("validation_loss")["epoch"] == 2
    assert history.best("train_loss_running")["epoch"] == 3
    assert history.best("train_seconds")["epoch"] == 2


def test_the_best_epoch_is_a_finite_one(history):
    history.rows += [{"epoch": 4, "validation_loss": -math.inf, "validation_accuracy": math.nan},
                     {"epoch": 5, "validation_loss": None, "validation_accuracy": None}]
    assert history.best("validation_accuracy")["epoch"] == history.best("validation_loss")["epoch"] == 2


def test_diverged_is_the_first_epoch_that_is_not_finite(history):
    assert history.diverged is None
    history.rows[1]["train_loss_running"] = math.inf
    history.rows[2]["train_loss_running"] = math.nan
    assert history.diverged == 2


def test_table(history):
    history.rows[2]["validation_loss"] = None
    assert str(history).splitlines() == [
        "epoch  train loss~  train acc~  val loss  val acc       lr  train s   eval s",
        "    1       0.9000      0.5000    0.8000   0.6000      0.1     1.50     0.25",
        "    2       0.4000      0.8000    0.5000   0.9000      0.1     1.25     0.25",
        "    3       0.3000      0.9000         -   0.9000      0.1     1.25     0.25"]
    history.interrupted = True
    assert str(history).endswith("\n(interrupted)")


def test_repr(history):
    assert repr(history) == ("History(3 epochs; the last: train_loss_running 0.3000, train_accuracy_running 0.9000, "
                             "validation_loss 0.6000, validation_accuracy 0.9000)")
    assert repr(History(interrupted=True)) == str(History(interrupted=True)) == "History(no whole epoch, interrupted)"


def test_json_there_and_back(history, tmp_path):
    path = tmp_path / "made" / "history.json"
    history.rows[0].update(train_loss_running=math.inf, validation_loss=-math.inf, validation_accuracy=None)
    history.rows[1]["train_loss_running"] = math.nan
    history.interrupted = True
    history.save(path)
    again = History.load(path)
    assert repr(again.rows) == repr(history.rows)           # nan is not equal to itself
    assert (again.facts, again.interrupted) == (history.facts, True)
    assert math.isnan(again["train_loss_running"][1])

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    assert json.loads(path.read_text(), parse_constant=refuse)["rows"][0]["train_loss_running"] == "inf"


def test_what_numpy_counted_is_saved(tmp_path):
    """A seed, a rate or a path of another kind than JSON's loses no run."""
    facts = {"seed": np.int64(7), "lr": np.float32(.5), "best": np.float64(math.nan), "flag": np.bool_(True), 3: 1,
             "sizes": np.arange(3), "where": Path("runs"), "nested": [(np.uint8(1),)]}
    history = History([{"epoch": np.int64(1), "train_loss_running": np.float32(math.inf)}], facts, np.bool_(False))
    history.save(tmp_path / "h.json")
    again = History.load(tmp_path / "h.json")
    assert again.rows == [{"epoch": 1, "train_loss_running": math.inf}] and again.interrupted is False
    assert math.isnan(again.facts.pop("best"))
    assert again.facts == {"seed": 7, "lr": .5, "flag": True, "3": 1, "sizes": [0, 1, 2], "where": "runs", "nested": [[1]]}


def test_what_json_cannot_hold_is_named(tmp_path):
    with pytest.raises(TypeError, match=r"\[History\] facts\['a'\]\[0\]\['b'\] is of type object, which JSON cannot hold"):
        History(facts={"a": [{"b": object()}]}).save(tmp_path / "h.json")


def test_a_history_without_a_running_loss_has_not_diverged():
    assert History([{"epoch": 1, "validation_loss": 1.0}]).diverged is None


def test_csv(history, tmp_path):
    history.rows[0]["validation_loss"] = None
    history.to_csv(tmp_path / "h.csv")
    lines = list(csv.DictReader((tmp_path / "h.csv").read_text().splitlines()))
    assert list(lines[0]) == history.columns
    assert [line["validation_loss"] for line in lines] == ["", "0.5", "0.6"]
    History().to_csv(tmp_path / "h.csv")
    assert (tmp_path / "h.csv").read_text() == "epoch\n"
    assert [path.name for path in tmp_path.iterdir()] == ["h.csv"]


def test_a_csv_says_how_the_run_ended(history, tmp_path):
    history.interrupted, history.facts = True, {"interrupted_at": {"epoch": 4, "step": 2}, "steps_per_epoch": 5}
    assert history.ended == "interrupted in epoch 4, after 2 of 5 steps" and history.ended in history._repr_html_()
    history.to_csv(tmp_path / "h.csv")
    found = list(csv.DictReader((tmp_path / "h.csv").read_text().splitlines()))
    assert [row["ended"] for row in found] == ["", "", history.ended] and found[2]["validation_loss"] == "0.6"
    History(interrupted=True).to_csv(tmp_path / "h.csv")
    assert (tmp_path / "h.csv").read_text() == "epoch,ended\n,interrupted\n"
    assert History(facts={"stopped": "no better"}).ended == "stopped: no better" and History().ended == ""


def test_a_failed_save_leaves_the_old_file(history, tmp_path):
    history.save(tmp_path / "h.json")
    old = (tmp_path / "h.json").read_text()
    history.facts["what"] = object()
    with pytest.raises(TypeError):
        history.save(tmp_path / "h.json")
    assert (tmp_path / "h.json").read_text() == old and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda h: h["loss"], KeyError, r"\[History\] no column 'loss': there are epoch, train_loss_running"),
    (lambda h: History()["loss"], KeyError, "no epoch has been recorded"),
    (lambda h: h.best("f1"), KeyError, "no column 'f1'"),
    (lambda h: History([{"epoch": 1, "validation_loss": math.nan}]).best("validation_loss"), ValueError,
     r"\[History\] validation_loss has no finite value in 1 epochs"),
])
def test_errors(history, call, error, message):
    with pytest.raises(error, match=message):
        call(history)


@pytest.mark.parametrize(("content", "error", "message"), [
    (None, FileNotFoundError, r"\[History\] there is no file .*h\.json"),
    ("epoch,loss\n1,2\n", ValueError, r"h\.json: expected the JSON that History.save writes, found something else"),
    ("[1, 2]", ValueError, r"h\.json: expected a JSON object with format 'minigrad history 1', found 'list'"),
    ('{"format": "minigrad history 9"}', ValueError, "found 'minigrad history 9'; was it written by"),
    ("[" * 100_000, ValueError, r"h\.json: expected the JSON that History\.save writes, found something else"),
    ("\xff", ValueError, r"h\.json: expected the JSON"),
    (like(), ValueError, r"h\.json: expected rows to be a list of epochs, .*, found nothing of that name: the file is"),
    (like(rows=3), ValueError, r"h\.json: expected rows .*found 3:"),
    (like(rows=[3]), ValueError, r"h\.json: expected rows .*found \[3\]:"),
    (like(rows=[{"epoch": "one"}]), ValueError, r"h\.json: expected rows"),
    (like(rows=[{"loss": 1}]), ValueError, r"h\.json: expected rows"),
    (like(rows=[{"epoch": 1, "loss": "low"}]), ValueError, r"h\.json: expected rows"),
    (like(rows=[{"epoch": 1, "loss": [1]}]), ValueError, r"h\.json: expected rows"),
    (like(rows=[]), ValueError, r"h\.json: expected facts to be an object, found nothing"),
    (like(rows=[], facts=[]), ValueError, r"h\.json: expected facts .* found \[\]"),
    (like(rows=[], facts={}), ValueError, r"h\.json: expected interrupted to be true or false, found nothing"),
    (like(rows=[], facts={}, interrupted=0), ValueError, r"h\.json: expected interrupted .* found 0"),
])
def test_bad_files(tmp_path, content, error, message):
    if content is not None:
        (tmp_path / "h.json").write_text(content, encoding="latin-1")
    with pytest.raises(error, match=message):
        History.load(tmp_path / "h.json")


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a))], ids=["deepcopy", "pickle"])
def test_copies_are_whole_and_apart(twin_of, small, blobs):
    model = small()
    history = fit(model, blobs, mg.cross_entropy, optim.SGD(model.parameters(), lr=.1), epochs=2)
    twin = twin_of(history)
    assert twin.rows == history.rows and twin.facts == history.facts and str(twin) == str(history)
    twin.rows.clear()
    assert len(history) == 2
