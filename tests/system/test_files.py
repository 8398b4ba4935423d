"""whole_file: whole or not there, for every writer of the package, among threads, processes and kills."""

import ast
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.data.idx import write_idx
from minigrad.system import files
from minigrad.system.files import check_writable, whole_file
from minigrad.train import History, save_checkpoint
from minigrad.viz import plot_history

PACKAGE = Path(minigrad.__file__).parent
posix = pytest.mark.skipif(os.name != "posix", reason="modes, links and locks of this kind are POSIX's")
HISTORY = History([{"epoch": 1, "train_loss_running": 1.0}])
WRITERS = {
    "weights": lambda path: nn.save(nn.Linear(2, 3), path),
    "checkpoint": lambda path: save_checkpoint(path, nn.Linear(2, 3)),
    "history": HISTORY.save,
    "csv": HISTORY.to_csv,
    "idx": lambda path: write_idx(path, np.zeros((20, 20), np.uint8)),
    "figure": lambda path: plot_history(HISTORY, path, dpi=20),
}
SUFFIX = {"figure": ".png"}


@pytest.fixture(params=WRITERS)
def writer(request, tmp_path):
    """(write, path): each way in which the package writes a file, and where to."""
    return WRITERS[request.param], tmp_path / "made" / f"a{SUFFIX.get(request.param, '.x')}"


def test_a_file_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "a" / "b.png"
    with whole_file(path) as part:
        assert part.suffix == ".png" and part.parent == path.parent and not path.exists()
        part.write_text("one")
        assert not path.exists()
    assert path.read_text() == "one" and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_an_error_everything_is_as_before(tmp_path, error):
    path = tmp_path / "b.txt"
    path.write_text("old")
    with pytest.raises(error), whole_file(path) as part:
        part.write_text("ha")
        raise error
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


# ---- every writer

def test_every_writer_replaces_whole_and_leaves_nothing_else(writer):
    write, path = writer
    write(path)
    first = path.read_bytes()
    assert first
    write(path)
    assert list(path.parent.iterdir()) == [path] and len(path.read_bytes()) == len(first)


@posix
def test_every_writer_keeps_the_mode_and_a_links_target(writer, tmp_path):
    write, path = writer
    path.parent.mkdir()
    real = tmp_path / "elsewhere" / "real"
    path.symlink_to(real)
    write(path)                             # the link dangled
    assert path.is_symlink() and real.is_file()
    real.chmod(0o640)
    real.write_bytes(b"")
    write(path)
    assert path.is_symlink() and real.stat().st_size > 0 and real.stat().st_mode & 0o777 == 0o640


def test_every_writer_names_the_file_of_a_full_disk_and_keeps_the_old_one(writer, monkeypatch):
    write, path = writer
    write(path)
    old = path.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*made.a\.\w+'") as caught:
        write(path)
    assert caught.value.filename == str(path) and caught.value.errno == 28
    assert path.read_bytes() == old and list(path.parent.iterdir()) == [path]


def test_every_writer_names_the_file_where_a_folder_cannot_be_made(writer, tmp_path):
    write, path = writer
    (tmp_path / "made").write_text("a file")
    with pytest.raises(OSError, match="made") as caught:
        write(path)
    assert caught.value.filename == str(path)


def test_every_writer_refuses_a_folder_and_what_is_write_protected(writer, monkeypatch):
    write, path = writer
    path.mkdir(parents=True)
    with pytest.raises(IsADirectoryError, match=path.name):
        write(path)
    path.rmdir()
    write(path)
    monkeypatch.setattr(os, "access", lambda *args: False)      # root may write everything
    with pytest.raises(PermissionError, match=rf"The file is write-protected: '.*{path.name}'"):
        write(path)
    assert list(path.parent.iterdir()) == [path]


@posix
def test_every_writer_can_write_to_a_pipe_and_leaves_devices_in_their_place(writer):
    write, path = writer
    path.parent.mkdir()
    os.mkfifo(path)
    read = []
    thread = threading.Thread(target=lambda: read.append(path.read_bytes()))
    thread.start()
    write(path)
    thread.join()
    assert read[0] and path.is_fifo()


def test_many_threads_and_readers_meet_whole_files_only(writer):
    write, path = writer
    write(path)
    length, failures = path.stat().st_size, []
    times = 2 if path.suffix == ".png" else 10      # drawing takes its time

    def work():
        try:
            for _ in range(times):
                write(path)
                if path.stat().st_size != length:
                    failures.append(path.stat().st_size)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and list(path.parent.iterdir()) == [path]


