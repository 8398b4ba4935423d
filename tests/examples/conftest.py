"""The scripts of the exercises, as modules."""

import importlib.util
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def script(request):
    """script(name): the module of a script in the folder examples/SET, SET being a name of the test's file; its main part is
    not run."""
    def loaded(name):
        folder = request.module.SET
        spec = importlib.util.spec_from_file_location(f"{folder}_{name}", EXAMPLES / folder / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return loaded
