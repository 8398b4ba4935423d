"""`minigrad train`: data, model, loop, results. What examples/mnist.py does by hand, with every choice a flag."""

import argparse
import hashlib
import itertools
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import minigrad as mg
from minigrad import kernels
from minigrad.cli.ending import Ending
from minigrad.cli.folder import RUN_FILES, UNFINISHED, RunFolder, run_folder, taken
from minigrad.cli.words import nobody_reads, one_line, say, tell
from minigrad.data import Dataset, DataUnavailable, fashion_mnist, mnist, synthetic_digits
from minigrad.kernels import threads
from minigrad.kernels.profiling import counting
from minigrad.train.history import heading, line
from minigrad.viz.profile import Profile

TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}
SPLIT_SEED = 0                                                      # every run has the same validation images
SIZES = {False: (50000, 10000, 10000), True: (4000, 1000, 2000)}    # train, validation, test; with --quick
EPOCHS = {False: 30, True: 2}
LEARNING_RATE = {"sgd": 0.1, "adam": 0.001}
KEEP_SECONDS = 10           # at least, from one time that the weights are kept on the way to the next


def train(args: argparse.Namespace) -> int:
    """Run the command; returns its exit code."""
    with Ending() as ending:
        try:
            return _train(args, ending)
        except KeyboardInterrupt:           # before there was anything to save
            if ending.number is None:
                raise
            tell(f"minigrad: {ending}")
            return ending.code


def _train(args: argparse.Namespace, ending: Ending) -> int:
    if args.threads is not None:
        threads.set_num_threads(args.threads)
    table = _kernels()              # before the data: what is wrong with MINIGRAD_DEVICE shows here
    training, test, title = _load(args)
    training, validation = training.split(len(training) - SIZES[args.quick][1], seed=SPLIT_SEED)
    mg.manual_seed(args.seed)
    model = build(args.model)
    if args.optimizer == "adam":
        optimizer: Any = mg.optim.Adam(model.parameters(), lr=args.lr)
    else:
        optimizer = mg.optim.SGD(model.parameters(), lr=args.lr, momentum=args.momentum)
    facts = {"command": args.command, "data": title, "model": args.model, "optimizer": args.optimizer, "lr": args.lr,
             "momentum": args.momentum, "epochs": args.epochs, "quick": args.quick,
             "images": {"training": len(training), "validation": len(validation), "test": len(test)}}
    with _folder(args, title, sum(a.nbytes for a in model.state_dict().values())) as folder:
        say(f"{title}: {len(training)} training, {len(validation)} validation and {len(test)} test images\n"
            f"{args.model}: {model.num_parameters():,} parameters; {args.optimizer}, lr {args.lr:g}, "
            f"batch {args.batch_size}, seed {args.seed}; {table}")
        history, watch = None, _Watch(model, folder)
        try:
            with counting() if args.profile else nullcontext() as counts:
                history = mg.train.fit(model, training, mg.cross_entropy, optimizer, args.epochs, args.batch_size, validation,
                                       args.seed, on_epoch=watch, progress=False if args.no_progress else None)
            history.facts |= facts
            if counts is not None:
                steps = max(len(history.rows) * history.facts["steps_per_epoch"], 1)
                say(f"{Profile(counts.rows, counts.seconds, steps)}\n(validation counted in)")
            history.interrupted |= nobody_reads()
            if not history.interrupted:
                found = mg.train.evaluate(model, test, mg.cross_entropy)
                history.facts |= {"test_accuracy": found["accuracy"], "test_loss": found["loss"]}
            ending.hold()
        except KeyboardInterrupt:
            ending.hold()
            history = watch.history if history is None else history
            if history is None:
                raise
            history.facts |= facts
            history.interrupted = True
        except Exception:
            watch.rescue()
            raise
        drawn = _save(model, history, folder, f"{args.model} on {title}")
    return max(_verdict(history, folder.path, ending, title), 0 if drawn else 1)


def _verdict(history: Any, out: Path, ending: Ending, title: str) -> int:
    """Say how the run ended; returns the exit code."""
    if history.interrupted and nobody_reads() and ending.number is None:
        tell(f"minigrad: nobody reads stdout any more; what there is, is in {out}")
        return 1
    if history.interrupted:
        at = history.facts.get("interrupted_at")
        where = (f"in epoch {at['epoch']}, after {at['step']} of {history.facts['steps_per_epoch']} steps" if at
                 else "before the test")
        tell(f"minigrad: {ending} {where}; what there is, is in {out}")
        return ending.code
    say(f"test accuracy {history.facts['test_accuracy']:.4f} ({title})")
    if history.diverged is None and math.isfinite(history.facts["test_loss"]):
        return 0
    where = f"in epoch {history.diverged}" if history.diverged else "at the end"
    tell(f"minigrad: training diverged {where}; what there is, is in {out}: try a smaller --lr")
    return 1


