"""The reference that Sphinx makes of the docstrings (docs/making/): everything public is in it, once, and as it was written."""

import inspect
import re
import sys
from pathlib import Path

import pytest

import minigrad as mg

MAKING = Path(__file__).parents[1] / "docs" / "making"


@pytest.fixture(scope="module")
def making():
    """The modules of docs/making, and nothing of them left behind."""
    before = set(sys.modules)
    sys.path.insert(0, str(MAKING))
    import docstrings
    import reference
    import truths

    yield docstrings, reference, truths
    sys.path.remove(str(MAKING))
    for name in set(sys.modules) - before:
        if str(MAKING) in (getattr(sys.modules[name], "__file__", None) or ""):
            del sys.modules[name]


@pytest.fixture(scope="module")
def written(making, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    made = making[1].Reference()
    made.write(folder)
    return made, {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.rst")}


def entries(pages):
    """(module, name) of every function and class of the pages."""
    return [(module, name) for text in pages.values()
            for name, module in re.findall(r"^\.\. py:(?:function|class):: ([\w]+).*\n   :module: ([\w.]+)$", text, flags=re.M)]


def test_everything_public_stands_in_it_once(written):
    made, pages = written
    found = entries(pages)
    assert len(set(found)) == len(found) > 600
    names = [f"{module}.{name}".removeprefix("minigrad.") for module, name in found]
    things = [id(inspect.unwrap(made.things[name])) for name in names]
    assert len(set(things)) == len(things), "a second name has an entry of its own"
    functional = {id(thing) for name, thing in made.things.items() if name.startswith("nn.functional.")}
    assert {id(inspect.unwrap(thing)) for thing in made.things.values()} - functional <= set(things)
    assert "more" not in pages, "docs/making/families.py says where these stand"
    for name, thing in vars(mg.nn.functional).items():
        if inspect.isfunction(thing) and name in mg.nn.functional.__all__:
            assert re.search(rf"(``{name}``|:: {name}\()", pages["nn-functional"]), name


def test_pages_are_in_the_table_of_contents_once(written):
    pages = written[1]
    listed = re.findall(r"^   ([\w-]+)$", pages["index"], flags=re.M)
    assert sorted(listed) == sorted(pages.keys() - {"index"})


def test_second_names_stand_beside_the_first(written):
    made = written[0]
    assert ":Also: ``mg.clamp``" in "\n".join(made.entry("clip"))
    assert made.second["train.fit"] == ["fit"] and made.second["norm"] == ["linalg.norm"]


def test_an_operation_says_what_is_decided_and_what_was_fuzzed(making, written):
    truths = making[2]
    relu = "\n".join(written[0].entry("relu"))
    assert ":Checked: values\\, gradients\\, gradients of gradients" in relu and "at_zero" in relu and ":Decided:" in relu
    rows = truths.rows()
    named = {name for _, _, names in rows for name in names}
    assert {"relu", "maximum", "max_pool2d", "std", "clip_grad_norm_", "SGD", "interpolate", "BatchNorm2d"} <= named
    assert not truths.WORDS & set(truths.named("where nothing comes in", words=True))
    for phrase in truths.PHRASES:
        assert phrase in (MAKING.parent / "conventions.md").read_text(encoding="utf-8"), f"no row says {phrase!r} any more"


def test_conventions_that_a_phrase_names_are_of_things_that_there_are(making, written):
    short = {name.rpartition(".")[2] for name in written[0].things} | {"At"}
    for phrase, names in making[2].PHRASES.items():
        assert set(names.split()) <= short, phrase


def test_docstrings_keep_their_words_and_their_layout(making):
    docstrings = making[0]
    assert docstrings.inline("a * b_ of `x|y`") == r"a \* b\_ of \ ``x|y``"
    lines = docstrings.rest("One sentence that ends.\n\n    ema = EMA(model)\n    ema.update(model)\n\n"
                            "images   uint8 or float32\nlabels   integers (N,), and this goes\n         on here\n\n"
                            "- one\n- two,\n  and more")
    text = "\n".join(lines)
    assert ".. code-block:: python\n\n   ema = EMA(model)\n   ema.update(model)" in text
    assert "\n   :images: uint8 or float32" in text and r"this goes on here" in text
    assert "\n- one\n- two\\, and more" in text


@pytest.mark.parametrize("text", [thing.__doc__ for thing in (mg.data.Loader, mg.fit, mg.summary, mg.einsum)])
def test_no_word_of_a_docstring_is_lost(making, text):
    made = "\n".join(making[0].rest(inspect.cleandoc(text)))
    assert re.findall(r"\w+", text) == re.findall(r"\w+", re.sub(r"\.\. (code-block|container):: \w+|\\", "", made))
