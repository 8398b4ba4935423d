"""The pages of docs/ tell the truth: their Python runs and prints what stands beside it."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from minigrad.testing.operations import discover

DOCS = sorted((Path(__file__).parents[1] / "docs").glob("*.md"))
PRINTED = re.compile(r"^print\(.*\) +# (.+)$", flags=re.M)


def blocks(page):
    return re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.M | re.S)


@pytest.mark.parametrize("page", [page for page in DOCS if blocks(page)], ids=lambda page: page.name)
def test_the_python_blocks_run_in_order_and_print_what_they_say(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": page.stem}
    for i, block in enumerate(blocks(page)):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(block, f"{page.name}, Python block {i + 1}", "exec"), namespace)
        assert block.count("print(") == len(PRINTED.findall(block)), f"block {i + 1} prints without saying what"
        assert output.getvalue().splitlines() == PRINTED.findall(block)


def test_no_convention_stands_twice():
    page = next(page for page in DOCS if page.name == "conventions.md").read_text(encoding="utf-8")
    for table in page.split("\n\n"):
        rows = re.findall(r"^\| (.+?) \|", table, flags=re.M)
        assert len(set(rows)) == len(rows), sorted(row for row in rows if rows.count(row) > 1)
    for path in re.findall(r"`((?:tests|minigrad)/[\w/.]+)`", page):
        assert (Path(__file__).parents[1] / path).exists(), f"conventions.md names {path}"


def test_links_lead_somewhere():
    for page in DOCS:
        for link in re.findall(r"\]\(([^):#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_the_table_of_gradients_has_every_operation():
    page = next(page for page in DOCS if page.name == "gradients.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \|", page, flags=re.M)
    assert rows == sorted(discover()), "write it anew: `minigrad gradcheck --profile nightly --table FILE`"
    assert f"**{len(rows)} operations, " in page


def test_the_index_leads_to_every_page():
    index = next(page for page in DOCS if page.name == "index.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([\w-]+\.md)\)", index)
    assert sorted(linked) == sorted({page.name for page in DOCS} - {"index.md"}), "each once"
