"""Write minigrad/tensor.pyi anew: `python -m tests.typed`."""

from . import stub

stub.FILE.write_text(stub.text(), encoding="utf-8")
print(f"written: {stub.FILE}")
