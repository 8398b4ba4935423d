"""Schedules: Keras's formula and the warm-up by hand, saving and resuming, errors."""

import json

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.optim import lr_scheduler as ls


def optimizer(kind="SGD", **options):
    groups = [{"params": [nn.Parameter(np.ones(2))]}, {"params": [nn.Parameter(np.ones(3))], "lr": 0.5}]
    return getattr(optim, kind)(groups, lr=0.1, **options)


SCHEDULES = {
    "lambda": lambda o: ls.LambdaLR(o, lambda t: 1 / (1 + t)),
    "multiplicative": lambda o: ls.MultiplicativeLR(o, lambda t: 0.9),
    "step": lambda o: ls.StepLR(o, 3), "multistep": lambda o: ls.MultiStepLR(o, [2, 5, 5]),
    "constant": lambda o: ls.ConstantLR(o, 0.5), "linear": lambda o: ls.LinearLR(o, 0.1), "warmup": lambda o: ls.WarmupLR(o, 7),
    "exponential": lambda o: ls.ExponentialLR(o, 0.9), "polynomial": lambda o: ls.PolynomialLR(o, 15, 2.0),
    "inverse time": lambda o: ls.InverseTimeDecay(o, 1, 0.1), "cosine": lambda o: ls.CosineAnnealingLR(o, 8, 0.01),
    "restarts": lambda o: ls.CosineAnnealingWarmRestarts(o, 3, 2), "swa": lambda o: ls.SWALR(o, 0.05, 4),
    "one cycle": lambda o: ls.OneCycleLR(o, 1.0, 20), "cyclic": lambda o: ls.CyclicLR(o, 0.01, 0.1, 4, mode="triangular2"),
    "sequential": lambda o: ls.SequentialLR(o, [ls.LinearLR(o, 0.1), ls.CosineAnnealingLR(o, 10)], [5]),
    "chained": lambda o: ls.ChainedScheduler([ls.WarmupLR(o, 4), ls.ExponentialLR(o, 0.9)]),
    "plateau": lambda o: ls.ReduceLROnPlateau(o, patience=1, cooldown=1),
}


def go(o, schedule, steps, first=0):
    """Steps of both; the parameters after each, and the rates."""
    found = []
    for i in range(first, first + steps):
        for group in o.param_groups:
            for p in group["params"]:
                p.grad = mg.tensor(np.full(p.shape, 0.1 * (i + 1)))
        o.step()
        schedule.step(*([1.0] if isinstance(schedule, ls.ReduceLROnPlateau) else []))
        found.append(([g["lr"] for g in o.param_groups], [p.tolist() for g in o.param_groups for p in g["params"]]))
    return found


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_resumed_run_is_the_same_bit_for_bit(name, device):
    """The state passes through JSON, as it would through a file, and is loaded before or after the optimiser's."""
    o = optimizer(momentum=0.9)
    schedule = SCHEDULES[name](o)
    go(o, schedule, 7)
    state, saved = json.loads(json.dumps(schedule.state_dict())), o.state_dict()
    kept = [p.numpy().copy() for g in o.param_groups for p in (p.detach() for p in g["params"])]
    expected = go(o, schedule, 9, first=7)
    for first in ("optimiser", "schedule"):
        other = optimizer(momentum=0.9)
        resumed = SCHEDULES[name](other)
        for p, a in zip((p for g in other.param_groups for p in g["params"]), kept, strict=True):
            p.data[...] = a
        for what in (0, 1) if first == "optimiser" else (1, 0):
            resumed.load_state_dict(state) if what else other.load_state_dict(saved)
        assert resumed.get_last_lr() == [g["lr"] for g in other.param_groups] and resumed.state_dict() == state
        assert go(other, resumed, 9, first=7) == expected


