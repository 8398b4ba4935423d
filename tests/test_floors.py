"""The house keeps its order: imports point downward, csrc knows no Python, `import minigrad` is light, files short."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import minigrad
from minigrad import kernels

ROOT = Path(__file__).parents[1]
PACKAGE = Path(minigrad.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
CSRC = sorted(path for path in (ROOT / "csrc").rglob("*") if path.suffix in (".cpp", ".h", ".inl"))

FLOORS = (
    {"rules", "declare", "system"},
    {"kernels", "_native"},
    {"graph", "_graph"},
    {"scalar", "tensor", "types", "assignment", "modes", "escape", "hooks", "random", "exchange"},
    {"ops", "functional", "custom", "autograd"},
    {"nn", "optim", "data", "array_api"},
    {"train", "testing", "viz", "piecewise", "worksheet", "utils", "sklearn"},
    {"cli"},
    {"__main__"},
)
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}
FACADE = 5.5    # minigrad/__init__.py: floors 0 to 4 under one name, upper ones when asked for; floor 6 may use it

LONG_FILES = {  # more than 300 lines, and why that is still one thing
    "minigrad/tensor.py": "one class with its methods, and how it is made",
    "minigrad/testing/checks.py": "the promises, one after the other",
    "minigrad/testing/gradcheck/gradcheck.py": "one check, from the random directions to the entry that is named",
    "minigrad/scalar/numbers.py": "a small adapter for each type of number, one after the other",
}


def imports(path):
    """(line, dotted module) of every import of the package in a file, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name.split(".")[0] == "minigrad")
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides where it points"
            if node.module == "minigrad":
                yield from ((node.lineno, f"minigrad.{a.name}" if a.name in FLOOR else "minigrad") for a in node.names)
            elif node.module.startswith("minigrad."):
                yield node.lineno, node.module


def name_of(path):
    """The module or package on a floor that a file belongs to: "ops" for minigrad/ops/conv.py."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def floor_of(name):
    return FACADE if name in ("minigrad", "__init__") else FLOOR[name]


def lines_of(text):
    """A C++ text without comments and strings, line by line."""
    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"(?!>)', lambda m: "\n" * m[0].count("\n"), text, flags=re.S)
    return text.splitlines()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_only_downward(path):
    name = name_of(path)
    assert name == "__init__" or name in FLOOR, f"{path.name} stands on no floor: give it one in FLOORS"
    highest = 4 if name == "__init__" else floor_of(name)
    for line, module in imports(path):
        other = module.removeprefix("minigrad.").split(".")[0]
        where = f"{path.relative_to(PACKAGE)}:{line} imports {module}"
        assert name not in ("rules", "declare") or other in (name, "declare"), f"{where}, but {name} knows declare.py at most"
        assert name not in ("system", "graph") or other in (name, "_graph", "system"), f"{where}, but it knows system/ at most"
        assert name != "nn" or other != "optim", f"{where}, but nn knows no optimiser"
        assert name != "data" or other in ("data", "kernels", "system"), f"{where}, but data uses numpy, kernels/, system/ only"
        assert floor_of(other) <= highest, f"{where}, which is on floor {floor_of(other)}, above {highest}"


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path) in ("rules", "declare", "graph")],
                         ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_lowest_floors_know_no_arrays(path):
    text = path.read_text(encoding="utf-8")
    found = {alias.name.split(".")[0] for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)
             for alias in node.names}
    assert not found & {"numpy", "cupy"}


def test_import_minigrad_is_light():
    """numpy and little else: what draws, downloads, shows progress or trains is loaded when it is used."""
    heavy = ["matplotlib", "tqdm", "pooch", "requests", "safetensors", "sympy", "scipy", "torch", "cupy", "joblib", "sklearn",
             "hypothesis", "minigrad.nn", "minigrad.optim", "minigrad.data", "minigrad.train", "minigrad.testing",
             "minigrad.viz", "minigrad.functional", "minigrad.custom", "minigrad.autograd", "minigrad.cli"]
    script = f"import sys, minigrad; print(*(name for name in {heavy} if name in sys.modules))"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == []


@pytest.mark.skipif(not CSRC, reason="csrc is not beside these tests")
@pytest.mark.parametrize("path", CSRC, ids=lambda path: str(path.relative_to(ROOT / "csrc")))
def test_csrc_knows_no_python_but_in_bindings(path):
    """Kernels are compiled once per instruction set; of a std:: template the linker keeps one copy, maybe AVX-512's."""
    if path.parent.name == "bindings":
        return
    code = "\n".join(lines_of(path.read_text(encoding="utf-8")))
    headers = re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)', path.read_text(encoding="utf-8"), flags=re.M)
    python = [h for h in headers if h.startswith(("Python", "pybind11", "numpy"))] + re.findall(r"\bPy[A-Z_]\w*", code)
    assert not python
    if path.parent.name == "kernels" or path.name in ("kernels.h", "simd.h"):
        assert re.findall(r"\bstd::\w+", code) == []
        assert [h for h in headers if "." not in h] == []       # <vector>, <cmath> ...: the C headers have what is needed


@pytest.mark.skipif(not CSRC, reason="csrc is not beside these tests")
def test_no_flag_changes_what_numbers_mean():
    for path in [ROOT / "setup.py", ROOT / "pyproject.toml", *CSRC]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"-march=native|-Ofast|-mdaz-ftz|-f(no-honor-nans|fast-math|finite-math-only|associative-math|"
                             r"reciprocal-math|unsafe-math|cx-limited)", text), path


def test_no_device_is_named_outside_kernels():
    """Devices are registered: whoever needs their names asks kernels.names() or kernels.available()."""
    for path in MODULES:
        if name_of(path) == "kernels":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            given = []
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                given = node.args if called in ("table", "use", "to", "on_device") else []
                given = given + [k.value for k in node.keywords if k.arg == "device"]
            elif isinstance(node, ast.Compare) and getattr(node.left, "attr", "") in ("name", "device"):
                given = node.comparators
            words = {n.value for part in given for n in ast.walk(part) if isinstance(n, ast.Constant)}
            found = words & set(kernels.names())
            assert not found, f"{path.relative_to(PACKAGE)}:{node.lineno} names a device: {found}"


def test_files_are_short():
    sources = [*MODULES, *CSRC, *(ROOT / "bench").rglob("*.py"), *(ROOT / "examples").rglob("*.py")]
    long = {path.relative_to(PACKAGE.parent if path in MODULES else ROOT).as_posix(): n for path in sources
            if (n := len(path.read_text(encoding="utf-8").splitlines())) > 300}
    new = ", ".join(f"{name} ({n} lines)" for name, n in long.items() if name not in LONG_FILES)
    assert not new, (f"longer than 300 lines: {new}. Split it by subject: a folder of its name, whose __init__.py exports "
                     "what its parts define, as minigrad/ops/elementwise/ does; or say in LONG_FILES why it is one thing")
    short = ", ".join(sorted(LONG_FILES.keys() - long.keys()))
    assert not short, f"not longer than 300 lines any more: {short}. Take it off LONG_FILES"
