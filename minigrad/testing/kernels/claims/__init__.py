"""What the arguments of every native kernel look like, and what its results are held to: a file for each family.

`KERNELS` has one entry for every kernel that the native table overrides; `parity.check_kernel` holds it to that.
"""

from importlib import import_module
from pkgutil import iter_modules

from minigrad.testing.kernels.claim import Claim

KERNELS: dict[str, Claim] = {}
for _family in iter_modules(__path__):
    KERNELS |= import_module(f"{__name__}.{_family.name}").KERNELS
