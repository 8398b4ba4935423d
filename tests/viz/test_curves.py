"""plot_history: what the picture shows, without a display."""

import math
import os
import subprocess
import sys

import pytest

from minigrad.train import History
from minigrad.viz import curves, plot_history


@pytest.fixture
def history():
    return History([{"epoch": e, "train_loss_running": 1 / e, "train_accuracy_running": 1 - .4 / e,
                     "train_loss": .9 / e, "validation_loss": .2 + abs(e - 3) / 9,
                     "validation_accuracy": .9 - abs(e - 4) / 50, "lr": .1}
                    for e in range(1, 7)])


@pytest.fixture
def figures(monkeypatch):
    """The Figures that were made, to look at."""
    made, plain = [], curves.figure_class("plot_history")

    class Kept(plain):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            made.append(self)

    monkeypatch.setattr(curves, "figure_class", lambda op: Kept)
    return made


def lines(axes):
    """{label: what was drawn}"""
    return {line.get_label(): list(line.get_ydata()) for line in axes.lines}


def test_what_is_drawn(history, figures, tmp_path):
    plot_history(history, tmp_path / "made" / "c.png", title="a run")
    picture = (tmp_path / "made" / "c.png").read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    figure, = figures
    loss, accuracy = figure.axes
    assert (loss.get_xlabel(), loss.get_ylabel()) == ("epoch", "loss")
    assert accuracy.get_ylabel() == "accuracy (fraction right)"
    assert figure._suptitle.get_text() == "a run"
    drawn = lines(loss)
    assert drawn["training, running mean"] == history["train_loss_running"]
    assert drawn["training, after the epoch"] == history["train_loss"]
    assert drawn["validation"] == history["validation_loss"]
    assert "best: 0.2000 in epoch 3" in drawn and "best: 0.9000 in epoch 4" in lines(accuracy)
    assert [text.get_text() for text in accuracy.get_legend().get_texts()] == [
        "training, running mean", "validation", "best: 0.9000 in epoch 4"]


def test_a_run_that_diverged_leaves_gaps(history, figures, tmp_path):
    history.rows[4]["train_loss_running"] = math.inf
    history.rows[5]["validation_loss"] = None
    plot_history(history, tmp_path / "c.png")
    drawn = lines(figures[0].axes[0])
    assert math.isnan(drawn["training, running mean"][4]) and math.isnan(drawn["validation"][5])


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_run_that_diverged_says_so_and_stays_readable(figures, tmp_path, bad):
    """Up to 1e30 on the way: a logarithmic scale, the finite part, and words."""
    losses = [2.3, 40.0, 1e30, bad, bad]
    history = History([{"epoch": e, "train_loss_running": loss, "validation_loss": loss, "validation_accuracy": .1}
                       for e, loss in enumerate(losses, 1)])
    plot_history(history, tmp_path / "c.png", title="a run")
    figure, = figures
    loss, accuracy = figure.axes
    assert figure._suptitle.get_text() == "a run: diverged in epoch 4"
    assert loss.get_yscale() == "log" and loss.get_ylabel() == "loss (logarithmic)" and accuracy.get_yscale() == "linear"
    assert lines(loss)["training, running mean"][:3] == losses[:3] and "diverged in epoch 4" in lines(loss)


def test_a_run_that_was_never_finite_is_no_empty_picture(figures, tmp_path):
    history = History([{"epoch": e, "train_loss_running": math.nan, "validation_loss": math.nan} for e in (1, 2)])
    plot_history(history, tmp_path / "c.png")
    axes, = figures[0].axes
    assert figures[0]._suptitle.get_text() == "diverged in epoch 1"
    assert [text.get_text() for text in axes.texts] == ["loss was a finite number in no epoch"]


def test_an_ordinary_run_has_a_linear_scale(history, figures, tmp_path):
    plot_history(history, tmp_path / "c.png")
    assert figures[0].axes[0].get_yscale() == "linear" and figures[0]._suptitle is None


