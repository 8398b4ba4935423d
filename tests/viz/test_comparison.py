"""Several runs side by side: the table, the curves."""

import math

import pytest

from minigrad.train import History
from minigrad.viz import compare


def run(final, epochs=3, **options):
    return History([{"epoch": e, "train_loss_running": 1 / e, "train_accuracy_running": .5, "validation_loss": final + 1 / e,
                     "validation_accuracy": 1 - final - .1 / e, "lr": .1, "train_seconds": 1.5, "evaluation_seconds": .5}
                    for e in range(1, epochs + 1)], **options)


@pytest.fixture
def runs():
    broken = run(.5, 4)
    broken.rows[2]["train_loss_running"] = broken.rows[2]["validation_loss"] = math.nan
    broken.rows[3]["train_loss_running"] = broken.rows[3]["validation_loss"] = math.inf
    cut = run(.2, 2, facts={"interrupted_at": {"epoch": 3, "step": 4}, "steps_per_epoch": 10}, interrupted=True)
    return {"adam": run(.1), "<sgd>": broken, "cut": cut}


def test_the_table(runs):
    found = compare(runs)
    lines = [line.split() for line in str(found).splitlines()]
    assert lines[1][:6] == ["adam", "3", "0.8667", "(3)", "0.4333", "(3)"] and lines[1][-1] == "6.0"
    assert found.table[2][-1] == "diverged in epoch 3" and found.table[2][3] == "1.0000 (2)"
    assert found.table[3][-1] == "interrupted in epoch 3, after 4 of 10 steps"
    assert "<td>&lt;sgd&gt;</td>" in found._repr_html_()
    assert found.best("validation_accuracy") == found.best("validation_loss") == "adam"


def test_the_curves(runs, tmp_path):
    figure = compare(runs).plot(tmp_path / "c.png")
    assert [axes.get_ylabel() for axes in figure.axes] == ["validation loss", "validation accuracy"]
    drawn = {line.get_label(): list(line.get_ydata()) for line in figure.axes[0].lines}
    assert drawn["adam"] == runs["adam"]["validation_loss"] and math.isnan(drawn["<sgd> (diverged)"][3])
    assert [line.get_marker() for line in figure.axes[0].lines if line.get_label()[0] == "_"] == ["X", "|"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["adam", "<sgd> (diverged)", "cut (interrupted)"]
    assert (tmp_path / "c.png").read_bytes()[:4] == b"\x89PNG"
    assert len(compare(runs).plot(columns=["lr"]).axes) == 1


def test_without_validation_data_the_running_figures_are_drawn():
    bare = History([{"epoch": 1, "train_loss_running": 1.0}])
    found = compare([bare, bare])
    assert [axes.get_ylabel() for axes in found.plot().axes] == ["train loss running"]
    assert [line[0] for line in found.table] == ["run", "run 1", "run 2"]


def test_histories_come_from_files_too(tmp_path):
    run(.1).save(tmp_path / "history.json")
    found = compare({"file": tmp_path / "history.json", "folder": str(tmp_path)})
    assert found.runs["file"].rows == found.runs["folder"].rows == run(.1).rows


def test_thirty_runs_are_told_apart(tmp_path):
    figure = compare([run(i / 40) for i in range(30)]).plot(tmp_path / "c.png")
    looks = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines}
    assert len(looks) == 30


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda: compare([]), ValueError, r"expected several runs, found none"),
    (lambda: compare(run(.1)), TypeError, r"expected several runs, found one History: compare\(\[first, second\]\)"),
    (lambda: compare({"a": 3}), TypeError, r"expected a History, or the path of one, found int for 'a'"),
    (lambda: compare([run(.1)]).plot(columns=["score"]), ValueError, r"no run has a column 'score': there are epoch, train"),
    (lambda: compare([run(.1)]).best("score"), ValueError, r"no run has a finite value of 'score'"),
    (lambda: compare([History()]).plot(), ValueError, r"no run has an epoch, so there is nothing to draw"),
])
def test_errors(call, error, message):
    with pytest.raises(error, match=r"^\[compare\] " + message):
        call()
