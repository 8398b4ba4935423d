"""How errors are told in one line."""


def one_line(error: BaseException) -> str:
    """The first line of an error's message; whoever wants the rest calls the function that the line names."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(":")
