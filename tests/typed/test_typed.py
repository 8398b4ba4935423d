"""Type checkers see what there is: the generated stub is up to date, and every name under `mg.` is where the stubs say."""

import ast
import inspect
from pathlib import Path

import pytest

import minigrad as mg
from minigrad import ops
from minigrad.kernels.reference import Kernels

from . import program, stub

PACKAGE = Path(mg.__file__).parent


def exported(path):
    """The names that a stub has under its own name, and the modules of which it has everything."""
    names, modules = set(), []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            modules.append(node.module)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets}
        elif isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname for alias in node.names if alias.asname == alias.name}
    return names, modules


def test_the_stub_of_tensor_is_up_to_date():
    assert stub.FILE.read_text(encoding="utf-8") == stub.text(), "write it anew: python -m tests.typed"
    assert stub.OPERATIONS.read_text(encoding="utf-8") == stub.operations(), "write it anew: python -m tests.typed"


def test_every_operation_is_in_the_stub():
    assert exported(PACKAGE / "ops" / "__init__.pyi") == (set(ops.__all__), [])


def test_every_operation_is_annotated():
    bare = [name for name in ops.__all__ if inspect.Parameter.empty in
            {p.annotation for p in inspect.signature(getattr(ops, name)).parameters.values()}
            | {inspect.signature(getattr(ops, name)).return_annotation}]
    assert bare == []


def test_the_stub_of_the_package_has_every_name_and_no_other():
    names, modules = exported(PACKAGE / "__init__.pyi")
    assert modules == ["minigrad.ops"]
    missing = [name for name in names if not hasattr(mg, name)]
    assert missing == []
    found = {name for name in dir(mg) if not name.startswith("_") and not inspect.ismodule(vars(mg).get(name))}
    assert found - {*names, *ops.__all__} == set()


def test_the_program_runs():
    assert all(isinstance(number, float) for number in program.main())


def test_the_stub_of_the_extension_has_everything_but_kernels():
    native = pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")
    stubs = ast.parse((PACKAGE / "_native.pyi").read_text(encoding="utf-8")).body
    listed = {node.name for node in stubs if isinstance(node, (ast.FunctionDef, ast.ClassDef))} - {"__getattr__"}
    assert listed == {name for name in dir(native) if not name.startswith("_") and not hasattr(Kernels, name)}