def test_inverse_time_decay_is_kerass(device):
    """initial_learning_rate / (1 + decay_rate * step / decay_step), with floor() in a staircase."""
    for staircase in (False, True):
        o = optimizer()
        schedule = ls.InverseTimeDecay(o, 4, 0.5, staircase)
        for t in range(12):
            x = t // 4 if staircase else t / 4
            assert [g["lr"] for g in o.param_groups] == [0.1 / (1 + 0.5 * x), 0.5 / (1 + 0.5 * x)]
            schedule.step()


def test_the_old_decay_of_keras_is_the_schedule_of_every_batch(device):
    ends = []
    for decay in (0.3, 0):
        p = nn.Parameter(np.ones(1))
        o = optim.SGD([p], 0.5, momentum=0.7, decay=decay, form="keras")
        schedule = None if decay else ls.InverseTimeDecay(o, 1, 0.3)
        for _ in range(6):
            p.grad = mg.tensor(p.detach().numpy().copy())
            o.step()
            if schedule:
                schedule.step()
        ends.append(p.item())
    assert ends[0] == pytest.approx(ends[1], rel=1e-12)


def test_a_warm_up_reaches_the_rate_in_its_last_step_and_multiplies(device):
    o = optimizer()
    schedule, found = ls.WarmupLR(o, 4), []
    for _ in range(6):
        found.append(o.param_groups[0]["lr"])
        schedule.step()
    assert found == pytest.approx([0.025, 0.05, 0.075, 0.1, 0.1, 0.1])
    o, found = optimizer(), []
    schedule = ls.ChainedScheduler([ls.WarmupLR(o, 2), ls.ExponentialLR(o, 0.5)])
    for _ in range(4):
        found.append(o.param_groups[0]["lr"])
        schedule.step()
    assert found == pytest.approx([0.05, 0.05, 0.025, 0.0125])


def test_a_schedule_writes_the_buffer_that_the_kernels_read(device):
    o = optimizer()
    rate = o.param_groups[0].rate
    ls.StepLR(o, 1).step()
    assert o.param_groups[0].rate is rate and float(rate) == pytest.approx(0.01)
    assert o.param_groups[0]["initial_lr"] == 0.1 and "initial_lr" in o.param_groups[0] and "rate" not in o.param_groups[0]


def test_a_schedule_of_ones_own():
    class Halving(ls.LRScheduler):
        def get_lr(self):
            return [base * 0.5**self.last_epoch for base in self.base_lrs]

    o = optimizer()
    schedule = Halving(o)
    schedule.step()
    assert schedule.get_last_lr() == [0.05, 0.25]
    resumed = Halving(o, last_epoch=2)
    assert resumed.get_last_lr() == [0.1 / 8, 0.5 / 8]


def test_one_cycle_moves_the_first_beta(device):
    o = optimizer("Adam")
    schedule = ls.OneCycleLR(o, [1.0, 2.0], epochs=5, steps_per_epoch=2, base_momentum=0.5, max_momentum=0.9)
    assert o.param_groups[0]["betas"] == (0.9, 0.999)
    schedule.step(), schedule.step()
    assert o.param_groups[1]["betas"] == (0.5, 0.999) and o.param_groups[1]["lr"] == 2.0


def test_repr():
    o = optimizer()
    schedule = ls.ChainedScheduler([ls.StepLR(o, 1), ls.ExponentialLR(o, 0.5)])
    assert repr(schedule) == "ChainedScheduler(StepLR(step 0, lr=[0.1, 0.5]), ExponentialLR(step 0, lr=[0.1, 0.5]))"


def test_names_are_found_in_optim_too():
    assert all(getattr(optim, name) is getattr(ls, name) for name in ls.__all__)


