"""`minigrad data`: list, get, verify and show, with small files that these tests make."""

import hashlib

import numpy as np
import pytest

from minigrad import cli
from minigrad.cli.pictures import draw_classes
from minigrad.data import Dataset, cards, image_folder
from minigrad.data import fetch as fetch_module
from minigrad.data.idx import write_idx


def run(*words):
    """main's exit code, argparse's included."""
    try:
        return cli.main(["data", *map(str, words)])
    except SystemExit as leave:
        return leave.code


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """No data, no network, a user cache in a temporary folder, which is the working folder too."""
    monkeypatch.delenv("MINIGRAD_DATA", raising=False)
    monkeypatch.setenv("MINIGRAD_MIRRORS", "")
    monkeypatch.setattr(fetch_module, "user_cache", lambda: tmp_path / "cache")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def mnist(monkeypatch, tmp_path):
    """A small MNIST whose checksums are known. -> the folder above it."""
    import sys

    module = sys.modules["minigrad.data.mnist"]
    folder = tmp_path / "sets" / "mnist"
    folder.mkdir(parents=True)
    arrays = (np.arange(30 * 784).reshape(30, 28, 28).astype(np.uint8), np.arange(30, dtype=np.uint8) % 10,
              np.zeros((10, 28, 28), np.uint8), np.full(10, 7, np.uint8))
    files = []
    for file, array in zip(module.MNIST.files, arrays, strict=True):
        write_idx(folder / file.name, array)
        content = (folder / file.name).read_bytes()
        files.append(file._replace(size=len(content), sha256=hashlib.sha256(content).hexdigest()))
    small = module.MNIST._replace(files=tuple(files))
    monkeypatch.setattr(module, "MNIST", small)
    monkeypatch.setitem(cards.CARDS, "mnist", cards.Card(**{**vars(cards.CARDS["mnist"]), "collection": small}))
    return folder.parent


def test_list(mnist, capsys, tmp_path):
    assert run("list", "--data", mnist) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == "" and lines[0].split() == ["name", "samples", "one", "of", "them", "classes", "files", "where"]
    assert [line.split()[0] for line in lines[1:8]] == list(cards.CARDS)
    assert lines[1].endswith(f"kB  {mnist / 'mnist'}")
    assert lines[3].split(maxsplit=10)[-1].endswith("not here: minigrad data get cifar-10")
    assert lines[5].endswith("not here, and not to be downloaded") and lines[7].endswith("made when it is asked for")
    assert lines[-1] == f"Looked in {mnist}, {tmp_path / 'cache'}."
    (mnist / "mnist" / "t10k-labels-idx1-ubyte.gz").write_bytes(b"")
    assert run("list", "--data", mnist) == 0 and "expected 3" in capsys.readouterr().out.splitlines()[1]


def test_get(mnist, capsys):
    assert run("get", "MNIST", "mnist", "--data", mnist) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"mnist: {mnist / 'mnist'}; 30 and 10 samples, mg.data.mnist()"] * 2
    assert run("get", "cifar-10", "apm598", "mnist", "--data", mnist) == 1
    out, err = capsys.readouterr()
    assert "mnist: " in out, "what can be had is had"
    assert "[cifar-10] 1 of 1 files are missing and could not be fetched: MINIGRAD_MIRRORS is empty" in err
    assert "[apm598] 1 of 1 files are missing" in err


