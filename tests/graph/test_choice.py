"""Which graph runs, and why; and the graph's own tests once more on the other one."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

import minigrad
from minigrad import graph

PACKAGE = Path(minigrad.__file__).parent
TESTS = Path(__file__).parents[1]


def why_no_compiled():
    """Why the compiled graph cannot be tested here, or None."""
    if importlib.util.find_spec("minigrad._graph") is None:
        return "minigrad._graph is not built here (no Cython or no C compiler)"
    from minigrad import _graph

    fresh = hashlib.sha256((PACKAGE / "graph" / "core.py").read_bytes()).hexdigest() == _graph.SOURCE_HASH
    return None if fresh else "minigrad._graph is older than graph/core.py: build it again"


needs_compiled = pytest.mark.skipif(why_no_compiled() is not None, reason=str(why_no_compiled()))
ASK = "import minigrad.graph as e; print(e.kind, e.chosen.__name__, '|', e.reason)"


def python(*args, package=PACKAGE, **environment):
    """A new interpreter that imports the package from there."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("MINIGRAD_")}
    env |= {"PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1"} | environment
    return subprocess.run([sys.executable, *args], env=env, capture_output=True, text=True, cwd=package.parent)


ours = python


@pytest.fixture
def copied(tmp_path):
    """The package, extensions included, in a place where it may be changed."""
    return Path(shutil.copytree(PACKAGE, tmp_path / "minigrad", ignore=shutil.ignore_patterns("__pycache__")))


def leave_out(package, name):
    for path in package.glob(f"{name}.*"):
        if path.suffix in (".so", ".pyd"):
            path.unlink()


def test_this_process_says_what_runs():
    assert graph.kind in ("python", "compiled") and graph.reason
    assert graph.chosen.__name__ == ("minigrad.graph.core" if graph.kind == "python" else "minigrad._graph")
    assert issubclass(minigrad.Tensor, graph.chosen.Variable) and issubclass(minigrad.Value, graph.chosen.Node)


def test_the_plain_graph_can_be_forced():
    done = python("-c", ASK, MINIGRAD_GRAPH="python")
    assert done.stdout == "python minigrad.graph.core | MINIGRAD_GRAPH=python\n" and not done.stderr


def test_an_unknown_wish_is_an_error():
    done = python("-c", ASK, MINIGRAD_GRAPH="cython")
    assert done.returncode == 1
    assert "ImportError: MINIGRAD_GRAPH is 'cython': expected 'python', 'compiled' or nothing" in done.stderr


@needs_compiled
def test_a_fresh_compiled_graph_is_chosen_and_a_stale_one_steps_aside(copied):
    """The same copy before and after core.py is edited."""
    done = python("-c", ASK, package=copied)
    assert done.stdout == "compiled minigrad._graph | built from this core.py\n" and not done.stderr

    with (copied / "graph" / "core.py").open("a") as file:
        file.write("# edited\n")
    done = python("-c", ASK, package=copied)
    why = "the compiled module is older than graph/core.py; install again"
    assert done.returncode == 0 and done.stdout.startswith(f"python minigrad.graph.core | {why}")
    assert f"RuntimeWarning: minigrad runs its plain graph: {why}" in done.stderr

    done = python("-c", ASK, package=copied, MINIGRAD_GRAPH="compiled")
    assert done.returncode == 1 and "ImportError: the compiled graph is required" in done.stderr


@pytest.fixture
def numpy_alone(tmp_path):
    """The arguments and the path of a Python that finds numpy, and no minigrad but the one that it is given."""
    site = tmp_path / "site"
    site.mkdir()
    for folder in Path(numpy.__file__).parents[1].glob("numpy*"):
        (site / folder.name).symlink_to(folder)
    return ["-S"], str(site)


@pytest.mark.skipif(os.name != "posix", reason="makes links")
def test_without_a_compiled_graph(copied, numpy_alone):
    options, site = numpy_alone

    def python(*args, package, **environment):
        return ours(*options, *args, package=package, PYTHONPATH=f"{package.parent}{os.pathsep}{site}", **environment)

    leave_out(copied, "_graph")
    done = python("-c", ASK, package=copied)
    assert done.stdout.startswith("python minigrad.graph.core | no compiled module (") and not done.stderr
    assert "install with a C compiler" in done.stdout
    for wish in ({"MINIGRAD_REQUIRE_NATIVE": "1"}, {"MINIGRAD_GRAPH": "compiled"}):
        done = python("-c", ASK, package=copied, **wish)
        assert done.returncode == 1
        assert "ImportError: the compiled graph is required (MINIGRAD_GRAPH or MINIGRAD_REQUIRE_NATIVE)" in done.stderr
        assert "but no compiled module" in done.stderr
    assert python("-c", ASK, package=copied, MINIGRAD_REQUIRE_NATIVE="0").returncode == 0


@needs_compiled
def test_the_graphs_tests_on_the_other_graph():
    """The choice is made at import, so the tests of graph, Value and Tensor run again in a process of their own."""
    other = "python" if graph.kind == "compiled" else "compiled"
    path = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")]))
    env = dict(os.environ, MINIGRAD_GRAPH=other, PYTHONPATH=path)
    names = ("graph/test_core", "graph/test_modes", "graph/test_writes", "scalar/test_value", "scalar/test_micrograd",
             "test_tensor", "test_signals", "test_assignment")
    files = [str(TESTS / f"{name}.py") for name in names]
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *files], env=env,
                          capture_output=True,
                          text=True, cwd=TESTS.parent)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert "passed" in done.stdout
