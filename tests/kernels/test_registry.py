"""Devices are registered by name, made when they are asked for, and chosen for a while by `use`."""

import asyncio
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels
from minigrad.kernels import registry
from minigrad.kernels.reference import Kernels

HERE = mg.zeros(1).device


class Mine(Kernels):
    """The numpy table by another name."""

    name = "mine"

    def __init__(self):
        super().__init__(np)


@pytest.fixture
def mine(monkeypatch):
    """A device called mine; how often its table was made."""
    monkeypatch.setattr(registry, "_factories", dict(registry._factories))
    monkeypatch.setattr(registry, "_tables", dict(registry._tables))
    made = []

    def factory():
        made.append(Mine())
        return made[-1]

    kernels.register("mine", factory)
    return made


def test_a_table_is_made_once_when_it_is_first_asked_for(mine):
    assert kernels.names()[-1] == "mine" and not mine
    assert kernels.table("mine") is kernels.table("mine") is mine[0] and len(mine) == 1
    assert ("mine" in kernels.available()) == (not os.environ.get("MINIGRAD_DEVICE"))


def test_a_name_is_taken_once(mine):
    with pytest.raises(ValueError, match=r"\[register\] there is a device 'mine' already: .* replace=True"):
        kernels.register("mine", Mine)
    before = kernels.table("mine")
    kernels.register("mine", Mine, replace=True)
    assert kernels.table("mine") is not before


def test_what_cannot_be_registered(mine):
    for name, factory in ((1, Mine), ("", Mine), ("other", 3)):
        with pytest.raises(TypeError, match=r"\[register\] expected a name and a function that makes the table"):
            kernels.register(name, factory)
    kernels.register("other", Mine)
    with pytest.raises(ValueError, match=r"\[table\] the factory of device 'other' made a table called 'mine': .* agree"):
        kernels.table("other")


@pytest.mark.parametrize("call", [kernels.table, kernels.use, lambda name: mg.zeros(2, device=name),
                                  lambda name: mg.data.Loader(np.zeros((2, 1)), np.zeros(2), device=name)])
def test_an_unknown_device_names_those_that_there_are(mine, call):
    with pytest.raises(ValueError, match=r"\[table\] there is no device 'gpu': choose one of numpy, native, mine"):
        call("gpu")


@pytest.mark.parametrize("call", [kernels.table, kernels.use, lambda name: mg.zeros(2, device=name)])
def test_what_can_be_no_name_is_named(mine, call):
    found = r"\[table\] expected the name of a device, found \['mine'\]: choose one of numpy, native, mine"
    with pytest.raises(TypeError, match=found):
        call(["mine"])


def test_a_factory_that_fails_is_asked_again(mine):
    wanted = [ImportError("not yet"), None]

    def factory():
        error = wanted.pop(0)
        if error:
            raise error
        return Mine()

    kernels.register("mine", factory, replace=True)
    with pytest.raises(ImportError, match="not yet"):
        kernels.table("mine")
    assert kernels.table("mine").name == "mine"


def test_a_factory_that_fails_is_named(mine):
    def without_driver():
        raise OSError("no driver")

    kernels.register("mine", without_driver, replace=True)
    with pytest.raises(OSError, match="no driver") as caught:
        kernels.use("mine")
    assert caught.value.__notes__ == ["[table] while the table of device 'mine' was made"]


REPLACED = """
import minigrad as mg
from minigrad import kernels

before, old = mg.ones(1), kernels.default_table()
kernels.register(old.name, lambda: type(old)(*() if old.name == "native" else (old.xp,)), replace=True)
assert (mg.zeros(2) + mg.zeros(2, device=old.name)).tolist() == [0, 0]
try:
    before + mg.zeros(1)
except ValueError as error:
    print(error)
"""


def test_a_default_that_is_registered_anew_is_the_default(mine):
    done = subprocess.run([sys.executable, "-c", REPLACED], capture_output=True, text=True)
    name = kernels.default_table().name
    assert done.stdout == (f"[add] the operands are on two devices, {name} and {name}: move one with .to(), as it was made "
                           "before that device was registered anew\n"), done.stderr


# ---- use

def test_use_is_the_default_within(mine):
    with kernels.use("mine") as k:
        assert k is kernels.default_table() is kernels.table() is mine[0] and mg.zeros(1).device == "mine"
        with kernels.use("numpy"):
            assert mg.randn(2).device == "numpy"
            assert mg.zeros(1, device="mine").device == "mine"
        assert mg.tensor([1.0]).device == mg.arange(3).device == mg.eye(2).device == "mine"
        assert mg.nn.Linear(2, 3).weight.device == "mine"
    assert mg.zeros(1).device == HERE


