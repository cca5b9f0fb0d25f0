"""Faults in force: when they strike, and that a seed repeats them."""

from __future__ import annotations

from typing import Any

from fks_engine.simulator.fault_plan import Fault, Plan
from fks_engine.simulator.faults import Faults


def posted(*faults: Fault, seed: int = 1, now: Any = None) -> Faults:
    made = Faults(now or (lambda: 0.0))
    made.add(Plan(faults=list(faults), seed=seed))
    return made


def strikes(faults: Faults, times: int, key: str = "btcusdt@trade") -> list[bool]:
    return [bool(faults.striking("market", key, None)) for _ in range(times)]


def test_the_same_seed_strikes_the_same_messages() -> None:
    fault = Fault(scope="market", kind="drop", probability=0.3)
    first, again = strikes(posted(fault, seed=7), 200), strikes(posted(fault, seed=7), 200)
    assert first == again
    assert 30 < sum(first) < 90
    assert first != strikes(posted(fault, seed=8), 200)


def test_one_streams_throws_do_not_depend_on_another_stream() -> None:
    fault = Fault(scope="market", kind="drop", probability=0.5)
    alone, mixed = posted(fault), posted(fault)
    seen = []
    for _ in range(50):
        strikes(mixed, 3, "ethusdt@trade")
        seen += strikes(mixed, 1)
    assert seen == strikes(alone, 50)


def test_the_first_matches_pass_and_only_so_many_are_struck() -> None:
    faults = posted(Fault(scope="market", kind="drop", skip=2, count=3))
    assert strikes(faults, 8) == [False, False, True, True, True, False, False, False]
    (one,) = faults.all()
    assert (one.seen, one.applied) == (8, 3)


def test_a_fault_ends_with_its_time() -> None:
    now = [0.0]
    faults = posted(Fault(scope="market", kind="drop", duration_s=5), now=lambda: now[0])
    assert strikes(faults, 1) == [True]
    now[0] = 5.0
    assert strikes(faults, 1) == [False]
    assert not faults.all()
    assert not faults.any("market")


def test_patterns_choose_what_is_struck() -> None:
    faults = posted(Fault(scope="rest", kind="drop", match="order*", method="POST", where={"symbol": "BTC*"}))
    asked = [
        ("order", {"symbol": "BTCUSDT"}, "POST"),
        ("order/cancelReplace", {"symbol": "BTCUSDT"}, "POST"),
        ("order", {"symbol": "ETHUSDT"}, "POST"),
        ("order", {"symbol": "BTCUSDT"}, "DELETE"),
        ("account", {}, "POST"),
    ]
    assert [bool(faults.striking("rest", key, None, facts, method)) for key, facts, method in asked] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_gap_only_takes_diffs() -> None:
    faults = posted(Fault(scope="market", kind="depth_gap"))
    streams = ("btcusdt@depth", "btcusdt@depth@100ms", "btcusdt@depth20", "btcusdt@trade")
    assert [bool(strikes(faults, 1, stream)[0]) for stream in streams] == [True, True, False, False]


class Client:
    """Somebody connected."""


def test_a_silenced_connection_stays_silent_and_the_next_one_is_not() -> None:
    faults = posted(Fault(scope="market", kind="silence", count=1))
    first, second = Client(), Client()

    def silent(who: object) -> bool:
        return bool(faults.striking("market", "btcusdt@trade", who))

    assert [silent(first), silent(first), silent(second), silent(first)] == [True, True, False, True]


def test_faults_can_be_removed() -> None:
    faults = posted(Fault(scope="market", kind="drop"), Fault(scope="rest", kind="drop"))
    assert faults.remove(1)
    assert not faults.remove(1)
    assert [one.number for one in faults.all()] == [2]
    faults.clear()
    assert not faults.all()


def test_delays_are_within_their_range_and_repeat() -> None:
    fault = Fault(scope="rest", kind="delay", delay_ms=(10, 20))

    def delays() -> list[float]:
        (one,) = posted(fault).all()
        return [one.delay_s("GET depth") for _ in range(20)]

    assert delays() == delays()
    assert all(0.010 <= delay <= 0.020 for delay in delays())
    assert len(set(delays())) == 20
