"""The notebook of examples/: its cells run, twice, and show what a reader wants to see."""

import ast
import json
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "examples" / "first_notebook.ipynb"
SHOWN = {"train": None, "history": "<table", "history.plot()": b"\x89PNG", "mg.train.confusion_matrix(model, test)": "<table",
         "mg.train.confusion_matrix(model, test).plot()": b"\x89PNG", "mg.train.misclassified(model, test, 8)": None,
         "mg.summary(model, (1, 1, 28, 28))": "<table", "mg.explain(y)": "Backward", "y": "<svg", "mg.draw(y)": "<svg"}


def displayed(value):
    """What a notebook takes of it: a picture, HTML, or its text."""
    for name in ("_repr_svg_", "_repr_html_", "_repr_png_"):
        found = getattr(value, name, lambda: None)()
        if found is not None:
            return found
    return repr(value)


@pytest.mark.filterwarnings("ignore:Matplotlib is currently using agg")
def test_every_cell_shows_what_it_should(capsys):
    cells = [cell for cell in json.loads(PATH.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    space, seen = {}, set()
    for _ in range(2):
        for cell in cells:
            tree = ast.parse("".join(cell["source"]))
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "cell", "exec"), space)
            if last is not None:
                text = ast.unparse(last)
                found = displayed(eval(compile(ast.Expression(last.value), "cell", "eval"), space))
                assert found and (SHOWN[text] is None or SHOWN[text] in found), text
                seen.add(text)
            assert not cell["outputs"], "outputs are not kept in the repository"
    assert seen == SHOWN.keys()
    assert capsys.readouterr().out.count("epoch  train loss~") == 2