def test_an_error_leaves_what_was_before(mine):
    with pytest.raises(ZeroDivisionError), kernels.use("mine"):
        1 / 0       # noqa: B018
    assert mg.zeros(1).device == HERE


def test_one_object_may_be_entered_again_and_others_left_in_any_order(mine):
    first, second = kernels.use("mine"), kernels.use("numpy")
    with first, second, first:
        assert mg.zeros(1).device == "mine"
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert mg.zeros(1).device == HERE
    second.__exit__(None, None, None)
    assert mg.zeros(1).device == HERE


def test_use_is_of_this_thread_alone(mine):
    found = []
    with kernels.use("mine"):
        thread = threading.Thread(target=lambda: found.append(mg.zeros(1).device))
        thread.start()
        thread.join()
    assert found == [HERE]


def test_use_is_of_this_task_alone(mine):
    async def work(name, found):
        with kernels.use(name):
            for _ in range(3):
                await asyncio.sleep(0)
                found.append(mg.zeros(1).device)

    async def both():
        one, other = [], []
        await asyncio.gather(work("mine", one), work("numpy", other))
        return one, other

    assert asyncio.run(both()) == (["mine"] * 3, ["numpy"] * 3)


def test_use_decorates_functions_and_rests_with_generators(mine):
    @kernels.use("mine")
    def function():
        return mg.zeros(1).device

    @kernels.use("mine")
    def generator():
        yield mg.zeros(1).device
        with kernels.use("numpy"):
            yield mg.zeros(1).device
            yield mg.zeros(1).device
        yield mg.zeros(1).device

    @kernels.use("mine")
    async def coroutine():
        await asyncio.sleep(0)
        return mg.zeros(1).device

    assert function() == "mine" and asyncio.run(coroutine()) == "mine"
    found = []
    for device in generator():
        found.append(device)
        assert mg.zeros(1).device == HERE       # while the generator rests
    assert found == ["mine", "numpy", "numpy", "mine"]
    with pytest.raises(TypeError, match=r"\[use\] a device decorates functions, found the class Mine: decorate its methods"):
        kernels.use("numpy")(Mine)


# ---- device=

def test_every_way_to_make_a_tensor_takes_a_device(mine):
    mg.manual_seed(0)
    a = np.ones((2, 2), np.float32)
    made = [mg.tensor(a, device="mine"), mg.Tensor(a, device="mine"), mg.from_numpy(a, device="mine"),
            mg.zeros(2, device="mine"), mg.ones(2, device="mine"), mg.full(2, 3, device="mine"), mg.arange(3, device="mine"),
            mg.eye(2, device="mine"), mg.rand(2, device="mine"), mg.randn(2, device="mine"),
            mg.nn.Parameter(a, device="mine"), mg.nn.Buffer(a, device="mine")]
    made += [mg.zeros_like(made[0]), mg.ones_like(made[0]), mg.tensor(made[0], device="mine")]
    for layer in (mg.nn.Linear(2, 3, device="mine"), mg.nn.Conv2d(1, 2, 3, device="mine"), mg.nn.BatchNorm1d(2, device="mine"),
                  mg.nn.BatchNorm2d(2, device="mine")):
        made += [*layer.parameters(), *layer.buffers()]
    assert {t.device for t in made} == {"mine"} and len(made) == 29


OF_THE_ENVIRONMENT = """
from minigrad import kernels
from minigrad.kernels.reference import Kernels
import numpy
kernels.register("mine", lambda: type("Mine", (Kernels,), {"name": "mine"})(numpy))
print(kernels.default_table().name, *kernels.available())
"""


def test_a_registered_device_may_be_the_environments_choice():
    done = subprocess.run([sys.executable, "-c", OF_THE_ENVIRONMENT], env=os.environ | {"MINIGRAD_DEVICE": "mine"},
                          capture_output=True, text=True)
    assert done.stdout.split() == ["mine", "numpy", "mine"], done.stderr


def test_a_device_that_cannot_be_made_is_not_to_be_had(mine):
    def without_driver():
        raise OSError("the driver is not there")

    kernels.register("broken", without_driver, replace=True)
    assert "broken" in kernels.names() and "broken" not in kernels.available()
    with pytest.raises(OSError, match="the driver is not there"):
        kernels.table("broken")
