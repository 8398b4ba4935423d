"""Pages from outside this folder, and the table of contents.

The guide links to the README, to CONTRIBUTING, to scripts, as files beside it, so that a reader of the repository can follow
them. Here each of those files becomes a page under project/, and so does what it links to. The lists of index.md are the table
of contents.
"""

import os
import re
from pathlib import Path

from folder import write

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
PROJECT = DOCS / "project"
ALWAYS = "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"
LINK = re.compile(r"(\]\()([^)\s:#]+)((?:#[^)\s]*)?\))")
PICTURE = re.compile(r"(<img src=\")([^\"]+)(\")")
# what index.md says of the reference in the repository, where there is none, and here
UNBUILT = re.compile(r"^- \*\*The reference\*\*.*?(?=^- |\Z)", re.M | re.S)
BUILT = "- [The reference](reference/index.rst): every function and class, from its docstring\n"
LANGUAGES = {".py": "python", ".c": "c", ".cpp": "cpp", ".h": "cpp", ".toml": "toml", ".yml": "yaml"}


def place(path: Path) -> Path:
    """Where a file of the repository stands in the documentation's sources."""
    if path.is_relative_to(DOCS):
        return path
    path = PROJECT / path.relative_to(ROOT)
    return path if path.suffix in (".md", ".png", ".svg") else path.with_name(path.name + ".rst")


def _relative(page: Path, target: Path) -> str:
    return Path(os.path.relpath(target, page.parent)).as_posix()


def rewritten(text: str, source: Path, page: Path, found: list[Path]) -> str:
    """A page's text with its links to files of the repository leading to their places; those files go into `found`."""
    def link(match):
        target = (source.parent / match[2]).resolve()
        if not target.is_file() or not target.is_relative_to(ROOT):
            return match[0]
        if not target.is_relative_to(DOCS):
            found.append(target)
        return match[1] + _relative(page, place(target)) + (match[3] if len(match.groups()) > 2 else "")

    parts = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)        # code is left alone
    parts[::2] = [PICTURE.sub(link, LINK.sub(link, part)) for part in parts[::2]]
    return "".join(parts)


def _listing(path: Path) -> str:
    name = path.relative_to(ROOT).as_posix()
    language = LANGUAGES.get(path.suffix, "none")
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join([":orphan:", "", name, "=" * len(name), "", f".. code-block:: {language}", "",
                      *("   " + line if line else "" for line in lines), ""])


def write_pages() -> None:
    """project/, made anew."""
    files: dict[Path, str | bytes] = {}
    found = [ROOT / name for name in ALWAYS]
    for page in DOCS.glob("*.md"):
        rewritten(page.read_text(encoding="utf-8"), page, page, found)
    while found:
        path = found.pop()
        page = place(path)
        if page in files:
            continue
        if path.suffix in (".png", ".svg"):
            files[page] = path.read_bytes()
        elif path.suffix == ".md":
            text = rewritten(path.read_text(encoding="utf-8"), path, page, found)
            listed = path.name in ALWAYS and path.parent == ROOT
            files[page] = text if listed else f"---\norphan: true\n---\n\n{text}"
        else:
            files[page] = _listing(path)
    write(PROJECT, files)


def contents(text: str) -> str:
    """index.md with a hidden table of contents behind all: its headings, and what its lists link to, by the same words."""
    made = []
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        links = re.findall(r"\[([^]]+)\]\(([^)\s]+)\.(?:md|rst)\)", section)
        entries = [f"{words} <{page}>" for words, page in links]
        made += ["", "```{toctree}", ":hidden:", f":caption: {section.splitlines()[0].strip()}", "", *entries, "```", ""]
    return text + "\n".join(made)


def read(app, name, source) -> None:
    page = DOCS / f"{name}.md"
    if not page.is_file() or page.parent != DOCS:
        return
    source[0] = rewritten(source[0], page, page, [])
    if name == "index":
        source[0] = contents(UNBUILT.sub(BUILT, source[0]))


def setup(app):
    app.connect("config-inited", lambda app, config: write_pages())
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "version": "1"}
