"""A few hundred files of each kind that are damaged or mean harm; fuzz_files.py reads ten thousand. And: is harm noticed?"""

import sys

import pytest

pytest.importorskip("resource", reason="memory is limited by POSIX's RLIMIT_AS")
pytest.importorskip("PIL", reason="Pillow is an extra: pip install minigrad-engine[images]")
pytest.importorskip("scipy", reason="scipy writes the .mat files")
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc says how much memory a process has")

from tests.data import fuzz_files  # noqa: E402  (only where there is POSIX)


def test_no_file_does_harm():
    counts, failures, _, peak = fuzz_files.run(len(fuzz_files.KINDS) * 24, seed=1)
    assert failures == []
    assert peak < 600, "MiB"
    assert all(sum(counter.values()) == 24 and counter["ValueError"] > 12 for counter in counts.values())


HARM = {b"c": ("CRASH", "SIGSEGV"), b"h": ("HANG", "more than 2.0 s"), b"m": ("MemoryError", ""), b"k": ("KeyError", "'k'"),
        b"p": ("RAN", "pickle.find_class ('posix', 'system')"), b"w": ("RAN", "open ('"), b"-": ("data", "")}


def test_harm_is_noticed(tmp_path):
    """And after each the next file is read."""
    reader = fuzz_files.Reader(tmp_path, 1 << 30, 60.0)
    path = tmp_path / "file"
    try:
        for first in (*b"-m-k-p-w-c-h-",):
            path.write_bytes(bytes([first]))
            reader.seconds = 2.0 if first == ord("h") else 60.0
            outcome, message = reader.read("probe", path)
            assert outcome == HARM[bytes([first])][0] and HARM[bytes([first])][1] in message
        before = reader.peak
        path.write_bytes(b"b")
        assert reader.read("probe", path) == ("data", "") and reader.peak > max(before, 300 << 20), "memory is counted"
    finally:
        reader.stop()
