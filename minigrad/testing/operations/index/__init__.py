"""Indexing and its adjoints."""

from minigrad.testing.operations.index import along, editing, masks, picking, writing

__all__ = ["along", "editing", "masks", "picking", "writing"]
