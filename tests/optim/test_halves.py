"""Halves are stepped in float32, and what an optimiser remembers of them is float32: nothing vanishes between steps."""

import numpy as np
import pytest

import minigrad as mg

OPTIMIZERS = {
    "sgd": lambda ps: mg.optim.SGD(ps, 0.1), "momentum": lambda ps: mg.optim.SGD(ps, 0.1, momentum=0.9, weight_decay=1e-4),
    "keras": lambda ps: mg.optim.SGD(ps, 0.1, momentum=0.9, nesterov=True, form="keras"),
    "adam": lambda ps: mg.optim.Adam(ps, 0.01), "adamw": lambda ps: mg.optim.AdamW(ps, 0.01, weight_decay=0.1),
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
    assert {a.dtype for key, a in state.items() if key.endswith((".velocity", ".mean", ".square"))} <= {np.dtype(np.float32)}
    other = OPTIMIZERS[name]([mg.tensor(np.ones(4, np.float16), requires_grad=True)])
    other.load_state_dict(state)
    assert all(np.array_equal(a, state[key]) for key, a in other.state_dict().items())
