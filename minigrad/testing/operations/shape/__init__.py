"""Operations that move elements."""

from minigrad.testing.operations.shape import arranging, cutting, diagonals, joining, padding, repeating, turning, windows

__all__ = ["arranging", "cutting", "diagonals", "joining", "padding", "repeating", "turning", "windows"]
