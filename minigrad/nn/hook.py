"""The handle of a registered hook."""

from collections.abc import Callable


class Hook:
    """A registered hook; .remove() takes it out (as does calling this, and the end of a `with`)."""

    def __init__(self, hooks: dict, function: Callable, with_kwargs: bool = False, prepend: bool = False):
        if not callable(function):
            raise TypeError(f"[register_hook] expected a function, found {type(function).__name__}")
        self._hooks = hooks
        self.with_kwargs = with_kwargs
        others = dict(hooks) if prepend else {}
        if prepend:
            hooks.clear()
        hooks[self] = function
        hooks.update(others)

    def remove(self) -> None:
        self._hooks.pop(self, None)

    def __enter__(self) -> "Hook":
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()

    __call__ = remove
