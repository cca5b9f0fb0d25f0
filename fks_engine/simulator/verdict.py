"""What the faults in force do to one request: how late, what before it is executed, and what after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fks_engine.simulator import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.simulator.fault_plan import Fault
    from fks_engine.simulator.faults import Standing

AFTER = frozenset({"timeout_after_execution", "malformed", "duplicate"})
SWALLOWED = frozenset({"drop", "timeout_before_execution"})
CUT = frozenset({"disconnect", "reset"})
DEFAULT_RETRY_S = 60
DEFAULT_BAN_S = 120


@dataclass(slots=True)
class Verdict:
    """The first fault that prevents the execution, the first that spoils the answer, and the delays of all."""

    delay_s: float = 0.0
    before: Fault | None = None
    after: Fault | None = None


def verdict(struck: Iterable[Standing], key: str) -> Verdict:
    """The faults that struck a request taken together."""
    made = Verdict()
    for one in struck:
        if one.fault.kind == "delay":
            made.delay_s += one.delay_s(key)
        elif one.fault.kind in AFTER:
            made.after = made.after or one.fault
        else:
            made.before = made.before or one.fault
    return made


def refusal(fault: Fault, address: str, now_ms: int) -> errors.ApiError:
    """The error that a fault answers with."""
    kind, code = fault.kind, fault.code
    if kind == "rate_limited":
        retry_s = DEFAULT_RETRY_S if fault.retry_after_s is None else fault.retry_after_s
        return errors.forced(code or -1003, 429, fault.text or errors.too_much_weight(6_000, 1).message, retry_s)
    if kind == "banned":
        retry_s = DEFAULT_BAN_S if fault.retry_after_s is None else fault.retry_after_s
        made = errors.banned(address, now_ms + retry_s * 1_000, retry_s)
        return errors.forced(code or -1003, 418, fault.text or made.message, retry_s)
    given = {"rejected_signature": -1022, "clock_skew": -1021, "timeout_after_execution": -1007}.get(kind, -1000)
    return errors.forced(code or given, fault.status, fault.text, fault.retry_after_s)
