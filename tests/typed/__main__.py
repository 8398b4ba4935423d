"""Write minigrad/tensor.pyi, and the second names at the end of minigrad/ops/__init__.pyi, anew: `python -m tests.typed`."""

from . import stub

stub.FILE.write_text(stub.text(), encoding="utf-8")
stub.OPERATIONS.write_text(stub.operations(), encoding="utf-8")
print(f"written: {stub.FILE}, {stub.OPERATIONS}")
