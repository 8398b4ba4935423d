"""What the build promises: complete sources, honest arithmetic, no function of one instruction set in place of another's.

What its sources may contain is in test_floors.py.
"""

import re
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(not (ROOT / "setup.py").exists(), reason="these tests run in a source tree")


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    """The files that a source distribution would carry."""
    pytest.importorskip("setuptools", reason="setuptools, which lists an sdist's files, is not in this environment")
    folder = tmp_path_factory.mktemp("egg")
    done = subprocess.run([sys.executable, "setup.py", "-q", "egg_info", "-e", str(folder)], cwd=ROOT, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    sources, = folder.glob("*.egg-info/SOURCES.txt")
    return set(sources.read_text().split())


def test_the_sdist_has_every_source(listed):
    wanted = {p.relative_to(ROOT).as_posix() for folder in ("csrc", "minigrad", "tests") for p in (ROOT / folder).rglob("*")
              if p.suffix in (".cpp", ".h", ".inl", ".py", ".pyi", ".pxd")}
    assert len(wanted) > 50
    assert wanted - listed == set()
    assert {"setup.py", "pyproject.toml"} <= listed


def test_the_sdist_has_nothing_built(listed):
    assert not [name for name in listed if name.endswith((".so", ".o", ".pyc")) or name.startswith("build/")]


def test_only_local_functions_in_the_kernels_of_an_instruction_set():
    """No weak symbol of the kernels, which another instruction set's copy could replace."""
    native = pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")
    objects = [p for p in (ROOT / "build").rglob("*.o") if p.parent.name == "kernels" and "csrc" in p.parts]
    if not objects:
        pytest.skip("installed without building in this tree: there are no object files to look at")
    done = subprocess.run(["nm", "-C", *map(str, objects)], capture_output=True, text=True)
    weak = [line for line in done.stdout.splitlines() if re.search(r" [WVu] ", line)]
    assert native.available_isas() and [line for line in weak if not any(f"mg::{isa}::" in line for isa in
                                                                         ("baseline", "avx2", "avx512", "neon"))] == []


def test_loading_the_extension_leaves_denormals_alive():
    code = """
import sys, threading
import numpy as np
import minigrad
from minigrad import kernels
k = kernels.default_table()
x = np.full(1_000_000, 1.0, np.float32)
k.exp(k.matmul(x.reshape(1000, 1000), x.reshape(1000, 1000)) * np.float32(1e-3))
assert sys.float_info.min / 2 != 0
assert np.float32(1e-38) / np.float32(4) != 0
assert k.mul(np.full(70, 1e-38, np.float32), 0.25).all()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_denormals_live_in_the_kernels():
    native = pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")
    tiny, chosen = np.full(33, 1e-40, np.float32), native.isa()
    try:
        for isa in native.available_isas():
            native.set_isa(isa)
            assert (native.add(tiny, tiny, None) == tiny + tiny).all()
            assert (native.exp(np.full(33, -95, np.float32), None) > 0).all()
            assert (native.sum(tiny, None, False, None) > 0)
    finally:
        native.set_isa(chosen)


def test_the_compiled_graph_has_its_types():
    """Without them it runs all the same, and takes half as long again."""
    graph = pytest.importorskip("minigrad._graph", reason="the compiled graph is not built here")
    assert isinstance(graph.Node.parents, types.GetSetDescriptorType)
