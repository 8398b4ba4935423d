"""The process that reads the files of fuzz_files.py, watched by an audit hook and limited in its memory."""

import contextlib
import io
import json
import os
import pickle
import re
import resource
import sys
import time
from pathlib import Path

WATCHED = {"os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.remove", "os.rename", "os.rmdir",
           "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.putenv", "subprocess.Popen", "socket.connect",
           "socket.bind", "socket.getaddrinfo", "urllib.Request", "pickle.find_class", "shutil.rmtree", "shutil.move",
           "ctypes.dlopen",
           "webbrowser.open", "tempfile.mkstemp", "tempfile.mkdtemp", "code.__new__"}
seen = []


def hook(event, args):
    """Keep, and stop, what no reader may do."""
    if watching and (event in WATCHED or event == "open" and _writes(*args[1:3])):
        seen.append(f"{event} {args!r}"[:200])
        raise RuntimeError(f"the hook stopped {event}")


def _writes(mode, flags):
    if isinstance(mode, str):
        return bool(set(mode) & set("wax+"))
    return bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


class Right(str):
    """A checksum that every file has: what stands behind the check is to be tried."""

    __hash__ = str.__hash__

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False


def readers():
    """kind -> what reads a path."""
    import minigrad as mg
    from minigrad.data import archives, cifar, idx
    from minigrad.data.unpickle import unpickle
    from tests.data.fuzz_made import model
    from tests.data.hostile import small

    kind, *_ = small("cifar-10")
    archives._MOST, idx._COUNTED = 100 << 20, 16 << 20          # so that the bombs can be smaller, and are read sooner

    def batches(form):
        shape = getattr(kind, form)
        return shape._replace(members=tuple(member._replace(sha256=Right(), most=1 << 20) for member in shape.members))

    pickles, records = batches("pickles"), batches("records")

    def table(path):
        for options in ({}, {"regression": True}, {"missing": 0., "header": True, "target": 0}):
            with contextlib.suppress(ValueError):
                mg.data.from_csv(path, max_bytes=1 << 26, **options)
        return mg.data.from_csv(path, max_bytes=1 << 26)

    def checkpoint(path):
        layers = model()
        before = {name: array.copy() for name, array in layers.state_dict().items()}
        try:
            return mg.train.load_checkpoint(path, layers, mg.optim.SGD(layers.parameters(), lr=.1, momentum=.9))
        except ValueError:
            assert all((array == before[name]).all() for name, array in layers.state_dict().items()), "half of it was loaded"
            raise

    return {
        "idx": lambda path: idx.read_idx(path, max_bytes=1 << 26), "idx.gz": lambda path: idx.read_idx(path, max_bytes=1 << 26),
        "cifar pickles": lambda path: cifar.read(kind, pickles, path),
        "cifar records": lambda path: cifar.read(kind, records, path),
        "pickle": lambda path: unpickle(path.read_bytes(), "a file"),
        "mat": lambda path: mg.data.read_mat(path, max_bytes=1 << 26), "csv": table,
        "npz": lambda path: mg.data.read_npz(path, max_bytes=1 << 26),
        "picture": lambda path: mg.data.image_folder(path.parents[1], 16),
        "safetensors": lambda path: mg.nn.load(model(), path), "checkpoint": checkpoint}


def probe(path):
    """What no reader may do, by the first byte of a file: is it noticed?"""
    match path.read_bytes()[:1]:
        case b"c":
            os.kill(os.getpid(), 11)
        case b"h":
            time.sleep(99)
        case b"m":
            bytearray(1 << 40)
        case b"p":
            pickle.loads(b"cposix\nsystem\n.")
        case b"w":
            Path(path, "../written").write_text("")
        case b"k":
            raise KeyError("k")
        case b"b":
            bytearray(b"x" * (200 << 20))


def limit(memory):
    """No more than this above what the process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    if pages:
        most = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def fullest():
    """The most memory that this process has had so far, in bytes: 0 where the system does not say."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) * 1024 if found else 0


watching = False


def main():
    """Read what is asked for on stdin, a line each; answer with [outcome, message, bytes above the start]."""
    global watching
    from tests.data.fuzz_made import Maker

    folder, memory = Path(sys.argv[1]), int(sys.argv[2])
    known = readers()
    warm = Maker(folder / f"warm{os.getpid()}")
    for kind in sys.argv[3:]:               # whatever imports something does it now
        for which in range(warm.right(kind)):
            known[kind](warm.whole(kind, which))
    known["probe"] = probe
    with contextlib.suppress(OSError):      # what was needed to warm up is no longer counted
        Path("/proc/self/clear_refs").write_text("5")
    sys.addaudithook(hook)
    limit(memory)
    start = fullest()
    answers, sys.stdout = sys.stdout, io.StringIO()
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        kind, path = json.loads(line)
        seen.clear()
        watching = True
        try:
            known[kind](Path(path))
            outcome, message = "data", ""
        except BaseException as error:
            outcome, message = type(error).__name__, str(error)[:300]
        watching = False
        if seen:
            outcome, message = "RAN", "; ".join(seen)
        answers.write(json.dumps([outcome, message, fullest() - start]) + "\n")
        answers.flush()
