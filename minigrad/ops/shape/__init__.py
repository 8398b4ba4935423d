"""Operations that move elements and compute nothing. Results may share memory with their input, as in numpy.

arranging: reshape, transpose, squeeze ...    joining: concatenate, stack ...     cutting: split, chunk, unstack ...
repeating: broadcast_to, tile, meshgrid ...   padding: pad                         turning: flip, roll, rot90 ...
diagonals: diag, tril ...                     windows: unfold, fold, sliding_window_view
"""

from minigrad.ops.shape import arranging, cutting, diagonals, joining, padding, repeating, turning, windows
from minigrad.ops.shape.arranging import *
from minigrad.ops.shape.cutting import *
from minigrad.ops.shape.diagonals import *
from minigrad.ops.shape.diagonals import put_diagonal                               # for rules
from minigrad.ops.shape.joining import *
from minigrad.ops.shape.padding import *
from minigrad.ops.shape.repeating import *
from minigrad.ops.shape.repeating import sum_to                                     # for rules
from minigrad.ops.shape.turning import *
from minigrad.ops.shape.windows import *
from minigrad.ops.shape.windows import add_windows, view_windows                    # for rules

__all__ = []
__all__ += arranging.__all__
__all__ += cutting.__all__
__all__ += diagonals.__all__
__all__ += joining.__all__
__all__ += padding.__all__
__all__ += repeating.__all__
__all__ += turning.__all__
__all__ += windows.__all__
