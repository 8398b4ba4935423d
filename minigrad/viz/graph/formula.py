"""Formulae as trees: one list says how each head stands in Unicode text, in LaTeX and in MathML.

    Formula("mul", name("g"), name("b"))        str: g · b      .latex: g \\cdot b      .mathml: <mi>g</mi><mo>·</mo><mi>b</mi>
"""

from __future__ import annotations

import re
from html import escape
from typing import Any, NamedTuple

import numpy as np

from minigrad.viz.graph import numbers

ANY, SUM, MATRIX, PRODUCT, POWER, ATOM = range(6)           # what binds how strongly


class Way(NamedTuple):
    """How a head is written: the text with a place for each part, how strongly it binds, and how strongly its parts must."""

    text: str
    binds: int
    parts: tuple[int, ...]


class Form(NamedTuple):
    """A head's three ways."""

    text: Way
    latex: Way
    mathml: Way


def _form(binds, parts, text, latex, mathml, drawn=None, inside=None):
    """drawn, inside: how strongly it binds, and its parts must, where it is typeset: a fraction needs no brackets."""
    typeset = binds if drawn is None else drawn, parts if inside is None else inside
    return Form(Way(text, binds, parts), Way(latex, *typeset), Way(mathml, *typeset))


def _infix(binds, parts, sign, latex, mathml=None):
    return _form(binds, parts, f"{{}} {sign} {{}}", f"{{}} {latex} {{}}", f"{{}}<mo>{mathml or sign}</mo>{{}}")


def _row(text):
    """A template whose parts stand in a row of their own each, as MathML wants them inside fractions and powers."""
    return re.sub(r"{\d?}", lambda place: f"<mrow>{place[0]}</mrow>", text)


