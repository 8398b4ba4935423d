"""What the rest of the package stands on, and what knows nothing of it.

files: how files are written; console: whether there is a terminal to draw a progress bar on; startup: what to say when the
import fails or compiled parts are missing; names: hints for whoever uses a name that another library has for it; decorating:
contexts that decorate functions as well.
"""
