"""What other libraries have, by name: so that a name that is not here can be told from one that nobody has.

elsewhere.txt has a line for each of their modules: its name, and what stands in it. `python -m tests.names` writes it.
"""

from functools import cache
from pathlib import Path

SPACES = {  # one of minigrad's modules, or Tensor: where its users may come from
    "minigrad": ("torch", "numpy", "torch.nn.functional", "torch.linalg", "numpy.linalg", "keras.ops", "keras.losses"),
    "minigrad.nn": ("torch.nn", "keras.layers", "keras.losses"),
    "minigrad.nn.functional": ("torch.nn.functional",), "minigrad.nn.init": ("torch.nn.init", "keras.initializers"),
    "minigrad.nn.utils": ("torch.nn.utils",), "minigrad.nn.utils.rnn": ("torch.nn.utils.rnn",),
    "minigrad.nn.utils.parametrizations": ("torch.nn.utils.parametrizations",),
    "minigrad.nn.utils.parametrize": ("torch.nn.utils.parametrize",),
    "minigrad.optim": ("torch.optim", "keras.optimizers", "torch.optim.lr_scheduler", "torch.optim.swa_utils"),
    "minigrad.optim.lr_scheduler": ("torch.optim.lr_scheduler", "keras.optimizers.schedules"),
    "minigrad.ops.fft": ("torch.fft", "numpy.fft"), "minigrad.data": ("torch.utils.data",),
    "Tensor": ("torch.Tensor", "numpy.ndarray")}


@cache
def names() -> dict[str, frozenset[str]]:
    """{module: its names}"""
    lines = (Path(__file__).with_suffix(".txt")).read_text(encoding="utf-8").splitlines()
    return {space: frozenset(words.split()) for space, words in (line.split(": ", 1) for line in lines)}


def others(space: str, name: str) -> list[str]:
    """Who has something of that name, for users of one of minigrad's modules: ["torch.stft", ...]."""
    return [f"{other}.{name}" for other in SPACES.get(space, ()) if name in names().get(other, ())]
