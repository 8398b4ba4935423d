"""The flags of `minigrad data` and its --help."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from minigrad.cli.data import get, list_sets, show, verify
from minigrad.data.cards import CARDS, Card, card

EXAMPLES = """\
examples:
  minigrad data list                                 what there is, and where it lies
  minigrad data get cifar-10                         download it (170 MB) into $MINIGRAD_DATA or the user cache
  minigrad data get mnist fashion-mnist --data ~/datasets
  minigrad data verify                               every file that is here, held against its checksum
  minigrad data show cifar-10 --out cifar.png        its card, the samples of each class, and a picture of some
  minigrad data show photos/ --out photos.png        of your own: a folder with one for each class, a .csv, a .npz

places, in this order: --data FOLDER, $MINIGRAD_DATA, the user cache (~/.cache/minigrad); in each FOLDER/<name>/<file>.
A file counts only if it has the size and the sha256 that its card states; a file that is wrong is never loaded.
MINIGRAD_MIRRORS=URL,URL replaces the built-in mirrors; MINIGRAD_MIRRORS= (empty) means: no network.
Exit code: 0 done, 1 a file is wrong or a set cannot be had, 2 wrong usage
"""


def add_data(commands: Any, raw: Any, whole: Callable[..., Any]) -> None:
    """Add the command and its four subcommands. whole(low, high): the type of a whole number."""
    p = commands.add_parser("data", help="data sets: list, download, verify, look at", epilog=EXAMPLES, formatter_class=raw,
                            allow_abbrev=False, description="Which data sets there are, and what is in them.")
    verbs = p.add_subparsers(metavar="list|get|verify|show", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], int], help: str) -> Any:
        q = verbs.add_parser(name, help=help, epilog=EXAMPLES, formatter_class=raw, allow_abbrev=False,
                             description=help.capitalize())
        q.set_defaults(run=run, parser=q)
        q.add_argument("--data", type=Path, metavar="FOLDER", help="look in FOLDER first, before $MINIGRAD_DATA")
        return q

    add("list", list_sets, "what is known, how large it is, and where it lies")
    q = add("get", get, "download what is not here yet")
    q.add_argument("names", nargs="+", type=_card, metavar="NAME", help=f"of {', '.join(CARDS)}")
    q = add("verify", verify, "hold every file against its checksum")
    q.add_argument("names", nargs="*", type=_card, metavar="NAME", help="these sets only (default: all that are here)")
    q = add("show", show, "the card of a set, its classes, and a picture of some samples")
    q.add_argument("name", type=_card_or_path, metavar="NAME",
                   help=f"of {', '.join(CARDS)}; or a folder of pictures, a .csv or .npz "
                   "file of your own")
    q.add_argument("--out", type=Path, metavar="FILE", help="draw the first samples of each class into FILE (.png, .svg, .pdf)")
    q.add_argument("--per-class", type=whole(1, 100), default=10, metavar="N", help="how many of each (default %(default)s)")
    q.add_argument("--target", metavar="NAME", help="of a .csv file: the column that has the classes (default: the last)")
    q.add_argument("--force", action="store_true", help="overwrite FILE")


def _card(text: str) -> Card:
    try:
        return card(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("[card] ")) from None


def _card_or_path(text: str) -> Card | Path:
    return Path(text) if Path(text).exists() and text not in CARDS else _card(text)
