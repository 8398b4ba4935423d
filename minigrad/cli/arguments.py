"""The flags of every command, the checks of their values, and --help."""

import argparse
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path

import minigrad as mg
from minigrad.cli.data_arguments import add_data
from minigrad.cli.evaluate import evaluate, predict
from minigrad.cli.explain import explain
from minigrad.cli.folder import taken
from minigrad.cli.gradcheck import gradcheck
from minigrad.cli.help import ABOUT, EVALUATE_EXAMPLES, EXAMPLES, EXPLAIN_EXAMPLES, GRADCHECK_EXAMPLES, TRAIN_EXAMPLES
from minigrad.cli.info import info
from minigrad.cli.models import FILE, NAMED
from minigrad.cli.options import OPTIONS, of_file, of_run
from minigrad.cli.sets import TITLES
from minigrad.cli.train import train
from minigrad.testing.report import ASPECTS, PROFILES

LEARNING_RATE = {"sgd": 0.1, "adam": 0.001}
DEFAULTS: dict[str, dict[str, str | int | None]] = {        # by the set; "" for another
    "": {"model": "784-40-10", "epochs": 30, "batch_size": 10, "optimizer": "sgd"},
    "cifar-10": {"model": "cnn-4", "epochs": 10, "batch_size": 32, "optimizer": "adam"},
    "own": {"model": None, "epochs": 10, "batch_size": 32, "optimizer": "adam"}}



