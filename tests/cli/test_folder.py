"""The folder of a run: four files that are of one run whenever a process is killed, and only one run at a time."""

import errno
import json
import os
import shutil

import pytest

from minigrad.cli import folder as folder_module
from minigrad.cli.folder import RUN_FILES, UNFINISHED, WORK, RunFolder, run_folder, taken
from minigrad.system import files

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links of this kind are POSIX's; elsewhere one after the other")

CHANGES = "replace", "link", "symlink", "unlink", "mkdir", "chmod", "rmdir"     # what changes a folder


class Killed(BaseException):
    """What a kill is to this test: nothing is run after it, not even what cleans up."""


def write(folder, run, names=RUN_FILES):
    """What a run writes before it is published."""
    folder.new("x").parent.mkdir(parents=True, exist_ok=True)
    for name in names:
        folder.new(name).write_text(f"{run} {name}")


def read(path):
    """{name: of which run} as any reader sees it, which follows links."""
    return {name: (path / name).read_text().split()[0] for name in RUN_FILES if (path / name).exists()}


def killed_at(monkeypatch, moment, work):
    """Do the work, and be killed before its change number `moment` of the disk; whether it came to that."""
    count = 0

    def counting(real):
        def change(*args, **options):
            nonlocal count
            count += 1
            if count == moment:
                raise Killed
            return real(*args, **options)
        return change

    with monkeypatch.context() as patch:
        for name in CHANGES:
            patch.setattr(os, name, counting(getattr(os, name)))
        try:
            work()
        except Killed:
            return True
    return False


NO_PICTURE = RUN_FILES[:3]
BEFORE = {"nothing": (), "a run": RUN_FILES, "a run without a picture": NO_PICTURE}


@pytest.mark.parametrize("after", [RUN_FILES, NO_PICTURE], ids=["four files", "three files"])
@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_killed_at_any_moment_it_holds_the_old_run_whole_or_the_new_one(tmp_path, monkeypatch, before, after):
    """Killed before every single change of the disk, while publishing and then again while clearing up."""
    old, new = dict.fromkeys(before, "old"), dict.fromkeys(after, "new")
    seen, moment, dead = set(), 0, True
    while dead:
        moment += 1
        path = tmp_path / str(moment)
        path.mkdir()
        (path / "notes.txt").write_text("the user's")
        for name in before:
            (path / name).write_text(f"old {name}")
        folder = RunFolder(path)
        write(folder, "new", after)
        dead = killed_at(monkeypatch, moment, folder.publish)
        found = read(path)
        assert found in (old, new), moment
        seen.add(json.dumps(found))
        again, still = 0, True
        while still:                        # whoever clears up may be killed too
            again += 1
            still = killed_at(monkeypatch, again, RunFolder(path).clear)
            assert read(path) == found
        left = {place.name for place in path.iterdir()}
        assert left - {UNFINISHED} == {"notes.txt", *found} and not any((path / name).is_symlink() for name in found)
        assert found == new or (path / UNFINISHED).read_text().startswith("new "), "weights that were written are kept"
        shutil.rmtree(path)
    assert moment > 20 and len(seen) == 2


def test_a_published_run_leaves_nothing_else_and_keeps_modes_and_links(tmp_path):
    folder = RunFolder(tmp_path / "o")
    folder.path.mkdir()
    (folder.path / UNFINISHED).write_text("")
    write(folder, "one")
    folder.publish()
    assert {place.name for place in folder.path.iterdir()} == set(RUN_FILES)
    (folder.path / RUN_FILES[1]).chmod(0o600)
    write(folder, "two")
    folder.publish()
    assert set(read(folder.path).values()) == {"two"}
    assert (folder.path / RUN_FILES[1]).stat().st_mode & 0o777 == 0o600

    real = tmp_path / "elsewhere"
    os.replace(folder.path / RUN_FILES[0], real)
    (folder.path / RUN_FILES[0]).symlink_to(real)
    write(folder, "three", NO_PICTURE)
    folder.publish()
    folder.clear()
    assert (folder.path / RUN_FILES[0]).is_symlink() and real.read_text() == f"three {RUN_FILES[0]}"
    assert read(folder.path) == dict.fromkeys(NO_PICTURE, "three")
    assert {place.name for place in folder.path.iterdir()} == set(NO_PICTURE)


@pytest.mark.parametrize("lacks", ["symlink", "link"])
def test_on_file_systems_without_links(tmp_path, monkeypatch, lacks):
    def none(*args, **options):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, lacks, none)
    folder = RunFolder(tmp_path)
    for run in ("one", "two"):
        write(folder, run)
        folder.publish()
        folder.clear()
        assert read(tmp_path) == dict.fromkeys(RUN_FILES, run)
        assert {place.name for place in tmp_path.iterdir()} == set(RUN_FILES)


def test_only_one_run_at_a_time(tmp_path):
    with run_folder(tmp_path / "o", False, 100) as folder:
        with pytest.raises(RuntimeError, match=r"--out .*o is in use, another run is writing into it"), \
                run_folder(tmp_path / "o", False, 100):
            pass
        write(folder, "one")
        folder.publish()
    with run_folder(tmp_path / "o", False, 100):
        assert taken(tmp_path / "o") == f"{tmp_path / 'o'} holds a run already"
    assert read(tmp_path / "o") == dict.fromkeys(RUN_FILES, "one")


def test_a_folder_that_was_made_and_stays_empty_goes_again(tmp_path):
    for made in (False, True):
        with run_folder(tmp_path / "a" / "o", made, 100):
            assert (tmp_path / "a" / "o" / WORK).is_dir()
        assert not (tmp_path / "a" / "o").exists()
    with run_folder(tmp_path, False, 100):
        pass
    assert [place.name for place in tmp_path.iterdir()] == ["a"]


def test_weights_of_a_run_that_did_not_end_are_not_overwritten(tmp_path):
    (tmp_path / UNFINISHED).write_text("")
    assert taken(tmp_path) == (f"{tmp_path} holds a run that did not end, {UNFINISHED} (minigrad train --resume {tmp_path} "
                               "goes on with it)")


def test_the_room_is_tried_before(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(folder_module, "check_writable", lambda path, size: asked.append((path, size)))
    with run_folder(tmp_path, False, 10_000_000):
        assert asked == [(tmp_path / UNFINISHED, 10_000_000 + (1 << 19))]


def test_without_locks_it_works(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "lock", lambda descriptor: None)
    monkeypatch.setattr(files, "lock", lambda descriptor: None)
    with run_folder(tmp_path, False, 100) as folder:
        write(folder, "one")
        folder.publish()
    assert set(read(tmp_path).values()) == {"one"}
