"""Modes as contexts and as decorators, in threads, generators and coroutines.

test_choice.py runs this file on the other graph too.
"""

import asyncio
import functools
import threading
from contextlib import ExitStack

import pytest

import minigrad as mg
from minigrad import graph, modes

from .samples import in_thread, leaf

MODES = {"no_grad": (mg.no_grad, 0), "enable_grad": (mg.enable_grad, graph.GRAD),
         "set_grad_enabled": (lambda: mg.set_grad_enabled(False), 0),
         "anomaly_mode": (mg.anomaly_mode, graph.GRAD | graph.ANOMALY)}
each = pytest.mark.parametrize("name", MODES)


def bits():
    return graph.mode.get()


@pytest.fixture(autouse=True)
def clean():
    """Every test starts and ends in the usual mode, with nothing entered."""
    assert bits() == graph.GRAD
    yield
    left = bits(), graph.entered.get()
    graph.mode.set(graph.GRAD)
    graph.entered.set(None)
    assert left == (graph.GRAD, None)


# ---- plain functions and contexts

def test_no_grad_and_enable_grad():
    x = leaf([1.0])
    with mg.no_grad():
        assert not mg.is_grad_enabled() and not (x * 2).requires_grad
        with mg.enable_grad():
            assert (x * 2).requires_grad
            with mg.set_grad_enabled(False):
                assert not (x * 2).requires_grad
            assert mg.is_grad_enabled()
        assert not mg.is_grad_enabled()
    assert mg.is_grad_enabled() and (x * 2).requires_grad


def test_modes_as_decorators():
    x = leaf([1.0])

    @mg.no_grad()
    def double(x):
        """Twice x."""
        return x * 2

    @mg.enable_grad()
    def recorded(x):
        return x * 2

    @mg.set_grad_enabled(False)
    def inner(n):
        assert not mg.is_grad_enabled()
        return n if n == 0 else inner(n - 1)

    assert not double(x).requires_grad and double.__name__ == "double" and double.__doc__ == "Twice x."
    with mg.no_grad():
        assert recorded(x).requires_grad
    assert inner(3) == 0 and mg.is_grad_enabled()


def test_modes_survive_exceptions_and_reuse():
    once = mg.no_grad()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), once, once:
            1 / 0  # noqa: B018
        assert mg.is_grad_enabled()


def test_modes_of_values():
    a = mg.Value(2.0)
    with mg.no_grad():
        b = a * 3
        (a * 3).backward()
    assert b.data == 6.0 and b.parents == () and a.grad is None
    with mg.no_grad():
        y = mg.Value(3.0)
    y = y * y * y
    with mg.no_grad():
        y.backward(create_graph=True)
    assert y.parents[1].grad.data == 27.0


def test_backward_under_no_grad():
    x = leaf([2.0])
    y = (x**3).sum()
    with mg.no_grad():
        y.backward(create_graph=True)
        assert not mg.is_grad_enabled()
    assert x.grad.requires_grad and mg.is_grad_enabled()


def test_a_thread_has_its_own_mode():
    with mg.no_grad():
        assert in_thread(mg.is_grad_enabled) is True
        entered, leave = threading.Event(), threading.Event()

        def hold():
            with mg.enable_grad():
                entered.set()
                leave.wait(10)

        thread = threading.Thread(target=hold)
        thread.start()
        assert entered.wait(10) and not mg.is_grad_enabled()
        leave.set()
        thread.join()
        assert not mg.is_grad_enabled()


# ---- generators, coroutines, asynchronous generators: every piece runs in the mode, the caller never does

@each
def test_a_generator_runs_in_the_mode_and_its_caller_does_not(name):
    make, inside = MODES[name]

    @make()
    def count(n):
        """Counts."""
        seen = [bits()]
        try:
            for i in range(n):
                seen.append((yield (i, bits())))
                seen.append(bits())
        except KeyError as error:
            seen.append(bits())
            yield "thrown", error.args
        finally:
            seen.append(bits())
        return seen

    assert count.__name__ == "count" and count.__doc__ == "Counts."
    outside = bits()
    steps = count(3)
    assert next(steps) == (0, inside) and bits() == outside
    assert steps.send("sent") == (1, inside) and bits() == outside
    assert steps.throw(KeyError("k")) == ("thrown", ("k",)) and bits() == outside
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == [inside, "sent", inside, inside, inside] and bits() == outside
    assert [value for value, _ in count(2)] == [0, 1]
    opened = count(2)
    next(opened)
    opened.close()                  # `finally` above runs
    assert bits() == outside


@each
def test_the_callers_mode_does_not_matter_to_a_generator(name):
    make, inside = MODES[name]

    @make()
    def count():
        while True:
            yield bits() & graph.GRAD

    steps = count()
    for context in (mg.no_grad, mg.enable_grad, mg.anomaly_mode):
        with context():
            wanted = bits()
            if name != "anomaly_mode":
                assert next(steps) == inside
            assert bits() == wanted