def test_get_downloads(mnist, capsys, monkeypatch, tmp_path):
    from tests.data.test_fetch import Server

    server = Server()
    try:
        for path in (mnist / "mnist").iterdir():
            server.answers[f"/mnist/{path.name}"] = path.read_bytes()
        monkeypatch.setenv("MINIGRAD_MIRRORS", server.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.setenv(name, "127.0.0.1")
        for _ in range(2):
            assert run("get", "mnist", "--data", tmp_path / "new") == 0
            assert f"mnist: {tmp_path / 'new' / 'mnist'}; " in capsys.readouterr().out
        assert len(server.asked) == 4
    finally:
        server.close()


def test_verify(mnist, capsys):
    folder = mnist / "mnist"
    names = [file.name for file in cards.CARDS["mnist"].files]
    assert run("verify", "--data", mnist) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [f"{'mnist':18}right: {folder / name}" for name in names]
    assert lines[4:] == [f"{name:18}not here" for name in list(cards.CARDS)[1:-1]]
    data = bytearray((folder / names[0]).read_bytes())
    data[-9] ^= 1
    (folder / names[0]).write_bytes(data)
    (folder / names[1]).unlink()
    assert run("verify", "mnist", "--data", mnist) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{'mnist':18}[mnist] {folder / names[0]}: expected ") and len(lines) == 3
    assert run("verify", "cifar-100") == 1 and capsys.readouterr().out == f"{'cifar-100':18}not here\n"


def test_show(mnist, capsys, tmp_path):
    assert run("show", "mnist", "--data", mnist, "--out", "grid.png", "--per-class", 3) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{cards.CARDS['mnist']}\n\nDataset(mnist train: 30 x (1, 28, 28) uint8, pixels / 255, 10 classes")
    assert out.count(f"\n  {'7':32}       3") == 1 and f"\n  {'7':32}      10" in out and out.endswith("\nwritten: grid.png\n")
    picture = (tmp_path / "grid.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert run("show", "mnist", "--data", mnist, "--out", "grid.png") == 2
    assert "--out grid.png exists: choose another name, or --force to overwrite it" in capsys.readouterr().err
    assert run("show", "mnist", "--data", mnist, "--out", "grid.png", "--force") == 0
    assert (tmp_path / "grid.png").read_bytes() != picture
    assert run("show", "cifar-10") == 1 and "download=False" in capsys.readouterr().err, "it is looked at, not downloaded"


def test_show_of_files_of_ones_own(capsys, tmp_path):
    Image = pytest.importorskip("PIL.Image", reason="Pillow is an extra: pip install minigrad-engine[images]")
    for name in ("cat/1.png", "cat/2.png", "dog/1.png"):
        (tmp_path / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(tmp_path / "pets" / name)
    assert run("show", "pets", "--out", "pets.svg") == 0 and (tmp_path / "pets.svg").read_text().startswith("<?xml")
    assert capsys.readouterr().out == (f"\n{image_folder('pets', 64)!r}\n"
                                       f"  {'cat':32}       2\n  {'dog':32}       1\n\nwritten: pets.svg\n")
    (tmp_path / "t.csv").write_text("kind,x\na,1\nb,2\n")
    assert run("show", "t.csv", "--target", "kind") == 0 and f"  {'b':32}       1\n" in capsys.readouterr().out
    assert run("show", "t.csv", "--target", "kind", "--out", "t.png") == 1
    assert "the samples of t are no pictures: expected (N, 1, H, W)" in capsys.readouterr().err
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 4, 4), np.uint8), y=np.array([0, 2, 2]))
    assert run("show", "a.npz", "--out", "a.png") == 0 and f"  {'class 2':32}       2\n" in capsys.readouterr().out
    np.savez(tmp_path / "b.npz", pixels=np.zeros(3))
    assert run("show", "b.npz") == 1
    assert "expected arrays x and y, or x_train and y_train, found pixels" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "said"), [
    ((), "the following arguments are required: list|get|verify|show"),
    (("get",), "the following arguments are required: NAME"),
    (("get", "imagenet"), "argument NAME: there is no data set 'imagenet': there are mnist, "),
    (("sort",), "invalid choice: 'sort'"),
    (("show", "nowhere.csv"), "argument NAME: there is no data set 'nowhere.csv'"),
    (("show", "mnist", "--per-class", "0"), "--per-class: expected a whole number, 1 to 100, found '0'")])
def test_wrong_usage(words, said, capsys):
    assert run(*words) == 2 and said in capsys.readouterr().err


@pytest.mark.parametrize("words", [(), ("list",), ("get",), ("verify",), ("show",)])
def test_help_teaches(words, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert run(*words, "--help") == 0
    out = capsys.readouterr().out
    for part in ("minigrad data get cifar-10", "MINIGRAD_MIRRORS", "Exit code", "$MINIGRAD_DATA"):
        assert part in out
    assert max(map(len, out.splitlines())) <= 120


def test_pictures_of_many_classes_and_of_other_numbers(tmp_path):
    rng = np.random.default_rng(0)
    draw_classes(Dataset(rng.integers(0, 256, (200, 3, 8, 8), np.uint8), np.arange(200) % 60, "many",
                         [f"c{i}" for i in range(60)]),
                 tmp_path / "a.png", 2)
    numbers = rng.standard_normal((4, 1, 5, 9)).astype(np.float32)
    numbers[0, 0, 0] = np.nan
    numbers[1] = np.inf
    numbers[2] = 7
    draw_classes(Dataset(numbers, [0, 1, 1, 5], "floats"), tmp_path / "b.png")
    assert all((tmp_path / name).stat().st_size > 1000 for name in ("a.png", "b.png"))
    with pytest.raises(ValueError, match=r"no pictures: .* found"):
        draw_classes(Dataset(np.zeros((0, 1, 5, 5), np.uint8), np.zeros(0, int), "nothing"), tmp_path / "c.png")
    assert not (tmp_path / "c.png").exists()