class _Watch:
    """After each epoch: from time to time keeps the weights, and prints. Stops the run when nobody reads about it."""

    def __init__(self, model: Any, folder: RunFolder) -> None:
        self.model, self.folder = model, folder
        self.history: Any = None
        self._due, self._told = 0.0, False

    def __call__(self, history: Any) -> bool:
        self.history = history
        if time.monotonic() >= self._due:
            self._keep()
            self._due = time.monotonic() + KEEP_SECONDS
        _print_epoch(history)
        return nobody_reads()

    def rescue(self) -> None:
        """Keep the weights of a run that failed, if an epoch of it was trained."""
        if self.history is not None:
            self._keep()
            if not self._told:
                tell(f"minigrad: the weights are in {self.folder.path / UNFINISHED}")

    def _keep(self) -> None:
        try:
            mg.nn.save(self.model, self.folder.path / UNFINISHED)
        except (OSError, MemoryError) as error:     # no reason to stop
            if not self._told:
                tell(f"minigrad: the weights cannot be kept on the way: {one_line(error)}")
            self._told = True


def build(name: str) -> Any:
    """The network called 784-40-10 (widths, ReLU between), or "cnn": two convolutions, 5,994 parameters."""
    nn = mg.nn
    if name == "cnn":
        return nn.Sequential(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2),
                             nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 10))
    widths = [int(width) for width in name.split("-")]
    layers: list[mg.nn.Module] = [nn.Flatten()]
    for i, o in itertools.pairwise(widths):
        layers += [nn.Linear(i, o), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def _load(args: argparse.Namespace) -> tuple[Dataset, Dataset, str]:
    """(training, test, what the last line calls them)."""
    n_train, n_validation, n_test = SIZES[args.quick]
    try:
        training, test = (mnist if args.dataset == "mnist" else fashion_mnist)(args.data)
        title = TITLES[args.dataset]
    except DataUnavailable as error:
        if args.dataset != "mnist":     # digits are no stand-in for clothes
            raise
        tell(f"MNIST cannot be had: {one_line(error)}\n"
             "So this run trains on synthetic digits, drawn now in MNIST's format; for MNIST put its files into "
             "FOLDER/mnist and pass --data FOLDER.")
        training, test = synthetic_digits(n_train + n_validation, n_test)
        title = "synthetic digits"
    return training.take(n_train + n_validation), test.take(n_test), title


@contextmanager
def _folder(args: argparse.Namespace, title: str, size: int) -> Iterator[RunFolder]:
    """The folder for the results, never one that holds a run unless --force."""
    path, made = (args.out, False) if args.out is not None else _free_folder(args, title)
    with run_folder(path, made, size) as folder:
        if not args.force and (why := taken(path)):         # by a run that has ended in the meantime
            args.parser.error(f"--out {why}: choose another folder, or --force to overwrite it")
        yield folder


def _free_folder(args: argparse.Namespace, title: str) -> tuple[Path, bool]:
    """runs/mnist-784-40-10-seed0, or with -2, -3 ... behind it where that is taken; and whether it was made here."""
    name = Path("runs", f"{title.lower().replace(' ', '-')}-{args.model}-seed{args.seed}")
    for count in itertools.count(1):
        path = name if count == 1 else name.with_name(f"{name.name}-{count}")
        try:
            path.mkdir(parents=True)
            return path, True
        except FileExistsError:
            if args.force:
                break
    return path, False


def _kernels() -> str:
    table = kernels.default_table()
    isa, threads_used = table.facts["isa"], table.facts["threads"]
    return f"{table.name} kernels ({isa}), threads {threads_used}" if isa else f"{table.name} kernels"


def _print_epoch(history: Any) -> None:
    names = [name for name in history.columns if name not in ("lr", "evaluation_seconds")]
    if len(history) == 1:
        say(heading(names) + "    (~ mean over the epoch, while the weights move)")
    say(line(history[-1], names))


def _save(model: Any, history: Any, folder: RunFolder, title: str) -> bool:
    """Write the four files and put them in their place; whether the picture could be drawn where matplotlib is."""
    weights, json_file, csv_file, picture = map(folder.new, RUN_FILES)
    mg.nn.save(model, weights)
    history.facts["weights_sha256"] = hashlib.sha256(weights.read_bytes()).hexdigest()
    history.save(json_file)
    history.to_csv(csv_file)
    drawn = True
    if history.rows:
        from minigrad.viz import plot_history

        try:
            plot_history(history, picture, title)
        except Exception as error:          # whatever it is, the weights and the figures are worth more
            tell(f"minigrad: no curves: {one_line(error)}")
            drawn = isinstance(error, ImportError)
    names = [name for name in RUN_FILES if folder.new(name).exists()]
    folder.publish()
    say(f"saved {', '.join(names)} in {folder.path}")
    return drawn
