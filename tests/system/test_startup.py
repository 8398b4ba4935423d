"""What can go wrong while minigrad is imported: a source tree that hides an installed one, a command that cannot start."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import minigrad
from minigrad import kernels
from minigrad.system import startup

PACKAGE = Path(minigrad.__file__).parent
BUILT = [path for name in ("_native", "_graph") for path in PACKAGE.glob(f"{name}.*") if path.suffix in (".so", ".pyd")]
needs_built = pytest.mark.skipif(len(BUILT) < 2, reason="the extensions are not built here")
USE = "import minigrad as mg; mg.randn(2) + 1; mg.Value(2) * 3; from minigrad import graph, kernels"


@pytest.fixture
def clone(tmp_path):
    """The package without its extensions, as in a clone of the repository."""
    return Path(shutil.copytree(PACKAGE, tmp_path / "clone" / "minigrad", ignore=shutil.ignore_patterns("*.so", "*.pyd")))


def python(*words, clone, **environment):
    """Python started in the clone, with the built package further down its path."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MINIGRAD_")}
    paths = [str(PACKAGE.parent), env.get("PYTHONPATH", "")]
    env |= {"PYTHONPATH": os.pathsep.join(path for path in paths if path), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, *words], env=env | environment, capture_output=True, text=True, cwd=clone.parent)


@needs_built
def test_a_source_tree_that_hides_an_installed_minigrad_says_so_once(clone):
    done = python("-c", USE, clone=clone)
    assert done.returncode == 0 and done.stderr.count("RuntimeWarning") == 1
    assert f"minigrad is imported from {clone}, which lacks compiled extensions, and so hides the installed one" in done.stderr
    assert f"in {PACKAGE}, which has them: it runs 5 to 10 times slower" in done.stderr
    assert done.stderr.count("build_ext --inplace") == 1


@needs_built
def test_info_says_it_too_and_blames_no_compiler(clone):
    out = python("-m", "minigrad", "info", clone=clone).stdout
    lines = {line[:14].strip(): line[14:] for line in out.splitlines()}
    for name in ("kernels", "graph"):
        assert f"this minigrad, in {clone}, hides the installed one in {PACKAGE}" in lines[name]
        assert "compiler" not in lines[name]
    assert lines["minigrad"].endswith(f"in {clone}; a source tree; the installed one is in {PACKAGE}")


@needs_built
@pytest.mark.parametrize("wish", [{"MINIGRAD_DEVICE": "numpy"}, {"MINIGRAD_GRAPH": "python"},
                                  {"MINIGRAD_DEVICE": "numpy", "MINIGRAD_GRAPH": "python"}], ids=str)
def test_whoever_wishes_for_the_plain_parts_is_not_warned(clone, wish):
    done = python("-c", USE, clone=clone, **wish)
    assert done.returncode == 0 and done.stderr == ""


@needs_built
def test_a_tree_that_was_built_is_not_warned_about(clone):
    for path in BUILT:
        shutil.copy(path, clone)
    done = python("-c", USE, clone=clone)
    assert done.returncode == 0 and done.stderr == ""
    with (clone / "graph" / "node.py").open("a") as file:
        file.write("# edited\n")
    assert "imported from" not in python("-c", USE, clone=clone).stderr, "an older one is there, and is told of otherwise"


@needs_built
def test_a_link_to_the_same_folder_is_no_other_minigrad(clone, monkeypatch):
    link = clone.parent.parent / "link"
    link.symlink_to(PACKAGE.parent, target_is_directory=True)
    monkeypatch.setattr(sys, "path", [str(link), str(clone.parent), "", 7 * "no"])
    startup.hidden.cache_clear()
    monkeypatch.chdir(clone.parent)
    assert startup.hidden() is None
    startup.hidden.cache_clear()


def test_what_an_import_costs():
    """Where nothing is missing, nothing is searched: the tables were chosen, and nobody asked."""
    done = subprocess.run([sys.executable, "-c", f"{USE}; from minigrad.system import startup; kernels.default_table();"
                           "print(startup.hidden.cache_info().misses)"], capture_output=True, text=True, cwd=PACKAGE.parent)
    if len(BUILT) == 2 and kernels.default_table().name == "native" and minigrad.graph.kind == "compiled":
        assert done.stdout == "0\n"


@pytest.mark.parametrize(("argv", "orig_argv", "ours"), [
    (["-m", "info"], ["python", "-m", "minigrad", "info"], True),
    (["-m"], ["python", "-Werror", "-mminigrad"], True),
    (["-m"], ["python", "-m", "mine", "-m", "minigrad"], False),
    (["-m"], ["python", "-m", "minigrad.other"], False),
    (["/usr/bin/minigrad", "info"], ["python", "/usr/bin/minigrad"], True),
    (["mine.py"], ["python", "mine.py", "-m", "minigrad"], False),
    (["-c"], ["python", "-c", "import minigrad"], False),
    ([""], ["python"], False), ([], ["python"], False),
    ([str(PACKAGE / "__main__.py")], ["python", "minigrad"], True),
])
@pytest.mark.parametrize(("error", "code", "words"), [
    (KeyboardInterrupt(), 130, "minigrad: interrupted\n"), (ImportError("why\nand more"), 1, "minigrad: why\n"),
    (ImportError(), 1, "minigrad: ImportError\n")], ids=["Ctrl-C", "ImportError", "without words"])
def test_only_the_command_leaves_without_a_traceback(monkeypatch, capsys, argv, orig_argv, ours, error, code, words):
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "orig_argv", orig_argv)
    if not ours:
        assert startup.leave_if_command(error) is None and capsys.readouterr().err == ""
        return
    with pytest.raises(SystemExit) as leave:
        startup.leave_if_command(error)
    assert leave.value.code == code and capsys.readouterr().err == words
