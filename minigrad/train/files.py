"""Files that are whole or not there: written beside their place under another name, then moved into it."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """`with whole_file("a.csv") as part: write to part`: a.csv appears, or is replaced, when the block ends well.

    Folders on the way to it are made. After an error, or Ctrl-C, nothing of it is left and an older file is as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{uuid.uuid4().hex}{path.suffix}")      # writers look at the suffix
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
