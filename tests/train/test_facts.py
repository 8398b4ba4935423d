"""What a run depends on."""

import json

import minigrad as mg
from minigrad import kernels
from minigrad.train.facts import engine_facts


def test_facts_of_both_tables(table):
    facts = engine_facts(table)
    assert facts["version"] == mg.__version__ and facts["table"] == table.name
    assert facts["graph"] in ("compiled", "python")
    assert (facts["isa"] is None, facts["threads"] is None) == (table.name == "numpy",) * 2
    assert json.loads(json.dumps(facts)) == facts


def test_they_name_the_instruction_set_that_runs():
    if kernels.default_table().name == "native":
        from minigrad import _native
        assert engine_facts(kernels.table("native"))["isa"] == _native.isa()
    else:
        assert engine_facts(kernels.table("numpy"))["isa"] is None
