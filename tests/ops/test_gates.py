"""Gated linear units: errors. Values and gradients: test_every_operation.py."""

import re

import pytest

import minigrad as mg


def test_an_odd_axis_has_no_halves():
    text = "[glu] expected an even size along axis 1, for two halves, found shape (2, 3)"
    with pytest.raises(ValueError, match=re.escape(text)):
        mg.glu(mg.ones((2, 3)))
