"""`minigrad train`: data, model, loop, results. What examples/mnist.py does by hand, with every choice a flag."""

import argparse
import itertools
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import minigrad as mg
from minigrad import kernels, threads
from minigrad.cli.words import one_line
from minigrad.data import Dataset, DataUnavailable, fashion_mnist, mnist, synthetic_digits
from minigrad.train.history import heading, line

TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}
SPLIT_SEED = 0                                                      # every run has the same validation images
SIZES = {False: (50000, 10000, 10000), True: (4000, 1000, 2000)}    # train, validation, test; with --quick
EPOCHS = {False: 30, True: 2}
LEARNING_RATE = {"sgd": 0.1, "adam": 0.001}
RUN_FILES = "weights.safetensors", "history.json", "history.csv", "curves.png"


def train(args: argparse.Namespace) -> int:
    """Run the command; returns its exit code."""
    if args.threads is not None:
        threads.set_num_threads(args.threads)
    training, test, title = _load(args)
    training, validation = training.split(len(training) - SIZES[args.quick][1], seed=SPLIT_SEED)
    mg.manual_seed(args.seed)
    model = build(args.model)
    if args.optimizer == "adam":
        optimizer: Any = mg.optim.Adam(model.parameters(), lr=args.lr)
    else:
        optimizer = mg.optim.SGD(model.parameters(), lr=args.lr, momentum=args.momentum)
    with _folder(args, title) as out:
        print(f"{title}: {len(training)} training, {len(validation)} validation and {len(test)} test images\n"
              f"{args.model}: {model.num_parameters():,} parameters; {args.optimizer}, lr {args.lr:g}, "
              f"batch {args.batch_size}, seed {args.seed}; {_kernels()}", flush=True)
        history = None
        try:
            history = mg.train.fit(model, training, mg.cross_entropy, optimizer, args.epochs, args.batch_size, validation,
                                   args.seed, on_epoch=_print_epoch, progress=False if args.no_progress else None)
            history.facts |= {"command": args.command, "data": title, "model": args.model, "optimizer": args.optimizer,
                              "lr": args.lr, "momentum": args.momentum, "epochs": args.epochs, "quick": args.quick,
                              "images": {"training": len(training), "validation": len(validation), "test": len(test)}}
            if not history.interrupted:
                found = mg.train.evaluate(model, test, mg.cross_entropy)
                history.facts |= {"test_accuracy": found["accuracy"], "test_loss": found["loss"]}
        except KeyboardInterrupt:
            if history is None:
                raise
            history.interrupted = True
        with _undisturbed():
            _save(model, history, out, f"{args.model} on {title}")
    if history.interrupted:
        at = history.facts.get("interrupted_at")
        where = (f"in epoch {at['epoch']}, after {at['step']} of {history.facts['steps_per_epoch']} steps" if at
                 else "before the test")
        print(f"minigrad: interrupted {where}; what there is, is in {out}", file=sys.stderr)
        return 130
    print(f"test accuracy {history.facts['test_accuracy']:.4f} ({title})")
    return 0


def build(name: str) -> Any:
    """The network called 784-40-10 (widths, ReLU between), or "cnn": two convolutions, 5,994 parameters."""
    nn = mg.nn
    if name == "cnn":
        return nn.Sequential(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2),
                             nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 10))
    widths = [int(width) for width in name.split("-")]
    layers = [nn.Flatten()]
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
        print(f"MNIST cannot be had: {one_line(error)}\n"
              "So this run trains on synthetic digits, drawn now in MNIST's format; for MNIST put its files into "
              "FOLDER/mnist and pass --data FOLDER.", file=sys.stderr, flush=True)
        training, test = synthetic_digits(n_train + n_validation, n_test)
        title = "synthetic digits"
    return training.take(n_train + n_validation), test.take(n_test), title


@contextmanager
def _folder(args: argparse.Namespace, title: str) -> Iterator[Path]:
    """The folder for the results, never one that holds a run unless --force. If it stays empty, it goes again."""
    path, made = (args.out, not args.out.exists()) if args.out is not None else _free_folder(args, title)
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield path
    finally:
        if made and not any(path.iterdir()):
            path.rmdir()


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
    native = threads.native() if table.name == "native" else None
    return f"native kernels ({native.isa()}), threads {threads.num_threads()}" if native else f"{table.name} kernels"


def _print_epoch(history: Any) -> None:
    names = [name for name in history.columns if name not in ("lr", "evaluation_seconds")]
    if len(history) == 1:
        print(heading(names) + "    (~ mean over the epoch, while the weights move)")
    print(line(history[-1], names), flush=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C waits until the block is done: what there is gets saved."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:                  # not in the main thread: no signal comes here
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _save(model: Any, history: Any, out: Path, title: str) -> None:
    weights, json_file, csv_file, picture = (out / name for name in RUN_FILES)
    mg.nn.save(model, weights)
    history.save(json_file)
    history.to_csv(csv_file)
    picture.unlink(missing_ok=True)     # of the run that --force overwrites
    if history.rows:
        from minigrad.viz import plot_history

        try:
            plot_history(history, picture, title)
        except ImportError as error:
            print(f"minigrad: no curves: {one_line(error)}", file=sys.stderr)
    print(f"saved {', '.join(path.name for path in (weights, json_file, csv_file, picture) if path.exists())} in {out}")