def test_the_package_writes_in_no_other_way():
    """Whatever opens a file for writing stands in a `with whole_file(...)`; only this module and the folder of a run move."""
    writes = {"write_text", "write_bytes", "savefig", "save_file"}
    found = []

    def visit(node, path, safe):
        if isinstance(node, ast.With):
            safe = safe or any("whole_file(" in ast.unparse(item.context_expr) for item in node.items)
        if isinstance(node, ast.Call):
            text = ast.unparse(node)
            name = text.split("(")[0].rpartition(".")[2]
            opens = name == "open" and any(f"'{mode}" in text for mode in "wax") or name in writes
            moves = name in ("replace", "rename") and text.startswith(("os.", "shutil.")) or name == "mkstemp"
            if opens and not safe or moves and path.name != "folder.py":
                found.append(f"{path.relative_to(PACKAGE)}:{node.lineno}: {text}")
        for child in ast.iter_child_nodes(node):
            visit(child, path, safe)

    for path in PACKAGE.rglob("*.py"):
        if path.name != "files.py":
            visit(ast.parse(path.read_text(encoding="utf-8")), path, False)
    assert not found


# ---- modes, names

@posix
def test_others_may_read_it_if_the_umask_lets_them(tmp_path):
    (tmp_path / "plain").write_text("")
    with whole_file(tmp_path / "b") as part:
        part.write_text("")
    assert (tmp_path / "b").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("name", ["n" * 255, "é" * 100 + ".txt", "a." + "s" * 200, ".hidden", "two.dots.gz"])
def test_every_name_that_a_file_may_have(tmp_path, name):
    for text in ("one", "two"):
        with whole_file(tmp_path / name) as part:
            part.write_text(text)
    assert (tmp_path / name).read_text() == "two" and len(list(tmp_path.iterdir())) == 1


@posix
def test_a_link_to_itself_is_an_error_that_names_it(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="loop"), whole_file(tmp_path / "loop"):
        pass


def test_an_error_about_another_file_names_that_one(tmp_path):
    with pytest.raises(FileNotFoundError, match="other"), whole_file(tmp_path / "a"):
        (tmp_path / "other").read_text()


# ---- what killed processes leave

KILLED = """
import os, signal, sys
from minigrad.system.files import whole_file
with whole_file(sys.argv[1]) as part:
    part.write_text("half")
    print("now", flush=True)
    if sys.argv[2] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stdin.read()
    part.write_text("whole")
"""


def start(path, how):
    paths = os.pathsep.join(part for part in (str(PACKAGE.parent), os.environ.get("PYTHONPATH")) if part)
    process = subprocess.Popen([sys.executable, "-c", KILLED, path, how], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True, env={**os.environ, "PYTHONPATH": paths})
    assert process.stdout.readline() == "now\n"
    return process


@posix
def test_leftovers_of_killed_processes_are_cleared_and_those_of_living_ones_are_not(tmp_path):
    path = tmp_path / "a.txt"
    with start(path, "die") as dead:
        assert dead.wait() == -signal.SIGKILL
    left, = tmp_path.iterdir()
    assert left.read_text() == "half"
    with start(path, "live") as living:
        assert not left.exists() and len(list(tmp_path.iterdir())) == 1
        with whole_file(path) as part:
            part.write_text("other")
        assert len(list(tmp_path.iterdir())) == 2
        living.communicate("")
    assert path.read_text() == "whole" and list(tmp_path.iterdir()) == [path]


def test_files_of_the_user_s_with_similar_names_are_left(tmp_path):
    mine = {".a.part.txt", ".a.0123.part.txt", ".a.xxxxxxxxxxxxxxxx.part.txt", ".b.0123456789abcdef.part.txt", "a.part.txt"}
    for name in mine:
        (tmp_path / name).write_text("")
    with whole_file(tmp_path / "a.txt") as part:
        part.write_text("")
    assert {path.name for path in tmp_path.iterdir()} == mine | {"a.txt"}


@pytest.mark.parametrize("has", [None, False])
def test_where_there_are_no_locks_it_works_too(tmp_path, monkeypatch, has):
    """File systems without locks, and systems without fcntl."""
    if has is None:
        monkeypatch.setattr(files, "fcntl", None)
    else:
        monkeypatch.setattr(files, "lock", lambda descriptor: None)
    for text in ("one", "two"):
        with whole_file(tmp_path / "a") as part:
            part.write_text(text)
    assert (tmp_path / "a").read_text() == "two" and len(list(tmp_path.iterdir())) == 1


# ---- check_writable

def test_whether_a_file_could_be_written(tmp_path, monkeypatch):
    check_writable(tmp_path / "made" / "a", 3_000_000)
    assert not list((tmp_path / "made").iterdir())
    (tmp_path / "made" / "a").write_text("old")
    check_writable(tmp_path / "made" / "a")
    assert (tmp_path / "made" / "a").read_text() == "old"

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        check_writable(tmp_path / "made" / "a", 10)
    assert len(list((tmp_path / "made").iterdir())) == 1
