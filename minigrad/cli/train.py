"""`minigrad train`: data, model, loop, results. What examples/mnist.py does by hand, with every choice a flag."""

import argparse
import hashlib
import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import minigrad as mg
from minigrad import kernels
from minigrad.cli import models, sets
from minigrad.cli.ending import Ending
from minigrad.cli.folder import RUN_FILES, UNFINISHED, RunFolder, run_folder, taken
from minigrad.cli.models import FILE
from minigrad.cli.options import OPTIONS
from minigrad.cli.words import nobody_reads, one_line, say, tell
from minigrad.data import Dataset, Loader
from minigrad.data import transforms as T
from minigrad.kernels import threads
from minigrad.kernels.profiling import counting
from minigrad.train.history import heading, line
from minigrad.train.progress import LEFT_OUT, LEGEND
from minigrad.viz.profile import Profile

KEEP_SECONDS = 10           # at least, from one time that the run is kept on the way to the next


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
    data = sets.load(*sets.wanted(args), args.quick)
    mg.manual_seed(args.seed)
    model, optimizer, loss = _made(args, data)
    options = {name: getattr(args, name) for name in OPTIONS}
    facts = {"command": args.command, "data": data.title, "model": args.model, "optimizer": type(optimizer).__name__.lower(),
             "lr": args.lr, "momentum": args.momentum, "epochs": args.epochs, "quick": args.quick, "options": options,
             "classes": list(data.training.classes or map(str, range(10))), "shape": list(data.training.shape[1:]),
             "images": {"training": len(data.training), "validation": len(data.validation), "test": len(data.test)}}
    with _folder(args, data.title, sum(a.nbytes for a in model.state_dict().values())) as folder:
        say(f"{data.title}: {len(data.training)} training, {len(data.validation)} validation and {len(data.test)} test images\n"
            f"{args.model}: {model.num_parameters():,} parameters; {_steps_by(optimizer)}, "
            f"batch {args.batch_size}, seed {args.seed}; {table}")
        history, watch = None, _Watch(folder)
        keep = mg.train.Checkpoint(folder.path / UNFINISHED, each=None, seconds=KEEP_SECONDS)
        try:
            with counting() if args.profile else nullcontext() as counts:
                history = mg.train.fit(model, _loader(args, data.training), loss, optimizer, args.epochs,
                                       validation=data.validation, on_epoch=watch, progress=False if args.no_progress else None,
                                       callbacks=[_Facts(facts), keep], resume=keep.path if args.resume is not None else False)
            history.facts |= facts
            if counts is not None:
                steps = max(len(history.rows) * history.facts["steps_per_epoch"], 1)
                say(f"{Profile(counts.rows, counts.seconds, steps)}\n(validation counted in)")
            history.interrupted |= nobody_reads()
            if not history.interrupted:
                found = mg.train.evaluate(model, data.test, loss)
                history.facts |= {f"test_{name}": value for name, value in found.items()}
            ending.hold()
        except KeyboardInterrupt:
            ending.hold()
            history = watch.history if history is None else history
            if history is None:
                raise
            history.facts |= facts
            history.interrupted = True
        try:
            drawn = _save(model, history, folder, f"{args.model} on {data.title}")
        except OSError:
            if (folder.path / UNFINISHED).exists():
                tell(f"minigrad: the run is in {folder.path / UNFINISHED}: minigrad train --resume {folder.path} writes its "
                     "files again")
            raise
    return max(_verdict(history, folder.path, ending, data.title), 0 if drawn else 1)


def _made(args: argparse.Namespace, data: sets.Images) -> tuple[Any, Any, Any]:
    """The model, its optimiser, the loss."""
    shape, classes = data.training.shape[1:], len(data.training.classes or ()) or 10
    model, optimizer, loss = models.own(args.what) if FILE.fullmatch(args.what) else (None, None, None)
    if model is None:
        if why := models.misfit(args.model, shape, classes):
            args.parser.error(f"--model {why}")
        model = models.build(args.model, shape, classes)
    else:
        model(mg.tensor(data.training[0][0][None]))         # gives lazy layers their shapes; what does not fit shows here
    if optimizer is None:
        optimizer = (mg.optim.Adam(model.parameters(), lr=args.lr) if args.optimizer == "adam" else
                     mg.optim.SGD(model.parameters(), lr=args.lr, momentum=args.momentum))
    return model, optimizer, loss or mg.cross_entropy