def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line. What it parses has `run`, the command's function."""
    raw = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser("minigrad", description=ABOUT, epilog=EXAMPLES, formatter_class=raw, allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"minigrad {mg.__version__}")
    commands = top.add_subparsers(metavar="command", required=True)

    p = commands.add_parser("train", help="train a network on images: MNIST, Fashion-MNIST, CIFAR-10, yours",
                            epilog=TRAIN_EXAMPLES, formatter_class=raw, allow_abbrev=False,
                            description="Train a network and measure it on test images that it has never seen.")
    p.set_defaults(run=train, parser=p)
    p.add_argument("what", nargs="?", type=_what, metavar="WHAT", help=f"{', '.join(TITLES)}, or FILE.py:FUNCTION that "
                   "returns a model")
    p.add_argument("--model", type=_model, help="widths from the pixels to the classes with ReLU between, such as 784-40-10; "
                   "cnn: two convolutions; cnn-4: four, with dropout (default 784-40-10; for cifar-10 cnn-4)")
    p.add_argument("--epochs", type=_whole(1), help="passes over the training images (default 30; 10 for cifar-10 and models "
                   "of your own; with --quick 2)")
    p.add_argument("--batch-size", type=_whole(1), help="images in a step (default 10; 32 for cifar-10 and models of your own)")
    p.add_argument("--optimizer", choices=LEARNING_RATE, help="(default sgd; adam for cifar-10 and models of your own)")
    p.add_argument("--lr", type=_number("above 0", lambda v: 0 < v < math.inf),
                   help="learning rate (default 0.1; 0.001 for adam)")
    p.add_argument("--momentum", type=_number("from 0 up to but not 1", lambda v: 0 <= v < 1),
                   help="of sgd (default 0)")
    p.add_argument("--seed", type=_whole(0, 2**64 - 1),
                   help="of the weights and the order of the batches (default 0)")
    p.add_argument("--augment", action="store_true", default=None, help="shift the training images by up to an eighth, and "
                   "mirror every other one: for photographs")
    p.add_argument("--config", type=Path, metavar="FILE", help="a TOML file with any of these flags; those given here count")
    p.add_argument("--resume", type=Path, metavar="FOLDER", help="go on with the run there that did not end")
    p.add_argument("--threads", type=_whole(1, 256),
                   help="of the native kernels (default: the CPUs that this process may use)")
    p.add_argument("--data", type=_data, metavar="FOLDER", help="look in FOLDER/mnist first, before $MINIGRAD_DATA; for a "
                   "model of your own the name of a set, or a folder of images")
    p.add_argument("--out", type=Path, metavar="FOLDER",
                   help="for the results (default: a new one, runs/DATASET-MODEL-seedN)")
    p.add_argument("--quick", action="store_true", default=None,
                   help="4000 images and 2 epochs, in seconds: to see that everything works")
    p.add_argument("--profile", action="store_true",
                   help="count and time every kernel, and print a table of them in the end (the run is slower for it)")
    p.add_argument("--force", action="store_true", help="overwrite a run that is in the folder")
    p.add_argument("--no-progress", action="store_true",
                   help="no bar (there is none anyway where stderr is not a terminal)")

    p = commands.add_parser("evaluate", help="what the network of a run gets right, class by class", allow_abbrev=False,
                            formatter_class=raw, epilog=EVALUATE_EXAMPLES,
                            description="Measure the network that a run of `minigrad train` ended with.")
    p.set_defaults(run=evaluate, parser=p)
    p.add_argument("folder", type=Path, metavar="RUN", help="the run's folder")
    p.add_argument("--part", choices=("test", "validation", "training"), default="test", help="of the data (default test)")
    p.add_argument("--data", type=_data, metavar="FOLDER", help="where the data lie now, if not where the run found them")

    p = commands.add_parser("predict", help="what the network of a run sees in pictures", allow_abbrev=False,
                            formatter_class=raw, epilog=EVALUATE_EXAMPLES,
                            description="Name the most likely classes of pictures, which are scaled to the size that the "
                                        "network was trained on. Needs Pillow: pip install 'minigrad-engine[images]'")
    p.set_defaults(run=predict, parser=p)
    p.add_argument("folder", type=Path, metavar="RUN", help="the run's folder")
    p.add_argument("files", type=Path, nargs="+", metavar="PICTURE")
    p.add_argument("--top", type=_whole(1, 1000), default=3, metavar="N", help="classes of each picture (default %(default)s)")
    p.add_argument("--csv", type=Path, metavar="FILE", help="write them there: file, rank, class, probability")

    p = commands.add_parser("gradcheck", help="fuzz every operation: values, gradients, their gradients, kernels",
                            epilog=GRADCHECK_EXAMPLES, formatter_class=raw, allow_abbrev=False,
                            description="Put every operation through drawn inputs: are its gradients right, here?")
    p.set_defaults(run=gradcheck, parser=p)
    p.add_argument("--profile", choices=PROFILES, default="dev",
                   help="how many cases for each kind of input and each aspect: "
                        f"{', '.join(f'{name} {n}' for name, n in PROFILES.items())} (default %(default)s)")
    p.add_argument("--examples", type=_whole(1), metavar="N", help="that number itself")
    p.add_argument("--ops", type=_names, metavar="A,B", help="these operations only (--list names them)")
    p.add_argument("--aspects", type=_aspects, metavar="A,B", help=f"only some of {', '.join(ASPECTS)}")
    p.add_argument("--seed", type=_whole(0, 2**64 - 1), default=0, help="of the cases (default %(default)s)")
    p.add_argument("--jobs", type=_whole(1, 256), default=1, help="processes (default %(default)s)")
    p.add_argument("--table", type=Path, metavar="FILE", help="write the table of what was run, in markdown")
    p.add_argument("--list", action="store_true", help="name the operations and leave")
    p.add_argument("--no-progress", action="store_true",
                   help="no bar (there is none anyway where stderr is not a terminal)")

    p = commands.add_parser("explain", help="a formula's value and gradient, step by step", epilog=EXPLAIN_EXAMPLES,
                            formatter_class=raw, allow_abbrev=False,
                            description="Compute a formula and its gradient, and explain each step.")
    p.set_defaults(run=explain, parser=p)
    p.add_argument("formula", help='such as "relu(w*x + b)"')
    p.add_argument("values", nargs="*", metavar="NAME=NUMBER", help="3 and 1/3 are exact, 0.5 is a float")
    p.add_argument("--symbolic", action="store_true", help="names without a number are symbols")
    p.add_argument("--save", type=Path, action="append", default=[], metavar="FILE",
                   help="write FILE, by its end .html, .txt, .tex, .svg or .dot; may be given often")

    add_data(commands, raw, _whole)

    p = commands.add_parser("info", help="versions, kernels, threads, data: what runs here and why", allow_abbrev=False,
                            description="What runs here, and why: please add it to a bug report.")
    p.set_defaults(run=info, parser=p)
    p.add_argument("--data", type=_existing_folder, metavar="FOLDER", help="look for data sets here too")
    return top


def parsed(argv: list[str] | None) -> argparse.Namespace:
    """The arguments of the command line. NAME=NUMBER may stand behind flags, where argparse has closed its list of them."""
    top = parser()
    words = sys.argv[1:] if argv is None else list(argv)
    args, more = top.parse_known_args(words)
    if args.run is train and args.config is not None:
        try:                                                # its flags first: of two the last one counts
            flags = of_file(args.config, args.what is None, args.parser._option_string_actions)
            args, more = top.parse_known_args(["train", *flags, *words[1:]])
        except ValueError as error:
            args.parser.error(str(error))
    if more and (args.run is not explain or any(text.startswith("-") or "=" not in text for text in more)):
        top.error(f"unrecognized arguments: {' '.join(more)}")
    if args.run is explain:
        args.values += more
    return args


