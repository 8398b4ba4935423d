"""Errors that say where: "features.3: [conv2d] x has 3 channels but w expects 1 ...".

As an error rises through the modules that called each other, its message is begun anew with the path from the outermost
of them to the one that raised it. The exception stays the same object of the same type.
"""


def locate(error: Exception, module) -> None:
    """Note that `error` left `module`, and begin its message with the path from there to the module that raised it."""
    args = error.args
    if type(error).__str__ is not BaseException.__str__ or len(args) != 1 or not isinstance(args[0], str):
        return                                      # its text is not simply its message (KeyError, OSError ...)
    below, path, message = vars(error).get("_raised_in", (None, "", args[0]))
    if below is not None:
        name = next((n for n, m in module.named_modules() if m is below), "")
        path = f"{name}.{path}" if name and path else name or path
    error._raised_in = module, path, message        # type: ignore[attr-defined]
    if path:
        error.args = (f"{path}: {message}",)
