"""sweep: which trainings are run, what is recorded of them, and that nothing is lost."""

import json
import math
import os
import signal
import subprocess
import sys
import textwrap
import time
import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.train import EarlyStop, History, StopAtNaN, Sweep, Trial, fit, sweep


def parabola(setting, seed):
    """Figures of a training that costs nothing: the best x is 3."""
    return {"loss": (setting["x"] - 3) ** 2 + seed / 10, "accuracy": 1 / (1 + abs(setting["x"] - 3))}


def training(blobs, **options):
    def train(setting, seed):
        model = nn.Sequential(nn.Linear(4, setting.get("width", 8)), nn.ReLU(), nn.Linear(setting.get("width", 8), 3))
        optimizer = optim.SGD(model.parameters(), lr=setting["lr"])
        return fit(model, blobs, mg.cross_entropy, optimizer, epochs=2, validation=blobs, seed=seed, progress=False, **options)
    return train


# ---- which settings

def test_a_grid_with_seeds():
    seen = []
    found = sweep(lambda setting, seed: seen.append((setting, seed)) or parabola(setting, seed),
                  {"x": [1, 3], "name": ["a", "b"]}, seeds=range(2))
    assert seen[:3] == [({"x": 1, "name": "a"}, 0), ({"x": 1, "name": "a"}, 1), ({"x": 1, "name": "b"}, 0)] and len(seen) == 8
    assert [trial.seed for trial in found.trials[:4]] == [0, 1, 0, 1] and found.planned == 8
    best = found.best()
    assert best.setting == {"x": 3, "name": "a"} and found.by == "accuracy" and best.mean == 1 and len(best.trials) == 2
    assert found.best("loss").setting["x"] == 3 and found.best("loss").mean == .05
    assert found.best("loss", largest=True).setting["x"] == 1
    assert found.best("loss").spread == pytest.approx(np.std([0, .1], ddof=1))


def test_a_list_of_settings_runs_equal_ones_once():
    seen = []
    found = sweep(lambda setting, seed: seen.append(setting) or parabola(setting, seed), [{"x": 1}, {"x": 2}, {"x": 1}])
    assert seen == [{"x": 1}, {"x": 2}] and len(found.trials) == 2


def test_random_draws_are_reproducible_and_more_of_them_begin_with_the_same():
    class Distribution:
        def rvs(self, random_state):
            return random_state.normal()

    space = {"x": lambda rng: 10 ** rng.uniform(-4, -1), "width": [16, 32, 64], "z": Distribution()}
    few, many = ([trial.setting for trial in sweep(parabola, space, draws=n).trials] for n in (3, 6))
    assert many[:3] == few and len({setting["x"] for setting in many}) == 6
    assert all(1e-4 <= s["x"] <= .1 and s["width"] in (16, 32, 64) and type(s["z"]) is float for s in many)
    assert [trial.setting for trial in sweep(parabola, space, draws=3, draw_seed=1).trials] != few


# ---- what is recorded

def test_histories(blobs):
    found = sweep(training(blobs), {"lr": [.01, .1], "width": [4, 8]}, seeds=[3])
    trial = found.trials[0]
    assert trial.figures.keys() >= {"validation_loss", "validation_accuracy", "train_loss_running", "epochs"}
    assert trial.history.facts["seed"] == 3 and trial.figures["validation_loss"] == trial.history[-1]["validation_loss"]
    assert found.by == "validation_accuracy" and trial.seconds > 0 and not trial.error
    assert mg.viz.compare(found.histories).best("validation_loss") in found.histories
    again = sweep(training(blobs), [found.trials[2].setting], seeds=[3])
    assert again.trials[0].history["train_loss_running"] == found.trials[2].history["train_loss_running"]