PREFIX = "<mo form='prefix'>−</mo>"
TALL = ("<mfrac", "<mtable", "<munder")     # what brackets around it must stretch for
FORMS = {
    "add": _infix(SUM, (SUM, SUM), "+", "+"),
    "sub": _infix(SUM, (SUM, MATRIX), "−", "-"),
    "neg": _form(SUM, (PRODUCT,), "−{}", "-{}", f"{PREFIX}{{}}"),
    "mul": _infix(PRODUCT, (PRODUCT, PRODUCT), "·", r"\cdot"),
    "matmul": _form(MATRIX, (POWER, POWER), "{} @ {}", r"{}\,{}", "{}<mspace width='.2em'/>{}"),
    "div": _form(PRODUCT, (PRODUCT, POWER), "{} / {}", r"\frac{{{}}}{{{}}}", _row("<mfrac>{}{}</mfrac>"), PRODUCT, (ANY, ANY)),
    "power": _form(POWER, (ATOM, ATOM), "{} ** {}", "{}^{{{}}}", _row("<msup>{}{}</msup>"), POWER, (ATOM, ANY)),
    "exp": _form(ATOM, (ANY,), "exp({})", "e^{{{}}}", _row("<msup><mi>e</mi>{}</msup>"), POWER),
    "sqrt": _form(ATOM, (ANY,), "sqrt({})", r"\sqrt{{{}}}", "<msqrt>{}</msqrt>"),
    "log": _form(ATOM, (ANY,), "log({})", r"\ln\left({}\right)", "<mi>ln</mi><mo>(</mo>{}<mo>)</mo>"),
    "abs": _form(ATOM, (ANY,), "abs({})", r"\left|{}\right|", "<mo>|</mo>{}<mo>|</mo>"),
    "transpose": _form(ATOM, (ATOM,), "{}ᵀ", r"{}^{{\top}}", _row("<msup>{}<mo>&#x22a4;</mo></msup>")),
    "ones": _form(ATOM, (ANY,), "ones({})", r"\mathbf{{1}}_{{{}}}",
                  _row("<msub><mn mathvariant='bold'>&#x1d7cf;</mn>{}</msub>")),
    "sum": _form(ATOM, (ANY,), "sum({})", r"\sum {}", "<mo>∑</mo>{}", PRODUCT, (PRODUCT,)),
    "sum_along": _form(ATOM, (ANY, ANY), "sum({}, {})", r"\sum_{{{1}}} {0}",
                       "<munder><mo>∑</mo><mrow>{1}</mrow></munder>{0}", PRODUCT, (PRODUCT, ANY)),
    "at": _form(ATOM, (ATOM, ANY), "{}[{}]", "{}_{{[{}]}}", "{}<mo>[</mo>{}<mo>]</mo>"),
    "not": _form(SUM, (PRODUCT,), "not {}", r"\lnot {}", "<mo form='prefix'>¬</mo>{}"),
    "where": _form(ATOM, (ANY,), "[{}]", r"\mathbf{{1}}[{}]", "<mn>&#x1d7cf;</mn><mo>[</mo>{}<mo>]</mo>"),
    "cases": _form(ATOM, (ANY, ANY, ANY), "({1} if {0}, else {2})",
                   r"\begin{{cases}}{1}&{0}\\{2}&\text{{else}}\end{{cases}}",
                   "<mrow><mo>{{</mo><mtable><mtr><mtd>{1}</mtd><mtd>{0}</mtd></mtr><mtr><mtd>{2}</mtd><mtd><mtext>else</mtext>"
                   "</mtd></mtr></mtable></mrow>"),
    "placed": _form(SUM, (PRODUCT, ANY), "{} {}, else 0", r"{}\ {}\text{{, else }}0",
                    "{}<mspace width='.4em'/>{}<mtext>, else 0</mtext>"),
    **{name: _infix(SUM, (SUM, SUM), sign, latex, escape(sign)) for name, sign, latex in (
        ("greater", ">", ">"), ("greater_equal", "≥", r"\ge"), ("less", "<", "<"), ("less_equal", "≤", r"\le"),
        ("equal", "=", "="), ("not_equal", "≠", r"\ne"))},
}
CONSTANTS = {"pi": ("π", r"\pi", "<mi>π</mi>"), "sqrt pi": ("√π", r"\sqrt{\pi}", "<msqrt><mi>π</mi></msqrt>"),
             "sqrt 2": ("√2", r"\sqrt{2}", "<msqrt><mn>2</mn></msqrt>"),
             "log 2": ("ln 2", r"\ln 2", "<mi>ln</mi><mspace width='.2em'/><mn>2</mn>"),
             "log 10": ("ln 10", r"\ln 10", "<mi>ln</mi><mspace width='.2em'/><mn>10</mn>")}
CALLED = {"relu": r"\operatorname{relu}", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan", "sinh": r"\sinh", "cosh": r"\cosh",
          "tanh": r"\tanh"}
TEXT, LATEX, MATHML = range(3)


