"""sweep: the same training with many settings, side by side if wanted, and nothing lost when one of them fails.

    def train(setting, seed):
        model = nn.Sequential(nn.Linear(4, setting["width"]), nn.ReLU(), nn.Linear(setting["width"], 3))
        optimizer = optim.Adam(model.parameters(), lr=setting["lr"])
        return mg.fit(model, data, mg.cross_entropy, optimizer, epochs=9, validation=held_out, seed=seed, progress=False)

    found = mg.train.sweep(train, {"lr": [.001, .01, .1], "width": [16, 64]}, seeds=range(3), path="sweep.jsonl", n_jobs=2)
    print(found, found.best().setting)
"""

import itertools
import operator
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.kernels.threads import num_threads, set_num_threads
from minigrad.random import manual_seed
from minigrad.system.console import a_bar_is_seen
from minigrad.system.files import check_writable
from minigrad.train.history import History
from minigrad.train.interrupt import CtrlC
from minigrad.train.trials import Setting, Sweep, Trial, keep_trials, key, read_trials

Task = tuple[Setting, int]


def sweep(train: Callable[[Setting, int], Any], settings: Mapping[str, Any] | Iterable[Mapping[str, Any]],
          seeds: Iterable[int] = (0,), *, draws: int | None = None, draw_seed: int = 0, by: str | None = None,
          largest: bool | None = None, path: str | os.PathLike[str] | None = None, n_jobs: int = 1,
          progress: bool | None = None) -> Sweep:
    """Call train(setting, seed) for every setting and seed, and return a Sweep of what came out.

    train      trains and returns its History, or {name: number}, or both, (history, {"test_accuracy": ...}). Before it
               is called mg.manual_seed(seed) is; the order of the data is for it to seed
    settings   {"lr": [.01, .1], "width": [16, 64]}: every combination; or a list of dictionaries, each as it is
    draws      so many random settings instead of all: of each name one of the values of a list, what a function of a
               numpy Generator returns (lambda rng: 10 ** rng.uniform(-4, -1)), or .rvs() of a distribution of scipy. Draw i
               depends on draw_seed and i alone: more draws begin with the same
    by         the figure that settings are judged by: unless given validation accuracy, or loss. Of a History it is the last
               epoch's, or that of the epoch whose weights an EarlyStop put back. largest: whether the largest is best;
               unless given, of accuracies it is
    path       a file of results, a line of JSON each, written whole after every training. What is in it already is not run
               again, but for what had failed; so a sweep goes on where it was killed, and takes more settings later. Results
               of another `train` belong into another file
    n_jobs     trainings at the same time, each in a process of its own with its share of the threads (joblib, the extra
               [parallel]); -1: as many as there are cores, or workers of the backend that joblib.parallel_config chose
    progress   None: a bar on stderr where that is a terminal, or in a notebook

    A training that raises is recorded with its error, one whose loss becomes nan or inf as diverged, and the sweep goes on;
    one RuntimeWarning if all of them raised. Ctrl-C ends the sweep: what is done is returned and stands in the file, the
    training that it broke off does not count. TypeError and ValueError for settings that are none.
    """
    if not callable(train):
        raise TypeError(f"[sweep] train must be a function (setting, seed), found {type(train).__name__}")
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int) or not n_jobs:
        raise ValueError(f"[sweep] n_jobs is a number of processes, or -1, found {n_jobs!r}")
    tasks = list(itertools.product(_settings(settings, draws, draw_seed), _seeds(seeds)))
    parallel = None if n_jobs == 1 else _joblib()
    names = [key(*task) if path is not None else repr(task) for task in tasks]
    file = None if path is None else Path(path)
    kept = {} if file is None else {key(trial.setting, trial.seed): trial for trial in read_trials(file)}
    done = {name: kept[name] for name in names if name in kept and not kept[name].error}
    left = {name: task for name, task in zip(names, tasks) if name not in done}      # one that stands twice is run once
    if file is not None:
        check_writable(file, 1 << 16)
    interrupted = False
    bar = _Bar(len(left), progress)
    try:
        for name, trial in _results(train, left, n_jobs, parallel):
            kept[name] = done[name] = trial
            bar.ended(trial)
            if file is not None:
                keep_trials(file, kept)
    except KeyboardInterrupt:
        interrupted = True
        if file is not None and kept:       # the file may have been left out by a hair
            keep_trials(file, kept)
    except Exception as error:              # not of a training: a process was killed, for its memory say, or the disk is full
        if not done:
            raise
        interrupted = True
        warnings.warn(f"[sweep] ended by {type(error).__name__}: {str(error).partition(chr(10))[0]} What was done is returned",
                      RuntimeWarning, stacklevel=2)
    finally:
        bar.close()
    trials = [done[name] for name in dict.fromkeys(names) if name in done]
    if trials and all(trial.error for trial in trials):
        warnings.warn(f"[sweep] all of {len(trials)} trainings failed, the first with {trials[0].error}; its trace is in "
                      ".trials[0].trace", RuntimeWarning, stacklevel=2)
    return Sweep(trials, by, largest, len(dict.fromkeys(names)), interrupted)