def test_of_an_early_stop_the_restored_epoch_counts(blobs):
    def train(setting, seed):
        history = History([{"epoch": 1, "validation_accuracy": .9}, {"epoch": 2, "validation_accuracy": .7}])
        history.facts["restored_epoch"] = 1
        return history, {"test_accuracy": .8}
    figures = sweep(train, [{}]).trials[0].figures
    assert figures == {"validation_accuracy": .9, "epochs": 2.0, "test_accuracy": .8}
    stop = EarlyStop("validation_loss", patience=1, min_delta=1e9)
    found = sweep(training(blobs, callbacks=[stop]), {"lr": [.1]}).trials[0]
    assert found.history.facts["restored_epoch"] == 1
    assert found.figures["validation_loss"] == found.history[0]["validation_loss"]


@pytest.mark.parametrize("options", [{}, {"callbacks": [StopAtNaN()]}], ids=["to the end", "StopAtNaN"])
def test_divergence_is_recorded_without_a_warning_and_the_sweep_goes_on(blobs, options):
    x, y = blobs
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        found = sweep(training((x * 1e18, y), **options), {"lr": [1e30, 1e-30]})
    assert [trial.diverged for trial in found.trials] == [True, False] and not found.trials[0].error
    assert found.best().setting == {"lr": 1e-30} and "diverged" in str(found)


def test_errors_are_recorded_and_the_sweep_goes_on():
    def train(setting, seed):
        if setting["x"] == 1:
            raise ValueError("no such <width>")
        return parabola(setting, seed)

    found = sweep(train, {"x": [1, 2]})
    assert found.trials[0].error == "ValueError: no such <width>" and "in train\n" in found.trials[0].trace
    assert found.best().setting == {"x": 2}
    assert "failed: ValueError: no such <width>" in str(found) and "no such &lt;width&gt;" in found._repr_html_()
    with pytest.warns(RuntimeWarning, match=r"^\[sweep\] all of 1 trainings failed, the first with ValueError: no such <wid"):
        found = sweep(train, {"x": [1]})
    with pytest.raises(ValueError, match=r"^\[sweep\] no setting has a finite figure"):
        found.best()
    with pytest.raises(ValueError, match=r"^\[sweep\] no training gave a figure, so there is nothing to draw"):
        found.plot()


@pytest.mark.parametrize("returned", [None, 3.0, {}, {"loss": "low"}, [1], (History(), 3)])
def test_what_train_must_return(returned):
    with pytest.warns(RuntimeWarning, match="expected its History, or"):
        found = sweep(lambda setting, seed: returned, [{"x": 1}])
    assert found.trials[0].error.startswith("TypeError: [sweep] train returned ")


def test_each_training_starts_from_its_seed():
    found = sweep(lambda setting, seed: {"drawn": mg.rand(1).item()}, {"x": [1, 2]}, seeds=[0, 1])
    drawn = [trial.figures["drawn"] for trial in found.trials]
    assert drawn[0] == drawn[2] != drawn[1] == drawn[3]


# ---- the file

def test_what_the_file_holds_is_not_run_again(tmp_path, blobs):
    seen, path = [], tmp_path / "made" / "s.jsonl"

    def train(setting, seed):
        seen.append((setting["lr"], seed))
        if setting["lr"] == .3 and len(seen) < 3:
            raise OSError("for once")
        return training(blobs)(setting, seed)

    first = sweep(train, {"lr": [.1, .3]}, path=path)
    assert seen == [(.1, 0), (.3, 0)] and len(path.read_text().splitlines()) == 2 and first.trials[1].error
    second = sweep(train, {"lr": np.array([.3, .2, .1])}, seeds=[0, 1], path=path)
    assert seen[2:] == [(.3, 0), (.3, 1), (.2, 0), (.2, 1), (.1, 1)] and not second.best().state.count("fail")
    assert second.trials[4].history.rows == first.trials[0].history.rows and len(path.read_text().splitlines()) == 6
    third = sweep(train, {"lr": [.1, .2, .3]}, seeds=[0, 1], path=path)
    assert len(seen) == 7 and {(t.setting["lr"], t.seed): t.figures for t in third.trials} == {
        (t.setting["lr"], t.seed): t.figures for t in second.trials}
    assert [entry.name for entry in path.parent.iterdir()] == ["s.jsonl"]


