"""Which graph runs, and why; and the graph's own tests once more on the other one."""

import ast
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

    fresh = all(hashlib.sha256((PACKAGE / "graph" / name).read_bytes()).hexdigest() == digest
                for name, digest in _graph.SOURCES.items() if (PACKAGE / "graph" / name).exists())
    return None if fresh else "minigrad._graph is older than the files of graph/: build it again"


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
    assert graph.chosen.__name__ == ("minigrad.graph.plain" if graph.kind == "python" else "minigrad._graph")
    assert issubclass(minigrad.Tensor, graph.chosen.Variable) and issubclass(minigrad.Value, graph.chosen.Node)


def test_the_plain_graph_can_be_forced():
    done = python("-c", ASK, MINIGRAD_GRAPH="python")
    assert done.stdout == "python minigrad.graph.plain | MINIGRAD_GRAPH=python\n" and not done.stderr


def test_an_unknown_wish_is_an_error():
    done = python("-c", ASK, MINIGRAD_GRAPH="cython")
    assert done.returncode == 1
    assert "ImportError: MINIGRAD_GRAPH is 'cython': expected 'python', 'compiled' or nothing" in done.stderr


@needs_compiled
@pytest.mark.parametrize("edited", [["node.py"], ["modes.py", "backward.py"], ["compiled.pxd"]], ids=" ".join)
def test_a_fresh_compiled_graph_is_chosen_and_a_stale_one_steps_aside(copied, edited):
    """The same copy before and after some of its files are edited."""
    done = python("-c", ASK, package=copied)
    assert done.stdout == "compiled minigrad._graph | built from these files of graph/\n" and not done.stderr

    for name in edited:
        with (copied / "graph" / name).open("a") as file:
            file.write("# edited\n")
    done = python("-c", ASK, package=copied)
    why = f"the compiled module is older than graph/{', graph/'.join(edited)}; install again"
    assert done.returncode == 0 and done.stdout.startswith(f"python minigrad.graph.plain | {why}")
    assert f"RuntimeWarning: minigrad runs its plain graph: {why}" in done.stderr

    done = python("-c", ASK, package=copied, MINIGRAD_GRAPH="compiled")
    assert done.returncode == 1 and "ImportError: the compiled graph is required" in done.stderr


@needs_compiled
def test_a_part_that_is_gone_is_an_edit_and_missing_types_are_none(copied):
    """A wheel has no types. A part that is not there cannot run either, so only the choice is looked at."""
    (copied / "graph" / "compiled.pxd").unlink()
    assert python("-c", ASK, package=copied).stdout.startswith("compiled minigrad._graph |")
    (copied / "graph" / "anomaly.py").unlink()
    done = python("-c", ASK, package=copied)
    assert done.returncode == 1 and "the compiled module is older than graph/anomaly.py; install again" in done.stderr


@needs_compiled
def test_the_types_were_compiled_in():
    """Without compiled.pxd all works, at half the speed. With it a function that only the graph calls is no Python object."""
    from minigrad import _graph

    assert hasattr(_graph, "record") and not hasattr(_graph, "check_unwritten") and not hasattr(_graph, "writes")


@needs_compiled
def test_the_parts_can_be_compiled_as_one_module():
    """Put one after the other they import nothing of the package from below, and none takes a name that another has."""
    from minigrad import _graph

    parts = [name.removesuffix(".py") for name in _graph.SOURCES if name.endswith(".py")]
    assert {*parts, "plain", "__init__"} == {path.stem for path in (PACKAGE / "graph").glob("*.py")}
    defined, above = {}, set()
    for part in parts:
        text = (PACKAGE / "graph" / f"{part}.py").read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            names = [t.id for t in node.targets if isinstance(t, ast.Name)] if isinstance(node, ast.Assign) else \
                [node.name] if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else []
            for name in names:
                assert defined.setdefault(name, part) == part, f"{name} is defined in {part}.py and in {defined[name]}.py"
        for node in ast.walk(ast.parse(text)):
            module = getattr(node, "module", None) if isinstance(node, ast.ImportFrom) else None
            if module and module.startswith("minigrad"):
                assert module.removeprefix("minigrad.graph.") in above, f"{part}.py imports {module}"
                assert node.col_offset == 0 and node.lineno == node.end_lineno, f"{part}.py:{node.lineno}: more than one line"
                assert all(alias.asname is None for alias in node.names), f"{part}.py:{node.lineno}: a second name"
        above.add(part)


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
    assert done.stdout.startswith("python minigrad.graph.plain | no compiled module (") and not done.stderr
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
    others = ("scalar/test_value", "scalar/test_micrograd", "test_tensor", "test_signals", "test_assignment")
    files = [*(str(path) for path in sorted((TESTS / "graph").glob("test_*.py")) if path.name != Path(__file__).name),
             *(str(TESTS / f"{name}.py") for name in others)]
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *files], env=env,
                          capture_output=True,
                          text=True, cwd=TESTS.parent)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert "passed" in done.stdout
