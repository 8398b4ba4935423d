"""Write minigrad/system/elsewhere.txt, docs/names.md and docs/array-api.md anew, from the libraries that are installed."""

from pathlib import Path

import minigrad
from minigrad.system import elsewhere

from . import libraries, standard, table

ROOT = Path(__file__).parents[2]


def main():
    """Spaces of a library that is not installed keep the names that they have."""
    spaces = {**{name: sorted(found) for name, found in elsewhere.names().items()}, **libraries.numpys(), **libraries.torchs(),
              **libraries.keras()}
    text = "".join(f"{space}: {' '.join(sorted(set(found)))}\n" for space, found in sorted(spaces.items()))
    path = Path(minigrad.__file__).parent / "system" / "elsewhere.txt"
    path.write_text(text, encoding="utf-8")
    elsewhere.names.cache_clear()
    (ROOT / "docs" / "names.md").write_text(table.text(), encoding="utf-8")
    (ROOT / "docs" / "array-api.md").write_text(standard.text(), encoding="utf-8")
    print(f"written: {path}, {ROOT / 'docs' / 'names.md'}, {ROOT / 'docs' / 'array-api.md'}")


if __name__ == "__main__":
    main()
