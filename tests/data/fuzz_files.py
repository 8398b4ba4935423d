"""Files that are damaged, and files that mean harm, given to every reader: `python -m tests.data.fuzz_files --files 10000`.

A reader may give data, or ValueError, FileNotFoundError, or DataUnavailable. Anything else is a failure: another error, a crash
of the process, more than --seconds, more memory than --memory allows (RLIMIT_AS above what the process has when it starts), and
above all anything that is run: a hook sees whatever opens a file to write, starts a process, connects, or asks for a global of
a pickle. Readers run in processes of their own, so that one that dies is a line in the report. POSIX only.
"""

import argparse
import collections
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
KINDS = ("idx", "idx.gz", "cifar pickles", "cifar records", "pickle", "mat", "csv", "npz", "picture", "safetensors",
         "checkpoint")


class Reader:
    """A process that reads files, of these kinds, and says how each went. `read` gives (outcome, message): an error's name,
    "data", or a failure."""

    def __init__(self, folder, memory, seconds, kinds=()):
        self.folder, self.memory, self.seconds, self.kinds = folder, memory, seconds, kinds
        self.process, self.peak = None, 0

    def start(self):
        paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        command = [sys.executable, "-X", "faulthandler", "-W", "ignore", "-c",
                   "from tests.data.fuzz_reader import main; main()", str(self.folder), str(self.memory), *self.kinds]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True,
                                        bufsize=1, env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}, cwd=ROOT)
        if self.answer(120) != "ready\n":
            self.process.kill()
            raise RuntimeError(f"the reader did not start: {self.process.communicate()[1][-2000:]}")

    def answer(self, seconds):
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        return self.process.stdout.readline() if ready else None

    def read(self, kind, path):
        if self.process is None:
            self.start()
        self.process.stdin.write(json.dumps([kind, str(path)]) + "\n")
        line = self.answer(self.seconds)
        if line:
            outcome, message, rss = json.loads(line)
            self.peak = max(self.peak, rss)
            return outcome, message
        code = self.stop()
        return ("HANG", f"more than {self.seconds} s") if line is None else (
            "CRASH", signal.Signals(-code).name if code < 0 else f"exit code {code}")

    def stop(self):
        process, self.process = self.process, None
        if process is None:
            return 0
        if process.poll() is None:
            try:
                process.wait(1)
            except subprocess.TimeoutExpired:
                process.kill()
        process.communicate()
        return process.returncode


def run(files, seed=0, kinds=KINDS, memory=1 << 30, seconds=20.0, tell=lambda text: None, keep=None):
    """Read `files` files, evenly of each kind. -> (kind -> Counter of outcomes, [(kind, number, outcome, message)] of failures,
    seconds, MiB of the fullest process above where it started). keep: a folder for the files that failed."""
    from tests.data.fuzz_made import Maker

    counts, failures = {kind: collections.Counter() for kind in kinds}, []
    begun, took = time.monotonic(), collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        maker = Maker(Path(folder))
        reader = Reader(folder, memory, seconds, kinds)
        try:
            for number in range(files):
                kind = kinds[number % len(kinds)]
                path = maker.make(kind, np.random.default_rng((seed, number)), number // len(kinds))
                before = time.monotonic()
                outcome, message = reader.read(kind, path)
                took[kind] = max(took[kind], time.monotonic() - before)
                if maker.marker.exists():
                    outcome, message = "RAN", "the marker was made"
                    maker.marker.unlink()
                counts[kind][outcome] += 1
                if outcome not in ("data", "ValueError", "FileNotFoundError", "DataUnavailable"):
                    failures.append((kind, number, outcome, message))
                    tell(f"file {number}, {kind}: {outcome} {message}")
                    if keep:
                        Path(keep).mkdir(parents=True, exist_ok=True)
                        Path(keep, f"{number}-{kind.replace(' ', '-')}{path.suffix}").write_bytes(path.read_bytes())
        finally:
            reader.stop()
    tell("the slowest file of each kind, s: " + ", ".join(f"{kind} {worst:.2f}" for kind, worst in took.items()))
    return counts, failures, time.monotonic() - begun, reader.peak / 2**20


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--files", type=int, default=1000)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--kinds", type=lambda text: text.split(","), default=KINDS)
    p.add_argument("--memory", type=int, default=1 << 30, help="bytes, above what a process has when it starts")
    p.add_argument("--seconds", type=float, default=20.0, help="for one file")
    p.add_argument("--keep", help="a folder for the files that failed")
    args = p.parse_args()
    counts, failures, took, peak = run(args.files, args.seed, args.kinds, args.memory, args.seconds, print, args.keep)
    for kind, counter in counts.items():
        print(f"{kind:15}" + "  ".join(f"{name} {n}" for name, n in counter.most_common()))
    print(f"{args.files} files in {took:.0f} s, {len(failures)} failures; at most {peak:.0f} MiB above the start")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
