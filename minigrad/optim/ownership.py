"""Who steps which parameter: two optimisers over one would undo each other's work, so the second is an error."""

import weakref

_owners: dict[int, weakref.ref] = {}        # id of a parameter -> its optimiser, which keeps the parameter alive


def owner_of(parameter):
    """The live optimiser that steps this parameter, or None."""
    owner = _owners.get(id(parameter))
    return None if owner is None else owner()


def claim(parameters, optimizer):
    """Make `optimizer` the owner of the parameters until it is dropped. Returns a function that releases them now.

    Raises RuntimeError if another live optimiser owns one of them.
    """
    kind = type(optimizer).__name__
    for i, p in enumerate(parameters):
        other = owner_of(p)
        if other is not None:
            raise RuntimeError(f"[{kind}] parameter {i} {p.shape} belongs to another live optimiser, a "
                               f"{type(other).__name__}, and "
                               "two would undo each other's steps: call .close() on that one first, or drop every "
                               "reference to it")
    ids = [id(p) for p in parameters]
    reference = weakref.ref(optimizer)
    for i in ids:
        _owners[i] = reference
    release = weakref.finalize(optimizer, _release, ids, reference)
    release.atexit = False
    return release


def _release(ids, reference):
    for i in ids:
        if _owners.get(i) is reference:
            del _owners[i]
