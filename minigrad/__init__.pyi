"""What type checkers see of the package: all that `mg.` finds, the upper floors too, which are imported when first used."""

from numpy import bool_
from numpy import complex64 as complex64
from numpy import complex128 as complex128
from numpy import float16 as float16
from numpy import float32 as float32
from numpy import float64 as float64
from numpy import int8 as int8
from numpy import int16 as int16
from numpy import int32 as int32
from numpy import int64 as int64
from numpy import uint8 as uint8

from minigrad import (
    array_api as array_api,
)
from minigrad import (
    autograd as autograd,
)
from minigrad import (
    data as data,
)
from minigrad import (
    functional as functional,
)
from minigrad import (
    nn as nn,
)
from minigrad import (
    optim as optim,
)
from minigrad import (
    piecewise as piecewise,
)
from minigrad import (
    testing as testing,
)
from minigrad import (
    train as train,
)
from minigrad import (
    utils as utils,
)
from minigrad import (
    viz as viz,
)
from minigrad.custom.function import (
    Function as Function,
)
from minigrad.custom.function import (
    custom_function as custom_function,
)
from minigrad.custom.function import (
    once_differentiable as once_differentiable,
)
from minigrad.exchange import as_tensor as as_tensor
from minigrad.exchange import asarray as asarray
from minigrad.exchange import from_dlpack as from_dlpack
from minigrad.functional import (
    grad as grad,
)
from minigrad.functional import (
    hessian as hessian,
)
from minigrad.functional import (
    hvp as hvp,
)
from minigrad.functional import (
    jacobian as jacobian,
)
from minigrad.functional import (
    jvp as jvp,
)
from minigrad.functional import (
    value_and_grad as value_and_grad,
)
from minigrad.functional import (
    vjp as vjp,
)
from minigrad.kernels.memory import empty_cache as empty_cache
from minigrad.kernels.threads import num_threads as num_threads
from minigrad.kernels.threads import set_num_threads as set_num_threads
from minigrad.modes import (
    anomaly_mode as anomaly_mode,
)
from minigrad.modes import (
    enable_grad as enable_grad,
)
from minigrad.modes import (
    is_grad_enabled as is_grad_enabled,
)
from minigrad.modes import (
    no_grad as no_grad,
)
from minigrad.modes import (
    set_grad_enabled as set_grad_enabled,
)
from minigrad.nn.states import load as load
from minigrad.nn.states import save as save
from minigrad.nn.summarize import summary as summary
from minigrad.ops import *
from minigrad.ops import fft as fft
from minigrad.ops import linalg as linalg
from minigrad.random import Generator as Generator
from minigrad.random import manual_seed as manual_seed
from minigrad.scalar.value import Value as Value
from minigrad.tensor import (
    Tensor as Tensor,
)
from minigrad.tensor import (
    from_numpy as from_numpy,
)
from minigrad.tensor import (
    get_default_dtype as get_default_dtype,
)
from minigrad.tensor import (
    set_default_dtype as set_default_dtype,
)
from minigrad.tensor import (
    tensor as tensor,
)
from minigrad.train import fit as fit
from minigrad.utils.devices import accelerator as accelerator
from minigrad.utils.devices import cuda as cuda
from minigrad.viz.graph import draw as draw
from minigrad.viz.graph import explain as explain
from minigrad.viz.health import watch as watch
from minigrad.viz.profile import profile as profile

__version__: str
double = float64
half = float16
long = int64
int = int32
short = int16
byte = uint8
bool = bool_
float = float32