# ---- settings

def _settings(settings: Any, draws: int | None, draw_seed: int) -> list[Setting]:
    if isinstance(settings, Mapping):
        found = _grid(settings) if draws is None else _drawn(settings, draws, draw_seed)
    elif draws is not None:
        raise TypeError(f"[sweep] draws={draws} draws from a dictionary {{name: values}}, found {type(settings).__name__}")
    elif isinstance(settings, Iterable) and not isinstance(settings, str):
        found = [dict(one) if isinstance(one, Mapping) else one for one in settings]
    else:
        raise TypeError(f"[sweep] settings is {{name: [values]}}, or a list of dictionaries, found {type(settings).__name__}")
    for one in found:
        if not isinstance(one, dict):
            raise TypeError(f"[sweep] each setting is a dictionary {{name: value}}, found {type(one).__name__}")
    if not found:
        raise ValueError("[sweep] there is no setting to train with: the list of settings, or of a name's values, is empty")
    return found


def _values(name: str, values: Any) -> list[Any]:
    if isinstance(values, np.ndarray):
        return values.tolist()
    if not isinstance(values, Sequence | range) or isinstance(values, str):
        raise TypeError(f"[sweep] the values of {name!r} are a list, found {values!r}: write {{{name!r}: [{values!r}]}}, and "
                        "draws= where they are to be drawn from a distribution")
    return list(values)


def _grid(settings: Mapping[str, Any]) -> list[Setting]:
    values = [_values(name, given) for name, given in settings.items()]
    return [dict(zip(settings, chosen)) for chosen in itertools.product(*values)] if settings else []


def _drawn(settings: Mapping[str, Any], draws: int, seed: int) -> list[Setting]:
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 1:
        raise ValueError(f"[sweep] draws is how many settings to draw, 1 or more, found {draws!r}")
    found = []
    for i in range(draws):
        setting = {}
        for j, (name, given) in enumerate(settings.items()):
            rng = np.random.default_rng([operator.index(seed), i, j])
            if hasattr(given, "rvs"):
                value = given.rvs(random_state=rng)
            elif callable(given):
                value = given(rng)
            else:
                values = _values(name, given)
                if not values:
                    return []
                value = values[int(rng.integers(len(values)))]
            setting[name] = value.item() if isinstance(value, np.generic) else value
        found.append(setting)
    return found


def _seeds(seeds: Any) -> list[int]:
    if not isinstance(seeds, Iterable) or isinstance(seeds, str):
        raise TypeError(f"[sweep] seeds is a list, found {seeds!r}: write [{seeds!r}] for one, range(3) for three")
    found = [operator.index(seed) for seed in seeds]
    if not found:
        raise ValueError("[sweep] there is no seed to train with: seeds is empty")
    return found


# ---- running

class _Stop(CtrlC):
    """Ctrl-C raises as ever, and is remembered: a `fit` that it ends returns what it has."""

    def _press(self, signum: int, frame: Any) -> None:
        self.pressed = True
        raise KeyboardInterrupt