def test_two_sweeps_may_share_a_file(tmp_path):
    def train(setting, seed):
        if setting["x"] == 2:
            sweep(parabola, {"x": [7, 8]}, path=tmp_path / "s.jsonl")
        return parabola(setting, seed)

    found = sweep(train, {"x": [1, 2, 3]}, path=tmp_path / "s.jsonl")
    assert [trial.setting["x"] for trial in found.trials] == [1, 2, 3]
    held = [json.loads(line)["setting"]["x"] for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    assert sorted(held) == [1, 2, 3, 7, 8]


def test_nan_survives_the_file(tmp_path):
    for _ in range(2):
        found = sweep(lambda setting, seed: {"loss": math.nan, "high": math.inf}, [{"x": None}], path=tmp_path / "s.jsonl")
        assert found.trials[0].diverged and math.isnan(found.trials[0].figures["loss"])
    assert json.loads((tmp_path / "s.jsonl").read_text())["figures"] == {"loss": "nan", "high": "inf"}


@pytest.mark.parametrize("line", ["x", "[]", "{}", '{"format": "minigrad sweep 1"}', "[" * 9999, "\udcff",
                                  '{"format": "minigrad sweep 1", "setting": {}, "seed": 0, "figures": {"a": "b"}, '
                                  '"error": "", "trace": "", "seconds": 1, "history": null}'])
def test_a_damaged_file_is_named(tmp_path, line):
    path = tmp_path / "s.jsonl"
    sweep(parabola, [{"x": 1}], path=path)
    path.write_bytes(path.read_bytes() + line.encode(errors="surrogateescape") + b"\n")
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"^\[sweep\] .*s.jsonl, line 2: expected a result that a sweep wrote"):
        sweep(parabola, [{"x": 1}], path=path)
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_written_is_told_before_anything_is_trained(tmp_path):
    (tmp_path / "s.jsonl").mkdir()
    with pytest.raises(OSError, match=r"s\.jsonl"):
        sweep(lambda setting, seed: pytest.fail("it was trained"), [{"x": 1}], path=tmp_path / "s.jsonl")


# ---- Ctrl-C

def test_ctrl_c_keeps_what_is_done(tmp_path, blobs):
    """Inside of fit, which then returns as if nothing were: that training does not count."""
    class Press(mg.train.Callback):
        def on_step(self, run):
            os.kill(os.getpid(), signal.SIGINT)

    def train(setting, seed):
        history = training(blobs, callbacks=[Press()] if setting["lr"] == .2 else [])(setting, seed)
        return {"epochs": len(history)}

    found = sweep(train, {"lr": [.1, .2, .3]}, path=tmp_path / "s.jsonl")
    assert found.interrupted and [trial.setting["lr"] for trial in found.trials] == [.1] and found.planned == 3
    assert "interrupted: 1 of 3 trainings done" in str(found) and "interrupted" in found._repr_html_()
    assert found.plot()._suptitle.get_text() == "interrupted: 1 of 3 trainings"
    assert len((tmp_path / "s.jsonl").read_text().splitlines()) == 1
    assert len(sweep(lambda setting, seed: {"epochs": 0}, {"lr": [.1, .2, .3]}, path=tmp_path / "s.jsonl").trials) == 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


