"""The soak's plan of faults beside what the simulator knows."""

from __future__ import annotations

from itertools import islice

import msgspec

from fks_engine.simulator.fault_plan import KINDS as KNOWN
from fks_engine.simulator.fault_plan import Fault
from tests.soak.faults import KINDS, SWITCHES, episodes

SYMBOLS = ("BTCUSDT", "ETHUSDT")


def test_the_soak_meets_every_kind_that_the_simulator_knows() -> None:
    assert KINDS == KNOWN
    kinds = {(scope, kind) for scope, known in KNOWN.items() for kind in known}
    singles = list(islice(episodes(3, SYMBOLS), len(kinds) + len(SWITCHES)))
    assert {(fault["scope"], fault["kind"]) for each in singles for fault in each.faults} == kinds
    assert {each.name for each in singles if not each.faults} == {f"switch {name}" for name in SWITCHES}


def test_every_fault_of_the_plan_is_one_the_control_port_takes() -> None:
    for episode in islice(episodes(5, SYMBOLS), 300):
        for fault in episode.faults:
            msgspec.convert(fault, Fault).check()


def test_the_same_seed_makes_the_same_plan() -> None:
    assert list(islice(episodes(3, SYMBOLS), 100)) == list(islice(episodes(3, SYMBOLS), 100))
