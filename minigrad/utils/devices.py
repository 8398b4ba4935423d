"""torch.cuda and torch.accelerator, as far as a program asks whether there is a device: `mg.cuda.is_available()`."""

from typing import NamedTuple

import numpy as np

from minigrad import kernels


class Device(NamedTuple):
    """type: the device's name, for `.to()`."""

    type: str

    def __str__(self) -> str:
        return self.type


class Accelerator:
    """The devices that can be had here and are none of the host's, whose arrays are not numpy's."""

    def is_available(self) -> bool:
        """Whether there is one."""
        return self.current_accelerator() is not None

    def current_accelerator(self) -> Device | None:
        """The first of them, or None."""
        return next((Device(name) for name in kernels.available() if kernels.table(name).array is not np.ndarray), None)


class Cuda:
    """The device called cuda."""

    def is_available(self) -> bool:
        """Whether it can be had here."""
        return "cuda" in kernels.available()

    def device_count(self) -> int:
        """1 or 0: tensors live on one card."""
        return int(self.is_available())


cuda, accelerator = Cuda(), Accelerator()
