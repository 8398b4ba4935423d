"""A folder of pages that is written anew: what stays the same is left alone, so that Sphinx reads only what has changed."""

from pathlib import Path


def write(folder: Path, files: dict[Path, str | bytes]) -> None:
    """These files in the folder, by their whole paths, and no others."""
    for path, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    for path in folder.rglob("*"):
        if path.is_file() and path not in files:
            path.unlink()
