"""Tables of texts, for terminals and notebooks."""

from collections.abc import Collection, Sequence
from html import escape

Lines = Sequence[Sequence[str]]         # the first one has the names of the columns


def text_table(lines: Lines, left: Collection[str] = ()) -> str:
    """Columns aligned to the right, those with the names in `left` to the left."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) if name in left else cell.rjust(width)
                               for cell, width, name in zip(line, widths, lines[0])).rstrip() for line in lines)


def html_table(lines: Lines) -> str:
    """The same for a notebook."""
    head, *rows = ("".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in line)
                   for line, tag in zip(lines, ["th", *["td"] * len(lines)]))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>"
