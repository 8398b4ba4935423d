"""Contexts that decorate as well: functions run in the context, and so does every piece of generators and coroutines.

A generator rests between its pieces; the code that runs meanwhile must not find itself in the generator's context.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from types import coroutine
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Decorating:
    """Mixin of a context whose state stands in context variables, `variables`; the last of them is the stack of what was
    entered. op, what: how a message calls it.
    """

    __slots__ = ()
    op = what = ""
    variables: tuple = ()

    def __call__(self, function: F) -> F:
        if isinstance(function, type) or not callable(function):
            what = f"the class {function.__name__}" if isinstance(function, type) else type(function).__name__
            remedy = "@classmethod goes above it" if isinstance(function, classmethod) else "decorate its methods"
            raise TypeError(f"[{self.op}] {self.what} decorates functions, found {what}: {remedy}")
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
    """Runs the pieces of one generator or coroutine in a context: a piece goes from one yield or await to the next.

    Between two pieces the caller goes on, in its own context. What the function itself has entered by then (a `with` around the
    yield) is kept in `_left` and comes back with the next piece.
    """

    def __init__(self, of):
        self._of = of
        self._left = None

    def __call__(self, piece, *args):
        variables = self._of.variables
        with self._of:
            inside = variables[-1].get()
            if self._left is not None:
                for variable, value in zip(variables, self._left):
                    variable.set(value)
            try:
                return piece(*args)
            finally:
                self._left = [variable.get() for variable in variables]
                variables[-1].set(inside)


def _driven(run, started):
    """A generator that stands before `started` (a generator or coroutine): what is sent or thrown into it goes on to that, what
    that yields comes back, and each of its pieces is run by `run`."""
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


_awaited = coroutine(_driven)       # the same, to be awaited


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
