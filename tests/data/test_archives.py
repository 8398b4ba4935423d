"""Members of archives, by name and never larger than they may be."""

import gzip
import io
import tarfile

import pytest

from minigrad.data import archives
from minigrad.data.archives import members
from tests.data.hostile import tar

CONTENTS = {"a": b"first", "b": bytes(range(256)) * 4000}
SIZES = {"a": 5, "b": 1 << 20}


def put(path, data):
    path.write_bytes(data)
    return path


def got(path, sizes=SIZES):
    return {name: bytes(content) for name, content in members(path, sizes, "set")}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_what_tar_writes(tmp_path, packed, form):
    long = {"x" * 200: b"of a long name", "ä": b"not ascii", **CONTENTS}        # each form has its own way to say those
    if form == tarfile.USTAR_FORMAT:
        long = CONTENTS
    path = put(tmp_path / "t", tar("deep/er", long, packed, format=form))
    assert got(path) == CONTENTS
    assert got(path, {"b": 1 << 20}) == {"b": CONTENTS["b"]}


def test_gzip_streams_one_after_the_other_and_what_follows(tmp_path):
    data = tar("f", CONTENTS, packed=False)
    pieces = b"".join(gzip.compress(data[at:at + 70000]) for at in range(0, len(data), 70000))
    assert got(put(tmp_path / "t", pieces)) == CONTENTS
    assert got(put(tmp_path / "t", gzip.compress(data) + b"more that nobody reads")) == CONTENTS


def test_paths_are_of_no_account(tmp_path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in ("../../etc/a", "/b"):
            entry = tarfile.TarInfo(name)
            entry.size = len(CONTENTS[name[-1]])
            archive.addfile(entry, io.BytesIO(CONTENTS[name[-1]]))
        link = tarfile.TarInfo("c")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    (tmp_path / "in").mkdir()
    path = put(tmp_path / "in" / "t", out.getvalue())
    assert got(path) == CONTENTS
    with pytest.raises(ValueError, match=r"expected members c, found no c"):       # a link is no file
        got(path, {"c": 99999})
    assert [p.name for p in tmp_path.rglob("*")] == ["in", "t"]


def test_a_folder(tmp_path):
    for name, content in CONTENTS.items():
        put(tmp_path / name, content)
    assert got(tmp_path) == CONTENTS
    with pytest.raises(ValueError, match=r"^\[set\] .*a: expected at most 4 bytes, found 5: unpack the archive again$"):
        got(tmp_path, {"a": 4})
    with pytest.raises(ValueError, match=r"^\[set\] .*: expected a file c in it, found none: unpack"):
        got(tmp_path, {"c": 4})


@pytest.mark.parametrize(("change", "said"), [
    (lambda data: data[:3000], r"expected \d+ bytes more, found .*\(truncated\)"),
    (lambda data: b"", r"512 bytes more, found 0"),
    (lambda data: data[:600], "bytes more"),
    (lambda data: b"x" * len(data), "the header of a tar archive, found something else"),
    (lambda data: data[:1600] + b"\1" + data[1601:], "the header of a tar archive|bytes more"),
    (lambda data: bytes(1024), r"expected members a, b, found no a, b"),
    (lambda data: data.replace(b"first", b"f" * 5).replace(b"/b\0", b"/d\0"), "the header of a tar archive"),
])
@pytest.mark.parametrize("packed", [True, False])
def test_damaged(tmp_path, change, said, packed):
    data = change(tar("f", CONTENTS, packed=False))
    with pytest.raises(ValueError, match=r"^\[set\] .*t: expected ") as error:
        got(put(tmp_path / "t", gzip.compress(data) if packed else data))
    error.match(said)


def test_a_damaged_stream(tmp_path):
    data = bytearray(tar("f", CONTENTS))
    data[40:80] = bytes(40)
    with pytest.raises(ValueError, match=r"expected a sound gzip stream, found Error -3"):
        got(put(tmp_path / "t", bytes(data)))
    with pytest.raises(ValueError, match=r"bytes more, found .*truncated"):
        got(put(tmp_path / "t", tar("f", CONTENTS)[:300]))


def test_what_is_larger_than_it_may_be(tmp_path, monkeypatch):
    path = put(tmp_path / "t", tar("f", CONTENTS))
    with pytest.raises(ValueError, match=r"expected at most 1000 bytes in b, found 1024000"):
        got(path, {"a": 5, "b": 1000})
    monkeypatch.setattr(archives, "_MOST", 100_000)
    with pytest.raises(ValueError, match=r"its members near its beginning, found more than 100000 bytes before them"):
        got(path, {"c": 5})


def test_a_size_that_octal_digits_do_not_hold(tmp_path):
    entry = tarfile.TarInfo("a")
    entry.size = 1 << 40
    with pytest.raises(ValueError, match="the header of a tar archive"):
        got(put(tmp_path / "t", entry.tobuf(tarfile.GNU_FORMAT)))
