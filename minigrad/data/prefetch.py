"""Batches made ahead, in a thread, while the consumer works on the one before.

`prefetched(batches, count, pass_)` is the same batches in the same order; `as_it_pays` is those too, made ahead if the first of
them took long enough, to make and to use, for a thread to be worth its while. An error that making them raises is raised where
they are consumed, with the lines of both in its traceback. The thread runs in the context (`kernels.use`, `no_grad` ...) of
whoever began the pass. It ends with the pass: when that runs out, is broken off, or is dropped, and when the interpreter exits;
it is a daemon, so a data set that never returns holds up nobody for longer than `_PATIENCE`. A process that is forked within a
pass has no such thread: to go on with that pass there is an error, a new pass is made as everywhere.
"""

import atexit
import contextvars
import os
import threading
import weakref
from collections.abc import Generator, Iterator
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import Any

from minigrad.data.passes import Pass

_BATCH, _ERROR, _END = range(3)
_NOTHING = object()
_PATIENCE = 5.0         # seconds to wait for the sample that is being made when a pass is broken off
_TRIED = 3              # batches that are made when asked for, to see how long that takes
_PAYS = 5e-4            # seconds; handing a batch over takes a tenth of that where a core is free, and half where none is
_GLANCE = 1.0           # seconds between two looks whether the thread is still there; Windows hears Ctrl-C only then


class _Worker:
    """The thread of one pass. It makes a batch for every turn that it is given, and holds nothing of its consumer."""

    def __init__(self, batches: Generator, count: int, pass_: Pass) -> None:
        self.pass_, self.process = pass_, os.getpid()
        # SimpleQueue, because its put may be called anywhere, within a garbage collection too
        self.turns, self.ready = SimpleQueue(), SimpleQueue()
        for _ in range(count):
            self.turns.put(True)
        self.thread = threading.Thread(target=contextvars.copy_context().run, name="minigrad-prefetch", daemon=True,
                                       args=(_work, batches, pass_, self.turns, self.ready))

    def take(self) -> tuple[int, Any]:
        """The next batch, error or end."""
        while True:
            if os.getpid() != self.process:
                raise RuntimeError("[Loader] this pass was begun before the process was forked, and the thread that makes its "
                                   "batches is the parent's: begin a new pass in the child, for x, y in loader")
            try:
                return self.ready.get(timeout=_GLANCE)
            except Empty:
                if not self.thread.is_alive() and self.ready.empty():
                    return _END, None           # the interpreter is exiting

    def end(self) -> None:
        """Tell the thread to end, and wait until it has."""
        self.pass_.stopped = True
        self.turns.put(False)
        if os.getpid() == self.process and self.thread is not threading.current_thread() and self.thread.ident is not None:
            self.thread.join(_PATIENCE)


_workers: "weakref.WeakSet[_Worker]" = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """Before the interpreter takes itself apart under a thread that is in the middle of something."""
    for worker in list(_workers):
        worker.end()


def _work(batches: Generator, pass_: Pass, turns: SimpleQueue, ready: SimpleQueue) -> None:
    try:
        while turns.get() and not pass_.stopped:
            batch = next(batches, _NOTHING)
            if batch is _NOTHING:
                ready.put((_END, None))
                return
            ready.put((_BATCH, batch))
            del batch                       # the consumer's alone from here on
    except BaseException as error:
        ready.put((_ERROR, error))
    finally:
        batches.close()


def _started(thread: threading.Thread) -> bool:
    """Start it; False where no thread is to be had: a small container, or a platform without them."""
    try:
        thread.start()
    except RuntimeError:
        return False
    return True


def prefetched(batches: Generator, count: int, pass_: Pass) -> Iterator[Any]:
    """The batches, of which up to `count` (1 or more) are made before they are asked for. Closes the generator at the end."""
    worker, waited = _Worker(batches, count, pass_), 0.0
    _workers.add(worker)
    try:                                    # the thread's start, too: Ctrl-C may come while it is waited for
        if not _started(worker.thread):
            yield from timed(batches, pass_)
            return
        while True:
            began = perf_counter()
            what, thing = worker.take()
            waited += perf_counter() - began
            if what == _END:
                return
            if what == _ERROR:
                try:
                    raise thing
                finally:
                    del thing               # it knows this frame, which would know it
            worker.turns.put(True)
            yield thing
            del thing
    finally:
        worker.end()
        pass_.waited += waited


def as_it_pays(batches: Generator, count: int, pass_: Pass) -> Iterator[Any]:
    """The batches: some made when they are asked for, the others ahead where making each of those, and what the consumer did
    with it, took longer than `_PAYS`: what a thread saves is the shorter of the two."""
    quickest, tried = _GLANCE, False
    try:
        for _ in range(_TRIED):
            began = perf_counter()
            batch = next(batches, _NOTHING)
            seconds = perf_counter() - began
            pass_.waited += seconds
            quickest = min(quickest, seconds)
            if batch is _NOTHING:
                return
            began = perf_counter()
            yield batch
            quickest = min(quickest, perf_counter() - began)
            del batch
        tried = True
    finally:
        if not tried:
            pass_.stopped = True
            batches.close()
    yield from prefetched(batches, count, pass_) if quickest > _PAYS else timed(batches, pass_)


def timed(batches: Generator, pass_: Pass) -> Iterator[Any]:
    """The batches, each made when it is asked for, and the seconds that takes added up."""
    try:
        while True:
            began = perf_counter()
            batch = next(batches, _NOTHING)
            pass_.waited += perf_counter() - began
            if batch is _NOTHING:
                return
            yield batch
            del batch
    finally:
        pass_.stopped = True
        batches.close()
