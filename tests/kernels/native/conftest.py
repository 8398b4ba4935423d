"""Each test of this folder runs on each instruction set of this machine."""

import pytest

from minigrad.kernels.threads import native


@pytest.fixture(autouse=True, params=native().available_isas() if native() else [])
def isa(request):
    module = native()
    before = module.isa(), module.num_threads()
    module.set_isa(request.param)
    yield request.param
    module.set_isa(before[0])
    module.set_num_threads(before[1])
