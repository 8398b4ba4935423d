"""Indexing and its adjoints.

picking: a[i]            along: take, take_along_axis, gather, index_select     writing: scatter, scatter_add, index_add
updates: a.at[i].set     masks: masked_fill, masked_select, one_hot             editing: delete, insert, trim_zeros
"""

from minigrad.ops.index import along, editing, masks, picking, writing
from minigrad.ops.index.along import *
from minigrad.ops.index.along import put_along, take_along              # for rules
from minigrad.ops.index.editing import *
from minigrad.ops.index.masks import *
from minigrad.ops.index.picking import *
from minigrad.ops.index.picking import put                              # for rules
from minigrad.ops.index.writing import *
from minigrad.ops.index.writing import add_along, add_at, overwrite, overwrite_along        # for rules

__all__ = []
__all__ += along.__all__
__all__ += editing.__all__
__all__ += masks.__all__
__all__ += picking.__all__
__all__ += writing.__all__
