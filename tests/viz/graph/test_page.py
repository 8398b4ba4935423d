"""The page of an explanation: whole without JavaScript, and in a browser one steps through it."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np
import pytest

import minigrad as mg

BROWSER = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
in_browser = pytest.mark.skipif(BROWSER is None, reason="no chromium or google-chrome is on PATH")
EMPTY = {"meta", "br", "input", "rect", "path"}


def diamond():
    x = mg.Value(3, "x")
    y = x * x + x
    y.label = "y"
    return y


def network():
    rng = np.random.default_rng(0)
    w1, w2 = (mg.tensor(rng.normal(size=shape).astype("float32"), requires_grad=True) for shape in ((2, 3), (3, 2)))
    x, t = mg.tensor([[1.0, 2.0], [-1.0, 0.5]]), mg.tensor([0, 1], dtype="int64")
    loss = mg.cross_entropy(mg.relu(x @ w1) @ w2, t)
    return mg.explain(loss, {"w1": w1, "w2": w2, "x": x, "t": t, "loss": loss})


class Balanced(HTMLParser):
    """Every tag is closed, and everything but scripts and styles is collected."""

    def __init__(self, page):
        super().__init__()
        self.open, self.text, self.hidden = [], [], 0
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.text.append(data)


@pytest.mark.parametrize("make", [lambda: mg.explain(diamond()), network, lambda: mg.explain(mg.Value(2.0, "a<b&c") ** 3)])
def test_the_page_is_whole_without_javascript(make):
    found = make()
    for page in (found.html, found._repr_html_()):
        said = " ".join("".join(Balanced(page).text).split())
        for turn in found.turns:
            for line in turn.lines:
                assert not line.note or f"; {line.note}" in said
        assert "Backward" in said and said.count(" gets ") == 1 + sum(len(turn.lines) for turn in found.turns)
        assert "src=" not in page and "href=" not in page and "@import" not in page and "url(#to)" in page


@pytest.mark.parametrize("make", [lambda: mg.explain(diamond()), network,
                                  lambda: mg.explain(mg.Value(2.0, "x") ** mg.Value(-1.5, "y"))])
def test_the_formulas_are_mathml(make):
    page = make().html
    formulas = re.findall(r"<math>.*?</math>", page.partition("<script>")[0])
    assert len(formulas) > 8
    for formula in formulas:
        tree = ElementTree.fromstring(formula)
        for node in tree.iter():
            assert len(node) == {"mfrac": 2, "msup": 2, "msub": 2, "munder": 2}.get(node.tag, len(node)), formula
            assert node.tag in ("mi", "mn", "mo", "mtext", "mspace") or not (node.text or "").strip(), formula


def dumped(tmp_path, found, fragment="", script=""):
    """The page as the browser has it after its script has run, and then another."""
    page = tmp_path / "page.html"
    found.save(page)
    with page.open("a", encoding="utf-8") as stream:
        stream.write(f"<script>{script}</script>")
    done = subprocess.run([BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
                           "--virtual-time-budget=9000", "--dump-dom", f"{page.as_uri()}{fragment}"], capture_output=True,
                          text=True, timeout=120)
    return done.stdout


def rows(dom):
    """{name: (class, gradient, waits for)} of the table."""
    found = {}
    for style, row in re.findall(r'<tr data-row="\d+" class="(\w*)">(.*?)</tr>', dom, flags=re.S):
        cells = [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, flags=re.S)]
        found[cells[0]] = (style, *cells[2:])
    return found


@in_browser
def test_stepping_through_a_diamond(tmp_path):
    """x is used twice: it waits, has a part of its sum, and then all of it."""
    found = mg.explain(diamond())
    begin, middle, end = (dumped(tmp_path, found, fragment) for fragment in ("", "#step=1", "#step=99"))
    assert 'class="mg-explain stepping"' in begin and '<div class="bar">' in begin           # which is hidden until it works
    assert '<div class="bar" hidden' in found.html
    assert rows(begin) == {"x": ("later", "", "", "y and v1"), "v1": ("later", "", "", "y"), "y": ("now", "", "1", "")}
    assert "Step 0 of 2" in begin and "Step 1 of 2" in middle and "Step 2 of 2" in end
    assert rows(middle) == {"x": ("waits", "", "1", "v1"), "v1": ("ready", "", "1", ""), "y": ("now", "", "1", "")}
    assert rows(end) == {"x": ("ready", "1+3+3", "7", ""), "v1": ("now", "", "1", ""), "y": ("done", "", "1", "")}
    for dom, picture, items in ((begin, ["later", "later", "now"], ["later", "later"]),
                                (middle, ["waits", "ready", "now"], ["now", "later"]),
                                (end, ["ready", "now", "done"], ["done", "now"])):
        assert re.findall(r'<g data-box="\d+" class="(\w+)"', dom) == picture
        assert re.findall(r'<li class="(\w+)">', dom) == items
    assert ">so far 1</text>" in middle and ">gradient 7</text>" in end and ">gradient" not in begin.partition("= 9")[0]
    assert re.findall(r'data-edge="(\d-\d)" class="now"', middle) == ["1-2", "0-2"]
    said = re.sub(r"<[^>]*>", "", re.search(r'<div class="said">(.*?)</div>', middle, flags=re.S)[1])
    assert said == "y=v1+x: g=1, where the walk beginsv1 gets g=1x gets g=1; x has 1 now, and waits for v1"


@in_browser
@pytest.mark.parametrize("script, step", [
    ("next.click(); next.click(); back.click()", 1), ("back.click()", 0), ("next.click(); ".join(["", "", "", "", ""]), 2),
    ("press('ArrowRight'); press('ArrowRight'); press('ArrowLeft'); press('a')", 1), ("play.click()", 2),
    ("play.click(); play.click()", 0), ("document.querySelectorAll('ol.steps>li')[1].click()", 2),
    ("location.hash = '#step=1'", 1)])
def test_buttons_and_keys(tmp_path, script, step):
    names = "".join(f"const {name} = document.querySelector('.{name}'); " for name in ("back", "next", "play"))
    press = "const press = key => document.dispatchEvent(new KeyboardEvent('keydown', {key}));"
    assert f"Step {step} of 2" in dumped(tmp_path, mg.explain(diamond()), "", names + press + script)


@in_browser
def test_stepping_through_a_network(tmp_path):
    found = network()
    dom = dumped(tmp_path, found, "#step=3")
    state = rows(dom)
    assert "Step 3 of 4" in dom and [state[name][0] for name in ("loss", "w2", "w1", "v2")] == [
        "done", "ready", "later", "now"]
    assert "x" not in state                     # a constant, which waits for nothing


@in_browser
def test_two_in_one_notebook(tmp_path):
    """Fragments side by side, as a notebook puts them: each has its own steps."""
    class Both:
        def save(self, path):
            path.write_text(f"<body>{mg.explain(diamond())._repr_html_()}{network()._repr_html_()}</body>", encoding="utf-8")

    dom = dumped(tmp_path, Both(), "#step=1")
    assert "Step 0 of 2" in dom and "Step 0 of 4" in dom          # the address is the notebook's, not theirs
