"""The Figure that all drawing functions return. Imported when something is drawn, for it imports matplotlib."""

from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


class Shown(Figure):
    """A Figure that a notebook shows where it is the value of a cell. pyplot, which would do that and then keep every figure
    until it is closed, knows nothing of it: there is one picture, however often the cell is run."""

    def _repr_png_(self) -> bytes:
        stream = BytesIO()
        FigureCanvasAgg(self).print_png(stream)
        return stream.getvalue()
