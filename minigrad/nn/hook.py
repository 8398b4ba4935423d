"""The handle of a registered hook."""

from collections.abc import Callable


class Hook:
    """A registered hook; .remove() takes it out (as does calling this)."""

    def __init__(self, hooks: dict, function: Callable):
        self._hooks = hooks
        hooks[self] = function

    def remove(self) -> None:
        self._hooks.pop(self, None)

    __call__ = remove
