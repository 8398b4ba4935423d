"""whole_file: whole or not there."""

import os

import pytest

from minigrad.train.files import whole_file


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


@pytest.mark.skipif(os.name != "posix", reason="permission bits of this kind are POSIX's")
def test_others_may_read_it_if_the_umask_lets_them(tmp_path):
    (tmp_path / "plain").write_text("")
    with whole_file(tmp_path / "b") as part:
        part.write_text("")
    assert (tmp_path / "b").stat().st_mode == (tmp_path / "plain").stat().st_mode
