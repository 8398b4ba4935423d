"""The plain graph: what its parts define, under one name, as the compiled module has it under one."""

from minigrad.graph.anomaly import places, user_line
from minigrad.graph.backward import Arrived, copy_rule, leading_to, walk
from minigrad.graph.elementwise import binary, unary
from minigrad.graph.modes import ANOMALY, FINITE, GRAD, Mode, entered, mode
from minigrad.graph.node import (
    OUT,
    Node,
    Variable,
    alike,
    constant,
    leaf_node,
    lend,
    record,
    record_many,
    records_as,
)
from minigrad.graph.writes import memory_of, note_writes, written

__all__ = ["ANOMALY", "FINITE", "GRAD", "OUT", "Arrived", "Mode", "Node", "Variable", "alike", "binary", "constant",
           "copy_rule", "entered", "leading_to", "leaf_node", "lend", "memory_of", "mode", "note_writes", "places", "record",
           "record_many", "records_as", "unary", "user_line", "walk", "written"]
