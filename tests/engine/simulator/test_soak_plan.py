"""The faults of soak and chaos beside what the simulator knows."""

from __future__ import annotations

from itertools import islice
from typing import get_args, get_type_hints

import msgspec

from fks_engine.simulator.control import Action
from fks_engine.simulator.fault_plan import KINDS as KNOWN
from fks_engine.simulator.fault_plan import Fault
from tests.chaos.plan import FAULTS, planned
from tests.soak.faults import KINDS, SWITCHES, episodes

SYMBOLS = ("BTCUSDT", "ETHUSDT")


def test_the_soak_meets_every_kind_that_the_simulator_knows() -> None:
    assert KINDS == KNOWN
    kinds = {(scope, kind) for scope, known in KNOWN.items() for kind in known}
    singles = list(islice(episodes(3, SYMBOLS), len(kinds) + len(SWITCHES)))
    assert {(fault["scope"], fault["kind"]) for each in singles for fault in each.faults} == kinds
    assert {each.name for each in singles if not each.faults} == {f"switch {name}" for name in SWITCHES}


def test_soak_and_chaos_turn_every_switch_of_the_control_port_and_chaos_meets_every_kind() -> None:
    assert set(SWITCHES) == {*get_args(get_type_hints(Action)["action"]), "clock"}
    assert set(FAULTS) >= {f"{scope} {kind}" for scope, known in KNOWN.items() for kind in known}


def test_every_fault_of_a_run_of_chaos_is_one_the_control_port_takes() -> None:
    for seed in range(10 * len(FAULTS)):
        episode = planned(seed, SYMBOLS).episode
        for fault in episode.faults if episode else ():
            msgspec.convert(fault, Fault).check()


def test_every_fault_of_the_plan_is_one_the_control_port_takes() -> None:
    for episode in islice(episodes(5, SYMBOLS), 300):
        for fault in episode.faults:
            msgspec.convert(fault, Fault).check()


def test_the_same_seed_makes_the_same_plan() -> None:
    assert list(islice(episodes(3, SYMBOLS), 100)) == list(islice(episodes(3, SYMBOLS), 100))
