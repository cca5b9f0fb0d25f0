"""Fault plans: what is refused, and in which words."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fks_engine.simulator.fault_plan import KINDS, PlanError, read_plan

GOOD: dict[str, Any] = {"scope": "rest", "kind": "delay", "delay_ms": [5, 10], "match": "order*", "method": "POST"}


def plan(**fault: Any) -> bytes:
    return orjson.dumps({"seed": 7, "faults": [fault]})


def test_a_plan_is_read_with_its_defaults() -> None:
    read = read_plan(plan(**GOOD))
    (fault,) = read.faults
    assert (read.seed, fault.delay_range_ms(), fault.probability, fault.count) == (7, (5, 10), 1.0, None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "explode"}, "Invalid enum value 'explode'"),
        ({"scope": "mars"}, "Invalid enum value 'mars'"),
        ({"kind": "silence"}, "fault 0: kind 'silence' is not for scope 'rest'"),
        ({"delay_ms": None}, "fault 0: kind 'delay' needs 'delay_ms'"),
        ({"kind": "error"}, "kind 'error' needs 'code'"),
        ({"delay_ms": [10, 5]}, "'delay_ms' must be"),
        ({"delay_ms": -1}, "'delay_ms' must be"),
        ({"delay_ms": "soon"}, "$.faults[0].delay_ms"),
        ({"probability": 1.5}, "'probability' must be 0 to 1, not 1.5"),
        ({"count": 0}, "'count' must be 1"),
        ({"skip": -1}, "'skip' must be"),
        ({"duration_s": -1}, "'duration_s' must be"),
        ({"window": 1}, "'window' must be 2"),
        ({"status": 200}, "'status' must be 400"),
        ({"scope": "ws-api"}, "'method' is for scope 'rest' only"),
        ({"scope": "market", "method": None, "where": {"s": "x"}}, "'where' is not for scope 'market'"),
        ({"colour": "red"}, "unknown field `colour`"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], says: str) -> None:
    with pytest.raises(PlanError) as refused:
        read_plan(plan(**(GOOD | change)))
    assert says in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"faults": []}', '{"faults": [1]}', '{"seed": 1}'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(PlanError):
        read_plan(text)


@pytest.mark.parametrize(("scope", "kind"), [(scope, kind) for scope, kinds in KINDS.items() for kind in sorted(kinds)])
def test_every_kind_of_every_scope_can_be_posted(scope: str, kind: str) -> None:
    (fault,) = read_plan(plan(scope=scope, kind=kind, delay_ms=1, code=-1000, bytes_per_s=1)).faults
    assert (fault.scope, fault.kind) == (scope, kind)
