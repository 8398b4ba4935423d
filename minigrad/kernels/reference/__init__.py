"""The reference table: every kernel in plain numpy. It is the specification, the fallback and the oracle.

`Kernels(xp)` is generic in the array library, and made of one part per family of operations, each in a file of the name that
the family has in `minigrad/ops`. A device's table inherits it and overrides what it does faster; its fallback is `super()`.
Two sorts of kernel stand here:

* *primitives*, written with `xp`, are closed under differentiation: each has an operation of the same name in `ops/`;
* *composites*, and the backward of every fused kernel, call only `self.<kernel>`, so the table of differentiable
  operations (`ops/table.py`) inherits them and they are differentiable to every order.

`out=` names an array to write into; it never aliases an input unless the kernel says that it may. `aux` is what a fused
forward kernel keeps for its backward: an opaque cache, which every backward kernel can do without. Kernels check no
shapes: operations do that.

Over another array library than numpy nothing here waits for the device, uploads, or has a shape that depends on data, but for
`to_numpy`, `checksum`, `has_nan`, `all_finite`, `unique_places`, an index with a boolean mask, and `check_classes`, which a
device may put off. Its table overrides `to_numpy` at least; `minigrad/testing/kernels/stand_in.py` is a small one.
"""

from minigrad.kernels.complex import refuse_complex
from minigrad.kernels.reference.adaptive import Adaptive
from minigrad.kernels.reference.arrays import Arrays
from minigrad.kernels.reference.augment import Augment
from minigrad.kernels.reference.batch import Batch
from minigrad.kernels.reference.blend import Blend
from minigrad.kernels.reference.clip import Clip
from minigrad.kernels.reference.compare import Compare
from minigrad.kernels.reference.complex import Complex
from minigrad.kernels.reference.conv import Conv
from minigrad.kernels.reference.dropout import Dropout
from minigrad.kernels.reference.elementwise import Elementwise
from minigrad.kernels.reference.fft import Fourier
from minigrad.kernels.reference.group_norm import GroupNorm
from minigrad.kernels.reference.index import Index, is_basic
from minigrad.kernels.reference.linalg import GAP, Linalg, rounding
from minigrad.kernels.reference.loss import Loss, bad_class
from minigrad.kernels.reference.matmul import Matmul
from minigrad.kernels.reference.norm import Norm
from minigrad.kernels.reference.optim import Optim
from minigrad.kernels.reference.pool import Pool
from minigrad.kernels.reference.recurrent import Recurrent
from minigrad.kernels.reference.reduce import Reduce, centred, count_along
from minigrad.kernels.reference.resample import Resample
from minigrad.kernels.reference.scan import Scan
from minigrad.kernels.reference.shape import Shape
from minigrad.kernels.reference.softmax import Softmax
from minigrad.kernels.reference.sort import Sort
from minigrad.kernels.reference.steps import Steps
from minigrad.kernels.reference.warp import Warp
from minigrad.rules import Calculus

__all__ = ["GAP", "Kernels", "bad_class", "centred", "count_along", "is_basic", "rounding"]


class Kernels(Arrays, Elementwise, Steps, Compare, Reduce, Scan, Sort, Shape, Index, Matmul, Conv, Pool, Norm,
              GroupNorm, Resample, Softmax, Loss, Dropout, Optim, Adaptive, Clip, Batch, Augment, Blend, Warp, Recurrent,
              Linalg, Complex, Fourier, Calculus):
    """The kernels over the array library `xp` (numpy, or one with numpy's interface)."""


refuse_complex(Kernels)
