"""Halves are stepped in float32, and what an optimiser remembers of them is float32: nothing vanishes between steps."""

import numpy as np
import pytest

import minigrad as mg

OPTIMIZERS = {
    "sgd": lambda ps: mg.optim.SGD(ps, 0.1), "momentum": lambda ps: mg.optim.SGD(ps, 0.1, momentum=0.9, weight_decay=1e-4),
    "keras": lambda ps: mg.optim.SGD(ps, 0.1, momentum=0.9, nesterov=True, form="keras"),
    "adam": lambda ps: mg.optim.Adam(ps, 0.01), "adamw": lambda ps: mg.optim.AdamW(ps, 0.01, weight_decay=0.1),
    "amsgrad": lambda ps: mg.optim.Adam(ps, 0.01, amsgrad=True), "nadam": lambda ps: mg.optim.NAdam(ps, 0.01),
    "radam": lambda ps: mg.optim.RAdam(ps, 0.01), "adamax": lambda ps: mg.optim.Adamax(ps, 0.01),
    "rmsprop": lambda ps: mg.optim.RMSprop(ps, 0.01, momentum=0.9, centered=True),
    "adagrad": lambda ps: mg.optim.Adagrad(ps, 0.01), "adadelta": lambda ps: mg.optim.Adadelta(ps),
    "lion": lambda ps: mg.optim.Lion(ps, 0.01), "rprop": lambda ps: mg.optim.Rprop(ps, 0.01),
    "asgd": lambda ps: mg.optim.ASGD(ps, 0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_halves_step_as_single_numbers_do(name, device):
    """Gradients from 0 to 1e-6, whose squares are no halves: Adam with eps 1e-8 divides nothing by 0."""
    gradients = np.array([0, 1e-6, -1e-4, 0.5], np.float16)
    made = []
    for dtype in (np.float16, np.float32):
        p = mg.tensor(np.ones(4, dtype), requires_grad=True)
        optimizer = OPTIMIZERS[name]([p])
        for _ in range(3):
            p.grad = mg.tensor(gradients.astype(dtype))
            optimizer.step()
        made.append((p, optimizer))
    (p, optimizer), (wide, _) = made
    assert p.dtype == np.float16
    np.testing.assert_allclose(p.detach().numpy().astype(float), wide.detach().numpy(), atol=4e-3)
    state = optimizer.state_dict()
    assert {a.dtype for key, a in state.items() if ".state." in key and a.shape} <= {np.dtype(np.float32)}
    other = OPTIMIZERS[name]([mg.tensor(np.ones(4, np.float16), requires_grad=True)])
    other.load_state_dict(state)
    assert all(np.array_equal(a, state[key]) for key, a in other.state_dict().items())
