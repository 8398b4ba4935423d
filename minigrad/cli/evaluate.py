"""A run of `minigrad train` that has ended, in its folder: `minigrad evaluate` and `minigrad predict` use it."""

import argparse
import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.cli import models, sets
from minigrad.cli.models import FILE
from minigrad.cli.options import OPTIONS
from minigrad.cli.words import say
from minigrad.data import pictures
from minigrad.system.files import whole_file
from minigrad.train import History


class Ended:
    """The options, classes and shape of a run, and its model with the weights that it ended with.

    FileNotFoundError where the folder holds no run, ValueError for one of another program or version.
    """

    def __init__(self, folder: Path) -> None:
        file = folder / "history.json"
        if not file.exists():
            raise FileNotFoundError(f"[run] {folder} holds no run that has ended: expected {file}")
        facts = History.load(file).facts
        options = facts.get("options")
        if not isinstance(options, dict) or not options.keys() >= set(OPTIONS) or "classes" not in facts:
            raise ValueError(f"[run] {folder}: expected a run of `minigrad train`, found one of another program or an older "
                             "version: load its weights with nn.load, and call train.evaluate")
        self.options: dict[str, Any] = options
        self.classes, self.shape = [str(name) for name in facts["classes"]], tuple(facts["shape"])
        own = FILE.fullmatch(options["what"]) is not None
        self.model = models.own(options["what"])[0] if own else models.build(options["model"], self.shape, len(self.classes))
        if own:
            self.model(mg.tensor(np.zeros((1, *self.shape), np.float32)))       # gives lazy layers their shapes
        nn.load(self.model, folder / "weights.safetensors")

    def images(self, data: str | None) -> sets.Images:
        """What it was trained and tested on; data: where that lies now."""
        args = argparse.Namespace(what=self.options["what"], data=self.options["data"] if data is None else data)
        return sets.load(*sets.wanted(args), self.options["quick"])


def evaluate(args: argparse.Namespace) -> int:
    """Print what the model gets right, class by class; returns the exit code."""
    run = Ended(args.folder)
    images = run.images(args.data)
    part = {"training": images.training, "validation": images.validation, "test": images.test}[args.part]
    probabilities = _probabilities(run.model, part)
    right = probabilities.argmax(axis=1) == part.labels
    likely = probabilities[np.arange(len(part)), part.labels]
    say(f"{args.folder} on {len(part):,} {args.part} images of {images.title}")
    loss = -np.log(np.maximum(likely, np.finfo(np.float32).tiny)).mean()
    say(f"accuracy {right.mean():.4f}   loss (cross-entropy) {loss:.4f}")
    say(f"\n{'class':20}{'images':>8}{'right':>8}{'accuracy':>10}   most often taken for")
    for label, name in enumerate(run.classes):
        own = part.labels == label
        if own.any():
            wrong = np.bincount(probabilities[own & ~right].argmax(axis=1), minlength=len(run.classes))
            taken = f"{run.classes[wrong.argmax()]} ({wrong.max()})" if wrong.any() else ""
            say(f"{name:20}{own.sum():8}{right[own].sum():8}{right[own].mean():10.4f}   {taken}")
    return 0


def predict(args: argparse.Namespace) -> int:
    """Print the most likely classes of pictures, or write them as CSV; returns the exit code."""
    run = Ended(args.folder)
    channels, height, width = run.shape
    found = _probabilities(run.model, pictures(args.files, (height, width), channels))
    best = np.argsort(-found, axis=1, kind="stable")[:, :args.top]
    if args.csv is not None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["file", "rank", "class", "probability"])
        for file, row, places in zip(args.files, found, best, strict=True):
            writer.writerows([str(file), rank + 1, run.classes[c], f"{row[c]:.6g}"] for rank, c in enumerate(places))
        with whole_file(args.csv) as part:
            part.write_text(text.getvalue(), encoding="utf-8")
        say(f"written: {args.csv}")
        return 0
    for file, row, places in zip(args.files, found, best, strict=True):
        say(f"{file}: " + ", ".join(f"{run.classes[c]} {row[c]:.3f}" for c in places))
    return 0


def _probabilities(model: Any, x: Any) -> np.ndarray:
    """softmax of the model's outputs, in float64 (N, classes)."""
    z = mg.train.predict(model, x).astype(np.float64)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
