"""Graphs for people.

    draw      drawing.py      a picture: SVG, HTML, DOT     trace.py    what a graph holds, and its walk, step by step
    explain   explaining.py   each step in words            page.py     the same as a page that one steps through
    formula.py  formulae in text, LaTeX, MathML: writing.py those of rules, which write themselves down (textbook.py where they
                would say too much), forward.py those of operations; numbers.py, symbols.py: what stands in them
    modules.py  which module made what      scene.py    boxes, arrows, and boxes with such scenes in them
    layout.py   where boxes stand           svg.py, folding.py  the picture, and the page that folds and unfolds it
    stale.py    what was written to since
"""

from minigrad.viz.graph.drawing import Picture, draw, in_notebook, latex_in_notebook
from minigrad.viz.graph.explaining import Explanation, explain

__all__ = ["Explanation", "Picture", "draw", "explain", "in_notebook", "latex_in_notebook"]
