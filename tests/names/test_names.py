"""docs/names.md and minigrad/system/elsewhere.txt are what `python -m tests.names` writes."""

from pathlib import Path

import pytest

from minigrad.system import elsewhere
from minigrad.testing.operations import discover

from . import libraries, table

PAGE = (Path(__file__).parents[2] / "docs" / "names.md").read_text(encoding="utf-8")


def test_the_page_is_as_it_is_written():
    assert table.text() == PAGE, "write it anew: python -m tests.names"


def test_every_operation_of_users_is_on_it():
    assert all(f"| `{name}` |" in PAGE for name in ("relu", "sum", "conv2d")) and len(discover()) > 150


def test_pytorchs_names_are_known():
    pytest.importorskip("torch")
    known = elsewhere.names()
    for space, found in libraries.torchs().items():
        assert len(set(found) & known[space]) >= 0.95 * len(found), space


def test_who_has_it():
    assert elsewhere.others("minigrad", "stft")[0] == "torch.stft" and elsewhere.others("minigrad", "nonsense") == []
    assert elsewhere.others("minigrad.nn", "Dense") == ["keras.layers.Dense"]