def _results(train: Any, tasks: dict[str, Task], n_jobs: int, joblib: Any) -> Iterator[tuple[str, Trial]]:
    """(name, Trial) as each one ends."""
    if joblib is None:
        for name, task in tasks.items():
            yield name, _one(train, *task)
        return
    count = max(joblib.effective_n_jobs(n_jobs), 1)
    threads = max(num_threads() // count, 1)
    calls = [joblib.delayed(_apart)(name, train, *task, os.getpid(), threads) for name, task in tasks.items()]
    try:
        run = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
    except ValueError:                      # a backend that gives nothing before it has all (Ray's): in rounds, then
        run = joblib.Parallel(n_jobs=n_jobs, batch_size=1)
        for at in range(0, len(calls), count):
            yield from _sound(run(calls[at:at + count]))
        return
    results = run(calls)
    try:
        yield from _sound(results)
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")         # that trainings are broken off is what Ctrl-C is for
            results.close()


def _sound(results: Iterable[tuple[str, Trial | None]]) -> Iterator[tuple[str, Trial]]:
    for name, trial in results:
        if trial is None:
            raise KeyboardInterrupt
        yield name, trial


def _apart(name: str, train: Any, setting: Setting, seed: int, parent: int, threads: int) -> tuple[str, Trial | None]:
    """A training in a process of its own; None for one that raised KeyboardInterrupt.

    A terminal sends Ctrl-C to all processes: while they train it is the parent's, who then ends them.
    """
    if os.getpid() == parent:               # a backend of threads
        return name, _one(train, setting, seed)
    set_num_threads(threads)
    ours = (threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    if ours:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return name, _one(train, setting, seed)
    except KeyboardInterrupt:
        return name, None
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _one(train: Any, setting: Setting, seed: int) -> Trial:
    trial = Trial(dict(setting), seed)
    began, stop = time.perf_counter(), _Stop()
    try:
        with stop, warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"\[fit\] training diverged", RuntimeWarning)     # it is recorded
            manual_seed(seed)
            trial.history, trial.figures = _figures(train(dict(setting), seed))
    except Exception as error:
        trial.error, trial.trace = f"{type(error).__name__}: {error}", traceback.format_exc()
    if stop.pressed or trial.history is not None and trial.history.interrupted:
        raise KeyboardInterrupt
    trial.seconds = time.perf_counter() - began
    return trial


def _figures(returned: Any) -> tuple[History | None, dict[str, float]]:
    history, figures = returned if isinstance(returned, tuple) and len(returned) == 2 else (returned, {})
    if isinstance(history, Mapping):
        history, figures = None, history
    wrong = not isinstance(figures, Mapping) or not (history is None or isinstance(history, History))
    if wrong or history is None and not figures or any(not isinstance(value, Real) for value in figures.values()):
        raise TypeError(f"[sweep] train returned {returned!r:.80}: expected its History, or {{name: number}}, or "
                        "both in a tuple")
    found = {str(name): float(value) for name, value in figures.items()}
    if history is None:
        return None, found
    row = next((row for row in history if row["epoch"] == history.facts.get("restored_epoch")), None)
    row = row or (history[-1] if len(history) else {})
    measured = {name: float(value) for name, value in row.items()
                if value is not None and ("loss" in name or "accuracy" in name)}
    history.text()                          # a file holds it: an error that belongs to this training
    return history, measured | {"epochs": float(len(history))} | found


def _joblib() -> Any:
    try:
        import joblib
    except ImportError as error:
        raise ImportError(f"[sweep] several trainings at the same time need joblib ({error}): python -m pip install "
                          "\"minigrad-engine[parallel]\", or leave n_jobs out") from error
    return joblib


class _Bar:
    """How many trainings have ended, and what became of them."""

    def __init__(self, total: int, wanted: bool | None) -> None:
        self._bar: Any = None
        self._counts = {"diverged": 0, "failed": 0}
        if a_bar_is_seen() if wanted is None else wanted:
            from minigrad.train.progress import tqdm_class

            self._bar = tqdm_class()(total=total, unit="training", dynamic_ncols=True, file=sys.stderr)

    def ended(self, trial: Trial) -> None:
        self._counts["failed"] += bool(trial.error)
        self._counts["diverged"] += trial.diverged
        if self._bar is not None:
            words = ", ".join(f"{count} {word}" for word, count in self._counts.items() if count)
            self._bar.set_postfix_str(words, refresh=False)
            self._bar.update()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