def complete(args: argparse.Namespace) -> None:
    """Defaults that depend on other flags, and the usage errors that need two of them."""
    if args.run is not train:
        return
    if args.resume is not None:
        _resume(args)
        return
    if args.what is None:
        args.parser.error(f"what is to be trained? Name one of {', '.join(TITLES)}, or FILE.py:FUNCTION")
    own = FILE.fullmatch(args.what) is not None
    if own and args.data is None:
        args.parser.error(f"{args.what} on which data? Give --data one of {', '.join(TITLES)}, or a folder of images")
    if own and args.model is not None:
        args.parser.error(f"--model {args.model}: {args.what} is the model: leave one of them out")
    if not own and args.data in TITLES:
        args.parser.error(f"--data {args.data}: {args.what} are the data: leave it out, or name a folder")
    for name, value in DEFAULTS["own" if own else args.what if args.what in DEFAULTS else ""].items():
        if getattr(args, name) is None:
            setattr(args, name, 2 if name == "epochs" and args.quick else value)
    if own:                 # from whatever folder the run is looked at later
        args.model = args.what
        path, _, function = args.what.rpartition(":")
        args.what = f"{Path(path).expanduser().resolve()}:{function}"
    if args.momentum is not None and args.optimizer != "sgd":
        args.parser.error(f"--momentum is sgd's, and --optimizer is {args.optimizer}: leave one of them out")
    args.momentum, args.seed, args.quick = args.momentum or 0.0, args.seed or 0, bool(args.quick)
    args.augment = bool(args.augment)
    args.lr = LEARNING_RATE[args.optimizer] if args.lr is None else args.lr
    _out(args)


def _resume(args: argparse.Namespace) -> None:
    """Everything but how many epochs, and where the data are, is the run's own."""
    given = [name for name in OPTIONS if getattr(args, name) is not None and name not in ("epochs", "data")]
    if given or args.out is not None:
        args.parser.error(f"--resume {args.resume} goes on with what the run was told: leave out "
                          f"{', '.join(given) or 'out'} (--epochs and --data may be given)")
    try:
        options = of_run(args.resume)
    except (ValueError, OSError) as error:
        args.parser.error(str(error))
    for name, value in options.items():
        if name in OPTIONS and getattr(args, name) is None:
            setattr(args, name, value)
    args.out = args.resume


def _out(args: argparse.Namespace) -> None:
    if args.out is not None and args.out.exists() and not args.out.is_dir():
        args.parser.error(f"--out {args.out} is a file: name a folder")
    if args.out is not None and not args.force and (why := taken(args.out)):
        args.parser.error(f"--out {why}: choose another folder, or --force to overwrite it")


def _whole(low: int, high: int | None = None) -> Callable[[str], int]:
    def whole(text: str) -> int:
        span = f"{low} or more" if high is None else f"{low} to {high}"
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if value < low or high is not None and value > high:
            raise argparse.ArgumentTypeError(f"expected a whole number, {span}, found {text!r}")
        return value

    return whole


def _number(span: str, allowed: Callable[[float], bool]) -> Callable[[str], float]:
    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not allowed(value):
            raise argparse.ArgumentTypeError(f"expected a number {span}, found {text!r}")
        return value

    return number


def _names(text: str) -> list[str]:
    """Names between commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _aspects(text: str) -> list[str]:
    names = _names(text)
    if not names or not set(names) <= set(ASPECTS):
        raise argparse.ArgumentTypeError(f"expected some of {','.join(ASPECTS)}, found {text!r}")
    return names


def _what(text: str) -> str:
    if text not in TITLES and not FILE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no data set: choose from {', '.join(TITLES)}, or name FILE.py:FUNCTION, "
                                         "which returns a model")
    return text


def _data(text: str) -> str:
    return text if text in TITLES else str(Path(_existing_folder(text)).expanduser().resolve())


def _model(text: str) -> str:
    if text not in NAMED and not re.fullmatch(r"[1-9]\d{0,5}(-[1-9]\d{0,5})+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no model: give widths from the 784 pixels to the 10 classes, "
                                         f"such as 784-40-10 or 784-100-50-10, or {', '.join(NAMED)}")
    return text


def _existing_folder(text: str) -> str:
    if not Path(text).expanduser().is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a folder")
    return text
