"""Modes: whether operations are recorded, and watched. Each is a context and a decorator, for this thread (or task)."""

import inspect
from functools import wraps
from types import coroutine

from minigrad import graph
from minigrad.graph import ANOMALY, GRAD, entered, mode


class Mode(graph.Mode):
    """`with` it, or decorate: functions run in the mode, and so does every piece of generators and coroutines."""

    __slots__ = ()

    def __call__(self, function):
        if isinstance(function, type) or not callable(function):
            what = f"the class {function.__name__}" if isinstance(function, type) else type(function).__name__
            remedy = "@classmethod goes above it" if isinstance(function, classmethod) else "decorate its methods"
            raise TypeError(f"[mode] a mode decorates functions, found {what}: {remedy}")
        called = type(function).__call__        # an object may be called like a function, and be a generator then
        for is_kind, decorate in _KINDS:
            if is_kind(function) or is_kind(called):
                return decorate(self, function)

        @wraps(function)
        def inner(*args, **kwargs):
            with self:
                return function(*args, **kwargs)

        return inner


class _Pieces:
    """Runs a function piece by piece in a mode, which is put away between the pieces, as the function left it."""

    def __init__(self, of):
        self._of = of
        self._left = None

    def __call__(self, piece, *args):
        with self._of:
            inside = entered.get()
            if self._left is not None:
                mode.set(self._left[0])
                entered.set(self._left[1])
            try:
                return piece(*args)
            finally:
                self._left = mode.get(), entered.get()
                entered.set(inside)


def _driven(run, started):
    """A generator that passes everything on to `started` (a generator or coroutine) and runs each of its pieces with `run`."""
    try:
        given = run(started.send, None)
        while True:
            try:
                sent = yield given
            except GeneratorExit:
                run(started.close)
                raise
            except BaseException as error:
                given = run(started.throw, error)
            else:
                given = run(started.send, sent)
    except StopIteration as end:
        return end.value


_awaited = coroutine(_driven)


def _generator(of, function):
    @wraps(function)
    def inner(*args, **kwargs):
        return (yield from _driven(_Pieces(of), function(*args, **kwargs)))

    return inner


def _coroutine(of, function):
    @wraps(function)
    async def inner(*args, **kwargs):
        return await _awaited(_Pieces(of), function(*args, **kwargs))

    return inner


def _async_generator(of, function):
    @wraps(function)
    async def inner(*args, **kwargs):
        run, started = _Pieces(of), function(*args, **kwargs)
        try:
            given = await _awaited(run, started.asend(None))
            while True:
                try:
                    sent = yield given
                except GeneratorExit:
                    await _awaited(run, started.aclose())
                    raise
                except BaseException as error:
                    given = await _awaited(run, started.athrow(error))
                else:
                    given = await _awaited(run, started.asend(sent))
        except StopAsyncIteration:
            return

    return inner


_KINDS = [(inspect.isasyncgenfunction, _async_generator), (inspect.iscoroutinefunction, _coroutine),
          (inspect.isgeneratorfunction, _generator)]


def no_grad(function=None):
    """`with no_grad():`, `@no_grad()` or `@no_grad`: operations are not recorded."""
    return Mode(0, GRAD) if function is None else Mode(0, GRAD)(function)


def enable_grad(function=None):
    """`with enable_grad():`, `@enable_grad()` or `@enable_grad`: operations are recorded, inside no_grad too."""
    return Mode(GRAD, 0) if function is None else Mode(GRAD, 0)(function)


class set_grad_enabled(Mode):
    """no_grad or enable_grad, by a condition: `with set_grad_enabled(training):`, a decorator, or, as in PyTorch, a statement
    by itself, which holds from there on.
    """

    __slots__ = ("_before",)

    def __init__(self, enabled):
        super().__init__(GRAD if enabled else 0, 0 if enabled else GRAD)
        self._before = mode.get()
        mode.set(self._before & ~self.off | self.on)

    def __enter__(self):
        self._take_back()
        return super().__enter__()

    def __call__(self, function):
        self._take_back()
        return super().__call__(function)

    def _take_back(self):
        """It was made for a context, or to decorate: what it changed when it was made was not meant."""
        before, self._before = self._before, None
        if before is not None:
            mode.set(before)


def is_grad_enabled():
    """Whether operations are recorded here."""
    return bool(mode.get() & GRAD)


def anomaly_mode():
    """`with anomaly_mode():` a NaN, forward or backward, is an error that names the operation and its line, and so is an array
    that was written to between the two by whatever means. Slow."""
    return Mode(ANOMALY, 0)
