"""Graphs for people.

    draw      drawing.py      a picture: SVG, HTML, DOT     trace.py    what a graph holds, and its walk, step by step
    explain   explaining.py   each step in words             formula.py  rules that write themselves down
    layout.py   where boxes stand       numbers.py  numbers in a few letters
"""

from minigrad.viz.graph.drawing import Picture, draw, in_notebook
from minigrad.viz.graph.explaining import Explanation, explain

__all__ = ["Explanation", "Picture", "draw", "explain", "in_notebook"]
