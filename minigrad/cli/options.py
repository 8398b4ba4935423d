"""What `minigrad train` may be told elsewhere than on its command line: a run's own options, a TOML file."""

import tomllib
from collections.abc import Container
from pathlib import Path
from typing import Any

from minigrad.cli.folder import UNFINISHED
from minigrad.train.checkpoint import Saved
from minigrad.train.history import History

OPTIONS = "what", "data", "model", "epochs", "batch_size", "optimizer", "lr", "momentum", "seed", "quick", "augment"


def of_run(path: Path) -> dict[str, Any]:
    """The options of the run that did not end in this folder. ValueError, in a sentence, where there is none."""
    file = path / UNFINISHED
    if not file.exists():
        ended = (path / "history.json").exists()
        raise ValueError(f"--resume {path}: " + (
            "the run there has ended: there is nothing to go on with" if ended else
            f"there is no run that did not end: expected {file}"))
    options = History.read(Saved("resume", file).metadata.get("history", "null"), file).facts.get("options")
    if not isinstance(options, dict) or not options.keys() >= set(OPTIONS):
        raise ValueError(f"--resume {path}: expected a run of `minigrad train`, found one of another program: "
                         "call its fit with resume=")
    return options


def of_file(path: Path, what: bool, known: Container[str]) -> list[str]:
    """The flags that a TOML file stands for: batch-size = 32 is --batch-size 32; quick = true is --quick. ValueError else.

    what: whether its line `what = ...` counts. known: the flags that there are.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"--config {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"--config {path}: expected TOML, lines such as lr = 0.1, found something else: {error}") from None
    flags: list[str] = []
    for name, value in tree.items():
        flag = f"--{name.replace('_', '-')}"
        if name != "what" and flag not in known or name in ("config", "help"):
            raise ValueError(f"--config {path}: {name} is no flag of train: minigrad train --help names them")
        if isinstance(value, bool):
            flags += [flag] if value else []
        elif isinstance(value, int | float | str):
            flags += [str(value)] * what if name == "what" else [flag, str(value)]
        else:
            raise ValueError(f"--config {path}: {name} is a {type(value).__name__}, expected a number, a text, true or false")
    return flags
