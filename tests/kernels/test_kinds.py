"""The kinds of kernels name kernels that there are, each once."""

from minigrad.kernels.kinds import MOSTLY_VIEWS, NO_KERNELS, PLAIN_MEMORY, VIEWS
from minigrad.kernels.reference import Kernels


def test_every_name_is_a_kernel_of_one_kind():
    kinds = NO_KERNELS, MOSTLY_VIEWS, PLAIN_MEMORY
    assert all(hasattr(Kernels, name) for kind in kinds for name in kind)
    assert len(set().union(*kinds)) == sum(map(len, kinds)) and VIEWS <= MOSTLY_VIEWS
