"""How Sphinx makes the documentation: `python -m sphinx -W --keep-going -b html docs build/docs`.

The pages in this folder are the guide, `index.md` its table of contents. `making/` writes two folders beside them, which are
not committed: `reference/`, from the docstrings, and `project/`, the pages and scripts elsewhere in the repository that are
linked to. It imports minigrad, so that must be importable, compiled or not.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("MINIGRAD_GRAPH", "python")       # signatures are read from the source, not from what was compiled
HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "making"), str(HERE.parent)]

import minigrad  # noqa: E402  (from the path above, whatever is installed)

project = "minigrad"
author = copyright = "the minigrad developers"
version = release = minigrad.__version__

extensions = ["myst_parser", "sphinx.ext.viewcode", "pages", "reference", "crossing"]
exclude_patterns = ["making"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

myst_heading_anchors = 3
myst_enable_extensions = ["html_image"]     # pictures that a page gives a width
suppress_warnings = ["myst.header"]         # the README of a folder may begin at any depth
smartquotes = False                         # code and formulae are what they are
highlight_language = "none"                 # a block without a language is a shell's, or a drawing
python_use_unqualified_type_names = True
maximum_signature_line_length = 96
viewcode_follow_imported_members = True
toc_object_entries = False                  # each page lists its own at its top

html_theme = "furo"
html_title = f"minigrad {version}"
html_static_path = ["making/static"]
html_css_files = ["minigrad.css"]
html_show_sourcelink = False
html_show_sphinx = False
html_copy_source = False