class Formula:
    """A head and its parts: a head of FORMS, or "name" (a text), "number" (of any kind, an array), "words" (a text),
    "constant" (a name of CONSTANTS), "call" (a function's name, then its arguments). shape: of the array that it stands for, or
    None where nobody knows it."""

    __slots__ = ("head", "parts", "shape")

    def __init__(self, head: str, *parts: Any, shape: tuple[int, ...] | None = None) -> None:
        self.head, self.parts, self.shape = head, parts, shape

    def __str__(self) -> str:
        return self.written(TEXT)

    __repr__ = __str__

    @property
    def latex(self) -> str:
        """In LaTeX."""
        return self.written(LATEX)

    @property
    def mathml(self) -> str:
        """In MathML, to stand in <math>. Brackets stretch for matrices and fractions only: letters with an index need none."""
        text = self.written(MATHML)
        if any(tall in text for tall in TALL):
            return text
        return re.sub(r"<mo>([()\[\]|])</mo>", r"<mo stretchy='false'>\1</mo>", text)

    def written(self, way: int, binds: int = ANY) -> str:
        """In one of the ways, in brackets where what stands around it binds more strongly."""
        if self.head in FORMS:
            form = FORMS[self.head][way]
            text = form.text.format(*(part.written(way, needs) for part, needs in zip(self.parts, form.parts)))
            own = form.binds
        elif self.head == "call":
            text, own = _called(way, *self.parts), ATOM
        elif self.head == "number":
            text, own = (numbers.short, numbers.latex, numbers.mathml)[way](self.parts[0]), ATOM
            if numbers.is_product(self.parts[0]) or way != TEXT and text.startswith(("\\frac", "<mfrac")):
                own = PRODUCT
            elif numbers.is_compound(self.parts[0]):
                own = ANY
        else:
            text, own = ATOMS[self.head](*self.parts)[way], ATOM
        if own >= binds:
            return text
        return (f"({text})", rf"\left({text}\right)", f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>")[way]

    @property
    def is_matrix(self) -> bool:
        """Whether it is typeset as a matrix, which has brackets of its own."""
        return self.head == "number" and numbers.is_matrix(self.parts[0])


def _called(way, function, *args):
    inside = (", ", ", ", "<mo>,</mo>")[way].join(a.written(way) for a in args)
    if way == TEXT:
        return f"{function}({inside})"
    is_bracketed = len(args) == 1 and args[0].is_matrix
    if way == MATHML:
        return f"<mi>{escape(function)}</mi>" + (inside if is_bracketed else f"<mo>(</mo>{inside}<mo>)</mo>")
    name = CALLED.get(function) or r"\operatorname{" + function.replace("_", r"\_") + "}"
    return name + (inside if is_bracketed else rf"\left({inside}\right)")


def _name(text):
    """z1 and z_1 have an index: z_{1}."""
    head, _, index = text.partition("_")
    if not index:
        head = text.rstrip("0123456789") or text
        index = text[len(head):]
    said, below = (re.sub(r"([#$%&_{}])", r"\\\1", part.replace("\\", "")) for part in (head, index))
    said = said if len(said) == 1 or "\\" in said else rf"\mathit{{{said}}}"
    shown = f"<mi>{escape(head)}</mi>"
    return (text, f"{said}_{{{below}}}" if below else said,
            f"<msub>{shown}<mn>{escape(index)}</mn></msub>" if index else shown)


ATOMS = {"name": _name, "constant": CONSTANTS.__getitem__,
         "words": lambda text: (text, rf"\text{{{numbers.escaped(text)}}}", f"<mtext>{escape(text)}</mtext>")}


def formula(x: Any) -> Formula:
    """A Formula as it is; a number or an array as one."""
    return x if isinstance(x, Formula) else Formula("number", x, shape=getattr(x, "shape", ()))


def name(text: str, shape: tuple[int, ...] | None = None) -> Formula:
    """A letter, or a word."""
    return Formula("name", text, shape=shape)


def words(text: str) -> Formula:
    """What is said rather than computed."""
    return Formula("words", text)


def call(function: str, *args: Any, shape: tuple[int, ...] | None = None) -> Formula:
    """function(args)"""
    return Formula("call", function, *map(formula, args), shape=shape)


def together(*parts: Formula) -> tuple[int, ...] | None:
    """The shape of an elementwise result; None if one is not known."""
    shapes = [part.shape for part in parts]
    return None if None in shapes else np.broadcast_shapes(*(s for s in shapes if s is not None))


def listed(parts: list[str]) -> str:
    """a, b and c"""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def chain(pieces: list[Formula]) -> tuple[str, str, str]:
    """What is equal, each text once: "a · b = 2 · 3 = 6" in the three ways."""
    different = list({str(piece): piece for piece in pieces}.values())
    return (" = ".join(map(str, different)), " = ".join(piece.latex for piece in different),
            "<mo>=</mo>".join(piece.mathml for piece in different))