def test_a_bad_backend_is_told(tmp_path):
    script = ("from minigrad.train import History; from minigrad.viz import plot_history;"
              "plot_history(History([{'epoch': 1, 'train_loss_running': 1.0}]), 'c.png')")
    paths = os.pathsep.join(path for path in (os.getcwd(), os.environ.get("PYTHONPATH")) if path)
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True,
                          env={**os.environ, "MPLBACKEND": "no such thing", "PYTHONPATH": paths})
    assert "ImportError: [plot_history] matplotlib does not start" in done.stderr and "MPLBACKEND" in done.stderr


def test_without_accuracy_there_is_one_panel(figures, tmp_path):
    history = History([{"epoch": 1, "train_loss_running": math.nan, "validation_loss": math.nan}])
    plot_history(history, tmp_path / "c.svg")
    assert len(figures[0].axes) == 1 and (tmp_path / "c.svg").read_text().startswith("<?xml")


def test_an_empty_history(tmp_path):
    with pytest.raises(ValueError, match=r"\[plot_history\] the history has no epoch"):
        plot_history(History(), tmp_path / "c.png")
    assert not list(tmp_path.iterdir())


def test_without_matplotlib_the_error_says_how(history, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"\[plot_history\] drawing needs matplotlib .*pip install matplotlib"):
        plot_history(history, tmp_path / "c.png")


def test_no_display_and_no_pyplot(tmp_path):
    """With a backend that needs a display, and none there: the picture is drawn all the same."""
    script = ("import sys; from minigrad.train import History; from minigrad.viz import plot_history;"
              "assert 'matplotlib' not in sys.modules;"
              "plot_history(History([{'epoch': 1, 'train_loss_running': 1.0}]), 'c.png');"
              "assert 'matplotlib.pyplot' not in sys.modules")
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    paths = os.pathsep.join(path for path in (os.getcwd(), os.environ.get("PYTHONPATH")) if path)
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True,
                   env=environment | {"MPLBACKEND": "tkagg", "PYTHONPATH": paths})
    assert (tmp_path / "c.png").stat().st_size > 1000


def test_a_run_that_was_interrupted_says_where(history, figures, tmp_path):
    history.interrupted = True
    history.facts = {"interrupted_at": {"epoch": 7, "step": 25}, "steps_per_epoch": 100}
    plot_history(history, tmp_path / "c.png", title="a run")
    assert figures[0]._suptitle.get_text() == "a run: interrupted in epoch 7, after 25 of 100 steps"
    for axes in figures[0].axes:
        assert next(line for line in axes.lines if line.get_label() == "interrupted").get_xdata()[0] == 6.25
    history.facts = {}
    assert lines(history.plot().axes[0])["interrupted"] and figures[-1]._suptitle.get_text() == "interrupted"


def test_a_run_that_a_callback_stopped_says_why(history, figures):
    history.facts["stopped"] = "the loss became nan in epoch 7, step 2"
    history.plot()
    assert figures[0]._suptitle.get_text() == "stopped: the loss became nan in epoch 7, step 2"


def test_the_mean_of_the_weights_has_a_curve(history, figures):
    for row in history.rows:
        row["average_loss"], row["average_accuracy"] = .1, .95
    history.plot()
    assert "validation, mean of the weights" in lines(figures[0].axes[0]).keys() & lines(figures[0].axes[1]).keys()


def test_plot_returns_what_a_notebook_shows_and_leaves_nothing_behind(history, tmp_path):
    script = ("import sys; from minigrad.train import History;"
              "h = History([{'epoch': 1, 'train_loss_running': 1.0}]); figure = h.plot(); other = h.plot('c.png');"
              "assert figure._repr_png_()[:4] == b'\\x89PNG'; assert 'matplotlib.pyplot' not in sys.modules;"
              "import matplotlib.pyplot as plt; assert plt.get_fignums() == []")
    paths = os.pathsep.join(path for path in (os.getcwd(), os.environ.get("PYTHONPATH")) if path)
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, env={**os.environ, "PYTHONPATH": paths})
    assert (tmp_path / "c.png").stat().st_size > 1000


def test_errors_of_plot(history):
    with pytest.raises(ValueError, match=r"^\[History.plot\] the history has no epoch \(interrupted\)"):
        History(interrupted=True).plot()
    with pytest.raises(ValueError, match=r"^\[History.plot\] the history has neither a loss nor an accuracy, found epoch"):
        History([{"epoch": 1}]).plot()
