"""Who steps which parameter. Two optimisers over one would undo each other's work: the newest takes over, the older stops.

It stands here because modules ask, too. An owner is whatever claims parameters; its method taken_over(newer, parameters) is
called when it loses them.
"""

import os
import sys
import threading
import warnings
import weakref
from pathlib import Path

_PACKAGE = str(Path(__file__).parents[1]) + os.sep

_owners: dict[int, weakref.ref] = {}        # id of a parameter -> its optimiser, which keeps the parameter alive
_lock = threading.RLock()                   # held while _owners is read and written, never while a user's code runs


def _renew_lock():
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)     # another thread may hold it at the fork


def owner_of(parameter):
    """The live optimiser that steps this parameter, or None."""
    owner = _owners.get(id(parameter))
    return None if owner is None else owner()


def claim(parameters, optimizer):
    """Make `optimizer` the owner of the parameters until it is dropped. Returns a function that releases them now.

    Live optimisers that own one of them are stopped, with one RuntimeWarning (where that is an error, nothing changes).
    """
    shapeless = sum(getattr(p, "takes_any_shape", False) for p in parameters)
    if shapeless:
        raise ValueError(f"[{type(optimizer).__name__}] {shapeless} parameter{'s have' if shapeless > 1 else ' has'} no shape "
                         "yet: call the model once, on a batch, before the optimiser is made")
    warned: list = []
    reference = weakref.ref(optimizer)
    ids = [id(p) for p in parameters]
    release = weakref.finalize(optimizer, _release, ids, reference)
    release.atexit = False
    while True:
        with _lock:
            older = _older(parameters, optimizer)
            if all(any(o is w for w in warned) for o in older):
                for o in older:
                    o.taken_over(optimizer, parameters)
                _owners.update(dict.fromkeys(ids, reference))
                return release
        warned += older                             # and look again: another thread may have been quicker
        warnings.warn(_warning(older, parameters, optimizer), RuntimeWarning, stacklevel=_users_level())


def _older(parameters, optimizer):
    """The other live optimisers over these parameters, each once."""
    found: dict[int, object] = {}
    for p in parameters:
        owner = owner_of(p)
        if owner is not None and owner is not optimizer:
            found[id(owner)] = owner
    return list(found.values())


def _warning(older, parameters, optimizer):
    kinds = " and ".join(f"an older {type(o).__name__}" for o in older)
    count = sum(owner_of(p) in older for p in parameters)
    return (f"[{type(optimizer).__name__}] takes over {count} parameter{'s' * (count > 1)} from {kinds}, whose step() "
            "is an error from now on: two optimisers would undo each other's steps. To say that this is meant, call "
            ".close() on the older one first, or drop every reference to it")


def _users_level():
    """The stacklevel, for a warning given by the caller, of the nearest line outside the package."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    return level


def _release(ids, reference):
    with _lock:
        for i in ids:
            if _owners.get(i) is reference:
                del _owners[i]
