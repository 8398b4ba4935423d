"""Every schedule against PyTorch's: rates and momenta, step for step."""

import warnings

import numpy as np
import pytest

from minigrad import nn, optim

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

CASES = {
    "lambda": lambda s, o: s.LambdaLR(o, [lambda t: 1 / (1 + t), lambda t: 0.9**t]),
    "multiplicative": lambda s, o: s.MultiplicativeLR(o, lambda t: 1 - 1 / (2 + t)),
    "step": lambda s, o: s.StepLR(o, 4, 0.3), "multistep": lambda s, o: s.MultiStepLR(o, [3, 7, 7, 20], 0.5),
    "constant": lambda s, o: s.ConstantLR(o, 0.5, 4), "linear": lambda s, o: s.LinearLR(o, 0.2, 0.9, 6),
    "linear, default": lambda s, o: s.LinearLR(o), "exponential": lambda s, o: s.ExponentialLR(o, 0.8),
    "polynomial": lambda s, o: s.PolynomialLR(o, 11, 2.0), "cosine": lambda s, o: s.CosineAnnealingLR(o, 7, 0.01),
    "cosine, 1": lambda s, o: s.CosineAnnealingLR(o, 1),
    "restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 2, 0.001),
    "restarts, equal": lambda s, o: s.CosineAnnealingWarmRestarts(o, 5),
    "one cycle": lambda s, o: s.OneCycleLR(o, [1.0, 2.0], 40),
    "one cycle, linear": lambda s, o: s.OneCycleLR(o, 1.0, epochs=8, steps_per_epoch=5, pct_start=0.4,
                                                  anneal_strategy="linear"),
    "one cycle, three phases": lambda s, o: s.OneCycleLR(o, 1.0, 40, three_phase=True, div_factor=10, final_div_factor=100),
    "cyclic": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 4),
    "cyclic, down": lambda s, o: s.CyclicLR(o, [0.01, 0.02], 0.1, 4, 7),
    "triangular2": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 4, mode="triangular2"),
    "exp_range": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 4, mode="exp_range", gamma=0.95),
    "scale_fn": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 4, scale_fn=lambda x: 1 / x, cycle_momentum=False),
    "sequential": lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.1, total_iters=5), s.CosineAnnealingLR(o, 20)], [5]),
    "sequential, three": lambda s, o: s.SequentialLR(
        o, [s.ConstantLR(o, 0.1, 20), s.ExponentialLR(o, 0.9), s.StepLR(o, 3)], [4, 9]),
    "sequential, restarts": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, total_iters=3), s.CosineAnnealingWarmRestarts(o, 4)], [3]),
    "sequential, nested": lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.5), s.ChainedScheduler(
        [s.ExponentialLR(o, 0.9)])], [50]),
    "chained": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 5), s.ExponentialLR(o, 0.9)]),
    "chained, cosine": lambda s, o: s.ChainedScheduler([s.LinearLR(o, 0.1), s.CosineAnnealingLR(o, 30)]),
    "swa": lambda s, o: s.SWALR(o, [0.05, 0.01], 5), "swa, linear": lambda s, o: s.SWALR(o, 0.05, 4, "linear"),
    "swa, at once": lambda s, o: s.SWALR(o, 0.05, 0),
}


class Torch:
    """PyTorch's schedules, from the two modules where they stand."""

    def __getattr__(self, name):
        return getattr(torch.optim.swa_utils if name == "SWALR" else torch.optim.lr_scheduler, name)


def both(kind="SGD", **options):
    arrays = np.ones(2), np.ones(3)
    made = []
    for module, parameter in ((optim, nn.Parameter), (torch.optim, lambda a: torch.nn.Parameter(torch.tensor(a)))):
        groups = [{"params": [parameter(arrays[0])]}, {"params": [parameter(arrays[1])], "lr": 0.5}]
        made.append(getattr(module, kind)(groups, lr=0.1, **options))
    return made


def options_of(o, name):
    return [g[name] for g in o.param_groups]


@pytest.mark.parametrize("name", CASES)
def test_forty_steps(name):
    a, b = both(momentum=0.9)
    ours, theirs = CASES[name](optim.lr_scheduler, a), CASES[name](Torch(), b)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")         # that no optimiser stepped
        for t in range(40):
            for option in ("lr", "momentum"):
                np.testing.assert_allclose(options_of(a, option), options_of(b, option), rtol=1e-12, atol=1e-15, err_msg=f"{t}")
            np.testing.assert_allclose(ours.get_last_lr(), theirs.get_last_lr(), rtol=1e-12, atol=1e-15)
            assert getattr(ours, "last_epoch", t) == getattr(theirs, "last_epoch", t)
            if t < 39:
                ours.step(), theirs.step()


@pytest.mark.parametrize("options", [{}, {"mode": "max"}, {"threshold": 0.05, "threshold_mode": "abs"},
                                     {"mode": "max", "threshold": 0.1}, {"cooldown": 2}, {"min_lr": [0.05, 0.01]},
                                     {"factor": 0.5, "patience": 0, "eps": 0.02}])
def test_plateaus(options):
    a, b = both()
    options = {"patience": 1} | options
    ours, theirs = optim.ReduceLROnPlateau(a, **options), torch.optim.lr_scheduler.ReduceLROnPlateau(b, **options)
    for metric in np.random.default_rng(0).choice([1.0, 0.99, 0.9, 0.5, np.nan, 1.2], 40):
        ours.step(metric), theirs.step(metric)
        np.testing.assert_allclose(options_of(a, "lr"), options_of(b, "lr"), rtol=1e-12)
        assert ours.num_bad_epochs == theirs.num_bad_epochs and ours.get_last_lr() == options_of(a, "lr")


def test_restarts_at_fractions_of_an_epoch():
    a, b = both()
    ours = optim.CosineAnnealingWarmRestarts(a, 3, 2)
    theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(b, 3, 2)
    for epoch in np.arange(0, 25, 0.4).tolist():
        ours.step(epoch), theirs.step(epoch)
        np.testing.assert_allclose(options_of(a, "lr"), options_of(b, "lr"), rtol=1e-12, atol=1e-15)


def test_betas_follow_one_cycle():
    a, b = both("Adam")
    ours, theirs = optim.OneCycleLR(a, 1.0, 20), torch.optim.lr_scheduler.OneCycleLR(b, 1.0, 20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(19):
            ours.step(), theirs.step()
            np.testing.assert_allclose(options_of(a, "betas"), options_of(b, "betas"), rtol=1e-12)