PARALLEL = """
    import os, sys, time
    from minigrad.train import sweep
    def train(setting, seed):
        time.sleep(setting["x"])
        return {"loss": setting["x"], "pid": os.getpid()}
    if __name__ == "__main__":
        found = sweep(train, {"x": [.01, .02, 60, 61, 62]}, n_jobs=2, path="s.jsonl")
        print(found.interrupted, [trial.setting["x"] for trial in found.trials])
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows has no process groups to send Ctrl-C to")
def test_ctrl_c_reaches_trainings_side_by_side(tmp_path):
    pytest.importorskip("joblib", reason="joblib is an extra: pip install minigrad-engine[parallel]")
    (tmp_path / "s.py").write_text(textwrap.dedent(PARALLEL))
    paths = os.pathsep.join(path for path in (os.getcwd(), os.environ.get("PYTHONPATH")) if path)
    process = subprocess.Popen([sys.executable, "s.py"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, start_new_session=True, env={**os.environ, "PYTHONPATH": paths})
    with process:
        try:
            for _ in range(1200):
                time.sleep(.1)
                file = tmp_path / "s.jsonl"
                if process.poll() is not None or file.exists() and len(file.read_text().splitlines()) == 2:
                    break
            os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert out.splitlines() == ["True [0.01, 0.02]"], err


def test_side_by_side_gives_what_one_after_the_other_does(blobs):
    pytest.importorskip("joblib", reason="joblib is an extra: pip install minigrad-engine[parallel]")

    def train(setting, seed):
        if setting["lr"] == 9:
            raise ValueError("nine")
        return training(blobs)(setting, seed), {"pid": os.getpid(), "threads": mg.num_threads()}

    settings = {"lr": [.1, 9, .01]}
    one, two = (sweep(train, settings, n_jobs=n, by="validation_loss") for n in (1, 2))
    assert [trial.error for trial in two.trials] == ["", "ValueError: nine", ""]
    for a, b in zip(one.trials, two.trials, strict=True):
        assert a.setting == b.setting
        if not a.error:
            assert a.history["train_loss_running"] == b.history["train_loss_running"]
            assert b.figures["pid"] != os.getpid() and b.figures["threads"] == max(mg.num_threads() // 2, 1)


def test_backends_that_give_nothing_before_they_have_all_run_in_rounds(tmp_path):
    joblib = pytest.importorskip("joblib", reason="joblib is an extra: pip install minigrad-engine[parallel]")
    with joblib.parallel_config(backend="multiprocessing"):
        found = sweep(parabola, {"x": list(range(5))}, n_jobs=2, path=tmp_path / "s.jsonl")
    assert found.best().setting == {"x": 3} and len(found.trials) == 5


def test_a_process_that_is_killed_ends_the_sweep_and_what_is_done_is_returned(tmp_path):
    pytest.importorskip("joblib", reason="joblib is an extra: pip install minigrad-engine[parallel]")

    def train(setting, seed):
        if setting["x"] == 1:
            while not path.exists():        # until the other one's result is kept
                time.sleep(.05)
            os._exit(1)
        return parabola(setting, seed)

    path = tmp_path / "s.jsonl"
    with pytest.warns(RuntimeWarning, match=r"^\[sweep\] ended by TerminatedWorkerError: .* What was done is returned"):
        found = sweep(train, {"x": [0, 1]}, n_jobs=2, path=path)
    assert found.interrupted and [trial.setting["x"] for trial in found.trials] == [0]


def test_without_joblib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "joblib", None)
    with pytest.raises(ImportError, match=r"^\[sweep\] several trainings at the same time need joblib .*\[parallel\]"):
        sweep(parabola, [{"x": 1}], n_jobs=2)
    assert sweep(parabola, [{"x": 1}]).trials


# ---- looking at it

def test_the_table():
    found = sweep(parabola, {"x": [1, 3]}, seeds=[0, 2], by="loss", largest=False)
    lines = [line.split() for line in str(found).splitlines()]
    assert lines[0] == ["x", "seeds", "loss", "accuracy", "seconds", "state"]
    assert lines[1][:5] == ["1", "2", "4.1", "±", "0.14"] and lines[2][:6] == ["*", "3", "2", "0.1", "±", "0.14"]
    assert str(found).splitlines()[-1] == "* the best loss (the smallest)"
    assert repr(found) == "Sweep(4 of 4 trainings, 2 settings)" and "<th>accuracy</th>" in found._repr_html_()
    assert str(Sweep([], planned=3, interrupted=True)) == "no training ended\ninterrupted: 0 of 3 trainings done"


def test_the_bar_counts(capsys):
    sweep(parabola, {"x": [1, 2]}, progress=True)
    assert "2/2" in capsys.readouterr().err
    sweep(parabola, {"x": [1, 2]}, progress=False)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("settings", "labels"), [
    ({"x": [1, 2, 3]}, ["x"]),
    ({"x": [.001, .01, 1.0], "kind": ["a", "b"], "more": [1, 2]}, ["x", "kind", "more"]),
    ([{"x": 1}, {"x": 2, "kind": None}, {"x": 3, "kind": "a"}], ["x", "kind"]),
    ([{"x": 1}], ["x"]),
])
def test_the_picture(settings, labels, tmp_path):
    figure = sweep(parabola, settings, seeds=[0, 1]).plot(tmp_path / "s.png")
    assert [axes.get_xlabel() for axes in figure.axes] == labels and figure.axes[0].get_ylabel() == "accuracy"
    assert (tmp_path / "s.png").read_bytes()[:4] == b"\x89PNG"


def test_a_grid_over_two_names_is_a_map():
    found = Sweep([Trial({"lr": lr, "width": width}, 0, {"loss": lr * width if lr < 1 else math.inf})
                   for lr in (.1, .01, 1.0) for width in (8, 16)])
    axes = found.plot().axes[0]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("lr", "width")
    assert [text.get_text() for text in axes.texts] == ["0.08*", "0.16", "0.8", "1.6", "x", "x"]


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda: sweep({"x": [1]}, parabola), TypeError, r"train must be a function \(setting, seed\), found dict"),
    (lambda: sweep(parabola, 3), TypeError, r"settings is {name: \[values\]}, or a list of dictionaries, found int"),
    (lambda: sweep(parabola, {"x": .1}), TypeError, r"the values of 'x' are a list, found 0.1: write {'x': \[0.1\]}"),
    (lambda: sweep(parabola, {"x": "ab"}), TypeError, r"the values of 'x' are a list, found 'ab'"),
    (lambda: sweep(parabola, [3]), TypeError, r"each setting is a dictionary {name: value}, found int"),
    (lambda: sweep(parabola, []), ValueError, r"there is no setting to train with"),
    (lambda: sweep(parabola, {}), ValueError, r"there is no setting to train with"),
    (lambda: sweep(parabola, {"x": []}), ValueError, r"there is no setting to train with"),
    (lambda: sweep(parabola, {"x": []}, draws=2), ValueError, r"there is no setting to train with"),
    (lambda: sweep(parabola, [{"x": 1}], draws=2), TypeError, r"draws=2 draws from a dictionary {name: values}, found list"),
    (lambda: sweep(parabola, {"x": [1]}, draws=0), ValueError, r"draws is how many settings to draw, 1 or more, found 0"),
    (lambda: sweep(parabola, {"x": [1]}, seeds=3), TypeError, r"seeds is a list, found 3: write \[3\] for one"),
    (lambda: sweep(parabola, {"x": [1]}, seeds=[]), ValueError, r"there is no seed to train with"),
    (lambda: sweep(parabola, {"x": [1]}, n_jobs=0), ValueError, r"n_jobs is a number of processes, or -1, found 0"),
    (lambda: sweep(parabola, {"x": [len]}, path="s.jsonl"), TypeError, r"setting\['x'\] is <built-in function len>, which a"),
    (lambda: sweep(parabola, {"x": [1]}).best("score"), ValueError, r"no training gave a figure 'score': there are loss, acc"),
])
def test_errors(call, error, message):
    with pytest.raises(error, match=r"^\[sweep\] " + message):
        call()
