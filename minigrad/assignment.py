"""`t.data = a` and `t.grad = g`: what fits is taken, anything else is an error that says what would fit."""

from minigrad.graph import Variable


def assign_data(t, value):
    """An array (or a tensor, whose array counts) of the shape, dtype and device that are there.

    What training changes, a leaf that requires grad and whatever a module holds, takes the numbers into its own array, which
    others hold too. Any other tensor gets a copy.
    """
    array = value.data if isinstance(value, Variable) else value
    if not isinstance(array, t.k.array):
        found = f"a tensor on {value.device}" if isinstance(value, Variable) else type(value).__name__
        raise TypeError(f"[data] expected an array or a tensor on {t.device} for the data of a tensor {t.shape}, found {found}")
    if array.shape != t.shape or array.dtype != t.dtype:
        remedy = "convert it with .astype()" if array.shape == t.shape else "make a new tensor"
        raise ValueError(f"[data] the tensor has shape {t.shape} and dtype {t.dtype}, found an array of shape {array.shape} "
                         f"and dtype {array.dtype}: {remedy}")
    if t.node is None and not t.keeps_its_array:
        t._data = t.k.copy(array)
        return
    if array is not t._data:            # it is, after t.data -= step: numpy has written already
        check_writeable("data", t)
        t.k.copy(array, out=t._data)
    t.touch()


def assign_grad(t, value):
    """A tensor of the same shape, dtype and device. None, which forgets the gradient, does not come here."""
    if not isinstance(value, Variable):
        raise TypeError(f"[grad] the gradient of a tensor is a tensor or None, found {type(value).__name__}: None forgets it, "
                        "mg.zeros_like(t) is zero, mg.tensor(...) makes a tensor of an array")
    if value.k is not t.k:
        raise ValueError(f"[grad] the tensor is on {t.device}, found a gradient on {value.device}: move it with .to()")
    if value.shape != t.shape or value.dtype != t.dtype:
        raise ValueError(f"[grad] the tensor has shape {t.shape} and dtype {t.dtype}, found a gradient of shape {value.shape} "
                         f"and dtype {value.dtype}")
    t._grad = value


def check_writeable(op, t):
    """Raise ValueError if the tensor's array is somebody else's to write to."""
    if not getattr(t._data.flags, "writeable", True):
        raise ValueError(f"[{op}] this tensor's array cannot be written to: it is lent (a gradient on its way, a broadcast, "
                         "somebody's read-only memory); write into a copy, mg.tensor(t.numpy())")