def _loader(args: argparse.Namespace, training: Dataset) -> Loader:
    """Shuffled batches; with --augment each image shifted by up to an eighth of its height, and every other one mirrored."""
    crop = None
    if args.augment:
        height, width = training.shape[-2:]
        crop = T.Compose([T.RandomCrop((height, width), padding=max(1, height // 8)), T.HorizontalFlip()])
    return Loader(training, batch_size=args.batch_size, shuffle=True, seed=args.seed, transform=crop)


def _steps_by(optimizer: Any) -> str:
    rates = sorted({float(group["lr"]) for group in optimizer.param_groups})
    return f"{type(optimizer).__name__.lower()}, lr {', '.join(f'{rate:g}' for rate in rates)}"


def _verdict(history: Any, out: Path, ending: Ending, title: str) -> int:
    """Say how the run ended; returns the exit code."""
    if history.interrupted and nobody_reads() and ending.number is None:
        tell(f"minigrad: nobody reads stdout any more; what there is, is in {out}")
        return 1
    if history.interrupted:
        at = history.facts.get("interrupted_at")
        where = (f"in epoch {at['epoch']}, after {at['step']} of {history.facts['steps_per_epoch']} steps" if at
                 else "before the test")
        tell(f"minigrad: {ending} {where}; what there is, is in {out}: minigrad train --resume {out} goes on")
        return ending.code
    if "test_accuracy" in history.facts:
        say(f"test accuracy {history.facts['test_accuracy']:.4f} ({title})")
    else:
        say(f"test loss {history.facts['test_loss']:.4f} ({title})")
    if history.diverged is None and math.isfinite(history.facts["test_loss"]):
        return 0
    where = f"in epoch {history.diverged}" if history.diverged else "at the end"
    tell(f"minigrad: training diverged {where}; what there is, is in {out}: try a smaller --lr")
    return 1


class _Facts(mg.train.Callback):
    """Puts what the command was told into the History from the start: who goes on with the run finds it there."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts

    def on_start(self, run: Any) -> None:
        run.history.facts |= self.facts


class _Watch:
    """Prints each epoch. Stops the run when nobody reads about it."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.history: Any = None
        self._headed = False

    def __call__(self, history: Any) -> bool:
        self.history = history
        if not self._headed:
            say(heading(_shown(history)) + LEGEND)
        self._headed = True
        _print_epoch(history)
        return nobody_reads()


@contextmanager
def _folder(args: argparse.Namespace, title: str, size: int) -> Iterator[RunFolder]:
    """The folder for the results, never one that holds a run unless --force, or to go on with it."""
    path, made = (args.out, False) if args.out is not None else _free_folder(args, title)
    with run_folder(path, made, size) as folder:
        if args.resume is None and not args.force and (why := taken(path)):         # by a run that has ended in the meantime
            args.parser.error(f"--out {why}: choose another folder, or --force to overwrite it")
        yield folder


def _free_folder(args: argparse.Namespace, title: str) -> tuple[Path, bool]:
    """runs/mnist-784-40-10-seed0, or with -2, -3 ... behind it where that is taken; and whether it was made here."""
    model = Path(args.model.partition(":")[0]).stem if FILE.fullmatch(args.model) else args.model
    name = Path("runs", f"{title.lower().replace(' ', '-')}-{model}-seed{args.seed}")
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
    say(line(history[-1], _shown(history)))


def _shown(history: Any) -> list[str]:
    return [name for name in history.columns if name not in LEFT_OUT]


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
    folder.publish(keep=history.interrupted)
    say(f"saved {', '.join(names)} in {folder.path}")
    return drawn
