"""Watching: which kernels compute beside the door, told once to every watcher, and nothing left behind."""

import ast
import inspect
import textwrap
import threading

import numpy as np
import pytest

from minigrad import kernels
from minigrad.kernels import registry
from minigrad.kernels.kinds import MOSTLY_VIEWS, NO_KERNELS
from minigrad.kernels.reference import Kernels
from minigrad.kernels.watching import COMPUTE_AND_CALL, watching

PUBLIC = {name for name, _ in inspect.getmembers(Kernels, inspect.isfunction) if name[0] != "_"}


def told(run):
    """The kernels that compute beside the door while `run(table)` runs, in order."""
    found = []
    with watching(lambda name, table, seconds: found.append((name, table.name))):
        run(kernels.default_table())
    return found


@pytest.mark.parametrize("run, expected", [
    (lambda k: k.assign(np.ones(3), 0, 2.0), ["assign"]),                               # gives nothing back
    (lambda k: k.tally(np.zeros(()), np.ones(())), ["tally"]),
    (lambda k: k.sgd_step([np.ones(3)], [np.ones(3)], None, np.array(0.1), 0, 0, False, False), ["sgd_step"]),
    (lambda k: k.add(np.ones(3), 1, np.ones(3)), ["add"]),                              # gives back what it was given
    (lambda k: k.sum_to(np.ones((3, 3)), (3,)), ["sum_to"]),                            # gives a view of something new
    (lambda k: k.sum_to(np.ones((3, 3)), (3, 3)), []),                                  # a view of its argument
    (lambda k: k.getitem(np.ones(3), np.array([0, 1])), ["getitem"]),
    (lambda k: k.getitem(np.ones(3), slice(2)), []),
    (lambda k: k.asarray(np.ones(3)), []),
    (lambda k: k.asarray([1.0, 2.0]), ["asarray"]),
    (lambda k: k.exp(np.ones(0)), []),
])
def test_what_computes_is_told(run, expected):
    assert [name for name, _ in told(run)] == expected


def test_a_table_that_is_made_meanwhile_is_watched_too(monkeypatch):
    class Late(Kernels):
        name = "late"

        def __init__(self):
            super().__init__(np)

    monkeypatch.setattr(registry, "_factories", dict(registry._factories))
    monkeypatch.setattr(registry, "_tables", dict(registry._tables))
    kernels.register("late", Late)
    assert told(lambda k: kernels.table("late").exp(np.ones(3))) == [("exp", "late")]
    assert "exp" not in vars(kernels.table("late"))


@pytest.mark.skipif(kernels.default_table().name != "native", reason="no native kernels here")
@pytest.mark.parametrize("run, expected", [
    (lambda k, a: k.softmax(a, 1), []),
    (lambda k, a: k.running_update(a[0], a[1], 0.1), []),                               # native kernels below it
    (lambda k, a: k.count_correct(a, np.zeros(4, np.int32)), ["count_correct"]),        # one below it, and numpy
    (lambda k, a: k.dropout(a, 0.5, np.ones(2, np.uint64), np.empty((3, 4), np.float32).T), ["dropout"]),
])
def test_native_kernels_below_hide_nothing(run, expected):
    from minigrad import _native
    a = np.ones((4, 3), np.float32)
    recording = _native.Recording()         # calls are counted while somebody watches the door as well
    recording.start()
    try:
        assert [name for name, _ in told(lambda k: run(k, a))] == expected
    finally:
        recording.stop()


def test_two_watchers_may_begin_and_end_in_any_order():
    table, first, second = kernels.default_table(), [], []
    before = dict(vars(table))
    one, two = (watching(lambda name, *_, to=to: to.append(name)) for to in (first, second))
    x = np.ones(3)
    one.__enter__()
    two.__enter__()
    table.sin(x)
    one.__exit__(None, None, None)
    table.cos(x)
    two.__exit__(None, None, None)
    table.sin(x)
    assert (first, second) == (["sin"], ["sin", "cos"]) and vars(table) == before


def test_one_thread_watches_at_a_time():
    errors = []

    def other():
        try:
            told(lambda k: None)
        except RuntimeError as error:
            errors.append(str(error))

    with watching(lambda *_: None):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(errors) == 1 and errors[0].startswith("[profile] kernels are being watched already, by a profile or a recording")
    assert told(lambda k: k.sin(np.ones(3))) == [("sin", kernels.default_table().name)]


def test_what_a_table_has_of_its_own_is_there_again_afterwards(monkeypatch):
    table = kernels.default_table()
    own = lambda a, out=None: a * 3                                         # noqa: E731
    monkeypatch.setattr(table, "sin", own, raising=False)
    assert told(lambda k: k.sin(np.ones(3))) == [("sin", table.name)]
    assert vars(table)["sin"] is own


def test_the_kernels_that_compute_and_call_are_known():
    """Else the native call of one that they call would hide what they compute."""
    both = {name for name in PUBLIC if _uses_library(name) and _called(name) - MOSTLY_VIEWS - NO_KERNELS - {name}}
    assert both <= COMPUTE_AND_CALL <= PUBLIC


def _parts(name):
    """The names behind `self.` in a kernel and in the helpers that it calls."""
    found, left = set(), [name]
    while left:
        text = textwrap.dedent(inspect.getsource(inspect.unwrap(getattr(Kernels, left.pop()))))
        try:
            tree = ast.parse(text)
        except SyntaxError:                 # a lambda in the midst of a declaration
            continue
        names = {n.attr for n in ast.walk(tree)
                 if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "self"} - found
        found |= names
        left += [n for n in names - {"_give", "_quiet"} if n[0] == "_" and inspect.isfunction(getattr(Kernels, n, None))]
    return found


def _uses_library(name):
    return "xp" in _parts(name)


def _called(name):
    return _parts(name) & PUBLIC
