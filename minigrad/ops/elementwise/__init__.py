"""Elementwise operations, declared in `rules/`, under the same headings; here are dtypes and broadcasting.

The usual case, tensors of one table, one floating point dtype and one shape, goes straight to the kernel and is recorded
(`graph.unary`, `graph.binary`); the last argument, from `otherwise.py`, says what to do with anything else.
"""

from minigrad.ops.elementwise import activation, arithmetic, choosing, functions, steps, trigonometry
from minigrad.ops.elementwise.activation import *
from minigrad.ops.elementwise.arithmetic import *
from minigrad.ops.elementwise.arithmetic import pick_both, pick_div, pick_mul       # for rules
from minigrad.ops.elementwise.choosing import *
from minigrad.ops.elementwise.functions import *
from minigrad.ops.elementwise.steps import *
from minigrad.ops.elementwise.trigonometry import *

__all__ = []
__all__ += activation.__all__
__all__ += arithmetic.__all__
__all__ += choosing.__all__
__all__ += functions.__all__
__all__ += steps.__all__
__all__ += trigonometry.__all__
