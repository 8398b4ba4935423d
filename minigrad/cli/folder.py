"""The folder of a run. Its four files are one unit: whenever a process is killed, all of them are of one run.

    weights.safetensors, history.json, history.csv, curves.png   a run
    unfinished.safetensors      a run on its way, or that did not end: train.Checkpoint writes it, --resume goes on with it
    .minigrad-run/              while a run goes on: what will be put into its place

Four files change at one moment by a detour: each becomes a link through .minigrad-run/current, which leads to copies of
the old ones; then `current` is turned to the new ones, by one rename; then files take the places of the links.
Every step leaves each name readable. What a killed process left of it, the next run in the folder clears up.
Where there are no links (Windows without the right, some file systems), the files are replaced one after the other.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from minigrad.system.files import check_writable, lock, whole_file

RUN_FILES = "weights.safetensors", "history.json", "history.csv", "curves.png"
UNFINISHED = "unfinished.safetensors"
WORK = ".minigrad-run"
_ROOM = 1 << 19         # bytes: for the history and the picture


def taken(path: Path) -> str:
    """Why a run may not be put into this folder without --force, or ""."""
    if any((path / name).exists() for name in RUN_FILES):
        return f"{path} holds a run already"
    if (path / UNFINISHED).exists() or (path / WORK / "new" / RUN_FILES[0]).exists():
        return f"{path} holds a run that did not end, {UNFINISHED} (minigrad train --resume {path} goes on with it)"
    return ""


@contextmanager
def run_folder(path: Path, made: bool, size: int) -> Iterator["RunFolder"]:
    """The folder, for this run alone. OSError if it cannot take `size` bytes of weights and what comes with them,
    RuntimeError if another run is writing into it. If it was made for this run and stays empty, it goes again."""
    made = made or not path.exists()
    path.mkdir(parents=True, exist_ok=True)
    descriptor = None if os.name == "nt" else os.open(path, os.O_RDONLY)    # Windows opens no folders
    try:
        if descriptor is not None and lock(descriptor) is False:
            raise RuntimeError(f"--out {path} is in use, another run is writing into it: wait for it, or choose another "
                               "folder")
        folder = RunFolder(path)
        try:
            folder.clear()
            check_writable(path / UNFINISHED, size + _ROOM)
            (path / WORK / "new").mkdir(parents=True)
            yield folder
        finally:
            folder.clear()
    finally:
        if descriptor is not None:
            os.close(descriptor)
        if made and not any(path.iterdir()):
            path.rmdir()


class RunFolder:
    """Write each of RUN_FILES that there is to `new(name)`, then `publish()`."""

    def __init__(self, path: Path) -> None:
        self.path, self.work = path, path / WORK

    def new(self, name: str) -> Path:
        """Where a file of this run is written before it is in its place."""
        return self.work / "new" / name

    def publish(self, keep: bool = False) -> None:
        """Put the files of this run in the place of those that are there, at one moment. keep: UNFINISHED too, to go on
        with."""
        theirs = any((self.path / name).is_symlink() for name in RUN_FILES)     # links of the user's stay links
        if theirs or not self._linked():
            self._one_by_one()
        else:
            self._at_one_moment()
        if not keep:
            (self.path / UNFINISHED).unlink(missing_ok=True)

    def _linked(self) -> bool:
        """Make the link that will turn from the old files to the new ones; False where there are no links."""
        try:
            (self.work / "old").mkdir()
            (self.work / "current").symlink_to("old", target_is_directory=True)
        except (OSError, NotImplementedError):      # a file system, or a system, without them
            return False
        return True

    def clear(self) -> None:
        """Bring what was begun to one of its ends, old or new. Weights that found no place become UNFINISHED, if there is
        none: it is the run itself."""
        for name in RUN_FILES:
            place = self.path / name
            if place.is_symlink() and os.readlink(place) == os.path.join(WORK, "current", name):
                real = self.work / "current" / name
                if real.exists():
                    os.replace(real, place)
                else:
                    place.unlink()
        if self.new(RUN_FILES[0]).exists() and not (self.path / UNFINISHED).exists():
            os.replace(self.new(RUN_FILES[0]), self.path / UNFINISHED)
        shutil.rmtree(self.work, ignore_errors=True)

    def _at_one_moment(self) -> None:
        for name in RUN_FILES:
            place, old, new = self.path / name, self.work / "old" / name, self.new(name)
            if place.exists():
                try:
                    os.link(place, old)
                except OSError:
                    shutil.copy2(place, old)
                if new.exists():
                    new.chmod(stat.S_IMODE(place.stat().st_mode))
        for name in RUN_FILES:
            link = self.work / name
            link.symlink_to(os.path.join(WORK, "current", name))
            os.replace(link, self.path / name)
        following = self.work / "following"
        following.symlink_to("new", target_is_directory=True)
        os.replace(following, self.work / "current")            # the moment
        self.clear()

    def _one_by_one(self) -> None:
        for name in RUN_FILES:
            if self.new(name).exists():
                with whole_file(self.path / name) as part:
                    shutil.copyfile(self.new(name), part)
            else:
                (self.path / name).unlink(missing_ok=True)
        self.new(RUN_FILES[0]).unlink()