def test_a_generator_keeps_the_modes_that_it_entered_itself():
    @mg.no_grad()
    def work():
        yield bits()
        with mg.enable_grad():
            yield bits()
            yield bits()
        yield bits()

    found = []
    for b in work():
        found.append(b)
        assert bits() == graph.GRAD
    assert found == [0, graph.GRAD, graph.GRAD, 0]


def test_delegation_and_return_values():
    @mg.no_grad
    def inner():
        got = yield bits()
        return got

    @mg.no_grad
    def outer():
        got = yield from inner()
        yield (got, bits())

    steps = outer()
    assert next(steps) == 0 and steps.send("x") == ("x", 0)


@each
def test_coroutines(name):
    make, inside = MODES[name]

    @make()
    async def work(n):
        seen = [bits()]
        for _ in range(n):
            await asyncio.sleep(0)
            seen.append(bits())
        return seen

    async def main():
        others = []

        async def other():
            for _ in range(5):
                others.append(bits())
                await asyncio.sleep(0)

        found = await asyncio.gather(work(4), other(), work(2))
        assert bits() == graph.GRAD
        return found[0] + found[2], others

    found, others = asyncio.run(main())
    assert set(found) == {inside} and set(others) == {graph.GRAD}


@each
def test_asynchronous_generators(name):
    make, inside = MODES[name]

    @make()
    async def count(n):
        closed = []
        try:
            for i in range(n):
                await asyncio.sleep(0)
                try:
                    got = yield i, bits()
                except KeyError:
                    got = "thrown"
                closed.append(got)
        finally:
            assert bits() == inside

    async def main():
        assert [v async for v in count(3)] == [(i, inside) for i in range(3)]
        steps = count(5)
        assert await anext(steps) == (0, inside) and bits() == graph.GRAD
        assert await steps.asend("a") == (1, inside) and bits() == graph.GRAD
        assert await steps.athrow(KeyError) == (2, inside) and bits() == graph.GRAD
        await steps.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(steps)

    asyncio.run(main())


def test_what_is_no_plain_function():
    class Callable:
        def __call__(self):
            yield bits()

    assert list(mg.no_grad(Callable())()) == [0]

    def two(a, b):
        yield a, b, bits()

    assert list(mg.no_grad()(functools.partial(two, 1))(2)) == [(1, 2, 0)]
    assert mg.no_grad(bits)() == 0 and mg.no_grad(functools.partial(bits))() == 0

    class Model:
        @mg.no_grad()
        def method(self):
            yield bits()

        @staticmethod
        @mg.no_grad
        def static():
            return bits()

    assert list(Model().method()) == [0] and Model.static() == 0
    for wrong, found in ((Model, "the class Model: decorate its methods"), (3, "int: decorate its methods"),
                         (classmethod(bits), "classmethod: @classmethod goes above it")):
        with pytest.raises(TypeError, match=rf"\[mode\] a mode decorates functions, found {found}"):
            mg.no_grad(wrong)


def test_set_grad_enabled_as_a_statement():
    """As in PyTorch: it holds from there on."""
    mg.set_grad_enabled(False)
    assert not mg.is_grad_enabled()
    with mg.set_grad_enabled(True):
        assert mg.is_grad_enabled()
    assert not mg.is_grad_enabled()

    @mg.set_grad_enabled(True)
    def inner():
        return mg.is_grad_enabled()

    assert not mg.is_grad_enabled() and inner()
    mg.set_grad_enabled(True)
    assert mg.is_grad_enabled()


# ---- one object, many hands

def test_one_object_entered_by_threads_at_once():
    shared = mg.no_grad()
    barrier, errors = threading.Barrier(4), []

    def work():
        try:
            for _ in range(200):
                barrier.wait(10)
                with shared:
                    assert not mg.is_grad_enabled()
                    with mg.enable_grad(), shared:
                        assert not mg.is_grad_enabled()
                assert mg.is_grad_enabled()
        except BaseException as error:
            errors.append(error)
            barrier.abort()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors


def test_contexts_that_end_in_another_order():
    """Each leaves what it found; one whose context is over already changes nothing."""
    a, b = mg.no_grad(), mg.enable_grad()
    a.__enter__()
    b.__enter__()
    a.__exit__(None, None, None)
    assert mg.is_grad_enabled() and graph.entered.get() is None
    with mg.no_grad():
        b.__exit__(None, None, None)
        assert not mg.is_grad_enabled()


def test_a_generator_with_a_context_of_its_own():
    """Not decorated, its context holds until it goes on: but nothing is left wrong in the end."""
    def work():
        with mg.enable_grad():
            yield

    with mg.no_grad():
        steps = work()
        next(steps)
    assert mg.is_grad_enabled()
    with mg.no_grad():
        steps.close()
        assert not mg.is_grad_enabled()


def test_many_contexts_leave_nothing_behind():
    once = mg.no_grad()
    for _ in range(10000):
        with once, ExitStack() as stack:
            stack.enter_context(mg.enable_grad())
    assert graph.entered.get() is None and isinstance(once, modes.Mode)
