"""Finding and downloading, against a web server of this test's own on 127.0.0.1: no other host is asked anything."""

import contextlib
import gzip
import hashlib
import http.server
import io
import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from minigrad.data import DataUnavailable, mnist
from minigrad.data import fetch as fetch_module
from minigrad.data.fetch import Collection, DataFile, find_or_fetch

CONTENTS = {"a.gz": bytes(range(256)) * 1000, "b.gz": b"labels"}
FILES = tuple(DataFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in CONTENTS.items())

USER_CACHE = fetch_module.user_cache  # before the fixture `bare` puts another in its place


class Server:
    """Answers path -> what to do; keeps what was asked."""

    def __init__(self):
        self.answers, self.asked = {}, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                answer = outer.answers.get(self.path, 404)
                if isinstance(answer, int):
                    self.send_error(answer)
                    return
                if callable(answer):
                    answer(self.wfile)
                    return
                promised, data = answer if isinstance(answer, tuple) else (len(answer), answer)
                self.send_response(200)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, args=(.01,))
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def serve(self, folder, **changes):
        """Put the files under /folder/; `changes` by name without suffix: a_gz=404, b_gz=b'other bytes'."""
        for name, data in CONTENTS.items():
            self.answers[f"{folder}/{name}"] = changes.get(name.replace(".", "_"), data)
        return f"{self.url}{folder}/"

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """No data folder, no mirrors from outside, a user cache in a temporary folder, no proxy on the way."""
    for name in ("MINIGRAD_DATA", "MINIGRAD_MIRRORS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setattr(fetch_module, "user_cache", lambda: tmp_path / "cache")


@pytest.fixture
def refused():
    """The URL of a port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else gets it
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"


def collection(*mirrors):
    return Collection("set", mirrors, FILES)


def put(folder, **changes):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in CONTENTS.items():
        (folder / name).write_bytes(changes.get(name.replace(".", "_"), data))
    return folder


def everything(folder):
    return sorted(p.relative_to(folder).as_posix() for p in Path(folder).rglob("*") if p.is_file())


# Finding


def test_the_first_place_that_has_a_file_wins(tmp_path, monkeypatch):
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path / "env"))
    places = [tmp_path / name / "set" for name in ("cache", "env", "root")]
    for place in places:
        put(place)
        assert find_or_fetch(collection(), tmp_path / "root", download=False) == [place / "a.gz", place / "b.gz"]
    (places[2] / "b.gz").unlink()
    assert find_or_fetch(collection(), str(tmp_path / "root")) == [places[2] / "a.gz", places[1] / "b.gz"]


def test_a_folder_with_nothing_but_the_files_will_do(tmp_path):
    put(tmp_path / "root")
    assert find_or_fetch(collection(), tmp_path / "root") == [tmp_path / "root/a.gz", tmp_path / "root/b.gz"]


def test_files_of_another_set_beside_the_folder_are_passed_over(tmp_path):
    """MNIST and Fashion-MNIST use the same file names."""
    put(tmp_path / "root", a_gz=b"of another set")
    put(tmp_path / "root/set")
    assert find_or_fetch(collection(), tmp_path / "root")[0] == tmp_path / "root/set/a.gz"
    (tmp_path / "root/set/a.gz").unlink()
    with pytest.raises(DataUnavailable, match="1 of 2 files are missing"):
        find_or_fetch(collection(), tmp_path / "root", download=False)


@pytest.mark.parametrize(("data", "found"), [
    (b"cut", "found 3 bytes with sha256 not computed"),
    (bytes(256000), f"found 256000 bytes with sha256 {hashlib.sha256(bytes(256000)).hexdigest()}"),
])
def test_a_wrong_file_is_never_used_and_never_replaced(tmp_path, server, data, found):
    put(tmp_path / "cache/set", a_gz=data)
    with pytest.raises(ValueError) as error:
        find_or_fetch(collection(server.serve("/m")))
    text = str(error.value)
    assert text.startswith(f"[set] {tmp_path / 'cache/set/a.gz'}: expected 256000 bytes with sha256 {FILES[0].sha256}")
    assert found in text and "delete it" in text
    assert (tmp_path / "cache/set/a.gz").read_bytes() == data and not server.asked


def test_nothing_is_downloaded_when_all_is_here(tmp_path, server):
    put(tmp_path / "cache/set")
    find_or_fetch(collection(server.serve("/m")))
    assert not server.asked


def test_the_user_cache_is_pooch_s():
    import pooch
    assert USER_CACHE() == Path(pooch.os_cache("minigrad"))


UNPACKED = {"x-idx3-ubyte": b"images", "y-idx1-ubyte": b"labels"}
PACKED = {f"{name}.gz": gzip.compress(data, mtime=0) for name, data in UNPACKED.items()}
BOTH = Collection("set", (), tuple(
    DataFile(f"{name}.gz", len(PACKED[f"{name}.gz"]), hashlib.sha256(PACKED[f"{name}.gz"]).hexdigest(),
             (len(data), hashlib.sha256(data).hexdigest())) for name, data in UNPACKED.items()))


@pytest.mark.parametrize("folder", ["set", "."])
@pytest.mark.parametrize("spelling", [lambda name: name, lambda name: name.replace("-idx", ".idx")], ids=["-", "."])
def test_files_that_are_unpacked_already_are_found(tmp_path, folder, spelling):
    place = tmp_path / "root" / folder
    place.mkdir(parents=True)
    for name, data in UNPACKED.items():
        (place / spelling(name)).write_bytes(data)
    assert find_or_fetch(BOTH, tmp_path / "root", download=False) == [place / spelling(name) for name in UNPACKED]
    (place / "y-idx1-ubyte.gz").write_bytes(PACKED["y-idx1-ubyte.gz"])
    assert find_or_fetch(BOTH, tmp_path / "root", download=False)[1] == place / "y-idx1-ubyte.gz", "the packed one first"


def test_an_unpacked_file_is_checked_as_a_packed_one_is(tmp_path):
    for name, data in UNPACKED.items():
        (tmp_path / name).write_bytes(data.upper())        # beside the folder: of another set, perhaps
    with pytest.raises(DataUnavailable, match="2 of 2 files are missing"):
        find_or_fetch(BOTH, tmp_path, download=False)
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "x.idx3-ubyte").write_bytes(b"IMAGES")
    with pytest.raises(ValueError, match=r"set.x\.idx3-ubyte: expected 6 bytes with sha256 .*; the file is damaged"):
        find_or_fetch(BOTH, tmp_path, download=False)


# Downloading


@pytest.mark.parametrize("stream", [None, "closed"])
def test_without_a_stderr_there_is_no_bar_and_the_file_comes(server, monkeypatch, stream):
    if stream == "closed":
        stream = io.StringIO()
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    assert [path.read_bytes() for path in find_or_fetch(collection(server.serve("/m")))] == list(CONTENTS.values())


def test_missing_files_are_downloaded_and_kept(tmp_path, server):
    url = server.serve("/m")
    paths = find_or_fetch(collection(url))
    assert paths == [tmp_path / "cache/set/a.gz", tmp_path / "cache/set/b.gz"]
    assert [path.read_bytes() for path in paths] == list(CONTENTS.values())
    assert everything(tmp_path) == ["cache/set/a.gz", "cache/set/b.gz"]
    find_or_fetch(collection(url))
    assert server.asked == ["/m/a.gz", "/m/b.gz"]


def test_only_what_is_missing_is_downloaded(tmp_path, server):
    put(tmp_path / "cache/set")
    (tmp_path / "cache/set/b.gz").unlink()
    find_or_fetch(collection(server.serve("/m")))
    assert server.asked == ["/m/b.gz"]


@pytest.mark.parametrize(("root", "env", "into"), [("root", "env", "root"), (None, "env", "env"), (None, "", "cache")])
def test_where_downloads_go(tmp_path, server, monkeypatch, root, env, into):
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path / env) if env else "")
    paths = find_or_fetch(collection(server.serve("/m")), root and tmp_path / root)
    assert {path.parent for path in paths} == {tmp_path / into / "set"}


@pytest.mark.parametrize("first", [404, 503, b"<html>please log in</html>", bytes(256000), CONTENTS["a.gz"] + b"more"])
def test_the_next_mirror_is_tried(tmp_path, server, first):
    mirrors = server.serve("/bad", a_gz=first), server.serve("/good")
    paths = find_or_fetch(collection(*mirrors))
    assert paths[0].read_bytes() == CONTENTS["a.gz"]
    assert server.asked == ["/bad/a.gz", "/good/a.gz", "/bad/b.gz"]  # one bad file does not damn a mirror
    assert everything(tmp_path) == ["cache/set/a.gz", "cache/set/b.gz"]


def test_a_mirror_that_is_not_there_is_asked_once(tmp_path, server, refused, monkeypatch):
    asked, download = [], fetch_module._download
    monkeypatch.setattr(fetch_module, "_download", lambda url, *rest: asked.append(url) or download(url, *rest))
    good = server.serve("/good")
    find_or_fetch(collection(refused, good))
    assert asked == [refused + "a.gz", good + "a.gz", good + "b.gz"]


def test_a_mirror_that_says_nothing_is_left(tmp_path, server, monkeypatch):
    monkeypatch.setattr(fetch_module, "_TIMEOUT", (.2, .2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(DataUnavailable, match=r"a\.gz: no answer within 0\.2 s"):
            find_or_fetch(collection(mute))
        find_or_fetch(collection(mute, server.serve("/good")))
    assert everything(tmp_path) == ["cache/set/a.gz", "cache/set/b.gz"]


HEAD = b"HTTP/1.0 200 OK\r\nContent-Length: 256000\r\n\r\n"


@pytest.mark.parametrize("at_once", [0, len(HEAD), len(HEAD) + 40000], ids=["from the first byte", "after the header", "late"])
def test_a_mirror_that_drips_is_given_up(tmp_path, server, monkeypatch, at_once):
    """A byte at a time, each within the time limit of the socket: so the whole has one too, and the message says it."""
    monkeypatch.setattr(fetch_module, "_PATIENCE", (.3, 1e9))
    over = threading.Event()

    def drip(out):
        answer = HEAD + CONTENTS["a.gz"]
        with contextlib.suppress(OSError):
            out.write(answer[:at_once])
            for byte in answer[at_once:]:
                out.write(bytes([byte]))
                if over.wait(.02):
                    return

    server.serve("/slow")
    server.answers["/slow/a.gz"] = drip
    try:
        with pytest.raises(DataUnavailable, match=r"a\.gz: gave up after 0\.3 s, with \d+ of 256000 bytes"):
            find_or_fetch(collection(f"{server.url}/slow/"))
        assert everything(tmp_path) == []
        find_or_fetch(collection(f"{server.url}/slow/", server.serve("/good")))
        assert [path for path in server.asked if path.startswith("/slow")] == ["/slow/a.gz"] * 2, "not asked for b.gz"
        assert everything(tmp_path) == ["cache/set/a.gz", "cache/set/b.gz"]
    finally:
        over.set()
        for thread in threading.enumerate():
            if thread.name == "minigrad download":
                thread.join()


def test_the_patience_lets_a_slow_line_finish():
    """400 kbit/s, and a minute to begin with: 26 MB in under ten minutes."""
    start, rate = fetch_module._PATIENCE
    assert start >= 60 and rate <= 50e3


def test_a_download_that_breaks_off_leaves_nothing(tmp_path, server):
    url = server.serve("/m", a_gz=(256000, CONTENTS["a.gz"][:100000]))
    with pytest.raises(DataUnavailable, match=r"a.gz: broke off after \d+ of 256000 bytes"):
        find_or_fetch(collection(url))
    assert everything(tmp_path) == []


def test_ctrl_c_leaves_nothing(tmp_path, server, monkeypatch):
    check = fetch_module._Part.check

    def interrupted(part):
        check(part)  # all bytes are in the temporary file
        assert len(everything(tmp_path)) == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch_module._Part, "check", interrupted)
    with pytest.raises(KeyboardInterrupt):
        find_or_fetch(collection(server.serve("/m")))
    assert everything(tmp_path) == []


def test_wrong_bytes_everywhere_leave_nothing(tmp_path, server):
    bad = bytes(256000)
    with pytest.raises(DataUnavailable, match=f"wrong bytes .sha256 {hashlib.sha256(bad).hexdigest()}, expected "
                                              f"{FILES[0].sha256}"):
        find_or_fetch(collection(server.serve("/m", a_gz=bad)))
    assert everything(tmp_path) == []


def test_the_message_when_no_mirror_answers(tmp_path, server, refused):
    gone, short = server.serve("/gone", b_gz=404), server.serve("/short", b_gz=b"x")
    long = server.serve("/long", b_gz=b"more than labels")
    with pytest.raises(DataUnavailable) as error:
        find_or_fetch(collection(refused, gone, short, long))
    assert isinstance(error.value, RuntimeError)
    assert str(error.value) == (
        "[set] 1 of 2 files are missing and could not be fetched: no mirror could supply b.gz:\n"
        f"  {refused}b.gz: could not be reached\n"
        f"  {gone}b.gz: 404 Client Error: Not Found\n"
        f"  {short}b.gz: wrong bytes (1 of 6)\n"
        f"  {long}b.gz: wrong bytes (more than the 6 expected)\n"
        f"Looked in {tmp_path / 'cache/set'}.\n"
        f"To go on, put these files into {tmp_path / 'cache/set'}, or into FOLDER/set and set MINIGRAD_DATA=FOLDER:\n"
        f"  b.gz  6 bytes  sha256 {FILES[1].sha256}\n"
        "Or use minigrad.data.synthetic_digits(), which makes digits in the same format and needs no network.")
    assert everything(tmp_path) == ["cache/set/a.gz"], "what was had is kept for the next time"


def test_refused_is_said(refused):
    with pytest.raises(DataUnavailable, match=f"{refused}a.gz: connection refused"):
        find_or_fetch(collection(refused))


@pytest.mark.parametrize(("error", "words"), [
    (OSError("Failed to resolve 'a.example' ([Errno -2] Name or service not known)"), "host name not found"),
    (OSError("[Errno 11001] getaddrinfo failed"), "host name not found"),
    (OSError("Tunnel connection failed: 403 (proxy)"), "the proxy could not reach it"),
    (OSError("something else"), "connection failed (OSError)"),
])
def test_reasons_in_few_words(error, words):
    assert fetch_module._in_few_words(error, 0, 5) == words


def test_download_false_asks_nobody(server):
    with pytest.raises(DataUnavailable, match=r"2 of 2 files are missing .*: download=False was given"):
        find_or_fetch(collection(server.serve("/m")), download=False)
    assert not server.asked


def test_a_folder_that_cannot_be_written(tmp_path, server):
    (tmp_path / "root").write_text("a file where a folder should be")
    with pytest.raises(DataUnavailable, match=r"cannot write to .*root.set \(.+\)"):
        find_or_fetch(collection(server.serve("/m")), tmp_path / "root")


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, server, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match=r"\[download\] cannot write .*a.gz: No space left on device; free some room"):
        find_or_fetch(collection(server.serve("/m")))
    assert everything(tmp_path) == []


# MINIGRAD_MIRRORS


def test_mirrors_from_the_environment_replace_the_others(tmp_path, server, monkeypatch):
    server.serve("/other")
    server.serve("/campus/set")
    monkeypatch.setenv("MINIGRAD_MIRRORS", f"{server.url}/nothing, {server.url}/campus/")
    find_or_fetch(collection(f"{server.url}/other/"))
    assert server.asked == ["/nothing/set/a.gz", "/campus/set/a.gz", "/nothing/set/b.gz", "/campus/set/b.gz"]


def test_the_empty_string_means_no_network(server, monkeypatch):
    monkeypatch.setenv("MINIGRAD_MIRRORS", "")
    with pytest.raises(DataUnavailable, match="MINIGRAD_MIRRORS is empty, which means no network"):
        find_or_fetch(collection(server.serve("/m")))
    with pytest.raises(DataUnavailable, match=r"^\[mnist\] 4 of 4 files are missing"):
        mnist()
    assert not server.asked


def test_mirrors_must_be_urls(tmp_path, monkeypatch):
    monkeypatch.setenv("MINIGRAD_MIRRORS", "/data/mirror")
    with pytest.raises(ValueError, match=r"\[set\] MINIGRAD_MIRRORS holds '/data/mirror', which is no http"):
        find_or_fetch(collection())
