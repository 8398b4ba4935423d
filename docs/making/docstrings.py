"""The house's docstrings as reST. They are plain text: sentences, `code`, blocks that are indented, columns, items.

Nothing in them is markup but the backticks; so all else is escaped, and what was laid out by hand is kept as it was.
"""

import ast
import re
from itertools import pairwise

PUNCTUATION = re.compile(r"([^\w\s]|_)")
COLUMNS = re.compile(r"\S {2,}\S")
COLUMN = re.compile(r"(\S(?:.{0,28}?\S)?)( {2,})(\S.*)")
ITEM = re.compile(r"[-*] ")
NAMED = re.compile(r"[\w*]+(, [\w*]+)*: ")
SHORT = 85          # a line that ends before this, of about 120, was ended on purpose


def inline(text: str) -> str:
    """One line of text: `code` as code, everything else as it is."""
    pieces = re.split(r"`([^`]+)`", text)
    made = []
    for i, piece in enumerate(pieces):
        if i % 2:
            made.append(f"\\ ``{piece.strip()}``\\ ")
        else:
            made.append(PUNCTUATION.sub(r"\\\1", piece))
    return "".join(made).strip().removesuffix("\\").removeprefix("\\ ")


def _is_code(lines: list[str]) -> bool:
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return False
    return bool(tree.body) and not all(isinstance(s, ast.Expr) and isinstance(s.value, ast.Name) for s in tree.body)


def _block(lines: list[str]) -> list[str]:
    """What keeps its layout: as Python where it is Python."""
    indent = min(len(line) - len(line.lstrip()) for line in lines if line)
    lines = [line[indent:] for line in lines]
    language = "python" if _is_code(lines) else "none"
    return [f".. code-block:: {language}", "", *("   " + line if line else "" for line in lines), ""]


def _prose(lines: list[str]) -> list[str]:
    """Sentences: lines flow, but for those that were ended on purpose."""
    flowing = [lines[0]]
    for before, line in pairwise(lines):
        if len(before) < SHORT or ITEM.match(line):
            flowing.append(line)
        else:
            flowing[-1] += " " + line
    if len(flowing) == 1:
        return [inline(flowing[0]), ""]
    if all(ITEM.match(line) for line in flowing):
        return [*(f"- {inline(line[2:])}" for line in flowing), ""]
    return [*(f"| {inline(line)}" for line in flowing), ""]


def _hanging(lines: list[str]) -> list[str]:
    """Items whose further lines are indented, joined to one line each."""
    joined: list[str] = []
    for line in lines:
        if line.startswith(" ") and joined:
            joined[-1] += " " + line.strip()
        else:
            joined.append(line)
    if all(ITEM.match(line) for line in joined):
        return [*(f"- {inline(line[2:])}" for line in joined), ""]
    return [*(f"| {inline(line)}" for line in joined), ""]


def _table(lines: list[str]) -> list[str] | None:
    """Names in a column, what they are in another one, as a list of fields; None for other columns."""
    indent = min(len(line) - len(line.lstrip()) for line in lines)
    rows: list[list[str]] = []
    column = None
    for line in lines:
        line = line[indent:]
        match = COLUMN.fullmatch(line)
        if column is not None and line[:column].strip() == "" and rows:
            rows[-1][1] += " " + line.strip()
        elif column and line[column - 1:column] == " " and line[:column].strip() and line[column:column + 1].strip():
            rows.append([line[:column].strip(), line[column:]])
        elif match and column in (None, match.end(2)) and not COLUMNS.search(match[3]):
            column = match.end(2)
            rows.append([match[1], match[3]])
        else:
            return None
    # in a container: of fields right under a signature Sphinx changes the names
    return [".. container:: names", "", *(f"   :{inline(name)}: {inline(text)}" for name, text in rows), ""]


def _paragraph(lines: list[str]) -> list[str]:
    if all(not line or line.startswith("    ") for line in lines) or len(lines) > 1 and _is_code(lines):
        return _block(lines)
    if any(COLUMNS.search(line) for line in lines):
        first = next(i for i, line in enumerate(lines) if COLUMNS.search(line) or line.startswith(" "))
        made = _prose(lines[:first]) if first else []
        return made + (_table(lines[first:]) or _block(lines[first:]))
    if ITEM.match(lines[0]) or NAMED.match(lines[0]) and any(line.startswith(" ") for line in lines):
        return _hanging(lines)
    for i, line in enumerate(lines):        # an introduction, its items, or a block beneath it
        if i and (ITEM.match(line) or line.startswith("  ")):
            return _prose(lines[:i]) + _paragraph(lines[i:])
    return _prose(lines)


def _paragraphs(text: str) -> list[list[str]]:
    """Its paragraphs as lines; a block that is indented goes on behind an empty line."""
    found: list[list[str]] = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        lines = paragraph.split("\n")
        indent = min(len(line) - len(line.lstrip()) for line in lines)
        if indent >= 4 and found and all(not line or line.startswith("    ") for line in found[-1]):
            found[-1] += ["", *lines]
        else:
            found.append([line[indent:] for line in lines] if indent < 4 else lines)
    return found


def rest(text: str) -> list[str]:
    """A docstring, as inspect.getdoc gives it, as lines of reST."""
    return [line for paragraph in _paragraphs(text) if any(paragraph) for line in _paragraph(paragraph)]