def test_errors():
    o, p = optimizer(), [nn.Parameter(np.ones(1))]
    cases = (
        (TypeError, lambda: ls.StepLR(p, 1), r"\[StepLR\] expected an optimiser first, found list"),
        (ValueError, lambda: ls.StepLR(o, 0), r"\[StepLR\] step_size must be an int, 1 or more, found 0"),
        (ValueError, lambda: ls.StepLR(o, 1, last_epoch=3), r"\[StepLR\] found last_epoch 3, but nothing is known of the rate"),
        (TypeError, lambda: ls.LambdaLR(o, 0.1), r"\[LambdaLR\] lr_lambda must be a function of the step, found float"),
        (ValueError, lambda: ls.LambdaLR(o, [abs]), r"\[LambdaLR\] lr_lambda has 1 values, but the optimiser 2 groups"),
        (ValueError, lambda: ls.ConstantLR(o, 2), r"\[ConstantLR\] factor must be in \[0, 1\], found 2"),
        (ValueError, lambda: ls.LinearLR(o, 0), r"\[LinearLR\] start_factor must be in \(0, 1\] .* found 0 and 1.0"),
        (ValueError, lambda: ls.OneCycleLR(o, 1), r"\[OneCycleLR\] expected total_steps, or epochs and steps_per_epoch"),
        (ValueError, lambda: ls.OneCycleLR(o, 1, 10, pct_start=2), r"\[OneCycleLR\] pct_start must be a share .* found 2"),
        (ValueError, lambda: ls.OneCycleLR(optim.Adagrad(p), 1, 10), r"Adagrad has neither momentum nor betas: give cycle_mom"),
        (ValueError, lambda: ls.CyclicLR(o, 0, 1, mode="square"), r"\[CyclicLR\] mode must be one of 'triangular', .*'square'"),
        (ValueError, lambda: ls.CosineAnnealingWarmRestarts(o, 0), r"T_0 must be an int, 1 or more, found 0"),
        (ValueError, lambda: ls.CosineAnnealingWarmRestarts(o, 1).step(-1), r"epoch must be 0 or more, found -1"),
        (ValueError, lambda: ls.SWALR(o, 1, -1), r"\[SWALR\] anneal_epochs must be an int, 0 or more, found -1"),
        (ValueError, lambda: ls.ReduceLROnPlateau(o, "up"), r"mode must be one of 'min', 'max', found 'up'"),
        (ValueError, lambda: ls.ReduceLROnPlateau(o, factor=1), r"factor must be in \[0, 1\), found 1"),
        (TypeError, lambda: ls.ReduceLROnPlateau(o).step(), r"\[ReduceLROnPlateau\] step needs what was measured"),
        (ValueError, lambda: ls.ChainedScheduler([]), r"\[ChainedScheduler\] expected at least one schedule, found none"),
        (ValueError, lambda: ls.ChainedScheduler([ls.ReduceLROnPlateau(o)]), "schedule 0 is a ReduceLROnPlateau"),
        (ValueError, lambda: ls.SequentialLR(o, [ls.StepLR(o, 1)], [3]), r"1 schedules need 0 milestones, found 1"),
        (ValueError, lambda: ls.SequentialLR(optimizer(), [ls.StepLR(o, 1)], []), "schedule 0, StepLR, is of another"),
        (TypeError, lambda: ls.SequentialLR(o, [o], []), r"\[SequentialLR\] expected schedules, found SGD at 0"),
        (ValueError, lambda: ls.StepLR(o, 1).load_state_dict(ls.ExponentialLR(o, 1).state_dict()), "unexpected: step_size"),
    )
    for kind, make, message in cases:
        with pytest.raises(kind, match=message):
            make()
    schedule = ls.OneCycleLR(o, 1, 2)
    schedule.step(), schedule.step()
    with pytest.raises(ValueError, match=r"\[OneCycleLR\] this is step 3 of a cycle of 2: give a larger total_steps"):
        schedule.step()
    schedule = ls.InverseTimeDecay(o, 1, 1)
    o.add_param_group({"params": p})
    with pytest.raises(ValueError, match=r"\[InverseTimeDecay\] expected 2 groups, found 3 in the optimiser: add groups"):
        schedule.step()
    o.close()
    with pytest.raises(RuntimeError, match="this optimiser is closed"):
        ls.StepLR(o, 1)
