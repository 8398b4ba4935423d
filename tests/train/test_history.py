"""History: rows, columns, the best epoch, a table, files."""

import csv
import json
import math

import pytest

from minigrad.train import History

ROWS = [{"epoch": 1, "train_loss_running": .9, "train_accuracy_running": .5, "validation_loss": .8,
         "validation_accuracy": .6, "lr": .1, "train_seconds": 1.5, "evaluation_seconds": .25},
        {"epoch": 2, "train_loss_running": .4, "train_accuracy_running": .8, "validation_loss": .5,
         "validation_accuracy": .9, "lr": .1, "train_seconds": 1.25, "evaluation_seconds": .25},
        {"epoch": 3, "train_loss_running": .3, "train_accuracy_running": .9, "validation_loss": .6,
         "validation_accuracy": .9, "lr": .1, "train_seconds": 1.25, "evaluation_seconds": .25}]


@pytest.fixture
def history():
    return History([dict(row) for row in ROWS], {"seed": 7, "isa": None, "images": {"test": 10}})


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


def test_csv(history, tmp_path):
    history.rows[0]["validation_loss"] = None
    history.to_csv(tmp_path / "h.csv")
    lines = list(csv.DictReader((tmp_path / "h.csv").read_text().splitlines()))
    assert list(lines[0]) == history.columns
    assert [line["validation_loss"] for line in lines] == ["", "0.5", "0.6"]
    History().to_csv(tmp_path / "h.csv")
    assert (tmp_path / "h.csv").read_text() == "epoch\n"
    assert [path.name for path in tmp_path.iterdir()] == ["h.csv"]


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
])
def test_bad_files(tmp_path, content, error, message):
    if content is not None:
        (tmp_path / "h.json").write_text(content)
    with pytest.raises(error, match=message):
        History.load(tmp_path / "h.json")
